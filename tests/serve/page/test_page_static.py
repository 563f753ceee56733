"""The page without a server: written by ``opinia page``, in a real browser, with and without a network."""

import functools
import http.server
import json
import re
import threading

import pytest
from browsers import Watch, pieces, type_review
from playwright.sync_api import expect

import opinia
from commands import opinia_command
from opinia.errors import InputError
from opinia.model.explain import explain
from opinia.serve.models import load_models
from opinia.serve.page import offline_page

TEXT = "I loved it 👍🏽 — the acting is good, the ending is bad."
KEPT = """new Promise((resolve) => {
  const worker = navigator.serviceWorker;
  if (worker.controller) resolve();
  else worker.addEventListener("controllerchange", () => resolve());
})"""


@pytest.fixture(scope="module")
def runtime(root):
    """The folder of ONNX Runtime in WebAssembly."""
    folder = root / "js/node_modules" / offline_page.RUNTIME
    if not folder.is_dir():
        pytest.skip(f"{offline_page.RUNTIME} is not in js/node_modules: sh scripts/node.sh")
    return folder


@pytest.fixture(scope="module")
def site(runtime, counting_path, tmp_path_factory):
    """A folder with the page and two models."""
    folder = tmp_path_factory.mktemp("static") / "site"
    models = ["--model", "seed", "--model", f"counting={counting_path}"]
    said = opinia_command("page", "--out", folder, "--runtime", runtime, *models)
    assert str(folder) in said
    return folder


class Quiet(http.server.SimpleHTTPRequestHandler):
    """A host of static files, and nothing more."""

    refused = ""

    def do_GET(self):
        """Answer, but for what begins as is refused."""
        if Quiet.refused and self.path.startswith(Quiet.refused):
            self.send_error(503)
        else:
            super().do_GET()

    def log_message(self, *arguments):
        """Say nothing."""


@pytest.fixture
def host(site):
    """The address of the folder, and a function that stops who serves it."""
    server = http.server.ThreadingHTTPServer(
        ("127.0.0.1", 0), functools.partial(Quiet, directory=str(site.parent))
    )
    thread = threading.Thread(target=server.serve_forever)
    thread.start()

    def stop():
        if thread.is_alive():
            server.shutdown()
            server.server_close()
            thread.join()

    yield f"http://127.0.0.1:{server.server_port}/site", stop
    stop()


@pytest.fixture
def context(browser):
    one = browser.new_context(locale="en-GB", viewport={"width": 1280, "height": 900})
    yield one
    one.close()


def visit(context, address):
    watch = Watch(address)
    watch.follow(context)
    page = context.new_page()
    page.goto(f"{address}/")
    return page, watch


def share_on(page):
    """Return the share that the page shows for a review."""
    return float(re.search(r"([\d.]+)\s?%", page.locator("#verdict-share").inner_text())[1]) / 100


def test_reviews_are_judged_in_the_browser_with_the_network_cut(context, host):
    address, stop = host
    page, watch = visit(context, address)
    type_review(page, TEXT)
    expect(page.locator("#verdict-share")).to_contain_text("%")
    classifier = opinia.load("seed")
    (wanted,) = classifier.classify(TEXT)
    assert share_on(page) == pytest.approx(wanted.probability, abs=0.001)
    page.evaluate(KEPT)
    stop()
    context.set_offline(True)
    page.reload()
    expect(page.locator("#verdict-share")).to_contain_text("%")
    assert share_on(page) == pytest.approx(wanted.probability, abs=0.001)
    expect(page.locator("#tint .piece.for").first).to_be_visible()
    text = page.locator("#text").input_value()
    assert text == TEXT
    found = explain(classifier, TEXT)
    words = [TEXT[each.start : each.end] for each in found.contributions]
    assert [word for word, _ in pieces(page)] == words
    signs = {word: side for word, side in pieces(page) if side}
    for each in found.contributions:
        word = TEXT[each.start : each.end]
        if word in signs and words.count(word) == 1:
            assert (signs[word] == "for") == (each.contribution > 0)
    page.locator('nav [data-view="texts"]').click()
    page.locator("#add-text").fill("good film\nbad bad film\n\nthe film")
    page.locator("#add-form .primary").click()
    expect(page.locator("#rows .badge")).to_have_count(3)
    with page.expect_download() as download:
        page.locator("#download").click()
    rows = download.value.path().read_text("utf-8-sig").splitlines()
    assert [row.split(",")[0].strip('"') for row in rows[1:]] == ["good film", "bad bad film", "the film"]
    page.get_by_role("button", name="polski").click()
    expect(page.locator("footer")).to_contain_text("zostają w tej przeglądarce")
    watch.check()


