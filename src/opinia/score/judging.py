"""Rows in, the same rows with their added columns out: what every engine does with whatever rows."""

from __future__ import annotations

import contextlib
from collections import Counter
from collections.abc import Callable, Generator, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

from opinia.model.classifier import Classifier, check_band, check_threshold
from opinia.score.findings import Findings
from opinia.score.options import ScoreOptions
from opinia.score.pool import Pool
from opinia.score.windows import Window, added_values, make_windows
from opinia.tables import Choice, Column, Reader, Row, Value, Values, choose_texts, free_prefix


@dataclass(frozen=True)
class Taken:
    """What is taken of a table, and what is added to it.

    Args:
        texts: the columns that are judged, and why these.
        options: with the prefix that leads to no name of the table.
        added: the columns that are added, in order.
        clash: a column of the table for whose sake the prefix is another, or None.
    """

    texts: Choice
    options: ScoreOptions
    added: list[Column]
    clash: str | None


def check_options(options: ScoreOptions, model: Classifier) -> None:
    """Check that what is asked for fits the model.

    Raises:
        InputError: there is a threshold, and the model has more classes than two; or answers in the band of
            uncertainty would bear the name of a class.
    """
    if options.threshold is not None:
        check_threshold(options.threshold, model)
    check_band(options.uncertain, model.model.description.labels)


def take_columns(reader: Reader[Any], model: Classifier, options: ScoreOptions, *, name: str) -> Taken:
    """Choose the columns that are judged, and names for those that are added.

    Args:
        reader: of the table, before its rows.
        model: that judges them.
        options: what is asked for.
        name: of the table, for messages.

    Raises:
        DataError: there is no obvious column of texts, or a name is taken.
    """
    texts = Choice(("text",), "only")  # of a table without any row, and so without columns
    if reader.columns:
        texts = choose_texts(reader.columns, options.text_column, name=name, sample=reader.sample())
    there = tuple(dict.fromkeys((*reader.columns, *getattr(reader, "names", ()))))
    names = [each.name.removeprefix(options.prefix) for each in added_columns(model, options)]
    prefix = free_prefix(there, names, told=options.prefix, name=name)
    clash = None if prefix == options.prefix else next(each for each in names if each in there)
    options = replace(options, prefix=prefix)
    return Taken(texts, options, added_columns(model, options), clash)


def added_columns(model: Classifier, options: ScoreOptions) -> list[Column]:
    """Return the columns that a model adds, in order."""
    return options.added(model.model.description.labels, several=len(model.languages) > 1)


def judge_rows(
    rows: Iterator[Row[Any]],
    model: Classifier,
    options: ScoreOptions,
    *,
    first: int = 1,
    is_merged: Callable[[str], bool] | None = None,
    is_alone: bool = False,
) -> Generator[tuple[Window, Values]]:
    """Judge rows, and yield them in windows with the cells of the added columns.

    The cells depend on the row alone, not on the rows beside it: whoever cuts a table into parts gets the
    same ones.

    Args:
        rows: the rows, in order.
        model: that judges them.
        options: how to go about it.
        first: number of the first row, from 1, for messages.
        is_merged: tells whether a cell may hold several rows; see :func:`opinia.score.findings.merged_test`.
        is_alone: do all of it in the calling thread; else as many threads as the options say run the network,
            and one more reads ahead.

    Raises:
        DataError: a row is bad, and ``strict`` asked for.
    """
    made = make_windows(rows, model, options, first=first, is_merged=is_merged)
    threads = None if is_alone else options.threads
    with Pool(model, threads) as pool, contextlib.closing(pool.judge(made)) as judged:
        for window, answers in judged:
            yield window, added_values(window, answers, model, options)


def count_window(window: Window, labels: Sequence[Value], totals: Findings) -> None:
    """Count the rows of a window.

    Args:
        window: after its cells were made.
        labels: of its rows.
        totals: what was found so far, to which it is added.
    """
    totals.rows += len(window.raws)
    for place, (error, look) in enumerate(zip(window.errors, window.looks, strict=True)):
        if error is not None:
            totals.add_bad(window.first + place, error)
        elif look is not None:
            totals.add(window.first + place, look)
    for label, count in Counter(labels).items():
        if isinstance(label, str):
            totals.labels[label] = totals.labels.get(label, 0) + count
