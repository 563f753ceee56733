"""The lane of what takes long: very long texts and explanations, one at a time.

It has a thread of its own, so that the threads of the short texts never wait for it: the system
shares the cores among them. What waits is bounded by its cost, the tokens that the network will read.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from opinia.errors import JudgementError, OpiniaError
from opinia.model.runtime import give_back_memory
from opinia.serve.metrics import Metrics
from opinia.serve.work import Overdue, Work, WorkFailed, describe_error, hand_over, logger

CHARACTERS_A_TOKEN = 5
DEAREST_EXPLANATION = 400_000
"""Tokens; the bound of :data:`opinia.model.explain.MAX_EVALUATIONS`, rounded."""


@dataclass(frozen=True)
class Errand:
    """One piece of slow work.

    Args:
        work: what the request waits for.
        place: of the result among the work's.
        call: does it, in the lane's thread.
        tokens: that the network will read, about.
    """

    work: Work
    place: int
    call: Callable[[], Any]
    tokens: int


class SlowLane:
    """A thread that does one slow thing after another.

    Args:
        max_tokens: most tokens that wait to be read.
        metrics: knows how many errands wait.
    """

    def __init__(self, *, max_tokens: int, metrics: Metrics) -> None:
        self._max_tokens = max_tokens
        self._errands: deque[Errand] = deque()
        self._tokens = 0
        self._stopping = False
        self._ready = threading.Condition()
        self._thread: threading.Thread | None = None
        metrics.watch_queue("slow", lambda: len(self._errands))

    def start(self) -> None:
        """Start the thread, which is made here: one made before a fork passes for ended after it."""
        self._thread = threading.Thread(target=self._run, name="slow", daemon=True)
        self._stopping = False
        self._thread.start()

    def stop(self) -> None:
        """End the thread once the queue is empty."""
        with self._ready:
            self._stopping = True
            self._ready.notify()
        if self._thread is not None:
            self._thread.join()

    def is_alive(self) -> bool:
        """Tell whether the thread is at work."""
        return self._thread is not None and self._thread.is_alive()

    def has_room(self, tokens: int) -> bool:
        """Tell whether so much more may wait; an empty lane takes whatever a request may hold."""
        return not self._tokens or self._tokens + tokens <= self._max_tokens

    def put(self, errand: Errand) -> None:
        """Queue an errand."""
        with self._ready:
            self._errands.append(errand)
            self._tokens += errand.tokens
            self._ready.notify()

    def _run(self) -> None:
        while True:
            with self._ready:
                while not self._errands:
                    if self._stopping:
                        return
                    self._ready.wait()
                errand = self._errands.popleft()
            if not errand.work.is_over():
                _do(errand)
            give_back_memory()  # a long text takes much beside the network: words, ids, places
            with self._ready:
                self._tokens -= errand.tokens


def _do(errand: Errand) -> None:
    work = errand.work
    try:
        hand_over([(work, [errand.place], [errand.call()])])
    except Overdue:
        pass
    except OpiniaError as error:
        if isinstance(error, JudgementError):
            logger.error("slow work failed: %s", describe_error(error))
        work.call(work.fail, error)
    except Exception as error:
        logger.error("slow work failed: %s", describe_error(error))
        work.call(work.fail, WorkFailed())


def explanation_tokens(characters: int) -> int:
    """Return about how many tokens the network reads to explain a text of so many characters."""
    words = characters // CHARACTERS_A_TOKEN + 1
    return min(DEAREST_EXPLANATION, words + words * words * 3 // 2)
