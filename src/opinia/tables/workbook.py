"""Workbooks: Excel and OpenDocument in, Excel out."""

from __future__ import annotations

import datetime
import io
import itertools
import re
import zipfile
import zlib
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, BinaryIO

import python_calamine
import xlsxwriter

from opinia.errors import DataError
from opinia.tables.cells import EXCEL_ROWS, Cells, shown_of
from opinia.tables.columns import unique_names
from opinia.tables.dialect import Dialect, Told
from opinia.tables.header import find_above, find_header
from opinia.tables.streams import Source

_UNPACKED = 1 << 30
"""Most bytes of a workbook, unpacked: the library holds it whole."""
_BEGAN = datetime.datetime(2000, 1, 1)  # noqa: DTZ001 - the same rows make the same file


class Workbook:
    """Reads one sheet of a workbook. Cells have the values that were last worked out.

    Args:
        source: the opened input; it is held in memory.
        part: name of the sheet; nothing for the only one that has rows, or of several the only one that is
            not hidden.
        told: what a person says of its header.

    Raises:
        DataError: it is no workbook, is too large, or has several sheets.
    """

    def __init__(self, source: Source, *, part: str, told: Told) -> None:
        self._name = source.name
        data = source.stream.read()
        _check_size(data, source.name)
        data = _with_line_ends(data)
        try:
            book = python_calamine.CalamineWorkbook.from_filelike(io.BytesIO(data))
            sheets = {name: book.get_sheet_by_name(name) for name in book.sheet_names if part in ("", name)}
        except (python_calamine.CalamineError, OSError, ValueError, zipfile.BadZipFile) as error:
            raise DataError(f"{source.name} is damaged, or no workbook: {error}") from error
        filled = {name: sheet for name, sheet in sheets.items() if sheet.height}
        if not filled:
            known = ", ".join(map(repr, book.sheet_names))
            what = f"no sheet {part!r} with rows; its sheets are {known}" if part else "no rows"
            raise DataError(f"{source.name} has {what}")
        seen = [
            each.name
            for each in book.sheets_metadata
            if each.visible == python_calamine.SheetVisibleEnum.Visible
        ]
        if len(filled) > 1 and len(filled.keys() & set(seen)) == 1:
            filled = {name: sheet for name, sheet in filled.items() if name in seen}
        if len(filled) > 1:
            raise DataError(
                f"{source.name} has several sheets with rows: {', '.join(map(repr, filled))}",
                hint=f"name one, as in {source.name}::{next(iter(filled))}",
            )
        ((self._sheet_name, self._sheet),) = filled.items()
        head = [[shown_of(cell) for cell in row] for _, row in zip(range(1000), self._rows(), strict=False)]
        self._above = find_above(head, told)
        head = head[self._above :]
        width = max(map(len, head))
        if width > 1 and len(head) > 1 and sum(map(bool, head[0])) == 1 and told.header is None:
            raise DataError(
                f"the first row of {source.name} has 1 cell, {head[0][0][:60]!r}, and others {width}",
                hint="leave out what stands above the header, or say --header",
            )
        self._has_header = find_header(head, told, name=source.name)
        self.dialect: Dialect | None = Dialect(
            header="line" if self._has_header else "none", preamble="\n" * self._above, sheet=self._sheet_name
        )
        first = head[0] if self._has_header else [str(number) for number in range(1, width + 1)]
        self.names = (*first, *map(str, range(len(first) + 1, width + 1)))
        self.columns = unique_names(self.names)

    def every(self) -> Iterator[tuple[Cells, str | None]]:
        """Yield the cells of each row; what is empty is the empty text."""
        rows, width = itertools.islice(self._rows(), self._above, None), len(self.columns)
        first = next(rows) if self._has_header else None
        for row in rows:
            if len(row) > width:
                yield row[:width], f"{len(row)} cells where the header has {width}"
                continue
            row = [*row, *[""] * (width - len(row))]
            yield row, "the header stands here once more" if first is not None and row == first else None

    def _rows(self) -> Iterator[list[object]]:
        for row in self._sheet.iter_rows():
            if any(cell != "" for cell in row):
                yield [int(cell) if isinstance(cell, float) and cell.is_integer() else cell for cell in row]


def _check_size(data: bytes, name: str) -> None:
    if not data.startswith(b"PK"):
        return
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            size = sum(each.file_size for each in archive.infolist())
    except (zipfile.BadZipFile, OSError, ValueError) as error:
        raise DataError(f"{name} is damaged, or no workbook: {error}") from error
    if size > _UNPACKED:
        raise DataError(f"{name} takes {size:,} bytes, unpacked", hint="save it as CSV")


_MARKS = {b"line-break": b"&#10;", b"tab": b"&#9;"}
_MARK = re.compile(rb"<text:(line-break|tab)(?:\s[^<>]*)?(?:/>|>\s*</text:\1>)")


def _with_line_ends(data: bytes) -> bytes:
    """Return an OpenDocument spreadsheet with line ends and tabs as letters: the library leaves them out."""
    if b"mimetypeapplication/vnd.oasis.opendocument.spreadsheet" not in data[:200]:
        return data
    made = io.BytesIO()
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            content = archive.read("content.xml")
            if _MARK.search(content) is None:
                return data
            with zipfile.ZipFile(made, "w") as changed:
                for each in archive.infolist():
                    if each.filename != "content.xml" and not each.is_dir():
                        changed.writestr(each.filename, archive.read(each))
                changed.writestr("content.xml", _MARK.sub(lambda found: _MARKS[found[1]], content))
    except (zipfile.BadZipFile, KeyError, OSError, ValueError, RuntimeError, NotImplementedError, zlib.error):
        return data  # the library says what is wrong
    return made.getvalue()


def write_workbook(names: Sequence[str], rows: Iterable[Sequence[Any]], target: BinaryIO) -> None:
    """Write one sheet, row by row in constant memory.

    Args:
        names: of the columns.
        rows: their cells, as JSON has them; an object ``{"date": …, "time": …}`` is a date.
        target: takes the file.

    Raises:
        DataError: there are more rows than a sheet takes.
    """
    options = {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    book = xlsxwriter.Workbook(target, options | {"nan_inf_to_errors": True})
    book.set_properties({"created": _BEGAN})
    sheet = book.add_worksheet()
    day = book.add_format({"num_format": "yyyy-mm-dd"})
    moment = book.add_format({"num_format": "yyyy-mm-dd hh:mm:ss"})
    for place, name in enumerate(names):
        sheet.write_string(0, place, name)
    for number, row in enumerate(rows, 1):
        if number >= EXCEL_ROWS:
            raise DataError(
                f"a workbook takes {EXCEL_ROWS - 1:,} rows, and there are more", hint="name it .csv"
            )
        for place, cell in enumerate(row):
            if cell is None or cell == "":
                continue
            if isinstance(cell, bool):
                sheet.write_boolean(number, place, cell)
            elif isinstance(cell, int | float) and abs(cell) < 1 << 53:
                sheet.write_number(number, place, cell)
            elif isinstance(cell, dict) and set(cell) == {"date", "time"}:
                when = datetime.datetime.fromisoformat(cell["date"])
                sheet.write_datetime(number, place, when, moment if cell["time"] else day)
            else:
                sheet.write_string(number, place, shown_of(cell))
    book.close()
