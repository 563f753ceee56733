"""The figures of an evaluation, against counting by hand."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from opinia.evaluate.metrics import evaluate


def of(labels, positive, words=None):
    return evaluate(np.array(labels), np.array(positive), np.array(words or [3] * len(labels)))


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
