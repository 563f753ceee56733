"""A run folder: everything that one training leaves behind.

recipe.toml        the resolved recipe
environment.json   versions, device, threads, data: what the figures depend on beside the recipe
history.csv        loss, accuracy, val_loss, val_accuracy of each epoch
timings.csv        seconds of each epoch
best.onnx          the model of the best epoch by val_accuracy
last.onnx          the model of the last epoch
checkpoint.pt      weights and optimizer after the last whole epoch, to resume from
run.json           written last: the result, and the digest of each file above
"""

from __future__ import annotations

import contextlib
import json
import math
import os
import shutil
import tempfile
from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from opinia import shell
from opinia.errors import DataError, OpiniaError, TrainingError
from opinia.runs.environment import device_name
from opinia.runs.health import chance_of
from opinia.runs.history import MOST_BYTES, Epoch, best_epoch, history_csv, read_history
from opinia.runs.recipe import Recipe, read_recipe
from opinia.system.files import read_regular, sha256_of, write_atomically
from opinia.system.folder_lock import LOCK, alone_in

FIGURES = ("recipe.toml", "environment.json", "history.csv", "timings.csv")
MODELS = ("best.onnx", "last.onnx")
DIGESTED = (*FIGURES, *MODELS)
MOST_MODEL_BYTES = 2 << 30
"""Protobuf has no larger files."""
BEGINNINGS = (LOCK, "environment.json", ".environment.json.", ".recipe.toml.")
"""How what is in a folder may begin before its run counts as started: left by one that was killed then."""


