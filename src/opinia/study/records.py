"""The runs that are compared: read from their folders, grouped by recipe, with what they share."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from opinia.errors import DataError, OpiniaError
from opinia.runs.finding import run_folders
from opinia.runs.folder import RunFolder
from opinia.runs.history import Epoch, best_epoch
from opinia.runs.recipe import Recipe, read_toml
from opinia.study.recipe import Study, run_folder, shared_key


@dataclass(frozen=True)
class Record:
    """One run with one seed.

    Args:
        recipe: the resolved one.
        history: metrics of each epoch.
        seconds: of each epoch.
        environment: versions, device, threads, data.
        best_model: the file of the best epoch.
        sha256: its digest.
        written: the recipe as the run wrote it down, with the settings that there were then; None where
            it is not known.
        cascade: what the run says of the first stage of its best model; None of a single network. The
            history is the large network's alone.
    """

    recipe: Recipe
    history: tuple[Epoch, ...]
    seconds: tuple[float, ...]
    environment: dict[str, Any]
    best_model: Path
    sha256: str
    written: Mapping[str, Any] | None = None
    cascade: Mapping[str, Any] | None = None

    @property
    def settings(self) -> Mapping[str, Any]:
        """The settings of the run, section by section: those that it wrote down."""
        return self.recipe.to_dict() if self.written is None else self.written

    @property
    def seed(self) -> int:
        """The seed of the training."""
        return self.recipe.training.seed

    @property
    def best(self) -> Epoch:
        """The epoch of the best model."""
        return best_epoch(self.history)


@dataclass(frozen=True)
class Results:
    """The finished runs of a study, or of any folders.

    Args:
        name: of the study.
        runs: the records of each run, one a seed, in the order of the study.
        missing: what the study asks for and is not there, such as ``"batch64-epochs30, seed 2"``.
    """

    name: str
    runs: Mapping[str, tuple[Record, ...]]
    missing: tuple[str, ...] = ()

    @property
    def records(self) -> list[Record]:
        """All records."""
        return [record for records in self.runs.values() for record in records]

    def share_training(self, one: str, other: str) -> bool:
        """Tell whether two runs are the same training, seen up to different epochs.

        Recipes say whether they could be; the histories of each common seed must agree, too.
        """
        a, b = ({r.seed: r for r in self.runs[name]} for name in (one, other))
        keys = {shared_key(record.recipe) for record in (*a.values(), *b.values())}
        common = a.keys() & b.keys()
        return (
            len(keys) == 1
            and None not in keys
            and bool(common)
            and all(
                left == right
                for seed in common
                for left, right in zip(a[seed].history, b[seed].history, strict=False)
            )
        )

    def trainings(self) -> list[tuple[str, ...]]:
        """Return the runs by training, the longest of each last."""
        groups: list[list[str]] = []
        for name in self.runs:
            group = next((g for g in groups if self.share_training(g[0], name)), None)
            if group is None:
                groups.append([name])
            else:
                group.append(name)
        return [tuple(sorted(g, key=lambda n: len(self.runs[n][0].history))) for g in groups]


def read_record(run: RunFolder) -> Record:
    """Read a finished run.

    Raises:
        DataError: the run is not finished, its files are not what it wrote, or it held nothing out.
    """
    if not run.is_finished:
        raise DataError(f"the run in {run.path} is not finished")
    if (recipe := run.recipe()).data.final:
        raise DataError(f"the run in {run.path} learnt from validation, so there is nothing to compare")
    if changed := run.changed_files():
        raise DataError(
            f"{run.path} was changed after it was finished: {', '.join(changed)}",
            hint="restore the files, or train this run again",
        )
    history, seconds = tuple(run.history()), tuple(run.seconds())
    if not history or len(seconds) != len(history):
        raise DataError(f"the run in {run.path} does not tell what each of its epochs gave")
    return Record(
        recipe,
        history,
        seconds,
        run.environment(),
        run.best,
        str(run.result()["digests"].get("best.onnx")),
        read_toml(run.path / "recipe.toml"),
        run.cascade(),
    )


def read_results(study: Study, folder: Path) -> Results:
    """Read the finished runs of a study.

    Raises:
        DataError: none is finished; or one was changed, or is of another recipe than the study says.
    """
    runs: dict[str, tuple[Record, ...]] = {}
    missing = []
    for name in study.runs:
        records = []
        for seed in study.seeds:
            run = run_folder(folder, name, seed)
            if not run.is_finished:
                missing.append(f"{name}, seed {seed}")
                continue
            record = read_record(run)
            if record.recipe != study.recipe(name, seed):
                raise DataError(f"{run.path} holds a run of another recipe than the study's")
            records.append(record)
        if records:
            runs[name] = tuple(records)
    if not runs:
        raise DataError(f"{folder} holds no finished run of the study {study.name!r}")
    return Results(study.name, runs, tuple(missing))


def find_runs(folders: Iterable[Path]) -> list[RunFolder]:
    """Return every run folder in or below some folders, in the order of their names.

    Raises:
        DataError: a folder does not exist, or holds none.
    """
    found: dict[Path, RunFolder] = {}
    for folder in folders:
        if not folder.is_dir():
            raise DataError(f"there is no folder {folder}")
        paths = run_folders(folder)
        if not paths:
            raise DataError(f"there is no run in {folder}", hint="`opinia train` makes some")
        found |= {path.resolve(): RunFolder(path) for path in paths}
    return list(found.values())


def group_runs(runs: Iterable[RunFolder], *, name: str = "runs") -> Results:
    """Group finished runs that differ in nothing but their seed; others are listed as missing.

    Runs of one recipe that several processes trained, or that learnt from other texts, are no seeds of one
    another: each such group is named with what tells it apart, as in ``"base, processes=2"``. So are two of
    one recipe and one seed that went differently: by device, system or versions, where these differ, else by
    their folders. Recipes that share a name, as all those of one's own tables do, are told apart by the
    folders of their runs. Copies, and the same training done twice with the same history, count once.
    """
    groups: dict[tuple[Recipe, str, str], list[tuple[Path, Record]]] = {}
    missing = []
    for run in runs:
        try:
            record = read_record(run)
        except OpiniaError as error:
            missing.append(error.message)
            continue
        told = _conditions(record)
        key = (record.recipe.replace({"training.seed": 0}), told["processes"], told["data"])
        there = groups.setdefault(key, [])
        if all((record.seed, record.history) != (other.seed, other.history) for _, other in there):
            there.append((run.path, record))
    if not groups:
        raise DataError("none of these runs is finished and unchanged", hint="`opinia runs list` tells more")
    by_recipe: dict[Recipe, list[list[tuple[Path, Record]]]] = {}
    for (recipe, *_), found in groups.items():
        by_recipe.setdefault(recipe, []).extend(_without_clashes(found))
    named: dict[str, tuple[Record, ...]] = {}
    places = _places(by_recipe)
    for recipe, parts in by_recipe.items():
        for part, says in zip(parts, _told_apart(parts), strict=True):
            number, label = 1, f"{recipe.name}{places.get(recipe, '')}{says}"
            while label in named:
                number += 1
                label = f"{recipe.name} ({number}){says}"
            named[label] = tuple(sorted((record for _, record in part), key=lambda each: each.seed))
    return Results(name, named, tuple(missing))


_BETWEEN = "-_./\\"
"""What stands between the parts of a folder's name."""


