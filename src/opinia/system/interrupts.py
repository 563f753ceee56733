"""Ctrl-C, noted instead of raised.

Python raises :class:`KeyboardInterrupt` wherever the main thread stands. Where that is the callback of a weak
reference or a destructor, which the bookkeeping of threads is full of, it is printed as ignored and lost.
"""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType


class Interrupts:
    """Whether Ctrl-C was pressed since the block began."""

    def __init__(self) -> None:
        self.came = False

    def _note(self, number: int, frame: FrameType | None) -> None:
        self.came = True


@contextmanager
def noted_interrupts() -> Iterator[Interrupts]:
    """Note Ctrl-C while the block runs, and raise it nowhere in it.

    The block looks at ``came`` as often as it wants to be interrupted. Outside the main thread, which is the
    only one that hears signals, and where the program has a handler of its own, everything stays as it was.

    Raises:
        KeyboardInterrupt: at the end of the block, if Ctrl-C was pressed in it.
    """
    interrupts = Interrupts()
    heard = signal.getsignal(signal.SIGINT)
    if threading.current_thread() is not threading.main_thread() or heard is not signal.default_int_handler:
        yield interrupts
        return
    signal.signal(signal.SIGINT, interrupts._note)
    try:
        yield interrupts
    finally:
        signal.signal(signal.SIGINT, heard)
    if interrupts.came:
        raise KeyboardInterrupt
