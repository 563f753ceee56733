"""Files of a run that a power cut, a full disk or somebody has spoiled: named, in words of our own."""

from __future__ import annotations

import io
import os
import pickle
import shutil
import traceback
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch

from commands import opinia_command
from opinia.errors import OpiniaError, TrainingError
from opinia.runs.checkpoint import load_checkpoint, save_checkpoint
from opinia.runs.folder import RunFolder
from opinia.runs.recipe import Recipe
from opinia.train.ngrams import load_linear
from opinia.train.pipeline import fit, make_ready, train
from opinia.train.texts import Task

ADVICE = ("weights_only", "allow_pickle", "torch.load", "pickle", "unsafe", "Traceback")
"""What PyTorch and NumPy say where they advise to load a file without their protection, or nobody listens."""


class Harmful:
    """What would run code if it were loaded without protection."""

    def __reduce__(self) -> tuple[object, tuple[str]]:
        return print, ("harmful",)


def flipped(content: bytes) -> bytes:
    """Change more bytes in a row than an archive has between two of its files."""
    middle = len(content) // 2
    changed = bytes(byte ^ 1 for byte in content[middle : middle + 128])
    return content[:middle] + changed + content[middle + 128 :]


def pickled(_: bytes) -> bytes:
    return pickle.dumps(Harmful())


def saved_by_torch(_: bytes) -> bytes:
    buffer = io.BytesIO()
    torch.save({"network": Harmful()}, buffer)
    return buffer.getvalue()


