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
from opinia.tables.arrow_texts import BATCH_BYTES, Fault, check_texts, row_texts, texts
from opinia.tables.arrow_texts import text_of as cell_text
from opinia.tables.cells import Cells, CellTable, Sampled, kind_of, shown_of, text_of
from opinia.tables.parquet_footer import read_footer
from opinia.tables.parquet_pages import batch_rows, check_row, decoded_bytes
from opinia.tables.parquet_writer import ParquetWriter, Place, check_codecs
from opinia.tables.plain import COLUMN, PlainReader
from opinia.tables.rows import SAMPLE_ROWS, Column, Names, Record, Row, each_of
from opinia.tables.streams import Source

_BUFFER_BYTES = 1 << 16
"""Without a buffer pyarrow reads each column of a row group in one piece, however large it is."""
_BATCH_ROWS = 2048


class ParquetReader:
    """Reads a Parquet file, a few megabytes at a time.

    Args:
        source: the opened input; a pipe is first copied to a temporary file.
        span: number of the first row that :meth:`rows` yields, from 0, and of that behind the last; None for
            all.
        buffer: bytes that are read at once.

    Raises:
        DataError: it is no Parquet file.
    """

    dialect = None

    def __init__(
        self, source: Source, *, span: tuple[int, int] | None = None, buffer: int = _BUFFER_BYTES
    ) -> None:
        self._name = source.name
        with _translated(source.name), contextlib.ExitStack() as stack:
            opened = _seekable(source)
            file = stack.enter_context(open(opened, "rb")) if isinstance(opened, str) else opened
            self._groups = read_footer(file, name=source.name)
            check_codecs(self._groups, name=source.name)
            self._file = pq.ParquetFile(opened, memory_map=False, pre_buffer=False, buffer_size=buffer)
            about = self._file.metadata
            self.count: int = about.num_rows
            self.size = sum(about.row_group(number).total_byte_size for number in range(about.num_row_groups))
            self._first: int = 0 if span is None else span[0]
            self._stop: int = self.count if span is None else span[1]
            begun, self._read = self._groups_of_span(span)
            self._before = self._first - begun
            self._rows_at_once = batch_rows(
                file,
                {number: self._groups[number] for number in self._read},
                about.schema,
                name=source.name,
                most=_usual_rows(about),
            )
        self._schema: pa.Schema = self._file.schema_arrow
        self.columns = tuple(self._schema.names)
        self._classes = _class_names(self._schema.metadata or {})

    def _groups_of_span(self, span: tuple[int, int] | None) -> tuple[int, list[int]]:
        """Return the first row of the row groups that are read, and their numbers, all from 0."""
        about = self._file.metadata
        every = range(about.num_row_groups)
        if span is None:
            return 0, [*every]
        begins = [*itertools.accumulate((about.row_group(number).num_rows for number in every), initial=0)]
        read = [number for number in every if begins[number] < span[1] and begins[number + 1] > span[0]]
        return (begins[read[0]] if read else span[0]), read

    def sample(self) -> list[tuple[object, ...]]:
        """Return the cells of the first rows, in the order of the columns, and leave them to be read."""
        with _translated(self._name):
            most = min(SAMPLE_ROWS, self._rows_at_once)
            # Never the whole file: what is not asked for is not read.
            for batch in self._file.iter_batches(most, row_groups=self._read, use_threads=False):
                if decoded_bytes(batch) <= BATCH_BYTES:
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
        check_texts(self._schema, places, name=self._name)
        done = self._first
        with _translated(self._name):
            for batch in self._batches():
                size = decoded_bytes(batch) // max(1, batch.num_rows)
                check_row(size, name=self._name, row=done + 1)
                for number, (text, error) in enumerate(row_texts(batch, places)):
                    done += 1
                    yield Row(text, (batch, number), error, size)

    def _batches(self) -> Iterator[pa.RecordBatch]:
        """Yield the rows of the span, in batches that end where the row groups alone say."""
        before = self._before  # rows of the first group that belong to the span before
        left = self._stop - self._first
        if not self._read or not left:
            return
        for batch in self._file.iter_batches(self._rows_at_once, row_groups=self._read, use_threads=False):
            taken = batch.slice(min(before, batch.num_rows), left)
            before = max(0, before - batch.num_rows)
            left -= taken.num_rows
            if taken.num_rows:
                yield taken
            if not left:
                return

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
                columns_read = (self._named(name, texts(batch.column(name))) for name in wanted)
                for found in zip(*columns_read, strict=True):
                    wrong = next((str(each) for each in found if isinstance(each, Fault)), None)
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


def _cells(column: pa.Array) -> Iterator[object]:
    for cell in column:
        try:
            value = cell_text(cell)
        except (ValueError, OverflowError):  # a time that Python cannot hold
            value = None
        yield None if isinstance(value, Fault) else value


def _seekable(source: Source) -> Any:
    if source.path is not None:
        return str(source.path)
    if isinstance(source.stream, pa.NativeFile):  # of an object store
        return source.stream
    spool = tempfile.TemporaryFile()  # noqa: SIM115
    shutil.copyfileobj(source.stream, spool, 1 << 20)
    spool.seek(0)
    return spool


def _usual_rows(about: pq.FileMetaData) -> int:
    groups = [about.row_group(i) for i in range(about.num_row_groups)]
    widest = max((group.total_byte_size / max(1, group.num_rows) for group in groups), default=1)
    return int(max(1, min(_BATCH_ROWS, BATCH_BYTES / max(1, widest))))


@contextlib.contextmanager
def _translated(name: str, what: str = "is damaged, or no Parquet file") -> Iterator[None]:
    try:
        yield
    except (pa.ArrowException, OSError, UnicodeError, OverflowError) as error:
        reason = str(error).strip().splitlines()[0][:200] if str(error).strip() else type(error).__name__
        raise DataError(f"{name} {what}: {reason}") from error
