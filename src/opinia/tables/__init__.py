"""Stream tables of texts: rows in, the same rows with added columns out, a little at a time.

CSV, TSV, JSON Lines and plain text keep every byte of what was there: a row is carried as the text
before and after the place of the added cells. Parquet keeps schema, values and metadata.
"""

from __future__ import annotations

from typing import Any, cast

from opinia import extras
from opinia.errors import DataError
from opinia.tables.columns import check_clashes, choose_column, choose_columns
from opinia.tables.dialect import Dialect, Told
from opinia.tables.formats import Format, find_formats
from opinia.tables.output import Existing, Output, State, open_output
from opinia.tables.rows import Column, Reader, Record, RecordReader, Row, Values, Writer
from opinia.tables.streams import Source, guarded, open_source

__all__ = [
    "Column",
    "Dialect",
    "Existing",
    "Format",
    "Output",
    "Reader",
    "Record",
    "RecordReader",
    "Row",
    "Source",
    "State",
    "Told",
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


def open_reader(source: Source, *, kind: str, out: str, told: Told = Told()) -> Reader[Any]:  # noqa: B008
    """Return the reader of a format.

    Args:
        source: the opened input.
        kind: its format, such as ``"csv"``.
        out: the format of the output: that of the input or, for plain text, any.
        told: what a person says of its form; the rest is found in its beginning.

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
            return PlainReader(source, out=out, told=told)
        from opinia.tables.parquet import PlainToParquet

        return PlainToParquet(PlainReader(source, out="txt", told=told))
    if kind == "jsonl":
        from opinia.tables.jsonlines import JsonLinesReader

        return JsonLinesReader(source, told=told)
    if kind in ("csv", "tsv"):
        from opinia.tables.delimited import DelimitedReader

        return DelimitedReader(source, kind=kind, told=told)
    raise DataError(f"there is no table format {kind!r}")


def open_records(source: Source, *, kind: str, told: Told = Told()) -> RecordReader:  # noqa: B008
    """Return the reader of some columns of a table.

    Args:
        source: the opened input.
        kind: its format, such as ``"csv"``.
        told: what a person says of its form; the rest is found in its beginning.

    Raises:
        DataError: it is plain text, the encoding is unknown, or the table has no header or no schema.
        MissingExtraError: the packages for Parquet are not installed.
    """
    if kind == "txt":
        raise DataError(
            f"plain text has no columns. Received: {source.name}", hint="--format says what else it is"
        )
    return cast(RecordReader, open_reader(source, kind=kind, out=kind, told=told))
