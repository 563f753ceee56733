"""What the computer offers, and how many threads to take of it."""

from __future__ import annotations

import math
import operator
import os

from opinia.errors import InputError
from opinia.system.cgroups import cpu_quota

MAX_THREADS = 1024


def usable_cores() -> int:
    """Return how many processors this process may use, at least 1.

    The smaller of two numbers: the processors that it may run on (``taskset``, ``cpuset``), and the
    time that its container may take of them, rounded up: two threads use up a quota of 1.5.
    """
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return max(1, min(cores, math.ceil(min(cpu_quota(), cores))))


def thread_count(threads: int) -> int:
    """Return how many threads to start.

    Args:
        threads: from 1 to 1024, or 0 for one a usable core. More than there are cores take more memory
            and no less time.

    Raises:
        InputError: it is another number, or no whole number.
    """
    try:
        if isinstance(threads, bool):
            raise TypeError
        count = operator.index(threads)
    except TypeError:
        count = -1
    if not 0 <= count <= MAX_THREADS:
        shown = repr(threads)
        raise InputError(
            f"threads must be a whole number from 0 to {MAX_THREADS}. "
            f"Received: {shown if len(shown) <= 40 else shown[:37] + '...'}",
            hint="0 takes one for each core that this process may use",
        )
    return count or usable_cores()
