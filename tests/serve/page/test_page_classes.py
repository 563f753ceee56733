"""The page with models of other classes than two opinions, and with one that reads Polish."""

import csv
import io
import re
import shutil

import pytest
from browsers import PHONE, axe_violations, pieces, type_review
from playwright.sync_api import expect

import opinia
from models import (
    FIVE,
    POLISH,
    WORDS,
    counting_network,
    graph_of,
    polish_card,
    write_class_model,
    write_counting_model,
)
from opinia.model.file import Description, write_model
from opinia.text.tokenizer import Tokenizer
from servers import started

TEXTS = ["bad bad bad", "bad", "the film", "good", "good good good"]
PAIR = ("no <i>spam</i>", "spam {share} & ham")


@pytest.fixture(scope="module")
def served(tmp_path_factory, root):
    """A server with five classes, a Polish model of as many, two of other names, and the shipped one."""
    folder = tmp_path_factory.mktemp("classes")
    five = write_class_model(folder / "five.onnx")
    card = {**polish_card(), "text": {"unknown_limit": 0.3}}
    polish = write_class_model(folder / "polish.onnx", words=POLISH, card=card)
    pair = folder / "pair.onnx"
    write_model(pair, graph_of(counting_network()), Description(Tokenizer(WORDS), labels=PAIR))
    run = root / "docs/results/study/runs/batch64-epochs10/seed-1"
    for name in ("five", "three"):
        shutil.copytree(run, folder / "studies/own/runs" / name / "seed-1")
    low = write_counting_model(folder / "low.onnx", card={"name": "low", "threshold": {"value": 0.1}})
    arguments = [part for path in (five, polish, pair, low) for part in ("--model", str(path))]
    arguments += ["--model", str(root / "src/opinia/models/seed.onnx"), "--studies", str(folder / "studies")]
    with started(folder, *arguments) as process:
        process.five, process.low = opinia.load(five), low
        yield process


@pytest.fixture
def open_page(visit, served):
    def open_it(place="", *, model=None, **options):
        page, watch = visit(place, address=served.address, once=False, **options)
        if model is not None:
            page.goto(f"{served.address}/#/")
            page.locator("#model").select_option(model)
            page.goto(f"{served.address}/{place}")
        return page, watch

    return open_it


def chance(share):
    """What the page calls a probability: none is certain."""
    return ">99.9%" if share > 0.9995 else "<0.1%" if share < 0.0005 else f"{share:.1%}"


def bars(page):
    names = page.locator("#bars .class-name").all_inner_texts()
    shares = page.locator("#bars .class-share").all_inner_texts()
    return dict(zip(names, shares, strict=True))


def test_bars_take_the_place_of_the_gauge(open_page, served):
    page, _ = open_page()
    type_review(page, "good good good")
    expect(page.locator("#verdict-word")).to_have_text(FIVE[4])
    expect(page.locator("#gauge")).to_be_hidden()
    shares = served.five.predict_proba("good good good")[0]
    assert bars(page) == {name: chance(share) for name, share in zip(FIVE, shares, strict=True)}
    expect(page.locator("#bars .answer .class-name")).to_have_text(FIVE[4])
    assert page.locator("main b, main img").count() == 0
    page.locator("#clear").click()
    expect(page.locator("#verdict-word")).to_have_text("Nothing to judge yet")
    assert set(bars(page).values()) == {"–"}


def test_the_answer_is_explained_and_any_class_that_is_chosen(open_page, served):
    page, _ = open_page()
    text = "the bad film was good"
    type_review(page, text)
    (answer,) = served.five.predict([text])
    expect(page.locator("#verdict-word")).to_have_text(answer)
    expect(page.locator("#legend-for")).to_contain_text(answer)
    expect(page.locator("#curve-lead")).to_contain_text(answer)
    assert page.locator("#target option").all_inner_texts() == ["the answer", *FIVE]
    for number, sides in ((0, {"bad": "for", "good": "against"}), (4, {"bad": "against", "good": "for"})):
        page.locator("#target").select_option(str(number))
        expect(page.locator("#legend-for")).to_have_text(f"points to “{FIVE[number]}”")
        expect(page.locator("#legend-against")).to_have_text(f"points away from “{FIVE[number]}”")
        assert {word: side for word, side in pieces(page) if side} == sides
        expect(page.locator("#strongest-list")).to_contain_text(FIVE[number])
        expect(page.locator("#verdict-word")).to_have_text(answer)
    page.get_by_role("button", name="polski").click()
    expect(page.locator("#legend-for")).to_have_text(f"przemawia za „{FIVE[4]}”")
    expect(page.locator("#target option").first).to_have_text("odpowiedź")


