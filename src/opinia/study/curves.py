"""A metric over epochs: mean and spread over seeds, as arrays and as CSV."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from opinia.evaluate.results_csv import to_csv
from opinia.study.findings import METRICS
from opinia.study.records import Record


@dataclass(frozen=True)
class Curve:
    """One metric of one run.

    Args:
        mean: over the seeds that have the epoch, ``(epochs,)``.
        sd: over them; NaN where fewer than two have it, ``(epochs,)``.
        seeds: how many have it, ``(epochs,)``.
        values: of each seed; NaN where it has ended, ``(seeds, epochs)``.
    """

    mean: NDArray[np.float64]
    sd: NDArray[np.float64]
    seeds: NDArray[np.intp]
    values: NDArray[np.float64]

    @property
    def epochs(self) -> NDArray[np.intp]:
        """The numbers of the epochs, from 1."""
        return np.arange(1, len(self.mean) + 1)

    @property
    def has_band(self) -> bool:
        """Whether there is a spread to draw."""
        return bool(np.isfinite(self.sd).any())


def curve(records: Sequence[Record], metric: str) -> Curve:
    """Return a metric over epochs.

    Args:
        records: one a seed; they may end at different epochs.
        metric: ``loss``, ``accuracy``, ``val_loss`` or ``val_accuracy``.
    """
    longest = max(len(record.history) for record in records)
    values = np.full((len(records), longest), np.nan)
    for row, record in zip(values, records, strict=True):
        row[: len(record.history)] = [getattr(epoch, metric) for epoch in record.history]
    seeds = np.isfinite(values).sum(axis=0)
    sd = np.full(longest, np.nan)
    spread = seeds >= 2
    sd[spread] = np.nanstd(values[:, spread], axis=0, ddof=1)
    return Curve(np.nanmean(values, axis=0), sd, seeds, values)


def run_csv(records: Sequence[Record]) -> str:
    """Return the curves of one run as CSV: a line an epoch, mean and sd of each metric, then each seed."""
    curves = {metric: curve(records, metric) for metric in METRICS}
    header, columns = ["epoch", "seeds"], []
    for metric, found in curves.items():
        header += [f"{metric}_mean", f"{metric}_sd"]
        columns += [found.mean, found.sd]
    for metric, found in curves.items():
        header += [f"{metric}_seed{record.seed}" for record in records]
        columns += list(found.values)
    any_curve = curves[METRICS[0]]
    rows = [
        [epoch, count, *(column[epoch - 1] for column in columns)]
        for epoch, count in zip(any_curve.epochs, any_curve.seeds, strict=True)
    ]
    return to_csv(header, rows)


def overlay_csv(runs: Mapping[str, Sequence[Record]], metric: str) -> str:
    """Return one metric of all runs as CSV: a line a run and epoch."""
    rows: list[list[object]] = []
    for name, records in runs.items():
        found = curve(records, metric)
        rows += [
            [name, *values] for values in zip(found.epochs, found.seeds, found.mean, found.sd, strict=True)
        ]
    return to_csv(["run", "epoch", "seeds", f"{metric}_mean", f"{metric}_sd"], rows)
