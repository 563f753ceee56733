"""The page while its server goes away, comes back, is busy, or asks for a key."""

import socket

import pytest
from browsers import type_review
from playwright.sync_api import expect

from servers import started

KEY = "a-key-of-the-tests"


@pytest.fixture
def port():
    """A port that is free now and may be taken twice."""
    with socket.create_server(("127.0.0.1", 0)) as one:
        return str(one.getsockname()[1])


def test_server_goes_and_comes_back(visit, counting_path, port, tmp_path):
    arguments = ["--port", port, "--model", f"counting={counting_path}"]
    with started(tmp_path, *arguments) as process:
        page, watch = visit(address=process.address)
        watch.expect("ERR_CONNECTION_REFUSED|ERR_EMPTY_RESPONSE|ERR_CONNECTION_RESET")
        type_review(page, "good")
        expect(page.locator("#verdict-word")).to_have_text("positive")
    page.locator("#text").press("End")
    page.locator("#text").press_sequentially(" bad bad")
    expect(page.locator("#notice")).to_contain_text("The server does not answer")
    expect(page.locator("#verdict-word")).to_have_text("not judged")
    page.get_by_role("button", name="polski").click()
    expect(page.locator("#notice")).to_contain_text("Serwer nie odpowiada")
    assert page.locator("#text").input_value() == "good bad bad"
    page.goto(page.url.split("#")[0] + "#/texts")
    page.locator("#add-text").fill("good\nbad")
    page.locator("#add-form .primary").click()
    expect(page.locator("#rows tr")).to_have_count(2)
    with started(tmp_path, *arguments):
        expect(page.locator("#rows .badge")).to_have_count(2)
        expect(page.locator("#notice")).to_be_hidden()
        page.goto(page.url.split("#")[0] + "#/")
        expect(page.locator("#verdict-word")).to_have_text("negatywna")
        assert page.locator("#text").input_value() == "good bad bad"


def test_the_page_comes_in_few_requests_below_any_path(visit, page_server):
    page, _ = visit(once=True)
    asked = []
    page.on("request", lambda request: asked.append(request.url.removeprefix(page_server.address)))
    page.reload()
    expect(page.locator("#model")).to_have_value("counting")
    assert len(set(asked)) <= 6, asked  # the icon is asked for twice
    assert not [path for path in asked if "favicon" in path]
    below = "/tools/opinia"

    def pass_on(route):
        route.continue_(url=route.request.url.replace(below, ""))

    page.route(f"**{below}/**", pass_on)
    page.goto(f"{page_server.address}{below}/#/")
    type_review(page, "good")
    expect(page.locator("#verdict-word")).to_have_text("positive")


def test_busy_server_is_asked_again(visit):
    """A proxy in front of the server refuses twice."""
    page, watch = visit()
    watch.expect("503")
    refusals = []

    def refuse(route):
        if len(refusals) == 2:
            route.continue_()
            return
        refusals.append(route.request.url)
        error = {"code": "overloaded", "message": "too much waits already", "hint": "try again"}
        route.fulfill(status=503, headers={"retry-after": "1"}, json={"error": error})

    page.route("**/v1/analyse", refuse)
    type_review(page, "good")
    expect(page.locator("#notice")).to_contain_text("The server is busy")
    expect(page.locator("#notice")).to_contain_text("too much waits already")
    expect(page.locator("#verdict-word")).to_have_text("positive")
    expect(page.locator("#notice")).to_be_hidden()
    assert len(refusals) == 2


def test_key_is_asked_for_and_kept_in_the_tab(visit, serve, counting_path):
    arguments = ["--model", f"counting={counting_path}"]
    process = serve(*arguments, variables={"OPINIA_API_KEY": KEY})
    page, watch = visit(address=process.address)
    watch.expect("401")
    dialog = page.get_by_role("dialog")
    expect(dialog).to_be_visible()
    page.get_by_label("API key").fill("wrong")
    page.get_by_role("button", name="Use it").click()
    expect(page.locator("#key-wrong")).to_have_text("The server does not accept this key.")
    page.get_by_role("button", name="Later").click()
    expect(page.locator("#notice")).to_contain_text("asks for an API key")
    page.get_by_role("button", name="Enter the key").click()
    page.get_by_label("API key").fill(KEY)
    page.keyboard.press("Enter")
    expect(dialog).to_be_hidden()
    expect(page.locator("#notice")).to_be_hidden()
    expect(page.locator("#model")).to_have_value("counting")
    type_review(page, "good")
    expect(page.locator("#verdict-word")).to_have_text("positive")
    page.reload()
    expect(page.locator("#verdict-word")).to_have_text("positive")
    assert KEY in page.evaluate("Object.values(sessionStorage)")
    assert page.evaluate("Object.values(localStorage)") == []