def test_another_model_is_loaded_when_it_is_chosen(context, host):
    address, stop = host
    page, watch = visit(context, address)
    type_review(page, "good film")
    page.locator("#model").select_option("counting")
    expect(page.locator("#verdict-word")).to_have_text("positive")
    expect(page.locator("#model-about a")).to_have_attribute("href", "#/model/counting")
    page.locator("#text").fill("bad film")
    expect(page.locator("#verdict-word")).to_have_text("negative")
    assert page.locator("nav a").count() == 2
    page.goto(f"{address}/#/model/counting")
    expect(page.locator("#view-model")).to_contain_text("Everything on the card")
    page.goto(f"{address}/#/training")
    expect(page.locator("#view-review")).to_be_visible()
    watch.check()
    stop()


def test_a_model_that_does_not_come_is_said_and_tried_again(context, host, monkeypatch):
    address, _ = host
    with monkeypatch.context() as patch:
        patch.setattr(Quiet, "refused", "/site/models/")
        page, watch = visit(context, address)
        watch.expect("503")
        type_review(page, "good film")
        expect(page.locator("#notice")).to_contain_text("The network cannot be loaded")
        assert page.locator("#text").input_value() == "good film"
    expect(page.locator("#verdict-share")).to_contain_text("%")
    watch.check()


def test_only_webassembly_is_added_to_the_policy(site):
    markup = (site / "index.html").read_text("utf-8")
    policy = re.search(r'Content-Security-Policy" content="([^"]+)"', markup)[1]
    assert "script-src 'self' 'wasm-unsafe-eval';" in policy
    assert not re.search(r"'unsafe-(?:eval|inline)'|https?:|\*|blob:", policy)
    assert policy in (site / "_headers").read_text("utf-8")
    assert not re.search(r"\sstyle=|\son\w+=|<style|javascript:|<script>", markup)


def test_every_file_is_kept_or_named(site):
    there = {path.relative_to(site).as_posix() for path in site.rglob("*") if path.is_file()}
    known = json.loads((site / "models.json").read_text("utf-8"))
    assert set(known["files"]) == there
    lists = re.findall(
        r"^const (?:FIRST|LATER) = (\[.*\]);$", (site / "offline.js").read_text("utf-8"), re.MULTILINE
    )
    kept = {name for each in lists for name in json.loads(each)}
    assert there - kept == {"index.html", "offline.js", "_headers"} - kept
    assert known["sources"] == {"seed": "models/seed.onnx", "counting": "models/counting.onnx"}


def test_only_a_page_is_replaced(site, runtime, counting_path, tmp_path):
    models = load_models([f"counting={counting_path}"])
    page = offline_page.static_page(models, offline_page.find_runtime(runtime))
    folder = tmp_path / "site"
    offline_page.write(page, folder)
    with pytest.raises(InputError, match="there is a page"):
        offline_page.write(page, folder)
    offline_page.write(page, folder, force=True)
    (folder / "mine.txt").write_text("kept")
    with pytest.raises(InputError, match="no page of opinia's"):
        offline_page.write(page, folder, force=True)
    assert (folder / "mine.txt").read_text() == "kept"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["site"]


def test_another_runtime_is_refused(runtime, counting_path, tmp_path):
    with pytest.raises(InputError, match="npm install"):
        offline_page.find_runtime(tmp_path)
    for name in offline_page.RUNTIME_FILES:
        (tmp_path / name).write_bytes(b"another")
    with pytest.raises(InputError, match="SHA-256"):
        offline_page.static_page(
            load_models([f"counting={counting_path}"]), offline_page.find_runtime(tmp_path)
        )
