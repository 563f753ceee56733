"""The training loop on the built-in sample, with real files and real kills."""

import dataclasses
import os
import random
import shutil
import signal
import subprocess
import sys

import numpy as np
import pytest

import opinia
import prepared
from opinia.data import sample
from opinia.data.split import split_train_validation
from opinia.errors import TrainingError
from opinia.runs.environment import describe
from opinia.runs.folder import RunFolder
from opinia.runs.history import best_epoch
from opinia.train.loop.callbacks import Callback
from opinia.train.pipeline import train

MODELS_AND_FIGURES = ("history.csv", "best.onnx", "last.onnx")


class Hooked(Callback):
    def __init__(self, *, at_step=None, at_epoch=None):
        self.at_step, self.at_epoch = at_step, at_epoch

    def on_batch_end(self, trainer, step):
        if self.at_step:
            self.at_step(step.epoch, step.number)

    def on_epoch_end(self, trainer, epoch):
        if self.at_epoch:
            self.at_epoch(epoch)


def contents(folder: RunFolder, names=MODELS_AND_FIGURES) -> dict[str, bytes]:
    return {name: (folder.path / name).read_bytes() for name in names}


@pytest.fixture(scope="module")
def undisturbed(tiny, task, tmp_path_factory):
    """A run that was trained without a break. Not to be written to."""
    folder = RunFolder(tmp_path_factory.mktemp("undisturbed") / "run")
    folder.start(tiny, describe(task.card["data"], threads=tiny.training.threads))
    assert train(tiny, task, folder) == folder.history()
    return folder


@pytest.fixture
def trained(undisturbed, tmp_path):
    """A copy of it, to spoil."""
    return RunFolder(shutil.copytree(undisturbed.path, tmp_path / "run"))


def test_training_learns_and_leaves_a_whole_run_folder(tiny, task, trained):
    history = trained.history()
    assert [e.epoch for e in history] == [1, 2, 3]
    assert history[-1].loss < history[0].loss
    assert best_epoch(history).val_accuracy > 0.7
    assert len(trained.seconds()) == 3
    assert trained.recipe() == tiny
    assert trained.environment()["data"] == task.card["data"]
    assert trained.is_finished
    assert trained.changed_files() == []
    trained.best.write_bytes(b"changed")
    assert trained.changed_files() == ["best.onnx"]
    trained.best.unlink()
    assert trained.changed_files() == ["best.onnx"]


def test_texts_are_no_recipe(tmp_path):
    with pytest.raises(TypeError, match=r"Received: list. SentimentClassifier\(\).fit"):
        opinia.fit(["good", "bad"], [1, 0])
    with pytest.raises(TypeError, match="Received: str"):
        opinia.fit("small", tmp_path / "run")
    assert not (tmp_path / "run").exists()


def test_a_finished_run_may_be_kept_for_its_figures_alone(trained):
    history = trained.history()
    for path in (trained.best, trained.last, trained.checkpoint):
        path.unlink()
    assert trained.changed_files() == []
    assert trained.history() == history
    (trained.path / "history.csv").write_text("changed", encoding="utf-8")
    assert trained.changed_files() == ["history.csv"]


def test_model_files_give_the_metrics_of_the_history(tiny, undisturbed):
    folder, history = undisturbed, undisturbed.history()
    split = split_train_validation(
        sample.load("train"), sample.load("test"), validation=tiny.data.validation, seed=tiny.data.split_seed
    )
    truth = np.array(split.validation.labels)
    for path, epoch in ((folder.last, history[-1]), (folder.best, best_epoch(history))):
        classifier = opinia.load(path)
        positive = classifier.predict_proba(split.validation.texts)[:, 1].astype(np.float64)
        assert np.mean((positive > 0.5) == truth) == pytest.approx(epoch.val_accuracy, abs=1e-9)
        loss = -np.mean(np.log(np.where(truth == 1, positive, 1 - positive)))
        assert loss == pytest.approx(epoch.val_loss, abs=1e-5)
        assert classifier.card["figures"]["epoch"] == epoch.epoch
        assert classifier.card["recipe"] == tiny.to_dict()


def test_same_seed_gives_the_same_numbers_and_another_does_not(tiny, task, start, undisturbed):
    again, other = start(tiny, "again"), start(tiny.replace({"training.seed": 2}), "other")
    for folder in (again, other):
        train(folder.recipe(), task, folder)
    assert contents(again) == contents(undisturbed)
    assert other.history() != undisturbed.history()


def test_interrupted_in_an_epoch_and_resumed_gives_the_same_weights(tiny, task, start, undisturbed):
    resumed = start(tiny, "resumed")

    def interrupt(epoch, step):
        if (epoch, step) == (2, 5):
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        train(tiny, task, resumed, callbacks=(Hooked(at_step=interrupt),))
    assert not resumed.is_finished
    assert [e.epoch for e in resumed.history()] == [1]
    train(tiny, task, resumed)
    assert contents(resumed) == contents(undisturbed)


TRAIN = """
import sys
from pathlib import Path
from opinia.train.loop.callbacks import Callback
from opinia.train.pipeline import train
from opinia.runs.folder import RunFolder
from opinia.train.texts import prepare

class Reporter(Callback):
    def on_batch_end(self, trainer, step):
        print(step.epoch, step.number, flush=True)

folder = RunFolder(Path(sys.argv[1]))
train(folder.recipe(), prepare(folder.recipe()), folder, callbacks=(Reporter(),))
"""


