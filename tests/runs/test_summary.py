"""The published table, against what Keras prints for the same network."""

import dataclasses
import json
import re
from pathlib import Path

import pytest
from click.testing import CliRunner

import opinia
from opinia.cli.summary import command
from opinia.model.parameters import parameters_of
from opinia.runs.layer_table import readable_size, summarise
from opinia.runs.recipe import Recipe
from opinia.runs.settings import NetworkRecipe
from opinia.train.network.sentiment_network import SentimentNetwork, trainable_parameters

GOLDEN = (Path(__file__).parents[1] / "golden" / "keras_summary.txt").read_text(encoding="utf-8")


def test_counts_are_the_published_ones():
    summary = summarise(Recipe())
    assert [layer.parameters for layer in summary.layers] == [0, 64_000, 66_048, 8_256, 65]
    assert [layer.shape for layer in summary.layers] == [
        (None, None),
        (None, None, 64),
        (None, 128),
        (None, 64),
        (None, 1),
    ]
    assert (summary.trainable, summary.non_trainable, summary.optimizer) == (138_369, 0, 276_740)
    assert summary.total == 415_109
    sizes = [readable_size(n) for n in (summary.trainable, 0, summary.optimizer, summary.total)]
    assert sizes == ["540.50 KB", "0.00 B", "1.06 MB", "1.58 MB"]


def test_the_printed_table_says_what_that_of_keras_says():
    result = CliRunner().invoke(command, catch_exceptions=False)
    printed = result.output
    shapes, totals, counts = r"\(None[^)]*\)", r"[\w-]+ params: .*\)", r"[\d,]+ (?=[│┃])"
    for pattern in (shapes, totals, counts, r"\((?:Dense|Embedding|Bid\w+)\)"):
        found = re.findall(pattern, GOLDEN)
        assert len(found) >= 3
        assert re.findall(pattern, printed) == found


@pytest.mark.parametrize("name", ["small", "base"])
def test_every_parameter_of_a_larger_network_has_its_layer(name, root):
    result = CliRunner().invoke(
        command, [str(root / f"recipes/{name}.toml"), "--json"], catch_exceptions=False
    )
    own = json.loads(result.output)
    counted = own["trainable"] + own["non_trainable"]
    assert sum(layer["parameters"] for layer in own["layers"]) == counted
    assert own["non_trainable"] == (30_001 if name == "base" else 0)
    assert counted == sum(filter(None, parameters_of(opinia.load(name).card)))


@pytest.mark.parametrize("pooling", ["last", "concat"])
@pytest.mark.parametrize("layers", [1, 3])
@pytest.mark.parametrize("separate", [False, True])
def test_the_network_that_is_trained_has_as_many_parameters(pooling, layers, separate):
    shape = {"embedding": 5, "units": 3, "layers": layers, "dense": 4, "pooling": pooling}
    network = NetworkRecipe(**shape, separate_embeddings=separate)
    recipe = dataclasses.replace(Recipe(), network=network)
    built = SentimentNetwork(recipe.text.max_tokens, network)
    assert summarise(recipe).trainable == trainable_parameters(built)


def test_another_recipe_gives_another_table(tmp_path):
    (tmp_path / "own.toml").write_text("[network]\nunits = 32\n", encoding="utf-8")
    result = CliRunner().invoke(command, [str(tmp_path / "own.toml"), "--json"])
    assert result.exit_code == 0
    own = json.loads(result.output)
    assert own["layers"][2]["parameters"] == 2 * 4 * 32 * (64 + 32 + 1)
    assert own["total"] == 3 * own["trainable"] + 2


def test_a_folder_that_is_no_run_takes_no_name_of_a_recipe(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "small").mkdir()
    layers = json.loads(CliRunner().invoke(command, ["small", "--json"]).output)["layers"]
    (tmp_path / "small" / "recipe.toml").write_text("[network]\nunits = 32\n", encoding="utf-8")
    own = json.loads(CliRunner().invoke(command, ["small", "--json"]).output)["layers"]
    assert own[2]["parameters"] == 2 * 4 * 32 * (64 + 32 + 1) != layers[2]["parameters"]
