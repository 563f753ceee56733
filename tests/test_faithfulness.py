"""The measurement of explanations, on texts whose outcome is known."""

import importlib
import json
import subprocess
import sys

import pytest

import opinia
from models import write_counting_model

GOOD = "the film was good and the film was a film and it was a film"
BAD = "it was a film and the film was bad and bad"


@pytest.fixture(scope="module")
def model(tmp_path_factory):
    return write_counting_model(tmp_path_factory.mktemp("model") / "counting.onnx")


@pytest.fixture
def faithfulness(root, monkeypatch):
    monkeypatch.syspath_prepend(str(root / "benchmarks"))
    return importlib.import_module("faithfulness")


def test_the_one_word_that_counts_is_named_and_random_ones_hardly_hit_it(faithfulness, model):
    classifier = opinia.load(model, threads=1)
    good, nothing, bad = classifier.predict_proba([GOOD, "", BAD])
    found = faithfulness.measure(classifier, [GOOD], draws=200)
    for k in faithfulness.COUNTS:
        figures = found[str(k)]
        assert figures["named"]["mean"] == pytest.approx(good[1] - nothing[1], abs=1e-4)
        hit = k / len(GOOD.split())
        assert figures["random"]["mean"] == pytest.approx(hit * (good[1] - nothing[1]), abs=0.06)
        assert figures["share"]["mean"] == pytest.approx(1 - hit, abs=0.12)
        assert figures["label_changes_named"]["mean"] == 0  # no word at all is positive, too
    found = faithfulness.measure(classifier, [BAD], draws=20)
    assert found["3"]["named"]["mean"] == pytest.approx(nothing[1] - bad[1], abs=1e-4)
    assert found["3"]["label_changes_named"]["mean"] == 1
    assert found["1"]["label_changes_named"]["mean"] == 0  # the other "bad" is still there


@pytest.mark.slow
def test_it_runs_on_real_validation_reviews(root, model, imdb_source, tmp_path):
    folders = ["--results", tmp_path / "results", "--pictures", tmp_path / "pictures"]
    command = [sys.executable, root / "benchmarks/faithfulness.py", model, "--reviews", "3", "--threads", "1"]
    subprocess.run([*command, "--imdb", imdb_source, *folders], check=True, capture_output=True)
    result = json.loads((tmp_path / "results/faithfulness.json").read_text())
    assert result["data"]["name"] == "imdb:validation"
    assert result["data"]["reviews"] == 3
    assert result["models"]["counting"]["sha256"] == opinia.load(model).model.sha256
    assert {path.name for path in (tmp_path / "pictures").iterdir()} == {
        f"faithfulness.{kind}" for kind in ("csv", "png", "svg")
    }
    lines = (tmp_path / "pictures/faithfulness.csv").read_text().splitlines()
    assert [line.split(",")[1] for line in lines[1:]] == ["1", "3", "5", "10"]


def test_the_documentation_has_the_figures(faithfulness, root):
    result = json.loads((root / "benchmarks/results/faithfulness.json").read_text(encoding="utf-8"))
    assert faithfulness.markdown(result) in (root / "docs/explain.md").read_text(encoding="utf-8")
    (table,) = (root / "docs/results").glob("faithfulness.csv")
    assert table.read_text(encoding="utf-8") == faithfulness.table(result)
