"""The little statistics that few seeds allow: intervals by Student's t, and robust smoothing."""

from __future__ import annotations

import functools
import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

_GRID = 200_001
Z = 1.959963984540054
"""Standard deviations of a normal distribution around whose mean 95 % of it lie."""
NOTHING = 1e-9
"""An end of an interval no further from zero is zero: floating point leaves so much of equal values."""


@dataclass(frozen=True)
class Interval:
    """A mean over seeds and how well they know it.

    Args:
        mean: over the seeds, or a difference of two such means.
        sd: over the seeds (of the pairs' differences where there are pairs); None with one seed.
        low: lower end of the interval; None with one seed.
        high: upper end; None with one seed.
        seeds: how many values each mean is made of.
    """

    mean: float
    sd: float | None
    low: float | None
    high: float | None
    seeds: int

    @property
    def is_known(self) -> bool:
        """Whether there are seeds enough for an interval at all."""
        return self.low is not None

    @property
    def sign(self) -> int:
        """1 or -1 where the whole interval lies on one side of zero, else 0."""
        if self.low is None or self.high is None or self.low <= NOTHING and self.high >= -NOTHING:
            return 0
        return 1 if self.low > 0 else -1


def interval(values: Sequence[float], *, confidence: float = 0.95) -> Interval:
    """Return the t interval of a mean; of a paired difference when given the differences."""
    mean = float(np.mean(values))
    if len(values) < 2:
        return Interval(mean, None, None, None, len(values))
    sd = float(np.std(values, ddof=1))
    half = t_quantile(confidence, len(values) - 1) * sd / math.sqrt(len(values))
    return Interval(mean, sd, mean - half, mean + half, len(values))


def difference(a: Sequence[float], b: Sequence[float], *, confidence: float = 0.95) -> Interval:
    """Return the interval of ``mean(a) - mean(b)`` of independent values (Welch 1947)."""
    mean, seeds = float(np.mean(a) - np.mean(b)), min(len(a), len(b))
    if seeds < 2:
        return Interval(mean, None, None, None, seeds)
    parts = [float(np.var(values, ddof=1)) / len(values) for values in (a, b)]
    variance = sum(parts)
    if variance == 0:
        return Interval(mean, 0.0, mean, mean, seeds)
    freedom = variance**2 / (parts[0] ** 2 / (len(a) - 1) + parts[1] ** 2 / (len(b) - 1))
    half = t_quantile(confidence, freedom) * math.sqrt(variance)
    sd = math.sqrt((float(np.var(a, ddof=1)) + float(np.var(b, ddof=1))) / 2)
    return Interval(mean, sd, mean - half, mean + half, seeds)


@functools.lru_cache(maxsize=256)
def t_quantile(confidence: float, freedom: float) -> float:
    """Return t with ``P(|T| <= t) = confidence`` for Student's T.

    With ``T = sqrt(freedom) tan(angle)`` the density of the angle is proportional to
    ``cos(angle) ** (freedom - 1)``, which is summed on a grid.

    Args:
        confidence: between 0 and 1.
        freedom: degrees of freedom, at least 1, whole or not.
    """
    angles = np.linspace(0, math.pi / 2, _GRID)
    density = np.cos(angles) ** (freedom - 1)
    mass = np.concatenate([[0], np.cumsum((density[1:] + density[:-1]) / 2)])
    return float(math.sqrt(freedom) * math.tan(np.interp(confidence, mass / mass[-1], angles)))


def running_median(values: Sequence[float] | NDArray[np.float64], *, width: int = 3) -> NDArray[np.float64]:
    """Return the median of each value and its neighbours, of fewer neighbours at the ends."""
    half = width // 2
    return np.array([np.median(values[max(0, i - half) : i + half + 1]) for i in range(len(values))])


def wilson(hits: int, total: int) -> tuple[float, float]:
    """Return the 95 % interval of a share (Wilson 1927): unlike mean ± sd it stays within 0 and 1.

    Args:
        hits: how many of the total, from 0 to it.
        total: at least 1.
    """
    share, square = hits / total, Z**2
    middle = (share + square / (2 * total)) / (1 + square / total)
    half = Z / (1 + square / total) * math.sqrt(share * (1 - share) / total + square / (4 * total**2))
    return max(0.0, middle - half), min(1.0, middle + half)
