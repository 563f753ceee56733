"""Scripts and benchmarks: what they import is there, and a run becomes a model file of the package."""

import ast
import importlib
import importlib.util

import pytest

import opinia
from opinia.train.pipeline import train


def has(module, name):
    if hasattr(module, name):
        return True
    return hasattr(module, "__path__") and importlib.util.find_spec(f"{module.__name__}.{name}") is not None


@pytest.mark.parametrize("folder", ["benchmarks", "scripts"])
def test_what_they_import_of_the_package_is_there(root, folder):
    imported = [
        (path.relative_to(root), node.module, each.name)
        for path in (root / folder).rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.ImportFrom) and (node.module or "").partition(".")[0] == "opinia"
        for each in node.names
    ]
    assert imported
    assert [each for each in imported if not has(importlib.import_module(each[1]), each[2])] == []


def test_a_run_becomes_a_model_file_of_the_package(root, tmp_path, tiny, task, start, monkeypatch, capsys):
    monkeypatch.syspath_prepend(root / "scripts")
    ship = importlib.import_module("ship")
    recipe = tiny.replace({"training.epochs": 1})
    run = start(recipe)
    train(recipe, task, run)
    target = ship.ship(run.path, "own", tmp_path / "models")
    assert "own.onnx" in capsys.readouterr().out
    card = opinia.load(target).model.description.card
    assert (card["name"], card["recipe"]["name"]) == ("own", "own")
    assert set(card["validation"]) == {"accuracy", "nll", "ece", "batch_difference"}
