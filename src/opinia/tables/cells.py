"""Rows as cells, on their way from any format into any other."""

from __future__ import annotations

import datetime
import decimal
import json
import sys
from collections import Counter, deque
from collections.abc import Iterator, Sequence
from typing import Any, BinaryIO, Protocol

import numpy as np

from opinia.errors import DataError
from opinia.tables.cell_text import joined
from opinia.tables.dialect import Dialect
from opinia.tables.records import quoted
from opinia.tables.rows import (
    SAMPLE_BYTES,
    SAMPLE_ROWS,
    Column,
    Names,
    Record,
    Row,
    Value,
    Values,
    Writer,
    columnwise,
    each_of,
)
from opinia.tables.streams import Encoding

Cells = Sequence[object]
EXCEL_CHARACTERS = 32_767
"""Most characters of a cell in Excel."""
EXCEL_ROWS = 1 << 20
_DIALECTS = {"csv": Dialect(delimiter=","), "tsv": Dialect(delimiter="\t")}
KINDS = ("csv", "tsv", "jsonl", "json", "xlsx", "parquet")
"""Formats that any table can become."""


class CellTable(Protocol):
    """A table whose rows can be had whole, as cells."""

    @property
    def dialect(self) -> Dialect | None:
        """How a text table is written; None where there is no text."""

    @property
    def columns(self) -> tuple[str, ...]:
        """Names of the columns."""

    def every(self) -> Iterator[tuple[Cells, str | None]]:
        """Yield the cells of each row, as many as there are columns, and what is wrong with it, or None."""


class Sampled:
    """Rows of which the first can be looked at before they are read.

    Args:
        rows: the cells of each row, and what is wrong with it, or None.
    """

    def __init__(self, rows: Iterator[tuple[Cells, str | None]]) -> None:
        self._rows = rows
        self._head: deque[tuple[Cells, str | None]] = deque()

    def sample(self) -> list[Cells]:
        """Return the cells of the first rows that are well, and leave them to be read."""
        held = 0
        while len(self._head) < SAMPLE_ROWS and held < SAMPLE_BYTES:
            row = next(self._rows, None)
            if row is None:
                break
            # A list may be filled anew for the next row.
            self._head.append((list(row[0]), row[1]))
            held += sum(sys.getsizeof(each) for each in row[0])
        return [cells for cells, error in self._head if error is None]

    def every(self) -> Iterator[tuple[Cells, str | None]]:
        """Yield all rows."""
        while self._head:
            yield self._head.popleft()
        yield from self._rows


def text_of(cells: Cells) -> object:
    """Return the text of some cells, joined where there are several; what is no text as it is."""
    if len(cells) == 1:
        return cells[0]
    there = [each for each in cells if each is not None]
    wrong = next((each for each in there if not isinstance(each, str)), None)
    return wrong if wrong is not None else joined([str(each) for each in there]) if there else None


class CellsReader:
    """Reads a table as cells, to be written in another format.

    Args:
        table: the table.
        name: of it, for messages.
        out: format of the output: ``"csv"``, ``"tsv"``, ``"jsonl"``, ``"json"`` or ``"xlsx"``.

    Raises:
        DataError: two columns bear one name, and the output cannot hold them.
    """

    def __init__(self, table: CellTable, *, name: str, out: str) -> None:
        self.columns, self.dialect = table.columns, table.dialect
        self.table, self._out = table, out
        self._sampled = Sampled(table.every())
        self.names = getattr(table, "names", self.columns)  # as they stand there, perhaps twice
        twice = [column for column, count in Counter(self.columns).items() if count > 1]
        if twice and out in ("jsonl", "json"):
            raise DataError(f"{name} has two columns named {twice[0]!r}", hint="rename one of them")

    def sample(self) -> list[Cells]:
        """Return the cells of the first rows, in the order of the columns, and leave them to be read."""
        return self._sampled.sample()

    def rows(self, columns: Names, added: Sequence[Column]) -> Iterator[Row[Cells]]:
        """Yield each row, with the text of one column or those of several joined."""
        places = [self.columns.index(column) for column in each_of(columns)]
        for cells, error in self._sampled.every():
            text = text_of([cells[place] for place in places])
            if error is None and not isinstance(text, str):
                error = f"no text but {kind_of(text)}"
            size = sum(sys.getsizeof(each) for each in cells)
            yield Row(text if error is None and isinstance(text, str) else None, cells, error, size)

    def records(self, columns: Sequence[str], *, gaps: bool = False) -> Iterator[Record]:  # noqa: ARG002
        """Yield the cells of some columns of each row."""
        places = [self.columns.index(column) for column in columns]
        for cells, error in self._sampled.every():
            yield Record(() if error else tuple(cells[place] for place in places), error)

    def writer(self, added: Sequence[Column]) -> Writer[Cells]:
        """Return the writer of the output's format."""
        kind = _Piled if self._out in ("json", "xlsx") else _Lines
        names = self.columns if self._out in ("json", "jsonl") else self.names
        return kind(names, added, out=self._out)


