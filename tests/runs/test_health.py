"""Training says when a network has learnt nothing, and when it has died."""

from __future__ import annotations

import logging
import math
import sys
from pathlib import Path

import numpy as np
import pytest

import opinia
import prepared
from opinia.runs.folder import RunFolder
from opinia.runs.health import Chance, Fault, chance_of, fault_of
from opinia.runs.history import Epoch
from opinia.study.grid import run_study
from opinia.study.recipe import study_from_dict
from opinia.train.loop.callbacks import HealthWarnings
from opinia.train.pipeline import fit, new_trainer, train
from opinia.train.validation import logits_of

DEADLY = {"network.dense": 1, "training.learning_rate": 0.1, "training.epochs": 2}
"""One ReLU, and steps so large that it soon is below 0 for every review."""
IDLE = {"training.learning_rate": 1e-9, "training.epochs": 2}
ALIVE = np.array([-0.1, 0.4], np.float32)
HALF = Chance(2500, 1250)


def epoch(val_accuracy: float, *, accuracy: float = 0.5) -> Epoch:
    return Epoch(3, 0.69, accuracy, 0.69, val_accuracy)


def fault(found: Epoch, *, held_out: Chance = HALF, training: Chance = HALF, logits=ALIVE):
    return fault_of(found, held_out=held_out, training=training, logits=logits)


@pytest.mark.parametrize(
    ("reviews", "positives", "share", "highest"),
    [
        (2500, 1250, 0.5, 0.5196),
        (300, 139, 161 / 300, 0.5923),
        (300, 161, 161 / 300, 0.5923),
        (20, 10, 0.5, 0.7007),
        (10, 10, 1.0, 1.0),
    ],
)
def test_chance_is_the_more_frequent_class_and_its_interval(reviews, positives, share, highest):
    chance = Chance.of(np.array([1.0] * positives + [0.0] * (reviews - positives), np.float32))
    assert chance == chance_of({"validation": {"reviews": reviews, "positives": positives}})
    assert chance.accuracy == pytest.approx(share)
    assert chance.highest == pytest.approx(highest, abs=1e-4)


@pytest.mark.parametrize("accuracy", [0.0, 0.3, 0.5, 0.519])
def test_accuracy_within_chance_is_said(accuracy):
    found = fault(epoch(accuracy))
    assert not found.is_dead
    assert found.text.startswith(f"epoch 3: nothing learnt so far: val_accuracy {accuracy:.4f} is no better")
    assert "0.5196" in found.text


def test_accuracy_above_chance_is_not():
    assert fault(epoch(0.521)) is None
    assert fault(epoch(0.521), held_out=Chance(300, 150)) is not None  # of fewer reviews it says nothing


def test_where_nothing_is_held_out_training_itself_is_looked_at():
    few = Chance(300, 150)
    assert fault(epoch(math.nan, accuracy=0.6), held_out=few) is None
    found = fault(epoch(math.nan, accuracy=0.51), held_out=few)
    assert "nothing learnt so far: accuracy 0.5100" in found.text


def test_one_answer_to_all_is_death_however_good_the_figures():
    assert fault(epoch(0.9), logits=np.full(64, 0.31, np.float32)).is_dead
    assert fault(epoch(0.9), logits=np.array([0.31, 0.32], np.float32)) is None
    assert fault(epoch(0.9), logits=np.array([0.31], np.float32)) is None  # of one review nobody can tell


@pytest.mark.parametrize(
    "data", [None, [], {}, {"validation": 3}, {"validation": {"reviews": 0, "positives": 0}}]
)
def test_a_run_that_does_not_tell_its_reviews_has_no_chance_level(data):
    assert chance_of(data) is None


def test_a_network_that_dies_is_told_from_one_that_lives(tiny, task, start):
    deaths = 0
    for seed in (2, 4):  # where this was written, the first one dies
        recipe = tiny.replace({**DEADLY, "training.seed": seed})
        folder, said = start(recipe, f"seed-{seed}"), []
        train(recipe, task, folder, say=said.append)
        answers = logits_of(opinia.load(folder.last).model, task.validation)
        is_dead = float(np.ptp(answers)) < 1e-6
        assert any("the network has died" in line for line in said) == is_dead
        warning = opinia.load(folder.last).card.get("warning", "")
        assert ("the network has died" in warning) == is_dead
        if is_dead:
            assert (
                said[-1]
                == "hint: a smaller learning rate than 0.1, more dense units or another seed may help"
            )
        deaths += is_dead
    assert deaths > 0


