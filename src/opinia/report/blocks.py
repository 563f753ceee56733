"""A report as a list of blocks, before it becomes Markdown or HTML: both say the same by construction."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar


@dataclass(frozen=True)
class Heading:
    """A heading; level 1 is the title."""

    kind: ClassVar[str] = "heading"
    text: str
    level: int = 2


@dataclass(frozen=True)
class Paragraph:
    """Plain text."""

    kind: ClassVar[str] = "paragraph"
    text: str


@dataclass(frozen=True)
class Statement:
    """A conclusion with its verdict, which may be empty."""

    text: str
    verdict: str = ""


@dataclass(frozen=True)
class Statements:
    """Conclusions on one question, one a line, and the rule behind them, which may be empty."""

    kind: ClassVar[str] = "statements"
    entries: tuple[Statement, ...]
    rule: str = ""


@dataclass(frozen=True)
class Table:
    """A table; the first ``left`` columns are words, the others figures."""

    kind: ClassVar[str] = "table"
    header: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    left: int = 1


@dataclass(frozen=True)
class Image:
    """A picture: the name of its files in the folder of curves, and what it shows."""

    kind: ClassVar[str] = "image"
    name: str
    alt: str
    data_word: str


Block = Heading | Paragraph | Statements | Table | Image
