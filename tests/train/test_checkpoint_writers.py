"""Two real processes that would train one run, and one that is killed while it writes a checkpoint."""

import subprocess
import sys

import torch

import prepared
from opinia.runs.checkpoint import load_checkpoint
from opinia.runs.folder import RunFolder
from opinia.train.pipeline import fit

MAIN = "from opinia.cli.main import main; main()"
# The first one stops, its lock held, where its second checkpoint is about to be written.
WAITING = """
import sys, opinia.runs.checkpoint as c
real, written = c.write_atomically, []
def write(path, content):
    if path.name == "checkpoint.pt":
        written.append(path)
        if len(written) == 2:
            print("waiting", flush=True)
            sys.stdin.readline()
    real(path, content)
c.write_atomically = write
from opinia.cli.main import main
main()
"""


def resume(folder, script=MAIN):
    return prepared.TrainingPopen(
        [sys.executable, "-c", script, "train", "--resume", "run"],
        cwd=folder,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def test_the_second_is_refused_and_the_checkpoint_of_the_first_stays_whole(tmp_path, tiny, task, start):
    run = start(tiny)
    first = resume(tmp_path, WAITING)
    assert first.stdout.readline() == "waiting\n"
    second = resume(tmp_path)
    said = second.communicate()[1]
    assert second.returncode == 1
    error, hint = said.splitlines()[-2:]
    assert error == "error: another process is training the run in run"
    assert hint.startswith("hint: wait for it, or stop it")
    assert len(load_checkpoint(run.checkpoint)["history"]) == 1
    first.communicate("\n")
    assert first.returncode == 0
    assert len(load_checkpoint(run.checkpoint)["history"]) == 3
    assert [path.name for path in run.path.glob("*checkpoint.pt*")] == ["checkpoint.pt"]


def test_killed_between_models_and_checkpoint_it_goes_on_to_the_same_bits(tmp_path, tiny, task, start):
    run = start(tiny)
    first = resume(tmp_path, WAITING)
    assert first.stdout.readline() == "waiting\n"
    first.kill()
    first.communicate()
    assert len(load_checkpoint(run.checkpoint)["history"]) == 1
    again = resume(tmp_path)
    assert again.communicate()[1] is not None
    assert again.returncode == 0
    killed, whole = RunFolder(tmp_path / "run"), fit(tiny, tmp_path / "undisturbed")
    for name in ("best.onnx", "last.onnx", "history.csv"):
        assert (killed.path / name).read_bytes() == (whole.path / name).read_bytes()
    contents = [load_checkpoint(each.checkpoint) for each in (killed, whole)]
    for name, weight in contents[0]["network"].items():
        assert torch.equal(weight, contents[1]["network"][name])
    assert {path.name for path in killed.path.iterdir()} == {path.name for path in whole.path.iterdir()}
