"""PyTorch on this machine: how its threads wait, where it keeps and writes things, on which device it trains.

Importing this does not import PyTorch. Between two operations the threads of PyTorch's OpenMP spin, since
waking a thread costs more than the wait mostly takes. Left to itself GNU's runtime, which PyTorch's Linux
wheels carry, spins for several milliseconds, Intel's and LLVM's, which other builds have, for 200. On a busy
machine the thread that is waited for often has no core, and the spinning takes away the one it could
have: two threads beside other work were a hundred times as slow as on a quiet machine
(``benchmarks/spinning.py``).
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import sys
import threading
from collections.abc import Iterator

from opinia.errors import TrainingError

SPINNING = {"GOMP_SPINCOUNT": "10000", "KMP_BLOCKTIME": "1"}
"""Rounds of GNU's runtime, about a third of a millisecond; milliseconds of Intel's and LLVM's."""
CHOICES = (*SPINNING, "OMP_WAIT_POLICY", "KMP_LIBRARY")
"""The variables by which a person decides how threads wait."""


def bound_spinning() -> None:
    """Let the threads of PyTorch spin a short while, in this process and those that it starts.

    The runtimes read their variables once, when they are loaded, so this comes before PyTorch is imported.
    Where the person has set any of :data:`CHOICES`, everything stays as it is.
    """
    if not any(name in os.environ for name in CHOICES):
        os.environ.update(SPINNING)


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


def choose_device(wanted: str) -> str:
    """Return the device to train on, ``"cpu"`` or ``"cuda"``.

    Args:
        wanted: one of these, or ``"auto"`` for the GPU where there is one.

    Raises:
        TrainingError: ``"cuda"`` is wanted where PyTorch finds no such device.
    """
    import torch

    if wanted == "cuda" and not torch.cuda.is_available():
        raise TrainingError("PyTorch finds no CUDA device here", hint="--device cpu")
    if wanted == "auto":
        return "cuda" if torch.cuda.is_available() else "cpu"
    return wanted


def gpu_name(device: str) -> str:
    """Return the name of the GPU that is trained on, empty for ``"cpu"``."""
    import torch

    return torch.cuda.get_device_name() if device == "cuda" else ""


_training = threading.RLock()


def _renew() -> None:
    """Make the lock anew in a child: whoever held it when the process was forked is not there."""
    global _training
    _training = threading.RLock()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_renew)


@contextlib.contextmanager
def as_a_guest(device: str) -> Iterator[None]:
    """Train within a program of somebody else's: PyTorch's random numbers and threads are left as they were.

    They are one for the whole process, so trainings of several threads come one after the other: side by side
    they would draw each other's numbers, and end with other weights each time.

    Args:
        device: ``"cpu"`` or ``"cuda"``.
    """
    import torch

    with _training, torch.random.fork_rng(devices=[torch.cuda.current_device()] if device == "cuda" else []):
        threads = torch.get_num_threads()
        try:
            yield
        finally:
            torch.set_num_threads(threads)
