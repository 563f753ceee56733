"""The labelled sets beside the project, as rows: a text, the probability that it is positive, and its part.

A tenth of each set is its validation, drawn by document, product or text, never by row: what is quoted on a
set comes from texts that were in no training part. Ratings from -4 to 4 become ``0.5 + rating / 4``, from 0
to 1; what a source calls neutral is 0.5.
"""

from __future__ import annotations

import hashlib
import json
import lzma
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

VALIDATION = 0.1
PROS_CONS = 0.5
"""Share of the pros and cons of products that is learnt from: they are many, and mostly lists of nouns."""
WORDNET = 0.6
"""Weight of a sentence of which one word's sentiment is known, beside one of whose own it is."""
CLEAR = 0.25
"""Distance from one half from which a target counts as a label in validation."""


@dataclass(frozen=True)
class Row:
    """A text to learn from or to validate on.

    Args:
        text: as in the source.
        target: probability that it is positive, from 0 to 1.
        set: name of the set that it is from.
        group: what it is about; texts of one group stand in one part.
        weight: how much it counts beside others.
        part: ``"train"`` or ``"validation"``.
    """

    text: str
    target: float
    set: str
    group: str
    weight: float = 1.0
    part: str = "train"

    @property
    def is_clear(self) -> bool:
        """Whether the target is near enough to a label to be right or wrong about."""
        return abs(self.target - 0.5) >= CLEAR


def part_of(name: str, group: str) -> str:
    """Return the part in which a group of a set stands: always the same one."""
    digest = hashlib.sha256(f"{name}:{group}".encode("utf-8", "surrogatepass")).digest()
    return "validation" if int.from_bytes(digest[:8], "big") < VALIDATION * 2**64 else "train"


def is_drawn(name: str, group: str, share: float) -> bool:
    """Tell whether a group is of a share of those of its set: always the same one."""
    digest = hashlib.sha256(f"share of {name}:{group}".encode("utf-8", "surrogatepass")).digest()
    return int.from_bytes(digest[:8], "big") < share * 2**64


def read_set(path: Path) -> Iterator[dict[str, Any]]:
    """Yield the objects of a set: JSON Lines, compressed by xz."""
    with lzma.open(path, "rt", encoding="utf-8") as lines:
        for line in lines:
            yield json.loads(line)


def from_rating(rating: float) -> float:
    """Return the target of a rating from -4 to 4."""
    return min(1.0, max(0.0, 0.5 + rating / 4))


def plain(text: str) -> str:
    """Return what tells a text from another: its letters and digits in lower case."""
    return "".join(letter for letter in text.lower() if letter.isalnum())


def row(name: str, text: str, target: float, *, group: str | None = None, weight: float = 1.0) -> Row:
    """Return a row in the part where its group stands; without one it is the text itself."""
    group = plain(text) or text if group is None else group
    return Row(text, target, name, group, weight, part_of(name, group))


def english(folder: Path) -> Iterator[Row]:
    """Yield the rows of the English sets.

    Args:
        folder: holds ``amazon4.jsonl.xz`` and the others.
    """
    for each in read_set(folder / "amazon4.jsonl.xz"):
        yield row("amazon4", each["text"], each["label"], group=each["id"])
        if each.get("title", "").strip():
            yield row("amazon4_titles", each["title"], each["label"], group=each["id"])
    for each in read_set(folder / "pros_cons.jsonl.xz"):
        found = row("pros_cons", each["text"], each["label"])
        if found.part == "validation" or is_drawn("pros_cons", found.group, PROS_CONS):
            yield found
    for each in read_set(folder / "goemotions.jsonl.xz"):
        if each["kind"] != "ambiguous":
            yield row("goemotions", each["text"], 0.5 if each["label"] is None else each["label"])
    for name in ("tweets_rated", "news_rated"):
        for each in read_set(folder / f"{name}.jsonl.xz"):
            yield row(name, each["text"], from_rating(each["rating"]))
    for each in read_set(folder / "developer_posts.jsonl.xz"):
        yield row("developer_posts", each["text"], 0.5 if each["label"] is None else each["label"])


POLISH_LABELS = {"positive": 1.0, "negative": 0.0, "neutral": 0.5, "ambiguous": 0.5}


def polish(folder: Path) -> Iterator[Row]:
    """Yield the rows of the Polish sets.

    Args:
        folder: holds ``hotels.jsonl.xz`` and the others.
    """
    for name in ("hotels", "medicine"):
        for each in read_set(folder / f"{name}.jsonl.xz"):
            yield row(name, each["text"], POLISH_LABELS[each["kind"]])
    for each in read_set(folder / "reviews.jsonl.xz"):
        group = str(each["id"])
        yield row("reviews", each["text"], POLISH_LABELS[each["kind"]], group=group)
        for sentence in each["sentences"]:
            yield row("review_sentences", sentence["text"], POLISH_LABELS[sentence["kind"]], group=group)
    for each in read_set(folder / "wordnet_examples.jsonl.xz"):
        target = 0.5 + 0.4 * each["rating"]
        yield row("wordnet_examples", each["text"], target, group=each["lemma"], weight=WORDNET)
