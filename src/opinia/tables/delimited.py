"""CSV, TSV and their like. A record's own bytes stay as they are; the added cells go behind them."""

from __future__ import annotations

import itertools
import re
import sys
from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import replace

from opinia.tables.cell_text import joined
from opinia.tables.dialect import ONE_COLUMN, Dialect, Quoting, Told
from opinia.tables.encodings import find_encoding
from opinia.tables.reading import SNIFFED, Beginning
from opinia.tables.records import OPEN, UNCLOSED, Parsed, quoted, raw_cells, read_records, rejoined
from opinia.tables.rows import SAMPLE_BYTES, SAMPLE_ROWS, Column, Names, Record, Row, Value, each_of
from opinia.tables.sniff import find_dialect
from opinia.tables.streams import Encoding, Source, lines, reading
from opinia.tables.text_writer import Halves, TextWriter

_REST = "a line end in a cell without quotes: this is a part of a row"
_LINE_ENDS = ("\r", "\n")
_AGAIN = "the header stands here once more"
_SEPS = ("sep=", "SEP=", "Sep=")
_SEP_AGAIN = "a line that says what stands between cells, as above the header"
_MORE = "the header goes on in this row"
_TURNED = "a header with the columns in another order stands above or here"
_DELIMITERS = {"csv": ",", "tsv": "\t"}
OTHER_ENCODING = "; --encoding names another"
_LABELS = 1000


class _Again:
    """The header, to be found once more where tables were put one behind the other.

    Args:
        first: its cells; None for a table without one.
    """

    def __init__(self, first: Sequence[str] | None) -> None:
        self._exact = list(first or ())
        self._first = [self._plain(cell) for cell in first or ()]
        self._names, self._sorted = frozenset(self._first), sorted(self._first)
        self._starts = frozenset(name[:1] for name in self._first) | {"\ufeff", "s", "S"}
        self.longest = max(map(len, first or ()), default=-1) + 3
        """A longer cell is not looked at: it costs time, and is no name. Marks may stand before a name."""

    def holds(self, cells: Sequence[str]) -> bool:
        """Return whether the cells are the names of the columns, in any order."""
        if len(cells) == 1:  # a text of one word may differ from the name by its case alone
            return [cells[0].lstrip("\ufeff")] == self._exact
        return self._plain(cells[0]) in self._names and sorted(map(self._plain, cells)) == self._sorted

    def may_begin(self, cell: str) -> bool:
        """Return whether a first cell begins like a name or like ``sep=``; that most do not is told fast."""
        start = cell[:1]
        return start.casefold()[:1] in self._starts or start.isspace()

    def is_turned(self, cells: Sequence[str]) -> bool:
        """Return whether they stand in another order."""
        return [self._plain(cell) for cell in cells] != self._first

    @staticmethod
    def _plain(cell: str) -> str:
        return cell.lstrip("\ufeff").strip().casefold()


