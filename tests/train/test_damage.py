"""Files of a run that a power cut, a full disk or somebody has spoiled: named, in words of our own."""

from __future__ import annotations

import io
import pickle
import shutil
import subprocess
import sys
import traceback
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch

from opinia.errors import TrainingError
from opinia.runs.checkpoint import load_checkpoint
from opinia.runs.folder import RunFolder
from opinia.runs.recipe import Recipe
from opinia.train.fit import fit, make_ready
from opinia.train.loop import train
from opinia.train.ngrams import load_linear

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
        tiny.replace({"training.epochs": 2, "training.averaging": 0.9}), tmp_path_factory.mktemp("r") / "run"
    )
    (run.path / "run.json").unlink()
    return run.path


def spoil(path: Path, damage: Callable[[bytes], bytes]) -> None:
    path.write_bytes(damage(path.read_bytes()))


def check_words(text: str) -> None:
    assert not [word for word in ADVICE if word in text], text


@pytest.mark.parametrize("name", ["zeros", "half", "another pickle"])
def test_a_spoilt_checkpoint_is_named_on_the_command_line(stopped: Path, tmp_path: Path, name: str) -> None:
    run = Path(shutil.copytree(stopped, tmp_path / "run"))
    spoil(run / "checkpoint.pt", DAMAGES[name])
    command = [sys.executable, "-m", "opinia", "train", "--resume", "run"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True)
    assert done.returncode == 1
    assert done.stdout == ""
    error, hint = done.stderr.splitlines()[-2:]
    assert error.startswith("error: the checkpoint run/checkpoint.pt cannot be continued: checkpoint.pt ")
    assert hint == "hint: delete it to train this run from the start"
    check_words(done.stderr)


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
        make_ready(tiny.replace({"training.start": str(other)}), RunFolder(tmp_path / "run"))
    check_words(str(error.value))


@pytest.mark.parametrize("missing", ["network", "optimizer", "history", "average"])
def test_a_checkpoint_of_something_else_is_named(stopped: Path, tmp_path: Path, missing: str) -> None:
    run = RunFolder(Path(shutil.copytree(stopped, tmp_path / "run")))
    content = torch.load(run.checkpoint, weights_only=True)
    del content[missing]
    torch.save(content, run.checkpoint)
    with pytest.raises(TrainingError, match=f"cannot be continued: it lacks '{missing}'"):
        fit(run.recipe(), run.path)
    torch.save([1, 2], run.checkpoint)
    with pytest.raises(TrainingError, match="it holds other things than a checkpoint"):
        fit(run.recipe(), run.path)


def test_a_checkpoint_of_another_network_is_named(stopped: Path, tmp_path: Path) -> None:
    run = RunFolder(Path(shutil.copytree(stopped, tmp_path / "run")))
    with pytest.raises(TrainingError, match="its weights are of another network"):
        fit(run.recipe().replace({"network.dense": 9}), run.path)


def test_spoilt_arrays_are_named(tmp_path: Path, damage: Callable[[bytes], bytes]) -> None:
    path = tmp_path / "linear.npz"
    np.savez(path, slots=np.zeros(4000), codes=np.zeros(1), weights=np.zeros(1), bias=np.zeros(()))
    spoil(path, damage)
    with pytest.raises(TrainingError, match="linear.npz is damaged, or was not written by this run") as error:
        load_linear(path)
    assert "delete it" in error.value.hint
    check_words(str(error.value))


def test_a_whole_one_goes_on(stopped: Path, tmp_path: Path) -> None:
    run = RunFolder(Path(shutil.copytree(stopped, tmp_path / "run")))
    history = run.history()
    task = make_ready(run.recipe(), run)
    assert train(run.recipe(), task, run) == history
    assert run.is_finished
