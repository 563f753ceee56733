"""The figures of a study and what follows from them: computed by stated rules, never written by hand."""

from __future__ import annotations

import itertools
import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from opinia.evaluate.statistics import Interval, interval
from opinia.study.findings import ENOUGH_SEEDS, Findings, Onset, find, late_window, onset, reaches, table
from opinia.study.pairs import Pair, compare_pairs, compare_volatility
from opinia.study.published_claims import Claim, compare_with_published
from opinia.study.records import Record, Results


@dataclass(frozen=True)
class CascadeFigures:
    """What first stages change, on validation; None where a run does not tell.

    Args:
        accuracy: of both networks together.
        share: of the texts that the small networks answer.
    """

    accuracy: Interval | None
    share: Interval | None


@dataclass(frozen=True)
class RunFigures:
    """One line of the table of runs; intervals are over its seeds.

    Args:
        run: its name.
        batch_size: reviews a step.
        epochs: that its recipe asks for.
        seeds: its seeds.
        best_val_accuracy: the highest of each seed.
        best_epochs: where each seed had it.
        val_accuracy: after the last epoch.
        accuracy: training accuracy of the last epoch.
        gap: training minus validation accuracy of the last epoch.
        onset: of overfitting, on the mean over seeds.
        volatility: sd of the changes of ``val_accuracy`` over the late window; None in a short run.
        seconds: median of an epoch.
        test_accuracy: of the best models, where the ledger knows all of them.
        cascade: of both networks together, where the runs are cascades: the other figures of validation are
            then those of the large networks alone; else None.
        has_ngrams: whether a linear model on n-grams is averaged with the network: validation is of both, the
            figures of training are of the network alone.
    """

    run: str
    batch_size: int
    epochs: int
    seeds: tuple[int, ...]
    best_val_accuracy: Interval
    best_epochs: tuple[int, ...]
    val_accuracy: Interval
    accuracy: Interval
    gap: Interval
    onset: Onset
    volatility: Interval | None
    seconds: float
    test_accuracy: Interval | None
    cascade: CascadeFigures | None = None
    has_ngrams: bool = False


@dataclass(frozen=True)
class Analysis:
    """Everything that a report says in figures.

    Args:
        runs: the table of runs.
        trainings: the runs that share one training, shortest first.
        findings: of each training, seen in its longest run.
        late_end: the last epoch of the late window; 0 where every run is too short for one.
        pairs: differences between runs, metric by metric.
        volatility_pairs: differences in late volatility between trainings.
        standard_error: of a validation accuracy from the finite number of reviews alone.
        validation_reviews: that number; 0 where it is not known.
        same_reviews: whether all runs were trained and validated on the same reviews.
        enough_seeds: whether each run has seeds enough for a spread.
        claims: the comparison with the published conclusions; empty where the runs are not the five.
    """

    runs: tuple[RunFigures, ...]
    trainings: tuple[tuple[str, ...], ...]
    findings: tuple[Findings, ...]
    late_end: int
    pairs: tuple[Pair, ...]
    volatility_pairs: tuple[Pair, ...]
    standard_error: float
    validation_reviews: int
    same_reviews: bool
    enough_seeds: bool
    claims: tuple[Claim, ...]


def analyse(results: Results, *, test_accuracy: Mapping[str, float] | None = None) -> Analysis:
    """Compute the figures and conclusions of a study.

    Args:
        results: finished runs.
        test_accuracy: what the ledger knows, by the digest of a model.
    """
    tested = test_accuracy or {}
    groups = results.trainings()
    lengths = [_epochs(results.runs[group[-1]]) for group in groups]
    late_end = late_window(lengths)
    able = sum(reaches(length, late_end=late_end) for length in lengths)
    findings = tuple(
        find(group[-1], results.runs[group[-1]], late_end=late_end, trainings=able) for group in groups
    )
    by_run = {name: found for group, found in zip(groups, findings, strict=True) for name in group}
    runs = tuple(
        _figures(name, records, by_run[name], tested, late_end=late_end)
        for name, records in results.runs.items()
    )
    data = [record.environment.get("data", {}) for record in results.records]
    same_reviews = len({entry.get("fingerprint") for entry in data}) == 1
    reviews = int(data[0].get("validation", {}).get("reviews", 0)) if same_reviews else 0
    level = float(np.mean([run.best_val_accuracy.mean for run in runs]))
    pairs = compare_pairs(results) if same_reviews else ()
    enough = all(len(records) >= ENOUGH_SEEDS for records in results.runs.values())
    volatility_pairs = compare_volatility(results, findings, late_end=late_end) if same_reviews else ()
    return Analysis(
        runs=runs,
        trainings=tuple(groups),
        findings=findings,
        late_end=late_end,
        pairs=pairs,
        volatility_pairs=volatility_pairs,
        standard_error=math.sqrt(level * (1 - level) / reviews) if reviews else 0.0,
        validation_reviews=reviews,
        same_reviews=same_reviews,
        enough_seeds=enough,
        claims=compare_with_published(results, findings, pairs=pairs, volatility_pairs=volatility_pairs),
    )


def _epochs(records: tuple[Record, ...]) -> int:
    return min(len(record.history) for record in records)


def _figures(
    name: str,
    records: tuple[Record, ...],
    findings: Findings,
    tested: Mapping[str, float],
    *,
    late_end: int,
) -> RunFigures:
    last = [record.history[-1] for record in records]
    known = [tested[record.sha256] for record in records if record.sha256 in tested]
    volatile = findings.stability is not None and _epochs(records) >= late_end
    return RunFigures(
        run=name,
        batch_size=records[0].recipe.training.batch_size,
        epochs=records[0].recipe.training.epochs,
        seeds=tuple(record.seed for record in records),
        best_val_accuracy=interval([record.best.val_accuracy for record in records]),
        best_epochs=tuple(record.best.epoch for record in records),
        val_accuracy=interval([epoch.val_accuracy for epoch in last]),
        accuracy=interval([epoch.accuracy for epoch in last]),
        gap=interval([epoch.accuracy - epoch.val_accuracy for epoch in last]),
        onset=onset(table(records, "val_loss").mean(axis=0), table(records, "loss").mean(axis=0)),
        volatility=findings.stability["val_accuracy"].late if volatile and findings.stability else None,
        seconds=float(np.median(list(itertools.chain.from_iterable(r.seconds for r in records)))),
        test_accuracy=interval(known) if len(known) == len(records) else None,
        cascade=CascadeFigures(*(_of_cascades(records, name) for name in ("accuracy", "share")))
        if any(record.cascade is not None for record in records)
        else None,
        has_ngrams=records[0].recipe.linear.ngrams > 0,
    )


def _of_cascades(records: tuple[Record, ...], name: str) -> Interval | None:
    """Return a figure that all runs tell of their first stages."""
    told = [record.cascade.get(name) if record.cascade else None for record in records]
    figures = [value for value in told if isinstance(value, float)]
    return interval(figures) if len(figures) == len(records) else None
