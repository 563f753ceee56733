"""Windows of rows, and the added cells of their rows."""

from __future__ import annotations

import contextlib
import queue
import threading
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from opinia.errors import DataError
from opinia.model.classifier import UNCERTAIN, Classifier, is_uncertain
from opinia.score.findings import Look, look_at
from opinia.score.options import ScoreOptions, class_columns
from opinia.tables import Row, Values
from opinia.tables.cell_text import judged_text

ROWS = 2048
CHARACTERS = 4 << 20
SIZE = 8 << 20

Ids = NDArray[np.int32]
Judged = tuple[NDArray[np.float32], list[str | None]]
"""Probabilities of some texts, ``(n, classes)``, and what went wrong with each, mostly nothing."""
_Item = TypeVar("_Item")


@dataclass
class Window:
    """Rows that are judged together.

    Args:
        first: number of the first row, from 1.
        raws: each row in the form that the writer takes.
        errors: what is wrong with each.
        ids: of the words of those that are well.
        looks: what is to be said of the texts of those, mostly nothing.
        size: about how many bytes the rows take.
    """

    first: int
    raws: list[Any] = field(default_factory=list)
    errors: list[str | None] = field(default_factory=list)
    ids: list[Ids | None] = field(default_factory=list)
    looks: list[Look | None] = field(default_factory=list)
    size: int = 0


def make_windows(
    rows: Iterator[Row[Any]],
    model: Classifier,
    options: ScoreOptions,
    *,
    first: int,
    is_merged: Callable[[str], bool] | None = None,
) -> Iterator[Window]:
    """Tokenise the rows and put them together, in windows that end where the rows alone say.

    Args:
        rows: the rows that are left.
        model: whose words they are turned into.
        options: longest text, and whether a bad row ends it all.
        first: number of the first of these rows, from 1.
        is_merged: tells whether a cell may hold several rows; see :func:`opinia.score.findings.merged_test`.

    Raises:
        DataError: a row is bad, and ``strict`` asked for.
    """
    encode, most = model.encode, options.max_characters
    most_tokens = options.max_tokens
    window, characters = Window(first), 0
    given: list[tuple[str, str] | None] = []
    """Of each row of the window its text as it stands there and as it is judged, if it is."""
    for number, (text, raw, error, weight) in enumerate(rows, start=first):
        ids, texts = None, None
        if text is not None and len(text) > most:
            error = f"too long: {len(text):,} characters, at most {most:,}"
        elif text is not None:
            judged = judged_text(text)
            found = encode(judged)
            words = len(found)
            characters += len(text)
            if words > most_tokens:
                error = f"too long: {words:,} words and marks, at most {most_tokens:,}"
            else:
                ids, texts = found, (text, judged)
        if error is not None and options.strict:
            raise _bad_row(number, error)
        window.raws.append(raw)
        window.errors.append(error)
        window.ids.append(ids)
        given.append(texts)
        window.size += weight
        if len(window.raws) >= ROWS or characters >= CHARACTERS or window.size >= SIZE:
            window.looks = _looks(window.ids, given, model, is_merged)
            yield window
            window, characters, given = Window(number + 1), 0, []
    if window.raws:
        window.looks = _looks(window.ids, given, model, is_merged)
        yield window


def _looks(
    encoded: list[Ids | None],
    given: list[tuple[str, str] | None],
    model: Classifier,
    is_merged: Callable[[str], bool] | None,
) -> list[Look | None]:
    """Return what is to be said of each text of a window."""
    texts = [each for each in given if each is not None]
    doubts = model.doubts([judged for _, judged in texts], [ids for ids in encoded if ids is not None])
    looks = iter([look_at(*each, doubt, is_merged) for each, doubt in zip(texts, doubts, strict=True)])
    return [None if each is None else next(looks) for each in given]


