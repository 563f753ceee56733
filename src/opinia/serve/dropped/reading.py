"""A table that was dropped on the page, as it is read before anything is judged: columns, rows, values.

All rows are read once. Their cells are kept in a file, a row a line, from which the page's list is filled;
of columns with few different values these are counted, for facets and labels.
"""

from __future__ import annotations

import json
from array import array
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, BinaryIO

from opinia.errors import DataError
from opinia.serve.failures import in_fields
from opinia.tables import Dialect, Record, Told, find_formats, guarded, open_reader, open_table
from opinia.tables.cells import plain, shown_of
from opinia.tables.columns import Profile, profile

MOST_COLUMNS = 300
MOST_VALUES = 1000
"""Different values after which those of a column are not counted any more."""
MOST_FACETS = 12
MOST_FACET_VALUES = 50
LONGEST_VALUE = 200
SAMPLE_ROWS = 200
_READ_AS_THEY_ARE = ("csv", "tsv", "jsonl", "parquet")
_WATCHED_ROWS = 1000


@dataclass(frozen=True)
class Form:
    """What a person says of a table's form; None is found.

    Args:
        part: the file of an archive, the sheet of a workbook or the table of a database.
        encoding: such as ``"cp1250"``.
        delimiter: a sign or a name such as ``"tab"``.
        header: whether the first record names the columns.
    """

    part: str | None = None
    encoding: str | None = None
    delimiter: str | None = None
    header: bool | None = None

    def told(self) -> Told:
        """Return the same for a reader.

        Raises:
            DataError: there is no such delimiter.
        """
        return Told(self.delimiter, None, self.header, self.encoding)


@dataclass
class Reading:
    """What stands in a table.

    Args:
        format: such as ``"csv.gz"``.
        dialect: how a text table is written; None where there is no text.
        columns: what each holds.
        sample: cells of the first rows that are well.
        rows: how many there are, bad ones included.
        bad: rows that cannot be read.
        places: where each row begins in the file of cells, and where the last one ends.
        counts: of each column with few different values: how many rows have each, by the cell as JSON.
    """

    format: str
    dialect: Dialect | None
    columns: list[Profile]
    sample: list[tuple[Any, ...]]
    rows: int = 0
    bad: int = 0
    places: array[int] = field(default_factory=lambda: array("Q", [0]))
    counts: dict[str, Counter[str]] = field(default_factory=dict)

    @property
    def names(self) -> list[str]:
        """Names of the columns."""
        return [each.name for each in self.columns]

    def facets(self, texts: Sequence[str]) -> dict[str, list[str]]:
        """Return the columns that divide the rows into few groups, with their values as people read them."""
        found: dict[str, list[str]] = {}
        for column in self.columns:
            counted = self.counts.get(column.name)
            if counted is None or column.name in texts or len(found) >= MOST_FACETS:
                continue
            values = list(dict.fromkeys(value for key in counted if (value := shown(json.loads(key)))))
            if 2 <= len(values) <= MOST_FACET_VALUES and len(values) < max(3, self.rows / 2):
                found[column.name] = sorted(values, key=_in_order)
        return found


def read_table(
    path: Path, cells: Path, form: Form, *, most_rows: int, most_bytes: int, check: Callable[[], None]
) -> Reading:
    """Read all rows of a table.

    Args:
        path: the table, whose name says its format.
        cells: the file that gets the cells of each row as JSON, or a text that says what is wrong with it.
        form: what a person says of the table.
        most_rows: that it may have.
        most_bytes: that the cells may take.
        check: called now and then; what it raises ends the work.

    Raises:
        DataError: the table cannot be read, or has too many rows.
        MissingExtraError: the packages for its format are not installed.
    """
    found, _ = find_formats(name_of(path, form), "")
    out = found.kind if found.kind in _READ_AS_THEY_ARE else "csv"
    with open_table(found) as source, cells.open("wb") as target:
        reader: Any = open_reader(source, kind=found.kind, out=out, told=form.told(), part=found.part)
        names = list(dict.fromkeys(reader.columns))
        if len(names) > MOST_COLUMNS:
            raise DataError(f"a table has at most {MOST_COLUMNS} columns here. Received: {len(names):,}")
        reading = Reading(str(found), reader.dialect, [], [])
        records = guarded(
            _records(reader, names),
            name=source.name,
            encoding=reader.dialect.encoding if reader.dialect else "",
        )
        _Keeper(reading, names, target, most_rows=most_rows, most_bytes=most_bytes).keep(records, check)
        source.check_whole()
    if not reading.rows:
        raise DataError(f"{source.name} has no rows below its header", hint="is the table whole?")
    return reading


