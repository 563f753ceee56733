"""One review on the page: verdict, tints, curve, and what must not break them."""

import re
from dataclasses import replace

import onnx
from browsers import PHONE, paste, pieces, type_review
from playwright.sync_api import expect

from opinia.model.file import read_model, write_model

SIDES = {"good": "for", "bad": "against"}


def verdict(page):
    return expect(page.locator("#verdict-word"))


def test_typing_gives_a_verdict(visit):
    page, _ = visit()
    verdict(page).to_have_text("Nothing to judge yet")
    page.locator("#text").press_sequentially("good good")
    verdict(page).to_have_text("positive")
    expect(page.locator("#verdict-share")).to_have_text(re.compile(r"\d\d\.\d% sure"))
    expect(page.locator("#gauge svg")).to_have_attribute("aria-label", re.compile(r"positive: \d+\.\d%"))
    expect(page.locator("#spoken")).to_have_text(re.compile(r"Verdict: positive, \d+%"))
    page.locator("#text").press_sequentially(" bad bad bad")
    verdict(page).to_have_text("negative")
    page.locator("#clear").click()
    verdict(page).to_have_text("Nothing to judge yet")
    expect(page.locator("#curve-card")).to_be_hidden()


def test_verdict_is_that_of_the_server(visit, page_server):
    page, _ = visit()
    text = "An odd film: bad at first, good, good at the end."
    type_review(page, text)
    with page_server.client() as client:
        (answer,) = client.post("/v1/analyse", json={"texts": [text]}).json()["results"]
    verdict(page).to_have_text(answer["label"])
    expect(page.locator("#verdict-share")).to_have_text(f"{answer['probability']:.1%} sure")


def test_words_are_tinted_where_they_stand(visit):
    page, _ = visit()
    text = "😀 good\n\t🎬 bad 👩‍👩‍👧 good."
    type_review(page, text)
    expect(page.locator("#tint .for")).to_have_count(2)
    assert {word.strip("."): side for word, side in pieces(page) if side} == SIDES
    assert page.locator("#tint").inner_text().rstrip("\u200b") == text
    strongest = page.locator("#strongest-list li")
    expect(strongest).to_have_count(2)
    assert [row.split("\n")[0] for row in strongest.all_inner_texts()] == ["good × 2", "bad"]


def test_tinted_copy_lies_under_the_text(visit):
    """The copy has to break its lines where the area does, or tints stand under other words."""
    page, _ = visit()
    type_review(page, "good, " + "An unbelievablylongword and some others, " * 30 + "bad\n\n")
    expect(page.locator("#tint .against")).to_have_count(1)
    boxes = page.evaluate(
        "['text', 'tint'].map(id => { const one = document.getElementById(id), style = getComputedStyle(one);"
        "return [one.clientWidth, one.scrollHeight, style.font, style.padding, style.letterSpacing] })"
    )
    assert boxes[0] == boxes[1]
    assert page.evaluate("document.getElementById('text').scrollTop") == 0


def test_tints_stay_while_one_types(visit):
    page, _ = visit()
    type_review(page, "good bad")
    expect(page.locator("#tint .against")).to_have_count(1)
    page.evaluate("() => { window.fetch = () => new Promise(() => {}); }")  # no answer comes any more
    page.locator("#text").press("Home")
    page.locator("#text").press_sequentially("so ")
    assert [word for word, side in pieces(page) if side] == ["good", "bad"]
    page.locator("#text").press("End")
    page.locator("#text").press("Backspace")
    assert [word for word, side in pieces(page) if side] == ["good"]


def test_late_answers_are_dropped(visit):
    """Answers about an earlier text are dropped even where a request could not be called back."""
    page, _ = visit()
    page.evaluate(
        """() => {
            const real = window.fetch;
            window.fetch = async (path, options) => {
                const response = await real(path, { ...options, signal: undefined });
                if (options.body?.includes("bad bad")) {
                    await new Promise((resolve) => setTimeout(resolve, 600));
                    window.late = true;
                }
                return response;
            };
        }"""
    )
    with page.expect_request("**/v1/analyse"):
        type_review(page, "bad bad bad bad")
    type_review(page, "good good")
    verdict(page).to_have_text("positive")
    while not page.evaluate("window.late"):
        page.wait_for_timeout(50)
    page.wait_for_timeout(100)
    verdict(page).to_have_text("positive")
    assert {word for word, _ in pieces(page)} <= {"good"}


