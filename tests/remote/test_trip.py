"""The whole way of a training on a lent machine, at a tiny size: packed, cut off, gone on with, joined."""

import dataclasses
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

import opinia
import prepared
from commands import opinia_command
from opinia.remote.pack import read_pack, take_in_validation, write_pack
from opinia.runs.recipe import Recipe
from opinia.runs.settings import PretrainingRecipe

SOURCE = Path(opinia.__file__).parents[1]
TINY = Recipe(name="tiny").replace(
    {
        "text.max_tokens": 400,
        "text.kind": "words",
        "text.unlabelled": True,
        "network.embedding": 16,
        "network.units": 16,
        "network.layers": 2,
        "network.dense": 32,
        "network.pooling": "concat",
        "network.separate_embeddings": True,
        "network.embedding_dropout": 0.02,
        "network.input_dropout": 0.05,
        "network.layer_dropout": 0.02,
        "network.weight_dropout": 0.1,
        "network.output_dropout": 0.02,
        "network.int8": True,
        "pretraining.epochs": 1,
        "pretraining.batch_size": 64,
        "pretraining.bptt": 12,
        "pretraining.learning_rate": 0.03,
        "pretraining.schedule": "one-cycle",
        "pretraining.warmup": 0.15,
        "pretraining.embedding_dropout": 0.02,
        "pretraining.layer_dropout": 0.05,
        "pretraining.weight_dropout": 0.1,
        "pretraining.softmax": "full",
        "distillation.ngrams": True,
        "training.batch_size": 64,
        "training.batch_words": 2000,
        "training.epochs": 2,
        "training.learning_rate": 0.02,
        "training.schedule": "linear",
        "training.max_grad_norm": 1.0,
        "training.ema_decay": 0.9,
        "training.adversarial": 0.01,
        "training.unlabelled": 1.0,
        "training.virtual_adversarial": 0.01,
        "training.entropy": 0.01,
        "training.soft_labels": 1.0,
        "training.max_words": 30,
        "training.calibrate": True,
        "training.threads": 1,
        "data.source": "sample",
        "data.validation": 300,
    }
)
ABSENT = ("click", "rich", "pooch", "platformdirs", "onnx", "onnxruntime", "tomli_w", "sklearn", "scipy")
REMOTE = ("opinia.remote.stages", "opinia.remote.pack", "opinia.remote.timing")
"""What the processes there have imported already; under the same blocks."""
BLOCKER = f"""
import importlib.machinery
import sys


class Absent:  # PyTorch asks whether some of them are there, so the answer is given when one is imported
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in {ABSENT!r}:
            return importlib.machinery.ModuleSpec(name, self)

    def create_module(self, spec):
        raise ModuleNotFoundError(f"{{spec.name}} is not on that machine", name=spec.name)


sys.meta_path.insert(0, Absent())
"""


class Machine:
    """A place with PyTorch, NumPy and our source, and nothing else of what we need elsewhere.

    Args:
        place: where it works.
        pack: what it trains by.
        site: the folder of what keeps it from importing the rest.
    """

    def __init__(self, place: Path, pack: Path, site: Path) -> None:
        self.work, self.out, self._pack = place / "work", place / "out", pack
        self._environment = {**os.environ, "PYTHONPATH": f"{site}{os.pathsep}{SOURCE}"}
        self._kind = prepared.popen_in(self._environment, REMOTE)

    def start(self, *options: str, pack: Path | None = None) -> subprocess.Popen:
        command = [sys.executable, "-m", "opinia.remote", str(pack or self._pack)]
        command += ["--work", str(self.work)]
        command += ["--out", str(self.out), "--steps", "3", "--device", "cpu", *options]
        return self._kind(command, env=self._environment, stderr=subprocess.PIPE, text=True)

    def run(self, *options: str) -> list[dict]:
        with self.start(*options) as process:
            _, said = process.communicate(timeout=600)
        assert process.returncode == 0, said
        return [json.loads(line) for line in said.splitlines()]

    def kill_when(self, is_time, *options: str) -> None:
        """Start a call, and kill it as soon as it is time."""
        with self.start(*options) as process:
            deadline = time.monotonic() + 300
            while not is_time():
                assert process.poll() is None, process.stderr.read()
                assert time.monotonic() < deadline
                time.sleep(0.05)
            process.send_signal(signal.SIGKILL)
            process.communicate()

    def log(self) -> list[dict]:
        path = self.out / "log.jsonl"
        return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def other_pack(pack: Path, folder: Path) -> Path:
    """Write the pack of the final training."""
    path = folder / "final.pack"
    write_pack(path, take_in_validation(read_pack(pack)))
    return path


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    """What keeps Python from importing what the lent machine lacks."""
    folder = tmp_path_factory.mktemp("site")
    (folder / "sitecustomize.py").write_text(BLOCKER, encoding="utf-8")
    return folder


