"""``opinia evaluate`` on the built-in sample, with a model trained on it."""

import json

import pytest
from click.testing import CliRunner

from opinia.cli.evaluate import command
from opinia.errors import DataError
from opinia.evaluate.ledger import read_ledger
from opinia.runs.history import best_epoch
from opinia.runs.recipe import Recipe
from opinia.train.pipeline import fit


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    values = {"text.max_tokens": 200, "network.embedding": 8, "network.units": 8, "network.dense": 8}
    values |= {"training.epochs": 2, "training.learning_rate": 0.01, "training.threads": 1}
    values |= {"data.source": "sample", "data.validation": 300, "data.split_seed": 4}
    return fit(Recipe().replace(values), tmp_path_factory.mktemp("runs") / "run")


def evaluated(run, *arguments):
    result = CliRunner().invoke(command, [str(run.path), *map(str, arguments)], catch_exceptions=False)
    assert result.exit_code == 0
    return result.output


def test_validation_is_that_of_the_training(run):
    figures = json.loads(evaluated(run, "sample:validation", "--json"))
    best = best_epoch(run.history())
    assert figures["accuracy"] == pytest.approx(best.val_accuracy, abs=1e-9)
    assert figures["nll"] == pytest.approx(best.val_loss, abs=1e-5)


def test_the_table_says_what_json_says(run):
    figures = json.loads(evaluated(run, "sample:test", "--json"))
    table = evaluated(run, "sample:test")
    for name in ("accuracy", "precision", "recall", "f1", "auc", "nll", "ece"):
        assert f"{name:<10} {figures[name]:.4f}" in table


def test_the_ledger_gets_one_row_a_model_and_split(run, tmp_path):
    ledger = tmp_path / "ledger.csv"
    first = evaluated(run, "sample:test", "--ledger", ledger, "--note", "first")
    second = evaluated(run, "sample:test", "--ledger", ledger, "--note", "second")
    assert "not taken again" in second
    assert second.splitlines()[-1] in first
    (row,) = read_ledger(ledger)
    assert (row.split, row.recipe, row.seed, row.note, row.reviews) == (
        "sample:test",
        "seed",
        "1",
        "first",
        500,
    )


@pytest.mark.parametrize("data", ["imdb", "imdb:unsup", "other:test", ""])
def test_data_of_no_known_name_is_refused(run, data):
    with pytest.raises(DataError, match="Received"):
        CliRunner().invoke(command, [str(run.path), data], catch_exceptions=False)
