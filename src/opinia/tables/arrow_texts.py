"""Texts in Arrow's columns, as a table of them has: what is none, or no UTF-8, is a fault of its row."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import pyarrow as pa

from opinia.errors import DataError
from opinia.tables.cell_text import joined
from opinia.tables.rows import Column, Values, columnwise

BATCH_BYTES = 4 << 20
TYPES = {"text": pa.string(), "share": pa.float32(), "count": pa.int32()}
"""Of the added columns."""


class Fault(str):
    """What is wrong with a cell; a string of its own kind."""

    __slots__ = ()


def check_texts(schema: pa.Schema, places: Sequence[int], *, name: str) -> None:
    """Check that columns hold texts.

    Args:
        schema: of the table.
        places: of the columns.
        name: of the table, for messages.

    Raises:
        DataError: one does not.
    """
    for place in places:
        kind = schema.field(place).type
        kind = kind.value_type if pa.types.is_dictionary(kind) else kind
        if not any(is_text(kind) for is_text in (pa.types.is_string, pa.types.is_large_string, _is_view)):
            raise DataError(
                f"the column {schema.names[place]!r} of {name} holds no texts but {kind}",
                hint="--text-column names another",
            )


def row_texts(batch: pa.RecordBatch, places: Sequence[int]) -> Iterator[tuple[str | None, str | None]]:
    """Yield the text of each row, and what is wrong with it, or None; of several columns it is joined.

    Args:
        batch: some rows.
        places: of the columns of texts; those that are null are left out where there are several.
    """
    for text in _joined(batch, places):
        error = text if isinstance(text, Fault) else "no text but null" if text is None else None
        yield (None if error else text), error


def texts(column: pa.Array) -> Iterator[str | None]:
    """Yield the cells of a column; one that is not UTF-8, which some writers let in, as its fault."""
    if pa.types.is_dictionary(column.type) or column.nbytes > BATCH_BYTES:
        yield from map(text_of, column)  # one at a time: each would be a copy
        return
    try:
        cells = column.to_pylist()
    except UnicodeDecodeError:
        cells = map(text_of, column)
    yield from cells


def text_of(cell: pa.Scalar) -> str | None:
    """Return a cell, or its fault where it is not UTF-8."""
    try:
        value: str | None = cell.as_py()
    except UnicodeDecodeError as error:
        return Fault(f"not utf-8: byte {error.object[error.start]:#04x} at byte {error.start + 1:,}")
    return value


def added_fields(added: Sequence[Column]) -> list[pa.Field]:
    """Return the added columns as fields of a schema."""
    return [pa.field(column.name, TYPES[column.kind]) for column in added]


def added_arrays(values: Values, added: Sequence[Column], count: int) -> list[pa.Array]:
    """Return the added cells of some rows, an array a column.

    Args:
        values: the cells.
        added: the columns, in order.
        count: of the rows.
    """
    entries = columnwise(values, added, count)
    return [pa.array(_plain(each), TYPES[column.kind]) for each, column in zip(entries, added, strict=True)]


def _joined(batch: pa.RecordBatch, places: Sequence[int]) -> Iterator[str | None]:
    """Yield the text of each row; of several columns those that are null are left out."""
    if len(places) == 1:
        yield from texts(batch.column(places[0]))
        return
    for cells in zip(*(texts(batch.column(place)) for place in places), strict=True):
        fault = next((cell for cell in cells if isinstance(cell, Fault)), None)
        parts = [cell for cell in cells if cell is not None]
        yield fault if fault is not None else joined(parts) if parts else None


def _is_view(kind: pa.DataType) -> bool:
    return bool(getattr(pa.types, "is_string_view", lambda _: False)(kind))


def _plain(entries: Sequence[Any]) -> Any:
    return [entry.item() if isinstance(entry, np.generic) else entry for entry in entries]
