"""Added columns for Arrow's batches: what Ray Data, Spark, DuckDB and whatever speaks Arrow can call.

Example:
    >>> judge = ArrowJudge(opinia.load(), text_column="text")
    >>> judge.add(pyarrow.table({"text": ["A warm, funny film."]})).column_names
    ['text', 'label', 'probability', 'error']
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any, TypeVar

import pyarrow as pa

from opinia.model.classifier import Classifier, load
from opinia.score.judging import added_columns, check_options, judge_rows
from opinia.score.options import ScoreOptions
from opinia.score.shipping import Shipped, opened, ship
from opinia.tables import Row, choose_texts, free_prefix
from opinia.tables.arrow_texts import added_arrays, added_fields, check_texts, row_texts

_Batch = TypeVar("_Batch", pa.RecordBatch, pa.Table)
_TABLE = "the table"


class ArrowJudge:
    """Adds the columns of ``opinia score`` to batches of Arrow, in the calling thread.

    It can be pickled: the bytes of the model go along, and each process opens them once.

    Args:
        model: a classifier, one that was shipped, or None for the model that comes with opinia.
        text_column: as in :class:`opinia.score.ScoreOptions`; None takes the obvious one by its name.
        options: how to go about it.

    Raises:
        InputError: an option does not fit the model.
    """

    def __init__(
        self,
        model: Classifier | Shipped | None = None,
        *,
        text_column: str | None = None,
        options: ScoreOptions = ScoreOptions(),  # noqa: B008
    ) -> None:
        self._shipped = model if isinstance(model, Shipped) else ship(model or load())
        self._options = options if text_column is None else replace(options, text_column=text_column)
        check_options(self._options, opened(self._shipped))

    def __call__(self, batch: _Batch) -> _Batch:
        """Return a batch with its added columns, as :meth:`add` does."""
        return self.add(batch)

    def add(self, batch: _Batch) -> _Batch:
        """Return a batch, or a table, with its added columns.

        Raises:
            DataError: it has no obvious column of texts, or a name is taken; or a row is bad, and ``strict``
                asked for.
        """
        places, options = self._taken(batch.schema)
        model = opened(self._shipped)
        batches = batch.to_batches() if isinstance(batch, pa.Table) else [batch]
        added = added_columns(model, options)
        columns: list[list[pa.Array]] = [[] for _ in added]
        for window, values in judge_rows(_rows(batches, places), model, options, is_alone=True):
            for found, array in zip(columns, added_arrays(values, added, len(window.raws)), strict=True):
                found.append(array)
        fields = added_fields(added)
        arrays: list[Any] = [
            pa.chunked_array(found, each.type) for found, each in zip(columns, fields, strict=True)
        ]
        mine: list[Any] = [
            pa.chunked_array([each]) if isinstance(each, pa.Array) else each for each in batch.columns
        ]
        made: Any = pa.Table.from_arrays([*mine, *arrays], schema=self.schema(batch.schema))
        if isinstance(batch, pa.Table):
            return made
        found = made.combine_chunks().to_batches()
        return found[0] if found else pa.RecordBatch.from_pylist([], self.schema(batch.schema))

    def structs(self, texts: pa.Array | pa.ChunkedArray) -> pa.StructArray:
        """Return the added cells of a column of texts, a struct each, as functions of SQL give them back."""
        judged = self.add(pa.table({"text": texts})).drop_columns(["text"]).combine_chunks()
        arrays = [column.combine_chunks() for column in judged.columns]
        return pa.StructArray.from_arrays(arrays, fields=list(judged.schema))

    def schema(self, schema: pa.Schema) -> pa.Schema:
        """Return the schema of a table after its columns were added.

        Raises:
            DataError: as for :meth:`add`.
        """
        _, options = self._taken(schema)
        return pa.schema(
            [*schema, *added_fields(added_columns(opened(self._shipped), options))], metadata=schema.metadata
        )

    def _taken(self, schema: pa.Schema) -> tuple[list[int], ScoreOptions]:
        """Return the places of the columns of texts, and options with a prefix that is free."""
        texts = choose_texts(schema.names, self._options.text_column, name=_TABLE).texts
        places = [schema.names.index(name) for name in texts]
        check_texts(schema, places, name=_TABLE)
        names = [
            each.name.removeprefix(self._options.prefix)
            for each in added_columns(opened(self._shipped), self._options)
        ]
        prefix = free_prefix(schema.names, names, told=self._options.prefix, name=_TABLE)
        return places, replace(self._options, prefix=prefix)


def _rows(batches: list[pa.RecordBatch], places: list[int]) -> Iterator[Row[None]]:
    for batch in batches:
        for text, error in row_texts(batch, places):
            yield Row(text, None, error, len(text or ""))