@dataclass(frozen=True)
class RunFolder:
    """The folder of one run.

    Args:
        path: where it is; need not exist yet.
    """

    path: Path

    @property
    def best(self) -> Path:
        """The model of the best epoch."""
        return self.path / "best.onnx"

    @property
    def last(self) -> Path:
        """The model of the last epoch."""
        return self.path / "last.onnx"

    @property
    def checkpoint(self) -> Path:
        """Weights and optimizer after the last whole epoch."""
        return self.path / "checkpoint.pt"

    def recipe(self) -> Recipe:
        """Read the resolved recipe.

        Raises:
            RecipeError: the folder has none, or a broken one.
        """
        return read_recipe(self.path / "recipe.toml")

    def environment(self) -> dict[str, Any]:
        """Read versions, device, threads and data of the run.

        Raises:
            DataError: the file is missing or damaged.
        """
        environment = self._read_json("environment.json")
        for name in ("versions", "data"):
            if not isinstance(environment.get(name, {}), dict):
                raise DataError(f"{self.path / 'environment.json'} is damaged: {name} is no JSON object")
        return environment

    def history(self) -> list[Epoch]:
        """Read the metrics of each epoch."""
        return read_history(self.path / "history.csv")

    def seconds(self) -> list[float]:
        """Read how long each epoch took."""
        try:
            text = read_regular(self.path / "timings.csv", most=MOST_BYTES).decode("utf-8")
            seconds = [float(line.split(",")[1]) for line in text.splitlines()[1:]]
        except (OSError, ValueError, IndexError) as error:
            raise DataError(f"{self.path / 'timings.csv'} cannot be read: {_reason(error)}") from error
        if not all(0 <= value < math.inf for value in seconds):
            raise DataError(f"{self.path / 'timings.csv'} is damaged: a time is none")
        return seconds

    def result(self) -> dict[str, Any]:
        """Read what a finished run says of itself.

        Raises:
            DataError: the file is missing or damaged.
        """
        result = self._read_json("run.json")
        if not isinstance(result.setdefault("digests", {}), dict):
            raise DataError(f"{self.path / 'run.json'} is damaged: digests is no JSON object")
        return result

    def cascade(self) -> dict[str, Any] | None:
        """Return what is known of the first stage of a finished run's best model; None of a single network.

        It is empty where the run does not tell: the history of a cascade is its large network's alone.
        """
        try:
            if not self.recipe().cascade.units:
                return None
            told = self.result().get("cascade") if self.is_finished else None
        except OpiniaError:
            return None
        return told if isinstance(told, dict) else {}

    def learnt(self, epoch: Epoch) -> bool | None:
        """Tell whether an epoch's accuracy is above what one answer to every review reaches by chance.

        Returns:
            None where the run does not say on how many reviews of which class it was measured.
        """
        part = "train" if math.isnan(epoch.val_accuracy) else "validation"
        accuracy = epoch.accuracy if part == "train" else epoch.val_accuracy
        try:
            chance = chance_of(self.environment().get("data", {}), part=part)
        except DataError:
            return None
        return None if chance is None else accuracy > chance.highest

    @property
    def is_started(self) -> bool:
        """Whether a run has written its recipe here."""
        return (self.path / "recipe.toml").is_file()

    @property
    def is_finished(self) -> bool:
        """Whether the run ended as it should."""
        return (self.path / "run.json").is_file()

    @property
    def has_checkpoint(self) -> bool:
        """Whether something bears the name of the checkpoint, be it a broken link."""
        return os.path.lexists(self.checkpoint)

    def alone(self) -> AbstractContextManager[None]:
        """Return a context in which no other process trains in this folder.

        Raises:
            TrainingError: another one does, or the folder cannot be written.
        """
        return alone_in(self.path, doing="training the run")

    def check_foreign(self) -> None:
        """Check that nothing but a run lies in the folder: training would write over what it finds.

        Raises:
            TrainingError: the folder holds other things, and no run.
        """
        if self.is_started or not self.path.is_dir():
            return
        foreign = sorted(p.name for p in self.path.iterdir() if not p.name.startswith(BEGINNINGS))
        if foreign:
            more = f" and {len(foreign) - 1:,} more" if len(foreign) > 1 else ""
            raise TrainingError(
                f"{self.path} is not empty, and is not the folder of a run: it holds {foreign[0]}{more}",
                hint="name a new folder with --output",
            )

    def check_room(self, recipe: Recipe) -> None:
        """Check that the folder can be made, be written, and hold a run.

        Raises:
            TrainingError: the folder cannot be written, holds a run already, or the disk is full.
        """
        if self.is_started:
            resume = shell.opinia("train", "--resume", self.path)
            raise TrainingError(
                f"{self.path} holds a run already",
                hint=f"continue it with `{resume}`, or name another folder",
            )
        try:
            self.path.mkdir(parents=True, exist_ok=True)
            free, needed = shutil.disk_usage(self.path).free, _needed_bytes(recipe)
            with tempfile.TemporaryFile(dir=self.path):
                pass
            with contextlib.suppress(OSError):
                self.path.rmdir()  # an empty one: what comes before training may still fail
        except OSError as error:
            raise self.unwritable(error) from error
        if free < needed:
            raise TrainingError(
                f"too little room in {self.path}: {free:,} bytes are free, a run needs {needed:,}",
                hint="name a folder on another disk with --output",
            )

    def check_recipe(self, recipe: Recipe) -> None:
        """Check that a started run is of this recipe: it is not continued with another.

        Raises:
            RecipeError: its recipe cannot be read.
            TrainingError: it is of another one; the message names what differs.
        """
        own, asked = self.recipe().to_dict(), recipe.to_dict()
        names = [name for name in own if own[name] != asked[name]]
        for section in names:
            here, there = own[section], asked[section]
            if isinstance(here, dict):
                name = next(name for name in here if here[name] != there[name])
                section, here, there = f"{section}.{name}", here[name], there[name]
            resume = shell.opinia("train", "--resume", self.path)
            raise TrainingError(
                f"{self.path} holds a run of another recipe: {section} is {here!r} there. "
                f"Received: {there!r}",
                hint=f"name another folder; `{resume}` continues that run as it was begun",
            )

    def start(self, recipe: Recipe, environment: dict[str, Any]) -> None:
        """Write the recipe and the environment; from now on the run counts as started.

        Raises:
            TrainingError: as :meth:`check_room`.
        """
        self.check_room(recipe)
        try:
            write_atomically(self.path / "environment.json", _json(environment))
            write_atomically(self.path / "recipe.toml", recipe.to_toml())
        except OSError as error:
            raise self.unwritable(error) from error

    def note_device(self, gpu: str = "") -> None:
        """Let the environment name the device of this machine, while nothing is trained yet.

        Args:
            gpu: name of the one that it is trained on; empty where a processor does it.
        """
        environment, device = self.environment(), device_name(gpu)
        if not self.has_checkpoint and environment.get("device") != device:
            write_atomically(self.path / "environment.json", _json({**environment, "device": device}))

    def unwritable(self, error: OSError) -> TrainingError:
        """Return the error that says that the folder cannot be written."""
        return TrainingError(
            f"{self.path} cannot be written: {error.strerror or error}",
            hint="name another folder with --output",
        )

    def reset(self) -> None:
        """Delete what the run wrote, to train it again."""
        for name in (*DIGESTED, "checkpoint.pt", "run.json"):
            (self.path / name).unlink(missing_ok=True)

    def write_history(self, history: Sequence[Epoch], seconds: Sequence[float]) -> None:
        """Write the metrics and, beside them, the times."""
        write_atomically(self.path / "history.csv", history_csv(history))
        lines = [f"{epoch.epoch},{value:.3f}" for epoch, value in zip(history, seconds, strict=True)]
        write_atomically(self.path / "timings.csv", "\n".join(["epoch,seconds", *lines]) + "\n")

    def finish(self, history: Sequence[Epoch], *, cascade: Mapping[str, Any] | None = None) -> None:
        """Write the result and the digests; from now on the run counts as finished.

        Args:
            history: of all epochs; of a cascade it is its large network's.
            cascade: what the card of the best model says of its first stage; None of a single network.
        """
        best = best_epoch(history)
        result = {
            "status": "finished",
            "epochs": len(history),
            "best_epoch": best.epoch,
            "best_val_accuracy": best.figures()["val_accuracy"],
            **({"cascade": dict(cascade)} if cascade else {}),
            "digests": {name: sha256_of(self.path / name) for name in DIGESTED},
        }
        write_atomically(self.path / "run.json", _json(result))

    def changed_files(self) -> list[str]:
        """Return the files of a finished run that are no longer what it wrote; none of an unfinished one.

        A run whose models were all removed is kept for its figures alone, and counts as unchanged.
        """
        if not self.is_finished:
            return []
        try:
            digests = self.result()["digests"]
        except DataError:
            return ["run.json"]
        models = [name for name in (*MODELS, "checkpoint.pt") if (self.path / name).exists()]
        return [
            name
            for name in (DIGESTED if models else FIGURES)
            if _digest_of(self.path / name) != digests.get(name, "")
        ]

    def _read_json(self, name: str) -> dict[str, Any]:
        try:
            value = json.loads(read_regular(self.path / name, most=MOST_BYTES))
        except (OSError, ValueError, RecursionError) as error:
            raise DataError(f"{self.path / name} cannot be read: {_reason(error)}") from error
        if not isinstance(value, dict):
            raise DataError(f"{self.path / name} is not a JSON object")
        return value


