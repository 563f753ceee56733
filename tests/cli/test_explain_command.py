"""``opinia explain`` in a pipe and as a page."""

import json
import re
import shlex
import subprocess
import sys
import textwrap
from html.parser import HTMLParser

import pytest

import opinia
from commands import call_bytes
from models import write_counting_model
from opinia.language import LANGUAGES
from opinia.model.explain import explain

TEXT = "The film was good and good, it was not\nbad."
ATTACK = (
    '</p><script>alert(1)</script> "good" \'><img src=http://x.example/ onerror=alert(2)> '
    "&amp; \x00\u202e bad"
)
VOID = {"meta", "line", "rect", "circle", "polygon", "polyline"}


@pytest.fixture(scope="module")
def model(tmp_path_factory):
    card = {"name": "<b>counting</b>"}
    return write_counting_model(tmp_path_factory.mktemp("model") / "counting.onnx", card=card)


@pytest.fixture
def call(model, tmp_path):
    """Run ``opinia explain`` in an empty folder."""

    def run(*arguments, data=b"", path=model):
        return call_bytes("explain", *arguments, "--model", path, data=data, cwd=tmp_path)

    return run


class Page(HTMLParser):
    """What a page holds: its elements, the text of each of them, and whether they nest."""

    def __init__(self, source):
        super().__init__()
        self.elements, self.open, self.said, self.texts = [], [], "", []
        self.feed(source)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag, attrs):
        self.elements.append((tag, dict(attrs)))
        if tag == "p" and "text" in dict(attrs).get("class", "").split():
            self.texts.append("")
        if tag not in VOID:
            self.open.append((tag, dict(attrs)))

    def handle_startendtag(self, tag, attrs):
        self.elements.append((tag, dict(attrs)))

    def handle_endtag(self, tag):
        assert self.open.pop()[0] == tag

    def handle_data(self, data):
        if any(tag == "p" and "text" in attrs.get("class", "").split() for tag, attrs in self.open):
            self.texts[-1] += data
        self.said += data


def page_of(call, tmp_path, *arguments, data=b""):
    result = call(*arguments, "--html", "page.html", data=data)
    assert result.returncode == 0, result.stderr
    assert result.stdout == b""
    return Page((tmp_path / "page.html").read_text(encoding="utf-8"))


def test_json_says_what_python_says(call, model):
    result = call(TEXT, "", "dobry", "--json", "--phrase", "not bad")
    rows = [json.loads(line) for line in result.stdout.decode().splitlines()]
    assert [row["text"] for row in rows] == [TEXT, "", "dobry"]
    for row in rows:
        expected = explain(opinia.load(model), row["text"], phrases=["not bad"])
        assert (row["label"], row["target"], row["unit"]) == (expected.label, "positive", "word")
        assert row["probability"] == pytest.approx(expected.probability, abs=1e-6)
        assert row["positive"] == pytest.approx(expected.positive, abs=1e-6)
        for name in ("contributions", "phrases"):
            found = [(piece["start"], piece["end"]) for piece in row[name]]
            assert found == [(piece.start, piece.end) for piece in getattr(expected, name)]
            values = [piece.contribution for piece in getattr(expected, name)]
            assert [piece["contribution"] for piece in row[name]] == pytest.approx(values, abs=1e-5)
        assert [point["end"] for point in row["curve"]] == [point.end for point in expected.curve]
        values = [point.positive for point in expected.curve]
        assert [point["positive"] for point in row["curve"]] == pytest.approx(values, abs=1e-5)
    assert len(rows[0]["phrases"]) == 1
    assert rows[1]["contributions"] == rows[1]["curve"] == []


def test_a_pipe_gets_marked_words_and_no_colours(call):
    lines = call("The film was good, bad", "--lang", "en").stdout.decode().splitlines()
    assert lines[0].startswith("positive (")
    assert lines[2].startswith("The film was good,⁺⁺⁺ ")
    assert lines[2].endswith("bad⁻⁻⁻")
    assert lines[4].startswith("reading       ▅")
    assert lines[4].partition("positive: ")[2].count("%") == 2
    assert lines[5].startswith("for positive  good +")
    assert lines[6].startswith("for negative  bad −")
    assert lines[-1].startswith("⁺ for positive, ⁻ for negative; points: ")
    assert not [line for line in lines if "\x1b" in line or line.endswith(" ")]


