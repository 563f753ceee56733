"""The footer of a Parquet file: where its columns lie, and how they are compressed.

Read here before Arrow reads it: Arrow takes hundreds of bytes for each in a footer that says "and a
million empty columns", and ends the process where the kinds of a column contradict each other
(parquet-format, ``parquet.thrift``, ``FileMetaData``).
"""

from __future__ import annotations

import io
import os
from dataclasses import dataclass
from typing import BinaryIO

from opinia.errors import DataError
from opinia.tables.thrift import ThriftReader

_MAGIC = b"PAR1"
_MOST_BYTES = 64 << 20
_CODECS = ("UNCOMPRESSED", "SNAPPY", "GZIP", "LZO", "BROTLI", "LZ4", "ZSTD", "LZ4_RAW")


@dataclass(frozen=True)
class Chunk:
    """One column of one row group.

    Args:
        codec: how it is compressed, by Parquet's name.
        values: how many.
        size: bytes that it takes in the file.
        data: place of its first page of values.
        dictionary: place of its dictionary, 0 without one.
    """

    codec: str
    values: int
    size: int
    data: int
    dictionary: int


@dataclass(frozen=True)
class Group:
    """One row group: the number of its rows, and its columns in order."""

    rows: int
    chunks: tuple[Chunk, ...]


def read_footer(file: BinaryIO, *, name: str) -> list[Group]:
    """Return the row groups of a file.

    Raises:
        DataError: it is no Parquet file, or damaged.
    """
    try:
        size = file.seek(0, os.SEEK_END)
        file.seek(max(0, size - 8))
        tail = file.read(8)
        length = int.from_bytes(tail[:4], "little")
        if tail[4:] != _MAGIC or length > size - 8:
            raise ValueError("it does not end like one")
        if length > _MOST_BYTES:
            raise ValueError(f"its footer has {length:,} bytes")
        file.seek(size - 8 - length)
        about = ThriftReader(io.BytesIO(file.read(length))).struct()
        kinds = [element.get(1) for element in about[2] if not element.get(5)]
        return [_group(group, kinds) for group in about.get(4, [])]
    except (ValueError, KeyError, TypeError, AttributeError, IndexError, RecursionError) as error:
        raise DataError(f"{name} is damaged, or no Parquet file: {error}") from error


def _group(group: dict[int, object], kinds: list[int | None]) -> Group:
    columns = group.get(1)
    if not isinstance(columns, list) or len(columns) != len(kinds):
        raise ValueError("a row group has other columns than the table")
    chunks = []
    for column, kind in zip(columns, kinds, strict=True):
        about = column[3]
        if about[1] != kind:
            raise ValueError("a column is of two kinds")
        number = int(about[4])
        codec = _CODECS[number] if 0 <= number < len(_CODECS) else f"number {number}"
        places = int(about[5]), int(about[7]), int(about[9]), int(about.get(11) or 0)
        if min(places) < 0:
            raise ValueError("a place or a number below nothing")
        chunks.append(Chunk(codec, *places))
    rows = group[3]
    if not isinstance(rows, int) or rows < 0:
        raise ValueError("a row group without a number of rows")
    return Group(rows, tuple(chunks))
