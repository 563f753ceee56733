"""Histories made by hand, whose onset, regression, stability and differences are known."""

import math

import numpy as np
import pytest

from opinia.evaluate.statistics import difference, interval, running_median, t_quantile
from opinia.study.analysis import analyse
from opinia.study.findings import last_window, late_window, onset, volatility, window_drop
from studies import record, results

FALLING = [0.5 - 0.02 * i for i in range(20)]
V_SHAPED = [0.50, 0.45, 0.40, 0.35, 0.32, 0.30, *(0.32 + 0.02 * i for i in range(14))]
"""Lowest in epoch 6. The running median of 3 is equally low in epochs 5 and 7."""


def test_student_t_is_that_of_the_tables():
    for freedom, expected in ((1, 12.7062), (2, 4.3027), (3, 3.1824), (10, 2.2281), (30, 2.0423)):
        assert t_quantile(0.95, freedom) == pytest.approx(expected, abs=2e-4)
    assert t_quantile(0.99, 2) == pytest.approx(9.9248, abs=1e-3)


def test_intervals_by_hand():
    found = interval([1.0, 2.0, 3.0])
    assert (found.mean, found.sd, found.seeds) == (2.0, 1.0, 3)
    assert found.high == pytest.approx(2 + 4.3027 / math.sqrt(3), abs=1e-3)
    assert interval([0.0, 0.0]).sign == 0
    assert interval([1.0]).low is None
    assert not interval([1.0]).is_known
    welch = difference([1.0, 2.0, 3.0], [11.0, 12.0, 13.0])
    assert welch.mean == -10
    assert welch.high == pytest.approx(-10 + 2.7764 * math.sqrt(2 / 3), abs=1e-3)  # four degrees of freedom
    assert welch.sign == -1
    assert difference([1.0], [2.0, 3.0]).low is None
    assert difference([1.0, 1.0], [1.0, 1.0]).sign == 0


def test_running_median_by_hand():
    assert running_median([1, 9, 2, 3]).tolist() == [5, 2, 3, 2.5]
    assert running_median([4.0]).tolist() == [4.0]


def test_onset_is_the_epoch_after_the_lowest_validation_loss():
    found = onset(np.array(V_SHAPED), np.array(FALLING))
    assert running_median(V_SHAPED)[3:8] == pytest.approx([0.35, 0.32, 0.32, 0.32, 0.34])
    assert (found.lowest, found.epoch) == (6, 7)
    assert found.rise == pytest.approx(np.mean(V_SHAPED[-3:]) / 0.32 - 1)


def test_a_single_spike_is_no_low():
    spiky = [*V_SHAPED[:12], 0.1, *V_SHAPED[13:]]
    assert onset(np.array(spiky), np.array(FALLING)).epoch == 7


def test_no_onset_where_one_condition_fails():
    falling, rising = np.array(FALLING), np.array(FALLING[::-1])
    assert onset(falling, falling).reason == "few epochs"
    assert onset(np.array(V_SHAPED[:9]), falling[:9]).reason == "few epochs"
    flat = np.array([0.5, 0.4, 0.3, *[0.31] * 17])
    assert onset(flat, falling).reason == "no rise"
    assert onset(np.array(V_SHAPED), rising).reason == "training loss rises"
    assert onset(np.array([0.5]), np.array([0.5])).reason == "few epochs"


def test_volatility_is_the_sd_of_changes_inside_the_window_alone():
    values = np.array([0.0, 5.0, 5.0, 5.1, 5.0, 5.1, 9.0])
    assert volatility(values, 3, 6) == pytest.approx(np.std([0, 0.1, -0.1, 0.1], ddof=1))
    assert volatility(np.arange(20.0), 11, 20) == 0  # a steady climb is stable


def test_window_drop_by_hand():
    values = np.array([[1.0, 2.0, 3.0, 4.0], [0.0, 0.0, 8.0, 2.0]])
    assert window_drop(values, (1, 2), (3, 4)) == [-2.0, -5.0]


def test_the_late_window_is_the_same_for_all():
    assert late_window([30, 20, 10]) == 20
    assert late_window([30, 15, 10]) == 15
    assert late_window([12, 10]) == 0


def overfitting(name, seed, *, drop=0.03, jump=0.0, batch=64, epochs=20, **more):
    """Accuracy 0.86 to epoch 7 and then lower by drop, jumping up and down by ± jump from epoch 11."""
    level = [0.86 if i < 7 else 0.86 - drop for i in range(epochs)]
    accuracy = [v + (jump * (-1) ** i if i >= 10 else 0) + 0.001 * seed for i, v in enumerate(level)]
    loss, val_loss = FALLING[:epochs], V_SHAPED[:epochs]
    return record(name, accuracy, seed=seed, batch=batch, loss=loss, val_loss=val_loss, **more)