@pytest.fixture(scope="module")
def trip(tmp_path_factory, site):
    """A training that was killed in each stage and went on; what each call brought back lies in ``home``."""
    place = tmp_path_factory.mktemp("trip")
    recipe = place / "tiny.toml"
    recipe.write_text(TINY.to_toml(), encoding="utf-8")
    pack = place / "tiny.pack"
    said = opinia_command("remote", "pack", str(recipe), "-o", str(pack))
    assert "1,699 labelled, 998 unlabelled and 300 validation reviews" in said
    machine, home = Machine(place, pack, site), place / "home"

    def bring_back():
        shutil.copytree(machine.out, home / str(len(list(home.glob("*"))) + 1))

    home.mkdir()
    plenty = ("--language-models", "100000", "--classifier", "100000")  # a busy machine has all its epochs
    often = ("--save-every", "0.5", *plenty)
    models, classifier = machine.work / "language-models.pt", machine.work / "classifier-1.pt"
    machine.kill_when(models.is_file, "--until", "language-models", *often)
    bring_back()
    machine.kill_when(classifier.is_file, "--until", "classifier", *often)
    bring_back()
    lines = machine.run("--until", "classifier", "--seconds", "1", *often)
    assert any(line.get("out_of_time") for line in lines)
    bring_back()
    machine.run("--until", "classifier", *often)
    bring_back()
    machine.run("--until", "second-seed", "--classifier", "0.001")  # one epoch
    bring_back()
    return machine, pack, home


@pytest.mark.slow
def test_a_training_that_was_killed_in_every_stage_ends_well(trip, tmp_path):
    machine, pack, home = trip
    log = machine.log()
    steps = [line["step"] for line in log if line["stage"] == "language-models" and "step" in line]
    assert steps == sorted(steps)
    assert steps[-1] == next(line["steps"] for line in log if line.get("steps"))
    perplexities = [line["perplexity"] for line in log if "perplexity" in line]
    assert max(perplexities[-1]) < 40  # of 400 words; those that read nothing have more than 100
    epochs = [line["epoch"] for line in log if line["stage"] == "classifier-1" and "epoch" in line]
    assert epochs == [1, 2]
    settings = json.loads((machine.work / "settings.json").read_text(encoding="utf-8"))
    assert settings["language_steps"] == steps[-1]
    with machine.start("--until", "classifier", pack=other_pack(pack, tmp_path)) as process:
        _, said = process.communicate()
    assert process.returncode == 1
    assert "holds a training of another pack" in said
    assert "DataError" in machine.log()[-1]["error"]

    model = tmp_path / "tiny.onnx"
    said = opinia_command("remote", "join", str(pack), str(home), "-o", str(model))
    accuracy = float(said.split("val_accuracy ")[1].split()[0])
    assert accuracy > 0.6  # of 300; by chance hardly 0.58
    packed = read_pack(pack)
    loaded = opinia.load(model)
    assert loaded.card["figures"]["val_accuracy"] == pytest.approx(accuracy, abs=1e-4)
    assert loaded.card["data"] == packed.card["data"]
    assert loaded.card["recipe"]["network"]["layers"] == 2
    with np.load(tmp_path / "tiny.npz") as answers:
        assert answers["unlabelled"].shape == (998,)
        calibrated = (answers["validation"] + answers["bias"]) / answers["temperature"]
    right = (calibrated > 0) == (packed.validation.labels == 1)
    assert right.mean() == pytest.approx(accuracy, abs=1e-4)

    again = opinia_command("remote", "join", str(pack), str(home), "-o", str(model), status=1)
    assert "exists already" in again
    second = tmp_path / "second.onnx"
    chosen = ("--number", "2", "--chosen", str(tmp_path / "tiny.npz"))
    opinia_command("remote", "join", str(pack), str(home), "-o", str(second), *chosen)
    cards = [opinia.load(path).card["recipe"]["training"]["seed"] for path in (model, second)]
    assert cards == [1, 2]
    narrow = tmp_path / "narrow.onnx"
    said = opinia_command("remote", "join", str(pack), str(home), "-o", str(narrow), "--embedding", "12")
    assert float(said.split("val_accuracy ")[1].split()[0]) == pytest.approx(accuracy, abs=0.05)
    network = opinia.load(narrow).card["network"]
    assert network["embedding"] == 12
    assert loaded.card["network"]["parameters"] - network["parameters"] == 4 * 2 * (400 + 4 * 16)
    with np.load(tmp_path / "tiny.npz") as whole, np.load(tmp_path / "narrow.npz") as same:
        assert all((whole[name] == same[name]).all() for name in whole.files)
    wide = ("-o", str(tmp_path / "wide.onnx"), "--embedding", "24")
    said = opinia_command("remote", "join", str(pack), str(home), *wide, status=1)
    assert "are narrowed to fewer. Received: 24" in said
    assert not (tmp_path / "wide.onnx").exists()


