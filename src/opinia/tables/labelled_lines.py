"""Plain text whose lines carry their label: fastText's, and the trees of the Stanford Sentiment Treebank."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from opinia.tables.cells import Cells
from opinia.tables.dialect import Dialect
from opinia.tables.plain import PlainReader

LABEL, TEXT = "label", "text"
_FASTTEXT = re.compile(r"((?:__label__\S+[ \t]+)*__label__\S+)(?:[ \t]+|$)(.*)", re.DOTALL)
_CELL = re.compile(r"__label__[^\s,;|]+[,;|]")
_TREE = re.compile(r"\s*\((\d+) ")
_LEAF = re.compile(r"\(\d+ ([^()\s][^()]*)\)")
_BRACKETS = {"-LRB-": "(", "-RRB-": ")"}


def kind_of_lines(lines: Sequence[str]) -> str:
    """Return ``"fasttext"``, ``"trees"`` or ``"txt"``: what the first lines of a plain text are."""
    there = [line for line in lines if line.strip()]
    if there and all(line.startswith("__label__") for line in there):
        # Where each label ends in a sign that parts cells, they are those of a table.
        return "txt" if all(map(_CELL.match, there)) else "fasttext"
    if there and all(_TREE.match(line) and line.count("(") == line.count(")") for line in there):
        return "trees"
    return "txt"


class LabelledLines:
    """Reads lines as label and text.

    Args:
        plain: the lines.
        kind: ``"fasttext"`` or ``"trees"``.
    """

    columns = (LABEL, TEXT)

    def __init__(self, plain: PlainReader, *, kind: str) -> None:
        self._plain, self._kind = plain, kind
        self.dialect: Dialect | None = plain.dialect

    def every(self) -> Iterator[tuple[Cells, str | None]]:
        """Yield label and text of each line; an empty line is no row."""
        read = _fasttext if self._kind == "fasttext" else _tree
        for line, fault in self._plain.texts():
            if line.strip():
                cells, error = read(line)
                yield cells, fault or error


def _fasttext(line: str) -> tuple[Cells, str | None]:
    found = _FASTTEXT.fullmatch(line)
    if found is None:
        return (None, line), "no __label__ before the text"
    labels = [each.removeprefix("__label__") for each in found[1].split()]
    return (labels[0] if len(labels) == 1 else " ".join(labels), found[2]), (
        None if len(labels) == 1 else f"{len(labels)} labels before the text"
    )


def _tree(line: str) -> tuple[Cells, str | None]:
    """Return the label of a tree's root, and its words."""
    root = _TREE.match(line)
    words = [_BRACKETS.get(word, word).replace("\\/", "/") for word in _LEAF.findall(line)]
    if root is None or not words or line.count("(") != line.count(")"):
        return (None, line), "no tree of the form (3 (2 word) (4 word))"
    return (root[1], " ".join(words)), None
