"""Two numbers that make probabilities mean what they say (Platt 1999; Guo et al. 2017)."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

LOWEST, HIGHEST = 0.05, 20.0
ROUNDS = 40


@dataclass(frozen=True)
class Calibration:
    """What is done to a logit before it becomes a probability.

    Args:
        temperature: the logit is divided by it; above 1 where the logits are too sure of themselves.
        bias: is added before; below 0 where too many reviews are called positive.
    """

    temperature: float = 1.0
    bias: float = 0.0

    def apply(self, logits: NDArray[np.float32]) -> NDArray[np.float32]:
        """Return calibrated logits, in the shape of ``logits``."""
        return (logits + np.float32(self.bias)) / np.float32(self.temperature)


def fit_calibration(
    logits: NDArray[np.floating], labels: NDArray[Any], *, of_sentences: NDArray[np.floating] | None = None
) -> Calibration:
    """Return the calibration that minimises cross-entropy, both classes weighing alike.

    Whatever the share of each class here, the probabilities are those where both are as frequent.

    Args:
        logits: ``(n,)`` of the positive class, of reviews that were not trained on.
        labels: ``(n,)`` 1 positive, 0 negative; where one of them is missing the bias is 0.
        of_sentences: ``(n,)`` logits of some sentences of each review. The bias then suits both, for
            what is right for reviews alone can turn a short text round; the temperature is still that
            of the reviews.

    Returns:
        A temperature from 0.05 to 20, and a bias no larger than the largest logit.
    """
    positive, values = labels == 1, logits.astype(np.float64)
    shares = positive.mean(), 1 - positive.mean()
    weights = np.where(positive, *(0.5 / max(share, 1e-12) for share in shares)) / len(values)
    of_all = values if of_sentences is None else np.stack([values, of_sentences.astype(np.float64)])
    reach = float(np.abs(of_all).max()) if min(shares) > 0 else 0.0

    def best_bias(temperature: float) -> float:
        low, high = -reach, reach  # the slope grows with the bias: halve the range where it is 0
        for _ in range(ROUNDS):
            middle = (low + high) / 2
            probabilities = 0.5 * (1 + np.tanh((of_all + middle) / (2 * temperature)))
            slope = float(((probabilities - positive) * weights).sum())
            low, high = (low, middle) if slope > 0 else (middle, high)
        return (low + high) / 2

    def loss(log_temperature: float) -> float:
        temperature = math.exp(log_temperature)
        scaled = (values + best_bias(temperature)) / temperature
        return float(weights @ np.logaddexp(0, np.where(positive, -scaled, scaled)))

    # Cross-entropy is convex in 1 / temperature, so it falls and then rises: a golden-section search.
    low, high = math.log(LOWEST), math.log(HIGHEST)
    golden = (math.sqrt(5) - 1) / 2
    for _ in range(ROUNDS):
        left, right = high - golden * (high - low), low + golden * (high - low)
        low, high = (low, right) if loss(left) <= loss(right) else (left, high)
    temperature = math.exp((low + high) / 2)
    return Calibration(temperature, best_bias(temperature))
