"""The first stage of a cascade: trained, chosen on validation, in the model's file."""

import dataclasses
import json
import shutil

import numpy as np
import onnx
import pytest

import opinia
from commands import call
from opinia.errors import RecipeError, TrainingError
from opinia.evaluate.first_stage import SUREST, choose_threshold
from opinia.graph.cascade import is_cascade, with_threshold
from opinia.model.file import read_model, write_model
from opinia.model.parameters import parameters_of
from opinia.runs.folder import RunFolder
from opinia.runs.layer_table import summarise
from opinia.runs.recipe import Recipe
from opinia.runs.settings import CascadeRecipe
from opinia.study.recipe import shared_key
from opinia.train.cascade import FIRST
from opinia.train.pipeline import check_classes, fit, make_ready
from opinia.train.validation import logits_of

CASCADE = {
    "text.kind": "words",
    "text.max_tokens": 1500,
    "network.embedding": 16,
    "network.units": 24,
    "network.dense": 16,
    "network.pooling": "concat",
    "network.separate_embeddings": True,
    "network.int8": True,
    "training.calibrate": True,
    "training.epochs": 2,
    "training.learning_rate": 0.01,
    "training.schedule": "linear",
    "training.max_words": 60,
    "training.threads": 1,
    "cascade.units": 1,
    "cascade.epochs": 1,
    "data.source": "sample",
    "data.validation": 400,
}


@pytest.fixture(scope="module")
def recipe():
    return Recipe(name="cascade").replace(CASCADE)


@pytest.fixture(scope="module")
def said():
    return []


@pytest.fixture(scope="module")
def run(recipe, said, tmp_path_factory):
    return fit(recipe, tmp_path_factory.mktemp("cascade") / "run", say=said.append)


def test_the_file_answers_as_its_card_says(run, recipe, said):
    task = make_ready(recipe, run)
    model, labels = read_model(run.best), task.validation.labels
    card = model.description.card["cascade"]
    assert is_cascade(onnx.load(run.best))
    assert 0 < card["share"] <= 1
    assert card["accuracy"] >= card["accuracy_of_large"] - recipe.cascade.tolerance
    found = logits_of(model, task.validation)
    assert ((found > 0) == (labels > 0.5)).mean() == pytest.approx(card["accuracy"])
    first = logits_of(read_model(run.path / FIRST), task.validation)
    sure = np.abs(first) >= card["threshold"]
    assert sure.mean() == pytest.approx(card["share"])
    np.testing.assert_array_equal(found[sure], first[sure])
    assert not sure.all()
    assert np.abs(found[~sure] - first[~sure]).max() > 0.01
    assert any("answers" in line for line in said)


def test_what_is_said_of_it_is_said_of_both_networks(run, recipe):
    card = read_model(run.best).description.card
    assert card["figures"]["val_accuracy"] == pytest.approx(card["cascade"]["accuracy"])
    assert run.result()["cascade"] == card["cascade"]
    large, small = parameters_of(card)
    assert small == card["cascade"]["parameters"] > 0
    older = {name: value for name, value in card["cascade"].items() if name != "parameters"}
    assert parameters_of({**card, "cascade": older}) == (large, small)
    layers = [each.parameters for each in summarise(recipe).layers if each.name.startswith("first stage")]
    assert sum(layers) == small
    facts = json.loads(call("info", run.best, "--json").stdout)
    assert facts["parameters"] == large + small
    (entry,) = json.loads(call("runs", "list", run.path, "--json").stdout)
    assert entry["cascade"]["accuracy"] == card["cascade"]["accuracy"]
    listed = call("runs", "list", run.path).stdout
    assert f"with the small one, which answers {card['cascade']['share']:.1%}" in listed
    compared = call("runs", "compare", run.path).stdout
    assert "is a cascade, and these figures of validation are those of its large network alone" in compared


def test_a_final_training_repeats_it(run, recipe, tmp_path):
    """It learns from validation, too: threshold and calibration are those of the run that chose them."""
    final = fit(recipe.replace({"name": "final", "data.final": str(run.path)}), tmp_path / "final")
    chosen, card = (read_model(each.best).description.card["cascade"] for each in (run, final))
    assert is_cascade(onnx.load(final.best))
    assert card["threshold"] == chosen["threshold"]
    assert card["calibration"] == chosen["calibration"]
    assert card["chosen_in"]["accuracy"] == chosen["accuracy"]
    assert "accuracy" not in card
    assert "nan" not in call("runs", "list", final.path).stdout
    assert json.loads(call("info", final.best, "--json").stdout)["parameters"] > 0
    shutil.copytree(run.path, tmp_path / "older")
    model = read_model(run.best)
    older = dataclasses.replace(
        model.description, card={**model.description.card, "cascade": {"threshold": 1}}
    )
    write_model(tmp_path / "older" / "best.onnx", onnx.load(run.best), older)
    with pytest.raises(TrainingError, match="does not tell it") as error:
        fit(recipe.replace({"data.final": str(tmp_path / "older")}), tmp_path / "again")
    assert "train that run anew" in error.value.hint
    assert not (tmp_path / "again").exists()