def test_a_dead_network_beside_a_living_linear_model_is_told(tiny, tmp_path, caplog):
    """The answers of the two together differ, and are mostly right."""
    pytest.importorskip("sklearn")
    for seed in (2, 4):  # where this was written, the first one dies
        recipe = tiny.replace({**DEADLY, "training.seed": seed, "linear.ngrams": 300, "linear.weight": 0.5})
        run = fit(recipe, tmp_path / str(seed))
        assert run.history()[-1].val_accuracy > 0.7
    assert any("the network has died" in record.message for record in caplog.records)


def test_what_has_learnt_nothing_says_so_once_and_at_the_end(tiny, task, start):
    recipe = tiny.replace(IDLE)
    folder, said = start(recipe), []
    train(recipe, task, folder, say=said.append)
    assert len(said) == 2
    assert said[0].startswith("warning: epoch 1: nothing learnt so far: val_accuracy ")
    assert said[1].startswith("hint: more epochs, another learning rate than 1e-09 or")
    assert "nothing learnt" in opinia.load(folder.path).card["warning"]
    assert folder.learnt(folder.history()[-1]) is False


def test_what_learns_says_nothing_and_its_card_neither(tiny, task, start):
    folder, said = start(tiny), []
    train(tiny, task, folder, say=said.append)
    assert not any(line.startswith("hint") for line in said)
    if said:  # the first epoch may be too early
        assert said[-1].endswith("now it learns")
    assert "warning" not in opinia.load(folder.path).card
    assert folder.learnt(folder.history()[-1]) is True


def test_an_accuracy_about_that_of_chance_is_not_said_to_and_fro(tiny, task):
    trainer, said = new_trainer(tiny, task), []
    warnings = HealthWarnings(said.append)
    idle, dead = Fault(False, "nothing learnt so far"), Fault(True, "the network has died")

    def after(*faults):
        said.clear()
        for fault in faults:
            trainer.fault = fault
            warnings.on_epoch_end(trainer, Epoch(len(said) + 1, 0.5, 0.6, 0.5, 0.6))
        return [line.partition(": ")[2] for line in said]

    assert after(idle, idle) == ["nothing learnt so far"]
    assert after(None, idle, None, idle, None) == ["now it learns"]
    assert after(idle) == []
    warnings.on_train_end(trainer)
    assert said == []  # it has learnt something, and the best epoch is kept
    assert after(dead, dead) == ["the network has died"]
    warnings.on_train_end(trainer)
    assert said[-1].startswith("hint: a smaller learning rate")


def test_python_hears_it_as_a_logged_warning(tiny, tmp_path, caplog):
    with caplog.at_level(logging.WARNING, logger="opinia"):
        fit(tiny.replace(IDLE), tmp_path / "run")
    assert [record.name for record in caplog.records] == ["opinia", "opinia"]
    assert str(tmp_path / "run") in caplog.text


def test_the_command_line_shows_it_beside_the_epochs(tiny, tmp_path):
    (tmp_path / "idle.toml").write_text(tiny.replace(IDLE).to_toml(), encoding="utf-8")
    opinia_ = [sys.executable, "-m", "opinia"]
    done = prepared.run(
        [*opinia_, "train", "idle.toml", "-o", "run"],
        kind=prepared.TrainingPopen,
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=True,
    )
    lines = done.stderr.splitlines()
    epochs = [number for number, line in enumerate(lines) if line.startswith("epoch ")]
    assert lines[epochs[0] + 1].startswith("warning: epoch 1: nothing learnt so far")
    assert lines[epochs[1] + 1].startswith("hint: more epochs")
    assert done.stdout.endswith(" -m opinia --model run\n")
    listed = prepared.run(
        [*opinia_, "runs", "list", "run"], cwd=tmp_path, capture_output=True, text=True, check=True
    )
    assert listed.stdout.splitlines()[1].split("\t")[-1] == "finished, learnt nothing"


def test_a_study_tells_of_its_trainings(tmp_path: Path):
    values = {
        "text": {"max_tokens": 200},
        "network": {"embedding": 8, "units": 8, "dense": 8},
        "training": {"threads": 1, "epochs": 1},
        "data": {"source": "sample", "validation": 1400},
    }
    runs = {
        "idle": {"training": {"learning_rate": 1e-9}},
        "good": {"training": {"learning_rate": 0.02, "epochs": 2}},
    }
    heard = []
    run_study(
        study_from_dict({"name": "s", "seeds": [1], "recipe": values, "runs": runs}),
        tmp_path / "study",
        on_progress=heard.append,
    )
    said = [(progress.run, progress.said) for progress in heard if progress.said]
    assert [line.partition(":")[0] for run, line in said if run == "idle"] == ["warning", "hint"]
    assert not [line for run, line in said if run == "good" and line.startswith("hint")]
    assert (
        RunFolder(tmp_path / "study/idle/seed-1").learnt(
            RunFolder(tmp_path / "study/idle/seed-1").history()[0]
        )
        is False
    )
