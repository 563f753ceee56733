"""A final training: validation taken in, once everything was chosen on it."""

import json
import math

import numpy as np
import pytest

import opinia
from commands import call
from opinia.errors import DataError, RecipeError, TrainingError
from opinia.model.file import read_model
from opinia.runs.folder import RunFolder
from opinia.study.records import read_record
from opinia.train.loop.callbacks import Callback
from opinia.train.pipeline import fit, make_ready


@pytest.fixture(scope="module")
def chosen(tiny, tmp_path_factory):
    recipe = tiny.replace({"training.calibrate": True, "training.epochs": 2, "text.kind": "words"})
    return fit(recipe, tmp_path_factory.mktemp("chosen") / "run")


@pytest.fixture(scope="module")
def final(chosen, tmp_path_factory):
    recipe = chosen.recipe().replace({"name": "final", "data.final": str(chosen.path)})
    return fit(recipe, tmp_path_factory.mktemp("final") / "run")


def test_validation_is_learnt_from_behind_the_training_reviews(chosen, tmp_path):
    held_out = make_ready(chosen.recipe(), RunFolder(tmp_path / "held"))
    recipe = chosen.recipe().replace({"data.final": str(chosen.path)})
    taken_in = make_ready(recipe, RunFolder(tmp_path / "taken"))
    assert taken_in.tokenizer == held_out.tokenizer
    assert len(taken_in.training) == len(held_out.training) + len(held_out.validation)
    last = taken_in.training.reviews()[-1], taken_in.training.labels[-1]
    assert np.array_equal(last[0], held_out.validation.reviews()[-1])
    assert last[1] == held_out.validation.labels[-1]


def test_nothing_is_measured_on_what_was_learnt_from(final):
    history = final.history()
    assert all(math.isnan(epoch.val_loss) and math.isnan(epoch.val_accuracy) for epoch in history)
    assert json.loads((final.path / "run.json").read_text("utf-8"))["best_val_accuracy"] is None
    card = read_model(final.best).description.card
    assert card["figures"]["val_accuracy"] is None
    assert "learnt from" in card["data"]["final"]


def test_the_last_epoch_is_kept_with_the_calibration_of_the_chosen_run(final, chosen):
    assert final.best.read_bytes() == final.last.read_bytes()
    temperature = read_model(final.last).description.temperature
    assert temperature == pytest.approx(read_model(chosen.last).description.temperature, rel=1e-4)
    assert temperature != 1.0
    texts = ["good film", "bad film"]
    assert not np.allclose(
        opinia.load(final.last).predict_proba(texts), opinia.load(chosen.last).predict_proba(texts)
    )


def test_a_final_training_that_is_continued_ends_alike(final, tmp_path):
    class Stop(Callback):
        def on_epoch_end(self, trainer, epoch):
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        fit(final.recipe(), tmp_path / "halved", callbacks=(Stop(),))
    halved = fit(final.recipe(), tmp_path / "halved")
    assert halved.last.read_bytes() == final.last.read_bytes()


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"data.final": "nowhere"}, "no run to repeat in nowhere"),
        ({"training.learning_rate": 0.5}, "is of another recipe"),
        ({"network.units": 3}, "is of another recipe"),
    ],
)
def test_a_run_that_cannot_be_repeated_is_named_at_once(chosen, tmp_path, change, message):
    recipe = chosen.recipe().replace({"data.final": str(chosen.path), **change})
    with pytest.raises(TrainingError, match=message) as error:
        fit(recipe, tmp_path / "run")
    assert error.value.hint
    assert not (tmp_path / "run").exists()


def test_an_unfinished_run_is_not_repeated(chosen, tmp_path):
    begun = RunFolder(tmp_path / "begun")
    begun.start(chosen.recipe(), chosen.environment())
    with pytest.raises(TrainingError, match="is not finished"):
        fit(chosen.recipe().replace({"data.final": str(begun.path)}), tmp_path / "run")


@pytest.mark.parametrize("change", [{"training.patience": 1}, {"training.schedule": "plateau"}])
def test_there_is_no_validation_to_be_patient_with(tiny, change):
    with pytest.raises(RecipeError, match="no validation to be patient with"):
        tiny.replace({"data.final": "runs/chosen", **change})


def test_commands_show_it_without_figures_of_validation(final):
    shown = call("runs", "show", final.path, "--json")
    assert json.loads(shown.stdout)["history"][0]["val_loss"] is None
    assert "nan" not in call("runs", "show", final.path).stdout
    assert "nan" not in call("runs", "list", final.path).stdout


def test_it_is_neither_compared_nor_judged_on_validation(final):
    with pytest.raises(DataError, match="learnt from validation"):
        read_record(final)
    refused = call("evaluate", final.path, "sample:validation")
    assert refused.returncode != 0
    assert "has learnt from validation" in refused.stderr


def test_command_trains_it_and_says_so(chosen, tmp_path):
    recipe = chosen.recipe().replace({"data.final": str(chosen.path)})
    (tmp_path / "final.toml").write_text(recipe.to_toml(), "utf-8")
    done = call("train", tmp_path / "final.toml", "-o", tmp_path / "run")
    assert done.returncode == 0
    assert "the 1,400 of validation among them" in done.stderr
    assert "the last epoch is kept" in done.stderr
    assert "nan" not in done.stderr
