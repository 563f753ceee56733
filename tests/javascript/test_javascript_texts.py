"""The JavaScript package makes the same tokens, places, languages and spellings of texts as Python."""

import json
import subprocess
import sys
import unicodedata

import compared
import pytest

from opinia.text.normalise import normalise
from opinia.text.tokenizer import Tokenizer

UNICODE_14 = "14.0.0"
needs_its_unicode = pytest.mark.skipif(
    unicodedata.unidata_version != UNICODE_14,
    reason=f"this Python knows Unicode {unicodedata.unidata_version}, the package {UNICODE_14}",
)
COUNT = 1000


def as_json(text):
    return json.loads(json.dumps(text))


@needs_its_unicode
def test_texts_are_read_the_same(node):
    """Tokens of every tokenizer, their places, plain spellings and languages."""
    del node
    given = compared.texts(COUNT)
    answer = compared.read_in_javascript(given)
    assert compared.faults_of_reading(given, answer) == []
    assert {language for language, *_ in answer["languages"]} > {
        "en",
        "pl",
        "de",
        "fr",
        "ru",
        "el",
        "ja",
        None,
    }
    # And a difference would be seen.
    answer["tokens"][1][0]["ids"][0] += 1
    answer["normalised"][1] += "x"
    assert len(compared.faults_of_reading(given[:2], answer)) == 2


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
