"""The words that people see: whole in both languages, each asked for somewhere, and written nowhere else."""

import ast
import functools
import re
import string
from html.parser import HTMLParser
from pathlib import Path

import pytest

from opinia.language import LANGUAGES

SOURCE = Path(__file__).parents[2] / "src/opinia"
PAGE = SOURCE / "serve/page"
SCRIPTS = sorted((PAGE / "assets").glob("*.js"))
FORMS = {"en": {"one", "other"}, "pl": {"one", "few", "many", "other"}}
WORDS = {
    code: {f"{name}.{key}": text for name, section in one.words.items() for key, text in section.items()}
    for code, one in LANGUAGES.items()
}
SECTIONS = "|".join(LANGUAGES["en"].words)
SENTENCE = re.compile(r"[^\W\d_]{2,} [^\W\d_]+ [^\W\d_]{2,}")
"""Three words in a row."""
LOOKS = {"outside", "lower", "upper", "left", "right", "center", "bold", "reverse"}
"""Words of Matplotlib and rich for places and styles."""
ENGLISH_ON_PURPOSE = {"examples.py", "examples.js"}
"""Reviews to try: the models read English."""


def places(text):
    return {name for _, name, _, _ in string.Formatter().parse(text) if name is not None}


def forms_of(text):
    return [text] if isinstance(text, str) else list(text.values())


@functools.cache
def nodes_of(path):
    return [*ast.walk(ast.parse(path.read_text("utf-8")))]


def literals(path):
    """Yield each string of a module as a pattern, with ``.+`` for what an f-string fills in."""
    nodes = nodes_of(path)
    composed = [node for node in nodes if isinstance(node, ast.JoinedStr)]
    for node in composed:
        yield "".join(re.escape(v.value) if isinstance(v, ast.Constant) else ".+" for v in node.values)
    inside = {id(part) for node in composed for part in node.values}
    for node in nodes:
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in inside:
            yield re.escape(node.value)


def asked_for():
    """Return the patterns of the keys that Python and the templates ask for, with where."""
    found = {}
    for path in SOURCE.rglob("*.py"):
        if path.parent.name != "language" or path.name == "__init__.py":
            for pattern in literals(path):
                is_file = pattern.endswith((r"\.html", r"\.md", r"\.css", r"\.json"))
                if re.fullmatch(rf"(?:{SECTIONS})\\\.\S.*", pattern) and not is_file:
                    found.setdefault(pattern, path.name)
    for path in SOURCE.rglob("templates/*"):
        for key, more in re.findall(r"say\(\"([^\"]+)\"( ~)?", path.read_text("utf-8")):
            found.setdefault(re.escape(key) + (".+" if more else ""), path.name)
    return found


def test_both_languages_have_the_same_keys():
    assert list(WORDS["en"]) == list(WORDS["pl"])
    assert len(WORDS["en"]) > 300


def faults_of(key):
    """Yield what is wrong with the words of a key."""
    wanted = {name for text in forms_of(WORDS["en"][key]) for name in places(text)}
    for code, words in WORDS.items():
        for text in forms_of(words[key]):
            if text.strip() != text or text == "":
                yield code, key, "begins or ends with a blank, or is empty"
            if places(text) != wanted:
                yield code, key, "fills in other places"
        if isinstance(words[key], dict) != isinstance(WORDS["en"][key], dict):
            yield code, key, "has forms of number in one language alone"
        elif isinstance(words[key], dict) and set(words[key]) not in (FORMS[code], {"other"}):
            yield code, key, "lacks a form of number, or has another"


def test_both_languages_fill_in_the_same_places():
    assert [fault for key in WORDS["en"] for fault in faults_of(key)] == []


def test_every_key_is_asked_for_and_there():
    patterns = asked_for()
    keys = [key for key in WORDS["en"] if not key.startswith(("page.", "static.", "label."))]
    assert {p: where for p, where in patterns.items() if not any(re.fullmatch(p, key) for key in keys)} == {}
    assert [key for key in keys if not any(re.fullmatch(p, key) for p in patterns)] == []


def name_of(function):
    return getattr(function, "attr", getattr(function, "id", ""))


def test_every_literal_key_is_whole():
    """``say("interval")`` without its section would fail for a person only."""
    for path in [*SOURCE.rglob("*.py")]:
        for node in nodes_of(path):
            if isinstance(node, ast.Call) and node.args and name_of(node.func) == "say":
                for part in ast.walk(node.args[0]):
                    if (
                        isinstance(part, ast.Constant)
                        and isinstance(part.value, str)
                        and node.args[0] is part
                    ):
                        assert part.value in WORDS["en"], path
                if isinstance(node.args[0], ast.IfExp):
                    for branch in (node.args[0].body, node.args[0].orelse):
                        assert not isinstance(branch, ast.Constant) or branch.value in WORDS["en"], path


def test_the_page_asks_for_every_word_and_no_other():
    code = "\n".join(path.read_text("utf-8") for path in (*SCRIPTS, PAGE / "index.html"))
    label = {f"label_{key}" for key in LANGUAGES["en"].words["label"]}
    there = LANGUAGES["en"].words["page"].keys() | label
    asked = set(re.findall(r"\bt\(\"(\w+)\"", code)) | set(re.findall(r"data-t(?:-\w+)?=\"(\w+)\"", code))
    assert asked <= there
    composed = (*re.findall(r"`(\w+_)\$\{", code), "train_", "validation_")
    assert {key for key in there - set(re.findall(r"\w+", code)) if not key.startswith(composed)} == set()