DAMAGES: dict[str, Callable[[bytes], bytes]] = {
    "zeros": lambda content: bytes(len(content)),
    "empty": lambda _: b"",
    "half": lambda content: content[: len(content) // 2],
    "one byte short": lambda content: content[:-1],
    "zeros at its end": lambda content: content[:-200] + bytes(200),
    "changed bytes": flipped,
    "text": lambda _: b"not a checkpoint",
    "another pickle": pickled,
    "another archive": saved_by_torch,
}


@pytest.fixture(params=DAMAGES.values(), ids=DAMAGES)
def damage(request: pytest.FixtureRequest) -> Callable[[bytes], bytes]:
    return request.param


@pytest.fixture(scope="module")
def stopped(tmp_path_factory: pytest.TempPathFactory, tiny: Recipe) -> Path:
    """A run of two epochs that was stopped before its end. Not to be written to."""
    run = fit(
        tiny.replace({"training.epochs": 2, "training.ema_decay": 0.9}), tmp_path_factory.mktemp("r") / "run"
    )
    (run.path / "run.json").unlink()
    return run.path


def spoil(path: Path, damage: Callable[[bytes], bytes]) -> None:
    path.write_bytes(damage(path.read_bytes()))


def write(path: Path, content: object) -> None:
    buffer = io.BytesIO()
    torch.save(content, buffer)
    save_checkpoint(path, buffer.getvalue())


def check_words(text: str) -> None:
    assert not [word for word in ADVICE if word in text], text


@pytest.mark.parametrize("name", ["zeros", "half", "another pickle"])
def test_a_spoilt_checkpoint_is_named_on_the_command_line(stopped: Path, tmp_path: Path, name: str) -> None:
    run = Path(shutil.copytree(stopped, tmp_path / "run"))
    spoil(run / "checkpoint.pt", DAMAGES[name])
    said = opinia_command("train", "--resume", "run", status=1, cwd=tmp_path)
    error, hint = said.splitlines()[-2:]
    assert error.startswith("error: the checkpoint run/checkpoint.pt cannot be continued: checkpoint.pt ")
    assert hint == "hint: delete run/checkpoint.pt to train this run from the start"
    check_words(said)


def test_no_damage_goes_unnoticed_and_no_traceback_says_how_to_turn_protection_off(
    stopped: Path, tmp_path: Path, damage: Callable[[bytes], bytes], capfd: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "checkpoint.pt"
    path.write_bytes(damage((stopped / "checkpoint.pt").read_bytes()))
    with pytest.raises(ValueError, match=r"checkpoint\.pt ") as error:
        load_checkpoint(path)
    said = "".join(traceback.format_exception(error.value, limit=-1))
    check_words(said.replace("Traceback", "").replace("UnpicklingError", ""))
    assert "harmful" not in capfd.readouterr().out


def test_a_start_from_a_spoilt_run_is_refused(
    stopped: Path, tmp_path: Path, tiny: Recipe, damage: Callable[[bytes], bytes]
) -> None:
    other = Path(shutil.copytree(stopped, tmp_path / "other"))
    spoil(other / "checkpoint.pt", damage)
    with pytest.raises(TrainingError, match="training cannot begin with .*: checkpoint.pt ") as error:
        make_ready(tiny.replace({"training.init_from": str(other)}), RunFolder(tmp_path / "run"))
    check_words(str(error.value))


@pytest.mark.parametrize("missing", ["network", "optimizer", "history", "average"])
def test_a_checkpoint_of_something_else_is_named(stopped: Path, tmp_path: Path, missing: str) -> None:
    run = RunFolder(Path(shutil.copytree(stopped, tmp_path / "run")))
    content = torch.load(run.checkpoint, weights_only=True)
    del content[missing]
    write(run.checkpoint, content)
    with pytest.raises(TrainingError, match=f"cannot be continued: it lacks '{missing}'"):
        fit(run.recipe(), run.path)
    write(run.checkpoint, [1, 2])
    with pytest.raises(TrainingError, match="it holds other things than a checkpoint"):
        fit(run.recipe(), run.path)


def test_a_checkpoint_of_another_network_is_named(stopped: Path, tmp_path: Path) -> None:
    run = RunFolder(Path(shutil.copytree(stopped, tmp_path / "run")))
    other = run.recipe().replace({"network.dense": 9})
    (run.path / "recipe.toml").write_text(other.to_toml())
    with pytest.raises(TrainingError, match=r"was changed since the run began: network\.dense"):
        fit(other, run.path)
    for model in (run.last, run.best):  # which told of the first recipe
        model.unlink()
    with pytest.raises(TrainingError, match="its weights are of another network"):
        fit(other, run.path)


@pytest.mark.parametrize("finished", [False, True])
def test_a_run_of_another_recipe_is_neither_continued_nor_called_finished(
    stopped: Path, tmp_path: Path, finished: bool
) -> None:
    run = RunFolder(Path(shutil.copytree(stopped, tmp_path / "run")))
    recipe = run.recipe()
    if finished:
        fit(recipe, run.path)
    before = {path: path.read_bytes() for path in run.path.iterdir()}
    (tmp_path / "own.toml").write_text(recipe.to_toml())
    command = ("train", tmp_path / "own.toml", "-o", run.path)
    for option, name, there, here in (("--epochs", "epochs", 2, 9), ("--seed", "seed", 1, 5)):
        said = opinia_command(*command, option, here, status=1)
        assert f"another recipe: training.{name} is {there} there. Received: {here}\n" in said
        assert "hint: name another folder" in said
    with pytest.raises(TrainingError, match="holds a run of another recipe"):
        fit(recipe.replace({"network.dense": 9}), run.path)
    assert {path: path.read_bytes() for path in run.path.iterdir()} == before
    assert opinia_command(*command) != ""
    assert run.is_finished


def test_spoilt_arrays_are_named(tmp_path: Path, damage: Callable[[bytes], bytes]) -> None:
    path = tmp_path / "linear.npz"
    np.savez(path, slots=np.zeros(4000), codes=np.zeros(1), weights=np.zeros(1), bias=np.zeros(()))
    spoil(path, damage)
    with pytest.raises(TrainingError, match="linear.npz is damaged, or was not written by this run") as error:
        load_linear(path)
    assert f"delete {path}" in error.value.hint
    check_words(str(error.value))


def test_a_whole_one_goes_on(stopped: Path, tmp_path: Path) -> None:
    run = RunFolder(Path(shutil.copytree(stopped, tmp_path / "run")))
    history = run.history()
    task = make_ready(run.recipe(), run)
    assert train(run.recipe(), task, run) == history
    assert run.is_finished


def changed(content: dict[str, object], *path: object, value: object) -> dict[str, object]:
    place: object = content
    for key in path[:-1]:
        place = place[key]
    place[path[-1]] = value
    return content


NAN = float("nan")
EPOCH = {"epoch": 1, "loss": 0.5, "accuracy": 0.5, "val_loss": 0.5, "val_accuracy": 0.5}
ODD: dict[str, tuple[object, ...]] = {
    "null": ("history", [None]),
    "no history": ("history", []),
    "history of numbers": ("history", [1, 2]),
    "history is null": ("history", None),
    "one epoch less than times": ("history", [EPOCH]),
    "epochs out of order": ("history", [EPOCH, EPOCH]),
    "more than all right": ("history", [EPOCH, {**EPOCH, "epoch": 2, "accuracy": 2.0}]),
    "metrics are texts": ("history", [EPOCH, {**EPOCH, "epoch": 2, "loss": "low"}]),
    "no metrics": ("history", [{"epoch": 1}, {"epoch": 2}]),
    "times are texts": ("seconds", ["a", "b"]),
    "no times": ("seconds", None),
    "weights are null": ("network", None),
    "weights are texts": ("network", "dense.bias", "a"),
    "weights of another type": ("network", "dense.bias", torch.zeros(8, dtype=torch.float64)),
    "weights of another size": ("network", "dense.bias", torch.zeros(9)),
    "weights of no size": ("network", "dense.bias", torch.zeros(())),
    "an average of nothing": ("average", {}),
    "an optimizer of nothing": ("optimizer", {}),
    "an optimizer that is null": ("optimizer", None),
    "groups are null": ("optimizer", "param_groups", [None]),
    "too many groups": ("optimizer", "param_groups", [{}, {}]),
    "other betas": ("optimizer", "param_groups", 0, "betas", (0.5, 0.5)),
    "betas are a text": ("optimizer", "param_groups", 0, "betas", "ab"),
    "other parameters": ("optimizer", "param_groups", 0, "params", [9, 8, 7]),
    "a step size of nan": ("optimizer", "param_groups", 0, "lr", NAN),
    "a step size in words": ("optimizer", "param_groups", 0, "lr", "high"),
    "it goes up": ("optimizer", "param_groups", 0, "maximize", True),
    "moments of another size": ("optimizer", "state", 0, "exp_avg", torch.zeros(1)),
    "moments are null": ("optimizer", "state", 0, None),
    "moments of what is not there": ("optimizer", "state", 99, {}),
    "steps are texts": ("optimizer", "state", 0, "step", "many"),
    "many steps": ("optimizer", "state", 0, "step", torch.zeros(3)),
    "steps below nothing": ("optimizer", "state", 0, "step", torch.tensor(-1.0)),
}


@pytest.mark.parametrize("odd", ODD.values(), ids=ODD)
def test_odd_content_is_refused_in_a_sentence(
    stopped: Path, tmp_path: Path, task: Task, odd: tuple[object, ...]
) -> None:
    run = RunFolder(Path(shutil.copytree(stopped, tmp_path / "run")))
    write(run.checkpoint, changed(load_checkpoint(run.checkpoint), *odd[:-1], value=odd[-1]))
    with pytest.raises(TrainingError, match=r"checkpoint\.pt cannot be continued: \w.{9}") as error:
        train(run.recipe(), task, run)
    assert "\n" not in error.value.message
    check_words(str(error.value))


@pytest.mark.parametrize("name", ["pipe", "link to nowhere", "folder"])
def test_what_is_no_file_is_not_trained_over(stopped: Path, tmp_path: Path, name: str) -> None:
    run = RunFolder(Path(shutil.copytree(stopped, tmp_path / "run")))
    run.checkpoint.unlink()
    if name == "pipe":
        os.mkfifo(run.checkpoint)
    elif name == "folder":
        run.checkpoint.mkdir()
    else:
        run.checkpoint.symlink_to("nowhere")
    with pytest.raises(TrainingError, match=r"cannot be continued: (checkpoint\.pt: )?\w"):
        fit(run.recipe(), run.path)


ODD_ENVIRONMENTS = [
    "",
    "[]",
    "null",
    "[" * 100_000,
    '{"data": null}',
    '{"data": [1]}',
    '{"versions": 1}',
    "\0",
]


@pytest.mark.parametrize("content", ODD_ENVIRONMENTS)
def test_an_odd_environment_is_told(stopped: Path, tmp_path: Path, content: str) -> None:
    run = RunFolder(Path(shutil.copytree(stopped, tmp_path / "run")))
    (run.path / "environment.json").write_text(content)
    with pytest.raises(OpiniaError, match="environment.json|other reviews") as error:
        fit(run.recipe(), run.path)
    assert "\n" not in error.value.message
