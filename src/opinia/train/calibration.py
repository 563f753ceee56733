"""One number that makes probabilities mean what they say (Guo et al. 2017, temperature scaling)."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

LOWEST, HIGHEST = 0.05, 20.0
ROUNDS = 80


def fit_temperature(logits: NDArray[np.floating], labels: NDArray[Any]) -> float:
    """Return the temperature that minimises cross-entropy; probability is ``sigmoid(logit / temperature)``.

    Args:
        logits: ``(n,)`` of the positive class, of reviews that were not trained on.
        labels: ``(n,)`` 1 positive, 0 negative.

    Returns:
        From 0.05 to 20; above 1 where the logits were too sure of themselves.
    """
    signed = np.where(labels == 1, logits, -logits).astype(np.float64)

    def loss(log_temperature: float) -> float:
        return float(np.logaddexp(0, -signed / math.exp(log_temperature)).mean())

    # Cross-entropy is convex in 1 / temperature, so it falls and then rises: a golden-section search.
    low, high = math.log(LOWEST), math.log(HIGHEST)
    golden = (math.sqrt(5) - 1) / 2
    for _ in range(ROUNDS):
        left, right = high - golden * (high - low), low + golden * (high - low)
        low, high = (low, right) if loss(left) <= loss(right) else (left, high)
    return math.exp((low + high) / 2)