class DelimitedReader:
    """Reads a delimited text in its own dialect, which is found in its beginning where nobody tells it.

    A line without anything in it is no row. A row with too few or too many cells is a bad one: in
    the output the missing cells are added, and those too many stand behind the added columns.

    Args:
        source: the opened input.
        kind: ``"csv"`` or ``"tsv"``.
        told: what a person says of its form.

    Raises:
        DataError: it has not even a header, or its form cannot be told.
    """

    def __init__(self, source: Source, *, kind: str, told: Told) -> None:
        start, is_whole, source = source.beginning(SNIFFED)
        found = told_or_found(told, start, is_whole=is_whole, name=source.name)
        self.encoding = self._encoding = found[0]
        with reading(source.name, self._encoding.name, 0):
            text = self._encoding.beginning(start, is_whole=is_whole, name=source.name)
        beginning = Beginning(text, is_whole, source.name, kind, told)
        self.dialect, self.columns = find_dialect(beginning, encoding=self._encoding.name, is_guess=found[1])
        self.names = self.columns
        self._stream = self._encoding.reader(source, newline="")
        self._name = source.name
        self._head: deque[Parsed] = deque()
        self._skipped = len(re.findall(r"[^\r\n]*(?:\r\n|\n|\r)", self.dialect.preamble))
        self._records = read_records(
            self._lines(source.name), self.dialect, name=source.name, width=len(self.columns)
        )
        self._header, self._first = "", None
        if self.dialect.header != "none":
            with reading(source.name, self._encoding.name, 0):
                self._first, raw, *_ = next(self._records)
            self._header = raw.rstrip("\r\n")
            if self.dialect.header == "line" and len(self._first) == len(self.columns):
                self.names = tuple(cell.strip("\ufeff") for cell in self._first)
        self._made = self.dialect
        if self.dialect.delimiter == ONE_COLUMN:  # what is added stands behind a sign, so texts need quotes
            quoting: Quoting = "backslash" if self.dialect.escape else "double"
            self._made = replace(self.dialect, delimiter=_DELIMITERS[kind], quoting=quoting)

    def sample(self) -> list[list[str]]:
        """Return the cells of the first rows, in the order of the columns, and leave them to be read."""
        held = 0
        with reading(self._name, self._encoding.name, 0) as place:
            while len(self._head) < SAMPLE_ROWS and held < SAMPLE_BYTES:
                record = next(self._records, None)
                if record is None:
                    break
                self._head.append(record)
                place[0] += 1
                held += sys.getsizeof(record[1])
        width, first = len(self.columns), self._first
        head = itertools.islice(self._head, self.dialect.more, None)
        return [cells for cells, _, fault, _ in head if not fault and len(cells) == width and cells != first]

    def _all(self) -> Iterator[Parsed]:
        while self._head:
            yield self._head.popleft()
        yield from self._records

    def _marked(self) -> Iterator[Parsed]:
        """Yield the records, with what is wrong with their cells, too."""
        width, first, newline = len(self.columns), self._first, self.dialect.newline
        held: Parsed | None = None  # a whole row that ends as no other, and may go on in the next
        is_rest = is_turned = False
        again = _Again(first)
        more = self.dialect.more
        longest, may_begin = again.longest, again.may_begin
        for record in self._all():
            cells, raw, fault, line = record
            if (
                fault is None
                and len(cells) == width
                and raw.endswith(newline)
                and (len(cells[0]) > longest or not may_begin(cells[0]))
                and not (more or is_rest or is_turned)
                and held is None
            ):
                yield record
                continue
            if more:
                more, fault = more - 1, fault or _MORE
            is_odd = not raw.endswith(newline) and raw[-1:] in _LINE_ENDS
            if cells and len(cells[0]) <= again.longest and again.holds(cells):
                is_turned = again.is_turned(cells)
                fault = fault or (_TURNED if is_turned else _AGAIN)
            elif is_turned:
                fault = fault or _TURNED
            if cells and cells[0] in _SEPS and not any(cells[1:]):
                fault = fault or _SEP_AGAIN
            if fault is None and (len(cells) != width or cells == first):
                fault = _AGAIN if cells == first else _counted(len(cells), width)
                if held is not None:
                    held = held[0], held[1], held[2] or _REST, held[3]
                is_rest = is_odd
            elif is_rest:
                is_rest, fault = False, fault or _REST
            if held is not None:
                yield held
                held = None
            if is_odd:
                held = cells, raw, fault, line
            else:
                yield cells, raw, fault, line
        if held is not None:
            yield held

    def rows(self, columns: Names, added: Sequence[Column]) -> Iterator[Row[Halves]]:
        """Yield each record, with the cell of one column or those of several joined."""
        places = [self.columns.index(each) for each in each_of(columns)]
        place, is_one = places[0], len(places) == 1
        delimiter, newline = self._made.delimiter or ",", self.dialect.newline
        fault = self._encoding.fault
        is_alone = self.dialect.delimiter == ONE_COLUMN
        for cells, raw, error, _ in self._marked():
            body = raw.rstrip("\r\n")
            end = raw[len(body) :] or newline
            text: str | None = None
            if error is None:
                text = cells[place] if is_one else joined([cells[each] for each in places])
                wrong = fault(text)
                if wrong is not None:
                    text, error = None, wrong + OTHER_ENCODING
                halves = (self._alone(body) if is_alone else body) + delimiter, end
            else:
                if error in (OPEN, UNCLOSED):
                    body, end = self._closed(raw), newline
                halves = (self._alone(body) + delimiter, end) if is_alone else self._halves(body, end)
            yield Row(text, halves, error, sys.getsizeof(raw))

    def _closed(self, raw: str) -> str:
        """Return a record with its last quote closed."""
        dialect = self.dialect
        last = raw_cells(raw, dialect)[-1]
        slashes = len(last) - len(last.rstrip("\\")) if dialect.escape else 0
        return raw + "\\" * (slashes % 2) + dialect.quote

    def _alone(self, body: str) -> str:
        """Return the only cell of a line as one of a table of several columns."""
        if self.dialect.quoting != "none" and body[:1] == self.dialect.quote:
            return body
        return quoted(body, self._made)

    def _halves(self, body: str, end: str) -> Halves:
        """Return a record of too few or too many cells around the place of the added ones."""
        width, delimiter = len(self.columns), self._made.delimiter or ","
        cells = raw_cells(body, self.dialect)
        before, after = cells[:width], cells[width:]
        before += [""] * (width - len(before))
        return delimiter.join([*before, ""]), delimiter.join(["", *after]) + end

    def records(self, columns: Sequence[str], *, gaps: bool = False) -> Iterator[Record]:  # noqa: ARG002
        """Yield the cells of some columns of each record."""
        places = [self.columns.index(column) for column in columns]
        for cells, _, error, line in self._marked():
            if error is not None:
                yield Record((), error, line + self._skipped)
                continue
            found = tuple(cells[place] for place in places)
            wrong = next((fault for text in found if (fault := self._encoding.fault(text))), None)
            yield Record(() if wrong else found, wrong and wrong + OTHER_ENCODING, line + self._skipped)

    def every(self) -> Iterator[tuple[list[str], str | None]]:
        """Yield all cells of each record; what is too many stands with the last."""
        width, delimiter = len(self.columns), self._made.delimiter or ","
        for cells, _, error, _ in self._marked():
            if len(cells) > width:
                cells[width - 1 :] = [delimiter.join(cells[width - 1 :])]
            cells += [""] * (width - len(cells))
            wrong = None if error else next((f for text in cells if (f := self._encoding.fault(text))), None)
            yield cells, error or (wrong and wrong + OTHER_ENCODING)

    def writer(self, added: Sequence[Column]) -> TextWriter:
        """Return the writer that keeps this table's dialect."""
        return delimited_writer(
            added,
            dialect=self._made,
            encoding=self._encoding,
            header=self._alone(self._header) if self.dialect.delimiter == ONE_COLUMN else self._header,
        )

    def _lines(self, name: str) -> Iterator[str]:
        """Yield the lines, without byte order mark and what stands before the first record."""
        found: Iterator[str] = itertools.islice(lines(self._stream, name), self._skipped, None)
        if self.dialect.wrapping:
            sign = self.dialect.wrapping
            found = (rejoined(line.removeprefix("\ufeff"), sign) for line in found)
        for line in itertools.islice(found, 1):
            yield line if self._skipped else line.removeprefix("\ufeff")
        yield from found


