"""Keep freed memory for the next step instead of handing it back to the system."""

from __future__ import annotations

import ctypes
import sys

_M_TRIM_THRESHOLD = -1
_M_TOP_PAD = -2
_M_MMAP_THRESHOLD = -3


def keep_freed_memory() -> bool:
    """Tell glibc's allocator to reuse large blocks; elsewhere do nothing.

    A training step on the CPU allocates and frees tens of megabytes of activations. By default
    glibc maps each large block anew, and the kernel clears every page of it at its first use: for
    an LSTM of 64 units that takes a large part of the step (benchmarks/results/allocator.json). The
    price is some memory, since the freed blocks do not fit each next batch exactly.

    Returns:
        Whether the allocator took the settings.
    """
    if not sys.platform.startswith("linux"):
        return False
    try:
        mallopt = ctypes.CDLL(None).mallopt
    except (OSError, AttributeError):
        return False
    settings = ((_M_MMAP_THRESHOLD, 1 << 30), (_M_TRIM_THRESHOLD, 2**31 - 1), (_M_TOP_PAD, 64 << 20))
    return all([mallopt(name, value) == 1 for name, value in settings])
