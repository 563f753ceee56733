"""A temperature for each text: against ones that are known, and through the model file."""

import numpy as np
import pytest

from opinia.errors import RecipeError
from opinia.graph.weights import SHARPEST, DenseWeights
from opinia.model.file import read_model
from opinia.runs.recipe import Recipe
from opinia.train.calibration import fit_sharpness, sharpness_of
from opinia.train.network.sentiment_network import SentimentNetwork
from opinia.train.network.weights import begin_with
from opinia.train.pipeline import fit, make_ready
from opinia.train.validation import hidden_and_logits, logits_of, measure

SETTINGS = {"text.kind": "words", "training.calibrate": True, "training.adaptive_temperature": True}


def two_kinds(classes=2, n=8_000):
    """Texts of two kinds, that the hidden layer tells apart: of the first the logits are three times too
    large, of the second half as large as they should be."""
    random = np.random.default_rng(0)
    honest = random.normal(0, 1.5, (n, classes))
    if classes == 2:
        honest[:, 0] = 0
    odds = np.exp(honest)
    labels = (odds.cumsum(1) / odds.sum(1, keepdims=True) > random.random((n, 1))).argmax(1)
    kind = np.arange(n) % 2
    hidden = np.stack([kind == 0, kind == 1, np.zeros(n), random.random(n)], axis=1).astype(np.float32)
    given = honest * np.where(kind == 0, 3.0, 0.5)[:, None]
    return hidden, given[:, 1] if classes == 2 else given, labels, kind


@pytest.mark.parametrize("classes", [2, 4])
def test_the_temperature_of_each_kind_is_found(classes):
    hidden, logits, labels, kind = two_kinds(classes)
    sharp = sharpness_of(hidden, fit_sharpness(hidden, logits, labels))
    assert np.median(sharp[kind == 0]) == pytest.approx(1 / 3, rel=0.1)
    assert np.median(sharp[kind == 1]) == pytest.approx(2, rel=0.1)


def test_texts_without_weight_say_nothing():
    hidden, logits, labels, kind = two_kinds()
    swapped = np.where(kind == 1, 1 - labels, labels)
    found = fit_sharpness(hidden, logits, swapped, (kind == 0).astype(np.float32))
    assert np.median(sharpness_of(hidden[kind == 0], found)) == pytest.approx(1 / 3, rel=0.1)


def test_a_few_texts_change_little():
    """Cross-validation finds that nothing is to be learnt from ten texts with sixty numbers each."""
    random = np.random.default_rng(1)
    hidden = random.random((10, 60)).astype(np.float32)
    layer = fit_sharpness(hidden, random.normal(size=10), np.arange(10) % 2)
    assert np.abs(np.log(sharpness_of(hidden, layer))).max() <= SHARPEST
    assert np.isfinite(layer.kernel).all()


def test_hopeless_texts_reach_the_limit_and_no_further():
    hidden, logits, labels, _ = two_kinds(n=500)
    sharp = sharpness_of(hidden, fit_sharpness(hidden, logits, 1 - labels))
    assert np.exp(-SHARPEST) <= sharp.min() * (1 + 1e-6) < 0.2


def test_a_network_without_a_second_number_has_one_temperature():
    layer = DenseWeights(np.zeros((1, 3), np.float32), np.float32([0.5]))
    np.testing.assert_allclose(sharpness_of(np.ones((2, 3), np.float32), layer), np.exp(0.5), rtol=1e-6)


@pytest.fixture(scope="module")
def recipe(tiny):
    return tiny.replace({**SETTINGS, "training.epochs": 1})


@pytest.mark.parametrize("int8", [False, True])
def test_the_figures_are_those_of_the_file(recipe, tmp_path, int8):
    run = fit(recipe.replace({"network.int8": int8}), tmp_path / "run")
    task = make_ready(run.recipe(), run)
    model = read_model(run.last)
    logits = logits_of(model, task.validation)
    loss, accuracy = measure(logits / np.float32(model.description.temperature), task.validation.labels)
    last = run.history()[-1]
    assert (loss, accuracy) == pytest.approx((last.val_loss, last.val_accuracy), abs=0.02 if int8 else 1e-4)
    network = SentimentNetwork(len(task.tokenizer), recipe.network)
    begin_with(run.last, network, tokenizer=task.tokenizer, classes=task.classes, training=task.training)
    _, alone = hidden_and_logits(network, task.validation)
    if not int8:  # rounded activations are not those of the network that is read back
        factors = logits / alone
        assert factors.std() > 0.001
        assert (factors > 0).all()


@pytest.mark.parametrize(
    "changes", [{"training.calibrate": False}, {"linear.ngrams": 100}, {"data.final": "runs/first"}]
)
def test_what_it_does_not_go_with_is_refused(changes):
    with pytest.raises(RecipeError, match=r"training\.adaptive_temperature is a part of"):
        Recipe().replace({**SETTINGS, **changes})
