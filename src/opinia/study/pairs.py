"""Differences between runs: paired where two runs are one training, independent elsewhere."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from opinia.evaluate.statistics import Interval, difference, interval
from opinia.study.findings import FAMILY_ERROR, LATE, Findings, table, volatility
from opinia.study.records import Record, Results

METRICS: dict[str, Callable[[Record], float]] = {
    "best_val_accuracy": lambda record: record.best.val_accuracy,
    "val_accuracy": lambda record: record.history[-1].val_accuracy,
}


@dataclass(frozen=True)
class Pair:
    """The difference between two runs in one figure.

    Args:
        metric: ``"best_val_accuracy"``, ``"val_accuracy"`` (after the last epoch) or ``"volatility"``.
        one: a run.
        other: another run.
        difference: the first minus the second.
        is_paired: whether they are one training, so that each seed gives a difference of its own.
    """

    metric: str
    one: str
    other: str
    difference: Interval
    is_paired: bool

    @property
    def turned(self) -> Pair:
        """The same difference the other way round: the second run minus the first."""
        found = self.difference
        low, high = (None if end is None else -end for end in (found.high, found.low))
        turned = replace(found, mean=-found.mean, low=low, high=high)
        return replace(self, one=self.other, other=self.one, difference=turned)


def compare_pairs(results: Results) -> tuple[Pair, ...]:
    """Compare each run with each other, in their best and their final validation accuracy."""
    pairs = list(itertools.combinations(results.runs, 2))
    if not pairs:
        return ()
    confidence = 1 - FAMILY_ERROR / len(pairs)
    compared = []
    for metric, figure in METRICS.items():
        for one, other in pairs:
            is_paired = results.share_training(one, other)
            a, b = ({r.seed: figure(r) for r in results.runs[name]} for name in (one, other))
            if is_paired:
                found = interval(
                    [a[seed] - b[seed] for seed in sorted(a.keys() & b.keys())], confidence=confidence
                )
            else:
                found = difference(list(a.values()), list(b.values()), confidence=confidence)
            compared.append(Pair(metric, one, other, found, is_paired))
    return tuple(compared)


def compare_volatility(results: Results, findings: Sequence[Findings], *, late_end: int) -> tuple[Pair, ...]:
    """Compare the late volatility of validation accuracy between independent trainings."""
    able = [found.run for found in findings if found.stability is not None]
    pairs = list(itertools.combinations(able, 2))
    if not pairs:
        return ()
    values = {
        run: [volatility(row, LATE[0], late_end) for row in table(results.runs[run], "val_accuracy")]
        for run in able
    }
    confidence = 1 - FAMILY_ERROR / len(pairs)
    return tuple(
        Pair("volatility", one, other, difference(values[one], values[other], confidence=confidence), False)
        for one, other in pairs
    )
