"""``own:validation`` and its like: the parts of the table that a model was trained on."""

import csv

import pytest

import opinia
from opinia.errors import DataError
from opinia.evaluate.sets import load_reviews
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
        with pytest.raises(DataError, match="no longer the table"):
            load_reviews("own:validation", classifier, None)
        path.unlink()
        with pytest.raises(DataError, match="is not at"):
            load_reviews("own:validation", classifier, None)
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
