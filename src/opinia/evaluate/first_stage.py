"""The threshold above which the first stage of a cascade answers, chosen on held-out texts.

It is the least one that costs at most so much accuracy, against the large network asked for everything, in
each quarter of the texts by length.
"""

from __future__ import annotations

import dataclasses

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]
ROUNDING = 1e-9
SUREST = 1e9
"""A threshold that no logit reaches."""


@dataclasses.dataclass(frozen=True)
class Choice:
    """A threshold of the first stage, and what it gives on validation.

    Args:
        threshold: absolute logit from which on the first stage answers.
        share: of the texts that it answers.
        accuracy: of the cascade.
        accuracy_of_large: of the large network alone.
    """

    threshold: float
    share: float
    accuracy: float
    accuracy_of_large: float


def choose_threshold(
    small: Floats,
    large: Floats,
    labels: Floats,
    lengths: NDArray[np.int64],
    *,
    weights: Floats | None = None,
    tolerance: float = 0.0,
) -> Choice:
    """Return the least threshold that costs at most so much accuracy, in each quarter of the texts by length.

    Long reviews and short remarks differ in what a small network makes of them; neither pays for the other.

    Args:
        small: ``(n,)`` logits of the first stage.
        large: ``(n,)`` those of the large network.
        labels: ``(n,)`` probability of the second class, above one half or not.
        lengths: ``(n,)`` words of each text.
        weights: ``(n,)`` how much each text counts; None counts all alike.
        tolerance: share of the texts that may be answered wrongly for it.
    """
    counts = np.ones(len(labels)) if weights is None else weights.astype(np.float64)
    is_positive = labels > 0.5
    right_small, right_large = (small > 0) == is_positive, (large > 0) == is_positive
    sizes, gains = np.abs(small), (right_small.astype(float) - right_large) * counts
    part = np.searchsorted(np.quantile(lengths, (0.25, 0.5, 0.75)), lengths, side="left")
    parts = [np.ones(len(labels), bool), *(part == each for each in np.unique(part))]
    threshold = max(_least(sizes[each], gains[each], tolerance * counts[each].sum()) for each in parts)
    asked = sizes >= threshold
    accuracy, of_large = (
        float(np.average(right, weights=counts))
        for right in (np.where(asked, right_small, right_large), right_large)
    )
    return Choice(float(threshold), float(np.average(asked, weights=counts)), accuracy, of_large)


def _least(sizes: Floats, gains: NDArray[np.float64], most: float) -> np.float32:
    """Return the least size from which on the sum of gains is nowhere below minus ``most``.

    A threshold lies between two different sizes; one that no size reaches asks nobody.
    """
    order = np.argsort(-sizes, kind="stable")
    ordered, sums = sizes[order], np.cumsum(gains[order])
    last = np.append(ordered[1:] < ordered[:-1], True)
    costly = np.flatnonzero(last & (sums < -most - ROUNDING))
    before = ordered[last & (np.arange(len(order)) < (costly[0] if len(costly) else len(order)))]
    return np.float32(before[-1] if len(before) else SUREST)