def test_markup_in_a_review_is_text(visit):
    page, _ = visit(once=True)
    text = (
        "good <img src=x onerror=alert(1)><script>alert(2)</script> bad {{7*7}} \"'&amp; javascript:alert(3)"
    )
    dialogs = []
    page.on("dialog", lambda dialog: (dialogs.append(dialog.message), dialog.dismiss()))
    type_review(page, text)
    expect(page.locator("#tint .for")).to_have_count(1)
    page.locator("#curve svg").hover()
    page.locator("#to-texts").click()
    expect(page.locator("#rows tr")).to_have_count(1)
    expect(page.locator("#rows .badge")).to_have_count(1)
    assert page.locator("#rows .cell-text").inner_text().splitlines()[0] == text
    assert page.locator("main img, main script").count() == 0
    assert dialogs == []


def test_curve_is_walked_by_keyboard(visit):
    page, _ = visit()
    type_review(page, "good one then bad")
    curve = page.locator("#curve svg")
    expect(curve).to_have_attribute("aria-valuemax", "4")
    page.locator("#text").press("Tab")
    while not curve.evaluate("one => one === document.activeElement"):
        page.keyboard.press("Tab")
    page.keyboard.press("Home")
    expect(curve).to_have_attribute("aria-valuetext", re.compile(r"after “good”: \d+\.\d% positive"))
    expect(page.locator("#tip")).to_have_text(curve.get_attribute("aria-valuetext"))
    expect(page.locator("#tint .pointed")).to_have_text("good")
    page.keyboard.press("ArrowRight")
    expect(page.locator("#tint .pointed")).to_have_text("one")
    page.keyboard.press("Escape")
    expect(page.locator("#tip")).to_be_hidden()


def test_pointing_at_a_word_names_its_weight(visit):
    page, _ = visit()
    type_review(page, "one good bad")
    expect(page.locator("#tint .for")).to_have_count(1)
    box = page.locator("#tint .for").bounding_box()
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    expect(page.locator("#tip")).to_have_text(re.compile(r"“good”: \+\d+\.\d points"))


def test_another_language_is_told(visit):
    page, _ = visit()
    page.locator("#model").select_option("seed")
    type_review(page, "Nie podobało mi się to, co zrobili z tą książką, a film jest za długi.")
    expect(page.locator("#doubt")).to_contain_text("The text seems to be in Polish, and the model reads")


def test_other_model_is_asked_and_shown(visit):
    page, _ = visit()
    type_review(page, "Wonderful acting!")
    expect(page.locator("#doubt")).to_contain_text("knows none of these words")
    page.locator("#model").select_option("seed")
    verdict(page).to_have_text("positive")
    expect(page.locator("#doubt")).to_be_hidden()
    expect(page.locator("#model-about")).to_contain_text("138,369")
    page.locator("#model-about a").click()
    page.locator("#view-model summary").last.click()
    expect(page.locator("#view-model pre")).to_contain_text('"fingerprint"')
    page.go_back()
    page.reload()
    expect(page.locator("#model")).to_have_value("seed")
    verdict(page).to_have_text("positive")


def test_what_a_final_training_took_in_is_counted(visit, serve, root, tmp_path):
    found = read_model(root / "src/opinia/models/base.onnx")
    data = {**found.description.card["data"], "final": "validation was learnt from, too"}
    path = tmp_path / "final.onnx"
    card = {**found.description.card, "data": data}
    write_model(path, onnx.load(found.path), replace(found.description, card=card))
    process = serve("--model", str(path))
    page, _ = visit(address=process.address)
    reviews = data["train"]["reviews"] + data["validation"]["reviews"]
    expect(page.locator("#model-about .facts")).to_contain_text(f"{reviews:,}")


def test_megabyte_is_taken_and_named_too_long(visit):
    page, watch = visit()
    watch.expect("413")
    text = "It was good, but the end was bad. " * 31_000
    assert len(text) > 1_000_000
    paste(page, "#text", text)
    expect(page.locator("#notice")).to_contain_text("more than the server accepts")
    expect(page.locator("#notice")).to_contain_text("100,000 characters")
    assert page.locator("#text").input_value() == text
    page.keyboard.press("Control+End")
    page.locator("#text").press("x")
    assert page.locator("#text").input_value() == text + "x"
    type_review(page, "good")
    verdict(page).to_have_text("positive")
    expect(page.locator("#notice")).to_be_hidden()


def test_long_text_is_tinted_by_sentences(visit):
    page, _ = visit()
    type_review(page, "This sentence is good. This sentence is bad. " * 300)
    expect(page.locator("#curve-lead")).to_contain_text("as the text is read")
    expect(page.locator("#tint .piece").first).to_be_attached()
    assert page.locator("#tint").inner_text().startswith("This sentence is good. This sentence")


