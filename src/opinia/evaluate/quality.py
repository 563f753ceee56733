"""What stands behind a model's accuracy: by length of the text and by confidence, as numbers and CSV."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from opinia.evaluate.metrics import Evaluation
from opinia.evaluate.results_csv import to_csv
from opinia.evaluate.statistics import wilson

LENGTH_BINS = 10
_FEWEST = 30
"""Texts that a group of lengths has at least, where there are as many: fewer say nothing."""


@dataclass(frozen=True)
class LengthBin:
    """Texts of like length.

    Args:
        shortest: words of its shortest text.
        longest: words of its longest text.
        median: words of its middle text.
        reviews: texts in it.
        accuracy: share of right answers, from 0 to 1.
        low: lower end of the 95 % interval of that share (Wilson 1927).
        high: its upper end.
    """

    shortest: int
    longest: int
    median: float
    reviews: int
    accuracy: float
    low: float
    high: float


def length_bins(right: NDArray[np.bool_], words: NDArray[np.integer]) -> list[LengthBin]:
    """Return accuracy by length, in up to ten groups of about as many texts each.

    Texts of as many words stand in the same group, so that there may be fewer groups.

    Args:
        right: ``(n,)`` whether each text was answered rightly; n is at least 1.
        words: ``(n,)`` words of each text.
    """
    count = max(1, min(LENGTH_BINS, len(words) // _FEWEST))
    edges = np.unique(np.quantile(words, np.arange(1, count) / count, method="lower"))
    group = np.searchsorted(edges, words, side="left")
    bins = []
    for number in range(len(edges) + 1):
        inside = group == number
        if not inside.any():
            continue
        lengths, total, hits = words[inside], int(inside.sum()), int(right[inside].sum())
        low, high = wilson(hits, total)
        middle = float(np.median(lengths))
        bins.append(LengthBin(int(lengths.min()), int(lengths.max()), middle, total, hits / total, low, high))
    return bins


def length_csv(bins: list[LengthBin]) -> str:
    """Return accuracy by length as CSV, a line a group."""
    header = ["shortest", "longest", "median", "reviews", "accuracy", "low", "high"]
    return to_csv(header, [[getattr(each, name) for name in header] for each in bins])


def calibration_csv(result: Evaluation) -> str:
    """Return the bins of confidence as CSV; those without a text have no figures."""
    header = ["low", "high", "reviews", "confidence", "accuracy", "accuracy_low", "accuracy_high"]
    rows: list[list[float | None]] = []
    for b in result.bins:
        figures: list[float | None] = [None] * 4
        if b.reviews:
            figures = [b.confidence, b.accuracy, *wilson(round(b.accuracy * b.reviews), b.reviews)]
        rows.append([b.low, b.high, b.reviews, *figures])
    return to_csv(header, rows)
