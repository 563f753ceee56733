"""Parquet. Schema, values and metadata of the table's own columns stay as they are.

While a table is scored its rows lie in the part file as Arrow streams, each behind its length in
eight bytes: Parquet itself, whose index stands at its end, cannot be continued.
"""

from __future__ import annotations

import contextlib
import itertools
import shutil
import tempfile
from collections.abc import Iterator, Sequence
from typing import Any, BinaryIO

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from opinia.errors import DataError
from opinia.tables.plain import COLUMN, PlainReader
from opinia.tables.rows import Column, Record, Row, Values, columnwise
from opinia.tables.streams import Source

_BUFFER_BYTES = 1 << 16
"""Without a buffer pyarrow reads each column of a row group in one piece, however large it is."""
_BATCH_BYTES = 4 << 20
_BATCH_ROWS = 2048
_GROUP_BYTES = 8 << 20
_GROUP_ROWS = 1 << 16
_LENGTH = 8

Place = tuple[pa.RecordBatch, int]
"""A row: the batch that it stands in, and its number there."""


class ParquetReader:
    """Reads a Parquet file, a few megabytes at a time.

    Args:
        source: the opened input; a pipe is first copied to a temporary file.

    Raises:
        DataError: it is no Parquet file.
    """

    def __init__(self, source: Source) -> None:
        self._name = source.name
        with _translated(source.name):
            self._file = pq.ParquetFile(
                _seekable(source), memory_map=False, pre_buffer=False, buffer_size=_BUFFER_BYTES
            )
        self._schema: pa.Schema = self._file.schema_arrow
        self.columns = tuple(self._schema.names)

    def rows(self, column: str, added: Sequence[Column]) -> Iterator[Row[Place]]:
        """Yield each row, with the text of one column.

        Raises:
            DataError: the column holds no texts, or the file is damaged.
        """
        place = self.columns.index(column)
        kind = self._schema.field(place).type
        kind = kind.value_type if pa.types.is_dictionary(kind) else kind
        if not any(is_text(kind) for is_text in (pa.types.is_string, pa.types.is_large_string, _is_view)):
            raise DataError(
                f"the column {column!r} of {self._name} holds no texts but {kind}",
                hint="--text-column names another",
            )
        with _translated(self._name):
            for batch in self._file.iter_batches(self._batch_rows(), use_threads=False):
                size = batch.nbytes // max(1, batch.num_rows)
                for number, text in enumerate(_texts(batch.column(place))):
                    error = text if isinstance(text, _Fault) else "no text but null" if text is None else None
                    yield Row(None if error else text, (batch, number), error, size)

    def records(self, columns: Sequence[str]) -> Iterator[Record]:
        """Yield the cells of some columns of each row; the others are not read.

        Raises:
            DataError: the file is damaged.
        """
        wanted = list(columns)
        with _translated(self._name):
            for batch in self._file.iter_batches(self._batch_rows(), columns=wanted, use_threads=False):
                for found in zip(*(_texts(batch.column(name)) for name in wanted), strict=True):
                    wrong = next((str(each) for each in found if isinstance(each, _Fault)), None)
                    yield Record(() if wrong else found, wrong)

    def writer(self, added: Sequence[Column]) -> ParquetWriter:
        """Return the writer that keeps the schema and the compression of this file."""
        groups = self._file.metadata
        codec = "SNAPPY"
        if groups.num_row_groups and groups.num_columns:
            codec = groups.row_group(0).column(0).compression
        return ParquetWriter(self._schema, added, codec=codec)

    def _batch_rows(self) -> int:
        about = self._file.metadata
        groups = [about.row_group(i) for i in range(about.num_row_groups)]
        widest = max((group.total_byte_size / max(1, group.num_rows) for group in groups), default=1)
        return int(max(1, min(_BATCH_ROWS, _BATCH_BYTES / max(1, widest))))


