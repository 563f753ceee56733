"""One server and one browser for the tests of the page; each test gets a page without a memory."""

import asyncio
import contextlib
import os
import shutil
from collections import defaultdict

import pytest
from browsers import HEIGHT, MILLISECONDS, WIDTH, Visitor, find_browser
from playwright.sync_api import expect, sync_playwright

from servers import started

USUAL = {"media": "screen", "color_scheme": "light", "reduced_motion": "reduce", "forced_colors": "none"}
"""How a page is shown where a test says nothing."""
SHOWN_RUNS = ("batch64-epochs10", "batch32-epochs20")


@pytest.fixture(scope="session")
def chromium():
    """A headless Chromium, and the event loop that Playwright keeps in this thread."""
    path = find_browser()
    if path is None:
        pytest.skip("there is no Chromium on this machine: on Debian, apt install chromium")
    expect.set_options(timeout=MILLISECONDS)
    with sync_playwright() as playwright:
        # To compile WebAssembly anew and better takes longer than what it saves here.
        # A container's root has no sandbox to give, and its /dev/shm may be small.
        options = [
            "--disable-dev-shm-usage",
            "--js-flags=--liftoff-only",
            *(["--no-sandbox"] if os.geteuid() == 0 else []),
        ]
        one = playwright.chromium.launch(executable_path=path, args=options)
        loop = asyncio.get_running_loop()
        asyncio._set_running_loop(None)
        yield one, loop
        asyncio._set_running_loop(loop)
        one.close()


@pytest.fixture(scope="module")
def browser(chromium):
    """The browser, with its loop, which counts as running for these modules alone: others begin theirs."""
    one, loop = chromium
    asyncio._set_running_loop(loop)
    yield one
    asyncio._set_running_loop(None)


@pytest.fixture(scope="session")
def studies_folder(tmp_path_factory, root):
    """A folder with a study of six runs and one of a single run, copied from real ones."""
    folder = tmp_path_factory.mktemp("studies")
    source = root / "docs/results/study/runs"
    for run in SHOWN_RUNS:
        shutil.copytree(source / run, folder / "several" / "runs" / run)
    shutil.copytree(source / SHOWN_RUNS[0] / "seed-1", folder / "single" / "runs" / SHOWN_RUNS[0] / "seed-1")
    return folder


@pytest.fixture(scope="session")
def page_server(tmp_path_factory, counting_path, studies_folder, root):
    """``opinia serve`` with the shipped model, a counting one and two studies."""
    arguments = ["--model", f"counting={counting_path}", "--model", str(root / "src/opinia/models/seed.onnx")]
    with started(tmp_path_factory.mktemp("page"), *arguments, "--studies", str(studies_folder)) as process:
        yield process


@pytest.fixture
def serve(tmp_path_factory):
    """Start ``opinia serve``, as :func:`servers.started` does, until the visitors of the test have left.

    A page that outlives its server asks it in vain, and the visitor would report that as an error.
    """
    with contextlib.ExitStack() as stack:

        def start(*arguments, **options):
            return stack.enter_context(started(tmp_path_factory.mktemp("served"), *arguments, **options))

        yield start


@pytest.fixture(scope="session")
def visitors():
    """Those who have left, by what they are: a page that was shown once is shown sooner again."""
    return defaultdict(list)


@pytest.fixture
def visit(browser, visitors, page_server, serve):
    """Open the page as a visitor without a memory: ``page, watch = visit("#/texts", locale="pl-PL")``.

    The visitor may have been here in an earlier test, and forgot what it saw and what was set. One who
    listens to events of the page, or comes to a server that ends with the test, comes ``once``.
    """
    here = []

    def open_page(place="", *, address=None, once=None, viewport=None, media=None, **settings):
        once = address is not None if once is None else once
        address = address or page_server.address
        settings.setdefault("locale", "en-GB")
        known = visitors[address, repr(sorted(settings.items()))]
        visitor = known.pop() if known and not once else Visitor(browser, address, settings)
        here.append((visitor, None if once else known))
        page = visitor.page
        page.set_viewport_size(viewport or {"width": WIDTH, "height": HEIGHT})
        page.emulate_media(**{**USUAL, **(media or {})})
        page.goto(f"{address}/{place}")
        expect(page.locator("html.starting")).to_have_count(0)
        return page, visitor.watch

    yield open_page
    problems = []
    for visitor, known in here:
        if known is None:
            visitor.context.close()
        else:
            visitor.forget()
            known.append(visitor)
        problems += visitor.watch.take()
    assert problems == []
