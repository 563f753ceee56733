"""What a run's figures depend on beside its recipe: versions, machine, threads, data."""

from __future__ import annotations

import contextlib
import platform
from pathlib import Path
from typing import Any

import numpy as np
import torch

import opinia
from opinia.errors import TrainingError


def versions() -> dict[str, str]:
    """Return the versions that figures depend on."""
    return {
        "opinia": opinia.__version__,
        "python": platform.python_version(),
        "torch": torch.__version__,
        "numpy": np.__version__,
    }


def describe(data: dict[str, Any], *, threads: int, device: str = "cpu") -> dict[str, Any]:
    """Return the content of a run's ``environment.json``.

    Args:
        data: what the model card says of the reviews.
        threads: of PyTorch's operators.
        device: ``"cpu"`` or ``"cuda"``.
    """
    return {
        "versions": versions(),
        "device": torch.cuda.get_device_name() if device == "cuda" else _processor(),
        "system": f"{platform.system()} {platform.machine()}",
        "threads": threads,
        "data": data,
    }


def choose_device(wanted: str) -> str:
    """Return the device to train on, ``"cpu"`` or ``"cuda"``.

    Args:
        wanted: one of these, or ``"auto"`` for the GPU where there is one.

    Raises:
        TrainingError: ``"cuda"`` is wanted where PyTorch finds no such device.
    """
    if wanted == "cuda" and not torch.cuda.is_available():
        raise TrainingError("PyTorch finds no CUDA device here", hint="--device cpu")
    if wanted == "auto":
        return "cuda" if torch.cuda.is_available() else "cpu"
    return wanted


def _processor() -> str:
    """Return the processor's name, as far as the system tells it."""
    with contextlib.suppress(OSError), Path("/proc/cpuinfo").open(encoding="utf-8") as file:
        for line in file:
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor() or platform.machine()
