"""The figures of an evaluation, against counting by hand."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from opinia.evaluate.metrics import answers_of, evaluate


def of(labels, positive, words=None):
    positive = np.array(positive)
    pair = np.stack([1 - positive, positive], axis=1)
    return evaluate(np.array(labels), pair, np.array(words or [3] * len(labels)), ("negative", "positive"))


def test_a_case_counted_by_hand():
    result = of([1, 1, 1, 0, 0], [0.9, 0.6, 0.2, 0.4, 0.7], words=[1, 2, 3, 4, 500])
    assert result.confusion == ((1, 1), (1, 2))
    assert result.accuracy == pytest.approx(3 / 5)
    assert result.precision == pytest.approx(2 / 3)
    assert result.recall == pytest.approx(2 / 3)
    assert result.f1 == pytest.approx(2 / 3)
    assert result.auc == pytest.approx(3 / 6)
    assert result.nll == pytest.approx(-sum(map(math.log, (0.9, 0.6, 0.2, 0.6, 0.3))) / 5)
    assert [(g.name, g.longest, g.reviews, g.accuracy) for g in result.by_length] == [
        ("short", 2, 2, 1.0),
        ("median", 4, 2, 0.5),
        ("long", 500, 1, 0.0),
    ]


def test_calibration_error_of_a_model_that_is_too_sure():
    """It says 95 % and is right in 6 of 10: all in one bin, off by 0.35."""
    result = of([1] * 6 + [0] * 4, [0.95] * 10)
    assert result.ece == pytest.approx(0.35)
    (full,) = (b for b in result.bins if b.reviews)
    assert full.low < 0.95 <= full.high
    assert len(result.bins) == 15


def test_one_class_alone_has_no_auc():
    assert math.isnan(of([1, 1], [0.2, 0.9]).auc)


@given(st.lists(st.tuples(st.booleans(), st.sampled_from([0.1, 0.25, 0.5, 0.75, 0.9])), min_size=2))
def test_auc_is_the_share_of_pairs_in_the_right_order(rows):
    labels, scores = [int(label) for label, _ in rows], [score for _, score in rows]
    above = [score for label, score in rows if label]
    below = [score for label, score in rows if not label]
    pairs = [(p, n) for p in above for n in below]
    if pairs:
        share = sum((p > n) + 0.5 * (p == n) for p, n in pairs) / len(pairs)
        assert of(labels, scores).auc == pytest.approx(share)


THREE = ("bad", "fine", "good")


def test_three_classes_counted_by_hand():
    truth = np.array([0, 0, 1, 1, 2, 2])
    probabilities = np.array(
        [[0.8, 0.1, 0.1], [0.3, 0.4, 0.3], [0.1, 0.7, 0.2], [0.2, 0.5, 0.3], [0.1, 0.1, 0.8], [0.6, 0.2, 0.2]]
    )
    found = evaluate(truth, probabilities, np.full(6, 3), THREE)
    assert found.confusion == ((1, 1, 0), (0, 2, 0), (1, 0, 1))
    assert found.accuracy == pytest.approx(4 / 6)
    assert [(each.name, each.reviews) for each in found.classes] == [("bad", 2), ("fine", 2), ("good", 2)]
    assert [each.precision for each in found.classes] == pytest.approx([1 / 2, 2 / 3, 1])
    assert [each.recall for each in found.classes] == pytest.approx([1 / 2, 1, 1 / 2])
    assert [each.f1 for each in found.classes] == pytest.approx([1 / 2, 4 / 5, 2 / 3])
    assert found.macro_f1 == found.weighted_f1 == pytest.approx((1 / 2 + 4 / 5 + 2 / 3) / 3)
    assert found.nll == pytest.approx(-sum(map(math.log, (0.8, 0.3, 0.7, 0.5, 0.8, 0.2))) / 6)
    assert sum(each.reviews for each in found.bins) == 6
    assert all(math.isnan(value) for value in (found.auc, found.precision, found.recall, found.f1))


def test_the_figures_of_many_classes_are_those_of_scikit_learn():
    metrics = pytest.importorskip("sklearn.metrics")
    random = np.random.default_rng(3)
    truth = random.choice(5, 400, p=[0.5, 0.2, 0.2, 0.1, 0.0])  # the last has no text, and some answers
    logits = random.normal(size=(400, 5)) + 1.5 * np.eye(5)[truth]
    probabilities = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    for columns in (range(5), range(4)):  # without answers, too
        shares = probabilities[:, columns] / probabilities[:, columns].sum(axis=1, keepdims=True)
        shares = np.pad(shares, [(0, 0), (0, 5 - shares.shape[1])])
        called, found = answers_of(shares), evaluate(truth, shares, np.full(400, 3), tuple("abcde"))
        assert found.accuracy == pytest.approx(metrics.accuracy_score(truth, called))
        assert found.confusion == tuple(map(tuple, metrics.confusion_matrix(truth, called, labels=range(5))))
        for average, value in (("macro", found.macro_f1), ("weighted", found.weighted_f1)):
            assert value == pytest.approx(metrics.f1_score(truth, called, average=average))
        figures = metrics.precision_recall_fscore_support(truth, called, labels=range(5), zero_division=0)
        for each, *expected in zip(found.classes, *figures, strict=True):
            assert [each.precision, each.recall, each.f1, each.reviews] == pytest.approx(expected)


@given(st.lists(st.tuples(st.booleans(), st.floats(0, 1, width=32)), min_size=1, max_size=50))
def test_the_numbers_of_two_classes_are_those_of_before_to_the_last_digit(rows):
    """The formulas as they stood while two classes were all there were."""
    truth = np.array([label for label, _ in rows])
    positive = np.array([share for _, share in rows], np.float32)
    found = evaluate(
        truth.astype(int), np.stack([1 - positive, positive], axis=1), np.arange(len(rows)), ("no", "yes")
    )
    called = positive > 0.5
    tp, fp, fn = int((called & truth).sum()), int((called & ~truth).sum()), int((~called & truth).sum())
    precision, recall = tp / (tp + fp) if tp + fp else 0.0, tp / (tp + fn) if tp + fn else 0.0
    f1 = 2 * precision * recall / (precision + recall) if precision + recall else 0.0
    of_truth = np.where(truth, positive, 1.0 - positive).astype(np.float64)
    sure = np.maximum(positive, 1 - positive).astype(np.float64)
    right, places = truth == called, np.clip(np.ceil(sure * 15).astype(int) - 1, 0, 14)
    gaps = [
        int((places == i).sum()) * abs(float(right[places == i].mean()) - float(sure[places == i].mean()))
        for i in range(15)
        if (places == i).any()
    ]
    assert (found.precision, found.recall, found.f1) == (precision, recall, f1)
    assert found.accuracy == float(right.mean())
    assert found.nll == float(-np.log(np.maximum(of_truth, 1e-12)).mean())
    assert found.ece == sum(gaps) / len(rows)
    assert found.confusion == ((len(rows) - tp - fp - fn, fp), (fn, tp))


@pytest.mark.parametrize(
    ("truth", "shape", "classes"),
    [([0, 1], (2, 2), THREE), ([0, 3], (2, 3), THREE), ([0, -1], (2, 3), THREE), ([], (0, 3), THREE)]
    + [([0], (1, 1), ("one",)), ([0, 0.5], (2, 2), ("no", "yes"))],
)
def test_what_does_not_belong_together_is_refused(truth, shape, classes):
    with pytest.raises(ValueError, match="Received"):
        evaluate(np.array(truth), np.full(shape, 0.5), np.ones(len(truth)), classes)
