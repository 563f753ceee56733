"""Write js/src/data.js: what the JavaScript package takes from the Python one, so that each stands once.

    python scripts/javascript.py

Words that tell languages, emoji, operators, and Unicode as this Python knows it; run it with Python 3.11,
whose Unicode (14.0) the package speaks.
"""

from __future__ import annotations

import json
import unicodedata
from collections.abc import Iterable
from pathlib import Path

from opinia.graph.parse import OPERATORS
from opinia.text import language, normalise, phrases, words

PLACE = Path(__file__).parents[1] / "js" / "src" / "data.js"
UNICODE = "14.0.0"
_DIGITS = "0123456789abcdefghijklmnopqrstuvwxyz"


def in_base_36(number: int) -> str:
    """Return a number from 0 in the digits that JavaScript's parseInt reads."""
    digits = _DIGITS[number % 36]
    return digits if number < 36 else in_base_36(number // 36) + digits


def ranges(letters: Iterable[str]) -> str:
    """Return ranges of ordered characters in short: a step from the end of the one before, and a length."""
    pairs, end = list[str](), 0
    first = last = None
    for code in [*map(ord, letters), None]:
        if first is None or last is None:
            first = code
        elif code != last + 1:
            pairs.append(f"{in_base_36(first - end)},{in_base_36(last - first)}")
            end, first = last, code
        last = code
    return " ".join(pairs)


def content() -> str:
    """Return the whole module."""
    letters = [chr(code) for code in range(0x110000)]
    odd = [letter for letter in letters if phrases._folded_letter(letter) != letter.lower()[0]]
    codes = dict.fromkeys(language._SCRIPTS.values())

    def script_of(letter: str) -> str | None:
        if letter < "\u0370" or not letter.isalpha():
            return None
        name = unicodedata.name(letter, "").split(" ", 1)[0].partition("-")[0]
        return language._SCRIPTS.get(name)

    of_script: dict[str | None, list[str]] = {}
    for letter in letters:
        of_script.setdefault(script_of(letter), []).append(letter)
    values = {
        "UNICODE": unicodedata.unidata_version,
        "UNASSIGNED": ranges(letter for letter in letters if unicodedata.category(letter) == "Cn"),
        "FRAMED": ranges(filter(normalise._is_framed, letters)),
        "FOLDED": ["".join(odd), "".join(map(phrases._folded_letter, odd))],
        "FUNCTION_WORDS": {
            code: " ".join(dict.fromkeys(each.split())) for code, each in language._FUNCTION_WORDS.items()
        },
        "LETTERS": language._LETTERS,
        "ELIDED": list(language._ELIDED),
        "SCRIPTS": {code: ranges(of_script.get(code, [])) for code in codes},
        "GLAD": "".join(sorted(words._GLAD)),
        "SAD": "".join(sorted(words._SAD)),
        "STROKES": {chr(code): plain for code, plain in words._STROKES.items()},
        "OPERATORS": sorted(OPERATORS),
    }
    lines = [
        f"export const {name} = {json.dumps(value, ensure_ascii=False)};" for name, value in values.items()
    ]
    return "// Written by scripts/javascript.py; change what it reads, not this.\n" + "\n".join(lines) + "\n"


def main() -> None:
    """Write the module."""
    if unicodedata.unidata_version != UNICODE:
        raise SystemExit(
            f"this Python knows Unicode {unicodedata.unidata_version}, the package {UNICODE}: run Python 3.11"
        )
    PLACE.write_text(content(), encoding="utf-8")
    print(PLACE)


if __name__ == "__main__":
    main()