def test_polish_is_spoken_where_it_is_asked_for(call):
    said = call("The film was good", "bad", "--phrase", "zzz", "--lang", "pl")
    lines = said.stdout.decode().splitlines()
    assert lines[0] == "pozytywna (95,0%)"
    assert any(line.startswith("czytanie") for line in lines)
    assert any(line.startswith("za pozytywną  good +") and line.endswith(" p.p.") for line in lines)
    assert any(line.startswith("za negatywną  bad −") for line in lines)
    assert said.stderr.decode().splitlines() == ["w tekście nie ma frazy „zzz”"] * 2


def test_standard_input_is_a_text_a_line(call):
    result = call("-", "--json", data=b"\xef\xbb\xbfgood\r\nbad film\n")
    assert [json.loads(line)["text"] for line in result.stdout.splitlines()] == ["good", "bad film"]
    assert call("-", "good").returncode == 2


def test_a_long_text_lists_sentences_a_line_each(call):
    text = "The film was good. It was a bad film! " * 60
    lines = call(text, "--lang", "en").stdout.decode().splitlines()
    assert len([line for line in lines if line.endswith("  It was a bad film!")]) == 5
    assert "sentences are left out instead of words" in lines[-1]


def test_a_text_without_words_is_answered_with_a_doubt(call):
    result = call("!!!", "--lang", "en")
    assert result.stdout.decode() == "positive (56.2%)\n"
    assert b"no words to judge" in result.stderr


def test_nothing_that_a_terminal_would_obey_is_shown(call):
    result = call("good \x1b[2J\x07film \u202e bad", "--phrase", "\x1b[2J")
    for letter in ("\x1b", "\x07", "\u202e"):
        assert letter not in (result.stdout + result.stderr).decode()


def test_letters_in_disguise_are_shown_as_they_are_read(call):
    text = "\ufeffwon\u00adder\u200bful\u00a0film\tit 👨\u200d👩\u200d👧 ｇｏｏｄ"
    shown = call(text, "--lang", "en", path="small").stdout.decode()
    assert "?" not in shown
    assert "wonderful⁺" in shown
    assert " film it 👨\u200d👩\u200d👧 ｇｏｏｄ" in shown.translate(str.maketrans("", "", "⁺⁻"))


def test_bad_calls_say_what_to_do(call, tmp_path):
    assert call().returncode == 2
    assert call("good", "--json", "--html", "a.html").returncode == 2
    (tmp_path / "there.html").write_text("mine")
    result = call("good", "--html", "there.html")
    assert result.returncode == 1
    assert result.stderr.decode() == "error: there.html exists already\nhint: --force replaces it\n"
    assert (tmp_path / "there.html").read_text() == "mine"
    assert call("good", "--html", "there.html", "--force").returncode == 0
    assert "<!DOCTYPE html>" in (tmp_path / "there.html").read_text(encoding="utf-8")
    result = call("-", data=b"good " * 16_001)
    assert result.returncode == 1
    assert (
        b"error: the text is too long to be explained: 16,001 words, at most 16,000\nhint: " in result.stderr
    )
    assert b"error: a phrase needs a word" in call("good", "--phrase", "").stderr


def test_a_page_that_fails_leaves_nothing(call, tmp_path):
    result = call("-", "--html", "page.html", data=b"good\n" + b"good " * 16_001)
    assert result.returncode == 1
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("language", ["pl", "en"])
def test_the_page_is_whole_and_in_the_language(call, tmp_path, language):
    page = page_of(call, tmp_path, TEXT, "bad", "--lang", language, "--phrase", "not bad")
    words = LANGUAGES[language].words["explanation"]
    assert page.elements[0] == ("html", {"lang": language})
    assert page.texts == [TEXT, "bad"]
    notes = [f"notes.{number}" for number in (1, 2, 3, 4)]
    for key in ("title", "axis", "phrases", "notes_title", *notes, "side.positive", "side.negative"):
        assert words[key] in page.said
    label = {"pl": "pozytywna", "en": "positive"}[language]
    assert f"{label} " in page.said
    titles = [attrs["title"] for tag, attrs in page.elements if tag == "span" and "title" in attrs]
    assert len(titles) == 11
    assert all(title[0] in "+−" and title.endswith(words["points"].split()[-1]) for title in titles)
    pictures = [attrs for tag, attrs in page.elements if tag == "svg"]
    ids = {attrs["id"] for _, attrs in page.elements if "id" in attrs}
    assert len(pictures) == 2
    assert all(attrs["role"] == "img" for attrs in pictures)
    assert all(set(attrs["aria-labelledby"].split()) <= ids for attrs in pictures)


