"""Work on foreign text grows with its length, not with its square, whatever the text is.

Each function reads 1 kB and 10 kB of the same kind, and its own times are compared: ten times as
much text may take up to forty times as long on a busy machine; where work is quadratic it is a hundred.
"""

import contextlib
import importlib
import json
import re
import shutil
import subprocess
import textwrap
import time
import unicodedata
from pathlib import Path

import pytest

from opinia.errors import InputError
from opinia.model.explain import MAX_TOKENS, _sentences, make_plan
from opinia.model.foreign import recognise
from opinia.system.stdio import decoded
from opinia.text.normalise import normalise, normalise_with_places
from opinia.text.phrases import find_phrase
from opinia.text.tokenizer import split_tokens, token_spans
from opinia.text.words import plainer_spellings, split_words, word_spans

SMALL, LARGE = 1_000, 10_000
MOST, LEAST = 40, 0.00025
PACKAGE = Path(__file__).resolve().parents[1] / "src/opinia"
ASSETS = PACKAGE / "serve/page/assets"

# What is repeated, and what ends it.
TEXTS = [
    *((mark, end) for mark in ".!?…'\")]<>-_:;=([&#/\\*,0aé。😀" for end in ("", "x")),
    *((blank, end) for blank in (" ", "\n", "\r", "\t", "\x1c", "\x85", "\u2028") for end in ("", "x")),
    *((marks, "x") for marks in ("...'", ".'", "!?", '."', "….)", "\n ", " \n", "\n\t\r", "<br", "<br ")),
    *((tag, "") for tag in ("<a", "</a", "<a b", "<" + "a" * 199, "<" + "a" * 202, "<a>", "<!--")),
    *((word, "'") for word in ("a'", "a''", "1.", "1:", "1/a", ":-", ":(", ":D", "ab", "aab", "aaab")),
    *((mark, "a") for mark in ("\u0301", "\u0301\u0316", "a\u0301\u0316", "\u0316\u0301", "\u1161")),
    *((odd, "a") for odd in ("\u1100", "\u1100\u1161", "\ufb01", "\uff41\u0301", "\u00ad", "\ufe0f")),
    *((odd, "x") for odd in ("{", "{a", "-a", "--", "a-", "a--", "x.-", "1-", "(a-", "it's ", "not bad ")),
    ("\udc80", "a"),
]
PHRASES = ("a a", "not bad")


