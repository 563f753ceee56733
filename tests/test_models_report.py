"""The report of models: from the figures that are committed, and by measuring a little."""

import argparse
import csv
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

import opinia
import prepared
from opinia.data import sample
from opinia.evaluate.behaviour import CASES, judge, pass_rates, read_cases
from opinia.evaluate.ledger import find, read_ledger
from opinia.evaluate.metrics import LENGTH_GROUPS
from opinia.model.shipped import find_model
from opinia.system.files import sha256_of

ROOT = Path(__file__).parents[1]
BENCHMARKS = ROOT / "benchmarks"
RESULTS = BENCHMARKS / "results/models"
LEDGER = ROOT / "docs/results/ledger.csv"
OTHER_LANGUAGES = {"polish"}
DISTILBERT_PARAMETERS = 66_955_010  # of Hugging Face's DistilBertForSequenceClassification


def report(*arguments, succeeds=True):
    """Call the script, in a process that has imported its modules; return what it printed, or said."""
    paths = [str(BENCHMARKS), *filter(None, [os.environ.get("PYTHONPATH")])]
    variables = {**os.environ, "PYTHONPATH": os.pathsep.join(paths)}
    kind = prepared.popen_in(variables, ("models_report", "matplotlib.pyplot"))
    command = [sys.executable, str(BENCHMARKS / "models_report.py"), *map(str, arguments)]
    done = prepared.run(command, kind=kind, capture_output=True, text=True, env=variables)
    assert (done.returncode == 0) is succeeds, done.stderr
    return done.stdout if succeeds else done.stderr


def row_of(text, system, place=0):
    """The cells of a system in one of the tables that have it."""
    lines = [line for line in text.splitlines() if line.startswith(f"| {system} |")]
    return [cell.strip() for cell in lines[place].strip("|").split("|")]


@pytest.fixture(scope="module")
def page(tmp_path_factory):
    """The folder of what the committed figures give."""
    folder = tmp_path_factory.mktemp("page")
    report("--render", "--output", folder)
    return folder


def test_the_page_is_what_the_committed_figures_give(page):
    assert {"models.md", "models.csv"} <= {path.name for path in page.iterdir()}
    for path in page.iterdir():
        if path.suffix in (".md", ".csv"):
            committed = ROOT / "docs/results" / path.name
            assert path.read_text("utf-8") == committed.read_text("utf-8"), (
                "write it anew: benchmarks/models_report.py --render"
            )


def test_the_committed_figures_are_of_the_shipped_models_and_these_checks():
    shipped = {path.stem: path for path in (ROOT / "src/opinia/models").glob("*.onnx")}
    for path in (shipped[name] for name in shipped.keys() - OTHER_LANGUAGES):
        figures = json.loads((RESULTS / f"{path.stem}.json").read_text("utf-8"))
        assert figures["sha256"] == sha256_of(path)
        assert figures["behaviour"]["checks"] == sha256_of(CASES)
    figures = json.loads((RESULTS / "seed.json").read_text("utf-8"))["behaviour"]
    found = pass_rates(judge(read_cases(), opinia.load("seed", threads=1).predict_proba))
    assert {key: figures[key] for key in found} == found


def test_a_peer_that_was_tested_has_all_its_figures():
    tested = {}
    for name in ("tfidf", "nb", "vader"):
        place = RESULTS / f"{name}.json"
        figures = json.loads(place.read_text("utf-8")) if place.is_file() else {}
        if "quality" in figures:
            tested[name] = figures
    assert "tfidf" in tested
    for name, figures in tested.items():
        quality = figures["quality"]
        assert (quality["data"], quality["reviews"]) == ("imdb:test", 25_000)
        right = quality["confusion"][0][0] + quality["confusion"][1][1]
        assert quality["accuracy"] == pytest.approx(right / 25_000)
        assert [group["name"] for group in quality["by_length"]] == list(LENGTH_GROUPS)
        assert figures["behaviour"]["checks"] == sha256_of(CASES)
        assert figures["size"]["parameters"] > 0
        if name != "vader":
            chosen = quality["chosen"]
            accuracies = chosen["validation_accuracy"]
            best = max(accuracies, key=accuracies.get)
            assert float(best) == chosen["C"]
            assert chosen["training_reviews"] <= 25_000 - 123  # the rows that stand in test are dropped


def test_accuracy_of_our_models_is_that_of_the_ledger_and_else_not_taken(page, tmp_path):
    row = find(LEDGER, opinia.load(threads=1).model.sha256, "imdb:test")
    name = find_model().stem
    cells = row_of((page / "models.md").read_text("utf-8"), f"opinia `{name}`")
    assert cells[1:3] == [f"{100 * row.accuracy:.2f}", f"{row.nll:.4f}"]
    other = tmp_path / "ledger.csv"
    other.write_text(LEDGER.read_text("utf-8").splitlines()[0] + "\n", "utf-8")
    report("--only", name, "--parts", "quality", "--ledger", other, "--output", tmp_path)
    cells = row_of((tmp_path / "models.md").read_text("utf-8"), f"opinia `{name}`")
    assert cells[1:4] == ["not taken", "–", "–"]
    assert read_ledger(other) == []


