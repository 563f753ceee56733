"""Many texts through one model: batches of neighbours in length, side by side on the cores."""

from __future__ import annotations

import contextlib
import itertools
from collections.abc import Callable, Iterable, Iterator

import numpy as np
from numpy.typing import NDArray

from opinia.errors import TooLongError
from opinia.model.file import Model
from opinia.model.long_texts import WHOLE_TOKENS, NotCutError
from opinia.model.runtime import give_back_memory
from opinia.system.machine import thread_count
from opinia.system.parallel import Workers

BATCH_ROWS = 16
BATCH_TOKENS = 16 * 256
"""Words of a batch, and what it is padded with; a text of more is read in pieces."""
TASK_TOKENS = 2048
"""Words of batches that are handed to a thread together: to hand over takes as long as a few short texts."""
FIRST_CHUNK, LARGEST_CHUNK = 128, 4096
"""Texts whose batches are made up together."""
Chunk = list[NDArray[np.int32]]


class BatchRunner:
    """Asks a model for the logits of many texts; threads may share it.

    Args:
        model: a model file that has been read.
        threads: batches that run side by side; see :func:`opinia.system.machine.thread_count`.

    Raises:
        InputError: there is no such number of threads.
    """

    def __init__(self, model: Model, *, threads: int = 0) -> None:
        self._session, self._long = model.session, model.long
        self._threads = thread_count(threads)

    def logits(self, encoded: Iterable[NDArray[np.int32]]) -> NDArray[np.float32]:
        """Return the uncalibrated logits of texts given as ids.

        Args:
            encoded: the ids of each text, ``(time,) int32``; a text without words has none. A generator
                is asked for more while the texts before are judged.

        Returns:
            ``(n, 1 or classes) float32``, in the order of the texts.

        Raises:
            TooLongError: a text has more words than :data:`opinia.model.long_texts.WHOLE_TOKENS`, and the
                graph cannot read it in pieces.
            JudgementError: the network failed.
        """
        chunks = _chunks(encoded)
        first = next(chunks, [])
        is_one = len(list(batch_rows(_lengths(first)))) < 2
        logits, judged = list[NDArray[np.float32]](), list[Callable[[], None]]()
        with Workers(0 if is_one or self._threads < 2 else self._threads, "judge") as workers:
            for chunk in itertools.chain([first], chunks):
                logits.append(np.zeros((len(chunk), self._session.get_outputs()[0].shape[1]), np.float32))
                for batches in tasks(_lengths(chunk)):
                    judged.append(workers.submit(self._judge_all, chunk, batches, logits[-1]))
            for wait_for in judged:
                wait_for()
        return np.concatenate(logits)

    def _judge_all(self, chunk: Chunk, batches: list[NDArray[np.intp]], logits: NDArray[np.float32]) -> None:
        for rows in batches:
            self._judge(chunk, rows, logits)

    def _judge(self, chunk: Chunk, rows: NDArray[np.intp], logits: NDArray[np.float32]) -> None:
        """Put the logits of some texts of a chunk into their rows."""
        longest = len(chunk[rows[0]])
        if longest > BATCH_TOKENS:  # then it is alone
            try:
                logits[rows] = self._long.logits(chunk[rows[0]], self._session.pause)
                return
            except NotCutError as error:
                if longest > WHOLE_TOKENS:
                    raise _too_long(longest, error) from None
        lengths = np.array([len(chunk[row]) for row in rows], np.int32)
        # One column at least: a batch of empty texts still needs a time axis.
        ids = np.zeros((len(rows), max(1, int(lengths.max()))), np.int32)
        for line, row, length in zip(ids, rows, lengths, strict=True):
            line[:length] = chunk[row]
        feed, is_large = {"ids": ids, "lengths": lengths}, ids.size > BATCH_TOKENS
        with self._session.alone() if is_large else contextlib.nullcontext():
            (logits[rows],) = self._session.run(None, feed, is_large=is_large)
        if is_large:
            give_back_memory()


def _too_long(length: int, reason: NotCutError) -> TooLongError:
    return TooLongError(
        f"too long: {length:,} words and marks, at most {WHOLE_TOKENS:,} with this model",
        hint=f"judge a part of it; the model cannot read a text in pieces ({reason})",
    )


def _chunks(encoded: Iterable[NDArray[np.int32]]) -> Iterator[Chunk]:
    """Yield the texts in chunks, each twice as large as the one before: work begins soon, and grows."""
    left, size = iter(encoded), FIRST_CHUNK
    while chunk := list(itertools.islice(left, size)):
        yield chunk
        size = min(2 * size, LARGEST_CHUNK)


def _lengths(chunk: Chunk) -> NDArray[np.int32]:
    return np.array([len(ids) for ids in chunk], np.int32)


def tasks(lengths: NDArray[np.int32]) -> Iterator[list[NDArray[np.intp]]]:
    """Yield the batches in groups, each of enough words to be worth a thread."""
    group, tokens = list[NDArray[np.intp]](), 0
    for rows in batch_rows(lengths):
        group.append(rows)
        tokens += len(rows) * int(lengths[rows[0]])
        if tokens >= TASK_TOKENS:
            yield group
            group, tokens = [], 0
    if group:
        yield group


def batch_rows(lengths: NDArray[np.int32]) -> Iterator[NDArray[np.intp]]:
    """Yield the rows of each batch: neighbours in length, few enough to stay in the cache."""
    order = np.argsort(-lengths, kind="stable")
    start = 0
    while start < len(order):
        longest = max(1, int(lengths[order[start]]))
        rows = max(1, min(BATCH_ROWS, BATCH_TOKENS // longest))
        yield order[start : start + rows]
        start += rows
