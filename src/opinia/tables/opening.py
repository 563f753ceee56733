"""Opening a table: its reader by format and content, and by what is made of it."""

from __future__ import annotations

import contextlib
import io
from collections.abc import Iterator
from pathlib import Path
from typing import Any, cast

from opinia import extras
from opinia.errors import DataError
from opinia.tables.cells import CellsReader, CellTable
from opinia.tables.content import check_content
from opinia.tables.dialect import ONE_COLUMN, Told
from opinia.tables.formats import Format
from opinia.tables.rows import Reader, RecordReader
from opinia.tables.streams import Source, open_source

_LOOKED_AT = 1 << 16


@contextlib.contextmanager
def open_table(found: Format) -> Iterator[Source]:
    """Open the input of a format that was found.

    Raises:
        DataError: it is missing, or cannot be read.
        MissingExtraError: it is zstd, and the package for that is not installed.
    """
    if found.kind == "folder":
        yield Source(found.path, io.BytesIO())
        return
    part = found.part if found.compression == "zip" else ""
    with open_source(found.path, compression=found.compression, part=part) as source:
        yield source


def open_reader(source: Source, *, kind: str, out: str, told: Told = Told(), part: str = "") -> Reader[Any]:  # noqa: B008
    """Return the reader of a format.

    Args:
        source: the opened input.
        kind: its format, such as ``"csv"``.
        out: the format of the output. The same keeps every byte of a text table.
        told: what a person says of its form; the rest is found in its beginning.
        part: the sheet of a workbook, or the table of a database.

    Raises:
        DataError: the file holds something else, its form cannot be told, or it cannot be written so.
        MissingExtraError: the packages for its format are not installed.
    """
    _require(kind, out)
    if kind == "folder":
        from opinia.tables.folders import ClassFolder

        return convert(ClassFolder(Path(source.name), told=told), source.name, out)
    if kind not in _KINDS:
        raise DataError(f"there is no table format {kind!r}")
    start, is_whole, source = source.beginning(_LOOKED_AT)
    check_content(start, kind=kind, name=source.name)
    called = kind
    if kind in ("txt", "jsonl"):
        kind = _held(source, start, kind, told, is_whole=is_whole)
        out = kind if out == called == "txt" else out
    if kind == "parquet":
        from opinia.tables.parquet import ParquetReader

        reader = ParquetReader(source)
        return reader if out == "parquet" else convert(reader, source.name, out)
    if kind == "txt":
        return _plain(source, start, out, told, is_whole=is_whole)
    named = kind if kind != called else ""
    if kind == "jsonl":
        from opinia.tables.jsonlines import JsonLinesReader

        lines = JsonLinesReader(source, told=told, kind=named)
        return lines if out == "jsonl" else convert(lines, source.name, out)
    if kind in ("csv", "tsv"):
        from opinia.tables.delimited import DelimitedReader

        table = DelimitedReader(source, kind=kind, told=told)
        return table if out == kind else convert(table, source.name, out)
    if kind == "json":
        from opinia.tables.jsondoc import JsonDocument

        return convert(JsonDocument(source, told=told, part=part, kind=named), source.name, out)
    if kind == "sqlite":
        from opinia.tables.database import Database

        return convert(Database(source, part=part), source.name, out)
    from opinia.tables.workbook import Workbook

    return convert(Workbook(source, part=part, told=told), source.name, out)


_KINDS = ("csv", "tsv", "jsonl", "json", "txt", "parquet", "sqlite", "xlsx", "xls", "ods")


def open_records(source: Source, *, kind: str, told: Told = Told(), part: str = "") -> RecordReader:  # noqa: B008
    """Return the reader of some columns of a table.

    Args:
        source: the opened input.
        kind: its format, such as ``"csv"``.
        told: what a person says of its form; the rest is found in its beginning.
        part: the sheet of a workbook, or the table of a database.

    Raises:
        DataError: it is plain text without labels, holds something else, or its form cannot be told.
        MissingExtraError: the packages for its format are not installed.
    """
    from opinia.tables.plain import COLUMN

    out = kind if kind in ("csv", "tsv", "jsonl", "parquet") else "csv"
    reader = open_reader(source, kind=kind, out=out, told=told, part=part)
    if not hasattr(reader, "records") or reader.columns == (COLUMN,) and kind == "txt":
        raise DataError(
            f"plain text has no columns. Received: {source.name}", hint="--format says what else it is"
        )
    return cast(RecordReader, reader)


