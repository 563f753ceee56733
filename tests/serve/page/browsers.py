"""A real browser on the page of a real server, and what went wrong on the page meanwhile."""

import re
import shutil
from dataclasses import dataclass, field

from playwright.sync_api import BrowserContext, Page

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

    def check(self) -> None:
        patterns = "|".join(self.expected) or r"(?!)"
        assert [problem for problem in self.problems if not re.search(patterns, problem)] == []

    def _note(self, message) -> None:
        self.problems.append(f"{message.text} {message.location.get('url', '')}")

    def _look_at(self, request) -> None:
        if not request.url.startswith((self.origin, "blob:" + self.origin, "data:")):
            self.problems.append(f"a request to {request.url}")


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