def test_in_8_bits_the_threshold_is_chosen_anew(recipe, tmp_path):
    run = fit(recipe.replace({"network.int8": False}), tmp_path / "run")
    small = tmp_path / "small.onnx"
    refused = call("quantise", run.path, "-o", small)
    assert refused.returncode != 0
    assert "--validation" in refused.stderr
    assert not small.exists()
    done = call("quantise", run.path, "-o", small, "--validation", "sample:validation")
    assert done.returncode == 0, done.stderr
    task, model = make_ready(recipe.replace({"network.int8": False}), run), read_model(small)
    card = model.description.card["cascade"]
    found = logits_of(model, task.validation)
    assert ((found > 0) == (task.validation.labels > 0.5)).mean() == pytest.approx(card["accuracy"])
    assert card["chosen_on"] == "sample:validation"
    graph = onnx.load(small)
    logits = []
    for threshold in (0.0, SUREST):
        write_model(tmp_path / "each.onnx", with_threshold(graph, threshold), model.description)
        logits.append(logits_of(read_model(tmp_path / "each.onnx"), task.validation))
    chosen = choose_threshold(
        *logits, task.validation.labels, task.validation.lengths, tolerance=recipe.cascade.tolerance
    )
    assert card["threshold"] == chosen.threshold
    refused = call("quantise", "seed", "-o", tmp_path / "seed.onnx", "--validation", "sample:validation")
    assert "is for cascades" in refused.stderr


def test_runs_of_a_study_that_are_cascades_share_no_training(recipe):
    """A shorter one would be copied from the longer one, without its first stage."""
    constant = recipe.replace({"training.schedule": "constant"})
    assert shared_key(constant) is None
    assert shared_key(constant.replace({"cascade.units": 0})) is not None


def test_it_is_judged_with_and_explained_as_any_model(run):
    classifier = opinia.load(run.best)
    text = "I loved this film, it was wonderful. The end was dull."
    assert 0 < classifier.predict_proba(text)[0, 1] < 1
    assert opinia.explain(classifier, text)


def test_a_run_that_was_cut_off_ends_with_the_same_file(run, recipe, tmp_path):
    """The large network is done and stands in its checkpoint; the first stage is not there."""
    other = RunFolder(tmp_path / "run")
    alone = recipe.replace({"cascade.units": 0})
    fit(alone, other.path)
    (other.path / "recipe.toml").write_text(recipe.to_toml())
    (other.path / "run.json").unlink(missing_ok=True)
    fit(recipe, other.path)
    mine, there = onnx.load(run.best).graph, onnx.load(other.best).graph
    assert mine == there


def test_a_finished_run_is_left_alone(run, recipe):
    before = run.best.read_bytes()
    fit(recipe, run.path)
    assert run.best.read_bytes() == before


def choose(small, large, labels, lengths=None, **options):
    arrays = (np.array(each, np.float32) for each in (small, large, labels))
    return choose_threshold(*arrays, np.array(lengths or [10] * len(small)), **options)


def test_the_threshold_is_the_least_that_costs_no_more():
    small, large = [4.0, -3.0, 2.0, -1.0, 0.5], [1.0, -1.0, 1.0, 1.0, -1.0]
    labels = [1.0, 0.0, 1.0, 1.0, 1.0]  # the small one is wrong at -1, right at 0.5
    strict = choose(small, large, labels)
    assert (strict.threshold, strict.share) == (2.0, 0.6)
    assert strict.accuracy == strict.accuracy_of_large == 0.8
    loose = choose(small, large, labels, tolerance=0.2)
    assert (loose.threshold, loose.share, loose.accuracy) == (0.5, 1.0, 0.8)
    weights = np.array([1, 1, 1, 1, 0.1], np.float32)
    assert choose(small, large, labels, weights=weights).share == pytest.approx(3 / 4.1)


def test_each_quarter_of_the_lengths_must_allow_it():
    """On short texts the small network wins one; on long ones it would lose one more than it may."""
    small, large = [3.0, 2.0, 1.0, 0.9] * 4, [3.0, 2.0, 1.0, 0.9] * 4
    lengths = [length for length in (2, 20, 60, 300) for _ in range(4)]
    labels = [1.0] * 16
    large[3], small[14] = -0.9, -1.0
    assert choose(small, large, labels, tolerance=0.1).share == 1.0
    assert choose(small, large, labels, lengths, tolerance=0.1).threshold == 2.0


def test_a_small_network_that_knows_nothing_is_never_asked():
    choice = choose([3.0, -2.0], [-3.0, 2.0], [0.0, 1.0])
    assert (choice.threshold, choice.share, choice.accuracy) == (SUREST, 0.0, 1.0)


def test_as_sure_texts_go_together():
    """A threshold cannot lie between two equal logits."""
    assert choose([2.0, 2.0, -2.0], [1.0, -1.0, -1.0], [1.0, 0.0, 0.0]).share == 0.0


def test_what_cannot_have_one_is_refused():
    with pytest.raises(RecipeError, match=r"cascade\.units"):
        Recipe().replace({"cascade.units": -1})
    recipe = dataclasses.replace(Recipe(), cascade=CascadeRecipe(units=8))
    with pytest.raises(TrainingError, match="two classes alone"):
        check_classes(recipe, ("a", "b", "c"))
