"""Trainings that several processes share: what each adds, and what becomes of it with real processes."""

import contextlib
import dataclasses
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
import torch
import torch.distributed as dist
from test_stages import WHOLE

import opinia
import prepared
from commands import opinia_command
from opinia.data.corpus import Corpus, divided
from opinia.errors import TrainingError
from opinia.runs.folder import RunFolder
from opinia.runs.recipe import Recipe
from opinia.runs.settings import NetworkRecipe, PretrainingRecipe, TrainingRecipe
from opinia.system.torchrun import Place, place
from opinia.train.classification import Classification
from opinia.train.language_model import LanguageModel, LanguageModelling, LanguageModelShape
from opinia.train.loop.callbacks import Callback
from opinia.train.loop.distributed import ALONE, World, _device_of, check_batch, check_processes
from opinia.train.loop.stream import TokenReviews
from opinia.train.network.sentiment_network import SentimentNetwork
from opinia.train.pipeline import fit
from train_fixtures import TINY

WORDS, STOP = 60, 5
SHAPE = NetworkRecipe(embedding=8, units=6, dense=5)
DROPPING = dataclasses.replace(
    SHAPE,
    layers=2,
    pooling="concat",
    separate_embeddings=True,
    word_dropout=0.2,
    embedding_dropout=0.1,
    input_dropout=0.2,
    layer_dropout=0.2,
    weight_dropout=0.3,
    output_dropout=0.3,
)
PLAIN = TrainingRecipe(batch_size=12, threads=1)
UNLABELLED = dataclasses.replace(PLAIN, unlabelled=0.7, virtual_adversarial=0.1, adversarial=0.1)
RECIPES = {
    "plain": (SHAPE, PLAIN),
    "dropout": (DROPPING, PLAIN),
    "balanced": (SHAPE, dataclasses.replace(PLAIN, class_weight="balanced")),
    "adversaries": (DROPPING, UNLABELLED),
    "virtual adversaries": (DROPPING, dataclasses.replace(UNLABELLED, adversarial=0.0)),
    "soft labels": (DROPPING, dataclasses.replace(UNLABELLED, entropy=0.2, soft_labels=0.5)),
    "adversaries of labelled alone": (
        DROPPING,
        dataclasses.replace(UNLABELLED, virtual_adversarial=0.0, entropy=0.3),
    ),
    "sentences": (DROPPING, dataclasses.replace(PLAIN, sentences=0.5)),
    "long reviews alone": (DROPPING, dataclasses.replace(UNLABELLED, batch_words=70)),
}


def corpus(count: int, *, seed: int, classes: int = 2) -> Corpus:
    draw = np.random.default_rng(seed)
    lengths = draw.integers(0, 40, count)
    starts = np.concatenate([[0], np.cumsum(lengths)])
    ids = draw.integers(1, WORDS, starts[-1]).astype(np.int32)
    weights = draw.uniform(0.5, 2, count).astype(np.float32)
    return Corpus(ids, starts, draw.integers(0, classes, count).astype(np.float32), weights)


def steps_of(make, network, *, world: World, steps: int):
    """Return loss, right answers and gradients of the first steps, the network staying as it is."""
    found, gradients = [], make(world).gradients(network.train(), 1)
    for _ in range(steps):
        network.zero_grad()
        learnt = next(gradients)
        whole = {name: p.grad.clone() for name, p in network.named_parameters() if p.grad is not None}
        found.append((learnt, whole))
    return found


def check_sums(make, network, *, size: int, steps: int = 3):
    alone = steps_of(make, network, world=ALONE, steps=steps)
    shared = [steps_of(make, network, world=World(rank, size), steps=steps) for rank in range(size)]
    for step, (expected, gradients) in enumerate(alone):
        parts = [each[step] for each in shared]
        assert {learnt.count for learnt, _ in parts} == {expected.count}
        assert sum(learnt.loss for learnt, _ in parts).item() == pytest.approx(expected.loss.item(), rel=1e-5)
        if expected.correct is not None:
            assert sum(learnt.correct for learnt, _ in parts) == expected.correct
        for name, gradient in gradients.items():
            total = sum(each[name] for _, each in parts)
            assert torch.allclose(total, gradient, rtol=1e-4, atol=1e-6), (step, name)
    assert max(gradient.abs().max() for gradient in alone[0][1].values()) > 1e-3


