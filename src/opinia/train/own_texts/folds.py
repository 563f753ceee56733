"""Cross-validation of a recipe on a table: each text is judged by a run that has not seen it."""

from __future__ import annotations

import csv
import io
import json
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from opinia.data.labelled import LabelledTexts
from opinia.evaluate.metrics import evaluate
from opinia.evaluate.predictions import PREDICTIONS, Prediction, predictions_csv
from opinia.model.classifier import load
from opinia.runs.folder import RunFolder
from opinia.runs.recipe import Recipe
from opinia.system.files import write_atomically
from opinia.text.words import split_words
from opinia.train.own_texts.baseline import fit_tfidf
from opinia.train.own_texts.run_set import TrainRun, check_texts, started
from opinia.train.texts import Texts, load_texts

RECIPE = "folds.toml"
SUMMARY = "folds.json"
TABLE = "folds.csv"
FIGURES = ("accuracy", "macro_f1", "nll")


@dataclass(frozen=True)
class Figures:
    """How good answers to the texts of one fold are.

    Args:
        accuracy: share of right ones, from 0 to 1.
        macro_f1: mean F1 of the classes.
        nll: mean negative log-likelihood of the label, in nats.
    """

    accuracy: float
    macro_f1: float
    nll: float


@dataclass(frozen=True)
class Fold:
    """What came of one fold.

    Args:
        fold: its number, from 1.
        texts: in it.
        network: of the network, which has seen none of them.
        linear: of logistic regression on tf-idf of all texts of the other folds; None where scikit-learn is
            not installed.
    """

    fold: int
    texts: int
    network: Figures
    linear: Figures | None


@dataclass(frozen=True)
class CrossValidation:
    """What came of all folds.

    Args:
        folder: in which everything lies.
        folds: one each.
    """

    folder: Path
    folds: tuple[Fold, ...]

    def spread(self, name: str, *, linear: bool = False) -> tuple[float, float]:
        """Return mean and standard deviation over the folds of one of :data:`FIGURES`."""
        found = [getattr(each.linear if linear else each.network, name) for each in self.folds]
        return float(np.mean(found)), float(np.std(found, ddof=1))

    @property
    def has_linear(self) -> bool:
        """Whether there is the linear model beside the network in each fold."""
        return all(each.linear is not None for each in self.folds)

    def lines(self) -> list[str]:
        """Return it in words, a line each."""
        count = sum(each.texts for each in self.folds)
        said = [
            f"{len(self.folds)} folds, {count:,} texts, each judged by a network that has not seen it",
            f"network: {self._said(linear=False)}",
        ]
        if self.has_linear:
            said.append(f"tf-idf and logistic regression on the same folds: {self._said(linear=True)}")
            differences = [e.network.accuracy - e.linear.accuracy for e in self.folds if e.linear is not None]
            mean, sd = float(np.mean(differences)), float(np.std(differences, ddof=1))
            said.append(f"network minus tf-idf, fold by fold: {100 * mean:+.1f} ± {100 * sd:.1f} points")
            if mean < 0:
                said.append("tf-idf is better here: more texts, or tf-idf itself, would serve you better")
        said.append("± is the standard deviation between folds; the folds learn from much the same texts")
        return said

    def _said(self, *, linear: bool) -> str:
        (accuracy, a), (f1, b), (nll, c) = (self.spread(name, linear=linear) for name in FIGURES)
        return (
            f"accuracy {100 * accuracy:.1f} ± {100 * a:.1f} %, macro F1 {f1:.3f} ± {b:.3f}, "
            f"negative log-likelihood {nll:.3f} ± {c:.3f}"
        )


