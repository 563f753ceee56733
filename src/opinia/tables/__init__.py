"""Stream tables of texts: rows in, the same rows with added columns out, a little at a time.

CSV, TSV, JSON Lines and plain text keep every byte of what was there: a row is carried as the text
before and after the place of the added cells. Parquet keeps schema, values and metadata.
"""

from __future__ import annotations

from typing import Any, cast

from opinia import extras
from opinia.errors import DataError
from opinia.tables.columns import check_clashes, choose_column, choose_columns
from opinia.tables.formats import Format, find_formats
from opinia.tables.output import Existing, Output, State, open_output
from opinia.tables.rows import Column, Reader, Record, RecordReader, Row, Values, Writer
from opinia.tables.streams import Source, guarded, open_source

__all__ = [
    "Column",
    "Existing",
    "Format",
    "Output",
    "Reader",
    "Record",
    "RecordReader",
    "Row",
    "Source",
    "State",
    "Values",
    "Writer",
    "check_clashes",
    "choose_column",
    "choose_columns",
    "find_formats",
    "guarded",
    "open_output",
    "open_reader",
    "open_records",
    "open_source",
]


def open_reader(source: Source, *, kind: str, out: str, encoding: str = "utf-8") -> Reader[Any]:
    """Return the reader of a format.

    Args:
        source: the opened input.
        kind: its format, such as ``"csv"``.
        out: the format of the output: that of the input or, for plain text, any.
        encoding: of the text formats.

    Raises:
        DataError: the encoding is unknown, or the table has no header or no schema.
        MissingExtraError: the packages for Parquet are not installed.
    """
    if "parquet" in (kind, out):
        extras.require("Parquet", *extras.PARQUET)
    if kind == "parquet":
        from opinia.tables.parquet import ParquetReader

        return ParquetReader(source)
    if kind == "txt":
        from opinia.tables.plain import PlainReader

        if out != "parquet":
            return PlainReader(source, out=out, encoding=encoding)
        from opinia.tables.parquet import PlainToParquet

        return PlainToParquet(PlainReader(source, out="txt", encoding=encoding))
    if kind == "jsonl":
        from opinia.tables.jsonlines import JsonLinesReader

        return JsonLinesReader(source, encoding=encoding)
    if kind in ("csv", "tsv"):
        from opinia.tables.delimited import DelimitedReader

        return DelimitedReader(source, kind=kind, encoding=encoding)
    raise DataError(f"there is no table format {kind!r}")


def open_records(source: Source, *, kind: str, encoding: str = "utf-8") -> RecordReader:
    """Return the reader of some columns of a table.

    Args:
        source: the opened input.
        kind: its format, such as ``"csv"``.
        encoding: of the text formats.

    Raises:
        DataError: it is plain text, the encoding is unknown, or the table has no header or no schema.
        MissingExtraError: the packages for Parquet are not installed.
    """
    if kind == "txt":
        raise DataError(
            f"plain text has no columns. Received: {source.name}", hint="--format says what else it is"
        )
    return cast(RecordReader, open_reader(source, kind=kind, out=kind, encoding=encoding))