def test_the_page_escapes_what_it_is_given(call, tmp_path):
    page = page_of(call, tmp_path, "-", "--lang", "en", data=(ATTACK + "\n").encode())
    assert page.texts == [ATTACK.replace("\x00", "\ufffd").replace("\u202e", "\ufffd")]
    tags = {tag for tag, _ in page.elements}
    assert not tags & {"script", "img", "b", "iframe", "link", "object", "form", "a"}
    names = {name for _, attrs in page.elements for name in attrs}
    assert not [name for name in names if name.startswith("on") or name in ("src", "href")]
    source = (tmp_path / "page.html").read_text(encoding="utf-8")
    assert "http:" not in source.replace("src=http://x.example/", "")
    assert "url(" not in source
    assert "<b>counting</b>" in page.said
    policies = [attrs["content"] for tag, attrs in page.elements if "http-equiv" in attrs]
    assert policies == ["default-src 'none'; style-src 'unsafe-inline'"]


def test_the_page_keeps_letters_in_disguise_as_they_are(call, tmp_path):
    text = "\ufeffwon\u00adder\u200bful 👨\u200d👩 ｇｏｏｄ\u00a0ﬁlm"
    page = page_of(call, tmp_path, text)
    assert page.texts == [text]


def test_bytes_that_are_no_text_reach_the_page_as_replaced(call, tmp_path):
    result = call(b"good \xff film", "--html", "page.html")
    assert result.returncode == 0, result.stderr
    assert Page((tmp_path / "page.html").read_text(encoding="utf-8")).texts == ["good \ufffd film"]


def test_the_page_of_a_text_without_words(call, tmp_path):
    page = page_of(call, tmp_path, "!!!", "--lang", "en")
    assert page.texts == ["!!!"]
    assert "no words to judge" in page.said
    assert not [tag for tag, _ in page.elements if tag == "svg"]


def figures_of(text):
    """Return a text without its figures, marks and blocks, and the figures: these differ with processors."""
    words = re.sub(r"[⁺⁻▁▂▃▄▅▆▇█]+", "", text)
    return re.sub(r"\d+(\.\d+)?", "0", words).split(), [float(n) for n in re.findall(r"\d+(?:\.\d+)?", words)]


def test_the_documentation_shows_what_is_said(call, root):
    text = (root / "docs/explain.md").read_text(encoding="utf-8")
    asked = shlex.split(text.split("\n\n")[1].splitlines()[0])
    said = call(*asked[2:], path="general").stdout.decode()
    shown = textwrap.dedent(text.partition("names no other, says:\n\n")[2].partition("\n`-` reads")[0])
    assert len(shown.splitlines()) == len(said.splitlines()) > 8
    words, figures = figures_of(said)
    assert figures_of(shown) == (words, pytest.approx(figures, abs=0.5))
    (example,) = re.findall(r"^    (\{(?:.|\n)*?\})\n\n", text, re.MULTILINE)
    answer = json.loads(call("good film", "--json", path="general").stdout)
    assert figures_of(json.dumps(json.loads(example))) == (
        figures_of(json.dumps(answer))[0],
        pytest.approx(figures_of(json.dumps(answer))[1], abs=0.005),
    )
    code = text.partition("```python\n")[2].partition("```")[0]
    names = {}
    exec(code, names)
    assert len(names["explanation"].phrases) == 2


def test_lines_of_a_pipe_are_not_broken(call):
    """Whatever a terminal's width would be: a program reads them."""
    text = "a good film that begins well, then a bad one that ends as it had to end"
    phrases = ["a good film that begins well", "then a bad one", "that ends as it had to end"]
    asked = [option for phrase in phrases for option in ("--phrase", phrase)]
    lines = call(text, "--lang", "en", *asked).stdout.decode().splitlines()
    (line,) = [line for line in lines if line.startswith("phrases")]
    assert all(phrase in line for phrase in phrases)
    assert len(line) > 80


def test_json_needs_nothing_heavy(model):
    heavy = "{'rich', 'torch', 'pandas', 'matplotlib'}"
    script = (
        f"import atexit, sys; atexit.register(lambda: print('loaded', sorted({heavy} & set(sys.modules))))\n"
        "from opinia.cli.main import main\nmain()"
    )
    command = [sys.executable, "-c", script, "explain", "good", "--json", "--model", str(model)]
    result = subprocess.run(command, capture_output=True, timeout=60, check=True)
    assert result.stdout.endswith(b"loaded []\n")
