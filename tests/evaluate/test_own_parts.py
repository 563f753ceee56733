"""``own:validation`` and its like: the parts of the table that a model was trained on."""

import csv
import re
import shutil
import sqlite3

import pytest

import opinia
from commands import call, opinia_command
from opinia.errors import DataError
from opinia.evaluate.named_reviews import load_reviews
from opinia.runs.recipe import Recipe
from opinia.train.pipeline import fit
from opinia.train.texts import load_texts

SMALL = {"text.max_tokens": 50, "network.embedding": 4, "network.units": 4, "network.dense": 4}


def write(path, count, first=0):
    with path.open("w", newline="") as file:
        said = [("warm", "funny"), ("dull", "slow")]
        rows = [
            (f"film {n} was {said[n % 2][n % 3 % 2]} on day {n * 7}", ("liked", "hated")[n % 2])
            for n in range(first, first + count)
        ]
        csv.writer(file).writerows([("text", "label"), *rows])


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    folder = tmp_path_factory.mktemp("own")
    write(folder / "own.csv", 120)
    write(folder / "later.csv", 30, first=200)
    values = {**SMALL, "training.epochs": 1, "training.threads": 1, "training.batch_size": 16}
    values |= {"data.source": "table", "data.table": str(folder / "own.csv"), "data.validation": 0}
    recipe = Recipe().replace({**values, "data.test": str(folder / "later.csv")})
    return folder, recipe, opinia.load(fit(recipe, folder / "run").path)


def test_they_are_those_of_the_training(trained):
    _, recipe, classifier = trained
    texts = load_texts(recipe.data)
    parts = {"train": texts.split.train, "validation": texts.split.validation, "test": texts.test}
    for part, wanted in parts.items():
        found, name = load_reviews(f"own:{part}", classifier, None)
        assert found == wanted
        assert name == ("later.csv" if part == "test" else "own.csv")


def test_a_changed_or_missing_table_is_refused(trained):
    folder, _, classifier = trained
    path = folder / "own.csv"
    before = path.read_bytes()
    try:
        path.write_bytes(before.replace(b"film 3 ", b"song 3 "))
        with pytest.raises(DataError, match="is not the table"):
            load_reviews("own:validation", classifier, None)
        path.unlink()
        with pytest.raises(DataError, match=f"is not at {re.escape(str(path))}") as refused:
            load_reviews("own:validation", classifier, None)
        assert "--own-table" in refused.value.hint
    finally:
        path.write_bytes(before)


@pytest.mark.parametrize("part", ["train", "validation", "test"])
def test_a_model_of_no_table_has_none(part):
    with pytest.raises(DataError, match="card names none"):
        load_reviews(f"own:{part}", opinia.load("seed"), None)


def test_there_may_be_no_test(trained):
    folder, recipe, _ = trained
    run = fit(recipe.replace({"data.test": ""}), folder / "without")
    with pytest.raises(DataError, match="without a test table"):
        load_reviews("own:test", opinia.load(run.path), None)


@pytest.fixture(scope="module")
def bound(tmp_path_factory):
    """A folder with models that were trained on a table of it, and on one of a database."""
    folder = tmp_path_factory.mktemp("there")
    write(folder / "own.csv", 120)
    write(folder / "later.csv", 30, first=200)
    with (folder / "own.csv").open(newline="") as file:
        rows = list(csv.reader(file))[1:]
    connection = sqlite3.connect(folder / "films.db")
    with connection:
        connection.execute("CREATE TABLE said (text TEXT, label TEXT)")
        connection.executemany("INSERT INTO said VALUES (?, ?)", rows)
        connection.execute("CREATE TABLE other (number INTEGER)")
    connection.close()
    asked = ["--epochs", "1", "--threads", "1", "--init-from", "none"]
    for table, run, more in (("own.csv", "run", ["--test", "later.csv"]), ("films.db::said", "of-db", [])):
        done = call("train", "--data", table, "-o", run, *more, *asked, cwd=folder)
        assert done.returncode == 0, done.stderr
    return folder


@pytest.mark.parametrize("part", ["train", "validation", "test"])
def test_a_table_is_found_from_another_folder(bound, tmp_path, part):
    here = opinia_command("evaluate", "run", f"own:{part}", "--json", cwd=bound)
    assert opinia_command("evaluate", bound / "run", f"own:{part}", "--json", cwd=tmp_path) == here
    best = bound / "run" / "best.onnx"
    assert opinia_command("evaluate", best, f"own:{part}", "--json", cwd=tmp_path) == here


def test_a_table_of_a_database_is_found(bound, tmp_path):
    here = opinia_command("evaluate", "of-db", "own:validation", "--json", cwd=bound)
    assert opinia_command("evaluate", bound / "of-db", "own:validation", "--json", cwd=tmp_path) == here


def test_another_table_of_the_name_does_not_stand_in(bound, tmp_path):
    write(tmp_path / "own.csv", 120, first=500)
    shutil.copy(bound / "later.csv", tmp_path / "later.csv")
    here = opinia_command("evaluate", "run", "own:validation", "--json", cwd=bound)
    assert opinia_command("evaluate", bound / "run", "own:validation", "--json", cwd=tmp_path) == here
    shutil.copy(bound / "run" / "best.onnx", tmp_path / "alone.onnx")
    said = opinia_command("evaluate", "alone.onnx", "own:validation", cwd=tmp_path, status=1)
    assert "own.csv is not the table that this model was trained on" in said
    again = ["--own-table", bound / "own.csv", "--json"]
    assert opinia_command("evaluate", "alone.onnx", "own:validation", *again, cwd=tmp_path) == here


def test_a_table_that_was_moved_is_told(bound, tmp_path):
    moved = tmp_path / "elsewhere.csv"
    shutil.copy(bound / "own.csv", moved)
    shutil.copy(bound / "run" / "best.onnx", tmp_path / "alone.onnx")
    for command in (["evaluate"], ["errors"]):
        said = opinia_command(*command, "alone.onnx", "own:validation", cwd=tmp_path, status=1)
        assert f"is not at {tmp_path / 'own.csv'}" in said
        assert "hint: --own-table names where it lies now" in said
        told = ["own:validation", "--own-table", moved]
        said = opinia_command(*command, "alone.onnx", *told, cwd=tmp_path, status=1)
        assert f"whose texts were left out, is not at {tmp_path / 'later.csv'}" in said
        shutil.copy(bound / "later.csv", tmp_path / "later.csv")
        opinia_command(*command, "alone.onnx", *told, cwd=tmp_path)
        (tmp_path / "later.csv").unlink()
    said = opinia_command("evaluate", "alone.onnx", moved, "--own-table", moved, cwd=tmp_path, status=2)
    assert "--own-table is of own:train" in said


def test_a_run_goes_on_from_another_folder(bound, tmp_path):
    shutil.copytree(bound / "run", bound / "longer")
    (bound / "longer" / "run.json").unlink()
    done = call("train", "--resume", bound / "longer", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert (bound / "longer" / "run.json").is_file()