def test_typed_text_survives_a_reload(visit):
    page, _ = visit()
    type_review(page, "good <b>bold</b> żółć")
    page.reload()
    assert page.locator("#text").input_value() == "good <b>bold</b> żółć"
    verdict(page).to_have_text("positive")


def test_no_probability_is_called_certain(visit):
    page, _ = visit()
    said = """shares => import("/assets/language.js").then(
        ({ chance, speak }) => (speak("en"), shares.map((share) => [chance(share), chance(share, 0)])))"""
    assert page.evaluate(said, [1, 0.99951, 0.9994, 0.5, 0.0004, 0]) == [
        [">99.9%", ">99%"],
        [">99.9%", ">99%"],
        ["99.9%", ">99%"],
        ["50.0%", "50%"],
        ["<0.1%", "<1%"],
        ["<0.1%", "<1%"],
    ]


def test_what_weighs_most_is_in_the_order_of_its_figures(visit):
    page, _ = visit()
    page.locator("#model").select_option("seed")
    text = "Dull, dull, dull: the acting is wonderful, great and perfect, but the worst plot of all!!! " * 2
    type_review(page, text)
    lists = page.locator("#strongest-list ul")
    expect(lists).to_have_count(2)
    assert page.locator("#strongest-list h3").all_inner_texts() == [
        "points to positive",
        "points to negative",
    ]
    for number in range(2):
        entries = lists.nth(number).locator("li")
        figures = [
            float(one.removesuffix(" pts")) for one in entries.locator(".weight-points").all_inner_texts()
        ]
        assert figures == sorted(figures, reverse=True)
        widths = entries.locator("i").evaluate_all("all => all.map(one => parseFloat(one.style.width))")
        assert widths == sorted(widths, reverse=True)
        words = entries.locator(".weight-word").all_inner_texts()
        assert all(re.search(r"\w", word) for word in words)
        assert len(words) == len(set(words)) <= 4


def test_what_is_cleared_or_replaced_comes_back(visit):
    page, _ = visit()
    type_review(page, "good one")
    page.locator("#clear").click()
    page.get_by_role("button", name="Undo").click()
    assert page.locator("#text").input_value() == "good one"
    page.get_by_role("button", name="irony").click()
    assert page.locator("#text").input_value().startswith("Oh, wonderful")
    page.locator("#text").press("ControlOrMeta+z")
    assert page.locator("#text").input_value() == "good one"
    verdict(page).to_have_text("positive")
    page.locator("#clear").click()
    page.locator("#text").press("ControlOrMeta+z")
    assert page.locator("#text").input_value() == "good one"


def test_a_finger_gets_tips_that_stay(visit):
    page, _ = visit(viewport=PHONE, has_touch=True, is_mobile=True)
    type_review(page, "one good bad")
    expect(page.locator("#tint .for")).to_have_count(1)
    page.locator("#text").scroll_into_view_if_needed()
    box = page.locator("#tint .for").bounding_box()
    page.touchscreen.tap(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    expect(page.locator("#tip")).to_have_text(re.compile(r"“good”: \+\d+\.\d points"))
    curve = page.locator("#curve svg")
    curve.scroll_into_view_if_needed()
    box = curve.bounding_box()
    page.touchscreen.tap(box["x"] + box["width"] - 20, box["y"] + 60)
    expect(page.locator("#tip")).to_contain_text("after “bad”")
    page.locator("#strongest h2").tap()
    expect(page.locator("#tip")).to_be_hidden()


def test_a_text_that_waits_is_said_to_wait(visit):
    page, _ = visit()
    page.evaluate("() => { window.fetch = () => new Promise(() => {}); }")
    type_review(page, "good")
    verdict(page).to_have_text("Judging…")
    page.locator("#clear").click()
    verdict(page).to_have_text("Nothing to judge yet")


def test_emoji_do_not_make_a_text_foreign(visit):
    page, _ = visit()
    page.route("**/v1/analyse", lambda route: route.fulfill(json={"model": "counting", "results": [result]}))
    result = {"label": "positive", "probability": 0.9, "positive": 0.9, "doubt": "mostly_unknown"}
    result |= {"tokens": 9, "unknown": 0.4, "unknown_words": 0.1, "language": None}
    type_review(page, "It is a film 😀😀😀🎬")
    expect(page.locator("#doubt")).to_have_text(
        "The model does not know 40% of the words and signs, emoji among them."
    )
    result["unknown_words"] = 0.3
    type_review(page, "It is a xxx yyy zzz 😀")
    expect(page.locator("#doubt")).to_contain_text("Is the text in English?")
    result |= {"doubt": "other_language", "language": "de"}
    type_review(page, "Das ist kein guter Film")
    expect(page.locator("#doubt")).to_contain_text(
        "seems to be in German, and the model reads texts in English"
    )
