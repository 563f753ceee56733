"""A run folder is trained by one process at a time, and by none that finds other things in it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

import prepared
from commands import opinia_command
from opinia.errors import TrainingError
from opinia.runs.folder import RunFolder
from opinia.runs.recipe import read_recipe
from opinia.system.folder_lock import LOCK, alone_in
from opinia.train.pipeline import fit
from recipes import SMALL

LONG = SMALL.replace("epochs = 2", "epochs = 8")
PRETRAINED = (
    LONG.replace("dense = 8", "dense = 8\nseparate_embeddings = true").replace("threads = 1", "threads = 2")
    + """
[pretraining]
epochs = 1000
"""
)
WRITTEN = ("history.csv", "best.onnx", "last.onnx")


def start(*arguments: object, cwd: Path) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "opinia", *map(str, arguments)]
    return prepared.TrainingPopen(
        command, cwd=cwd, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )


def wait_for(process: subprocess.Popen[str], beginning: str) -> None:
    for line in process.stderr:
        if line.startswith(beginning):
            return
    pytest.fail(f"it ended before it said {beginning!r}")


def contents(folder: Path) -> dict[str, bytes]:
    return {name: (folder / name).read_bytes() for name in WRITTEN}


@pytest.fixture
def place(tmp_path: Path) -> Path:
    (tmp_path / "small.toml").write_text(LONG, encoding="utf-8")
    return tmp_path


def test_a_run_that_is_trained_is_neither_resumed_nor_begun_again(place: Path) -> None:
    first = start("train", "small.toml", "-o", "run", cwd=place)
    wait_for(first, "epoch 1/8")
    first.send_signal(signal.SIGSTOP)  # it lives, and gets no further while the others try
    try:
        tries = [
            start("train", "--resume", "run", cwd=place),
            start("train", "small.toml", "-o", "run", cwd=place),
        ]
        for process in tries:
            out, said = process.communicate()
            assert process.returncode == 1, said
            assert said.splitlines()[0] == "error: another process is training the run in run"
            assert "hint: wait for it, or stop it" in said
            assert out == ""
        with pytest.raises(TrainingError, match="another process is training"):
            fit(RunFolder(place / "run").recipe(), place / "run")
    finally:
        first.send_signal(signal.SIGCONT)
    first.communicate()
    assert first.returncode == 0
    assert not (place / "run" / LOCK).exists()
    again = start("train", "--resume", "run", cwd=place)
    assert "finished already" in again.communicate()[1]


def test_of_two_that_resume_a_killed_run_one_goes_on(place: Path) -> None:
    killed = start("train", "small.toml", "-o", "killed", cwd=place)
    wait_for(killed, "epoch 2/8")
    killed.kill()
    killed.communicate()
    fit(read_recipe(place / "small.toml"), place / "whole")
    both = [start("train", "--resume", "killed", cwd=place) for _ in range(2)]
    ended = [(process.communicate()[1], process.returncode) for process in both]
    for said, code in ended:  # the second may come so late that the first has finished
        assert code == 0 or "another process is training the run in killed" in said, said
        assert "Traceback" not in said
    assert 0 in [code for _, code in ended]
    assert contents(place / "killed") == contents(place / "whole")


def test_two_that_begin_at_once_without_a_name_get_a_folder_each(place: Path) -> None:
    both = [start("train", "small.toml", "--epochs", 2, cwd=place) for _ in range(2)]
    names = sorted(process.communicate()[0].split()[-1] for process in both)
    assert names == ["runs/small-batch64-epochs2-seed1", "runs/small-batch64-epochs2-seed1-2"]
    assert contents(place / names[0]) == contents(place / names[1])


def test_a_run_that_a_study_trains_is_not_resumed(place: Path) -> None:
    recipe = LONG.replace('name = "small"', "").replace("[", "[recipe.").replace("epochs = 8\n", "")
    runs = 'name = "s"\nseeds = [1]\n[runs.one.training]\nepochs = 200\n'
    (place / "study.toml").write_text(runs + recipe, encoding="utf-8")
    study = start("study", "study.toml", "-o", "study", cwd=place)
    wait_for(study, "one, seed 1")
    resumed = start("train", "--resume", "study/one/seed-1", cwd=place)
    said = resumed.communicate()[1]
    study.terminate()
    study.communicate()
    assert resumed.returncode == 1
    assert "another process is training the run in study/one/seed-1" in said


@pytest.mark.parametrize("content", ["thesis.odt", ".hidden", "history.csv", "folder/"])
def test_a_folder_with_other_things_is_left_alone(place: Path, content: str) -> None:
    folder = place / "mine"
    folder.mkdir()
    (folder / content).mkdir() if content.endswith("/") else (folder / content).write_text("mine")
    said = opinia_command("train", "small.toml", "-o", "mine", status=1, cwd=place)
    assert (
        f"error: mine is not empty, and is not the folder of a run: it holds {content.rstrip('/')}\n" in said
    )
    assert "hint: name a new folder with --output" in said
    assert [path.name for path in folder.iterdir()] == [content.rstrip("/")]
    with pytest.raises(TrainingError, match="is not empty"):
        fit(read_recipe(place / "small.toml"), folder)


@pytest.mark.parametrize("left", [(), (LOCK,), ("environment.json",), (".recipe.toml.x7f", LOCK)])
def test_an_empty_folder_and_what_a_killed_beginning_left_are_taken(
    place: Path, left: tuple[str, ...]
) -> None:
    folder = place / "run"
    folder.mkdir()
    for name in left:
        (folder / name).write_text("{")
    opinia_command("train", place / "small.toml", "--epochs", 1, "-o", folder)
    assert RunFolder(folder).is_finished


def test_a_finished_run_that_was_changed_is_not_called_finished(place: Path) -> None:
    run = fit(read_recipe(place / "small.toml").replace({"training.epochs": 1}), place / "run")
    run.best.write_bytes(bytes(1000))
    said = opinia_command("train", "--resume", run.path, status=1)
    assert "run is finished, but was changed since: best.onnx" in said


@pytest.mark.skipif(os.name != "posix", reason="SIGKILL is POSIX's")
def test_language_models_end_with_the_run_that_wants_them(place: Path) -> None:
    """However it ends: a pretraining that went on would write where the resumed run writes."""
    (place / "long.toml").write_text(PRETRAINED, encoding="utf-8")
    run = start("train", "long.toml", "-o", "run", cwd=place)
    wait_for(run, "pretraining two language models")
    folder = place / "run" / "pretrained"
    names = [".forward.lock", ".backward.lock"]
    deadline = time.monotonic() + 120
    while not all((folder / name).exists() for name in names) and time.monotonic() < deadline:
        time.sleep(0.05)
    refusal = pytest.raises(TrainingError, match="another process is pretraining forward")
    with refusal, alone_in(folder, doing="pretraining forward", name=names[0]):
        pass
    run.kill()
    run.wait()
    deadline = time.monotonic() + 120
    for name in names:
        while time.monotonic() < deadline:
            try:
                with alone_in(folder, doing="pretraining", name=name):
                    break
            except TrainingError:
                time.sleep(0.05)
        else:
            pytest.fail("a language model is trained without its run")
    run.stdout.close()
    run.stderr.close()
