"""How large the pages of a Parquet file are once unpacked, before any is.

Arrow unpacks a page whole, and a dictionary gives each of its texts to any number of rows: a file of a
thousand bytes can take gigabytes. The headers of the pages say how much beforehand; they are Thrift
structs in its compact protocol (parquet-format, ``parquet.thrift``, ``PageHeader``).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, BinaryIO

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from opinia.errors import DataError
from opinia.tables.limits import MAX_RECORD, too_large
from opinia.tables.parquet_footer import Chunk, Group
from opinia.tables.thrift import ThriftReader

MAX_PAGES = 112 << 20
"""Most bytes, unpacked, of the largest pages of all columns, which are in memory together."""
BATCH_BYTES = 16 << 20
"""Most bytes that a batch of rows may come to."""

_FIXED_BYTES = {"BOOLEAN": 1, "INT32": 4, "FLOAT": 4, "INT64": 8, "DOUBLE": 8, "INT96": 12}
_BOUND_RECORDS = 16
_MOST_ENTRIES = 1 << 20
_DICTIONARY_PAGE = 2
# Encodings in which a few bytes may stand for a long text: both dictionaries, and shared beginnings.
_DICTIONARIES = (2, 8)
_SHARED = 7


@dataclass
class _Pages:
    """What the headers of one column of one row group say, in bytes unpacked."""

    largest: int = 0
    dictionary: int = 0
    dictionary_place: int = -1
    dictionary_packed: int = 0
    average: float = 0.0
    values: int = 0
    has_dictionary: bool = False
    has_shared: bool = False


def batch_rows(
    file: BinaryIO, groups: Mapping[int, Group], schema: pq.ParquetSchema, *, name: str, most: int
) -> int:
    """Return how many rows may be read at once.

    Args:
        file: the Parquet file.
        groups: its row groups that are read, by their numbers from 0.
        schema: its schema, a column for each of a group's.
        name: for messages.
        most: the number for rows that take little.

    Raises:
        DataError: a page or a row is too large, or the headers are damaged.
    """
    rows = most
    for number, group in groups.items():
        held, width = 0, 0.0
        for leaf, chunk in enumerate(group.chunks):
            pages = _read_pages(file, chunk, name)
            held += pages.largest + pages.dictionary
            column = schema.column(leaf)
            each = _value_bytes(file, pages, chunk, column, rows)
            if column.max_repetition_level:
                each *= max(1.0, pages.values / max(1, group.rows))
                # Of texts only a bound is known, of numbers the mean.
                if each > (_BOUND_RECORDS if column.physical_type == "BYTE_ARRAY" else 1) * MAX_RECORD:
                    raise too_large("a row", name, hint=f"leave the column {column.path!r} out")
            width += each
        if held > MAX_PAGES:
            raise DataError(
                f"row group {number + 1:,} of {name} has pages of {held:,} bytes, unpacked, "
                f"at most {MAX_PAGES:,}",
                hint="write it again with smaller pages, or without the columns that are not needed",
            )
        rows = int(max(1, min(rows, BATCH_BYTES / max(1.0, width))))
    return rows


def _value_bytes(file: BinaryIO, pages: _Pages, chunk: Chunk, column: Any, rows: int) -> float:
    """Return about the most bytes that one value takes in a column."""
    if column.physical_type != "BYTE_ARRAY":
        return float(column.length or _FIXED_BYTES.get(column.physical_type, 16))
    each = pages.average
    if pages.has_shared:
        each = max(each, pages.largest)
    if pages.has_dictionary:
        is_much = pages.dictionary * rows > BATCH_BYTES
        each = max(each, _longest_entry(file, pages, chunk.codec) if is_much else pages.dictionary)
    return each


def _read_pages(file: BinaryIO, chunk: Chunk, name: str) -> _Pages:
    place = chunk.data
    if 0 < chunk.dictionary < place:
        place = chunk.dictionary
    end = place + chunk.size
    pages = _Pages()
    while place < end and pages.values < chunk.values:
        try:
            file.seek(place)
            header = ThriftReader(file).struct()
            unpacked, packed = int(header[2]), int(header[3])
            kind = header.get(5) or header.get(8) or header.get(7) or {}
            values = int(kind.get(1, 0))
        except (KeyError, TypeError, ValueError, AttributeError, OverflowError, OSError) as error:
            raise DataError(f"{name} is damaged: no page of it begins at byte {place:,}") from error
        if min(unpacked, packed, values) < 0:
            raise DataError(f"{name} is damaged: the page at byte {place:,} has a size below nothing")
        if header.get(1) == _DICTIONARY_PAGE:
            pages.dictionary = max(pages.dictionary, unpacked)
            pages.dictionary_place, pages.dictionary_packed = file.tell(), packed
        else:
            encoding = kind.get(4 if 8 in header else 2, 0)
            pages.has_dictionary |= encoding in _DICTIONARIES
            pages.has_shared |= encoding == _SHARED
            pages.largest = max(pages.largest, unpacked)
            pages.average = max(pages.average, unpacked / max(1, values))
            pages.values += values
        place = file.tell() + packed
    return pages


def _longest_entry(file: BinaryIO, pages: _Pages, codec: str) -> int:
    """Return the length of the longest text of a dictionary; its whole size where nobody can tell."""
    if not 0 <= pages.dictionary <= MAX_PAGES or pages.dictionary_place < 0:
        return pages.dictionary
    file.seek(pages.dictionary_place)
    data = file.read(min(pages.dictionary_packed, MAX_PAGES))
    try:
        if codec != "UNCOMPRESSED":
            raw = {"LZ4": "lz4_raw"}.get(codec, codec.lower())
            data = pa.Codec(raw).decompress(data, pages.dictionary).to_pybytes()
    except (pa.ArrowException, ValueError, OSError):  # LZ4 as Hadoop wraps it
        return pages.dictionary
    longest = place = 0
    for _ in range(_MOST_ENTRIES):
        if place >= len(data):
            return longest
        length = int.from_bytes(data[place : place + 4], "little")
        longest = max(longest, length)
        place += 4 + length
    return max(longest, len(data) - place)


def check_row(size: float, *, name: str, row: int) -> None:
    """Check that a row is not too large to be held.

    Raises:
        DataError: it is.
    """
    if size > MAX_RECORD:
        raise too_large(f"row {row:,}", name, hint="leave it out, or cut it")


def decoded_bytes(batch: pa.RecordBatch) -> int:
    """Return the bytes of a batch, each text of a dictionary as often as it stands there."""
    total = int(batch.nbytes)
    for column in batch.columns:
        if pa.types.is_dictionary(column.type) and _is_bytes(column.type.value_type):
            total += _lengths(column)
    return total


def _lengths(column: pa.Array) -> int:
    return int(pc.sum(pc.binary_length(column.dictionary).take(column.indices)).as_py() or 0)


def _is_bytes(kind: pa.DataType) -> bool:
    return any(
        test(kind)
        for test in (
            pa.types.is_string,
            pa.types.is_binary,
            pa.types.is_large_string,
            pa.types.is_large_binary,
        )
    )