def test_a_little_measuring_is_kept_drawn_and_not_done_twice(tmp_path, monkeypatch):
    monkeypatch.delenv("OPINIA_DATA", raising=False)
    results = tmp_path / "results"
    results.mkdir()
    (results / "literature.json").write_text((RESULTS / "literature.json").read_text("utf-8"), "utf-8")
    none = tmp_path / "no-python"
    options = ["--only", "seed", "keras", "--results", results, "--output", tmp_path]
    options += ["--peers-python", none, "--keras-python", none]
    few = ["--reviews", "20", "--runs", "1", "--cold-runs", "1"]
    report(*options, *few)
    figures = json.loads((results / "seed.json").read_text("utf-8"))
    assert {"behaviour", "speed", "start"} <= set(figures)
    assert "quality" not in figures
    assert "ratio" not in figures["speed"]  # without the peers there is nothing to be compared with
    assert "synthetic" in figures["speed"]["data"]
    assert figures["speed"]["reviews_per_second"]["median"] > 0
    assert len(figures["start"]["seconds"]["runs"]) == 1
    assert not (tmp_path / "models.png").exists()  # a picture of one system shows nothing

    figures["speed"]["ratio"] = 1234.5
    (results / "seed.json").write_text(json.dumps(figures), "utf-8")
    speed = {**figures["speed"], "reviews_per_second": {"median": 7.25, "runs": [7.25]}, "ratio": 1.0}
    (results / "distilbert.json").write_text(json.dumps({"name": "distilbert", "speed": speed}), "utf-8")
    report(*options, *few)
    assert json.loads((results / "seed.json").read_text("utf-8")) == figures
    text = (tmp_path / "models.md").read_text("utf-8")
    assert row_of(text, "opinia `seed`")[7] == "1,234"
    assert row_of(text, "DistilBERT’s shape")[6] == "7.2"
    assert "synthetic" in text
    with (tmp_path / "models.csv").open(encoding="utf-8", newline="") as file:
        points = {point["system"]: point for point in csv.DictReader(file)}
    assert points["DistilBERT"]["accuracy"] == "92.8"
    assert points["DistilBERT"]["measured"] == "False"
    row = find(LEDGER, sha256_of(ROOT / "src/opinia/models/seed.onnx"), "imdb:test")
    assert float(points["opinia seed"]["accuracy"]) == pytest.approx(100 * row.accuracy)
    assert (tmp_path / "models.png").read_bytes().startswith(b"\x89PNG")
    assert "<svg" in (tmp_path / "models.svg").read_text("utf-8")


def test_figures_of_another_model_file_or_of_other_checks_do_not_count(tmp_path):
    for path in RESULTS.iterdir():
        figures = json.loads(path.read_text("utf-8"))
        if path.stem == "seed":
            figures["sha256"] = "0" * 64
        elif "behaviour" in figures:  # not in the list of the literature
            figures["behaviour"]["checks"] = "0" * 64
        (tmp_path / path.name).write_text(json.dumps(figures), "utf-8")
    report("--render", "--results", tmp_path, "--output", tmp_path)
    text = (tmp_path / "models.md").read_text("utf-8")
    assert "| capability" not in text
    assert "Not measured yet." in text


def test_a_test_figure_is_taken_once_and_agrees_with_the_ledger(tmp_path, monkeypatch):
    monkeypatch.syspath_prepend(str(BENCHMARKS))
    import models_report

    ledger = tmp_path / "ledger.csv"
    arguments = argparse.Namespace(ledger=ledger)
    system = models_report.systems(tmp_path, tmp_path, tmp_path)["seed"]
    measurement = models_report.Measurement(arguments, {}, tmp_path)
    measurement._reviews = {"test": sample.load("test", reviews=200)}
    first = measurement._own_quality(system)
    (row,) = read_ledger(ledger)
    assert (row.sha256, row.accuracy, row.nll) == (
        sha256_of(system.model),
        first["accuracy"],
        first["nll"],
    )
    assert [group["name"] for group in first["by_length"]] == list(LENGTH_GROUPS)
    assert measurement._own_quality(system) == first
    assert read_ledger(ledger) == [row]
    measurement._reviews = {"test": sample.load("test", seed=5, reviews=100)}
    with pytest.raises(SystemExit, match="the ledger has"):
        measurement._own_quality(system)
    assert read_ledger(ledger) == [row]


@pytest.mark.slow
def test_the_shape_of_distilbert_has_its_parameters(tmp_path):
    texts = tmp_path / "texts.json"
    texts.write_text(json.dumps({"texts": ["a film", "a longer film of six words"], "labels": []}), "utf-8")
    answers = tmp_path / "answers.json"
    command = [
        sys.executable,
        str(BENCHMARKS / "peers/judge.py"),
        "distilbert",
        "infer",
        "--data",
        str(texts),
    ]
    command += ["--answers", str(answers), "--threads", "1"]
    path = {**os.environ, "PYTHONPATH": str(BENCHMARKS)}  # as the measurements start it
    done = subprocess.run(command, capture_output=True, text=True, check=True, env=path)
    assert json.loads(done.stdout.splitlines()[-1])["parameters"] == DISTILBERT_PARAMETERS
    assert all(0 < positive < 1 for positive in json.loads(answers.read_text("utf-8")))


def test_an_unknown_system_is_refused():
    assert "there is no system nobody" in report("--only", "nobody", "--render", succeeds=False)
