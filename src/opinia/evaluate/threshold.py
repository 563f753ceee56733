"""The threshold of a model of two classes, above which it answers the second, chosen on labelled texts."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from opinia.evaluate.metrics import ratio

_AROUND = (-0.2, -0.1, -0.05, 0.0, 0.05, 0.1, 0.2)
"""Distances from the chosen threshold of those that are shown beside it."""


@dataclass(frozen=True)
class Costs:
    """What a wrong answer costs, in any unit; a right one costs nothing.

    Args:
        false_positive: of a text of the first class that is called by the second.
        false_negative: of a text of the second class that is called by the first.
    """

    false_positive: float
    false_negative: float


@dataclass(frozen=True)
class AtThreshold:
    """What comes of one threshold; shares are from 0 to 1, and of the second class.

    Args:
        threshold: a text is called by the second class where its probability is above it.
        precision: of those called so, the share that is; 0 where none was.
        recall: of those that are, the share that was called so; 0 where there is none.
        f1: harmonic mean of the two; 0 where both are.
        accuracy: share of right answers.
        false_positives: texts of the first class that are called by the second.
        false_negatives: texts of the second class that are called by the first.
        cost: mean cost of a text; None where none was given.
    """

    threshold: float
    precision: float
    recall: float
    f1: float
    accuracy: float
    false_positives: int
    false_negatives: int
    cost: float | None


@dataclass(frozen=True)
class Choice:
    """A threshold that was chosen, and those around it.

    Args:
        aim: ``"f1"``, which is to be as high as can be, or ``"cost"``, which is to be as low.
        best: the chosen one.
        around: it and others, by size, one half among them.
    """

    aim: str
    best: AtThreshold
    around: tuple[AtThreshold, ...]


def choose_threshold(
    truth: NDArray[np.integer], positive: NDArray[np.floating], *, costs: Costs | None = None
) -> Choice:
    """Return the threshold with the highest F1 of the second class or, with costs, of the lowest cost.

    All thresholds that give different answers are tried. Of equally good ones it is the nearest to one
    half, and of those that give the same answers the shortest decimal number.

    Args:
        truth: ``(n,)`` 0 or 1, the number of each text's class; both occur.
        positive: ``(n,)`` probability of the second class.
        costs: of wrong answers.

    Raises:
        ValueError: a class does not occur.
    """
    is_second = np.asarray(truth) == 1
    if is_second.all() or not is_second.any():
        raise ValueError("a threshold is chosen on texts of both classes")
    values, places = np.unique(positive.astype(np.float64), return_inverse=True)
    seconds = np.bincount(places, is_second, len(values))
    counts = np.bincount(places, minlength=len(values))
    # At cut k the first k different probabilities are called by the first class.
    missed = np.concatenate([[0], np.cumsum(seconds)])
    refused = np.concatenate([[0], np.cumsum(counts)])
    hits = is_second.sum() - missed
    wrongly = (len(is_second) - refused) - hits
    if costs is None:
        score = np.asarray(2 * hits / np.maximum(2 * hits + wrongly + missed, 1), np.float64)
    else:
        score = -(costs.false_positive * wrongly + costs.false_negative * missed) / float(len(is_second))
    if values[0] <= 0:  # no threshold lies below a probability of 0
        score[0] = -np.inf
    edges = np.concatenate([[0.0], values]), np.concatenate([values, [1.0]])
    best = np.flatnonzero(np.isclose(score, score.max(), rtol=0, atol=1e-12))
    # Where no text lies above, or below, there is no probability to bound the cut but 0 and 1 themselves.
    distance = np.maximum(np.maximum(edges[0][best] - 0.5, 0.5 - edges[1][best]), 0.0)
    cut = int(best[distance.argmin()])
    threshold = _between(float(edges[0][cut]), float(edges[1][cut]))
    chosen = at_threshold(is_second, positive, threshold, costs)
    shown = {round(threshold + distance, 2) for distance in _AROUND if distance} | {0.5}
    near = {each for each in shown if 0 < each < 1 and not math.isclose(each, threshold, abs_tol=0.005)}
    rows = [at_threshold(is_second, positive, each, costs) for each in near]
    rows.append(chosen)
    aim = "f1" if costs is None else "cost"
    return Choice(aim, chosen, tuple(sorted(rows, key=lambda row: row.threshold)))


def at_threshold(
    truth: NDArray[np.integer] | NDArray[np.bool_],
    positive: NDArray[np.floating],
    threshold: float,
    costs: Costs | None = None,
) -> AtThreshold:
    """Return what comes of a threshold.

    Args:
        truth: ``(n,)`` whether each text is of the second class; n is at least 1.
        positive: ``(n,)`` its probability.
        threshold: from 0 to 1.
        costs: of wrong answers.
    """
    is_second = np.asarray(truth) == 1
    called = positive.astype(np.float64) > threshold
    hits, wrongly = int((called & is_second).sum()), int((called & ~is_second).sum())
    missed = int((~called & is_second).sum())
    return AtThreshold(
        threshold=threshold,
        precision=ratio(hits, hits + wrongly),
        recall=ratio(hits, hits + missed),
        f1=ratio(2 * hits, 2 * hits + wrongly + missed),
        accuracy=1 - (wrongly + missed) / len(is_second),
        false_positives=wrongly,
        false_negatives=missed,
        cost=None
        if costs is None
        else (costs.false_positive * wrongly + costs.false_negative * missed) / len(is_second),
    )


def _between(low: float, high: float) -> float:
    """Return the shortest decimal number between two, the nearest to 0.5 of several; without one, ``low``.

    The ends are probabilities of texts, whose last digits are not the same on every processor.
    """
    if low < 0.5 < high:
        return 0.5
    for digits in range(1, 17):
        step = 10.0**-digits
        nearest = round(min(max(0.5, low), high), digits)
        fitting: Sequence[float] = [
            value for move in (-1, 0, 1) if low < (value := round(nearest + move * step, digits)) < high
        ]
        if fitting:
            return min(fitting, key=lambda value: abs(value - 0.5))
    return low
