"""Language, theme, width, keyboard, screen readers, and the policy of the page."""

import re

import pytest
from browsers import PHONE, WIDTH, axe_violations, type_review
from playwright.sync_api import expect

VIEWS = ("#/", "#/texts", "#/training/several", "#/interface", "#/file", "#/model/seed")
RULES = {"label-content-name-mismatch": {"enabled": True}}
"""An experimental rule that axe leaves out: what is seen on a button has to be in its name."""


def background(page) -> str:
    return page.evaluate("getComputedStyle(document.documentElement).backgroundColor")


def test_polish_browser_gets_polish(visit):
    page, _ = visit(locale="pl-PL")
    expect(page.locator("html")).to_have_attribute("lang", "pl")
    expect(page.locator("h1:visible")).to_have_text("Co mówi ta recenzja?")
    expect(page.locator("#view-review .lead")).to_contain_text("po angielsku")
    type_review(page, "good")
    expect(page.locator("#verdict-word")).to_have_text("pozytywna")
    expect(page.locator("#verdict-share")).to_have_text(re.compile(r"pewność \d+,\d%"))
    type_review(page, "bad")
    expect(page.locator("#verdict-word")).to_have_text("negatywna")


def test_other_browser_gets_english(visit):
    page, _ = visit(locale="ja-JP")
    expect(page.locator("html")).to_have_attribute("lang", "en")


def test_language_is_switched_and_remembered(visit):
    page, _ = visit()
    type_review(page, "good")
    expect(page.locator("#verdict-word")).to_have_text("positive")
    page.get_by_role("button", name="polski").click()
    expect(page.locator("#verdict-word")).to_have_text("pozytywna")
    expect(page.get_by_role("button", name="polski")).to_have_attribute("aria-pressed", "true")
    left = page.evaluate(
        "[...document.querySelectorAll('main :not(:lang(en), option)')].map(one => one.textContent)"
    )
    assert not [text for text in left if re.search(r"\b(the|your|words|review)\b", text, re.IGNORECASE)]
    page.reload()
    expect(page.locator("#verdict-word")).to_have_text("pozytywna")


def test_theme_is_that_of_the_system_until_chosen(visit):
    page, _ = visit(media={"color_scheme": "dark"})
    dark = background(page)
    page.emulate_media(color_scheme="light")
    light = background(page)
    assert dark != light
    switch = page.locator("#theme")
    switch.click()
    expect(switch).to_have_accessible_name("Theme: light")
    assert background(page) == light
    switch.click()
    expect(switch).to_have_accessible_name("Theme: dark")
    assert background(page) == dark
    page.reload()
    assert background(page) == dark
    switch.click()
    expect(switch).to_have_accessible_name("Theme: same as the system")
    assert background(page) == light


@pytest.mark.parametrize("locale", ["pl-PL", "en-GB"])
def test_phone_needs_no_sideways_scrolling(visit, locale):
    page, _ = visit(locale=locale, viewport=PHONE, has_touch=True, is_mobile=True)
    type_review(page, "good bad " + "w" * 300 + " good")
    expect(page.locator("#strongest")).to_be_visible()
    for view in VIEWS:
        page.goto(page.url.split("#")[0] + view)
        if view == "#/texts":
            page.locator("#add-text").fill("good " * 60 + "\nbad\n" + "w" * 300)
            page.locator("#add-form .primary").click()
            expect(page.locator("#rows .badge")).to_have_count(3)
        if view == VIEWS[2]:
            expect(page.locator("#charts path.line").first).to_be_attached()
        assert page.evaluate("document.documentElement.scrollWidth") == PHONE["width"]


