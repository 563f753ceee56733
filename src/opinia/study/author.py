"""The author's conclusions on the five runs, held against ours."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from opinia.study.findings import ENOUGH_SEEDS, Findings, table, window_drop
from opinia.study.pairs import Pair
from opinia.study.records import Results
from opinia.study.statistics import Interval, interval
from opinia.train.recipe import Recipe

FIVE = {(64, 10), (64, 20), (64, 30), (32, 20), (128, 20)}
PEAK = 0.87
NEAR = 0.01
"""Accuracies within a point count as near, and runs within a point as very similar."""
ABOUT_TEN = (9, 13)
"""An onset in these epochs counts as "after about 10 epochs"."""
SLIGHT = 0.02
BEFORE, AFTER = (6, 10), (16, 20)
LEAST_STABLE = 32

CONFIRMED, PARTLY, NOT_CONFIRMED, UNDECIDED = "confirmed", "partly", "not confirmed", "undecided"


@dataclass(frozen=True)
class Claim:
    """One of the author's conclusions.

    Args:
        name: ``similar``, ``peak``, ``overfitting``, ``stability``, ``regression`` or ``batch``.
        verdict: ``confirmed``, ``partly``, ``not confirmed`` or ``undecided``.
        figures: what the verdict rests on.
    """

    name: str
    verdict: str
    figures: dict[str, Any]


def compare_with_author(
    results: Results,
    findings: Sequence[Findings],
    *,
    pairs: Sequence[Pair],
    volatility_pairs: Sequence[Pair],
) -> tuple[Claim, ...]:
    """Hold the author's conclusions against a study that contains the five runs on the real reviews.

    Args:
        results: finished runs.
        findings: of each training, in the order of ``results.trainings()``.
        pairs: differences between runs.
        volatility_pairs: differences in late volatility between trainings.

    Returns:
        A claim each; none where one of the five is missing, differs from the published network, or was
        trained on other reviews than the rest.
    """
    five = _five_runs(results)
    if len(five) != len(FIVE) or not pairs:
        return ()
    names = set(five.values())
    groups = results.trainings()
    ours = [found for group, found in zip(groups, findings, strict=True) if names & set(group)]
    best = {n: [r.best.val_accuracy for r in results.runs[n]] for n in five.values()}
    inside = [p for p in pairs if p.metric == "best_val_accuracy" and {p.one, p.other} <= names]
    claims = (
        _similar(inside),
        _peak({name: interval(values) for name, values in best.items()}, max(map(max, best.values()))),
        _overfitting(ours),
        _stability(ours),
        _regression(results, ours),
        _batch(ours, volatility_pairs),
    )
    if all(len(results.runs[name]) >= ENOUGH_SEEDS for name in names):
        return claims
    return tuple(Claim(claim.name, UNDECIDED, claim.figures) for claim in claims)


def _five_runs(results: Results) -> dict[tuple[int, int], str]:
    """Return the name of each of the five runs that is there, by batch size and epochs."""
    found = {}
    for name, records in results.runs.items():
        recipe = records[0].recipe
        size = recipe.training.batch_size, recipe.training.epochs
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
        if size in FIVE and recipe.replace(neutral) == default:
            found[size] = name
    return found


def _similar(pairs: Sequence[Pair]) -> Claim:
    widest = max(pairs, key=lambda pair: abs(pair.difference.mean))
    size, beyond = abs(widest.difference.mean), [p for p in pairs if p.difference.sign]
    verdict = CONFIRMED if size <= NEAR else NOT_CONFIRMED if widest in beyond else UNDECIDED
    return Claim(
        "similar",
        verdict,
        {
            "one": widest.one,
            "other": widest.other,
            "difference": size,
            "beyond": len(beyond),
            "of": len(pairs),
        },
    )


def _peak(means: dict[str, Interval], highest: float) -> Claim:
    values = [found.mean for found in means.values()]
    near = [abs(value - PEAK) <= NEAR for value in values]
    verdict = CONFIRMED if all(near) else PARTLY if any(near) else NOT_CONFIRMED
    return Claim("peak", verdict, {"lowest": min(values), "highest": max(values), "single": highest})


def _overfitting(findings: Sequence[Findings]) -> Claim:
    epochs = [found.onset.epoch for found in findings]
    near = [epoch is not None and ABOUT_TEN[0] <= epoch <= ABOUT_TEN[1] for epoch in epochs]
    verdict = (
        UNDECIDED
        if all(epoch is None for epoch in epochs)
        else CONFIRMED
        if all(near)
        else PARTLY
        if any(near)
        else NOT_CONFIRMED
    )
    return Claim("overfitting", verdict, {"onsets": {f.run: f.onset.epoch for f in findings}})


def _stability(findings: Sequence[Findings]) -> Claim:
    changes = {f.run: f.stability["val_accuracy"].change for f in findings if f.stability}
    return Claim(
        "stability",
        _verdict(list(changes.values())),
        {"changes": {run: c.mean for run, c in changes.items()}},
    )


def _regression(results: Results, findings: Sequence[Findings]) -> Claim:
    drops = {
        found.run: interval(window_drop(table(results.runs[found.run], "val_accuracy"), BEFORE, AFTER))
        for found in findings
        if found.epochs >= AFTER[1]
    }
    verdict = _verdict(list(drops.values()))
    if verdict == CONFIRMED and any(drop.mean > SLIGHT for drop in drops.values()):
        verdict = PARTLY
    return Claim("regression", verdict, {"drops": {run: drop.mean for run, drop in drops.items()}})


def _verdict(changes: Sequence[Interval]) -> str:
    """Judge whether something rose beyond the spread over seeds: in every training, in some, or in none."""
    signs = [change.sign for change in changes]
    if any(sign > 0 for sign in signs):
        return CONFIRMED if all(sign > 0 for sign in signs) else PARTLY
    if any(sign < 0 for sign in signs) or (changes and all(change.mean <= 0 for change in changes)):
        return NOT_CONFIRMED
    return UNDECIDED


def _batch(findings: Sequence[Findings], pairs: Sequence[Pair]) -> Claim:
    """Judge whether batch 32 is the least stable over the late window."""
    late = {f.batch_size: f.stability["val_accuracy"].late.mean for f in findings if f.stability}
    runs = {f.run: f.batch_size for f in findings}
    least = max(late, key=lambda size: late[size])
    beyond = [
        pair.difference.sign if runs[pair.one] == least else -pair.difference.sign
        for pair in pairs
        if pair.one in runs and pair.other in runs and least in (runs[pair.one], runs[pair.other])
    ]
    is_clear = bool(beyond) and all(sign > 0 for sign in beyond)
    if least == LEAST_STABLE:
        verdict = CONFIRMED if is_clear else PARTLY
    else:
        verdict = NOT_CONFIRMED if is_clear else UNDECIDED
    return Claim("batch", verdict, {"least": least, "volatility": {str(k): v for k, v in late.items()}})