def test_the_curve_draws_and_tells_every_class(open_page, served):
    page, _ = open_page()
    type_review(page, "bad film good good")
    expect(page.locator("#curve .curve-other")).to_have_count(4)
    assert set(page.locator(".curve-names bdi").all_inner_texts()) == set(FIVE)
    curve = page.locator("#curve svg")
    curve.focus()
    page.keyboard.press("Home")
    shares = dict(zip(FIVE, served.five.predict_proba("bad")[0], strict=True))
    label = page.locator("#verdict-word").inner_text()
    expect(curve).to_have_attribute("aria-valuetext", f"after “bad”: {chance(shares[label])} for “{label}”")
    told = page.locator("#tip div").all_inner_texts()
    assert set(told) == {f"{name}: {chance(share)}" for name, share in shares.items() if name != label}


def test_a_list_has_the_class_of_each_text_and_its_csv_all_probabilities(open_page, served, tmp_path):
    page, _ = open_page("#/texts")
    page.locator("#add-text").fill("\n".join(TEXTS))
    page.locator("#add-form .primary").click()
    expect(page.locator("#rows .badge")).to_have_count(5)
    answers = served.five.predict(TEXTS)
    shares = served.five.predict_proba(TEXTS)
    assert page.locator("#rows .badge").all_inner_texts() == answers
    shown = [text.strip() for text in page.locator("#rows .cell-share").all_inner_texts()]
    assert shown == [f"{row.max():.1%}" for row in shares]
    summary = page.locator("#results-summary").inner_text()
    assert all(re.search(rf"{re.escape(name)}\u2069? 1", summary) for name in FIVE)
    assert page.locator("#balance i").count() == 5
    page.locator("#sort").click()
    expect(page.locator("#column-probability")).to_have_text("Probability")
    ranked = sorted(range(5), key=lambda place: -shares[place].max())
    assert page.locator("#rows .badge").all_inner_texts() == [answers[place] for place in ranked]
    with page.expect_download() as download:
        page.get_by_role("button", name="Download CSV").click()
    download.value.save_as(tmp_path / "table.csv")
    with (tmp_path / "table.csv").open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [row["label"] for row in rows] == answers
    assert "positive" not in rows[0]
    for row, proba in zip(rows, shares, strict=True):
        found = [float(row[f"probability_{name}"]) for name in FIVE]
        assert found == pytest.approx(proba, abs=1e-5)


def test_two_classes_of_other_names_are_not_called_positive(open_page, tmp_path):
    page, _ = open_page(model="pair")
    type_review(page, "good film")
    expect(page.locator("#verdict-word")).to_have_text(PAIR[1])
    expect(page.locator("#gauge svg")).to_have_attribute(
        "aria-label", re.compile(rf"Probability of “{re.escape(PAIR[1])}”: \d\d\.\d%")
    )
    assert page.locator(".gauge-end").all_text_contents() == [*map(cut, PAIR)]
    expect(page.locator("#legend-for")).to_have_text(f"points to “{PAIR[1]}”")
    expect(page.locator("#legend-against")).to_have_text(f"points to “{PAIR[0]}”")
    expect(page.locator("#strongest-list")).to_contain_text(PAIR[1])
    expect(page.locator("#target-row")).to_be_hidden()
    page.locator("#to-texts").click()
    expect(page.locator("#rows .badge")).to_have_text(PAIR[1])
    expect(page.locator("#results-summary")).to_contain_text(f"{PAIR[1]} 1")
    expect(page.locator("#sort")).to_have_text(PAIR[1])
    with page.expect_download() as download:
        page.get_by_role("button", name="Download CSV").click()
    download.value.save_as(tmp_path / "table.csv")
    with (tmp_path / "table.csv").open(encoding="utf-8-sig", newline="") as file:
        (row,) = csv.DictReader(file)
    assert sum(float(row[f"probability_{name}"]) for name in PAIR) == pytest.approx(1)


def cut(name):
    return name if len(name) <= 16 else name[:15].rstrip() + "…"


@pytest.mark.parametrize(("locale", "tongue"), [("pl-PL", "po polsku"), ("en-GB", "in Polish")])
def test_a_polish_model_asks_for_polish(open_page, locale, tongue):
    page, _ = open_page(model="polish", locale=locale)
    expect(page.locator("#lead-review")).to_contain_text(tongue)
    expect(page.locator("#text-label")).to_contain_text(tongue)
    expect(page.locator("#text")).to_have_attribute("lang", "pl")
    expect(page.locator("#examples-row")).to_be_hidden()
    type_review(page, "Nie jest to hotel, na który czekaliśmy: brudno i głośno, a obsługa się spóźnia.")
    expect(page.locator("#doubt")).to_contain_text("%")  # its language is clear: nothing to ask
    expect(page.locator("#doubt")).not_to_contain_text("?")
    type_review(page, "nie zqxw vbnm qwrt")
    expect(page.locator("#doubt")).to_contain_text(f"{tongue}?")
    shown = page.locator("body").inner_text()
    assert not re.search("angielsk|English|film", shown.replace("opinia", ""))
    type_review(page, "hello my dear friends, this is a very nice film and I liked it")
    expect(page.locator("#doubt")).not_to_contain_text("?")
    page.goto(page.url.split("#")[0] + "#/texts")
    expect(page.locator("#add-label")).to_contain_text(tongue)
    expect(page.locator("#add-examples")).to_be_hidden()