def name_of(path: Path, form: Form) -> str:
    """Return what a table is called, with the part that is meant."""
    return f"{path}::{form.part}" if form.part else str(path)


class _Keeper:
    """Keeps the cells of rows, and counts values.

    Args:
        reading: is filled.
        names: of the columns.
        target: gets the cells.
        most_rows: that may come.
        most_bytes: that may be written.
    """

    def __init__(
        self, reading: Reading, names: Sequence[str], target: BinaryIO, *, most_rows: int, most_bytes: int
    ) -> None:
        self._reading, self._names, self._target = reading, names, target
        self._most_rows, self._most_bytes = most_rows, most_bytes
        self._counted: dict[int, Counter[str]] = {place: Counter() for place in range(len(names))}

    def keep(self, records: Iterator[Record], check: Callable[[], None]) -> None:
        reading, place = self._reading, 0
        for record in records:
            reading.rows += 1
            if reading.rows > self._most_rows:
                raise DataError(
                    f"a table has at most {self._most_rows:,} rows here",
                    hint="opinia score reads tables of any size",
                )
            if reading.rows % _WATCHED_ROWS == 0:
                check()
            if record.error is not None:
                reading.bad += 1
                line = _json(in_fields(record.error) or record.error)
            else:
                cells = [plain(cell) for cell in record.cells]
                line = _json(cells)
                self._count(cells)
                if len(reading.sample) < SAMPLE_ROWS:
                    reading.sample.append(record.cells)
            place += self._target.write(line.encode(errors="replace") + b"\n")
            if place > self._most_bytes:
                raise DataError(
                    f"the table takes more than {self._most_bytes:,} bytes, unpacked",
                    hint="opinia score reads tables of any size",
                )
            reading.places.append(place)
        for number, name in enumerate(self._names):
            if number in self._counted:
                reading.counts[name] = self._counted[number]
            reading.columns.append(profile(name, [cells[number] for cells in reading.sample]))

    def _count(self, cells: Sequence[Any]) -> None:
        for place in list(self._counted):
            cell, counted = cells[place], self._counted[place]
            if isinstance(cell, dict | list) or (isinstance(cell, str) and len(cell) > LONGEST_VALUE):
                del self._counted[place]
                continue
            counted[_json(cell)] += 1
            if len(counted) > MOST_VALUES:
                del self._counted[place]


class Rows:
    """The kept cells of a table's rows.

    Args:
        path: the file.
        reading: what was found, with the places of the rows.
    """

    def __init__(self, path: Path, reading: Reading) -> None:
        self._path, self._places = path, reading.places

    def some(self, numbers: Sequence[int]) -> list[Any]:
        """Return the cells of rows, by their numbers from 0; a text says what is wrong with one."""
        found = []
        with self._path.open("rb") as file:
            for number in numbers:
                file.seek(self._places[number])
                found.append(json.loads(file.read(self._places[number + 1] - self._places[number])))
        return found

    def shown(self, numbers: Sequence[int]) -> list[list[str] | str]:
        """Return the cells of rows as texts; a text in their place says what is wrong with one."""
        return [
            [shown_of(cell) for cell in cells] if isinstance(cells, list) else cells
            for cells in self.some(numbers)
        ]

    def all(self, start: int = 0) -> Iterator[Any]:
        """Yield the cells of each row from one on."""
        with self._path.open("rb") as file:
            file.seek(self._places[start])
            for line in file:
                yield json.loads(line)

    def holding(self, wanted: str) -> list[int]:
        """Return the numbers of the rows in which a text stands, in letters of any case."""
        needle = wanted.casefold()
        spelt = _json(needle)[1:-1]
        found = []
        with self._path.open(encoding="utf-8", newline="\n") as file:
            for number, line in enumerate(file):
                if spelt in line.casefold() and any(
                    needle in shown_of(cell).casefold() for cell in _list(line)
                ):
                    found.append(number)
        return found


def shown(value: object) -> str:
    """Return a cell as a facet shows it."""
    return shown_of(value).strip()


def _list(line: str) -> list[Any]:
    cells = json.loads(line)
    return cells if isinstance(cells, list) else []


def _in_order(value: str) -> tuple[int, float, str]:
    try:
        return 0, float(value.replace(",", ".")), value
    except ValueError:
        return 1, 0.0, value.casefold()


def _records(reader: Any, columns: Sequence[str]) -> Iterator[Record]:
    if hasattr(reader, "records"):
        found: Iterator[Record] = reader.records(columns, gaps=True)
        return found
    lines = enumerate(reader.every(), start=1)
    return (Record(() if fault else tuple(cells), fault, number) for number, (cells, fault) in lines)


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False)
