"""A model whose training is under way or was cut off: it judges, and every command says what it is."""

import shutil
import sys

import pytest

import prepared
from commands import call
from opinia.runs.recipe import Recipe
from opinia.train.pipeline import fit
from train_fixtures import TINY

COMMANDS = {
    "score": ("score", "reviews.csv", "-o", "judged.csv", "--force", "--model"),
    "check": ("check", "reviews.csv", "--model"),
    "analyse": ("analyse", "A warm film.", "--model"),
    "explain": ("explain", "A warm film.", "--model"),
    "evaluate": ("evaluate", "labelled.csv"),
    "errors": ("errors", "labelled.csv"),
    "behave": ("behave",),
    "info": ("info",),
}


@pytest.fixture(scope="module")
def runs(tmp_path_factory):
    """A folder with a finished run, and the same as it was after its second epoch."""
    folder = tmp_path_factory.mktemp("runs")
    fit(Recipe().replace({**TINY, "training.epochs": 2}), folder / "whole")
    shutil.copytree(folder / "whole", folder / "part")
    (folder / "part" / "run.json").unlink()
    longer = Recipe().replace({**TINY, "training.epochs": 9}).to_toml()
    (folder / "part" / "recipe.toml").write_text(longer)
    (folder / "reviews.csv").write_text("text\nA warm film.\nA dull film.\n")
    (folder / "labelled.csv").write_text("text,label\nA warm film.,positive\nA dull film.,negative\n")
    return folder


def arguments_of(name, model):
    """Return the words of a call, the model in its place."""
    words = COMMANDS[name]
    if name in ("evaluate", "errors"):
        return (name, model, words[1])
    return (*words, model)


@pytest.mark.parametrize("name", COMMANDS)
@pytest.mark.parametrize("file", ["", "best.onnx"])
def test_every_command_says_that_a_training_is_not_finished(runs, name, file):
    done = call(*arguments_of(name, runs / "part" / file), cwd=runs)
    said = f"the training in {runs / 'part'} is not finished, it is at 2 of 9 epochs"
    assert done.stderr.count(said) == 1, done.stderr
    assert said not in done.stdout
    assert "is not finished" not in call(*arguments_of(name, runs / "whole" / file), cwd=runs).stderr


@pytest.mark.parametrize(
    ("language", "said"),
    [
        ("en", "is not finished, it is at 2 of 9 epochs"),
        ("pl", "nie jest skończony, ma za sobą epoki: 2 z 9"),
    ],
)
def test_the_console_says_it_in_the_reader_s_language(runs, language, said):
    command = [sys.executable, "-m", "opinia", "--model", "part", "--lang", language]
    done = prepared.run(command, cwd=runs, input="A warm film.\n", capture_output=True, text=True, check=True)
    assert said in done.stderr
    assert said not in done.stdout


def test_a_model_that_was_taken_out_of_its_folder_is_of_no_run(runs, tmp_path):
    shutil.copy(runs / "part" / "best.onnx", tmp_path / "mine.onnx")
    assert (
        "is not finished" not in call("analyse", "A warm film.", "--model", "mine.onnx", cwd=tmp_path).stderr
    )
