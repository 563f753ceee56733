"""``opinia train`` as a person runs it: real processes, a real terminal, real signals."""

import gzip
import os
import pty
import re
import shlex
import signal
import subprocess
import sys

import pytest

import opinia
import prepared
from commands import call
from opinia.errors import TrainingError
from opinia.runs.folder import RunFolder
from opinia.train.pipeline import fit
from recipes import SMALL


@pytest.fixture
def recipe(tmp_path):
    path = tmp_path / "small.toml"
    path.write_text(SMALL, encoding="utf-8")
    return path


def opinia_train(*arguments, cwd, **options):
    command = [sys.executable, "-m", "opinia", "train", *map(str, arguments)]
    return prepared.run(
        command, kind=prepared.TrainingPopen, cwd=cwd, capture_output=True, text=True, timeout=300, **options
    )


def test_it_ends_by_a_line_to_try_the_model_with(recipe, tmp_path):
    done = opinia_train(recipe, "--epochs", 1, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    folder = "runs/small-batch64-epochs1-seed1"
    assert shlex.split(done.stdout)[-4:] == ["-m", "opinia", "--model", folder]
    assert "epoch 1/1" in done.stderr
    assert "val_accuracy" in done.stderr
    assert opinia.load(tmp_path / folder).predict("a film") in (["negative"], ["positive"])
    again = call("train", recipe, "--epochs", 1, cwd=tmp_path)
    assert shlex.split(again.stdout)[-1] == f"{folder}-2"
    spaced = opinia_train(recipe, "--epochs", 1, "-o", "a run; of $mine", cwd=tmp_path)
    tried = subprocess.run(
        ["sh", "-c", spaced.stdout],
        cwd=tmp_path,
        input="a film\n",
        capture_output=True,
        text=True,
        check=True,
    )
    assert re.fullmatch(r"(positive|negative) \(\d+\.\d%\)\n", tried.stdout)
    run = RunFolder(tmp_path / "a run; of $mine")
    with pytest.raises(TrainingError) as refused:
        run.check_room(run.recipe())
    assert f"train --resume '{run.path}'`" in refused.value.hint


def test_options_override_the_recipe(recipe, tmp_path):
    options = ("--batch-size", 100, "--epochs", 1, "--learning-rate", 0.005, "--seed", 7, "--device", "cpu")
    done = call("train", recipe, *options, "-o", "here", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    training = RunFolder(tmp_path / "here").recipe().training
    assert (training.batch_size, training.epochs, training.learning_rate, training.seed) == (100, 1, 0.005, 7)


@pytest.mark.parametrize(
    ("arguments", "message", "hint"),
    [
        (["--epochs", "0"], "training.epochs must be from 1", "hint:"),
        (["--learning-rate=-1"], "training.learning_rate must be from", "hint:"),
        (["--batch-size", "60000"], "at most the number of training reviews", ""),
        (["--imdb", "nowhere", "missing.toml"], "missing.toml cannot be read", ""),
        (["--resume", "nowhere"], "there is no run in nowhere", "hint:"),
        (["--resume", "nowhere", "--batch-size", "3"], "--resume takes all settings from the run", ""),
        (["--device", "cuda"], "no CUDA device", "--device cpu"),
    ],
)
def test_wrong_calls_get_one_clear_error(recipe, tmp_path, arguments, message, hint):
    if "cuda" in arguments:
        torch = pytest.importorskip("torch")
        if torch.cuda.is_available():
            pytest.skip("there is a CUDA device here")
    own = [] if "--resume" in arguments or "missing.toml" in arguments else [recipe]
    done = call("train", *own, *arguments, cwd=tmp_path)
    assert done.returncode in (1, 2)
    assert message in done.stderr
    assert hint in done.stderr
    assert "Traceback" not in done.stderr
    assert not list(tmp_path.glob("runs/*/recipe.toml"))


@pytest.mark.parametrize("name", ["own.csv", "own.csv.gz", "own.jsonl", "own.xlsx", "own"])
def test_a_table_in_the_place_of_something_else_is_told_how_it_is_trained_on(tmp_path, name):
    content = b"text,label\na good film,1\n"
    (tmp_path / name).write_bytes(gzip.compress(content) if name.endswith(".gz") else content)
    for arguments, variables in (
        (("--imdb", name), {}),
        ((), {"OPINIA_DATA": name}),
        *([((name,), {})] if "." in name else []),
    ):
        done = call("train", *arguments, cwd=tmp_path, variables=variables)
        assert done.returncode in (1, 2)
        assert "--data" in done.stderr.partition("hint: ")[2]
        assert "no sound" not in done.stderr
        assert "Traceback" not in done.stderr
        assert not list(tmp_path.glob("runs/*/recipe.toml"))


def test_missing_reviews_are_named_before_anything_is_trained(tmp_path):
    done = call("train", "--imdb", "nowhere", cwd=tmp_path)
    assert done.returncode == 1
    assert "nowhere, which does not exist" in done.stderr
    assert not list(tmp_path.glob("runs/*"))


def test_ctrl_c_stops_cleanly_and_says_how_to_resume(recipe, tmp_path):
    undisturbed = call("train", recipe, "--epochs", 4, "-o", "whole", cwd=tmp_path)
    assert undisturbed.returncode == 0
    command = [sys.executable, "-m", "opinia", "train", str(recipe), "--epochs", "4", "-o", "stopped"]
    process = prepared.TrainingPopen(command, cwd=tmp_path, stderr=subprocess.PIPE, text=True)
    for line in process.stderr:
        if line.startswith("epoch 1/4"):
            process.send_signal(signal.SIGINT)
            break
    _, rest = process.communicate(timeout=120)
    assert process.returncode == 130
    assert "Traceback" not in rest
    said = rest.splitlines()[-1].partition("stopped; go on with: ")[2]
    assert said.endswith("opinia train --resume stopped")
    *program, command, option, folder = shlex.split(said)
    assert program in (["opinia"], [sys.executable, "-m", "opinia"])
    resumed = opinia_train(option, folder, cwd=tmp_path)
    assert (command, resumed.returncode) == ("train", 0), resumed.stderr
    for name in ("best.onnx", "last.onnx", "history.csv"):
        assert (tmp_path / "whole" / name).read_bytes() == (tmp_path / "stopped" / name).read_bytes()
    finished = call("train", "--resume", "stopped", cwd=tmp_path)
    assert "finished already" in finished.stderr


def test_a_terminal_shows_a_bar_with_loss_accuracy_and_time_left(recipe, tmp_path):
    parent, child = pty.openpty()
    command = [sys.executable, "-m", "opinia", "train", str(recipe), "--epochs", "2", "-o", "run"]
    environment = {**os.environ, "TERM": "xterm-256color", "COLUMNS": "120"}
    process = prepared.TrainingPopen(
        command, cwd=tmp_path, stdin=child, stdout=child, stderr=child, env=environment, close_fds=True
    )
    os.close(child)
    seen = b""
    while True:
        try:
            data = os.read(parent, 65536)
        except OSError:
            break
        if not data:
            break
        seen += data
    os.close(parent)
    assert process.wait() == 0
    text = seen.decode()
    for part in ("epoch 2/2", "loss", "accuracy", "left", "%", "opinia --model run"):
        assert part in text


def test_tensorboard_gets_the_metrics(recipe, tmp_path):
    accumulator = pytest.importorskip("tensorboard.backend.event_processing.event_accumulator")
    done = call("train", recipe, "-o", "run", "--tensorboard", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    events = accumulator.EventAccumulator(str(tmp_path / "run" / "tensorboard"))
    events.Reload()
    history = RunFolder(tmp_path / "run").history()
    points = [scalar.value for scalar in events.Scalars("accuracy/validation")]
    assert points == pytest.approx([epoch.val_accuracy for epoch in history])


def test_fit_trains_from_python_and_continues(tiny, tmp_path):
    run = fit(tiny.replace({"training.epochs": 1}), tmp_path / "run")
    assert len(run.history()) == 1
    assert fit(tiny.replace({"training.epochs": 1}), tmp_path / "run").history() == run.history()
