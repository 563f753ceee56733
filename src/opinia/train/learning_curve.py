"""Learning curves: how accurate models get on the same validation from more and more of the texts."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from opinia import shell
from opinia.errors import TrainingError
from opinia.evaluate.metrics import answers_of
from opinia.evaluate.quality import wilson
from opinia.model.classifier import load
from opinia.runs.folder import RunFolder
from opinia.runs.recipe import Recipe
from opinia.system.files import read_regular, write_atomically
from opinia.tables.csvtext import to_csv
from opinia.train.folds import TrainRun, check_texts, started
from opinia.train.outcome import fit_linear
from opinia.train.suggest import suggest
from opinia.train.texts import Texts, load_texts

RECIPE = "learning-curve.toml"
NAME = "learning-curve"
_CHANGES = "learning-curve.json"
SHARES = (0.1, 0.2, 0.5, 1.0)
FEWEST = 10
"""Texts to learn from, below which a point says nothing."""
_Z = 1.959963984540054
_NOTHING = 0.01
"""A gain from twice the texts that surely lies below it is hardly one."""


@dataclass(frozen=True)
class Point:
    """How accurate a model is that has learnt from a share of the texts.

    Args:
        share: of the texts, above 0 up to 1.
        texts: how many.
        accuracy: on validation, on which its epoch was chosen, from 0 to 1.
        low: of its 95 % interval (Wilson 1927).
        high: of it.
        linear_accuracy: of logistic regression on tf-idf of the same texts; None where scikit-learn is not
            installed.
    """

    share: float
    texts: int
    accuracy: float
    low: float
    high: float
    linear_accuracy: float | None


@dataclass(frozen=True)
class LearningCurve:
    """Accuracy by number of texts.

    Args:
        points: by size.
        validation: texts that each was measured on.
        gain: accuracy with all texts minus that with half of them; None where half was too little.
        reach: half the width of its 95 % interval; texts that both models judge alike say nothing.
    """

    points: tuple[Point, ...]
    validation: int
    gain: float | None
    reach: float

    def csv(self) -> str:
        """Return the points as CSV."""
        header = ["share", "texts", "accuracy", "low", "high", "linear_accuracy"]
        return to_csv(header, [[getattr(each, name) for name in header] for each in self.points])

    def lines(self) -> list[str]:
        """Return it in words, a line each; the last says whether more texts would help."""
        said = []
        for each in self.points:
            line = f"{each.share:.0%} of the texts, {each.texts:,}: accuracy {each.accuracy:.1%}".replace(
                "%", " %"
            )
            line += f" (95 % interval {100 * each.low:.1f} to {100 * each.high:.1f} %)"
            if each.linear_accuracy is not None:
                line += f"; tf-idf and logistic regression {100 * each.linear_accuracy:.1f} %"
            said.append(line)
        return [*said, self.conclusion()]

    def conclusion(self) -> str:
        """Say whether more texts would help."""
        if self.gain is None:
            return "there are too few texts to say whether more would help"
        low, high = self.gain - self.reach, self.gain + self.reach
        brought = (
            f"twice the texts, from half to all, brought {100 * self.gain:+.1f} points (95 % interval "
            f"{100 * low:+.1f} to {100 * high:+.1f})"
        )
        if low > 0:
            return f"{brought}: more texts would help"
        if high < _NOTHING:
            return f"{brought}: more texts of this kind would hardly help"
        return f"{brought}: too few texts of validation to say whether more would help"


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
            linear = fit_linear(train)
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


def gain_of(
    half: Sequence[bool] | NDArray[np.bool_] | None, whole: Sequence[bool] | NDArray[np.bool_] | None
) -> tuple[float | None, float]:
    """Return how much more often one model is right than another on the same texts, and how well it is known.

    Args:
        half: ``(n,)`` whether the one is right about each text; None where there is no such model.
        whole: the same of the other.

    Returns:
        The difference of their accuracies, and half the width of its 95 % interval, from the texts about
        which just one of them is right (the paired variance behind McNemar's test, 1947).
    """
    if half is None or whole is None or not len(whole):
        return None, math.nan
    one, other, count = np.asarray(half), np.asarray(whole), len(whole)
    gained, lost = int((other & ~one).sum()), int((one & ~other).sum())
    difference = (gained - lost) / count
    variance = (gained + lost) / count - difference**2
    # Half a text, so that equal answers to a few texts do not count as certainty.
    return difference, _Z * math.sqrt(max(variance, 0.0) / count) + 0.5 / count
