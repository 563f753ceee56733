"""Stream tables of texts: rows in, the same rows with added columns out, a little at a time.

CSV, TSV, JSON Lines and plain text keep every byte of what was there: a row is carried as the text
before and after the place of the added cells. Parquet keeps schema, values and metadata.
"""

from __future__ import annotations

from opinia.tables.columns import Choice, choose_labelled, choose_texts, free_prefix
from opinia.tables.dialect import Dialect, Told
from opinia.tables.formats import Format, find_formats
from opinia.tables.opening import open_reader, open_records, open_table
from opinia.tables.output import Existing, Output, State, open_output
from opinia.tables.rows import Column, Reader, Record, RecordReader, Row, Value, Values, Writer
from opinia.tables.streams import Source, guarded, open_source

__all__ = [
    "Choice",
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
    "Value",
    "Values",
    "Writer",
    "choose_labelled",
    "choose_texts",
    "find_formats",
    "free_prefix",
    "guarded",
    "open_output",
    "open_reader",
    "open_records",
    "open_source",
    "open_table",
]