class PlainToParquet:
    """Plain text on its way into Parquet, as the column ``text``."""

    columns = (COLUMN,)

    def __init__(self, plain: PlainReader) -> None:
        self._plain = plain

    def rows(self, column: str, added: Sequence[Column]) -> Iterator[Row[Place]]:
        """Yield each line; wrong bytes become U+FFFD, for Parquet holds nothing but UTF-8."""
        texts = self._plain.texts()
        while taken := list(itertools.islice(texts, _BATCH_ROWS)):
            cleaned = [text.encode(errors="replace").decode() if error else text for text, error in taken]
            batch = pa.record_batch([pa.array(cleaned, pa.string())], names=[COLUMN])
            for number, (text, error) in enumerate(taken):
                yield Row(None if error else text, (batch, number), error, len(text))

    def writer(self, added: Sequence[Column]) -> ParquetWriter:
        """Return the writer of the column of texts and the added ones."""
        return ParquetWriter(pa.schema([(COLUMN, pa.string())]), added, codec="SNAPPY")


class ParquetWriter:
    """Writes Arrow streams, and makes Parquet out of them at the end."""

    is_assembled = True

    def __init__(self, schema: pa.Schema, added: Sequence[Column], *, codec: str) -> None:
        self._added = added
        self._types = [_TYPES[column.kind] for column in added]
        self._codec = codec
        fields = [pa.field(column.name, kind) for column, kind in zip(added, self._types, strict=True)]
        self._schema = pa.schema([*schema, *fields], metadata=schema.metadata)

    def header(self) -> bytes:
        """Return nothing: the schema stands in every stream."""
        return b""

    def encode(self, raws: Sequence[Place], values: Values) -> bytes:
        """Return some rows with their added cells as one Arrow stream behind its length."""
        entries = columnwise(values, self._added, len(raws))
        arrays = [pa.array(_plain(each), kind) for each, kind in zip(entries, self._types, strict=True)]
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
        with pq.ParquetWriter(_Sink(target), self._schema, compression=self._codec) as file:
            waiting: list[pa.RecordBatch] = []
            rows = size = 0
            while length := pieces.read(_LENGTH):
                with pa.ipc.open_stream(pieces.read(int.from_bytes(length, "little"))) as stream:
                    for batch in stream:
                        waiting.append(batch)
                        rows += batch.num_rows
                        size += batch.nbytes
                if size >= _GROUP_BYTES or rows >= _GROUP_ROWS:
                    file.write_table(pa.Table.from_batches(waiting, self._schema), row_group_size=rows)
                    waiting, rows, size = [], 0, 0
            if waiting:
                file.write_table(pa.Table.from_batches(waiting, self._schema), row_group_size=rows)


class _Fault(str):
    """What is wrong with a cell; a string of its own kind."""

    __slots__ = ()


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


_TYPES = {"text": pa.string(), "share": pa.float32(), "count": pa.int32()}


def _plain(entries: Sequence[Any]) -> Any:
    return [entry.item() if isinstance(entry, np.generic) else entry for entry in entries]


def _is_view(kind: pa.DataType) -> bool:
    return bool(getattr(pa.types, "is_string_view", lambda _: False)(kind))


def _texts(column: pa.Array) -> list[str | None]:
    """Return the cells of a column; one that is not UTF-8, which some writers let in, as its fault."""
    try:
        return list(column.to_pylist())
    except UnicodeDecodeError:
        return [_text(cell) for cell in column]


def _text(cell: pa.Scalar) -> str | None:
    try:
        value: str | None = cell.as_py()
    except UnicodeDecodeError as error:
        return _Fault(f"not utf-8: byte {error.object[error.start]:#04x} at byte {error.start + 1:,}")
    return value


def _seekable(source: Source) -> Any:
    if source.path is not None:
        return str(source.path)
    spool = tempfile.TemporaryFile()  # noqa: SIM115
    shutil.copyfileobj(source.stream, spool, 1 << 20)
    spool.seek(0)
    return spool


@contextlib.contextmanager
def _translated(name: str) -> Iterator[None]:
    try:
        yield
    except (pa.ArrowException, OSError) as error:
        reason = str(error).strip().splitlines()[0][:200] if str(error).strip() else type(error).__name__
        raise DataError(f"{name} is damaged, or no Parquet file: {reason}") from error
