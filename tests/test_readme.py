"""Every figure of the README comes from a results file."""

import csv
import json
from pathlib import Path

import pytest

import opinia
from opinia.classifier import find_model
from opinia.files import sha256_of

ROOT = Path(__file__).parents[1]


@pytest.mark.parametrize(
    ("name", "decimal", "thousands"), [("README.md", ".", ","), ("README.pl.md", ",", "")]
)
def test_figures_stand_in_the_results(name, decimal, thousands):
    text = (ROOT / name).read_text(encoding="utf-8")
    results = json.loads((ROOT / "benchmarks/results/seed_vs_keras.json").read_text(encoding="utf-8"))
    keys = {
        "training": ("reviews_per_second", ",.1f"),
        "cold_start": ("seconds", ",.3f"),
        "memory": ("peak_megabytes", ",.1f"),
        "inference": ("reviews_per_second", ",.1f"),
    }
    for part, (key, form) in keys.items():
        keras, own = (results[part][peer][key]["median"] for peer in ("keras", "opinia"))
        row = f"| {keras:{form}} | {own:{form}} | {results[part]['ratio']:.1f} |"
        swapped = row.translate(str.maketrans({",": thousands, ".": decimal}))
        assert swapped in text


@pytest.mark.parametrize(
    ("name", "decimal", "thousands"), [("README.md", ".", ","), ("README.pl.md", ",", " ")]
)
@pytest.mark.parametrize("model", ["seed", "small", "base"])
def test_accuracy_of_the_shipped_models_is_that_of_the_ledger(name, decimal, thousands, model):
    with (ROOT / "docs/results/ledger.csv").open(encoding="utf-8", newline="") as file:
        rows = {row["sha256"]: row for row in csv.DictReader(file)}
    path = find_model(model)
    accuracy = float(rows[sha256_of(path)]["accuracy"])
    card = opinia.load(model).card
    held_out = card["validation"]["accuracy"] if "validation" in card else card["figures"]["val_accuracy"]
    parameters = f"{card['network']['parameters']:,}"
    row = f"| `{model}` | {accuracy:.4f} | {held_out:.4f} | {parameters} | {path.stat().st_size / 1e6:.1f} |"
    text = (ROOT / name).read_text(encoding="utf-8")
    assert row.translate(str.maketrans({",": thousands, ".": decimal})) in text


@pytest.mark.parametrize(
    ("name", "decimal", "thousands"), [("README.md", ".", ","), ("README.pl.md", ",", " ")]
)
def test_speeds_from_file_to_file_stand_in_the_results(name, decimal, thousands):
    results = json.loads((ROOT / "benchmarks/results/scoring.json").read_text(encoding="utf-8"))
    text = (ROOT / name).read_text(encoding="utf-8")
    for system, figures in results["systems"].items():
        median = figures["rows_per_second"]["median"]
        shown = f"{median:,.0f}" if median >= 100 else f"{median:.1f}"
        cell = shown.translate(str.maketrans({",": thousands, ".": decimal}))
        assert any(system in line and line.endswith(f"| {cell} |") for line in text.splitlines()), system


@pytest.mark.parametrize("name", ["README.md", "README.pl.md"])
def test_the_answers_shown_are_those_of_the_shipped_model(name):
    lines = (ROOT / name).read_text(encoding="utf-8").splitlines()
    asked = [i for i, line in enumerate(lines) if line.startswith("    > ")]
    assert len(asked) >= 2
    for i in asked:
        (prediction,) = opinia.load().classify(lines[i].removeprefix("    > "))
        word = {"positive": "pozytywna", "negative": "negatywna"}[prediction.label]
        shown = f"{word} ({prediction.probability:.1%})".replace(".", ",")
        assert lines[i + 1].strip() == shown
