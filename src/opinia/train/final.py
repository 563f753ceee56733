"""The final training: once everything is chosen on validation, its reviews are learnt from, too."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Any

from opinia import shell
from opinia.errors import OpiniaError, TrainingError
from opinia.runs.folder import RunFolder
from opinia.runs.recipe import Recipe
from opinia.train.task import Task


def chosen_run(recipe: Recipe) -> RunFolder:
    """Return the run whose recipe, with its choices and its calibration, a final training repeats."""
    return RunFolder(Path(recipe.data.final))


def check_final(recipe: Recipe, data: dict[str, Any]) -> None:
    """Look that the run that a final training repeats is there, finished, and of the same recipe.

    Args:
        recipe: of the final training, or of any other, for which nothing is looked at.
        data: what the task's card says of its reviews.

    Raises:
        TrainingError: it is not.
    """
    if not recipe.data.final:
        return
    run = chosen_run(recipe)
    try:
        trained, environment = run.recipe(), run.environment()
    except OpiniaError as error:
        raise TrainingError(
            f"there is no run to repeat in {run.path}: {error.message}",
            hint="data.final names the folder of a finished run of the same recipe; train it first",
        ) from error
    if not run.is_finished:
        raise TrainingError(
            f"the run in {run.path} is not finished",
            hint=f"finish it with `{shell.opinia('train', '--resume', run.path)}`: "
            "the final training repeats it",
        )
    same = {"name": recipe.name, "data.final": recipe.data.final, "training.threads": recipe.training.threads}
    if trained.replace(same) != recipe:
        raise TrainingError(
            f"the run in {run.path} is of another recipe",
            hint="a final training changes nothing but its name, data.final and training.threads",
        )
    if environment.get("data", {}).get("fingerprint") != data["fingerprint"]:
        raise TrainingError(
            f"the run in {run.path} was trained on other reviews than these",
            hint="name the same copy of the reviews with --imdb",
        )


def take_in_validation(task: Task) -> Task:
    """Return the task with the reviews of validation behind those of training."""
    return dataclasses.replace(task, training=task.training.joined(task.validation))
