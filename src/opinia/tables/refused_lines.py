"""Lines with a label before or behind their text and no sign that parts columns: found, and refused."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence

from opinia.errors import DataError
from opinia.tables.column_names import HEADERS, plain_name

_OPINIONS = frozenset(
    ("neg", "negative", "pos", "positive", "neu", "neutral", "negatywna", "negatywny", "negatywne")
    + ("pozytywna", "pozytywny", "pozytywne", "neutralna", "neutralny", "neutralne")
)
_MARK = r"""["'\[({<]*([+-]?[0-9]{1,2}(?:\.0)?|[^\W\d_]{3,10})["'\])}>]*"""
_BEFORE = re.compile(rf"\s*{_MARK}(\s+|\s*[^\w\s\"'(\[]{{1,3}}\s*)\S")
_BEHIND = re.compile(rf"\S(\s+|\s*[^\w\s/.,:]{{1,3}}\s*|\s+[,.:;]\s*){_MARK}\s*", re.DOTALL)
_HIGHEST = 10
"""Number beyond which a mark of a line is hardly a rating."""


def refuse_labels(lines: Sequence[str], name: str) -> None:
    """Refuse lines that all begin, or all end, with a label and a blank or a sign: it would be judged, too.

    Args:
        lines: the first ones.
        name: of the table, for messages.

    Raises:
        DataError: they do.
    """
    there = [line for line in lines if line.strip()]
    if there and all(plain_name(word) in HEADERS for word in there[0].split()):
        there = there[1:]  # as R writes the names of columns
    for pattern, where in ((_BEFORE, "begins"), (_BEHIND, "ends")):
        labels: Counter[str] = Counter()
        signs: set[str] = set()
        for line in there:
            found = pattern.match(line) if where == "begins" else _last(pattern, line)
            if found is None or not _is_label(found[1] if where == "begins" else found[2]):
                break
            labels[found[1] if where == "begins" else found[2]] += 1
            signs.add((found[2] if where == "begins" else found[1]).strip())
        else:
            is_mark = len(labels) > 1 or (len(signs) == 1 and not signs & {"", ".", ")", "-", "!"})
            if len(there) > 2 and is_mark and len(signs) == 1 and len(labels) < len(there):
                shown = ", ".join(map(repr, sorted(labels)[:5]))
                raise DataError(
                    f"each line of {name} {where} with what looks like a label: {shown}",
                    hint="with a tab between label and text they are columns; "
                    "--delimiter none judges the lines as they are",
                )


def _last(pattern: re.Pattern[str], line: str) -> re.Match[str] | None:
    """Return where a pattern fits the end of a line."""
    end = line.rstrip()
    for place in range(max(0, len(end) - 20), len(end)):
        found = pattern.fullmatch(end, place)
        if found is not None:
            return found
    return None


def _is_label(mark: str) -> bool:
    if mark.lstrip("+-").replace(".", "").isdigit():
        return abs(float(mark)) <= _HIGHEST
    return mark.casefold() in _OPINIONS