def cross_validate(recipe: Recipe, folder: Path, train_run: TrainRun) -> CrossValidation:
    """Train and test a recipe on each fold in turn, or go on where that was stopped.

    Each fold is a run folder of its own, ``fold-1`` and so on: it learns from the other folds, chooses its
    epoch on a validation part that is cut from these, and is tested on its own, once. ``predictions.csv`` has
    the answers to all texts, ``folds.csv`` and ``folds.json`` the figures.

    Args:
        recipe: of a table, with ``data.folds``.
        folder: receives it all.
        train_run: trains a fold's run.

    Raises:
        DataError: the table cannot be read, or is too small for so many folds.
        TrainingError: the folder holds other things, or folds of another recipe.
    """
    count = recipe.data.folds
    results: list[Fold] = []
    predictions: list[Prediction] = []
    classes: tuple[str, ...] = ()
    first = recipe.replace({"data.fold": 1})
    texts = load_texts(first.data)  # which may be too few: nothing is begun then
    with started(folder, RECIPE, first, doing="training the folds"):
        for number in range(1, count + 1):
            own = recipe.replace({"data.fold": number})
            run = RunFolder(fold_folder(folder, number))
            if number > 1:
                texts = load_texts(own.data)
            train_run(own, run, texts)
            check_texts(run, texts)
            assert texts.test is not None  # noqa: S101
            classes, test = texts.test.classes, texts.test
            shares = load(run.best).predict_proba(test.texts)
            results.append(
                Fold(number, len(test), figures_of(test, shares), _linear_figures(texts.split.train, texts))
            )
            predictions += [
                Prediction(name, number, label, text, tuple(map(float, row)))
                for name, label, text, row in zip(test.ids, test.labels, test.texts, shares, strict=True)
            ]
        found = CrossValidation(folder, tuple(results))
        predictions.sort(key=lambda each: int(each.row))
        write_atomically(folder / PREDICTIONS, predictions_csv(predictions, classes))
        write_atomically(folder / TABLE, _csv(found))
        write_atomically(folder / SUMMARY, _json(found))
    return found


def fold_folder(folder: Path, number: int) -> Path:
    """Return the run folder of a fold, numbered from 1."""
    return folder / f"fold-{number}"


def figures_of(texts: LabelledTexts, shares: NDArray[np.floating]) -> Figures:
    """Return the figures of answers to labelled texts.

    Args:
        texts: with a label each.
        shares: ``(n, classes)`` probabilities, columns as in their classes.
    """
    words = np.array([len(split_words(text)) for text in texts.texts])
    result = evaluate(np.array(texts.labels), shares, words, texts.classes)
    return Figures(result.accuracy, result.macro_f1, result.nll)


def _linear_figures(train: LabelledTexts, texts: Texts) -> Figures | None:
    """Return the figures of the linear model, which learns from validation, too: it chooses nothing on it."""
    validation, test = texts.split.validation, texts.test
    assert test is not None  # noqa: S101
    both = LabelledTexts(
        (*train.texts, *validation.texts),
        (*train.labels, *validation.labels),
        train.classes,
        ids=(*train.ids, *validation.ids),
    )
    linear = fit_tfidf(both)
    if linear is None:
        return None
    shares = np.zeros((len(test), len(test.classes)))
    shares[:, linear.classes_] = linear.predict_proba(test.texts)
    return figures_of(test, shares)


def _csv(found: CrossValidation) -> str:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    linear = [f"linear_{name}" for name in FIGURES] if found.has_linear else []
    writer.writerow(["fold", "texts", *FIGURES, *linear])
    for each in found.folds:
        beside = [getattr(each.linear, name) for name in FIGURES] if linear else []
        writer.writerow([each.fold, each.texts, *(getattr(each.network, name) for name in FIGURES), *beside])
    return text.getvalue()


def _json(found: CrossValidation) -> str:
    def spreads(*, linear: bool) -> dict[str, dict[str, float]]:
        return {
            name: dict(zip(("mean", "sd"), found.spread(name, linear=linear), strict=True))
            for name in FIGURES
        }

    content = {
        "folds": [asdict(each) for each in found.folds],
        "network": spreads(linear=False),
        "linear": spreads(linear=True) if found.has_linear else None,
    }
    return json.dumps(content, indent=2) + "\n"
