"""Threads that run the network, each on a batch of its own."""

from __future__ import annotations

import contextlib
import sys
from collections import deque
from collections.abc import Callable, Generator, Iterator

import numpy as np
from numpy.typing import NDArray

from opinia.errors import JudgementError, TooLongError
from opinia.model.batches import tasks
from opinia.model.classifier import Classifier
from opinia.score.windows import Judged, Window, read_ahead
from opinia.system.machine import thread_count
from opinia.system.parallel import Workers

WINDOWS_AHEAD = 2
SIZE_AHEAD = 16 << 20
"""Bytes of rows above which no further window is begun."""
SWITCH_SECONDS = 0.0005
"""A thread back from ONNX Runtime would wait for the interpreter ten times as long by default."""

Answers = list[tuple[list[int], Judged]]
Batches = tuple[list[int], Callable[[], Judged]]
"""Places of the texts of some batches, and what gives the answers to them."""


class Pool:
    """Threads that run the network, each on a batch of its own.

    Args:
        model: that judges.
        threads: see :func:`opinia.system.machine.thread_count`; None makes the calling thread do all of it.
    """

    def __init__(self, model: Classifier, threads: int | None) -> None:
        self._model = model.with_sessions(lambda session: session)  # each call on its own thread
        self._threads = 0 if threads is None else thread_count(threads)

    def __enter__(self) -> Pool:
        self._switch = sys.getswitchinterval()
        if self._threads:
            sys.setswitchinterval(SWITCH_SECONDS)
        self._workers = Workers(self._threads, "score")
        return self

    def __exit__(self, *_: object) -> None:
        self._workers.__exit__()
        sys.setswitchinterval(self._switch)

    def judge(self, windows: Iterator[Window]) -> Generator[tuple[Window, Answers]]:
        """Yield each window in order, with the answers to its texts."""
        if not self._threads:
            for window in windows:
                yield self._answered(window, self._submit(window))
            return
        waiting: deque[tuple[Window, list[Batches]]] = deque()
        with contextlib.closing(read_ahead(windows)) as ahead:
            for window in ahead:
                waiting.append((window, self._submit(window)))
                while len(waiting) > WINDOWS_AHEAD or (
                    waiting and sum(each.size for each, _ in waiting) > SIZE_AHEAD
                ):
                    yield self._answered(*waiting.popleft())
            while waiting:
                yield self._answered(*waiting.popleft())

    def _submit(self, window: Window) -> list[Batches]:
        """Put neighbours in length into a batch, as many as fit its budget of rows and of tokens."""
        there = [(place, ids) for place, ids in enumerate(window.ids) if ids is not None]
        lengths = np.array([len(ids) for _, ids in there], np.int32)
        batches: list[Batches] = []
        for task in tasks(lengths):
            rows = [there[row] for row in np.concatenate(task).tolist()]
            places = [place for place, _ in rows]
            batches.append((places, self._workers.submit(self._judge, [ids for _, ids in rows])))
        return batches

    def _judge(self, batch: list[NDArray[np.int32]]) -> Judged:
        """Judge some texts; one on which the network fails does not take the others' answers."""
        try:
            return self._model.probabilities(batch), [None] * len(batch)
        except (JudgementError, TooLongError) as error:
            if len(batch) == 1:
                return np.zeros((1, len(self._model.classes_)), np.float32), [error.message]
        alone = [self._judge([ids]) for ids in batch]
        return np.concatenate([row for row, _ in alone]), [error for _, (error,) in alone]

    def _answered(self, window: Window, batches: list[Batches]) -> tuple[Window, Answers]:
        return window, [(places, answers()) for places, answers in batches]
