"""A study: named runs × seeds, and which of them share one training. One TOML file each."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from opinia.errors import RecipeError
from opinia.train.recipe import Recipe, read_toml, recipe_from_dict


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


def read_study(path: Path) -> Study:
    """Read a study from its TOML file.

    Raises:
        RecipeError: the file is missing or broken, a key is unknown, or a value is impossible.
    """
    return study_from_dict(read_toml(path))


def study_from_dict(values: Mapping[str, Any]) -> Study:
    """Build a study from the nested dictionaries of its TOML file.

    Raises:
        RecipeError: a key is unknown or a value impossible; the message names the run.
    """
    known = ("name", "seeds", "recipe", "runs")
    for key in values:
        if key not in known:
            raise RecipeError(f"unknown key {key!r} in a study", hint=f"known are: {', '.join(known)}")
    seeds = values.get("seeds", [1, 2, 3])
    if not isinstance(seeds, list) or not seeds or len(set(map(str, seeds))) != len(seeds):
        raise RecipeError(f"seeds must be a list of different whole numbers. Received: {seeds!r}")
    runs = values.get("runs")
    if not isinstance(runs, Mapping) or not runs:
        raise RecipeError("a study needs at least one run, written [runs.NAME]")
    shared = values.get("recipe", {})
    recipes = {}
    for name, changes in runs.items():
        try:
            recipes[name] = recipe_from_dict({**_merged(shared, changes), "name": name})
            for seed in seeds:
                recipes[name].replace({"training.seed": seed})
        except RecipeError as error:
            raise RecipeError(f"run {name!r}: {error.message}", hint=error.hint) from error
    return Study(str(values.get("name", "study")), tuple(seeds), recipes)


def trainings(study: Study) -> list[Training]:
    """Return what has to be trained, seed by seed.

    Runs that differ only in their number of epochs share the training of the longest, which holds
    only where nothing else depends on that number: with a constant step size and no early stopping.
    """
    groups: dict[str, list[str]] = {}
    for name, recipe in study.runs.items():
        groups.setdefault(_shared_key(name, recipe), []).append(name)
    plan = []
    for seed in study.seeds:
        for names in groups.values():
            by_length = sorted(names, key=lambda n: study.runs[n].training.epochs)
            plan.append(Training(by_length[-1], seed, tuple(by_length[:-1])))
    return plan


def _shared_key(name: str, recipe: Recipe) -> str:
    if recipe.training.schedule != "constant" or recipe.training.patience:
        return name
    return repr(recipe.replace({"name": "any", "training.epochs": 1, "training.seed": 0}))


def _merged(base: Any, changes: Any) -> dict[str, Any]:
    """Lay changes over a base, table by table."""
    if not isinstance(base, Mapping) or not isinstance(changes, Mapping):
        raise RecipeError(f"a recipe must be a table. Received: {changes!r}")
    merged = dict(base)
    for key, value in changes.items():
        old = merged.get(key)
        nested = isinstance(old, Mapping) and isinstance(value, Mapping)
        merged[key] = _merged(old, value) if nested else value
    return merged