def kind_of(value: object) -> str:
    """Return what people call the kind of a value."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true or false"
    names: dict[type, str] = {int: "a number", float: "a number", list: "a list", dict: "an object"}
    return names.get(type(value), f"a {type(value).__name__}")


class _Lines:
    """Writes CSV, TSV and JSON Lines, in UTF-8."""

    is_assembled = False

    def __init__(self, columns: Sequence[str], added: Sequence[Column], *, out: str) -> None:
        self._columns, self._added, self._out = columns, added, out
        self._names = [*columns, *(each.name for each in added)]
        self._encoding = Encoding.named("utf-8")

    def header(self) -> bytes:
        """Return the names of the columns, where the format has them."""
        return b"" if self._out == "jsonl" else self._line(self._names).encode(errors="replace")

    def encode(self, raws: Sequence[Cells], values: Values) -> bytes:
        """Return some rows with their added cells."""
        entries = columnwise(values, self._added, len(raws))
        lines = []
        for number, cells in enumerate(raws):
            row = [*cells, *(each[number] for each in entries)]
            if self._out == "jsonl":
                lines.append(_json(dict(zip(self._names, map(plain, row), strict=True))) + "\n")
            else:
                lines.append(self._line(row))
        return "".join(lines).encode(errors="replace")

    def _line(self, row: Sequence[object]) -> str:
        dialect = _DIALECTS[self._out]
        shown = [quoted(shown_of(each), dialect) for each in row]
        return ('""' if shown == [""] else (dialect.delimiter or "").join(shown)) + "\n"

    def assemble(self, pieces: BinaryIO, target: BinaryIO) -> None:
        """Never called: the bytes are the file."""
        raise NotImplementedError


class _Piled:
    """Writes what is made at the end, out of rows in a line of JSON each: a JSON array, or a workbook."""

    is_assembled = True

    def __init__(self, columns: Sequence[str], added: Sequence[Column], *, out: str) -> None:
        self._added, self._out = added, out
        self._names = [*columns, *(each.name for each in added)]

    def header(self) -> bytes:
        """Return nothing: it comes with the rest."""
        return b""

    def encode(self, raws: Sequence[Cells], values: Values) -> bytes:
        """Return some rows with their added cells, in a line of JSON each.

        Raises:
            DataError: a cell has more characters than a workbook takes.
        """
        entries = columnwise(values, self._added, len(raws))
        lines = []
        for number, cells in enumerate(raws):
            row = [*cells, *(each[number] for each in entries)]
            if self._out == "xlsx":
                long = next((e for e in row if isinstance(e, str) and len(e) > EXCEL_CHARACTERS), None)
                if long is not None:
                    raise DataError(
                        f"a cell has {len(long):,} characters, and Excel takes {EXCEL_CHARACTERS:,}",
                        hint="name the output .csv or .jsonl",
                    )
            lines.append(
                _json([_marked(each) if self._out == "xlsx" else plain(each) for each in row]) + "\n"
            )
        return "".join(lines).encode(errors="replace")

    def assemble(self, pieces: BinaryIO, target: BinaryIO) -> None:
        """Make the file out of the rows.

        Raises:
            DataError: there are more than a workbook takes.
        """
        if self._out == "xlsx":
            from opinia.tables.workbook import write_workbook

            write_workbook(self._names, map(json.loads, pieces), target)
            return
        target.write(b"[")
        separator = b"\n"
        for line in pieces:
            target.write(separator + _json(dict(zip(self._names, json.loads(line), strict=True))).encode())
            separator = b",\n"
        target.write(b"\n]\n")


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False)


def _marked(value: object) -> object:
    """Return a cell for a workbook: a date as an object of its own."""
    if isinstance(value, datetime.datetime | datetime.date):
        return {"date": value.isoformat(), "time": isinstance(value, datetime.datetime)}
    return plain(value)


def plain(value: object) -> Any:
    """Return a cell as JSON has it."""
    if isinstance(value, np.float32):
        return float(str(value))  # its shortest digits
    if value is None or isinstance(value, str | bool | int | float | list | dict):
        return value
    if isinstance(value, datetime.datetime | datetime.date | datetime.time):
        return value.isoformat()
    if isinstance(value, decimal.Decimal):
        return str(value)
    return value.decode(errors="replace") if isinstance(value, bytes) else str(value)


def shown_of(value: object | Value) -> str:
    """Return a cell as text: nothing for null, and numbers with the digits that give them back."""
    if value is None:
        return ""
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    found = plain(value)
    if isinstance(value, np.float32):
        return str(value)
    return _json(found) if isinstance(found, list | dict) else str(found)
