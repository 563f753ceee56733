"""The JavaScript package makes the same tokens, places, languages and spellings of texts as Python."""

import json
import subprocess
import sys
import unicodedata

import compared
import pytest

from opinia.text.language import is_plainly, language_of
from opinia.text.normalise import normalise
from opinia.text.tokenizer import Tokenizer
from opinia.text.vectorization import TextRule

UNICODE_14 = "14.0.0"
needs_its_unicode = pytest.mark.skipif(
    unicodedata.unidata_version != UNICODE_14,
    reason=f"this Python knows Unicode {unicodedata.unidata_version}, the package {UNICODE_14}",
)
COUNT = 2000
RULES = [
    TextRule("lower", "character"),
    TextRule("none", "none"),
    TextRule("tokenizer", "whitespace", length=5, keeps="last", drops_unknown=True),
    TextRule("tokenizer"),
    TextRule("strip_punctuation", "whitespace", (1, 2), 20),
    TextRule("lower", "whitespace", (3,)),
]


def tokenizers():
    """Those of the models that come along, by kind and spelling, and of Keras's options."""
    known = [compared.models()[name][1].model.description.tokenizer for name in ("seed", "general", "polish")]
    words = (*known[0].words, *"xyzv", "the film", "ς", "οδυσσευς", "🫨")
    return [*known, *(Tokenizer(words, "vectorization", rule=rule) for rule in RULES)]


def as_json(text):
    return json.loads(json.dumps(text))


@pytest.fixture(scope="module")
def asked(node):
    del node
    given = compared.texts(COUNT)
    content = {"tokenizers": [each.to_config() for each in tokenizers()], "texts": given}
    return given, compared.ask("tokens.mjs", content)


@needs_its_unicode
def test_tokens_and_their_places_are_the_same(asked):
    given, answer = asked
    for tokenizer, answers in zip(tokenizers(), answer["tokens"], strict=True):
        for text, found in zip(given, answers, strict=True):
            assert found["ids"] == tokenizer.encode(text), ascii(text)
            units = compared.units(text)
            places = [[units[start], units[end]] for start, end in tokenizer.spans(text)]
            assert found["spans"] == places, ascii(text)


@needs_its_unicode
def test_plain_spellings_and_languages_are_the_same(asked):
    given, answer = asked
    assert answer["normalised"] == [as_json(normalise(text)) for text in given]
    found = [[language_of(text), is_plainly(text, "en"), is_plainly(text, "pl")] for text in given]
    assert answer["languages"] == found
    assert {language for language, *_ in found} > {"en", "pl", "de", "fr", "ru", "el", "ja", "zh", "ar", None}


@needs_its_unicode
def test_every_kind_of_character_is_the_same(node):
    """A sample of all planes, all that Latin, marks and Hangul have, each between letters and alone."""
    del node
    codes = [*range(0x3100), *range(0xA000, 0xFFFF, 7), 0xFFFE, *range(0x10000, 0x20000, 41)]
    codes += [*range(0x1F000, 0x1FC00, 3), *range(0x20000, 0x110000, 4099)]
    letters = [chr(code) for code in codes]
    given = [
        "".join(f"a{letter}\u0301b {letter} " for letter in letters[i : i + 200])
        for i in range(0, len(letters), 200)
    ]
    tokenizer = Tokenizer(("a", "b"), "words")
    answer = compared.ask("tokens.mjs", {"tokenizers": [tokenizer.to_config()], "texts": given})
    for text, found, plain in zip(given, answer["tokens"][0], answer["normalised"], strict=True):
        assert plain == as_json(normalise(text))
        assert found["ids"] == tokenizer.encode(text)


@needs_its_unicode
def test_what_it_takes_from_python_is_up_to_date(root):
    sys.path.insert(0, str(root / "scripts"))
    try:
        import javascript
    finally:
        sys.path.pop(0)
    assert (root / "js/src/data.js").read_text(encoding="utf-8") == javascript.content(), (
        "python scripts/javascript.py writes it anew"
    )


def test_its_own_digest_is_sha256(node, root):
    """Pages that came over plain HTTP have no other."""
    import hashlib

    lengths = [0, 1, 55, 56, 63, 64, 65, 119, 120, 1000]
    script = (
        "import { digestOf } from './src/sha256.js';"
        "const bytes = (length) => Uint8Array.from({ length }, (_, i) => (7 * i) % 256);"
        f"const digests = {lengths}.map((length) => digestOf(bytes(length)));"
        "console.log(digests.map((digest) => Buffer.from(digest).toString('hex')).join('\\n'))"
    )
    done = subprocess.run(
        [node, "--input-type=module", "-e", script],
        cwd=root / "js",
        capture_output=True,
        text=True,
        check=True,
    )
    wanted = [hashlib.sha256(bytes(7 * i % 256 for i in range(length))).hexdigest() for length in lengths]
    assert done.stdout.split() == wanted