def half_of_the_text(text):
    """Look for a phrase that is as long as half of the text, and nearly everywhere in it."""
    half = text[: len(text) // 2]
    with contextlib.suppress(InputError):  # blanks alone
        find_phrase(text, half)
        find_phrase(text, half.rstrip() + "b")
        find_phrase(text, half + text[-1:])


def sentences(text):
    if spans := token_spans(text):
        make_plan(text, spans[:MAX_TOKENS])  # looks for ends in all of the text
        return _sentences(text, spans)
    return _sentences(text, [(0, len(text))])


FUNCTIONS = {
    "words": split_words,
    "places": word_spans,
    "spellings": lambda text: [list(plainer_spellings(token)) for token in set(split_words(text))],
    "keras": split_tokens,
    "keras_places": token_spans,
    "normalise": normalise,
    "normalise_places": normalise_with_places,
    "sentences": sentences,
    "phrases": lambda text: [find_phrase(text, phrase) for phrase in PHRASES],
    "half": half_of_the_text,
    "decoded": decoded,
    "shortened": lambda text: textwrap.shorten(text, 76, placeholder=" ..."),
}


def seconds(function, text):
    """Of the processor and not of the clock: others may be at work."""
    start = time.process_time()
    function(text)
    return time.process_time() - start


def grows_too_fast(function, unit, end):
    """Return the times of both sizes if they are too far apart, three times in a row.

    A hundredth of the larger comes first: what grows with the cube would take hours.
    """
    tiny = seconds(function, made(unit, end, LARGE // 100))
    if tiny > 2000 * LEAST:
        return unit, end, tiny, None
    for _ in range(3):
        large = seconds(function, made(unit, end, LARGE))
        if large <= MOST * LEAST:
            return None
        small = max(seconds(function, made(unit, end, SMALL)), LEAST)
        if large <= MOST * small:
            return None
    return unit, end, small, large


def made(unit, end, size):
    return (unit * (size // len(unit) + 1))[: size - len(end)] + end


@pytest.mark.parametrize("name", FUNCTIONS)
def test_time_grows_with_the_text(name):
    function = FUNCTIONS[name]
    grown = [found for unit, end in TEXTS if (found := grows_too_fast(function, unit, end))]
    assert grown == []


def patterns():
    """Every pattern of a module of the package, and whether it looks anywhere or from the start alone."""
    for path in sorted(PACKAGE.rglob("*.py")):
        source = path.read_text("utf-8")
        for name in re.findall(r"^(\w+) = re\.compile\(", source, re.MULTILINE):
            module = ".".join(("opinia", *path.relative_to(PACKAGE).with_suffix("").parts))
            anywhere = re.search(rf"\b{name}\.(sub|finditer|findall|search|split)\b", source)
            inside = re.search(rf"\b{name} if .*\)\.(sub|finditer|findall|search|split)\b", source)
            yield module, name, bool(anywhere or inside)


def test_every_pattern_of_the_package():
    found = {}
    for module, name, anywhere in patterns():
        pattern = getattr(importlib.import_module(module), name)

        def look(text, pattern=pattern, anywhere=anywhere):
            given = text.encode("utf-8", "replace") if isinstance(pattern.pattern, bytes) else text
            if anywhere:
                for _ in pattern.finditer(given):  # kept matches would measure Python's collector
                    pass
            pattern.match(given)
            pattern.fullmatch(given)

        found[module, name] = [grown for unit, end in TEXTS if (grown := grows_too_fast(look, unit, end))]
    assert len(found) > 90
    assert {pattern: grown for pattern, grown in found.items() if grown} == {}


def test_marks_without_end_stay_in_their_place():
    text = "a" + "\u0301\u0316" * 5_000 + "b"
    plain, places = normalise_with_places(text)
    assert plain[-1] == "b"
    assert places.span(len(plain) - 1, len(plain)) == (len(text) - 1, len(text))
    few = "e" + "\u0301" * 10
    assert normalise(few) == unicodedata.normalize("NFKC", few)[:1]


def test_sentences_end_where_they_did():
    text = 'One. Two... "Three!" (Four?!) five.six\n \nSeven… eight。Nine.<br />ten\n\n\n\nend.\x27 x'
    pieces = [text[a:b] for a, b in token_spans(text)]
    found = [" ".join(pieces[a:b]) for a, b in sentences(text)]
    known = ["One.", "Two...", '"Three!"', "(Four?!)", "five.six", "Seven…", "eight。Nine.<br", "/>ten"]
    assert found == [*known, "end.'", "x"]


def test_overlapping_places_of_a_phrase_count_once():
    assert find_phrase("a a a a", "a a") == [(0, 3), (4, 7)]
    assert find_phrase("ab ab ab a", "ab a") == [(6, 10)]
    assert find_phrase("aab aab", "aab") == [(0, 3), (4, 7)]
    assert find_phrase("so_so so", "so") == [(6, 8)]
    assert find_phrase("ΑΣ ας, Kelvin \u212aELVIN", "kelvin") == [(7, 13), (14, 20)]
    assert find_phrase("wow!!!", "!!") == [(3, 5)]


@pytest.mark.parametrize(
    "start",
    ["<!---->" * 580, "<!-- - -- -->" * 300 + "<p", "<?xml a?>" * 440, "<?xml ?>" + " " * 4000],
)
def test_pages_are_told_at_once(start, tmp_path):
    """Comments could once be read in two to the power of their number of ways."""
    path = tmp_path / "page"
    path.write_text(start)
    with path.open("rb") as file:
        assert recognise(file) is not None


def test_a_file_packed_a_thousand_times(tmp_path):
    import gzip

    content = b"text"
    for _ in range(1000):
        content = gzip.compress(content)
    path = tmp_path / "packed.gz"
    path.write_bytes(content)
    with path.open("rb") as file:
        assert "packed with gzip" in recognise(file).what


SCRIPT = """
import { bare, onOneLine } from "./spacing.js";
import { shortened } from "./dom.js";
import { unitOffsets } from "./offsets.js";
const functions = { bare, onOneLine, shortened: (text) => shortened(text, 40), offsets: unitOffsets };
const seconds = (work) => {
  let least = Infinity;
  for (let i = 0; i < 3; i += 1) {
    const start = performance.now();
    work();
    least = Math.min(least, (performance.now() - start) / 1000);
    if (least > 2) break;
  }
  return least;
};
const grown = [];
for (const [name, work] of Object.entries(functions)) {
  for (const [unit, end] of JSON.parse(process.argv[2])) {
    const made = (size) => "x" + unit.repeat(size / unit.length) + end;
    const [small, large] = [5_000, 50_000].map((size) => seconds(() => work(made(size))));
    if (large > 33 * Math.max(small, 0.001)) grown.push([name, unit, end, small, large]);
  }
}
console.log(JSON.stringify({
  grown,
  bare: ["«ab»", " ... ", "", "(a.b)!", "\\u{1f600}"].map(bare),
  lines: ["a \\n\\n b  c\\td", "\\n", "a\\r\\nb"].map(onOneLine),
}));
"""


@pytest.mark.skipif(shutil.which("node") is None, reason="node runs the page's modules")
def test_the_page_reads_texts_in_linear_time(tmp_path):
    for path in ASSETS.glob("*.js"):
        (tmp_path / path.name).write_text(path.read_text("utf-8"), "utf-8")
    (tmp_path / "package.json").write_text('{"type": "module"}')
    (tmp_path / "run.js").write_text(SCRIPT, "utf-8")
    texts = [[unit, end] for unit, end in TEXTS if not "\ud800" <= unit <= "\udfff"]
    run = ["node", str(tmp_path / "run.js"), json.dumps(texts)]
    done = subprocess.run(run, capture_output=True, text=True, encoding="utf-8", timeout=300)
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert found["grown"] == []
    assert found["bare"] == ["ab", "", "", "a.b", "\U0001f600"]
    assert found["lines"] == ["a b  c\td", " ", "a b"]
