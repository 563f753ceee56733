"""``opinia errors``: the worst rows as a table and as a page that a browser shows."""

import csv
import io
import os
import random
import re
import shutil
from html.parser import HTMLParser

import pytest

import opinia
from commands import call
from models import write_counting_model, write_three_class_model
from opinia.evaluate.metrics import answers_of

HOSTILE = (
    '</p><script>alert(1)</script> "good" <img src=http://x.example/ onerror=alert(2)> &amp; \x01\u202e bad'
)
COLUMNS = ["row", "kind", "suspect", "label", "answer", "probability", "probability_of_label"]
COLUMNS += ["doubt", "why", "text"]
VOID = {"meta", "input"}


def texts(count, *, seed=0):
    draw = random.Random(seed)
    return [
        " ".join(draw.choices(["the", "film", "was", "good", "bad", "it", "and", "a"], k=draw.randint(3, 9)))
        for _ in range(count)
    ]


def write(path, rows):
    with path.open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows([("text", "label"), *rows])
    return path


@pytest.fixture(scope="module")
def two(tmp_path_factory):
    """A model, and a table in which every fifth label is another than the model's answer."""
    folder = tmp_path_factory.mktemp("two")
    model = write_counting_model(folder / "counting.onnx", card={"name": "<b>counting</b>"})
    said = texts(60)
    rows = [
        (text, label if number % 5 else {"positive": "negative", "negative": "positive"}[label])
        for number, (text, label) in enumerate(zip(said, opinia.load(model).predict(said), strict=True))
    ]
    return model, write(folder / "two.csv", [*rows, (HOSTILE, "positive"), ("", "positive")]), rows


@pytest.fixture(scope="module")
def three(tmp_path_factory):
    folder = tmp_path_factory.mktemp("three")
    model = write_three_class_model(folder / "three.onnx", labels=("złe", "<i>takie sobie</i>", "好"))
    names = [str(name) for name in opinia.load(model).classes_]
    said = texts(60, seed=1)
    rows = [
        (text, label if number % 6 else names[(names.index(label) + 1) % 3])
        for number, (text, label) in enumerate(zip(said, opinia.load(model).predict(said), strict=True))
    ]
    return model, write(folder / "three.csv", rows), rows


def table_of(text):
    rows = list(csv.DictReader(io.StringIO(text)))
    assert all(list(row) == COLUMNS for row in rows)
    return rows


@pytest.mark.parametrize("kind", ["two", "three"])
def test_the_table_lists_what_is_wrong_the_worst_first(kind, request):
    model, path, rows = request.getfixturevalue(kind)
    done = call("errors", model, path, "--unsure", 0)
    assert done.returncode == 0, done.stderr
    found = table_of(done.stdout)
    classifier = opinia.load(model)
    probabilities = classifier.predict_proba([text for text, _ in rows])
    names = [str(name) for name in classifier.classes_]
    wrong = {
        number + 1
        for number, (answer, (_, label)) in enumerate(zip(answers_of(probabilities), rows, strict=True))
        if names[answer] != label
    }
    assert {int(row["row"]) for row in found if int(row["row"]) <= len(rows)} == wrong
    assert len(wrong) >= 9
    for row in found:
        if int(row["row"]) > len(rows):
            continue
        text, label = rows[int(row["row"]) - 1]
        (answer,) = probabilities[int(row["row"]) - 1].argmax(keepdims=True)
        assert (row["text"], row["label"], row["answer"]) == (text, label, names[answer])
        assert float(row["probability"]) == pytest.approx(probabilities[int(row["row"]) - 1].max(), abs=1e-4)
        assert row["kind"] == "wrong"
    margins = [float(row["probability_of_label"]) - float(row["probability"]) for row in found]
    assert margins == pytest.approx(sorted(margins), abs=3e-4)
    assert f"of {len(rows) + 2 * (kind == 'two')} texts are answered wrongly" in done.stderr


def test_why_names_the_words_that_weigh_most(two):
    model, path, _ = two
    for row in table_of(call("errors", model, path).stdout):
        if (
            row["answer"] == "negative"
            and row["text"].split().count("bad") == 1
            and "good" not in row["text"]
        ):
            assert row["why"].startswith("bad +")
            break
    else:
        pytest.fail("there is no such row")