def test_a_call_that_is_to_go_on_does_not_begin_anew_on_another_machine(tmp_path, site):
    recipe, pack = tmp_path / "tiny.toml", tmp_path / "tiny.pack"
    recipe.write_text(TINY.to_toml(), encoding="utf-8")
    opinia_command("remote", "pack", str(recipe), "-o", str(pack))
    machine = Machine(tmp_path, pack, site)
    with machine.start("--resume") as process:
        _, said = process.communicate(timeout=600)
    assert process.returncode == 1
    assert "holds no training to go on with" in said
    assert not machine.work.exists()


@pytest.mark.slow
def test_what_was_lost_or_changed_on_the_way_is_told(trip, tmp_path):
    _, pack, home = trip
    bad, model = tmp_path / "bad", tmp_path / "model.onnx"
    shutil.copytree(home, bad)
    for path in bad.rglob("classifier-1.*"):
        content = bytearray(path.read_bytes())
        content[len(content) // 2] ^= 1
        path.write_bytes(content)
    said = opinia_command("remote", "join", str(pack), str(bad), "-o", str(model))
    assert opinia.load(model).card["weights"] == "classifier-1-rounded"  # they are nearly the same
    accuracy = float(said.split("val_accuracy ")[1].split()[0])
    assert accuracy > 0.6  # of 300; by chance hardly 0.58
    for path in bad.rglob("logits-1.*"):
        path.unlink()
    said = opinia_command("remote", "join", str(pack), str(bad), "-o", str(model), "--force")
    assert float(said.split("val_accuracy ")[1].split()[0]) == pytest.approx(accuracy, abs=0.02)
    for path in bad.rglob("classifier-1-rounded.*"):
        path.unlink()
    model.unlink()
    said = opinia_command("remote", "join", str(pack), str(bad), "-o", str(model), status=1)
    assert "classifier-1 did not come back: the parts of classifier-1 are not those that were sent" in said
    assert "Received: classifier-2, classifier-2-rounded, language-backward" in said
    other = tmp_path / "other.pack"
    recipe = tmp_path / "other.toml"
    recipe.write_text(TINY.replace({"text.max_tokens": 300}).to_toml(), encoding="utf-8")
    opinia_command("remote", "pack", str(recipe), "-o", str(other), "--with-validation")
    assert "final" in read_pack(other).card["data"]
    said = opinia_command("remote", "join", str(other), str(home), "-o", str(model), status=1)
    assert "was trained on another pack" in said
    assert not model.exists()


@pytest.mark.slow
def test_a_classifier_that_came_back_learns_on_another_day(trip, site, tmp_path):
    _, pack, home = trip
    first = tmp_path / "first.onnx"
    said = opinia_command("remote", "join", str(pack), str(home), "-o", str(first))
    before = float(said.split("val_accuracy ")[1].split()[0])
    again = dataclasses.replace(TINY, pretraining=PretrainingRecipe()).replace(
        {"training.init_from": str(first), "training.learning_rate": 0.002}
    )
    recipe, second = tmp_path / "again.toml", tmp_path / "again.pack"
    recipe.write_text(again.to_toml(), encoding="utf-8")
    options = ("--answers", str(tmp_path / "first.npz"))
    opinia_command("remote", "pack", str(recipe), "-o", str(second), *options)
    soft = [read_pack(path).unlabelled.labels for path in (pack, second)]
    assert 0.001 < np.abs(soft[0] - soft[1]).mean() < 0.5
    place = tmp_path / "place"
    place.mkdir()
    plenty = ("--seconds", "100000", "--classifier", "100000", "--later", "100000")
    machine = Machine(place, second, site)
    machine.kill_when((machine.work / "classifier-1.pt").is_file, *plenty, "--save-every", "0.5")
    log = machine.run(*plenty, "--resume")
    assert [line["epoch"] for line in machine.log() if "epoch" in line] == [1, 2]
    assert not any(line["stage"] == "language-models" for line in machine.log())
    assert log[-1]["waiting"] == []
    model = tmp_path / "again.onnx"
    said = opinia_command("remote", "join", str(second), str(machine.out), "-o", str(model))
    assert (
        float(said.split("val_accuracy ")[1].split()[0]) > before - 0.03
    )  # of 300: it begins where that ended
    assert "pretraining" not in opinia.load(model).card


def test_answers_to_other_reviews_are_refused(tmp_path):
    recipe, answers = tmp_path / "tiny.toml", tmp_path / "answers.npz"
    recipe.write_text(TINY.to_toml(), encoding="utf-8")
    np.savez(answers, unlabelled=np.zeros(7, np.float32), temperature=np.array(1.0), bias=np.array(0.0))
    options = ("-o", str(tmp_path / "tiny.pack"), "--answers", str(answers))
    said = opinia_command("remote", "pack", str(recipe), *options, status=1)
    assert "answers 7 unlabelled reviews; the recipe has 998" in said
    assert not (tmp_path / "tiny.pack").exists()