def test_killed_and_resumed_gives_the_same_weights_bit_for_bit(tiny, start, undisturbed):
    """SIGKILL after a random step, again and again, until the run is through."""
    killed = start(tiny, "killed")
    draw, kills = random.Random(1), 0
    while not killed.is_finished:
        process = prepared.TrainingPopen(
            [sys.executable, "-c", TRAIN, str(killed.path)], stdout=subprocess.PIPE, text=True
        )
        left = draw.randrange(8, 20)
        for _ in process.stdout:
            left -= 1
            if left == 0 and kills < 3:
                process.send_signal(signal.SIGKILL)
                kills += 1
                break
        process.stdout.close()
        assert process.wait() in (0, -signal.SIGKILL)
    assert kills >= 2
    assert contents(killed) == contents(undisturbed)


def test_a_loss_that_is_not_finite_stops_and_keeps_the_last_good_model(tiny, task, start):
    folder = start(tiny)
    labels = task.training.labels.copy()
    own = dataclasses.replace(task, training=dataclasses.replace(task.training, labels=labels))

    def poison(epoch):
        labels[:] = np.nan

    with pytest.raises(TrainingError, match="loss became nan in epoch 2, step 1"):
        train(tiny, own, folder, callbacks=(Hooked(at_epoch=poison),))
    assert opinia.load(folder.path).card["figures"]["epoch"] == 1
    assert not folder.is_finished


def test_a_batch_larger_than_the_data_is_refused_before_training(tiny, task, start):
    recipe = tiny.replace({"training.batch_size": 60_000})
    with pytest.raises(TrainingError, match=r"at most the number of training reviews.*Received: 60,000"):
        train(recipe, task, start(recipe))


def test_a_folder_that_cannot_be_written_is_refused(tiny, task, tmp_path):
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(TrainingError, match="cannot be written"):
        RunFolder(tmp_path / "file" / "run").check_room(tiny)


def test_a_run_is_not_started_over_another(tiny, task, start):
    start(tiny)
    with pytest.raises(TrainingError, match="holds a run already") as error:
        start(tiny)
    assert "--resume" in error.value.hint


@pytest.mark.skipif(not hasattr(os, "fork"), reason="file size limits are POSIX's")
def test_a_disk_that_fills_up_keeps_the_epochs_before(tiny, task, start):
    """The system refuses files beyond a limit, as a full disk would."""
    folder = start(tiny)
    script = (
        "import resource, sys\n"
        "from opinia.errors import TrainingError\n"
        "from opinia.train.loop.callbacks import Callback\n"
        "class Full(Callback):\n"
        "    def on_epoch_end(self, *_):\n"
        "        resource.setrlimit(resource.RLIMIT_FSIZE, (4096, 4096))\n"
    ) + TRAIN.replace("(Reporter(),)", "(Full(),)")
    command = [sys.executable, "-c", script, str(folder.path)]
    done = prepared.run(command, kind=prepared.TrainingPopen, capture_output=True, text=True)
    assert done.returncode == 1
    assert "epoch 2 cannot be saved" in done.stderr
    assert opinia.load(folder.last).card["figures"]["epoch"] == 1
    assert not list(folder.path.glob(".*"))
    train(tiny, task, folder)
    assert folder.is_finished


def test_a_damaged_checkpoint_and_other_reviews_are_named(tiny, task, start):
    folder = start(tiny)
    folder.checkpoint.write_bytes(b"not a checkpoint")
    with pytest.raises(TrainingError, match="cannot be continued"):
        train(tiny, task, folder)
    other = {**task.card, "data": {**task.card["data"], "fingerprint": "0" * 64}}
    with pytest.raises(TrainingError, match="other reviews"):
        train(tiny, dataclasses.replace(task, card=other), folder)


def test_shorter_runs_equal_training_each_alone(tiny, task, start, undisturbed):
    """A long training passes through the shorter ones; each folder is as if trained by itself."""
    short, long = tiny.replace({"training.epochs": 2, "name": "short"}), tiny
    shared_long, shared_short = start(long, "shared-long"), start(short, "shared-short")
    train(long, task, shared_long, shorter=(shared_short,))
    alone_short = start(short, "alone-short")
    train(short, task, alone_short)
    for alone, shared in ((alone_short, shared_short), (undisturbed, shared_long)):
        assert contents(alone) == contents(shared)
        assert shared.is_finished
        assert shared.changed_files() == []
    continued = start(long, "continued")
    continued.checkpoint.write_bytes(shared_short.checkpoint.read_bytes())
    (continued.best).write_bytes(shared_short.best.read_bytes())
    train(long, task, continued)
    assert continued.history() == shared_long.history()


def test_early_stopping_ends_after_patience_and_keeps_the_best(tiny, task, start):
    recipe = tiny.replace({"training.epochs": 40, "training.patience": 2})
    folder = start(recipe)
    history = train(recipe, task, folder)
    assert len(history) < 40
    assert len(history) - best_epoch(history).epoch == 2
    assert opinia.load(folder.path).card["figures"]["epoch"] == best_epoch(history).epoch


@pytest.mark.parametrize("schedule", ["cosine", "plateau"])
def test_schedules_are_resumed_exactly(tiny, task, start, schedule):
    recipe = tiny.replace({"training.schedule": schedule, "training.epochs": 5})
    whole, halved = start(recipe, "whole"), start(recipe, "halved")
    train(recipe, task, whole)

    def interrupt(epoch, step):
        if epoch == 4:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        train(recipe, task, halved, callbacks=(Hooked(at_step=interrupt),))
    train(recipe, task, halved)
    assert contents(whole) == contents(halved)


def test_environment_names_versions_threads_and_data(tiny, task):
    environment = describe(task.card["data"], threads=tiny.training.threads)
    assert set(environment["versions"]) == {"opinia", "python", "torch", "numpy"}
    assert environment["threads"] == 1
    assert environment["data"]["fingerprint"] == task.card["data"]["fingerprint"]
