"""The runs of the studies in a folder, as the page draws them."""

from __future__ import annotations

import math
import re
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from opinia.errors import OpiniaError
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
        self._answer: dict[str, Any] = {"studies": []}

    def describe(self) -> dict[str, Any]:
        """Return what ``/v1/studies`` answers. It reads files: call it off the event loop."""
        with self._lock:
            if self._folder is not None and time.monotonic() > self._read_at + FRESH_SECONDS:
                self._answer = {"studies": list(_studies(self._folder))}
                self._read_at = time.monotonic()
            return self._answer


def _studies(folder: Path) -> Iterator[dict[str, Any]]:
    groups: dict[str, list[dict[str, Any]]] = {}
    for path in sorted(file.parent for file in folder.rglob("recipe.toml")):
        try:
            described = _describe(RunFolder(path))
        except OpiniaError:  # half-written, or damaged: the next look may find more
            continue
        study, name = _place(folder, path)
        groups.setdefault(study, []).append({"name": name, **described})
    for study, runs in sorted(groups.items()):
        yield {"name": study, "runs": runs}


def _place(folder: Path, path: Path) -> tuple[str, str]:
    """Return the names of a run's study and of the run: a study keeps ``RUN/seed-N``, perhaps in ``runs``."""
    names = list(path.relative_to(folder).parts)
    depth = 2 if names and _SEED.fullmatch(names[-1]) else 1
    above, own = names[:-depth], names[-depth:]
    if above and above[-1] == "runs":
        above = above[:-1]
    run = "-".join(own).replace("-seed-", "-seed") if own else folder.resolve().name
    return "/".join(above) or folder.resolve().name, run


def _describe(run: RunFolder) -> dict[str, Any]:
    training = run.recipe().training
    recipe = {"batch_size": training.batch_size, "epochs": training.epochs, "seed": training.seed}
    return {"recipe": recipe, "history": [_figures(epoch) for epoch in run.history()]}


def _figures(epoch: Epoch) -> dict[str, float | int | None]:
    values = {name: getattr(epoch, name) for name in _FIGURES}
    return {"epoch": epoch.epoch} | {
        name: value if math.isfinite(value) else None for name, value in values.items()
    }