def test_suspects_can_be_listed_alone(two):
    model, path, _ = two
    found = table_of(call("errors", model, path, "--only", "suspect").stdout)
    assert found
    assert all(row["suspect"] == row["answer"] != row["label"] for row in found)
    every = table_of(call("errors", model, path).stdout)
    assert [row["row"] for row in every if row["suspect"]] == [row["row"] for row in found]


def test_most_bounds_the_list_and_says_so(two):
    model, path, _ = two
    done = call("errors", model, path, "--most", 3)
    assert len(table_of(done.stdout)) == 3
    assert re.search(r"\d+ more are not listed; --most lists more", done.stderr)


def test_another_threshold_finds_other_errors(two):
    model, path, rows = two
    positive = opinia.load(model).predict_proba([text for text, _ in rows])[:, 1].astype(float)
    found = table_of(call("errors", model, path, "--threshold", 0.97, "--unsure", 0).stdout)
    wrong = {n + 1 for n, (_, label) in enumerate(rows) if (positive[n] > 0.97) != (label == "positive")}
    assert {int(row["row"]) for row in found} - {61, 62} == wrong


class Page(HTMLParser):
    """What a page holds: its elements, whether they nest, and what it says."""

    def __init__(self, source):
        super().__init__()
        self.elements, self.open, self.said, self.texts = [], [], "", []
        self.feed(source)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag, attrs):
        self.elements.append((tag, dict(attrs)))
        if dict(attrs).get("class") == "text":
            self.texts.append("")
        if tag not in VOID:
            self.open.append((tag, dict(attrs)))

    def handle_endtag(self, tag):
        assert self.open.pop()[0] == tag

    def handle_data(self, data):
        if any(attrs.get("class") == "text" for _, attrs in self.open):
            self.texts[-1] += data
        self.said += data


def test_the_page_shows_hostile_texts_and_names_as_they_stand(two, three, tmp_path):
    for number, (model, path, _) in enumerate((two, three)):
        page = tmp_path / f"{number}.html"
        table = tmp_path / f"{number}.csv"
        assert call("errors", model, path, "-o", page, "-o", table, cwd=tmp_path).stdout == ""
        shown = Page(page.read_text("utf-8"))
        rows = table_of(table.read_text("utf-8-sig"))
        plain = HOSTILE.replace("\x01", "\ufffd").replace("\u202e", "\ufffd").replace("&amp;", "&")
        assert shown.texts == [plain if "alert" in row["text"] else row["text"] for row in rows]
        kinds = {tag for tag, _ in shown.elements}
        assert not kinds & {"script", "img", "link", "iframe", "object", "a", "i"}
        assert not [name for _, attrs in shown.elements for name in attrs if name.startswith("on")]
        for row in rows:
            assert row["label"] in shown.said
            assert f"Row {row['row']}" in shown.said
    assert "<i>takie sobie</i>" in shown.said
    assert "好" in shown.said


def test_polish_is_spoken_where_it_is_asked_for(two, tmp_path):
    model, path, _ = two
    done = call("errors", model, path, "-o", tmp_path / "p.html", "--lang", "pl")
    page = Page((tmp_path / "p.html").read_text("utf-8"))
    assert "Na czym model się myli" in page.said
    assert "pozytywna" in page.said
    assert "etykiet" in done.stderr


def test_nothing_wrong_is_said(two, tmp_path):
    model, _, _ = two
    path = write(tmp_path / "right.csv", [("good good film", "positive"), ("bad bad film", "negative")])
    done = call("errors", model, path, "-o", tmp_path / "p.html")
    assert done.returncode == 0, done.stderr
    assert "There is nothing to list" in (tmp_path / "p.html").read_text("utf-8")
    assert table_of(call("errors", model, path).stdout) == []


def test_a_table_that_was_learnt_from_is_warned_of(tmp_path):
    rows = [("good film", "positive"), ("bad film", "negative"), ("a film", "negative")]
    path = write(tmp_path / "own.csv", rows)
    learnt = {
        "source": "x.csv",
        "rows": {"all": 3},
        "labels": {"positive": "positive", "negative": "negative"},
    }
    model = write_counting_model(tmp_path / "model.onnx", card={"name": "own", "data": learnt})
    assert "seems to have learnt from these texts" in call("errors", model, path).stderr
    other = write(tmp_path / "other.csv", rows[:2] * 2)
    assert "seems to have learnt" not in call("errors", model, other).stderr
    assert "seems to have learnt from these texts" in call("evaluate", model, path, "--lang", "en").stderr
    assert "uczył się na tych tekstach" in call("evaluate", model, path, "--lang", "pl").stderr
    assert "seems to have learnt" not in call("evaluate", model, other, "--lang", "en").stderr


