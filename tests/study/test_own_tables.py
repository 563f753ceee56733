"""A study over a table of one's own: trained, reported, and tested on its own test table alone."""

import csv
import random

import pytest

import opinia
from commands import call
from opinia.evaluate.ledger import read_ledger
from opinia.runs.folder import RunFolder
from opinia.study.recipe import read_study

STUDY = """
name = "own"
seeds = [1]
[recipe.data]
source = "table"
table = "own.csv"
validation = 0
{test}
[recipe.text]
kind = "words"
max_tokens = 60
[recipe.network]
embedding = 8
units = 8
dense = 8
[recipe.training]
batch_size = 16
epochs = 2
threads = 1
learning_rate = 0.02
[runs.narrow]
[runs.wide]
network.units = 12
"""


def write(path, count, seed):
    draw = random.Random(seed)
    said = {"negative": ["dull", "slow", "noisy"], "positive": ["warm", "quick", "funny"]}
    rows = [
        (
            f"visit {draw.randint(1, 9999)} was {draw.choice(said[label])} and {draw.choice(said[label])}",
            label,
        )
        for label in (list(said)[n % 2] for n in range(count))
    ]
    with path.open("w", newline="") as file:
        csv.writer(file).writerows([("text", "label"), *rows])
    return rows


@pytest.fixture(scope="module")
def studied(tmp_path_factory):
    folder = tmp_path_factory.mktemp("own")
    write(folder / "own.csv", 100, 1)
    rows = write(folder / "later.csv", 40, 2)
    (folder / "study.toml").write_text(STUDY.format(test='test = "later.csv"'))
    done = call("study", "study.toml", "-o", "out", "--test", cwd=folder)
    assert done.returncode == 0, done.stderr
    return folder, rows


def test_each_best_model_is_tested_on_the_test_table(studied):
    folder, rows = studied
    ledger = read_ledger(folder / "out/ledger.csv")
    assert [(row.split, row.reviews) for row in ledger] == [("own:test", 40)] * 2
    accuracies = set()
    for run in ("narrow", "wide"):
        model = opinia.load(RunFolder(folder / f"out/{run}/seed-1").path)
        answers = model.predict([text for text, _ in rows])
        right = sum(answer == label for answer, (_, label) in zip(answers, rows, strict=True))
        accuracies.add((model.model.sha256, right / 40))
    assert {(row.sha256, row.accuracy) for row in ledger} == accuracies
    assert "own.csv" not in (folder / "out/ledger.csv").read_text()
    assert (folder / "out/report/report.html").is_file()


def test_without_a_test_table_nothing_is_trained(tmp_path):
    write(tmp_path / "own.csv", 100, 1)
    (tmp_path / "study.toml").write_text(STUDY.format(test=""))
    done = call("study", "study.toml", "-o", "out", "--test", cwd=tmp_path)
    assert done.returncode == 1
    assert "has no table to test on" in done.stderr
    assert not (tmp_path / "out").exists()


def test_it_may_be_tried_on_the_sample(studied):
    folder, _ = studied
    grid = read_study(folder / "study.toml").on_sample()
    for recipe in grid.runs.values():
        assert (recipe.data.source, recipe.data.table, recipe.data.test) == ("sample", "", "")
        assert recipe.network.embedding == 8