def _places(by_recipe: Mapping[Recipe, list[list[tuple[Path, Record]]]]) -> dict[Recipe, str]:
    """Return what is said of each recipe that shares its name with others: where its runs lie."""
    names = Counter(recipe.name for recipe in by_recipe)
    said: dict[Recipe, str] = {}
    for name in (name for name, count in names.items() if count > 1):
        folders = {
            recipe: [path for part in parts for path, _ in part]
            for recipe, parts in by_recipe.items()
            if recipe.name == name
        }
        above = _common(path.parent for paths in folders.values() for path in paths)
        for recipe, paths in folders.items():
            start = os.path.commonprefix([os.path.relpath(path, above) if above else path for path in paths])
            place = start if len(paths) == 1 else _without_seed(start)
            said[recipe] = f", {place}" if place else ""
    return said


def _without_seed(start: str) -> str:
    """Return the common start of the folders of several seeds without the word for these at its end."""
    return start.rstrip(_BETWEEN).removesuffix("seed").rstrip(_BETWEEN)


def _common(folders: Iterable[Path]) -> str:
    """Return the folder that holds all of some; nothing where just some are named from the root on."""
    try:
        return os.path.commonpath([*folders])
    except ValueError:
        return ""


def _conditions(record: Record) -> dict[str, str]:
    """Return what a run depends on beside its recipe, each in a word or two."""
    environment = record.environment
    data = environment.get("data", {})
    told = {
        "processes": environment.get("processes", 1),
        "data": str(data.get("fingerprint", data.get("source", "?")))[:8],
        "device": environment.get("device", "?"),
        "system": environment.get("system", "?"),
        **environment.get("versions", {}),
    }
    return {key: str(value) for key, value in told.items()}


def _without_clashes(found: list[tuple[Path, Record]]) -> list[list[tuple[Path, Record]]]:
    """Divide runs of one recipe until no part has a seed twice: by their conditions, then one by one."""
    if len({record.seed for _, record in found}) == len(found):
        return [found]
    alike: dict[tuple[tuple[str, str], ...], list[tuple[Path, Record]]] = {}
    for path, record in found:
        alike.setdefault(tuple(sorted(_conditions(record).items())), []).append((path, record))
    parts: list[list[tuple[Path, Record]]] = []
    for group in alike.values():
        own: list[list[tuple[Path, Record]]] = []
        for path, record in group:
            free = [part for part in own if all(record.seed != other.seed for _, other in part)]
            if free:
                free[0].append((path, record))
            else:
                own.append([(path, record)])
        parts += own
    return parts


def _told_apart(parts: list[list[tuple[Path, Record]]]) -> list[str]:
    """Return what is said of each part behind the name that all have: nothing where there is one."""
    told = [[_conditions(record) for _, record in part] for part in parts]
    said = [""] * len(parts)
    for name in told[0][0]:
        if len(set(said)) == len(parts):
            break
        values = ["/".join(sorted({each.get(name, "?") for each in part})) for part in told]
        if len(set(values)) > 1:
            said = [f"{says}, {name}={value}" for says, value in zip(said, values, strict=True)]
    return [
        f"{says}, {os.path.commonpath([path for path, _ in part])}" if said.count(says) > 1 else says
        for says, part in zip(said, parts, strict=True)
    ]
