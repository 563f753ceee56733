"""What a run's figures depend on beside its recipe: versions, machine, threads, data."""

from __future__ import annotations

import platform
from typing import Any

import numpy as np
import torch

import opinia
from opinia.train.recipe import Recipe
from opinia.train.task import Task


def versions() -> dict[str, str]:
    """Return the versions that figures depend on."""
    return {
        "opinia": opinia.__version__,
        "python": platform.python_version(),
        "torch": torch.__version__,
        "numpy": np.__version__,
    }


def describe(recipe: Recipe, task: Task, *, device: str = "cpu") -> dict[str, Any]:
    """Return the content of a run's ``environment.json``."""
    return {
        "versions": versions(),
        "device": torch.cuda.get_device_name() if device == "cuda" else _processor(),
        "system": f"{platform.system()} {platform.machine()}",
        "threads": recipe.training.threads,
        "data": task.card["data"],
    }


def _processor() -> str:
    """Return the processor's name, as far as the system tells it."""
    try:
        with open("/proc/cpuinfo", encoding="utf-8") as file:
            for line in file:
                if line.startswith("model name"):
                    return line.partition(":")[2].strip()
    except OSError:
        pass
    return platform.processor() or platform.machine()