@pytest.mark.parametrize("size", [2, 5])
@pytest.mark.parametrize("name", RECIPES)
def test_the_parts_of_a_batch_add_up_to_the_whole(name, size):
    """Loss, right answers and each gradient, whatever is dropped; 5 processes have 2 reviews or 3 each."""
    shape, settings = RECIPES[name]
    torch.manual_seed(1)
    labelled, unlabelled = corpus(90, seed=1), corpus(70, seed=2)
    marks = np.array([STOP], np.int32) if settings.sentences else None

    def make(world):
        others = unlabelled if settings.unlabelled else None
        return Classification(settings, labelled, unlabelled=others, marks=marks, world=world)

    check_sums(make, SentimentNetwork(WORDS, shape), size=size, steps=8 if settings.batch_words else 3)


def test_the_parts_add_up_with_more_classes_and_batches_of_one():
    labelled = corpus(40, seed=3, classes=3)
    settings = dataclasses.replace(PLAIN, batch_size=3, adversarial=0.2)
    torch.manual_seed(1)
    network = SentimentNetwork(WORDS, DROPPING, 3)
    check_sums(lambda world: Classification(settings, labelled, world=world), network, size=4, steps=14)


@pytest.mark.parametrize("softmax", ["full", "sampled"])
def test_the_columns_of_a_stream_add_up_to_the_whole(softmax):
    reviews = TokenReviews.of(corpus(200, seed=4).reviews())
    settings = PretrainingRecipe(epochs=1, batch_size=7, bptt=5, softmax=softmax, negative_samples=10)
    shape = LanguageModelShape(8, 6, 2, embedding_dropout=0.1, layer_dropout=0.2)
    torch.manual_seed(1)
    model = LanguageModel(WORDS, shape)
    for backward in (False, True):
        check_sums(
            lambda world, backward=backward: LanguageModelling(
                settings, reviews, vocabulary=WORDS, backward=backward, world=world
            ),
            model,
            size=3,
        )


def test_processes_get_as_many_reviews_and_about_as_many_words():
    draw = np.random.default_rng(1)
    for parts in (1, 2, 3, 8):
        lengths = draw.integers(0, 500, 64)
        divisions = divided(lengths, parts)
        assert sorted(np.concatenate(divisions).tolist()) == list(range(64))
        words = [int(lengths[rows].sum()) for rows in divisions]
        assert max(words) - min(words) <= lengths.max()
        counts = [len(rows) for rows in divisions]
        assert max(counts) - min(counts) <= 1
    assert [rows.tolist() for rows in divided(np.array([9, 8, 1, 2]), 2)] == [[0, 2], [1, 3]]
    assert [len(rows) for rows in divided(np.array([5]), 3)] == [1, 0, 0]


def test_what_torchrun_says_is_read_or_refused():
    given = {
        "TORCHELASTIC_RUN_ID": "none",
        "RANK": "3",
        "WORLD_SIZE": "4",
        "LOCAL_RANK": "1",
        "LOCAL_WORLD_SIZE": "2",
        "MASTER_ADDR": "10.0.0.1",
        "MASTER_PORT": "29500",
        "TORCHELASTIC_RESTART_COUNT": "2",
        "TORCHELASTIC_USE_AGENT_STORE": "True",
    }
    assert place(given) == Place(3, 4, 1, 2, "10.0.0.1", 29500, restart=2)
    assert place({name: value for name, value in given.items() if name != "TORCHELASTIC_RUN_ID"}) is None
    for name, value in (("RANK", "4"), ("WORLD_SIZE", "two"), ("MASTER_PORT", "0"), ("LOCAL_RANK", "-1")):
        with pytest.raises(TrainingError, match="torchrun's variables"):
            place({**given, name: value})
        with pytest.raises(TrainingError, match="torchrun's variables"):
            place({each: other for each, other in given.items() if each != name})


def test_a_batch_smaller_than_the_processes_is_refused():
    check_batch("training.batch_size", 2, 2)
    with pytest.raises(TrainingError, match=r"training\.batch_size must be at least .* 4\. Received: 3"):
        check_batch("training.batch_size", 3, 4)


PLAIN_RUN = Recipe(name="plain").replace(
    {
        **TINY,
        "network.output_dropout": 0.2,
        "data.validation": 1000,
        "training.epochs": 10,
        "training.learning_rate": 0.003,
        "training.schedule": "plateau",
        "training.max_grad_norm": 0.5,
        "training.ema_decay": 0.9,
    }
)
WHOLE_RUN = WHOLE.replace(
    {
        "distillation.ngrams": False,
        "distillation.epochs": 1,
        "training.epochs": 2,
        "training.learning_rate": 0.01,
        "training.precision": "float32",
    }
)
TOGETHER = """
import json, os, sys
settings = json.loads(sys.argv[1])
os.environ.update(settings["variables"])
from pathlib import Path
from opinia.errors import TrainingError
from opinia.runs.recipe import read_recipe
import opinia
from opinia.train.loop.callbacks import Callback
from opinia.train.loop.distributed import joined
from opinia.train.pipeline import fit

class Steps(Callback):
    losses = []
    def on_batch_end(self, trainer, step):
        self.losses.append(step.loss)

for path in settings["recipes"]:
    fit(read_recipe(Path(path)), Path(path).with_suffix(""), callbacks=[Steps()])
if Steps.losses:
    print(json.dumps(Steps.losses))
own = opinia.__version__
if os.environ["RANK"] == "1":
    opinia.__version__ = "0.0.1"
try:
    with joined("cpu") as world:
        pass
except TrainingError as error:
    print(error.message, file=sys.stderr)
opinia.__version__ = own
with joined("cpu") as world:
    if not world.is_first:
        raise TrainingError("the memory of this machine is full")
    world.from_first(lambda: 1)
    world.from_first(lambda: 2)
"""
FILES = ("history.csv", "best.onnx", "last.onnx", "recipe.toml", "environment.json")


