"""A learning curve: accuracy by number of texts learnt from, and whether more would help."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from opinia.evaluate.results_csv import to_csv
from opinia.evaluate.statistics import Z

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
        return f"{brought}: too few texts of validation to say whether more would help{self._enough()}"

    def _enough(self) -> str:
        """Return about how many texts of validation would tell, if there are so many."""
        # The interval shrinks with the root of the number of texts. A gain is told where it does not reach 0,
        # none where it stays below one point.
        wanted = max(abs(self.gain or 0.0), abs(_NOTHING - (self.gain or 0.0)))
        texts = math.ceil(self.validation * (self.reach / wanted) ** 2 / 100) * 100
        if texts > (self.validation + self.points[-1].texts) / 2:
            return f"; about {texts:,} of them would tell, which there are not"
        return f"; about {texts:,} of them would: --validation {texts}"


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
    return difference, Z * math.sqrt(max(variance, 0.0) / count) + 0.5 / count
