"""What readers and writers of all formats have in common."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import BinaryIO, Generic, Literal, NamedTuple, Protocol, TypeVar

import numpy as np

from opinia.tables.dialect import Dialect

Value = str | int | np.float32 | None
"""One added cell; None is an empty one."""
Values = Mapping[str, Sequence[Value]]
"""The added cells of some rows, by column."""

Raw = TypeVar("Raw")
_Written = TypeVar("_Written", contravariant=True)
Names = str | Sequence[str]
"""The name of one column, or those of several."""
SAMPLE_ROWS = 200
"""Rows that are looked at for what the columns hold, fewer if they are long."""
SAMPLE_BYTES = 1 << 20


class Row(NamedTuple, Generic[Raw]):
    """One row on its way through.

    Args:
        text: what is to be judged, or None for a bad row.
        raw: all that stands in the row, in the form that the format's writer takes.
        error: why the row is bad, or None.
        size: about how many characters or bytes stand in it.
    """

    text: str | None
    raw: Raw
    error: str | None
    size: int


@dataclass(frozen=True)
class Column:
    """A column to be added.

    Args:
        name: its name.
        kind: ``"text"``, ``"share"`` (float32) or ``"count"`` (int32).
    """

    name: str
    kind: Literal["text", "share", "count"]


class Writer(Protocol[_Written]):
    """Turns rows and their added cells into bytes that can stand one behind the other."""

    def header(self) -> bytes:
        """Return what stands before the first row."""

    def encode(self, raws: Sequence[_Written], values: Values) -> bytes:
        """Return some rows with their added cells."""

    def assemble(self, pieces: BinaryIO, target: BinaryIO) -> None:
        """Make the file out of the bytes so far, where these are not the file itself."""

    @property
    def is_assembled(self) -> bool:
        """Whether the bytes are only the material for :meth:`assemble`."""


class Reader(Protocol[Raw]):
    """Reads a table row by row."""

    @property
    def dialect(self) -> Dialect | None:
        """How a text table is written; None where there is no text."""

    @property
    def columns(self) -> tuple[str, ...]:
        """Names of the columns, as far as they are known before the rows are read."""

    def sample(self) -> Sequence[Sequence[object]]:
        """Return the cells of the first rows, in the order of the columns, and leave them to be read."""

    def rows(self, columns: Names, added: Sequence[Column]) -> Iterator[Row[Raw]]:
        """Yield every row, with the text of one column or the texts of several joined."""

    def writer(self, added: Sequence[Column]) -> Writer[Raw]:
        """Return the writer for these rows and the columns to add."""


def each_of(names: Names) -> list[str]:
    """Return the names one by one."""
    return [names] if isinstance(names, str) else list(names)


class Record(NamedTuple):
    """Some cells of one row.

    Args:
        cells: in the order of the columns asked for; empty for a bad row.
        error: why the row is bad, or None.
        line: where it begins in the file, from 1; 0 where nobody knows.
    """

    cells: tuple[object, ...]
    error: str | None
    line: int = 0


class RecordReader(Protocol):
    """Reads some columns of a table."""

    @property
    def dialect(self) -> Dialect | None:
        """How a text table is written; None where there is no text."""

    @property
    def columns(self) -> tuple[str, ...]:
        """Names of the columns, as far as they are known before the rows are read."""

    def sample(self) -> Sequence[Sequence[object]]:
        """Return the cells of the first rows, in the order of the columns, and leave them to be read."""

    def records(self, columns: Sequence[str], *, gaps: bool = False) -> Iterator[Record]:
        """Yield the cells of some columns, row by row.

        Args:
            columns: to be read.
            gaps: take a field that a row lacks for an empty one.
        """


def cell(value: Value) -> str:
    """Return an added cell as text: the shortest digits that give the same number back."""
    return "" if value is None else str(value)


def columnwise(values: Values, added: Sequence[Column], count: int) -> list[Sequence[Value]]:
    """Return the added cells of each column in order, each with one entry a row."""
    found = [values[column.name] for column in added]
    assert all(len(entries) == count for entries in found)  # noqa: S101
    return found