def told_or_found(told: Told, start: bytes, *, is_whole: bool, name: str) -> tuple[Encoding, bool]:
    """Return the encoding of a text, and whether it was guessed."""
    if told.encoding is not None:
        return Encoding.named(told.encoding), False
    found = find_encoding(start, is_whole=is_whole, name=name)
    return Encoding.found(found), found.is_guess


def delimited_writer(
    added: Sequence[Column], *, dialect: Dialect, encoding: Encoding, header: str
) -> TextWriter:
    """Return the writer of a delimited table.

    Args:
        added: the columns to add.
        dialect: of the table.
        encoding: of the text.
        header: the first record, without its end.

    Raises:
        DataError: the dialect has no quotes, and a name would need them.
    """
    delimiter = dialect.delimiter or ","
    first = dialect.preamble
    if dialect.header != "none":
        first += delimiter.join([header, *(quoted(each.name, dialect) for each in added)]) + dialect.newline

    written: dict[str, str] = {}  # of the few labels

    def written_as(text: str) -> str:
        if len(written) > _LABELS:
            written.clear()
        written[text] = made = quoted(text, dialect)
        return made

    def cells(column: Column, entries: Sequence[Value]) -> list[str]:
        if column.name.endswith("error") and dialect.quoting == "none":
            # What is said of a row is for people, and must not break it.
            return ["" if each is None else _harmless(str(each), delimiter) for each in entries]
        return [
            ""
            if entry is None
            else written.get(entry) or written_as(entry)
            if isinstance(entry, str)
            else str(entry)
            for entry in entries
        ]

    return TextWriter(added, encoding, header=first, cells=cells, separator=delimiter)


def _harmless(text: str, delimiter: str) -> str:
    for sign in (delimiter, "\n", "\r"):
        text = text.replace(sign, " ")
    return text


def _counted(cells: int, width: int) -> str:
    return f"{cells} cell{'s' if cells != 1 else ''} where the header has {width}"
