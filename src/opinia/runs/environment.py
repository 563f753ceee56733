"""What a run's figures depend on beside its recipe: versions, machine, threads, data."""

from __future__ import annotations

import contextlib
import functools
import platform
from collections.abc import Mapping
from importlib.metadata import version
from pathlib import Path
from typing import Any

import opinia

_version_of = functools.cache(version)  # each asking reads a package's metadata anew


def versions() -> dict[str, str]:
    """Return the versions that figures depend on."""
    return {
        "opinia": opinia.__version__,
        "python": platform.python_version(),
        "torch": _version_of("torch"),
        "numpy": _version_of("numpy"),
    }


def describe(
    data: dict[str, Any],
    *,
    threads: int,
    gpu: str = "",
    places: Mapping[str, str] | None = None,
    processes: int = 1,
) -> dict[str, Any]:
    """Return the content of a run's ``environment.json``.

    Args:
        data: what the model card says of the reviews.
        threads: of PyTorch's operators.
        gpu: name of the one that it is trained on; empty where a processor does it.
        places: where the files lie that the recipe names, by the names of its settings.
        processes: that share each batch; said where there are several.
    """
    return {
        "versions": versions(),
        "device": device_name(gpu),
        "system": f"{platform.system()} {platform.machine()}",
        "threads": threads,
        "data": data,
        **({"places": dict(places)} if places else {}),
        **({"processes": processes} if processes > 1 else {}),
    }


def device_name(gpu: str = "") -> str:
    """Return the name of a GPU that is given, else the processor's, as far as the system tells it."""
    if gpu:
        return gpu
    with contextlib.suppress(OSError), Path("/proc/cpuinfo").open(encoding="utf-8") as file:
        for line in file:
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor() or platform.machine()