@pytest.mark.parametrize(
    ("arguments", "status", "why"),
    [
        (("-o", "errors.pdf"), 2, ".csv"),
        (("-o", "there.csv"), 1, "exists already"),
        (("--unsure", "nan"), 1, "from 0 to 1"),
        (("--most", "0"), 2, "0"),
        (("--text-column", "nope"), 1, "nope"),
        (("--threshold", "nan"), 1, "from 0 to 1"),
    ],
)
def test_what_cannot_be_is_refused_before_anything_is_written(two, tmp_path, arguments, status, why):
    model, path, _ = two
    (tmp_path / "there.csv").write_text("kept")
    done = call("errors", model, path, *arguments, cwd=tmp_path)
    assert done.returncode == status
    assert why in done.stderr
    assert sorted(each.name for each in tmp_path.iterdir()) == ["there.csv"]
    assert (tmp_path / "there.csv").read_text() == "kept"


def test_known_sets_are_judged_too(two):
    model, _, _ = two
    found = table_of(call("errors", model, "sample:test", "--most", 2).stdout)
    assert len(found) == 2


@pytest.fixture(scope="module")
def browser():
    playwright = pytest.importorskip("playwright.sync_api")
    path = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
    if path is None:
        pytest.skip("there is no Chromium on this machine: on Debian, apt install chromium")
    with playwright.sync_playwright() as one:
        options = ["--disable-dev-shm-usage", *(["--no-sandbox"] if os.geteuid() == 0 else [])]
        opened = one.chromium.launch(executable_path=path, args=options)
        yield opened
        opened.close()


def contrast(page, selector):
    """Return the contrast of a text to the sheet behind it, as WCAG measures it."""
    return page.evaluate(
        """selector => {
            const light = colour => {
                const [r, g, b] = colour.match(/[\\d.]+/g).slice(0, 3).map(value => {
                    const share = value / 255;
                    return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
                });
                return 0.2126 * r + 0.7152 * g + 0.0722 * b;
            };
            const element = document.querySelector(selector);
            const sheet = element.closest("article, .tiles div") ?? document.body;
            const [a, b] = [getComputedStyle(element).color, getComputedStyle(sheet).backgroundColor]
                .map(light).sort((x, y) => y - x);
            return (a + 0.05) / (b + 0.05);
        }""",
        selector,
    )


@pytest.mark.parametrize(("width", "scheme"), [(390, "light"), (1280, "dark")])
def test_a_browser_shows_it_whole_and_asks_for_nothing(browser, two, tmp_path, width, scheme):
    model, path, _ = two
    long = write(tmp_path / "long.csv", [("w" * 400 + " good", "negative"), ("good " * 300, "negative")])
    both = tmp_path / "both.csv"
    both.write_text(path.read_text("utf-8") + long.read_text("utf-8").partition("\n")[2], "utf-8")
    assert call("errors", model, both, "-o", tmp_path / "p.html").returncode == 0
    asked, problems = [], []
    context = browser.new_context(viewport={"width": width, "height": 900}, color_scheme=scheme)
    page = context.new_page()
    page.on("request", lambda request: asked.append(request.url))
    page.on("console", lambda message: problems.append(message.text))
    page.on("dialog", lambda dialog: problems.append("a dialog"))
    page.goto((tmp_path / "p.html").as_uri())
    assert page.evaluate("document.documentElement.scrollWidth") == width
    assert asked == [(tmp_path / "p.html").as_uri()]
    for selector in (
        "article .text",
        ".why b",
        ".tag.wrong",
        ".tag.suspect",
        ".verdict dt",
        ".tiles dt",
        "small",
    ):
        assert contrast(page, selector) >= 4.5, selector
    every = page.locator("article").count()
    page.locator("label", has=page.locator("#show-suspect")).click()
    shown = page.locator("article:visible").count()
    assert 0 < shown == page.locator("article.suspect").count() < every
    page.locator("#show-all").check(force=True)
    assert page.locator("article:visible").count() == every
    assert problems == []
    context.close()
