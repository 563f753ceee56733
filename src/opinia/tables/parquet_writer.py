"""Writing Parquet. Schema, values, metadata and compression of the table's own columns stay.

While a table is scored its rows lie in the part file as Arrow streams, each behind its length in
eight bytes: Parquet itself, whose index stands at its end, cannot be continued.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from typing import Any, BinaryIO

import pyarrow as pa
import pyarrow.parquet as pq

from opinia.errors import DataError
from opinia.tables.arrow_texts import added_arrays, added_fields
from opinia.tables.parquet_footer import Group
from opinia.tables.parquet_pages import decoded_bytes
from opinia.tables.rows import Column, Values

_GROUP_BYTES = 8 << 20
_GROUP_ROWS = 1 << 16
_LENGTH = 8
_DEFAULT = "SNAPPY"
# What Arrow says of a column's compression, and what it wants to hear for the same.
_WRITTEN = {
    "UNCOMPRESSED": "NONE",
    "SNAPPY": "SNAPPY",
    "GZIP": "GZIP",
    "BROTLI": "BROTLI",
    "LZ4": "LZ4",
    "LZ4_RAW": "LZ4",
    "ZSTD": "ZSTD",
}

Place = tuple[pa.RecordBatch, int]
"""A row: the batch that it stands in, and its number there."""


class ParquetWriter:
    """Writes Arrow streams, and makes Parquet out of them at the end.

    Args:
        schema: of the table's own columns.
        added: the columns to add.
        codecs: how each leaf of the schema is compressed, in order, by Parquet's names; none at all
            compresses every column with Snappy.

    Raises:
        pyarrow.ArrowException: Parquet cannot be written with this schema.
    """

    is_assembled = True

    def __init__(self, schema: pa.Schema, added: Sequence[Column], *, codecs: Sequence[str] = ()) -> None:
        self._added = added
        self._schema = pa.schema([*schema, *added_fields(added)], metadata=schema.metadata)
        self._codecs: dict[str, str] | str = _DEFAULT
        leaves = self._trial()
        if codecs:
            last = _WRITTEN[codecs[0]]
            known = [_WRITTEN[codec] for codec in codecs] + [last] * (len(leaves) - len(codecs))
            self._codecs = dict(zip(leaves, known, strict=False))
            self._trial()

    def header(self) -> bytes:
        """Return nothing: the schema stands in every stream."""
        return b""

    def encode(self, raws: Sequence[Place], values: Values) -> bytes:
        """Return some rows with their added cells as one Arrow stream behind its length."""
        arrays = added_arrays(values, self._added, len(raws))
        sink = pa.BufferOutputStream()
        options = pa.ipc.IpcWriteOptions(compression="zstd")
        with pa.ipc.new_stream(sink, self._schema, options=options) as stream:
            start = 0
            for _, group in itertools.groupby(raws, key=lambda place: id(place[0])):
                places = list(group)
                batch, first = places[0]
                mine = [array.slice(start, len(places)) for array in arrays]
                columns = [*batch.slice(first, len(places)).columns, *mine]
                stream.write_batch(pa.record_batch(columns, schema=self._schema))
                start += len(places)
        data = sink.getvalue()
        return bytes(len(data).to_bytes(_LENGTH, "little") + data.to_pybytes())

    def assemble(self, pieces: BinaryIO, target: BinaryIO) -> None:
        """Write the Parquet file, in row groups of some megabytes."""
        with pq.ParquetWriter(_Sink(target), self._schema, compression=self._codecs) as file:
            waiting: list[pa.RecordBatch] = []
            rows = size = 0
            while length := pieces.read(_LENGTH):
                with pa.ipc.open_stream(pieces.read(int.from_bytes(length, "little"))) as stream:
                    for batch in stream:
                        waiting.append(batch)
                        rows += batch.num_rows
                        size += decoded_bytes(batch)
                if size >= _GROUP_BYTES or rows >= _GROUP_ROWS:
                    file.write_table(pa.Table.from_batches(waiting, self._schema), row_group_size=rows)
                    waiting, rows, size = [], 0, 0
            if waiting:
                file.write_table(pa.Table.from_batches(waiting, self._schema), row_group_size=rows)

    def _trial(self) -> list[str]:
        """Write a file without rows, and return the paths of its leaves: no row is judged in vain."""
        sink = pa.BufferOutputStream()
        with pq.ParquetWriter(sink, self._schema, compression=self._codecs) as file:
            file.write_table(self._schema.empty_table())
        schema = pq.ParquetFile(pa.BufferReader(sink.getvalue())).schema
        return [schema.column(leaf).path for leaf in range(len(schema))]


def check_codecs(groups: Sequence[Group], *, name: str) -> None:
    """Check that every column is compressed in a way that can be read.

    Raises:
        DataError: one is not.
    """
    for group in groups:
        for number, chunk in enumerate(group.chunks, start=1):
            if chunk.codec not in _WRITTEN:
                raise DataError(
                    f"column {number:,} of {name} is compressed as {chunk.codec}, which cannot be read",
                    hint="write it again with zstd, snappy or gzip",
                )


class _Sink:
    """A file for pyarrow to write to: a pipe does not know where it stands."""

    def __init__(self, target: BinaryIO) -> None:
        self._target = target
        self._place = 0
        self.closed = False

    def write(self, data: Any) -> int:
        self._place += len(data)
        self._target.write(data)
        return len(data)

    def tell(self) -> int:
        return self._place

    def flush(self) -> None:
        self._target.flush()

    def close(self) -> None:
        self.closed = True

    def readable(self) -> bool:
        return False

    def writable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return False
