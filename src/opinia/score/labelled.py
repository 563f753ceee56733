"""A labelled table through a model: the truth beside the answers, in memory that no text takes."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import chain, islice
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from opinia.errors import DataError
from opinia.model.classifier import Classifier
from opinia.score.options import MAX_CHARACTERS
from opinia.tables import (
    Dialect,
    Record,
    Told,
    choose_columns,
    find_formats,
    guarded,
    open_records,
    open_table,
)
from opinia.tables.labels import LabelReader
from opinia.text.tokenizer import split_tokens

_ROWS = 2048
_CHARACTERS = 4 << 20
_HEAD = 1000
"""Rows whose labels are looked at together before the first is judged."""


@dataclass(frozen=True)
class LabelledOptions:
    """How a labelled table is read.

    Args:
        text_column: the column to judge; None takes the obvious one.
        label_column: the column with the truth; None takes the obvious one.
        labels: the table's label of each class, in the order of the model's; None understands their names,
            their numbers and labels of common use; see :class:`opinia.tables.labels.LabelReader`.
        format: such as ``"csv"`` or ``"jsonl.gz"``; None looks at the name.
        encoding: of the text formats; None finds it in the beginning of the table.
        delimiter: what stands between cells, a sign or a name such as ``"tab"``; None finds it.
        quoting: ``"double"``, ``"backslash"`` or ``"none"``; None finds it.
        header: whether the first record names the columns; None looks.
        max_characters: a longer text makes a bad row.
    """

    text_column: str | None = None
    label_column: str | None = None
    labels: tuple[str, ...] | None = None
    format: str | None = None
    encoding: str | None = None
    delimiter: str | None = None
    quoting: str | None = None
    header: bool | None = None
    max_characters: int = MAX_CHARACTERS

    def told(self) -> Told:
        """Return what is said of the table's form.

        Raises:
            DataError: there is no such delimiter or quoting.
        """
        names = tuple(name for name in (self.text_column, self.label_column) if name is not None)
        return Told(self.delimiter, self.quoting, self.header, self.encoding, names)


@dataclass(frozen=True)
class Judged:
    """The truth and the answers of a labelled table, one entry a good row, in its order.

    Args:
        truth: ``(n,) int16`` number of the class of each text, from 0.
        probabilities: ``(n, classes) float32``.
        classes: the model's, in the order of the columns.
        words: ``(n,) int64`` words of each text.
        rows: in the table, bad ones included.
        bad: rows without a text or without a label.
        first_bad: number of the first bad row and what is wrong with it, or None.
        meanings: each label as it stands in the table, and the model's label that it was taken for.
    """

    truth: NDArray[np.int16]
    probabilities: NDArray[np.float32]
    classes: tuple[str, ...]
    words: NDArray[np.int64]
    rows: int
    bad: int
    first_bad: str | None
    meanings: dict[str, str]


def judge_labelled(
    source: str | Path,
    classifier: Classifier,
    *,
    options: LabelledOptions = LabelledOptions(),  # noqa: B008
    on_start: Callable[[str, str], None] = lambda text, label: None,
    on_dialect: Callable[[Dialect], None] = lambda dialect: None,
    on_progress: Callable[[int, float | None], None] = lambda rows, share: None,
) -> Judged:
    """Judge the texts of a labelled table.

    Args:
        source: the table, ``-`` for standard input.
        classifier: the model.
        options: how to read the table.
        on_start: hears the names of the columns of texts and of labels.
        on_dialect: hears, before that, how a text table is written.
        on_progress: hears how many rows are done, and the share of the input that has been read.

    Raises:
        DataError: the table cannot be used, a label is unknown, there is no good row, or the model
            has one class alone.
        MissingExtraError: the packages for Parquet or zstd are not installed.
    """
    classes = tuple(str(name) for name in classifier.classes_)
    if len(classes) < 2:
        raise DataError(f"figures are for models of two classes or more. Received one of {len(classes)}")
    reader = LabelReader(classes, told=options.labels)
    found, _ = find_formats(str(source), "", told=options.format)
    truth: list[int] = []
    probabilities: list[NDArray[np.float32]] = []
    words: list[int] = []
    bad, first_bad, done = 0, None, 0
    with open_table(found) as opened:
        table = open_records(opened, kind=found.kind, told=options.told(), part=found.part)
        if not table.columns:
            raise DataError(f"{opened.name} has no rows")
        columns = choose_columns(table.columns, options.text_column, options.label_column, name=opened.name)
        if table.dialect is not None:
            on_dialect(table.dialect)
        on_start(*columns)
        encoding = table.dialect.encoding if table.dialect else ""
        records = guarded(table.records(columns), name=opened.name, encoding=encoding)
        for window in _windows(_checked(records, reader)):
            texts: list[str] = []
            for record in window:
                done += 1
                try:
                    text, label, error = _read(record, reader, options, columns)
                except DataError as refused:
                    raise DataError(f"row {done:,}: {refused.message}", hint=refused.hint) from None
                if error is not None:
                    bad, first_bad = bad + 1, first_bad or f"row {done:,}: {error}"
                    continue
                texts.append(text)
                truth.append(label)
                words.append(len(split_tokens(text)))
            probabilities.append(classifier.predict_proba(texts))
            on_progress(done, opened.share())
        opened.check_whole()
    if not truth:
        why = f"; {first_bad}" if first_bad else ""
        raise DataError(f"{opened.name} has no labelled text among its {done:,} rows{why}")
    return Judged(
        truth=np.array(truth, np.int16),
        probabilities=np.concatenate(probabilities),
        classes=classes,
        words=np.array(words, np.int64),
        rows=done,
        bad=bad,
        first_bad=first_bad,
        meanings={label: classes[meaning] for label, meaning in reader.found.items()},
    )


def _checked(records: Iterator[Record], reader: LabelReader) -> Iterator[Record]:
    """Yield all records, after a look that the first labels are known: the error names them all."""
    head: list[Record] = []
    characters = 0
    for record in islice(records, _HEAD):
        head.append(record)
        characters += _characters(record)
        if characters >= _CHARACTERS:
            break
    unknown = reader.unknown([record.cells[1] for record in head if record.error is None])
    if unknown:
        raise reader.refused(unknown)
    return chain(head, records)


def _windows(records: Iterator[Record]) -> Iterator[list[Record]]:
    window: list[Record] = []
    characters = 0
    for record in records:
        window.append(record)
        characters += _characters(record)
        if len(window) >= _ROWS or characters >= _CHARACTERS:
            yield window
            window, characters = [], 0
    if window:
        yield window


def _characters(record: Record) -> int:
    return sum(len(cell) for cell in record.cells if isinstance(cell, str | bytes))


def _read(
    record: Record, reader: LabelReader, options: LabelledOptions, columns: tuple[str, str]
) -> tuple[str, int, str | None]:
    """Return text, label and what is wrong with a row."""
    if record.error is not None:
        return "", 0, record.error
    text, value = record.cells
    label = reader.read(value)
    if not isinstance(text, str):
        return "", 0, f"no text in the column {columns[0]!r}"
    if len(text) > options.max_characters:
        return "", 0, f"too long: {len(text):,} characters, at most {options.max_characters:,}"
    if label is None:
        return "", 0, f"no label in the column {columns[1]!r}"
    return text, label, None