def _digest_of(path: Path) -> str | None:
    """Return the digest of a file of a run, or None where it is none or larger than a run writes."""
    most = MOST_BYTES if path.name in FIGURES else MOST_MODEL_BYTES
    with contextlib.suppress(OSError):
        if path.is_file() and path.stat().st_size <= most:
            return sha256_of(path)
    return None


def _reason(error: Exception) -> str:
    if isinstance(error, RecursionError):
        return "it is nested too deeply"
    return (error.strerror if isinstance(error, OSError) else None) or str(error)


def _needed_bytes(recipe: Recipe) -> int:
    """Return about how much a run writes: two models, weights with Adam's moments, one file in transit."""
    network = recipe.network
    lstm = 8 * network.units * (network.embedding + network.units + 1)
    embeddings = recipe.text.max_tokens * network.embedding * (2 if network.separate_embeddings else 1)
    parameters = embeddings + lstm + (6 * network.units + 2) * network.dense
    before = (
        2 if recipe.pretraining.epochs or recipe.distillation.self_training else 1
    )  # the stages before weigh as much
    return before * (2 + 4 + 4) * 4 * parameters + (1 << 20)


def _json(value: dict[str, Any]) -> str:
    return json.dumps(value, indent=2, ensure_ascii=False) + "\n"
