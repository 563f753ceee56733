"""Many texts through one model: batches of neighbours in length, side by side on the cores."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor

import numpy as np
from numpy.typing import NDArray

from opinia.machine import usable_cores
from opinia.modelfile import Model

BATCH_ROWS = 32
BATCH_TOKENS = 32 * 256
LONG_TOKENS = 1 << 15
"""Texts of more tokens go through one at a time, for the sake of memory."""


class BatchRunner:
    """Asks a model for the logits of many texts; threads may share it.

    Args:
        model: a model file that has been read.
        threads: batches that run side by side; 0 takes one a core.
    """

    def __init__(self, model: Model, *, threads: int = 0) -> None:
        self._session = model.session
        self._threads = threads or usable_cores()
        self._long = threading.Lock()

    def logits(self, encoded: Sequence[NDArray[np.int32]]) -> NDArray[np.float32]:
        """Return the uncalibrated logits of texts given as ids.

        Args:
            encoded: the ids of each text, ``(time,) int32``; a text without words has none.

        Returns:
            ``(n, 1 or classes) float32``, in the order of the texts.
        """
        lengths = np.array([len(ids) for ids in encoded], np.int32)
        width = self._session.get_outputs()[0].shape[1]
        logits = np.zeros((len(encoded), width), np.float32)

        def judge(rows: NDArray[np.intp]) -> None:
            # One column at least: a batch of empty texts still needs a time axis.
            ids = np.zeros((len(rows), max(1, int(lengths[rows].max()))), np.int32)
            for line, row in zip(ids, rows, strict=True):
                line[: lengths[row]] = encoded[row]
            with self._long if ids.size > LONG_TOKENS else contextlib.nullcontext():
                (logits[rows],) = self._session.run(None, {"ids": ids, "lengths": lengths[rows]})

        batches = list(batch_rows(lengths))
        workers = min(len(batches), self._threads)
        if workers < 2:
            for rows in batches:
                judge(rows)
            return logits
        pool = ThreadPoolExecutor(workers, thread_name_prefix="judge")
        try:
            list(pool.map(judge, batches))
        finally:
            pool.shutdown(cancel_futures=True)
        return logits


def batch_rows(lengths: NDArray[np.int32]) -> Iterator[NDArray[np.intp]]:
    """Yield the rows of each batch: neighbours in length, few enough to stay in the cache."""
    order = np.argsort(-lengths, kind="stable")
    start = 0
    while start < len(order):
        longest = max(1, int(lengths[order[start]]))
        rows = max(1, min(BATCH_ROWS, BATCH_TOKENS // longest))
        yield order[start : start + rows]
        start += rows