class Together:
    """Processes begun as by torchrun, without its own: they train, and then the last one fails."""

    def __init__(self, size: int, recipes) -> None:
        self._store = dist.TCPStore("127.0.0.1", 0, is_master=True, wait_for_workers=False)
        self._processes = []
        for rank in range(size):
            variables = {
                "RANK": rank,
                "LOCAL_RANK": rank,
                "WORLD_SIZE": size,
                "LOCAL_WORLD_SIZE": size,
                "MASTER_ADDR": "127.0.0.1",
                "MASTER_PORT": self._store.port,
                "TORCHELASTIC_RUN_ID": "test",
                "TORCHELASTIC_USE_AGENT_STORE": "True",
            }
            settings = {
                "variables": {name: str(value) for name, value in variables.items()},
                "recipes": [str(path) for path in recipes],
            }
            command = [sys.executable, "-c", TOGETHER, json.dumps(settings)]
            pipe = subprocess.PIPE
            self._processes.append(prepared.TrainingPopen(command, stdout=pipe, stderr=pipe, text=True))

    def end(self) -> list[tuple[int, str, str]]:
        """Return status, output and complaints of each."""
        said = [process.communicate(timeout=300) for process in self._processes]
        return [(process.returncode, *each) for process, each in zip(self._processes, said, strict=True)]


def contents(folder) -> dict[str, bytes]:
    return {name: (folder / name).read_bytes() for name in FILES}


@pytest.fixture(scope="module")
def shared(tmp_path_factory):
    """The folder of runs that two processes trained, the losses of the first one's steps, and its end."""
    folder = tmp_path_factory.mktemp("shared")
    for recipe in (PLAIN_RUN, WHOLE_RUN):
        (folder / f"{recipe.name}.toml").write_text(recipe.to_toml())
    first, second = Together(2, [folder / "plain.toml", folder / "whole.toml"]).end()
    assert first[1], first[2] + second[2]
    assert second[1] == ""
    return folder, json.loads(first[1]), (first, second)


class Losses(Callback):
    def __init__(self):
        self.seen = []

    def on_batch_end(self, trainer, step):
        self.seen.append(step.loss)


@pytest.mark.slow
@pytest.mark.parametrize("recipe", [PLAIN_RUN, WHOLE_RUN], ids=lambda recipe: recipe.name)
def test_two_processes_learn_what_one_learns(shared, recipe, tmp_path):
    """One of them with language models, a teacher, adversaries, sentences, dropout, averages, clipping."""
    folder, losses, _ = shared
    of_one, run = Losses(), RunFolder(folder / recipe.name)
    alone = fit(recipe, tmp_path / "alone", callbacks=[of_one])
    seen = losses[: len(of_one.seen)] if recipe is PLAIN_RUN else losses[-len(of_one.seen) :]
    if recipe is PLAIN_RUN:
        assert seen[0] == pytest.approx(of_one.seen[0], rel=1e-6)
    # Rounding grows with the steps: where a gradient is nearly 0, a step of Adam is as long as any.
    whole_epochs = 2
    steps = whole_epochs * len(seen) // recipe.training.epochs
    assert seen[:steps] == pytest.approx(of_one.seen[:steps], abs=1e-3)
    both = zip(run.history()[:whole_epochs], alone.history()[:whole_epochs], strict=True)
    for ours, theirs in both:
        assert ours.loss == pytest.approx(theirs.loss, abs=1e-4)
        assert ours.val_loss == pytest.approx(theirs.val_loss, abs=5e-3)
        assert ours.val_accuracy == pytest.approx(theirs.val_accuracy, abs=0.011)
    environment = run.environment()
    assert environment.pop("processes") == 2
    assert environment == alone.environment()
    assert {p.name for p in run.path.rglob("*")} - {"forward.jsonl", "backward.jsonl"} == {
        p.name for p in alone.path.rglob("*")
    } - {"forward.jsonl", "backward.jsonl"}


