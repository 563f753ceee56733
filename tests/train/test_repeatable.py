"""Same seed, same weights: in whichever order trainings come, and on a machine that is busy."""

from __future__ import annotations

import contextlib
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import prepared
from opinia.runs.recipe import Recipe

DROPS = {
    "network.word_dropout": 0.1,
    "network.input_dropout": 0.1,
    "network.weight_dropout": 0.1,
    "network.output_dropout": 0.1,
    "training.epochs": 1,
    "training.batch_size": 400,
    "data.validation": 300,
}
WRITTEN = ("history.csv", "best.onnx", "last.onnx")
FIT = """
import sys
from pathlib import Path
from opinia.train.pipeline import fit
from opinia.runs.recipe import read_recipe

print("ready", flush=True)
sys.stdin.readline()
for folder in sys.argv[2:]:
    fit(read_recipe(Path(sys.argv[1])), folder)
"""


def fit_in_one_process(
    recipe: Recipe, *folders: Path, beside: contextlib.AbstractContextManager[None] | None = None
) -> None:
    """Train in a process of its own, beside other work once it has imported what it needs."""
    place = folders[0].with_suffix(".toml")
    place.write_text(recipe.to_toml(), encoding="utf-8")
    command = [sys.executable, "-c", FIT, place, *folders]
    with prepared.TrainingPopen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout.readline() == "ready\n"
        with beside or contextlib.nullcontext():
            process.communicate("\n")
    assert process.returncode == 0


def contents(folder: Path) -> dict[str, bytes]:
    return {name: (folder / name).read_bytes() for name in WRITTEN}


@contextlib.contextmanager
def busy_machine() -> Iterator[None]:
    """Two processes that take all the time they get, at the priority of this one."""
    work = "import os; parent = os.getppid()\nwhile os.getppid() == parent: pass"
    busy = [subprocess.Popen([sys.executable, "-c", work]) for _ in range(2)]
    try:
        yield
    finally:
        for process in busy:
            process.kill()
            process.wait()


def test_the_first_training_of_a_process_is_like_every_other(tiny: Recipe, tmp_path: Path) -> None:
    """Whether there is bfloat16 is tried once a process; the try must not draw from the seed's numbers."""
    first, second = tmp_path / "first", tmp_path / "second"
    fit_in_one_process(tiny.replace({**DROPS, "training.precision": "bfloat16"}), first, second)
    assert contents(first) == contents(second)


@pytest.mark.slow
@pytest.mark.parametrize("precision", ["float32", "bfloat16"])
def test_two_threads_give_the_same_weights_beside_other_work(
    tiny: Recipe, tmp_path: Path, precision: str
) -> None:
    """Which thread comes first must not decide in which order numbers are added."""
    whole = {
        **DROPS,
        "network.pooling": "concat",
        "network.separate_embeddings": True,
        "training.adversarial": 0.02,
        "training.ema_decay": 0.9,
        "training.max_grad_norm": 1.0,
        "training.max_words": 32,
    }
    recipe = tiny.replace({**whole, "training.threads": 2, "training.precision": precision})
    alone, pressed = tmp_path / "alone", tmp_path / "pressed"
    fit_in_one_process(recipe, alone)
    fit_in_one_process(recipe, pressed, beside=busy_machine())
    assert contents(pressed) == contents(alone)
