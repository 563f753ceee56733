"""Score a table: stream its rows through a model, in constant memory.

One thread reads and tokenises, as many as there are cores run the network, each on a batch of its
own, and the calling one writes. ONNX Runtime lets go of the interpreter lock, so the cores are busy
with the network while Python prepares the next rows; a batch a core costs less processor time
than all cores on one batch. Processes would have to copy every text, and a model each.

The rows of a look-ahead window are sorted by length, so that a batch holds texts of about the same
length. Where a window ends is decided by the rows alone: a run that was continued has the same
batches, and so the same digits, as one that was not.
"""

from __future__ import annotations

import contextlib
import io
import itertools
from collections.abc import Callable, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from opinia import __version__
from opinia.errors import DataError
from opinia.model.batches import BATCH_ROWS, BATCH_TOKENS
from opinia.model.classifier import Classifier, load
from opinia.model.runtime import import_onnxruntime
from opinia.score import windows
from opinia.score.findings import Findings, merged_test
from opinia.score.judging import added_columns, check_options, count_window, judge_rows, take_columns
from opinia.score.options import MAX_CHARACTERS, Progress, ScoreOptions, Start, Summary
from opinia.score.windows import Window
from opinia.tables import (
    Dialect,
    Format,
    Source,
    Values,
    find_formats,
    guarded,
    open_output,
    open_reader,
    open_table,
)
from opinia.tables.chained import SeveralTables
from opinia.tables.opening import convert
from opinia.tables.streams import late_encodings, settle_encoding

__all__ = ["MAX_CHARACTERS", "Findings", "Progress", "ScoreOptions", "Start", "Summary", "score_table"]


def score_table(
    source: str | Path | Sequence[str | Path],
    output: str | Path,
    *,
    classifier: Classifier | None = None,
    options: ScoreOptions = ScoreOptions(),  # noqa: B008
    on_start: Callable[[Start], None] = lambda start: None,
    on_progress: Callable[[Progress], None] = lambda progress: None,
    on_window: Callable[[Window, Values, str], None] = lambda window, values, prefix: None,
) -> Summary:
    """Classify the texts of a table, and write it again with the answers as further columns.

    The added columns are ``label``, ``probability`` (of that label), with details ``tokens`` (how
    many words), ``unknown`` (fraction of them outside the vocabulary) and ``doubt`` (why the answer should
    not be trusted), for a model of more than two classes ``probability_NAME`` of each, and ``error``,
    which says what is wrong with a bad row and is empty otherwise. Rows keep their order.

    Args:
        source: the table, ``-`` for standard input; several are read as one, and have the same columns.
        output: the file to write, ``-`` for standard output.
        classifier: the model; None takes the one that comes with opinia.
        options: how to go about it.
        on_start: called with which columns were taken, once the table is open.
        on_progress: called after each window of rows.
        on_window: called before that with the window, its added cells and the prefix of their columns; what
            it raises ends the run.

    Raises:
        DataError: the table or the output cannot be used, or a row is bad and ``strict`` asked for.
        InputError: there is a threshold, and the model has more classes than two.
        InputError: answers in the band of uncertainty would bear the name of a class.
        ModelFileError: the model that comes with opinia is damaged.
        MissingExtraError: the packages for Parquet or zstd are not installed.
    """
    sources = [str(source)] if isinstance(source, str | Path) else [str(each) for each in source]
    found, made = find_formats(sources[0], str(output), told=options.format)
    model = classifier or load()
    check_options(options, model)
    classes = model.model.description.labels
    with contextlib.ExitStack() as stack:
        several = None
        if len(sources) > 1:
            several = SeveralTables(sources, str(output), told=options.told(), kind=options.format)
            opened = Source(f"{len(sources)} files", io.BytesIO())
            if made.kind == "txt":
                raise DataError("several texts become a table of columns", hint="name the output .csv")
        else:
            opened = stack.enter_context(open_table(found))
        if options.existing == "resume" and opened.path is None:
            raise DataError(f"{opened.name} cannot be read again to resume", hint="score a file")
        if several is not None:
            reader = convert(several, opened.name, made.kind)
        else:
            told = options.told()
            reader = open_reader(opened, kind=found.kind, out=made.kind, told=told, part=found.part)
        taken = take_columns(reader, model, options, name=opened.name)
        texts, options, added = taken.texts.texts, taken.options, taken.added
        settle_encoding(reader, [*map(str, classes), options.prefix])
        columns, by = len(reader.columns), taken.texts.by
        on_start(Start(texts, by, columns, options.prefix, taken.clash, reader.dialect))
        target = stack.enter_context(
            open_output(
                str(output),
                writer=(writer := reader.writer(added)),
                compression=made.compression,
                source=opened,
                identity=_identity(opened, (found, made), reader.dialect, texts, model, options),
                existing=options.existing,
            )
        )
        totals = Findings(**target.state) if target.state else Findings()
        resumed = totals.rows
        encoding = reader.dialect.encoding if reader.dialect else ""
        rows = guarded(reader.rows(texts, added), name=opened.name, encoding=encoding)
        left = itertools.islice(rows, resumed, None)
        delimiter = reader.dialect.delimiter if reader.dialect else None
        is_merged = merged_test(delimiter, len(reader.columns)) if delimiter else None
        judged = judge_rows(left, model, options, first=resumed + 1, is_merged=is_merged)
        with contextlib.closing(judged):
            for window, values in judged:
                count_window(window, values[options.prefix + "label"], totals)
                target.write(writer.encode(window.raws, values), asdict(totals))
                on_window(window, values, options.prefix)
                on_progress(Progress(totals.rows, resumed, opened.share()))
        opened.check_whole()
        totals.encodings = late_encodings(reader)
        target.finish()
    return Summary(totals, texts, options.prefix, resumed)


def _identity(
    source: Source,
    formats: tuple[Format, Format],
    dialect: Dialect | None,
    columns: tuple[str, ...],
    model: Classifier,
    options: ScoreOptions,
) -> dict[str, Any]:
    """Return all that decides what the output will be, for a run that is to be continued."""
    onnxruntime = import_onnxruntime()  # loaded by now: the model is open

    status, path = source.status, source.path
    return {
        "input": [str(path.resolve()), status.st_size, status.st_mtime_ns]
        if path and status
        else source.name,
        "model": model.sha256,
        "format": [str(each) for each in formats],
        "column": list(columns),
        "encoding": dialect.encoding if dialect else None,
        "dialect": dict(dialect.identity()) if dialect else None,
        "added columns": [added.name for added in added_columns(model, options)],
        "limit": [options.max_characters, options.max_tokens],
        "uncertain": options.uncertain,
        "threshold": options.threshold,
        "runtime": onnxruntime.__version__,
        "version": [__version__, windows.ROWS, windows.CHARACTERS, windows.SIZE, BATCH_ROWS, BATCH_TOKENS],
    }