@pytest.mark.slow
def test_a_process_that_fails_leaves_its_reason_to_the_others(shared):
    first, second = shared[2]
    assert first[0] != 0
    assert second[0] != 0
    lost = r"another of the 2 processes .*: process 2 of 2 on .*: the memory of this machine is full"
    assert re.search(lost, first[2])


@pytest.mark.slow
def test_processes_of_other_versions_do_not_train_together(shared):
    for _, _, complaints in shared[2]:
        assert f"process 2 of 2 has opinia 0.0.1, and the first one {opinia.__version__}" in complaints


def test_more_processes_than_gpus_are_refused():
    many = torch.cuda.device_count() + 1
    with pytest.raises(TrainingError, match=f"there are {many - 1} here for {many}") as error:
        _device_of(Place(0, many, 0, many, "127.0.0.1", 29500), "cuda")
    assert "--device cpu" in error.value.hint
    assert _device_of(Place(0, many, 0, many, "127.0.0.1", 29500), "cpu") == "cpu"


@pytest.mark.slow
def test_a_refusal_stands_last_behind_torchruns_own_traceback(tmp_path):
    """Of several trainings at once, here; any other refusal of the command goes the same way."""
    (tmp_path / "reviews.csv").write_text("text,label\ngood,1\nbad,0\n" * 10)
    running = torchrun("--data", tmp_path / "reviews.csv", "--folds", 5, "--device", "cpu")
    said = running.communicate(timeout=120)[1]
    assert running.returncode != 0
    traceback, _, summary = said.rpartition("Root Cause (first observed failure)")
    assert "ChildFailedError" in traceback
    assert "--folds and --learning-curve are several trainings" in summary


@pytest.mark.slow
def test_a_run_goes_on_with_as_many_processes_alone(shared, tmp_path):
    folder = shared[0] / "plain"
    check_processes(RunFolder(folder), 2)
    shutil.copytree(folder, tmp_path / "run")
    (tmp_path / "run" / "run.json").unlink()
    said = opinia_command("train", "--resume", tmp_path / "run", status=1)
    assert "begun by 2 processes" in said
    assert f"torchrun --standalone --nproc-per-node 2 -m opinia train --resume {tmp_path / 'run'}" in said
    said = opinia_command("train", "--resume", tmp_path / "run", "--epochs", 9, status=1)
    assert "begun by 2 processes" in said
    assert RunFolder(tmp_path / "run").recipe() == PLAIN_RUN
    with pytest.raises(TrainingError, match=r"begun by 2 processes.* Received: 3"):
        check_processes(RunFolder(folder), 3)


def torchrun(*words: object) -> subprocess.Popen:
    """Begin torchrun itself in a prepared process; those that it starts are fresh."""
    command = [sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc-per-node", "2"]
    return prepared.TrainingPopen(
        [*command, "-m", "opinia", "train", *map(str, words)], stderr=subprocess.PIPE, text=True
    )


def process_of(parent: int, rank: int) -> int:
    """Return the process that torchrun started under a number."""
    for found in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            is_child = int((found / "stat").read_text().rpartition(")")[2].split()[1]) == parent
            if is_child and f"RANK={rank}".encode() in (found / "environ").read_bytes().split(b"\0"):
                return int(found.name)
    raise LookupError(rank)


@pytest.mark.slow
@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="processes are found in /proc")
def test_torchrun_with_a_killed_process_ends_and_the_same_command_goes_on(shared, tmp_path):
    """The second process is killed after an epoch, and where it goes on the first one, after two."""
    recipe, folder = shared[0] / "plain.toml", tmp_path / "run"
    history = folder / "history.csv"
    for killed, epochs in ((1, 1), (0, 2)):
        running = torchrun(recipe, "-o", folder, "--device", "cpu")
        while not history.is_file() or len(history.read_text().splitlines()) <= epochs:
            assert running.poll() is None, running.stderr.read()
            time.sleep(0.01)
        victim = process_of(running.pid, killed)
        other = process_of(running.pid, 1 - killed)
        os.kill(victim, signal.SIGKILL)
        said = running.communicate(timeout=120)[1]
        assert running.returncode != 0
        assert "SIGKILL" in said
        assert not Path(f"/proc/{other}").exists()
        assert not RunFolder(folder).is_finished
    again = torchrun(recipe, "-o", folder, "--device", "cpu")
    said = again.communicate(timeout=300)[1]
    assert again.returncode == 0, said
    assert said.count("epoch 10/10") == 1
    assert "2 processes together" in said
    assert contents(folder) == contents(shared[0] / "plain")
