"""Reading Parquet, a few megabytes at a time."""

from __future__ import annotations

import contextlib
import itertools
import json
import shutil
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from opinia.errors import DataError
from opinia.tables.cells import Cells, CellTable, Sampled, kind_of, shown_of, text_of
from opinia.tables.judged import joined
from opinia.tables.parquet_footer import read_footer
from opinia.tables.parquet_pages import batch_rows, check_row, decoded_bytes
from opinia.tables.parquet_writer import ParquetWriter, Place, check_codecs
from opinia.tables.plain import COLUMN, PlainReader
from opinia.tables.rows import SAMPLE_ROWS, Column, Names, Record, Row, each_of
from opinia.tables.streams import Source

_BUFFER_BYTES = 1 << 16
"""Without a buffer pyarrow reads each column of a row group in one piece, however large it is."""
_BATCH_BYTES = 4 << 20
_BATCH_ROWS = 2048


class ParquetReader:
    """Reads a Parquet file, a few megabytes at a time.

    Args:
        source: the opened input; a pipe is first copied to a temporary file.

    Raises:
        DataError: it is no Parquet file.
    """

    dialect = None

    def __init__(self, source: Source) -> None:
        self._name = source.name
        with _translated(source.name), contextlib.ExitStack() as stack:
            opened = _seekable(source)
            file = stack.enter_context(open(opened, "rb")) if isinstance(opened, str) else opened
            self._groups = read_footer(file, name=source.name)
            check_codecs(self._groups, name=source.name)
            self._file = pq.ParquetFile(opened, memory_map=False, pre_buffer=False, buffer_size=_BUFFER_BYTES)
            about = self._file.metadata
            self._rows_at_once = batch_rows(
                file, self._groups, about.schema, name=source.name, most=_usual_rows(about)
            )
        self._schema: pa.Schema = self._file.schema_arrow
        self.columns = tuple(self._schema.names)
        self._classes = _class_names(self._schema.metadata or {})

    def sample(self) -> list[tuple[object, ...]]:
        """Return the cells of the first rows, in the order of the columns, and leave them to be read."""
        with _translated(self._name):
            most = min(SAMPLE_ROWS, self._rows_at_once)
            # Never the whole file: what is not asked for is not read.
            for batch in self._file.iter_batches(most, use_threads=False):
                if decoded_bytes(batch) <= _BATCH_BYTES:
                    columns = zip(self.columns, batch.columns, strict=True)
                    return list(
                        zip(*(self._named(name, _cells(each)) for name, each in columns), strict=True)
                    )
                break
        return []

    def rows(self, columns: Names, added: Sequence[Column]) -> Iterator[Row[Place]]:
        """Yield each row, with the text of one column or the texts of several joined.

        Raises:
            DataError: a column holds no texts, or the file is damaged.
        """
        names = each_of(columns)
        places = [self.columns.index(name) for name in names]
        for place, column in zip(places, names, strict=True):
            kind = self._schema.field(place).type
            kind = kind.value_type if pa.types.is_dictionary(kind) else kind
            if not any(is_text(kind) for is_text in (pa.types.is_string, pa.types.is_large_string, _is_view)):
                raise DataError(
                    f"the column {column!r} of {self._name} holds no texts but {kind}",
                    hint="--text-column names another",
                )
        done = 0
        with _translated(self._name):
            for batch in self._file.iter_batches(self._rows_at_once, use_threads=False):
                size = decoded_bytes(batch) // max(1, batch.num_rows)
                check_row(size, name=self._name, row=done + 1)
                for number, text in enumerate(_joined(batch, places)):
                    done += 1
                    error = text if isinstance(text, _Fault) else "no text but null" if text is None else None
                    yield Row(None if error else text, (batch, number), error, size)

    def records(self, columns: Sequence[str], *, gaps: bool = False) -> Iterator[Record]:  # noqa: ARG002
        """Yield the cells of some columns of each row; the others are not read.

        Raises:
            DataError: the file is damaged.
        """
        wanted, done = list(columns), 0
        with _translated(self._name):
            for batch in self._file.iter_batches(self._rows_at_once, columns=wanted, use_threads=False):
                size = decoded_bytes(batch) // max(1, batch.num_rows)
                check_row(size, name=self._name, row=done + 1)
                done += batch.num_rows
                columns_read = (self._named(name, _texts(batch.column(name))) for name in wanted)
                for found in zip(*columns_read, strict=True):
                    wrong = next((str(each) for each in found if isinstance(each, _Fault)), None)
                    yield Record(() if wrong else found, wrong)

    def _named(self, column: str, cells: Iterator[Any]) -> Iterator[Any]:
        """Yield cells, as names where Hugging Face's metadata has names for their numbers."""
        names = self._classes.get(column)
        if names is None:
            yield from cells
            return
        for cell in cells:
            yield names[cell] if isinstance(cell, int) and 0 <= cell < len(names) else cell

    def every(self) -> Iterator[tuple[tuple[object, ...], str | None]]:
        """Yield all cells of each row."""
        nothing = (None,) * len(self.columns)
        for cells, error, _ in self.records(self.columns):
            yield (nothing if error else cells), error

    def writer(self, added: Sequence[Column]) -> ParquetWriter:
        """Return the writer that keeps the schema of this file and the compression of each column.

        Raises:
            DataError: Parquet cannot be written with this schema.
        """
        codecs = [chunk.codec for chunk in self._groups[0].chunks] if self._groups else []
        with _translated(self._name, "cannot be written again as Parquet"):
            return ParquetWriter(self._schema, added, codecs=codecs)


