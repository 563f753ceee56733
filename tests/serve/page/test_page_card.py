"""A model's card as a page: what was measured of a shipped model, of another what stands on its card."""

import hashlib
import json

from playwright.sync_api import expect

from opinia.model.measured import MEASURED, measured
from opinia.model.shipped import shipped

FAILED = "Hated it."
"""A check of the development half that seed does not pass."""


def test_what_was_measured_is_of_the_files_that_are_shipped():
    found = json.loads(MEASURED.read_text("utf-8"))
    assert {each["name"]: digest for digest, each in found.items()} == {
        name: hashlib.sha256(path.read_bytes()).hexdigest() for name, path in shipped().items()
    }
    for figures in found.values():
        for share in (*figures["kinds"].values(), *figures["lengths"]):
            assert share["low"] <= share["accuracy"] <= share["high"]
    assert measured("0" * 64) is None


def test_the_card_of_a_shipped_model_says_what_was_measured(visit, page_server):
    page, _ = visit("#/model/seed")
    with page_server.client() as client:
        figures = client.get("/v1/measured").json()["models"]["seed"]["seed"]
    said = page.locator("#view-model")
    expect(said).to_contain_text(f"Right on {figures['test']['accuracy']:.1%} of 25,000 film reviews")
    kinds = said.locator(".dotted").first.locator("tbody tr")
    expect(kinds).to_have_count(len(figures["kinds"]))
    own = figures["kinds"]["imdb"]
    expect(kinds.first).to_contain_text("film reviews (IMDB)")
    expect(kinds.first).to_contain_text(f"{own['accuracy']:.1%}")
    expect(kinds.first).to_contain_text(f"95 % interval: {own['low']:.1%} to {own['high']:.1%}")
    expect(said.locator(".reliability circle")).to_have_count(len(figures["reliability"]["bins"]))
    rates = figures["behaviour"]["all"]["held out"]
    expect(said).to_contain_text(f"passes {rates['passed']} of {rates['cases']} checks")
    missed = sum(
        rate["held out"]["cases"] - rate["held out"]["passed"]
        for rate in figures["behaviour"]["capabilities"].values()
    )
    expect(said.locator(".passes i[data-passed=false]")).to_have_count(missed)
    page.get_by_role("button", name="polski").click()
    expect(said).to_contain_text("recenzji filmów")


def test_what_a_model_gets_wrong_leads_there_and_back(visit):
    page, _ = visit("#/model/seed")
    page.get_by_role("button", name=f"Try it: {FAILED}").click()
    expect(page.locator("#text")).to_have_value(FAILED)
    expect(page.locator("#known-wrong")).to_contain_text("the model gets it wrong")
    page.locator("#known-wrong a").click()
    expect(page.locator("#view-model .failures").first).to_contain_text(FAILED)
    page.get_by_role("link", name="One review").click()
    page.locator("#text").fill("This film is wonderful.")
    expect(page.locator("#verdict-word")).to_have_text("positive")
    expect(page.locator("#known-wrong")).to_be_hidden()


def test_the_card_of_another_model_invents_nothing(visit):
    page, _ = visit("#/model/counting")
    said = page.locator("#view-model")
    expect(said).to_contain_text("Its card does not say how right it is.")
    expect(said.locator(".dotted, .reliability, .failures")).to_have_count(0)
    page.locator("#card-model").select_option("seed")
    expect(said.locator(".reliability")).to_be_visible()
    page.goto(page.url.split("#")[0] + "#/model/nobody%20there")
    expect(page.locator("#card-unknown")).to_contain_text("no model called “nobody there”")
