"""CSV and TSV. A record's own bytes stay as they are; the added cells go behind them."""

from __future__ import annotations

import csv
import sys
from collections.abc import Iterator, Sequence

from opinia.errors import DataError
from opinia.tables.limits import LARGE, MAX_CELLS, MAX_RECORD, too_large
from opinia.tables.rows import Column, Record, Row, Value
from opinia.tables.streams import Encoding, Source, lines, reading
from opinia.tables.textual import Halves, TextWriter

_DELIMITERS = {"csv": ",", "tsv": "\t"}
_OPEN = "a quote is never closed: all that follows it stands in this row"


class DelimitedReader:
    """Reads CSV as RFC 4180 and Python's csv have it, and TSV in the same way, with a header.

    A line without anything in it is no row. A row with too few or too many cells is a bad one: in
    the output the missing cells are added, and those too many stand behind the added columns.

    Args:
        source: the opened input.
        kind: ``"csv"`` or ``"tsv"``.
        encoding: of the text.

    Raises:
        DataError: there is no header, or it cannot be read.
    """

    def __init__(self, source: Source, *, kind: str, encoding: str) -> None:
        self._delimiter = _DELIMITERS[kind]
        self._encoding = Encoding.named(encoding)
        self._stream = self._encoding.reader(source, newline="")
        self._records = self._read(source)
        with reading(source.name, self._encoding.name, 0):
            header, raw, is_open = next(self._records, ([], "", False))
        if not header or is_open:
            what = "the quotes of its header are never closed" if is_open else "it has not even a header"
            raise DataError(f"{source.name} is empty or no {kind.upper()}: {what}")
        self.columns = tuple(header)
        self._header = raw.rstrip("\r\n")
        self._newline = raw[len(self._header) :] or "\n"

    def rows(self, column: str, added: Sequence[Column]) -> Iterator[Row[Halves]]:
        """Yield each record, with the cell of one column."""
        place, width, delimiter = self.columns.index(column), len(self.columns), self._delimiter
        fault = self._encoding.fault
        for cells, raw, is_open in self._records:
            body = raw.rstrip("\r\n")
            end = raw[len(body) :] or self._newline
            if is_open:
                error = _OPEN
                cells += [""] * (width - len(cells))
            elif len(cells) == width:
                text = cells[place]
                wrong = fault(text)
                yield Row(None if wrong else text, (body + delimiter, end), wrong, sys.getsizeof(raw))
                continue
            elif len(cells) < width:
                error = _counted(len(cells), width)
                yield Row(None, (body + delimiter * (width - len(cells) + 1), end), error, sys.getsizeof(raw))
                continue
            else:
                error = _counted(len(cells), width)
            quoted = [quote(each, delimiter) for each in cells]
            before, after = quoted[:width], quoted[width:]
            halves = delimiter.join([*before, ""]), delimiter.join(["", *after]) + end
            yield Row(None, halves, error, sys.getsizeof(raw))

    def records(self, columns: Sequence[str]) -> Iterator[Record]:
        """Yield the cells of some columns of each record."""
        places, width = [self.columns.index(column) for column in columns], len(self.columns)
        for cells, _, is_open in self._records:
            if is_open or len(cells) != width:
                yield Record((), _OPEN if is_open else _counted(len(cells), width))
                continue
            found = tuple(cells[place] for place in places)
            wrong = next((fault for text in found if (fault := self._encoding.fault(text))), None)
            yield Record(() if wrong else found, wrong)

    def writer(self, added: Sequence[Column]) -> TextWriter:
        """Return the writer that keeps this table's delimiter, encoding and line ends."""
        return delimited_writer(
            added, delimiter=self._delimiter, encoding=self._encoding, header=self._header, end=self._newline
        )

    def _read(self, source: Source) -> Iterator[tuple[list[str], str, bool]]:
        """Yield the cells of each record, its own text, and whether the file ended within a quote."""
        # A property of the whole process, with no other way to set it.
        csv.field_size_limit(MAX_RECORD)
        consumed: list[str] = []
        ended = False
        row = held = separators = 0

        def physical_lines() -> Iterator[str]:
            nonlocal ended, held, separators
            mark = "\ufeff"
            for line in lines(self._stream, source.name):
                if not consumed:
                    held = separators = 0
                consumed.append(line)
                held += sys.getsizeof(line)
                if held > MAX_RECORD:
                    raise too_large(f"row {row:,}", source.name, hint="is a quote never closed?")
                if held > LARGE:
                    separators += line.count(self._delimiter)
                    if separators > MAX_CELLS:
                        raise DataError(f"row {row:,} of {source.name} has more than {MAX_CELLS:,} cells")
                yield line.removeprefix(mark)
                mark = ""
            ended = True

        for cells in csv.reader(physical_lines(), delimiter=self._delimiter):
            raw = consumed[0] if len(consumed) == 1 else "".join(consumed)
            consumed.clear()
            if cells:
                row += 1
                # Only a record whose quote is open asks for a line behind the last.
                yield cells, raw, ended


def delimited_writer(
    added: Sequence[Column], *, delimiter: str, encoding: Encoding, header: str, end: str
) -> TextWriter:
    """Return the writer of a delimited table.

    Args:
        added: the columns to add.
        delimiter: between cells.
        encoding: of the text.
        header: the first line, without its end.
        end: of the first line.
    """
    names = [quote(column.name, delimiter) for column in added]
    first = delimiter.join([header, *names]) + end

    def cells(column: Column, entries: Sequence[Value]) -> list[str]:
        return [
            "" if entry is None else quote(entry, delimiter) if isinstance(entry, str) else str(entry)
            for entry in entries
        ]

    return TextWriter(added, encoding, header=first, cells=cells, separator=delimiter)


def quote(text: str, delimiter: str) -> str:
    """Return a cell, in quotes where it needs them."""
    if any(letter in text for letter in (delimiter, '"', "\n", "\r")):
        return '"' + text.replace('"', '""') + '"'
    return text


def _counted(cells: int, width: int) -> str:
    return f"{cells} cell{'s' if cells != 1 else ''} where the header has {width}"
