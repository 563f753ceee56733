"""A judged review taken elsewhere, asked what if, and shown beside another model's reading."""

import json
import re
from pathlib import Path
from random import Random

import pytest
from browsers import type_review
from playwright.sync_api import expect

TEXT = "so good & <b>bad</b>, “żółć” 🎬\ngood"


@pytest.fixture
def judged(visit):
    page, watch = visit(permissions=["clipboard-read", "clipboard-write"])
    type_review(page, TEXT)
    expect(page.locator("[data-share=png]")).to_be_enabled()
    return page, watch


def copied(page, kind):
    page.locator(f"[data-share={kind}]").click()
    expect(page.locator("#share-said")).to_have_text("Copied.")
    return page.evaluate("navigator.clipboard.readText()")


def saved(page, kind, folder):
    with page.expect_download() as download:
        page.locator(f"[data-share={kind}]").click()
    path = Path(folder / download.value.suggested_filename)
    download.value.save_as(path)
    return path


def test_a_link_holds_the_text_and_no_server_sees_it(judged, visit):
    page, _ = judged
    page.locator("#model").select_option("seed")
    expect(page.locator("[data-share=png]")).to_be_enabled()
    link = copied(page, "link")
    assert "good" not in link
    fresh, _ = visit(once=True)
    asked = []
    fresh.on("request", lambda request: asked.append(request.url))
    fresh.goto("about:blank")
    fresh.goto(link)
    expect(fresh.locator("#text")).to_have_value(TEXT)
    expect(fresh.locator("#model")).to_have_value("seed")
    assert fresh.url.endswith("#/")
    assert not [url for url in asked if link.split("/review/")[1][:20] in url]


def test_a_damaged_link_is_said_to_be_one(visit):
    page, _ = visit("#/review/1")
    said = page.locator("#share-said")
    for letters in ("1%00", "2abc", "1AAAA", "1" + "A" * 30_000, "1q1YqLlayMjI", None):
        expect(said).to_have_text("The link is damaged, or not of this page.")
        expect(page.locator("#text")).to_have_value("")
        assert page.url.endswith("#/")
        if letters is not None:
            said.evaluate("one => one.replaceChildren()")
            page.goto(page.url.split("#")[0] + f"#/review/{letters}")


def test_what_is_too_long_for_a_link_is_said(judged):
    page, _ = judged
    chance = Random(1)
    page.locator("#text").fill("good " + "".join(chr(chance.randrange(0x4E00, 0x9FFF)) for _ in range(9000)))
    expect(page.locator("#share")).to_be_visible()
    page.locator("[data-share=link]").click()
    expect(page.locator("#share-said")).to_have_text("The text is too long for a link.")


def test_words_and_data_are_copied(judged):
    page, _ = judged
    assert copied(page, "text").startswith(TEXT + "\n\npositive, ")
    found = json.loads(copied(page, "json"))
    assert (found["text"], found["model"], found["label"]) == (TEXT, "counting", "positive")
    assert len(found["contributions"]) >= 5
    markdown = copied(page, "markdown")
    assert r"> so good \& \<b\>bad\</b\>" in markdown
    assert re.search(r"^\| good \| \+", markdown, re.MULTILINE)


def test_pictures_and_a_page_are_saved(judged, tmp_path, browser):
    page, _ = judged
    assert saved(page, "png", tmp_path).read_bytes().startswith(b"\x89PNG\r\n")
    drawn = saved(page, "svg", tmp_path).read_text("utf-8")
    assert drawn.startswith("<svg")
    assert "&lt;b&gt;bad&lt;/b&gt;" in "".join(re.findall(r">([^<]*)</text>", drawn))
    path = saved(page, "html", tmp_path)
    text = path.read_text("utf-8")
    assert "<script" not in text
    assert "http://" not in text.replace("http://www.w3.org/1999/xhtml", "")
    context = browser.new_context(java_script_enabled=False)
    alone = context.new_page()
    alone.goto(path.as_uri())
    expect(alone.locator(".text")).to_have_text(TEXT)
    expect(alone.locator(".for").first).to_have_text("good")
    context.close()


def test_variants_are_pinned_beside_each_other(visit):
    page, _ = visit()
    type_review(page, "good but bad and so bad")
    words = page.locator("#whatif-text button")
    expect(words).to_have_count(6)
    expect(page.locator("#whatif-strike")).to_be_disabled()
    words.nth(2).click()
    page.locator("#whatif-strike").click()
    variants = page.locator("#variants li")
    expect(variants).to_have_count(2)
    expect(variants.nth(1)).to_contain_text("without “bad”")
    expect(variants.nth(1).locator(".variant-change")).to_contain_text("+")
    words.nth(3).click()
    words.nth(5).click(modifiers=["Shift"])
    page.locator("#whatif-strike").click()
    expect(variants.nth(1)).to_contain_text("without “and so bad”")
    words.nth(0).click()
    page.locator("#whatif-other").fill("bad")
    page.locator("#whatif-other").press("Enter")
    expect(variants.nth(1)).to_contain_text("“good” → “bad”")
    words.nth(0).focus()
    page.locator("#whatif-negate").click()
    expect(variants.nth(1)).to_contain_text("“not good”")
    expect(variants).to_have_count(5)
    variants.nth(3).get_by_role("button", name="Use the text").click()
    expect(page.locator("#text")).to_have_value("good but bad ")
    page.locator("#undo").click()
    expect(page.locator("#text")).to_have_value("good but bad and so bad")


def test_words_are_chosen_by_keyboard(visit):
    page, _ = visit()
    type_review(page, "good but bad")
    words = page.locator("#whatif-text button")
    expect(words).to_have_count(3)
    words.nth(0).focus()
    page.keyboard.press("ArrowRight")
    expect(words.nth(1)).to_be_focused()
    page.keyboard.press("Shift+ArrowRight")
    expect(page.locator("#whatif-text [aria-pressed=true]")).to_have_count(2)
    page.locator("#whatif-strike").click()
    expect(page.locator("#variants li").nth(1)).to_contain_text("without “but bad”")


def test_another_model_reads_beside_the_chosen_one(visit):
    page, _ = visit()
    type_review(page, "A terrible, boring film with a good ending.")
    page.locator("#compare-with").select_option("seed")
    sides = page.locator(".side-model")
    expect(sides).to_have_count(2)
    expect(sides.nth(0).locator(".side-verdict")).to_have_text("positive")
    expect(sides.nth(1).locator(".side-verdict")).to_have_text("negative")
    expect(sides.nth(1).locator(".piece.against").first).to_be_visible()
    page.locator("#model").select_option("seed")
    expect(page.locator("#sides")).to_be_hidden()
