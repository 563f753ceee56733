"""The runs of the studies in a folder, as the page draws them."""

from __future__ import annotations

import math
import os
import re
import statistics
import threading
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from opinia.errors import OpiniaError
from opinia.language import LANGUAGES
from opinia.report.blocks import Heading, Statements
from opinia.report.conclusions import conclude
from opinia.runs.finding import run_folders
from opinia.runs.folder import RunFolder
from opinia.runs.history import Epoch
from opinia.runs.recipe import told_settings
from opinia.study.analysis import analyse
from opinia.study.records import group_runs

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
        self._concluded: dict[str, tuple[object, dict[str, Any] | None]] = {}

    def describe(self) -> dict[str, Any]:
        """Return what ``/v1/studies`` answers. It reads files: call it off the event loop."""
        with self._lock:
            if self._folder is not None and time.monotonic() > self._read_at + FRESH_SECONDS:
                self._answer = self._read(self._folder)
                self._read_at = time.monotonic()
            return self._answer

    def _read(self, folder: Path) -> dict[str, Any]:
        groups: dict[str, list[dict[str, Any]]] = {}
        folders: dict[str, list[RunFolder]] = {}
        left_out = []
        for path in run_folders(folder, names=("recipe.toml",)):
            study, name = map(_printable, _place(folder, path))
            run = RunFolder(path)
            try:
                described = _describe(run)
            except OpiniaError as error:
                reason = error.message.replace(f"{path}{os.sep}", "")
                left_out.append({"name": f"{study}/{name}", "reason": _printable(reason)})
                continue
            if described is not None:
                groups.setdefault(study, []).append({"name": name, **described})
                folders.setdefault(study, []).append(run)
        studies = [
            {"name": study, "runs": runs, "conclusions": self._conclude(study, folders[study])}
            for study, runs in sorted(groups.items())
        ]
        return {"studies": studies, "left_out": left_out}

    def _conclude(self, study: str, runs: Sequence[RunFolder]) -> dict[str, Any] | None:
        """Return what follows from the finished runs of a study, anew only when there are others."""
        finished = [run for run in runs if run.is_finished]
        mark = [
            (run.path, *_mark(run.path / "run.json"), *_mark(run.path / "history.csv")) for run in finished
        ]
        known = self._concluded.get(study)
        if known is None or known[0] != mark:
            known = self._concluded[study] = (mark, _conclusions(finished))
        return known[1]


def _mark(path: Path) -> tuple[int, ...]:
    """Return what changes when a file does."""
    try:
        found = path.stat()
    except OSError:
        return ()
    return found.st_mtime_ns, found.st_size


def _conclusions(runs: Sequence[RunFolder]) -> dict[str, Any] | None:
    """Return the conclusions by language, as a report of the runs has them; None where no run is finished."""
    try:
        analysis = analyse(group_runs(runs))
    except OpiniaError:
        return None
    answer: dict[str, Any] = {}
    for code, language in LANGUAGES.items():
        questions: list[dict[str, Any]] = []
        for block in conclude(analysis, language):
            if isinstance(block, Heading):
                questions.append({"question": block.text, "entries": [], "rule": ""})
            elif isinstance(block, Statements):
                entries = [{"verdict": entry.verdict, "text": entry.text} for entry in block.entries]
                questions[-1] |= {"entries": entries, "rule": block.rule}
        answer[code] = questions
    return answer


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
    recipe = run.recipe()
    if not os.path.lexists(run.path / "history.csv"):
        return None
    training = recipe.training
    return {
        "recipe": {"batch_size": training.batch_size, "epochs": training.epochs, "seed": training.seed},
        "settings": told_settings(recipe),
        "finished": run.is_finished,
        "seconds": _seconds(run),
        "history": [_figures(epoch) for epoch in run.history()],
    }


def _seconds(run: RunFolder) -> float | None:
    """Return the median time of an epoch in seconds, or None where none is written down."""
    try:
        return statistics.median(run.seconds())
    except (OpiniaError, statistics.StatisticsError):
        return None


def _figures(epoch: Epoch) -> dict[str, float | int | None]:
    values = {name: getattr(epoch, name) for name in _FIGURES}
    return {"epoch": epoch.epoch} | {
        name: value if math.isfinite(value) else None for name, value in values.items()
    }