def test_regression_after_epoch_10_and_by_how_much():
    def falling(seed, drop, wobble=0.0):
        level = [0.86 if i < 10 else 0.86 - drop + wobble * (seed - 2) for i in range(20)]
        return record("a", level, seed=seed)

    def found(*arguments):
        (only,) = analyse(results(*(falling(seed, *arguments) for seed in (1, 2, 3)))).findings
        return only.regression

    assert found(0.03).mean == pytest.approx(0.03)
    assert [found(drop).sign for drop in (0.03, 0.0, -0.03)] == [1, 0, -1]
    assert found(0.03, 0.02).sign == 0  # falls by 1, 3 and 5 points
    assert found(0.03, 0.02).low == pytest.approx(0.03 - 4.3027 * 0.02 / math.sqrt(3), abs=1e-5)


def test_the_intervals_of_a_question_are_one_family():
    def half(*batches):
        made = [
            overfitting(f"b{b}", s, jump=0.002 * s, drop=0.01 * s, batch=b)
            for b in batches
            for s in (1, 2, 3)
        ]
        found = analyse(results(*made)).findings[0]
        intervals = (found.regression, found.stability["val_accuracy"].change)
        return [one.high - one.mean for one in intervals]

    wider = [three / one for one, three in zip(half(64), half(64, 32, 128), strict=True)]
    quantiles = [[t_quantile(1 - 0.05 / (n * m), 2) for n in (1, 3)] for m in (1, 2)]
    assert wider == pytest.approx([three / one for one, three in quantiles], rel=1e-6)


def test_the_end_of_the_late_window_begins_after_epoch_10():
    ends = (20, 16, 15, 14, 13)
    assert [last_window(last) for last in ends] == [(16, 20), (12, 16), (11, 15), (11, 14), (11, 13)]


def test_what_floating_point_leaves_is_nothing():
    assert interval([1e-17, 1e-17, 1e-17]).sign == 0
    assert interval([-1e-17, -1e-17]).sign == 0
    assert interval([1e-4, 1e-4]).sign == 1


def test_stability_and_the_least_stable_training():
    seeds = (1, 2, 3)
    found = analyse(
        results(
            *(overfitting("calm", seed, drop=0, jump=0.001 + 0.0001 * seed) for seed in seeds),
            *(overfitting("wild", seed, drop=0, jump=0.02 + 0.0001 * seed, batch=32) for seed in seeds),
        )
    )
    calm, wild = found.findings
    assert calm.stability["val_accuracy"].change.sign == 1
    # changes of ± 2 jumps, ten of them
    expected = np.std([2 * 0.0202 * (-1) ** i for i in range(10)], ddof=1)
    assert wild.stability["val_accuracy"].late.mean == pytest.approx(expected, rel=0.06)
    (pair,) = found.volatility_pairs
    assert (pair.one, pair.other, pair.difference.sign) == ("calm", "wild", -1)


def test_runs_of_one_training_are_paired_and_others_are_not():
    whole = [overfitting("long", seed, epochs=20) for seed in (1, 2, 3)]
    halves = [overfitting("half", seed, epochs=10) for seed in (1, 2, 3)]
    other = [overfitting("other", seed, drop=0.01, batch=32) for seed in (1, 2, 3)]
    made = results(*halves, *whole, *other)
    assert made.trainings() == [("half", "long"), ("other",)]
    found = analyse(made)
    assert [f.run for f in found.findings] == ["long", "other"]
    pairs = {(p.one, p.other): p for p in found.pairs if p.metric == "val_accuracy"}
    assert [pairs[key].is_paired for key in (("half", "long"), ("half", "other"))] == [True, False]
    assert pairs["half", "long"].difference.mean == pytest.approx(0)
    # seeds differ by 0.001 each, which a paired difference does not see
    assert pairs["half", "long"].difference.sd == pytest.approx(0, abs=1e-12)
    assert pairs["half", "other"].difference.mean == pytest.approx(-0.02)
    assert pairs["half", "other"].difference.sign == -1


def test_runs_that_only_look_like_one_training_are_not_paired():
    whole, half = overfitting("long", 1), overfitting("half", 1, epochs=10, drop=0.02)
    assert results(half, whole).trainings() == [("half",), ("long",)]
    cosine = {"training.schedule": "cosine"}
    shaped = results(overfitting("half", 1, epochs=10, **cosine), overfitting("long", 1, **cosine))
    assert shaped.trainings() == [("half",), ("long",)]


def test_thin_evidence_is_said_to_be_thin():
    one_seed = analyse(results(overfitting("a", 1), overfitting("b", 1, batch=32)))
    assert not one_seed.enough_seeds
    assert all(pair.difference.sign == 0 and not pair.difference.is_known for pair in one_seed.pairs)
    short = analyse(results(*(overfitting("a", seed, epochs=8) for seed in (1, 2, 3))))
    assert short.late_end == 0
    assert short.findings[0].stability is None
    mixed = analyse(results(overfitting("a", 1), overfitting("b", 1, batch=32, reviews="others")))
    assert not mixed.same_reviews
    assert mixed.pairs == ()


def test_the_standard_error_of_validation():
    found = analyse(results(record("a", [0.87])))
    assert found.standard_error == pytest.approx(math.sqrt(0.87 * 0.13 / 2500))
