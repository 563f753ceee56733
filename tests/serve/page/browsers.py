"""A real browser on the page of a real server, and what went wrong on the page meanwhile."""

import re
import shutil
from dataclasses import dataclass, field

from axe_playwright_python.base import AXE_SCRIPT
from playwright.sync_api import Browser, BrowserContext, Page

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
MILLISECONDS = 60_000
"""Nothing takes so long; a test fails when it does."""
WIDTH, HEIGHT = 1280, 900
PHONE = {"width": 360, "height": 740}


def find_browser() -> str | None:
    """Return the path of a Chromium of this machine, or None."""
    return next((path for name in NAMES if (path := shutil.which(name))), None)


@dataclass
class Watch:
    """Collects errors of the page, violations of its policy among them, and requests to other places."""

    origin: str
    problems: list[str] = field(default_factory=list)
    expected: list[str] = field(default_factory=list)

    def expect(self, pattern: str) -> None:
        """Let errors that match the pattern pass: the test provokes them."""
        self.expected.append(pattern)

    def follow(self, context: BrowserContext) -> None:
        context.on("console", lambda message: self._note(message) if message.type == "error" else None)
        context.on("weberror", lambda error: self.problems.append(str(error.error)))
        context.on("request", self._look_at)

    def take(self) -> list[str]:
        """Return the problems that were not expected, and forget all, and what was expected."""
        patterns = "|".join(self.expected) or r"(?!)"
        found = [problem for problem in self.problems if not re.search(patterns, problem)]
        self.problems.clear()
        self.expected.clear()
        return found

    def check(self) -> None:
        assert self.take() == []

    def _note(self, message) -> None:
        if message.location.get("url") == f"{self.origin}/favicon.ico":  # of a visitor's place to rest
            return
        self.problems.append(f"{message.text} {message.location.get('url', '')}")

    def _look_at(self, request) -> None:
        if not request.url.startswith((self.origin, "blob:" + self.origin, "data:")):
            self.problems.append(f"a request to {request.url}")


class Visitor:
    """A page in a context of its own, and what goes wrong on it.

    Args:
        browser: where.
        address: the server's.
        settings: those of the context.
    """

    def __init__(self, browser: Browser, address: str, settings: dict) -> None:
        self.address, self.settings, self.watch = address, settings, Watch(address)
        self.context = browser.new_context(**settings)
        self.context.set_default_timeout(MILLISECONDS)
        self.watch.follow(self.context)
        self.page = self.context.new_page()

    def forget(self) -> None:
        """Leave the page, and let all be as it was at first, but for what a browser keeps for speed."""
        self.page.unroute_all()
        self.page.goto(f"{self.address}/assets/icon.svg")  # of the same origin, and nothing runs there
        self.page.evaluate("localStorage.clear(), sessionStorage.clear()")
        self.page.mouse.move(0, 0)
        self.context.clear_permissions()
        if asked := self.settings.get("permissions"):
            self.context.grant_permissions(asked)


def axe_violations(page: Page, rules: dict | None = None) -> list[tuple[str, str, list[str]]]:
    """Return what axe finds on a page as it is: the rule, its impact, and the markup of each place."""
    if not page.evaluate("'axe' in window"):
        page.evaluate(AXE_SCRIPT)
    options = {"resultTypes": ["violations"], "rules": rules or {}}
    found = page.evaluate("options => axe.run(options)", options)
    assert found["passes"], "axe looked at nothing"
    return [
        (fault["id"], fault["impact"], [node["html"] for node in fault["nodes"]])
        for fault in found["violations"]
    ]


def type_review(page: Page, text: str) -> None:
    """Put a text into the typing area as a paste does, in place of what stands there."""
    page.locator("#text").fill(text)


def paste(page: Page, place: str, text: str) -> None:
    """Put a text into an area through the clipboard."""
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.evaluate("text => navigator.clipboard.writeText(text)", text)
    page.locator(place).press("ControlOrMeta+a")
    page.keyboard.press("ControlOrMeta+v")


def pieces(page: Page) -> list[tuple[str, str]]:
    """Return the words of the tinted copy with their side: "for", "against" or ""."""
    return page.locator("#tint .piece").evaluate_all(
        "all => all.map(one => [one.textContent, "
        "one.classList.contains('for') ? 'for' : one.classList.contains('against') ? 'against' : ''])"
    )
