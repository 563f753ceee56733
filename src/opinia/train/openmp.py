"""How long PyTorch's threads spin before they sleep, while they wait for each other.

Between two operations the threads of PyTorch's OpenMP spin, since waking a thread costs more than the
wait mostly takes. Left to itself GNU's runtime, which PyTorch's Linux wheels carry, spins for several
milliseconds, Intel's and LLVM's, which other builds have, for 200. On a busy machine the thread that is
waited for often has no core, and the spinning takes away the one it could have: two threads beside other
work were a hundred times as slow as on a quiet machine (``benchmarks/spinning.py``).
"""

from __future__ import annotations

import os

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
