"""A study: named runs × seeds, and which of them share one training. One TOML file each."""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from os import PathLike
from pathlib import Path
from typing import Any

from opinia.errors import RecipeError
from opinia.runs import shipped
from opinia.runs.folder import RunFolder
from opinia.runs.recipe import Recipe, read_toml, recipe_from_dict, with_current_names
from opinia.runs.settings import DataRecipe

SAMPLE = {"data.source": "sample", "data.validation": 300}
RESERVED = ("report",)
"""Names that a run cannot have: a study's folder holds its runs and its report side by side."""


@dataclass(frozen=True)
class Study:
    """A grid of runs × seeds.

    Args:
        name: name of the study.
        seeds: each run is trained once with each of them.
        runs: the recipe of each run, by its name; the seed in it does not count.
    """

    name: str
    seeds: tuple[int, ...]
    runs: Mapping[str, Recipe]

    def recipe(self, run: str, seed: int) -> Recipe:
        """Return the recipe of one training."""
        return self.runs[run].replace({"name": run, "training.seed": seed})

    def on_sample(self) -> Study:
        """Return the same grid on the built-in synthetic reviews."""
        usual = {
            f"data.{name}": value for name, value in asdict(DataRecipe()).items() if name != "split_seed"
        }
        return replace(
            self, runs={name: recipe.replace({**usual, **SAMPLE}) for name, recipe in self.runs.items()}
        )


@dataclass(frozen=True)
class Training:
    """One training, and the shorter runs that it passes through.

    Args:
        run: name of the longest run.
        seed: its seed.
        shorter: names of the runs that differ in nothing but fewer epochs.
    """

    run: str
    seed: int
    shorter: tuple[str, ...]

    def __str__(self) -> str:
        return f"{self.run}, seed {self.seed}"


def default_study() -> Study:
    """Return the five published runs.

    Raises:
        RecipeError: the installation holds no recipes.
    """
    return study_from_dict(read_toml(shipped.shipped(shipped.STUDY)["study"]))


def read_study(path: str | PathLike[str]) -> Study:
    """Read a study from its TOML file.

    Args:
        path: the file, or the name of a study that comes with opinia.

    Raises:
        RecipeError: the file is missing or broken, a key is unknown, or a value is impossible.
    """
    return study_from_dict(read_toml(shipped.find(path, shipped.STUDY)))


def study_from_dict(values: Mapping[str, Any]) -> Study:
    """Build a study from the nested dictionaries of its TOML file.

    Raises:
        RecipeError: a key is unknown or a value impossible; the message names the run.
    """
    known = ("name", "seeds", "recipe", "runs")
    for key in values:
        if key not in known:
            near = difflib.get_close_matches(key, known, n=1, cutoff=0.5)
            hint = f"did you mean {near[0]!r}?" if near else f"known are: {', '.join(known)}"
            raise RecipeError(f"unknown key {key!r} in a study", hint=hint)
    name = values.get("name", "study")
    if not isinstance(name, str) or not _is_folder_name(name):
        raise RecipeError(f"the name of a study must be usable as the name of a folder. Received: {name!r}")
    seeds = _seeds(values.get("seeds", [1, 2, 3]))
    runs = values.get("runs")
    if not isinstance(runs, Mapping) or not runs:
        raise RecipeError(f"a study needs at least one run, written [runs.NAME]. Received: {runs!r}")
    shared = values.get("recipe", {})
    recipes = {name: _recipe(name, shared, changes) for name, changes in runs.items()}
    for run, recipe in recipes.items():
        for seed in seeds:
            try:
                recipe.replace({"training.seed": seed})
            except RecipeError as error:
                raise RecipeError(f"run {run!r}: {error.message}", hint=error.hint) from error
    return Study(name, seeds, recipes)


def trainings(study: Study) -> list[Training]:
    """Return all that a study trains, seed by seed.

    Runs that differ only in their number of epochs share the training of the longest, which holds
    only where nothing else depends on that number: with a constant step size and no early stopping.
    """
    groups: dict[str, list[str]] = {}
    for name, recipe in study.runs.items():
        groups.setdefault(shared_key(recipe) or name, []).append(name)
    plan = []
    for seed in study.seeds:
        for names in groups.values():
            by_length = sorted(names, key=lambda n: study.runs[n].training.epochs)
            plan.append(Training(by_length[-1], seed, tuple(by_length[:-1])))
    return plan


def shared_key(recipe: Recipe) -> str | None:
    """Return what the recipes of one training have in common, whatever their names, epochs and seeds.

    None where a run's number of epochs decides more than where it ends, or a first stage is trained there.
    """
    if recipe.training.schedule != "constant" or recipe.training.patience or recipe.cascade.units:
        return None
    return repr(recipe.replace({"name": "any", "training.epochs": 1, "training.seed": 0}))


def _recipe(name: str, shared: Any, changes: Any) -> Recipe:
    try:
        if name.casefold() in RESERVED or not _is_folder_name(name):
            raise RecipeError(f"a run cannot have this name. Received: {name!r}")
        merged = _merged(_current(shared), _current(changes))
        training = merged.get("training", {})
        if isinstance(training, Mapping) and "seed" in training:
            raise RecipeError(
                "training.seed stands in the recipe of a study, which has a list of seeds",
                hint="remove it, and write seeds = [...] at the top of the study",
            )
        return recipe_from_dict({**merged, "name": name})
    except RecipeError as error:
        raise RecipeError(f"run {name!r}: {error.message}", hint=error.hint) from error


def _is_folder_name(name: str) -> bool:
    return bool(name) and not name.startswith(".") and not any(c in '/\\:"' or c < " " for c in name)


def _seeds(seeds: object) -> tuple[int, ...]:
    if (
        not isinstance(seeds, list)
        or not seeds
        or any(type(seed) is not int for seed in seeds)
        or len(set(seeds)) != len(seeds)
    ):
        raise RecipeError(
            f"seeds must be a list of different whole numbers. Received: {seeds!r}", hint="seeds = [1, 2, 3]"
        )
    return tuple(seeds)


def _merged(base: Any, changes: Any) -> dict[str, Any]:
    """Lay changes over a base, table by table."""
    if not isinstance(base, Mapping) or not isinstance(changes, Mapping):
        wrong = changes if isinstance(base, Mapping) else base
        raise RecipeError(f"a recipe must be a table. Received: {wrong!r}")
    merged = dict(base)
    for key, value in changes.items():
        old = merged.get(key)
        nested = isinstance(old, Mapping) and isinstance(value, Mapping)
        merged[key] = _merged(old, value) if nested else value
    return merged


def run_folder(folder: Path, run: str, seed: int) -> RunFolder:
    """Return where the run of a study is kept."""
    return RunFolder(folder / run / f"seed-{seed}")


def _current(values: Any) -> Any:
    return with_current_names(values) if isinstance(values, Mapping) else values