def added_values(
    window: Window,
    answers: Iterable[tuple[Sequence[int], Judged]],
    model: Classifier,
    options: ScoreOptions,
) -> Values:
    """Return the added cells of a window, after a note in it of the rows on which the network failed.

    Args:
        window: the rows.
        answers: places in the window, and what was made of the texts there.
        model: that gave them.
        options: which columns are added, and whether a bad row ends it all.

    Raises:
        DataError: a row is bad, and ``strict`` asked for.
    """
    count = len(window.raws)
    labels: list[str | None] = [None] * count
    shares: list[np.float32 | None] = [None] * count
    names = [str(name) for name in model.classes_]
    rows: list[NDArray[np.float32] | None] = [None] * count
    has_rows = options.details and len(names) > 2
    for places, (probabilities, errors) in answers:
        best, top, unsure = _answers(probabilities, options, model)
        for place, label, share, is_unsure, error in zip(places, best, top, unsure, errors, strict=True):
            if error is not None:
                if options.strict:
                    raise _bad_row(window.first + place, error)
                window.errors[place], window.ids[place], window.looks[place] = error, None, None
                continue
            labels[place] = UNCERTAIN if is_unsure else names[label]
            shares[place] = share
        if has_rows:
            for place, row, error in zip(places, probabilities, errors, strict=True):
                rows[place] = row if error is None else None
    values: dict[str, Any] = {"label": labels, "probability": shares, "error": window.errors}
    if options.details:
        values["tokens"] = [None if ids is None else len(ids) for ids in window.ids]
        unknown = iter(
            model.unknown_shares([ids for ids in window.ids if ids is not None]).astype(np.float32)
        )
        values["unknown"] = [None if ids is None else next(unknown) for ids in window.ids]
        if len(model.languages) > 1:
            values["read_by"] = [None if ids is None else model.read_by(ids) for ids in window.ids]
        values["doubt"] = [None if look is None else look.doubt for look in window.looks]
        for number, name in enumerate(class_columns(names)):
            values[name] = [None if row is None else row[number] for row in rows]
    return {options.prefix + name: entries for name, entries in values.items()}


def _answers(
    probabilities: NDArray[np.float32], options: ScoreOptions, model: Classifier
) -> tuple[list[int], NDArray[np.float32], list[bool]]:
    """Return the answered class of each text, its probability, and whether it lies in the uncertain band."""
    threshold = model.threshold if options.threshold is None else options.threshold
    if threshold is None:
        top = probabilities.max(axis=1)
        unsure = [options.uncertain > 0 and is_uncertain(share, options.uncertain) for share in top]
        return probabilities.argmax(axis=1).tolist(), top, unsure
    above = probabilities[:, 1].astype(np.float64) - threshold
    best = (above > 0).astype(np.intp)
    return best.tolist(), probabilities[np.arange(len(best)), best], (abs(above) < options.uncertain).tolist()


def _bad_row(number: int, error: str) -> DataError:
    return DataError(f"row {number:,}: {error}", hint="without --strict it is marked, and the rest judged")


def read_ahead(items: Iterator[_Item]) -> Generator[_Item]:
    """Yield the items, of which another thread prepares the next while one is worked on."""
    ready: queue.Queue[tuple[list[_Item], BaseException | None]] = queue.Queue(1)
    stopped = threading.Event()

    def hand_over(item: list[_Item], error: BaseException | None) -> None:
        while not stopped.is_set():
            with contextlib.suppress(queue.Full):
                ready.put((item, error), timeout=0.1)
                return

    def work() -> None:
        try:
            for item in items:
                hand_over([item], None)
                if stopped.is_set():
                    return
            hand_over([], None)
        except BaseException as error:  # it belongs to the thread that waits
            hand_over([], error)

    thread = threading.Thread(target=work, name="read", daemon=True)
    try:
        thread.start()
    except RuntimeError:  # the interpreter is ending, or the system starts no more threads
        yield from items
        return
    try:
        while True:
            item, error = ready.get()
            if error is not None:
                raise error
            if not item:
                return
            yield item[0]
    finally:
        stopped.set()
        thread.join(1.0)  # one that waits for a pipe may never come back