def open_cells(source: Source, *, kind: str, told: Told, part: str = "") -> CellTable:
    """Return a table whose rows can be had whole, as cells.

    Args:
        source: the opened input.
        kind: its format, such as ``"csv"``.
        told: what a person says of its form; the rest is found in its beginning.
        part: the sheet of a workbook, or the table of a database.

    Raises:
        DataError: the file holds something else, or its form cannot be told.
        MissingExtraError: the packages for its format are not installed.
    """
    reader = open_reader(source, kind=kind, out="cells", told=told, part=part)
    return cast(CellsReader, reader).table


def _require(kind: str, out: str) -> None:
    if "parquet" in (kind, out):
        extras.require("Parquet", *extras.PARQUET)
    if kind in ("xlsx", "xls", "ods"):
        extras.require("a workbook", *extras.WORKBOOKS)
    if out == "xlsx":
        extras.require("a workbook", *extras.WRITING_WORKBOOKS)


def convert(table: CellTable, name: str, out: str) -> Reader[Any]:
    """Return the reader that makes another format of a table's cells."""
    if out == "parquet":
        from opinia.tables.parquet import CellsToParquet

        return CellsToParquet(table)
    return CellsReader(table, name=name, out=out)


def _held(source: Source, start: bytes, kind: str, told: Told, *, is_whole: bool) -> str:
    """Return what a plain text, or what is called JSON Lines, holds: a table goes by any name.

    Raises:
        DataError: a plain text has numbers alone in it.
    """
    from opinia.tables.delimited import told_or_found
    from opinia.tables.jsonlines import are_objects, is_array, json_kind
    from opinia.tables.labelled_lines import kind_of_lines
    from opinia.tables.sniff import is_table

    encoding, _ = told_or_found(told, start, is_whole=is_whole, name=source.name)
    text = encoding.beginning(start, is_whole=is_whole, name=source.name).removeprefix("\ufeff")
    if is_array(text, is_whole=is_whole):
        return "json"
    if kind == "jsonl":
        return kind
    text = text if is_whole or "\n" not in text else text.rpartition("\n")[0]
    if told.delimiter == ONE_COLUMN:
        return kind
    if are_objects(text.splitlines()):
        return "jsonl"
    if kind_of_lines(text.splitlines()) != "txt":
        return kind
    found = json_kind(text, is_whole=is_whole, name=source.name)
    if found is not None:
        return found
    return "csv" if is_table(text, told, name=source.name) else kind


def _plain(source: Source, start: bytes, out: str, told: Told, *, is_whole: bool) -> Reader[Any]:
    from opinia.tables.delimited import told_or_found
    from opinia.tables.labelled_lines import LabelledLines, kind_of_lines
    from opinia.tables.plain import PlainReader

    encoding, _ = told_or_found(told, start, is_whole=is_whole, name=source.name)
    text = encoding.beginning(start, is_whole=is_whole, name=source.name).removeprefix("\ufeff")
    text = text if is_whole else text.rpartition("\n")[0]
    found = kind_of_lines(text.splitlines())
    if found != "txt":
        if out == "txt":
            raise DataError(
                f"{source.name} has a label before each text: it becomes a table of columns",
                hint="name the output .csv, .jsonl or .xlsx",
            )
        marked = LabelledLines(PlainReader(source, out="txt", told=told), kind=found)
        return convert(marked, source.name, out)
    if out in ("txt", "csv", "tsv", "jsonl"):
        return PlainReader(source, out=out, told=told)
    plain = PlainReader(source, out="txt", told=told)
    if out == "parquet":
        from opinia.tables.parquet import PlainToParquet

        return PlainToParquet(plain)
    return CellsReader(plain, name=source.name, out=out)
