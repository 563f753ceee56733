"""Texts of several sets in one file, each with the probability that it is positive.

Where :mod:`opinia.data.table` reads what people have, this reads what was collected to teach a model that
is to be right on many kinds of text: labels that are softer than yes or no, such as those of ratings, of
teachers or of texts without an opinion; sets that count more or less; and the part in which each text
stands. ``scripts/collect`` writes such files.

A file is JSON Lines, as it is or compressed by gzip or xz. Its first line is an object with ``name``,
``limits`` (for what a model that learns from it is good), ``licence`` (under which such a model may be given
away) and ``sets``: of each set what a model card says of it. Each other line is a text::

    {"text": "Not bad.", "target": 0.75, "set": "grammar", "part": "train", "weight": 1.0}
"""

from __future__ import annotations

import gzip
import json
import lzma
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import IO, Any, NamedTuple

from opinia.data.labelled import OPINIONS, LabelledTexts
from opinia.data.split import Split
from opinia.errors import DataError

RULE = "as the collection divides its texts"
_PARTS = ("train", "validation")
_TOLD = ("name", "limits", "licence")
_OPENERS: dict[bytes, Callable[..., IO[Any]]] = {b"\x1f\x8b": gzip.open, b"\xfd7": lzma.open}


class Collected(NamedTuple):
    """A text of a collection.

    Args:
        text: as written.
        target: probability that it is positive, from 0 to 1; in validation 0 or 1.
        set: name of the set that it is from.
        part: ``"train"`` or ``"validation"``.
        weight: how much it counts beside others, above 0.
    """

    text: str
    target: float
    set: str
    part: str
    weight: float


def read_collection(path: Path) -> tuple[Split, dict[str, Any]]:
    """Return the parts of a collection, and what a model card says of it.

    Args:
        path: of the file.

    Raises:
        DataError: it cannot be read, a line is not as described above, or a part has no text.
    """
    try:
        with path.open("rb") as file:
            opener = _OPENERS.get(file.read(2), open)
        with opener(path, "rt", encoding="utf-8", errors="strict") as lines:
            head, rows = _read(path, lines)
    except (OSError, EOFError, lzma.LZMAError, UnicodeDecodeError) as error:
        raise DataError(
            f"the collection {path} cannot be read: {error}",
            hint="scripts/collect writes it; see docs/models.md",
        ) from error
    parts = {part: [row for row in rows if row.part == part] for part in _PARTS}
    for part, texts in parts.items():
        if not texts:
            raise DataError(f"the collection {path} has no text to {part.removesuffix('ation')} on")
    train, validation = (_labelled(parts[part]) for part in _PARTS)
    split = Split(train, validation, 0, 0, 0, RULE)
    counts = {part: Counter(row.set for row in texts) for part, texts in parts.items()}
    sets = {
        name: {**about, **{part: counts[part][name] for part in _PARTS if counts[part][name]}}
        for name, about in head["sets"].items()
    }
    return split, {**head, "sets": sets}


def _read(path: Path, lines: Iterator[str]) -> tuple[dict[str, Any], list[Collected]]:
    head = _object(path, 1, next(iter(lines), ""))
    told, sets = {entry: head.get(entry) for entry in _TOLD}, head.get("sets")
    if not all(isinstance(entry, str) for entry in told.values()) or not isinstance(sets, dict):
        raise DataError(f"the first line of {path} must be an object with {', '.join(_TOLD)} and sets")
    if not all(isinstance(about, dict) for about in sets.values()):
        raise DataError(f"{path} must say of each set an object")
    rows = [_row(path, number, _object(path, number, line), sets) for number, line in enumerate(lines, 2)]
    return {**told, "sets": sets}, rows


def _object(path: Path, number: int, line: str) -> dict[str, Any]:
    try:
        found = json.loads(line)
    except ValueError:
        found = None
    if not isinstance(found, dict):
        raise DataError(f"line {number:,} of {path} is no JSON object. Received: {line[:60]!r}")
    return found


def _row(path: Path, number: int, values: dict[str, Any], sets: dict[str, Any]) -> Collected:
    text, target, weight = values.get("text"), values.get("target"), values.get("weight", 1.0)
    part, of = values.get("part"), values.get("set")
    if (
        isinstance(text, str)
        and isinstance(target, int | float)
        and isinstance(weight, int | float)
        and 0 <= target <= 1
        and 0 < weight < float("inf")
        and (part == "train" or (part == "validation" and target in (0, 1)))
        and of in sets
    ):
        return Collected(text, float(target), of, part, float(weight))
    raise DataError(
        f"line {number:,} of {path} needs text, target from 0 to 1 (in validation 0 or 1), weight above 0, "
        f"part (train or validation) and a set of the first line. Received: {json.dumps(values)[:120]}"
    )


def _labelled(rows: list[Collected]) -> LabelledTexts:
    return LabelledTexts(
        texts=tuple(row.text for row in rows),
        labels=tuple(int(row.target > 0.5) for row in rows),
        classes=OPINIONS,
        groups=tuple(row.set for row in rows),
        weights=tuple(row.weight for row in rows),
        targets=tuple(row.target for row in rows),
    )
