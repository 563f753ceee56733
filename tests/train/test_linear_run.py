"""Trainings whose model file has a linear model beside the network."""

import dataclasses
import shutil

import numpy as np
import onnx
import pytest

from opinia.errors import RecipeError, TrainingError
from opinia.model.file import read_model
from opinia.runs.folder import RunFolder
from opinia.runs.recipe import Recipe
from opinia.train.network.sentiment_network import SentimentNetwork, trainable_parameters
from opinia.train.network.weights import begin_with
from opinia.train.ngrams import load_linear
from opinia.train.pipeline import fit, make_ready
from opinia.train.validation import logits_of, measure


@pytest.fixture(scope="module")
def recipe(tiny):
    return tiny.replace(
        {"training.calibrate": True, "training.epochs": 2, "text.kind": "words", "linear.ngrams": 300}
    )


@pytest.fixture(scope="module")
def run(recipe, tmp_path_factory):
    return fit(recipe, tmp_path_factory.mktemp("linear") / "run")


def test_the_figures_are_those_of_the_file(recipe, run):
    task = make_ready(recipe, run)
    assert task.linear.ngrams == 300
    model = read_model(run.last)
    logits = logits_of(model, task.validation)
    loss, accuracy = measure(logits / np.float32(model.description.temperature), task.validation.labels)
    last = run.history()[-1]
    assert (loss, accuracy) == pytest.approx((last.val_loss, last.val_accuracy), abs=1e-4)
    network = SentimentNetwork(len(task.tokenizer), recipe.network)
    begin_with(run.last, network, tokenizer=task.tokenizer, classes=task.classes, training=task.training)
    alone = logits_of(network, task.validation)
    mean = 0.7 * alone + 0.3 * task.linear.logits(task.validation.reviews())
    assert (logits - mean).std() < 1e-4  # the calibration's bias lies between them
    assert (logits - alone).std() > 0.01
    assert model.description.card["network"]["parameters"] == trainable_parameters(network) + 301


def test_it_does_not_take_part_in_training(recipe, run, tmp_path):
    without = fit(recipe.replace({"linear.ngrams": 0}), tmp_path / "without")
    for before, after in zip(without.history(), run.history(), strict=True):
        assert (before.loss, before.accuracy) == (after.loss, after.accuracy)
    names = {each.name for each in onnx.load(without.last).graph.initializer}
    assert not any(name.startswith("ngram") for name in names)


def test_a_run_that_is_continued_does_not_fit_it_again(recipe, run):
    before = (run.path / "linear.npz").stat().st_mtime_ns
    said = []
    make_ready(recipe, run, say=said.append)
    assert (run.path / "linear.npz").stat().st_mtime_ns == before
    assert said == []


def test_a_final_training_has_the_same_one_with_the_same_calibration(run, tmp_path):
    final = fit(run.recipe().replace({"name": "final", "data.final": str(run.path)}), tmp_path / "final")
    first, second = (load_linear(each.path / "linear.npz") for each in (run, final))
    for field in dataclasses.fields(first):
        np.testing.assert_array_equal(getattr(first, field.name), getattr(second, field.name))
    temperatures = [read_model(each.last).description.temperature for each in (run, final)]
    assert temperatures[0] == pytest.approx(temperatures[1], rel=1e-4)


@pytest.mark.parametrize(("key", "value"), [("linear.ngrams", 60_000), ("linear.weight", 1.5)])
def test_what_is_out_of_range_is_refused(key, value):
    with pytest.raises(RecipeError, match=key):
        Recipe().replace({key: value})


def test_the_linear_model_of_another_run_is_refused(recipe, run, tmp_path):
    other = fit(recipe.replace({"linear.ngrams": 50, "training.epochs": 1}), tmp_path / "other")
    shutil.copytree(run.path, tmp_path / "run")
    shutil.copy(other.path / "linear.npz", tmp_path / "run/linear.npz")
    with pytest.raises(TrainingError, match=r"linear\.npz is of another run") as error:
        make_ready(recipe, RunFolder(tmp_path / "run"))
    assert "delete" in error.value.hint
