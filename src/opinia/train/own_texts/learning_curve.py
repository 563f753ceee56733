"""Learning curves: how accurate models get on the same validation from more and more of the texts."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from opinia import shell
from opinia.errors import TrainingError
from opinia.evaluate.learning_curve import LearningCurve, Point, gain_of
from opinia.evaluate.metrics import answers_of
from opinia.evaluate.statistics import wilson
from opinia.model.classifier import load
from opinia.runs.folder import RunFolder
from opinia.runs.recipe import Recipe
from opinia.system.files import read_regular, write_atomically
from opinia.train.own_texts.baseline import fit_tfidf
from opinia.train.own_texts.run_set import TrainRun, check_texts, started
from opinia.train.own_texts.suggest import suggest
from opinia.train.texts import Texts, load_texts

RECIPE = "learning-curve.toml"
NAME = "learning-curve"
_CHANGES = "learning-curve.json"
SHARES = (0.1, 0.2, 0.5, 1.0)
FEWEST = 10
"""Texts to learn from, below which a point says nothing."""


def learning_curve(
    recipe: Recipe, folder: Path, train_run: TrainRun, *, changes: Mapping[str, Any] | None = None
) -> LearningCurve:
    """Train on 10, 20, 50 and 100 % of the texts, validated on the same ones; go on where that was stopped.

    Smaller shares are parts of larger ones, with each class alike. Each is a run folder of its own.

    Args:
        recipe: of a table, with its seed and how it is read.
        folder: receives the runs, and the curve as CSV.
        train_run: trains a run.
        changes: settings that were asked for, under dotted keys: the others follow from the texts of each
            share. None takes all from the recipe.

    Raises:
        DataError: the table cannot be read, or is too small.
        TrainingError: the folder holds other things, or runs of another recipe.
    """
    points: list[Point] = []
    right: dict[float, NDArray[np.bool_]] = {}
    validation = 0
    with started(folder, RECIPE, recipe, doing="training the learning curve"):
        _keep_changes(folder, changes)
        for share in SHARES:
            asked = recipe.replace({"data.train_share": share})
            texts = load_texts(asked.data)
            train, held_out = texts.split.train, texts.split.validation
            if len(train) < FEWEST:
                continue
            own = _suited(asked, texts, changes)
            run = RunFolder(folder / f"share-{round(100 * share):03d}")
            train_run(own, run, texts)
            check_texts(run, texts)
            answers = answers_of(load(run.best).predict_proba(held_out.texts))
            right[share] = answers == np.array(held_out.labels)
            hits, validation = int(right[share].sum()), len(held_out)
            linear = fit_tfidf(train)
            beside = None if linear is None else float(linear.score(held_out.texts, held_out.labels))
            points.append(Point(share, len(train), hits / validation, *wilson(hits, validation), beside))
        curve = LearningCurve(tuple(points), validation, *gain_of(right.get(0.5), right.get(1.0)))
        write_atomically(folder / f"{NAME}.csv", curve.csv())
    return curve


def changes_of(folder: Path) -> dict[str, Any] | None:
    """Return the changes with which a learning curve was begun.

    Raises:
        TrainingError: they cannot be read.
    """
    try:
        found = json.loads(read_regular(folder / _CHANGES, most=1 << 20))
        changes = found["changes"]
        if changes is not None and not isinstance(changes, dict):
            raise TypeError
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise TrainingError(
            f"{folder / _CHANGES} is missing or damaged, so that nobody knows how to go on",
            hint="begin anew in another folder",
        ) from error
    return changes


def _keep_changes(folder: Path, changes: Mapping[str, Any] | None) -> None:
    """Write down what was asked for, or check that it is the same as before."""
    kept = None if changes is None else dict(changes)
    if not (folder / _CHANGES).is_file():
        write_atomically(folder / _CHANGES, json.dumps({"changes": kept}, indent=2) + "\n")
    elif changes_of(folder) != kept:
        raise TrainingError(
            f"{folder} holds runs with other settings",
            hint=f"name another folder; `{shell.opinia('train', '--resume', folder)}` goes on with those",
        )


def _suited(asked: Recipe, texts: Texts, changes: Mapping[str, Any] | None) -> Recipe:
    if changes is None:
        most = len(texts.split.train)
        return asked.replace({"training.batch_size": min(asked.training.batch_size, most)})
    share = {"data.train_share": asked.data.train_share}
    return suggest(asked, texts).recipe.replace({**changes, **share})
