"""A labelled table through a model: the truth beside the answers, in memory that no text takes."""

from __future__ import annotations

import contextlib
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import chain, islice
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from opinia.errors import DataError
from opinia.model.classifier import Classifier
from opinia.score.findings import Findings, look_at
from opinia.score.options import MAX_CHARACTERS
from opinia.tables import (
    Dialect,
    Record,
    choose_labelled,
    find_formats,
    guarded,
    open_records,
    open_table,
)
from opinia.tables.cell_text import joined, judged_text
from opinia.tables.column_names import is_rating_name
from opinia.tables.columns import Pair
from opinia.tables.form import LabelledForm
from opinia.tables.labels.maps import SKIP
from opinia.tables.labels.reader import LabelReader
from opinia.tables.streams import late_encodings
from opinia.text.tokenizer import split_tokens

OnJudged = Callable[[Sequence[str], Sequence[str], NDArray[np.int16], NDArray[np.float32]], None]
_ROWS = 2048
_CHARACTERS = 4 << 20
_HEAD = 1000
"""Rows whose labels are looked at together before the first is judged."""
_LABELS = 1000
"""Different labels after which no more are looked for."""


@dataclass(frozen=True)
class LabelledOptions(LabelledForm):
    """How a labelled table is read that is judged.

    Args:
        labels: the table's label of each class, in the order of the model's; None understands their names,
            their numbers and labels of common use; see :class:`opinia.tables.labels.reader.LabelReader`.
        label_map: what each label means, such as ``"1,2=negative; 3=skip; 4,5=positive"``, or the name of a
            ready map; see :func:`opinia.tables.labels.maps.read_map`. Not beside ``labels``.
        max_characters: a longer text makes a bad row.
    """

    labels: tuple[str, ...] | None = None
    label_map: str | None = None
    max_characters: int = MAX_CHARACTERS


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
        skipped: rows that the map of labels leaves out.
        left_out: labels of those, as they stand in the table.
        first_bad: number of the first bad row and what is wrong with it, or None.
        meanings: each label as it stands in the table, and the model's label that it was taken for, or
            ``skip``.
        findings: what speaks against the answers.
    """

    truth: NDArray[np.int16]
    probabilities: NDArray[np.float32]
    classes: tuple[str, ...]
    words: NDArray[np.int64]
    rows: int
    bad: int
    first_bad: str | None
    meanings: dict[str, str]
    skipped: int = 0
    left_out: frozenset[str] = frozenset()
    findings: Findings = field(default_factory=Findings)


def judge_labelled(
    source: str | Path,
    classifier: Classifier,
    *,
    options: LabelledOptions = LabelledOptions(),  # noqa: B008
    on_start: Callable[[str, str], None] = lambda text, label: None,
    on_dialect: Callable[[Dialect], None] = lambda dialect: None,
    on_progress: Callable[[int, float | None], None] = lambda rows, share: None,
    on_judged: OnJudged = lambda names, texts, truth, probabilities: None,
) -> Judged:
    """Judge the texts of a labelled table.

    Args:
        source: the table, ``-`` for standard input.
        classifier: the model.
        options: how to read the table.
        on_start: called with the names of the columns of texts and of labels.
        on_dialect: called before that with how a text table is written.
        on_progress: called with how many rows are done, and the fraction of the input that has been read.
        on_judged: called with some good rows at a time: their numbers, from 1, as texts; what stands in them;
            their classes; and the probabilities, ``(n, classes)``.

    Raises:
        DataError: the table cannot be used, a label is unknown, there is no good row, or the model
            has one class alone.
        MissingExtraError: the packages for Parquet or zstd are not installed.
    """
    classes = tuple(str(name) for name in classifier.classes_)
    if len(classes) < 2:
        raise DataError(f"figures are for models of two classes or more. Received one of {len(classes)}")
    reader = LabelReader(classes, told=options.labels, mapped=options.label_map)
    found, _ = find_formats(str(source), "", told=options.format)
    truth: list[int] = []
    probabilities: list[NDArray[np.float32]] = []
    words: list[int] = []
    skipped, findings = 0, Findings()
    with open_table(found) as opened:
        table = open_records(opened, kind=found.kind, told=options.told(), part=found.part)
        if not table.columns:
            raise DataError(f"{opened.name} has no rows")
        pair = choose_labelled(
            table.columns,
            options.text_column,
            options.label_column,
            name=opened.name,
            sample=table.sample(),
            classes=classes,
        )
        reader.set_column(pair.label)
        if table.dialect is not None:
            on_dialect(table.dialect)
        on_start(" + ".join(pair.texts), pair.label)
        encoding = table.dialect.encoding if table.dialect else ""
        cells = table.records((*pair.texts, pair.label), gaps=len(pair.texts) > 1)
        records = guarded(cells, name=opened.name, encoding=encoding)
        for window in _windows(_checked(records, reader)):
            texts: list[str] = []
            names: list[str] = []
            for place, record in enumerate(window):
                findings.rows += 1
                try:
                    text, label, error = _read(record, reader, options, pair)
                except DataError as refused:
                    better = _of_all(refused, record, reader, chain(window[place:], records))
                    raise DataError(f"row {findings.rows:,}: {better.message}", hint=better.hint) from None
                if error is not None:
                    findings.add_bad(findings.rows, error)
                elif label == SKIP:
                    skipped += 1
                else:
                    texts.append(text)
                    names.append(str(findings.rows))
                    truth.append(label)
                    words.append(len(split_tokens(text)))
            probabilities.append(_judge(texts, classifier, findings))
            on_judged(names, texts, np.array(truth[len(truth) - len(texts) :], np.int16), probabilities[-1])
            on_progress(findings.rows, opened.share())
        opened.check_whole()
        findings.encodings = late_encodings(table)
    reader.finish(is_rating=is_rating_name(pair.label))
    if not findings.rows:
        raise DataError(f"{opened.name} has no row below its header", hint="is the table whole?")
    if not truth:
        why = f"; {findings.first_bad}" if findings.first_bad else ""
        left = f"; --label-map leaves out {skipped:,}" if skipped else ""
        raise DataError(
            f"{opened.name} has no labelled text among its {findings.rows:,} rows{left}{why}",
            hint="--text-column and --label-column name other columns" if findings.rows else None,
        )
    return Judged(
        truth=np.array(truth, np.int16),
        probabilities=np.concatenate(probabilities),
        classes=classes,
        words=np.array(words, np.int64),
        rows=findings.rows,
        bad=findings.bad,
        first_bad=findings.first_bad,
        meanings={
            label: "skip" if meaning == SKIP else classes[meaning] for label, meaning in reader.found.items()
        },
        skipped=skipped,
        left_out=frozenset(label for label, meaning in reader.found.items() if meaning == SKIP),
        findings=findings,
    )


def _checked(records: Iterator[Record], reader: LabelReader) -> Iterator[Record]:
    """Yield all records, after a check that the first labels are known: the error names them all."""
    head: list[Record] = []
    characters = 0
    for record in islice(records, _HEAD):
        head.append(record)
        characters += _characters(record)
        if characters >= _CHARACTERS:
            break
    unknown = reader.unknown([record.cells[-1] for record in head if record.error is None])
    if unknown:
        counts = _counted(chain(head, records), reader)
        raise reader.refused(unknown, among=[*counts], counts=counts)
    return chain(head, records)


def _counted(records: Iterator[Record], reader: LabelReader) -> Counter[str]:
    """Count the labels of all records, as far as they can be read: the proposed map fits all."""
    found: Counter[str] = Counter()
    with contextlib.suppress(DataError):
        for record in records:
            if record.error is None:
                shown = reader.shown(record.cells[-1])
                if shown in found or len(found) <= _LABELS:
                    found[shown] += 1
    del found[""]
    return found


def _of_all(refused: DataError, record: Record, reader: LabelReader, records: Iterator[Record]) -> DataError:
    """Return the error for a late label, with all labels that are still to come."""
    unknown = reader.unknown(record.cells[-1:])
    counts = _counted(records, reader)
    if unknown:
        return reader.refused(unknown, among=[*counts], counts=counts)
    return reader.conflict([*counts], counts=counts) or refused


def _judge(texts: list[str], classifier: Classifier, findings: Findings) -> NDArray[np.float32]:
    encoded = [classifier.encode(text) for text in texts]
    for text, doubt in zip(texts, classifier.doubts(texts, encoded), strict=True):
        look = look_at(text, text, doubt)
        if look is not None:
            findings.add(0, look)
    return classifier.probabilities(encoded)


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
    record: Record, reader: LabelReader, options: LabelledOptions, pair: Pair
) -> tuple[str, int, str | None]:
    """Return text, label and what is wrong with a row."""
    if record.error is not None:
        return "", 0, record.error
    *parts, value = record.cells
    label = reader.read(value)
    if label == SKIP:
        return "", SKIP, None
    if len(parts) > 1:
        there = [part for part in parts if isinstance(part, str)]
        parts = [joined(there) if there else None]
    if not isinstance(parts[0], str):
        where = f"the columns {', '.join(map(repr, pair.texts))}" if len(pair.texts) > 1 else None
        return "", 0, f"no text in {where or f'the column {pair.texts[0]!r}'}"
    text = judged_text(parts[0])
    if len(text) > options.max_characters:
        return "", 0, f"too long: {len(text):,} characters, at most {options.max_characters:,}"
    if label is None:
        return "", 0, f"no label in the column {pair.label!r}"
    return text, label, None
