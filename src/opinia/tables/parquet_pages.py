"""How large the pages of a Parquet file are once unpacked, before any is.

Arrow unpacks a page whole, and a dictionary gives each of its texts to any number of rows: a file of a
thousand bytes can take gigabytes. The headers of the pages say how much beforehand; they are Thrift
structs in its compact protocol (parquet-format, ``parquet.thrift``, ``PageHeader``).
"""

from __future__ import annotations

import io
from dataclasses import dataclass
from typing import Any, BinaryIO

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from opinia.errors import DataError
from opinia.tables.limits import MAX_RECORD, too_large

MAX_PAGES = 112 << 20
"""Most bytes, unpacked, of the largest pages of all columns, which are in memory together."""
BATCH_BYTES = 16 << 20
"""Most bytes that a batch of rows may come to."""

_FIXED_BYTES = 16
_MOST_ENTRIES = 1 << 20
_DEPTH = 8
_DICTIONARY_PAGE = 2
# Encodings in which a few bytes may stand for a long text: both dictionaries, and shared beginnings.
_DICTIONARIES = (2, 8)
_SHARED = 7


@dataclass
class _Chunk:
    """What the headers of one column of one row group say, in bytes unpacked."""

    largest: int = 0
    dictionary: int = 0
    dictionary_place: int = -1
    dictionary_packed: int = 0
    average: float = 0.0
    values: int = 0
    has_dictionary: bool = False
    has_shared: bool = False


def batch_rows(file: BinaryIO, about: pq.FileMetaData, *, name: str, most: int) -> int:
    """Return how many rows may be read at once.

    Args:
        file: the Parquet file.
        about: its metadata.
        name: for messages.
        most: the number for rows that take little.

    Raises:
        DataError: a page or a row is too large, or the headers are damaged.
    """
    rows = most
    for number in range(about.num_row_groups):
        group = about.row_group(number)
        held, width = 0, 0.0
        for leaf in range(group.num_columns):
            column = group.column(leaf)
            chunk = _read_chunk(file, column, name)
            held += chunk.largest + chunk.dictionary
            width += _row_bytes(file, chunk, column, about.schema.column(leaf), group.num_rows, rows)
        if held > MAX_PAGES:
            raise DataError(
                f"row group {number + 1:,} of {name} has pages of {held:,} bytes, unpacked, at most "
                f"{MAX_PAGES:,}",
                hint="write it again with smaller pages, or without the columns that are not needed",
            )
        rows = int(max(1, min(rows, BATCH_BYTES / max(1.0, width))))
    return rows


def _row_bytes(file: BinaryIO, chunk: _Chunk, column: Any, schema: Any, group_rows: int, rows: int) -> float:
    """Return about the most bytes that one row takes in a column."""
    if schema.physical_type == "BYTE_ARRAY":
        each = chunk.average
        if chunk.has_shared:
            each = max(each, chunk.largest)
        if chunk.has_dictionary:
            whole = chunk.dictionary
            is_much = whole * rows > BATCH_BYTES
            each = max(each, _longest_entry(file, chunk, column) if is_much else whole)
    else:
        each = max(_FIXED_BYTES, schema.length or 0)
    if schema.max_repetition_level:
        each *= max(1.0, chunk.values / max(1, group_rows))
    return float(each)


def _read_chunk(file: BinaryIO, column: Any, name: str) -> _Chunk:
    place = column.data_page_offset
    if column.dictionary_page_offset and 0 < column.dictionary_page_offset < place:
        place = column.dictionary_page_offset
    end = place + column.total_compressed_size
    chunk = _Chunk()
    while place < end and chunk.values < column.num_values:
        file.seek(place)
        try:
            header = _struct(file)
            unpacked, packed = int(header[2]), int(header[3])
            kind = header.get(5) or header.get(8) or header.get(7) or {}
            values = int(kind.get(1, 0))
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise DataError(f"{name} is damaged: no page of it begins at byte {place:,}") from error
        if unpacked < 0 or packed < 0 or values < 0:
            raise DataError(f"{name} is damaged: the page at byte {place:,} has a size below nothing")
        if header.get(1) == _DICTIONARY_PAGE:
            chunk.dictionary = max(chunk.dictionary, unpacked)
            chunk.dictionary_place, chunk.dictionary_packed = file.tell(), packed
        else:
            encoding = kind.get(4 if 8 in header else 2, 0)
            chunk.has_dictionary |= encoding in _DICTIONARIES
            chunk.has_shared |= encoding == _SHARED
            chunk.largest = max(chunk.largest, unpacked)
            chunk.average = max(chunk.average, unpacked / max(1, values))
            chunk.values += values
        place = file.tell() + packed
    return chunk


def _longest_entry(file: BinaryIO, chunk: _Chunk, column: Any) -> int:
    """Return the length of the longest text of a dictionary; its whole size where nobody can tell."""
    if not 0 <= chunk.dictionary <= MAX_PAGES or chunk.dictionary_place < 0:
        return chunk.dictionary
    file.seek(chunk.dictionary_place)
    data = file.read(min(chunk.dictionary_packed, MAX_PAGES))
    try:
        if column.compression != "UNCOMPRESSED":
            unpacked = pa.Codec(column.compression.lower()).decompress(data, chunk.dictionary)
            data = unpacked.to_pybytes()
    except (pa.ArrowException, ValueError, OSError):  # LZ4 as Hadoop wraps it
        return chunk.dictionary
    longest = place = 0
    for _ in range(_MOST_ENTRIES):
        if place >= len(data):
            return longest
        length = int.from_bytes(data[place : place + 4], "little")
        longest = max(longest, length)
        place += 4 + length
    return max(longest, len(data) - place)


def _struct(file: BinaryIO, depth: int = 0) -> dict[int, Any]:
    """Return the numbers and structs of a Thrift struct by the numbers of their fields."""
    if depth > _DEPTH:
        raise ValueError("nested too deeply")
    found: dict[int, Any] = {}
    field = 0
    while byte := _byte(file):
        field = field + (byte >> 4) if byte >> 4 else _number(file)
        found[field] = _value(file, byte & 15, depth)
    return found


def _value(file: BinaryIO, kind: int, depth: int) -> Any:
    if kind in (1, 2):
        return kind == 1
    if kind == 3:
        return _byte(file)
    if kind in (4, 5, 6):
        return _number(file)
    if kind == 7:
        return file.seek(8, io.SEEK_CUR)
    if kind == 8:
        return file.seek(_varint(file), io.SEEK_CUR)
    if kind == 12:
        return _struct(file, depth + 1)
    raise ValueError(f"page headers hold no values of kind {kind}")


def _number(file: BinaryIO) -> int:
    coded = _varint(file)
    return (coded >> 1) ^ -(coded & 1)


def _varint(file: BinaryIO) -> int:
    number = 0
    for place in range(0, 70, 7):
        byte = _byte(file)
        number |= (byte & 127) << place
        if byte < 128:
            return number
    raise ValueError("a number without end")


def _byte(file: BinaryIO) -> int:
    byte = file.read(1)
    if not byte:
        raise ValueError("the file ends")
    return byte[0]


def check_row(size: float, *, name: str, row: int) -> None:
    """Look that a row is not too large to be held.

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
