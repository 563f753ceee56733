"""One server and one browser for the tests of the page; each test gets a fresh visitor."""

import contextlib
import os
import shutil

import pytest
from browsers import HEIGHT, MILLISECONDS, WIDTH, Watch, find_browser
from playwright.sync_api import expect, sync_playwright

from servers import started

SHOWN_RUNS = ("batch64-epochs10", "batch32-epochs20")


@pytest.fixture(scope="module")
def browser():
    """A headless Chromium; module by module, because it keeps an event loop in this thread."""
    path = find_browser()
    if path is None:
        pytest.skip("there is no Chromium on this machine: on Debian, apt install chromium")
    expect.set_options(timeout=MILLISECONDS)
    with sync_playwright() as playwright:
        # A container's root has no sandbox to give, and its /dev/shm may be small.
        options = ["--disable-dev-shm-usage", *(["--no-sandbox"] if os.geteuid() == 0 else [])]
        one = playwright.chromium.launch(executable_path=path, args=options)
        yield one
        one.close()


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


@pytest.fixture
def visit(browser, page_server, serve):
    """Open the page as a new visitor: ``page, watch = visit("#/texts", locale="pl-PL")``."""
    contexts = []

    def open_page(place="", *, address=None, **options):
        address = address or page_server.address
        settings = {
            "locale": "en-GB",
            "viewport": {"width": WIDTH, "height": HEIGHT},
            "reduced_motion": "reduce",
        }
        context = browser.new_context(**{**settings, **options})
        context.set_default_timeout(MILLISECONDS)
        watch = Watch(address)
        watch.follow(context)
        contexts.append((context, watch))
        page = context.new_page()
        page.goto(f"{address}/{place}")
        expect(page.locator("html.starting")).to_have_count(0)
        return page, watch

    yield open_page
    for context, watch in contexts:
        context.close()
        watch.check()
