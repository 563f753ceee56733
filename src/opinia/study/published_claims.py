"""The published conclusions on the five runs, held against ours.

One rule makes every verdict (:func:`judge`). A conclusion is general, so it is taken apart into cases (a
training, a metric of a training, two runs), and each case speaks for it, against it, or leaves it open.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from opinia.evaluate.statistics import Interval, interval
from opinia.runs.recipe import Recipe
from opinia.study.findings import ENOUGH_SEEDS, FAMILY_ERROR, STABILITY_METRICS, Findings, Onset
from opinia.study.pairs import Pair
from opinia.study.records import Results

FIVE = {(64, 10), (64, 20), (64, 30), (32, 20), (128, 20)}
PEAK = 0.87
NEAR = 0.01
"""Accuracies within a point count as near, and runs within a point as very similar."""
ABOUT_TEN = (9, 13)
"""An onset in these epochs counts as "after about 10 epochs"."""
SLIGHT = 0.02
LEAST_STABLE = 32
DIGITS = 4
"""Accuracies are held against a bound as they are printed: in points with two decimals."""

CONFIRMED, PARTLY, NOT_CONFIRMED, UNDECIDED = "confirmed", "partly", "not confirmed", "undecided"
FOR, AGAINST, OPEN = "for", "against", "open"
_BY_SIGN = {1: FOR, 0: OPEN, -1: AGAINST}


@dataclass(frozen=True)
class Case:
    """What one training, or one comparison, says of a conclusion.

    Args:
        subject: the run, or the two runs, that are looked at.
        says: ``for``, ``against`` or ``open``.
        found: the figure; None where it is an epoch.
        onset: of overfitting, where that is the question.
        metric: ``val_accuracy`` or ``val_loss``, where both are looked at.
    """

    subject: tuple[str, ...]
    says: str
    found: Interval | None = None
    onset: Onset | None = None
    metric: str = ""


@dataclass(frozen=True)
class Claim:
    """One of the published conclusions.

    Args:
        name: ``overfitting``, ``stability``, ``batch``, ``similar``, ``peak`` or ``regression``.
        verdict: ``confirmed``, ``partly``, ``not confirmed`` or ``undecided``.
        cases: what the verdict follows from.
    """

    name: str
    verdict: str
    cases: tuple[Case, ...]


def judge(cases: Sequence[Case], *, enough_seeds: bool = True) -> str:
    """Return the verdict that follows from the cases of a conclusion.

    One case against a general conclusion is enough: ``not confirmed``. Where none is against it, it is
    ``confirmed`` if all cases speak for it, ``partly`` confirmed if some do and others leave it open, and
    ``undecided`` if all leave it open, or where there are too few seeds for a spread.
    """
    says = {case.says for case in cases}
    if not enough_seeds or says <= {OPEN}:
        return UNDECIDED
    if AGAINST in says:
        return NOT_CONFIRMED
    return CONFIRMED if says == {FOR} else PARTLY


def compare_with_published(
    results: Results,
    findings: Sequence[Findings],
    *,
    pairs: Sequence[Pair],
    volatility_pairs: Sequence[Pair],
) -> tuple[Claim, ...]:
    """Hold the published conclusions against a study that contains the five runs on the real reviews.

    Args:
        results: finished runs.
        findings: of each training, in the order of ``results.trainings()``.
        pairs: differences between runs.
        volatility_pairs: differences in late volatility between trainings.

    Returns:
        A claim each; none where one of the five is missing, differs from the published network, or was
        trained on other reviews than the rest, or on others than IMDB's.
    """
    five = _five_runs(results)
    if len(five) != len(FIVE) or not pairs:
        return ()
    names = set(five.values())
    groups = results.trainings()
    ours = [found for group, found in zip(groups, findings, strict=True) if names & set(group)]
    inside = [p for p in pairs if p.metric == "best_val_accuracy" and {p.one, p.other} <= names]
    cases = {
        "overfitting": [_overfitting(found) for found in ours],
        "stability": [case for found in ours for case in _stability(found)],
        "batch": _batch(ours, volatility_pairs),
        "similar": [_similar(pair) for pair in inside],
        "peak": [_peak(name, results) for name in results.runs if name in names],
        "regression": [case for found in ours for case in _regression(found)],
    }
    enough = all(len(results.runs[name]) >= ENOUGH_SEEDS for name in names)
    return tuple(
        Claim(name, judge(found, enough_seeds=enough), tuple(found)) for name, found in cases.items()
    )


def _five_runs(results: Results) -> dict[tuple[int, int], str]:
    """Return the name of each of the five runs that is there, by batch size and epochs."""
    found = {}
    default = Recipe()
    neutral = {
        "name": default.name,
        "training.batch_size": default.training.batch_size,
        "training.epochs": default.training.epochs,
        "training.seed": default.training.seed,
        "training.threads": default.training.threads,
        "data.validation": default.data.validation,
        "data.split_seed": default.data.split_seed,
    }
    for name, records in results.runs.items():
        recipe = records[0].recipe
        size = recipe.training.batch_size, recipe.training.epochs
        sources = {record.environment.get("data", {}).get("source") for record in records}
        if size in FIVE and recipe.replace(neutral) == default and sources == {default.data.source}:
            found[size] = name
    return found


def _overfitting(found: Findings) -> Case:
    onset = found.onset
    if onset.epoch is None:
        says = OPEN if onset.reason == "few epochs" else AGAINST
    else:
        says = FOR if ABOUT_TEN[0] <= onset.epoch <= ABOUT_TEN[1] else AGAINST
    return Case((found.run,), says, onset=onset)


def _stability(found: Findings) -> list[Case]:
    if found.stability is None:
        return []
    changes = {metric: found.stability[metric].change for metric in STABILITY_METRICS}
    return [Case((found.run,), _BY_SIGN[c.sign], c, metric=metric) for metric, c in changes.items()]


def _batch(findings: Sequence[Findings], pairs: Sequence[Pair]) -> list[Case]:
    """Compare the volatility of batch 32 with that of each other training."""
    sizes = {found.run: found.batch_size for found in findings}
    cases = []
    for pair in pairs:
        if pair.one in sizes and pair.other in sizes and LEAST_STABLE in (sizes[pair.one], sizes[pair.other]):
            turned = pair if sizes[pair.one] == LEAST_STABLE else pair.turned
            subject = (turned.one, turned.other)
            cases.append(Case(subject, _BY_SIGN[turned.difference.sign], turned.difference))
    return cases


def _similar(pair: Pair) -> Case:
    found = pair.difference
    says = FOR if round(abs(found.mean), DIGITS) <= NEAR else AGAINST if found.sign else OPEN
    return Case((pair.one, pair.other), says, found)


def _peak(name: str, results: Results) -> Case:
    best = [record.best.val_accuracy for record in results.runs[name]]
    found = interval(best, confidence=1 - FAMILY_ERROR / len(FIVE))
    if round(abs(found.mean - PEAK), DIGITS) <= NEAR:
        return Case((name,), FOR, found)
    ends = (found.low, found.high)
    apart = ends[0] is not None and ends[1] is not None and (ends[1] < PEAK - NEAR or ends[0] > PEAK + NEAR)
    return Case((name,), AGAINST if apart else OPEN, found)


def _regression(found: Findings) -> list[Case]:
    drop = found.regression
    if drop is None:
        return []
    says = _BY_SIGN[drop.sign]
    if says == FOR and round(drop.mean, DIGITS) > SLIGHT:
        says = AGAINST if drop.low is not None and drop.low > SLIGHT else OPEN
    return [Case((found.run,), says, drop)]
