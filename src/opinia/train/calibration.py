"""Two numbers that make probabilities mean what they say (Platt 1999; Guo et al. 2017)."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

LOWEST, HIGHEST = 0.05, 20.0
ROUNDS = 40
_SPREAD = 1.0
"""Of the logarithm of the temperature around 0, before any text is seen, where labels are smoothed."""


@dataclass(frozen=True)
class Calibration:
    """What is done to a logit before it becomes a probability.

    Args:
        temperature: the logit is divided by it; above 1 where the logits are too sure of themselves.
        bias: is added before; below 0 where too many reviews are called positive; 0 for more than two
            classes.
    """

    temperature: float = 1.0
    bias: float = 0.0

    def apply(self, logits: NDArray[np.float32]) -> NDArray[np.float32]:
        """Return calibrated logits, in the shape of ``logits``."""
        return (logits + np.float32(self.bias)) / np.float32(self.temperature)


def fit_calibration(
    logits: NDArray[np.floating],
    labels: NDArray[Any],
    *,
    of_sentences: NDArray[np.floating] | None = None,
    balanced: bool = True,
    smoothed: bool = False,
    weights: NDArray[np.floating] | None = None,
) -> Calibration:
    """Return the calibration that minimises cross-entropy.

    Balanced, both of two classes weigh alike: whatever the share of each of them here, the probabilities are
    those where both are as frequent. Otherwise each review weighs alike, and what is frequent here is likely.
    More classes get a temperature alone, which leaves every answer as it is (Guo et al. 2017).

    Args:
        logits: ``(n,)`` of the positive class, or ``(n, classes)``, of reviews that were not trained on.
        labels: ``(n,)`` 1 positive, 0 negative; where one of them is missing the bias is 0. Of more
            classes their numbers, from 0.
        of_sentences: ``(n,)`` logits of some sentences of each review. The bias then suits both, for
            what is right for reviews alone can turn a short text round; the temperature is still that
            of the reviews.
        balanced: of two classes.
        weights: ``(n,)`` how much each review counts beside that; None counts all alike.
        smoothed: each label stands for what (n + 1) in (n + classes) such texts would have, so that a few
            texts that are all answered rightly do not make it sure of everything (Platt 1999, section 2.2),
            and a temperature far from 1 takes more than a few texts.

    Returns:
        A temperature from 0.05 to 20, and a bias no larger than the largest logit, 0 for more classes.
    """
    if logits.ndim == 2:
        wide, rows = logits.astype(np.float64), labels.astype(np.intp)
        sure = _sureness(_counted(weights, len(rows)), logits.shape[1]) if smoothed else 1.0

        def wide_loss(temperature: float) -> float:
            scaled = wide / temperature
            losses = log_loss(scaled, rows)
            if smoothed:
                of_others = len(scaled[0]) * np.logaddexp.reduce(scaled, axis=1) - scaled.sum(1) - losses
                losses = sure * losses + (1 - sure) / (len(scaled[0]) - 1) * of_others
                return mean_of(losses, weights) + _unlikely(temperature, _counted(weights, len(rows)))
            return mean_of(losses, weights)

        return Calibration(_best_temperature(wide_loss))
    positive, values = labels == 1, logits.astype(np.float64)
    share = mean_of(positive, weights)
    shares = share, 1 - share
    sure = _sureness(_counted(weights, len(values)), 2) if smoothed else 1.0
    targets = np.where(positive, sure, 1 - sure)
    counts = np.where(positive, *(0.5 / max(share, 1e-12) if balanced else 1.0 for share in shares))
    if weights is None:
        counts = counts / len(values)
    else:
        wide_weights = weights.astype(np.float64)
        counts = counts * (wide_weights / wide_weights.sum())
    of_all = values if of_sentences is None else np.stack([values, of_sentences.astype(np.float64)])
    reach = float(np.abs(of_all).max()) if min(shares) > 0 else 0.0

    def best_bias(temperature: float) -> float:
        low, high = -reach, reach  # the slope grows with the bias: halve the range where it is 0
        for _ in range(ROUNDS):
            middle = (low + high) / 2
            probabilities = 0.5 * (1 + np.tanh((of_all + middle) / (2 * temperature)))
            slope = float(((probabilities - targets) * counts).sum())
            low, high = (low, middle) if slope > 0 else (middle, high)
        return (low + high) / 2

    def loss(temperature: float) -> float:
        scaled = (values + best_bias(temperature)) / temperature
        losses = np.logaddexp(0, np.where(positive, -scaled, scaled))
        if smoothed:
            losses = sure * losses + (1 - sure) * np.logaddexp(0, np.where(positive, scaled, -scaled))
            return float(counts @ losses) + _unlikely(temperature, _counted(weights, len(values)))
        return float(counts @ losses)

    temperature = _best_temperature(loss)
    return Calibration(temperature, best_bias(temperature))


def _sureness(count: int, classes: int) -> float:
    """Return the probability that a label stands for, of so many texts."""
    return (count + 1) / (count + classes)


def _unlikely(temperature: float, count: int) -> float:
    """Return what a temperature far from 1 costs a text, of so many: few of them are no reason for it."""
    return (math.log(temperature) / _SPREAD) ** 2 / (2 * count)


def _counted(weights: NDArray[np.floating] | None, count: int) -> int:
    """Return how many of so many texts count."""
    return count if weights is None else int(np.count_nonzero(weights))


def mean_of(values: NDArray[Any], weights: NDArray[np.floating] | None) -> float:
    """Return the mean of values ``(n,)``, weighted where there are weights ``(n,)``."""
    return float(values.mean() if weights is None else np.average(values, weights=weights.astype(np.float64)))


def log_loss(logits: NDArray[np.float64], labels: NDArray[np.intp]) -> NDArray[np.float64]:
    """Return the negative log-likelihood of each text's class, ``(n,)``, in nats.

    Args:
        logits: ``(n, classes)``.
        labels: ``(n,)`` numbers of the classes, from 0.
    """
    own = logits[np.arange(len(logits)), labels]
    return np.asarray(np.logaddexp.reduce(logits, axis=1) - own)


def _best_temperature(loss: Callable[[float], float]) -> float:
    """Return the temperature of the least loss.

    Cross-entropy is convex in 1 / temperature, so it falls and then rises: a golden-section search.
    """
    low, high = math.log(LOWEST), math.log(HIGHEST)
    golden = (math.sqrt(5) - 1) / 2
    for _ in range(ROUNDS):
        left, right = high - golden * (high - low), low + golden * (high - low)
        low, high = (low, right) if loss(math.exp(left)) <= loss(math.exp(right)) else (left, high)
    return math.exp((low + high) / 2)
