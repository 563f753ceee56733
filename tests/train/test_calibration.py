"""The temperature against probabilities that are known."""

import numpy as np
import pytest

from opinia.train.calibration import fit_temperature


@pytest.mark.parametrize("temperature", [0.5, 1.0, 2.5])
def test_the_temperature_that_labels_were_drawn_with_is_found(temperature):
    random = np.random.default_rng(0)
    honest = random.normal(scale=2, size=200_000)
    labels = (random.random(200_000) < 1 / (1 + np.exp(-honest))).astype(np.float32)
    assert fit_temperature(honest * temperature, labels) == pytest.approx(temperature, rel=0.02)


def test_perfect_and_hopeless_logits_end_at_the_bounds():
    labels = np.array([0, 1, 1, 0], np.float32)
    perfect = np.array([-1, 1, 1, -1], np.float32)
    assert fit_temperature(perfect, labels) == pytest.approx(0.05, rel=0.01)
    assert fit_temperature(-perfect, labels) == pytest.approx(20, rel=0.01)