class PlainToParquet:
    """Plain text on its way into Parquet, as the column ``text``."""

    columns = (COLUMN,)

    def __init__(self, plain: PlainReader) -> None:
        self._plain, self.dialect = plain, plain.dialect

    def sample(self) -> Sequence[Sequence[object]]:
        """Return nothing: there is one column alone."""
        return ()

    def rows(self, columns: Names, added: Sequence[Column]) -> Iterator[Row[Place]]:
        """Yield each line; wrong bytes become U+FFFD, for Parquet holds nothing but UTF-8."""
        texts = self._plain.texts()
        while taken := list(itertools.islice(texts, _BATCH_ROWS)):
            cleaned = [text.encode(errors="replace").decode() if error else text for text, error in taken]
            batch = pa.record_batch([pa.array(cleaned, pa.string())], names=[COLUMN])
            for number, (text, error) in enumerate(taken):
                yield Row(None if error else text, (batch, number), error, len(text))

    def writer(self, added: Sequence[Column]) -> ParquetWriter:
        """Return the writer of the column of texts and the added ones."""
        return ParquetWriter(pa.schema([(COLUMN, pa.string())]), added)


def _class_names(metadata: Mapping[bytes, bytes]) -> dict[str, list[str]]:
    """Return the names of classes that the ``datasets`` of Hugging Face keep in a schema, by column."""
    try:
        features = json.loads(metadata[b"huggingface"])["info"]["features"]
        return {
            column: list(map(str, about["names"]))
            for column, about in features.items()
            if isinstance(about, dict) and about.get("_type") == "ClassLabel" and about.get("names")
        }
    except (KeyError, TypeError, ValueError, AttributeError):
        return {}


class CellsToParquet:
    """Rows of cells on their way into Parquet, every column as text."""

    def __init__(self, table: CellTable) -> None:
        self.table, self.columns, self.dialect = table, table.columns, table.dialect
        self._sampled = Sampled(table.every())
        self._schema = pa.schema([(name, pa.string()) for name in self.columns])

    def sample(self) -> list[Cells]:
        """Return the cells of the first rows, in the order of the columns, and leave them to be read."""
        return self._sampled.sample()

    def rows(self, columns: Names, added: Sequence[Column]) -> Iterator[Row[Place]]:
        """Yield each row; wrong bytes become U+FFFD, for Parquet holds nothing but UTF-8."""
        places, every = [self.columns.index(each) for each in each_of(columns)], self._sampled.every()
        while taken := list(itertools.islice(every, 256)):
            cells = [
                [
                    None if each is None else shown_of(each).encode(errors="replace").decode()
                    for each in values
                ]
                for values in zip(*(cells for cells, _ in taken), strict=True)
            ]
            batch = pa.record_batch([pa.array(each, pa.string()) for each in cells], schema=self._schema)
            for number, (row, error) in enumerate(taken):
                text = text_of([row[place] for place in places])
                if error is None and not isinstance(text, str):
                    error = f"no text but {kind_of(text)}"
                size = sum(sys.getsizeof(each) for each in row)
                yield Row(
                    text if error is None and isinstance(text, str) else None, (batch, number), error, size
                )

    def writer(self, added: Sequence[Column]) -> ParquetWriter:
        """Return the writer of the table's columns and the added ones."""
        return ParquetWriter(self._schema, added)


def _clean(text: str) -> str:
    return text.encode(errors="replace").decode()


class _Fault(str):
    """What is wrong with a cell; a string of its own kind."""

    __slots__ = ()


def _is_view(kind: pa.DataType) -> bool:
    return bool(getattr(pa.types, "is_string_view", lambda _: False)(kind))


def _texts(column: pa.Array) -> Iterator[str | None]:
    """Yield the cells of a column; one that is not UTF-8, which some writers let in, as its fault."""
    if pa.types.is_dictionary(column.type) or column.nbytes > _BATCH_BYTES:
        yield from map(_text, column)  # one at a time: each would be a copy
        return
    try:
        cells = column.to_pylist()
    except UnicodeDecodeError:
        cells = map(_text, column)
    yield from cells


def _joined(batch: pa.RecordBatch, places: Sequence[int]) -> Iterator[str | None]:
    """Yield the text of each row; of several columns those that are null are left out."""
    if len(places) == 1:
        yield from _texts(batch.column(places[0]))
        return
    for cells in zip(*(_texts(batch.column(place)) for place in places), strict=True):
        fault = next((cell for cell in cells if isinstance(cell, _Fault)), None)
        parts = [cell for cell in cells if cell is not None]
        yield fault if fault is not None else joined(parts) if parts else None


def _cells(column: pa.Array) -> Iterator[object]:
    for cell in column:
        try:
            value = _text(cell)
        except (ValueError, OverflowError):  # a time that Python cannot hold
            value = None
        yield None if isinstance(value, _Fault) else value


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


def _usual_rows(about: pq.FileMetaData) -> int:
    groups = [about.row_group(i) for i in range(about.num_row_groups)]
    widest = max((group.total_byte_size / max(1, group.num_rows) for group in groups), default=1)
    return int(max(1, min(_BATCH_ROWS, _BATCH_BYTES / max(1, widest))))


@contextlib.contextmanager
def _translated(name: str, what: str = "is damaged, or no Parquet file") -> Iterator[None]:
    try:
        yield
    except (pa.ArrowException, OSError, UnicodeError, OverflowError) as error:
        reason = str(error).strip().splitlines()[0][:200] if str(error).strip() else type(error).__name__
        raise DataError(f"{name} {what}: {reason}") from error
