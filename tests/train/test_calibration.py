"""The calibration against probabilities that are known."""

import numpy as np
import pytest

from opinia.train import calibration
from opinia.train.calibration import Calibration, fit_calibration


def drawn(share_of_positives=0.5, n=10_000):
    """Logits of the positive class that are right where both classes are as frequent, and labels."""
    random = np.random.default_rng(0)
    labels = (random.random(n) < share_of_positives).astype(np.float32)
    # Two normal distributions one variance apart on either side of 0: their log ratio is the value itself.
    return random.normal(np.where(labels == 1, 1.0, -1.0), np.sqrt(2)), labels


@pytest.mark.parametrize("temperature", [0.5, 1.0, 2.5])
@pytest.mark.parametrize("bias", [0.0, -0.7])
def test_the_calibration_that_was_undone_is_found(temperature, bias):
    honest, labels = drawn()
    found = fit_calibration(honest * temperature - bias, labels)
    assert found.temperature == pytest.approx(temperature, rel=0.03)
    assert found.bias == pytest.approx(bias, abs=0.05 * temperature)
    np.testing.assert_allclose(found.apply(honest * temperature - bias), honest, atol=0.3)


def test_the_shares_of_the_classes_do_not_matter():
    honest, labels = drawn(share_of_positives=0.8)
    found = fit_calibration(honest, labels)
    assert found.temperature == pytest.approx(1, rel=0.05)
    assert found.bias == pytest.approx(0, abs=0.05)


def test_perfect_and_hopeless_logits_end_at_the_bounds():
    labels = np.array([0, 1, 1, 0], np.float32)
    perfect = np.array([-1, 1, 1, -1], np.float32)
    assert fit_calibration(perfect, labels).temperature == pytest.approx(0.05, rel=0.01)
    assert fit_calibration(-perfect, labels).temperature == pytest.approx(20, rel=0.01)


def test_the_bias_suits_sentences_too():
    honest, labels = drawn()
    found = fit_calibration(honest, labels, of_sentences=honest - 1.0)
    assert 0.3 < found.bias < 0.7
    assert fit_calibration(honest, labels, of_sentences=honest) == fit_calibration(honest, labels)


def test_one_class_alone_says_nothing_of_the_bias():
    assert fit_calibration(np.array([1.0, -1.0, 2.0]), np.ones(3)).bias == 0


def test_nothing_is_done_by_default():
    logits = np.array([1.5, -2.0], np.float32)
    np.testing.assert_array_equal(Calibration().apply(logits), logits)


@pytest.mark.parametrize("classes", [2, 3])
def test_smoothed_labels_leave_a_doubt_where_few_texts_are_all_right(classes):
    labels = np.arange(24) % classes
    logits = np.eye(classes, dtype=np.float32)[labels] * 6 - 3
    if classes == 2:
        logits = logits[:, 1] - logits[:, 0]
    certain = fit_calibration(logits, labels)
    smoothed = fit_calibration(logits, labels, smoothed=True)
    assert certain.temperature < 0.1  # sure of everything
    of_own = smoothed.apply(logits)[labels == 1]
    of_own = (
        1 / (1 + np.exp(-of_own)) if classes == 2 else (np.exp(of_own) / np.exp(of_own).sum(1)[:, None])[:, 1]
    )
    assert of_own == pytest.approx(25 / (24 + classes), abs=0.01)


def test_smoothing_does_little_where_there_are_many_texts():
    draw = np.random.default_rng(0)
    logits = draw.normal(0, 2, 20_000)
    labels = draw.random(20_000) < 1 / (1 + np.exp(-logits / 1.7))
    one, other = (fit_calibration(logits, labels, smoothed=smoothed) for smoothed in (False, True))
    assert one.temperature == pytest.approx(1.7, rel=0.05)
    assert other.temperature == pytest.approx(one.temperature, rel=0.01)


def test_two_texts_of_validation_make_nobody_sure_of_anything():
    """A network that has hardly learnt has small logits, right or wrong: no reason to sharpen them."""
    hardly = fit_calibration(np.array([-0.02, 0.03]), np.array([0, 1]), smoothed=True)
    assert 0.5 < hardly.temperature < 2
    wide = fit_calibration(np.array([[0.1, 0, 0], [0, 0.1, 0]]), np.array([0, 1]), smoothed=True)
    assert 0.5 < wide.temperature < 2


@pytest.mark.parametrize("spread", [0.01, 1.0, 30.0, 300.0])
@pytest.mark.parametrize("sentences", [False, True])
def test_what_is_not_computed_twice_changes_no_bit(monkeypatch, spread, sentences):
    random = np.random.default_rng(int(spread))
    labels = (random.random(60) < 0.3).astype(int)
    logits = ((2 * labels - 1 + 2 * random.normal(size=60)) * spread).astype(np.float32)
    short = logits / 3 if sentences else None
    found = fit_calibration(logits, labels, of_sentences=short)
    monkeypatch.setattr(calibration, "_around_zero", lambda slopes, reach: (-reach, reach))
    monkeypatch.setattr(calibration, "_SHARED", float("inf"))
    assert found == fit_calibration(logits, labels, of_sentences=short)
