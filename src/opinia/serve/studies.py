"""The runs of the studies in a folder, as the page draws them."""

from __future__ import annotations

import math
import os
import re
import threading
import time
from pathlib import Path
from typing import Any

from opinia.errors import OpiniaError
from opinia.runs.finding import run_folders
from opinia.runs.folder import RunFolder
from opinia.runs.history import Epoch

FRESH_SECONDS = 2.0
_SEED = re.compile(r"seed-\d+")
_FIGURES = ("loss", "accuracy", "val_loss", "val_accuracy")


class Studies:
    """Reads the studies in a folder, unfinished ones included, at most every other second.

    Args:
        folder: a study, or a folder with studies or runs at any depth; None holds none.
    """

    def __init__(self, folder: Path | None) -> None:
        self._folder = folder
        self._lock = threading.Lock()
        self._read_at = -math.inf
        self._answer: dict[str, Any] = {"studies": [], "left_out": []}

    def describe(self) -> dict[str, Any]:
        """Return what ``/v1/studies`` answers. It reads files: call it off the event loop."""
        with self._lock:
            if self._folder is not None and time.monotonic() > self._read_at + FRESH_SECONDS:
                self._answer = _answer(self._folder)
                self._read_at = time.monotonic()
            return self._answer


def _answer(folder: Path) -> dict[str, Any]:
    groups: dict[str, list[dict[str, Any]]] = {}
    left_out = []
    for path in run_folders(folder, names=("recipe.toml",)):
        study, name = _place(folder, path)
        try:
            described = _describe(RunFolder(path))
        except OpiniaError as error:
            reason = error.message.replace(f"{path}{os.sep}", "")
            left_out.append({"name": _printable(f"{study}/{name}"), "reason": _printable(reason)})
            continue
        if described is not None:
            groups.setdefault(_printable(study), []).append({"name": _printable(name), **described})
    studies = [{"name": study, "runs": runs} for study, runs in sorted(groups.items())]
    return {"studies": studies, "left_out": left_out}


def _printable(text: str) -> str:
    """Return a text that JSON can carry: names of files may hold any bytes."""
    return text.encode("utf-8", "replace").decode("utf-8")


def _place(folder: Path, path: Path) -> tuple[str, str]:
    """Return the names of a run's study and of the run: a study keeps ``RUN/seed-N``, perhaps in ``runs``."""
    names = list(path.relative_to(folder).parts)
    depth = 2 if names and _SEED.fullmatch(names[-1]) else 1
    above, own = names[:-depth], names[-depth:]
    if above and above[-1] == "runs":
        above = above[:-1]
    run = "-".join(own).replace("-seed-", "-seed") if own else folder.resolve().name
    return "/".join(above) or folder.resolve().name, run


def _describe(run: RunFolder) -> dict[str, Any] | None:
    """Return what a run is and what each epoch gave, or None before its first epoch is over."""
    training = run.recipe().training
    if not os.path.lexists(run.path / "history.csv"):
        return None
    recipe = {"batch_size": training.batch_size, "epochs": training.epochs, "seed": training.seed}
    return {"recipe": recipe, "history": [_figures(epoch) for epoch in run.history()]}


def _figures(epoch: Epoch) -> dict[str, float | int | None]:
    values = {name: getattr(epoch, name) for name in _FIGURES}
    return {"epoch": epoch.epoch} | {
        name: value if math.isfinite(value) else None for name, value in values.items()
    }