@pytest.mark.parametrize(("width", "height"), [(390, 844), (844, 390), (390, 460)])
def test_a_verdict_with_a_doubt_hides_nothing_that_is_written(visit, width, height):
    page, _ = visit(
        locale="pl-PL", viewport={"width": width, "height": height}, has_touch=True, is_mobile=True
    )
    type_review(page, "Ten film był naprawdę wspaniały, aktorzy zagrali świetnie, a muzyka mnie wzruszyła.")
    expect(page.locator("#doubt")).to_be_visible()
    written, verdict = page.locator("#text").bounding_box(), page.locator("#verdict").bounding_box()
    assert written["y"] + written["height"] <= verdict["y"]
    heights = page.locator("nav a").evaluate_all("all => all.map(one => one.getBoundingClientRect().height)")
    assert max(heights) < 45  # one line each


def test_large_text_and_zoom_fit(visit):
    """A window of 1280 at 400 % is one of 320 (WCAG 1.4.10)."""
    page, _ = visit(locale="pl-PL", viewport={"width": WIDTH // 4, "height": 400})
    for view in VIEWS:
        page.goto(page.url.split("#")[0] + view)
        expect(page.locator("h1:visible")).to_have_count(1)
        assert page.evaluate("document.documentElement.scrollWidth") == WIDTH // 4


@pytest.mark.parametrize("width", [960, 1440])
def test_the_whole_card_of_a_model_does_not_widen_the_page(visit, width):
    page, _ = visit("#/model/seed", viewport={"width": width, "height": 800})
    page.locator("#view-model summary").last.click()
    expect(page.locator("#view-model pre")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") == width


def test_the_skip_link_stays_in_its_view_and_a_spoilt_address_is_told(visit):
    page, _ = visit("#/texts")
    page.locator(".skip").focus()
    page.keyboard.press("Enter")
    assert page.url.endswith("#/texts")
    expect(page.locator("#main")).to_be_focused()
    expect(page.locator("#view-texts")).to_be_visible()
    page.goto(page.url.split("#")[0] + "#/training/%E0%A4%A")
    expect(page.locator("#training-unknown")).to_contain_text("no study called “%E0%A4%A”")
    expect(page.locator("#charts")).to_be_hidden()
    page.locator("#study").select_option("single")
    expect(page.locator("#charts path.line").first).to_be_attached()
    page.get_by_role("link", name="HTTP interface").click()
    expect(page.locator("#interface pre").first).to_contain_text("/v1/analyse")
    expect(page.get_by_role("link", name="OpenAPI")).to_have_attribute("href", "openapi.json")


@pytest.mark.parametrize(("width", "height"), [(720, 450), (640, 700), (820, 640), (390, 560)])
def test_a_verdict_hides_nothing_that_is_written_at_any_zoom(visit, width, height):
    """A window of 1440 × 900 at 200 % is one of 720 × 450; a phone's keyboard takes half of its height."""
    page, _ = visit(viewport={"width": width, "height": height})
    type_review(page, "good and bad, " * 40)
    expect(page.locator("#verdict-word")).not_to_have_text("Judging…")
    page.locator("#text").press("ControlOrMeta+End")
    written, verdict = page.locator("#editor").bounding_box(), page.locator("#verdict").bounding_box()
    seen_to = min(written["y"] + written["height"], height)
    assert (
        verdict["y"] >= seen_to
        or page.locator("#verdict").evaluate("one => getComputedStyle(one).position") == "static"
    )


def test_forced_colours_and_paper_keep_what_carries_meaning(visit):
    page, _ = visit(media={"forced_colors": "active"})
    type_review(page, "good bad")
    expect(page.locator("#strongest-list li")).to_have_count(2)
    drawn = "one => [getComputedStyle(one).backgroundColor, getComputedStyle(one).backgroundImage]"
    bars = page.locator("#strongest-list li i").evaluate_all(f"all => all.map({drawn})")
    assert bars[0][0] != "rgba(0, 0, 0, 0)"
    assert "gradient" in bars[1][1]
    outlines = page.locator("#tint .piece").evaluate_all(
        "all => all.map(one => getComputedStyle(one).outlineStyle)"
    )
    assert outlines == ["solid", "dashed"]
    above = page.locator("#text").evaluate("one => getComputedStyle(one).backgroundColor")
    assert above == "rgba(0, 0, 0, 0)"
    page.emulate_media(media="print", forced_colors="none")
    for hidden in (".top nav", ".switches", "#clear", "#examples-row", "footer"):
        expect(page.locator(hidden)).to_be_hidden()
    page.set_viewport_size({"width": 720, "height": 1000})  # a sheet of A4
    assert page.evaluate("document.documentElement.scrollWidth") == 720
    for shown in ("#verdict-word", "#strongest-list li i >> nth=0", "#curve svg", "#tint .for"):
        expect(page.locator(shown)).to_be_visible()
    assert (
        page.evaluate("getComputedStyle(document.querySelector('.weight-bar i')).printColorAdjust") == "exact"
    )


def test_keyboard_alone_is_enough(visit):
    page, _ = visit()
    page.keyboard.press("Tab")
    expect(page.locator(".skip")).to_be_focused()
    assert page.evaluate("document.activeElement.getBoundingClientRect().top >= 0")
    page.locator(".brand").focus()
    for name in (
        "One review",
        "Several",
        "A file",
        "Training",
        "PL, polski",
        "EN, English",
        "Theme: same as the system",
        None,
    ):
        page.keyboard.press("Tab")
        if name is not None:
            expect(page.locator(":focus")).to_have_accessible_name(name)
            assert page.evaluate("getComputedStyle(document.activeElement).outlineStyle") != "none"
    expect(page.locator("#text")).to_be_focused()
    page.keyboard.type("good")
    expect(page.locator("#verdict-word")).to_have_text("positive")
    page.keyboard.press("Tab")
    expect(page.locator("#to-texts")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("#rows .badge")).to_have_count(1)
    page.locator("#add-text").focus()
    page.keyboard.type("bad")
    page.keyboard.press("Control+Enter")
    expect(page.locator("#rows .badge")).to_have_count(2)


def test_reduced_motion_is_kept(visit):
    page, _ = visit(media={"reduced_motion": "reduce"})
    assert page.evaluate("getComputedStyle(document.querySelector('.needle')).transitionDuration") == "0s"


def test_policy_forbids_what_the_page_does_without(visit, page_server):
    with page_server.client() as client:
        policy = client.get("/").headers["content-security-policy"]
    assert "unsafe" not in policy
    assert "default-src 'none'" in policy
    page, watch = visit()
    watch.expect("Content Security Policy")
    page.evaluate(
        "document.body.append(Object.assign(document.createElement('script'), {text: 'window.ran = 1'}))"
    )
    assert page.evaluate("window.ran") is None
    assert watch.problems, "the browser keeps no policy"


@pytest.mark.parametrize(("locale", "scheme"), [("pl-PL", "light"), ("en-GB", "dark")])
def test_axe_finds_no_serious_fault(visit, locale, scheme):
    """Contrast is a matter of the scheme, and names one of the language: no rule looks at both."""
    page, _ = visit(locale=locale, media={"color_scheme": scheme})
    faults = []
    for view in VIEWS:
        page.goto(page.url.split("#")[0] + view)
        if view == "#/":
            type_review(page, "good bad qwerty")
            expect(page.locator("#strongest")).to_be_visible()
        elif view == "#/texts":
            page.locator("#add-text").fill("good\nbad\n" + "long " * 60)
            page.locator("#add-form .primary").click()
            expect(page.locator("#rows .badge")).to_have_count(3)
        elif view == VIEWS[2]:
            expect(page.locator("#charts path.line").first).to_be_attached()
        elif view == VIEWS[-1]:
            expect(page.locator("#view-model .reliability")).to_be_visible()
            page.locator("#view-model summary").last.click()
        found = axe_violations(page, RULES)
        faults += [(view, *fault) for fault in found if fault[1] in ("serious", "critical")]
    assert faults == []