def test_another_model_brings_its_own_classes_and_words(open_page):
    page, _ = open_page(model="polish")
    type_review(page, "good good good")
    page.locator("#target").select_option("1")
    expect(page.locator("#tint .piece")).to_have_count(3)
    page.locator("#model").select_option("seed")
    expect(page.locator("#verdict-word")).to_have_text("positive")
    expect(page.locator("#bars")).to_be_hidden()
    expect(page.locator("#gauge")).to_be_visible()
    expect(page.locator("#target-row")).to_be_hidden()
    expect(page.locator("#lead-review")).to_contain_text("a film review in English")
    expect(page.locator("#legend-against")).to_have_text("points to negative")
    expect(page.locator("#curve .curve-other")).to_have_count(0)
    expect(page.locator("#examples-row")).to_be_visible()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_all_of_it_fits_a_phone_and_is_accessible(open_page, scheme):
    page, _ = open_page(
        locale="pl-PL", viewport=PHONE, has_touch=True, is_mobile=True, media={"color_scheme": scheme}
    )
    type_review(page, "good good bad qwerty")
    expect(page.locator("#strongest")).to_be_visible()
    expect(page.locator("#curve .curve-other")).to_have_count(4)
    faults = []
    for view in ("#/", "#/texts"):
        page.goto(page.url.split("#")[0] + view)
        if view == "#/texts":
            page.locator("#add-text").fill("\n".join(TEXTS))
            page.locator("#add-form .primary").click()
            expect(page.locator("#rows .badge")).to_have_count(5)
        assert page.evaluate("document.documentElement.scrollWidth") == PHONE["width"]
        found = axe_violations(page)
        faults += [(view, *fault) for fault in found if fault[1] in ("serious", "critical")]
    assert faults == []


def test_runs_of_other_texts_have_a_colour_each_though_their_settings_are_the_same(open_page):
    page, _ = open_page("#/training/own")
    expect(page.locator("#charts path.line")).to_have_count(8)
    strokes = page.locator("#charts path.line").evaluate_all(
        "all => all.map(one => [one.dataset.run, getComputedStyle(one).stroke])"
    )
    assert len({run for run, _ in strokes}) == 2
    assert len({stroke for _, stroke in strokes}) == 2


def test_a_table_is_divided_by_every_class(open_page):
    page, _ = open_page("#/file")
    expect(page.locator("#file-privacy")).not_to_be_empty()
    file = io.StringIO()
    rows = [(f"{'good ' * n}film", label) for n, label in enumerate(FIVE)]
    csv.writer(file).writerows([("text", "label"), *rows])
    page.locator("#file-input").set_input_files(
        {"name": "five.csv", "mimeType": "text/csv", "buffer": file.getvalue().encode()}
    )
    page.locator("#file-judge").click()
    expect(page.locator("#file-download")).to_be_visible()
    expect(page.locator("#file-accuracy-about")).to_contain_text("of 5 rows are right")
    assert page.locator(".confused").count() == 25
    assert page.locator("#file-order option").all_inner_texts()[0] == "surest mistakes first"
    expect(page.locator("#file-histogram-title")).to_have_text("How sure")
    page.locator(".file-row").first.click()
    expect(page.locator("#row-disagree select")).to_be_visible()
    expect(page.locator("#row-strongest")).not_to_be_empty()


def test_undecided_is_what_lies_near_the_models_threshold(open_page, served):
    """Of a model that answers positive from 0.1 on, one half is far above it."""
    texts = ["the film", "bad", "good bad bad", "good", "bad bad bad"]
    enumerated = [(str(number), text) for number, text in enumerate(texts)]
    low = opinia.load(served.low)
    positive = low.predict_proba(texts)[:, 1]
    page, _ = open_page("#/texts", model="low")
    page.locator("#add-text").fill("\n".join(texts))
    page.locator("#add-form .primary").click()
    verdicts = [
        "undecided" if abs(share - 0.1) < 0.1 else "positive" if share > 0.1 else "negative"
        for share in positive
    ]
    assert {*verdicts} == {"undecided", "positive"}
    assert verdicts[0] == "positive"
    expect(page.locator("#rows .badge")).to_have_text(verdicts)
    page.goto(f"{served.address}/#/file")
    page.locator("#file-input").set_input_files(
        {
            "name": "few.csv",
            "mimeType": "text/csv",
            "buffer": "\n".join(["id,text", *map(",".join, enumerated)]).encode(),
        }
    )
    page.locator("#file-judge").click()
    expect(page.locator("#file-summary")).to_contain_text(f"undecided {verdicts.count('undecided')}")
