"""Labels that are nearly the name of a class, as ``postive`` is: misspelt, and not another word."""

from __future__ import annotations

import re
from collections.abc import Iterable

_LEAST = 5
"""Letters of a word from which one slip leaves it the same word: ``good`` and ``goon`` are two."""
_TWO_SLIPS, _SAME_START = 8, 3
"""Letters from which two slips do, and how many must then be the same at its start."""
_BETWEEN = re.compile(r"[\W_]+")


def nearest(label: str, names: Iterable[str]) -> list[str]:
    """Return the names of which a label is a misspelling.

    It has as many words, each the same or with one letter left out, added, changed or exchanged with the
    next; in long ones two. The first letter is never wrong, for ``unhappy`` is not ``happy``, nor is a
    number, and words of four letters are right or others.

    Args:
        label: as :func:`opinia.tables.labels.words.plain_label` gives it.
        names: in the same form; the label itself is none of those that are returned.
    """
    words = _BETWEEN.split(label)
    found = []
    for name in names:
        others = _BETWEEN.split(name)
        if name != label and len(others) == len(words) and all(map(_is_near, words, others)):
            found.append(name)
    return found


def _is_near(one: str, other: str) -> bool:
    if one == other:
        return True
    short = min(len(one), len(other))
    if short < _LEAST or one[0] != other[0] or not (one.isalpha() and other.isalpha()):
        return False
    most = 2 if short >= _TWO_SLIPS and one[:_SAME_START] == other[:_SAME_START] else 1
    return abs(len(one) - len(other)) <= most and _slips(one, other) <= most


def _slips(one: str, other: str) -> int:
    """Return how many letters are to be left out, added, changed or exchanged (optimal string alignment)."""
    above: list[int] = []
    before: list[int] = []
    row: list[int] = list(range(len(other) + 1))
    for i, letter in enumerate(one, start=1):
        above, before, row = before, row, [i]
        for j, wanted in enumerate(other, start=1):
            least = min(before[j] + 1, row[j - 1] + 1, before[j - 1] + (letter != wanted))
            if i > 1 and j > 1 and (letter, one[i - 2]) == (other[j - 2], wanted):
                least = min(least, above[j - 2] + 1)
            row.append(least)
    return row[-1]
