"""Thresholds of models of two classes: chosen by F1 or cost, and what the answers are with one."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from opinia.evaluate.metrics import evaluate
from opinia.evaluate.threshold import Costs, at_threshold, choose_threshold

SHARES = st.sampled_from([0.0, 0.05, 0.2, 0.31, 0.499, 0.5, 0.50001, 0.7, 0.93, 1.0])


def by_hand(truth, positive, threshold):
    called = [p > threshold for p in positive]
    hits = sum(c and t for c, t in zip(called, truth, strict=True))
    wrongly = sum(c and not t for c, t in zip(called, truth, strict=True))
    missed = sum(not c and t for c, t in zip(called, truth, strict=True))
    return hits, wrongly, missed


def f1_by_hand(truth, positive, threshold):
    hits, wrongly, missed = by_hand(truth, positive, threshold)
    return 2 * hits / (2 * hits + wrongly + missed) if hits else 0.0


@settings(derandomize=True, max_examples=100, deadline=None)
@given(st.lists(st.tuples(st.booleans(), SHARES), min_size=2, max_size=30), st.sampled_from([None, 1, 3, 40]))
def test_no_other_threshold_is_better(rows, weight):
    truth, positive = np.array([t for t, _ in rows], int), np.array([p for _, p in rows], np.float32)
    if len(set(truth.tolist())) < 2:
        with pytest.raises(ValueError, match="both classes"):
            choose_threshold(truth, positive)
        return
    costs = None if weight is None else Costs(1, weight)
    best = choose_threshold(truth, positive, costs=costs).best
    every = [0.0, *sorted({float(p) for p in positive}), 1.0]
    tried = [*every, *((a + b) / 2 for a, b in zip(every, every[1:], strict=False))]
    if costs is None:
        assert best.f1 == pytest.approx(max(f1_by_hand(truth, positive.astype(float), t) for t in tried))
    else:
        least = min(
            (wrongly + weight * missed) / len(rows)
            for _, wrongly, missed in (by_hand(truth, positive.astype(float), t) for t in tried)
        )
        assert best.cost == pytest.approx(least)
    assert (best.false_positives, best.false_negatives) == by_hand(
        truth, positive.astype(float), best.threshold
    )[1:]


def test_the_nearest_to_one_half_and_the_shortest_number_is_taken():
    positive = np.array([0.1, 0.2, 0.31234, 0.34567, 0.9])
    assert choose_threshold(np.array([0, 0, 0, 1, 1]), positive).best.threshold == 0.34
    assert choose_threshold(np.array([0, 0, 0, 0, 1]), positive).best.threshold == 0.5
    assert choose_threshold(np.array([0, 1, 1, 1, 1]), positive).best.threshold == 0.19


def test_dear_misses_lower_the_threshold():
    draw = np.random.default_rng(0)
    truth = draw.integers(0, 2, 400)
    positive = np.clip(truth * 0.3 + draw.normal(0.35, 0.2, 400), 0.01, 1)
    found = [
        choose_threshold(truth, positive, costs=Costs(*pair)).best.threshold
        for pair in ((8, 1), (1, 1), (1, 8))
    ]
    assert found[0] > found[1] > found[2]
    free = choose_threshold(truth, positive, costs=Costs(0, 1)).best
    assert free.false_negatives == 0
    assert free.cost == 0


def test_the_table_holds_the_chosen_one_and_one_half():
    draw = np.random.default_rng(1)
    truth = draw.integers(0, 2, 300)
    positive = np.clip(truth * 0.2 + draw.normal(0.1, 0.1, 300), 0, 1)
    choice = choose_threshold(truth, positive)
    shown = [row.threshold for row in choice.around]
    assert shown == sorted(set(shown))
    assert choice.best in choice.around
    assert 0.5 in shown
    for row in choice.around:
        assert row == at_threshold(truth, positive, row.threshold)
        assert row.f1 <= choice.best.f1


@pytest.mark.parametrize("threshold", [0.0, 0.2, 0.5, 0.9, 1.0])
def test_figures_are_those_of_the_threshold(threshold):
    draw = np.random.default_rng(2)
    truth = draw.integers(0, 2, 200)
    positive = np.clip(truth * 0.4 + draw.normal(0.3, 0.2, 200), 0, 1).astype(np.float32)
    pair = np.stack([1 - positive, positive], axis=1)
    words = np.arange(200)
    result = evaluate(truth, pair, words, ("negative", "positive"), threshold=threshold)
    at = at_threshold(truth, positive, threshold)
    assert result.confusion[0][1] == at.false_positives
    assert result.confusion[1][0] == at.false_negatives
    assert (result.precision, result.recall) == (at.precision, at.recall)
    assert result.accuracy == pytest.approx(at.accuracy)
    usual = evaluate(truth, pair, words, ("negative", "positive"))
    assert (result.auc, result.nll) == (usual.auc, usual.nll)
    assert sum(each.reviews for each in result.bins) == 200
