"""Calls side by side in threads, and in the calling thread where no other can take them."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from functools import partial
from typing import Self, TypeVar, TypeVarTuple

from opinia.errors import InputError

_Arguments = TypeVarTuple("_Arguments")
_Result = TypeVar("_Result")


class Workers:
    """Threads that make calls; leaving the ``with`` block drops those that have not begun.

    A call is made in the calling thread where no other can take it: when the interpreter is ending (in
    ``atexit``, or in a thread that outlives the main one), and where the system starts no more threads.

    Args:
        threads: how many; 0 makes every call in the calling thread.
        name: of the threads, as debuggers show it.
    """

    def __init__(self, threads: int, name: str) -> None:
        self._process = os.getpid()
        self._pool = ThreadPoolExecutor(threads, name) if threads else None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self._pool is not None and self._process == os.getpid():
            self._pool.shutdown(cancel_futures=True)

    def submit(
        self, function: Callable[[*_Arguments], _Result], *arguments: *_Arguments
    ) -> Callable[[], _Result]:
        """Have a call made, and return what waits for its result.

        Raises:
            InputError: the process was forked within the ``with`` block, and this is the child.
        """
        if self._pool is not None:
            self._refuse_in_child()
            with contextlib.suppress(RuntimeError):  # it takes no more calls, or cannot start a thread
                future = self._pool.submit(function, *arguments)
                return partial(self._wait, future)
        result = function(*arguments)
        return lambda: result

    def _wait(self, future: Future[_Result]) -> _Result:
        self._refuse_in_child()
        return future.result()

    def _refuse_in_child(self) -> None:
        if self._process != os.getpid():
            raise InputError(
                "the process was forked in the middle of a call, whose threads are not in the child",
                hint="fork before texts are handed over, not in the generator that yields them",
            )
