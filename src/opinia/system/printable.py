"""Names and texts as people see them: in quotes, and without what a terminal would obey."""

from __future__ import annotations

import re
from unicodedata import category

JOINERS = "\u200c\u200d"
"""Seen by nobody, but they hold emoji together, and letters of Persian and Hindi apart."""


def quoted(name: str) -> str:
    """Return a name in quotes, as ``repr`` does, but with the joiners of emoji and scripts as they are."""
    parts = re.split(f"([{JOINERS}])", name)
    shown = repr("".join(parts[::2]))
    if len(parts) == 1 or "\\" in shown:
        return repr(name)
    return shown[0] + name + shown[-1]


def printable(text: str, *, keep: str = "") -> str:
    """Return a text without what a terminal would obey rather than show.

    Spaces of any kind become spaces, unseen characters nothing, and control characters a ?. Joiners stay:
    they hold emoji and scripts together.
    """
    return "".join(
        letter if letter.isprintable() or letter in keep or letter in JOINERS else _shown(letter)
        for letter in text
    )


def one_line(text: str, most: int) -> str:
    """Return so many characters of a text for one line, without what a terminal would obey."""
    return printable(" ".join(text[: 10 * most].split())[:most])


def _shown(letter: str) -> str:
    return " " if letter.isspace() else "" if category(letter) == "Cf" else "?"