def test_the_page_without_a_server_has_the_same_words_but_for_some():
    for language in LANGUAGES.values():
        assert language.words["static"].keys() < language.words["page"].keys()
        assert not [words for words in language.words["static"].values() if re.search("serwer|server", words)]


def without_errors(tree):
    """Walk a module without docstrings and errors, which are English, and without annotations."""
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.Raise) or (
            isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
        ):
            continue
        yield node
        yield from without_errors(node)


@pytest.mark.parametrize("path", [*SOURCE.glob("console/*.py"), *SOURCE.glob("report/*.py")], ids=str)
def test_no_sentence_stands_in_the_code(path):
    if path.name in ENGLISH_ON_PURPOSE:
        return
    texts = [
        node.value
        for node in without_errors(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    ]
    texts = [text for text in texts if not set(text.split()) <= LOOKS]
    assert [text for text in texts if SENTENCE.search(text) or re.search("[ąćęłńóśźż]", text)] == []


def test_no_sentence_stands_in_the_scripts():
    read = [path for path in SCRIPTS if path.name not in ENGLISH_ON_PURPOSE]
    assert len(read) > 20
    assert {path.name: found for path in read if (found := sentences_in(path))} == {}


def sentences_in(path):
    """Return the strings of a script that are words for people."""
    code = re.sub(r"/\*.*?\*/|(?<![:\"])//[^\n]*", "", path.read_text("utf-8"), flags=re.DOTALL)
    texts = re.findall(r"\"(?:[^\"\\\n]|\\.)*\"|`[^`]*`", code)
    # What only a person at the browser's own console sees is English.
    texts = [text for text in texts if not re.search(rf"(?:Error|console\.\w+)\({re.escape(text)}", code)]
    if path.name == "models.js":  # beginnings of what cards say, to be put into the person's language
        texts = [text for text in texts if f'[{text}, "model_limits' not in code]
    return [text for text in texts if SENTENCE.search(text) or re.search("[ąćęłńóśźż]", text)]


class Said(HTMLParser):
    """Collects what a page says by itself, but for those whose browser runs no scripts."""

    def __init__(self):
        super().__init__()
        self.texts, self.silent = [], False

    def handle_starttag(self, tag, attrs):
        self.silent = self.silent or tag == "noscript"
        self.texts += [
            value for name, value in attrs if name in ("aria-label", "title", "placeholder", "alt")
        ]

    def handle_endtag(self, tag):
        self.silent = self.silent and tag != "noscript"

    def handle_data(self, data):
        if not self.silent:
            self.texts.append(data.strip())


@pytest.mark.parametrize("path", [PAGE / "index.html", *SOURCE.glob("report/templates/*.html")], ids=str)
def test_no_word_stands_in_the_markup(path):
    said = Said()
    text = re.sub(r"\{%.*?%\}|\{\{.*?\}\}|\{#.*?#\}", "", path.read_text("utf-8"))
    said.feed(re.sub(r"<style>.*</style>", "", text, flags=re.DOTALL))
    # The name, and names of languages in themselves.
    left = {text for text in said.texts if re.search(r"[^\W\d_]{2}", text)} - {
        "opinia",
        "– opinia",
        "· opinia",
    }
    assert left <= {"PL", "EN", "PL, polski", "EN, English"}


def test_plural_forms():
    said = {
        code: [one.say("console.pasted", count=count) for count in (1, 2, 5, 12, 21, 22, 1005)]
        for code, one in LANGUAGES.items()
    }
    assert said["en"][:2] == ["[pasted: 1 character]", "[pasted: 2 characters]"]
    assert said["en"][-1] == "[pasted: 1,005 characters]"
    assert said["pl"] == [
        "[wklejono 1 znak]",
        "[wklejono 2 znaki]",
        "[wklejono 5 znaków]",
        "[wklejono 12 znaków]",
        "[wklejono 21 znaków]",
        "[wklejono 22 znaki]",
        "[wklejono 1\N{NO-BREAK SPACE}005 znaków]",
    ]


def test_numbers():
    english, polish = LANGUAGES["en"], LANGUAGES["pl"]
    assert english.number(-1234.5, 1) == "−1,234.5"
    assert polish.number(-1234.5, 1) == "−1\N{NO-BREAK SPACE}234,5"
    assert polish.number(None) == english.number(None) == "–"
    assert english.percent(0.9915, digits=1) == "99.2%"
    assert polish.percent(0.9915, digits=1) == "99,2%"
    assert english.listed(["a", "b", "c"]) == "a, b and c"
    assert polish.listed(["a"]) == "a"
    assert polish.answer("positive", 0.5) == "pozytywna (50,0%)"
    assert polish.answer("three stars", 1) == "three stars (100,0%)"


def test_words_without_a_value_are_an_error():
    with pytest.raises(KeyError):
        LANGUAGES["en"].say("console.warning", line=1)
    with pytest.raises(KeyError):
        LANGUAGES["en"].say("console.nothing")
