"""Every figure of the README comes from a results file."""

import csv
import json
import re
from pathlib import Path

import pytest

import opinia
from opinia.graph.ngrams import ID_BITS
from opinia.model.classifier import find_model
from opinia.system.files import sha256_of

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


@pytest.mark.parametrize(("name", "decimal"), [("README.md", "."), ("README.pl.md", ",")])
def test_how_often_a_model_was_tested_is_what_the_ledger_says(name, decimal):
    with (ROOT / "docs/results/ledger.csv").open(encoding="utf-8", newline="") as file:
        rows = [row for row in csv.DictReader(file) if row["split"] == "imdb:test"]
    text = " ".join((ROOT / name).read_text(encoding="utf-8").split())
    for model in ("base", "record", "small"):
        accuracies = [float(row["accuracy"]) for row in rows if (row["recipe"], row["seed"]) == (model, "1")]
        times = re.search(rf"`{model}` (?:was tested |sprawdzono w sumie )?(\d+) (?:times|razy)", text)
        assert int(times[1]) == len(accuracies)
        if model == "base":
            assert f"({', '.join(f'{a:.4f}'.replace('.', decimal) for a in accuracies)})" in text
    other_seeds = {row["seed"] for row in rows if row["recipe"] == "small"} - {"1"}
    assert len(other_seeds) == 2
    assert re.search("two other seeds|dwoma innymi ziarnami", text)


def test_every_speed_of_base_stands_in_the_results():
    places = {
        "scoring.json": lambda found: [found["systems"]["opinia, base"]["rows_per_second"]["median"]],
        "serve.json": lambda found: [
            found["opinia_score_texts_a_second"],
            found["classifier_texts_a_second"]["all_threads"],
            found["loads"][0]["texts_a_second"],
        ],
        "models/base.json": lambda found: [found["speed"]["reviews_per_second"]["median"]],
    }
    text = (ROOT / "docs/results/README.md").read_text(encoding="utf-8")
    shown = re.findall(r"^\| (\d+) \|.*\| (.*?) \|.*\| \[(.*?)\]\(.*\) \|$", text, re.MULTILINE)
    expected = []
    for name, figures in places.items():
        found = json.loads((ROOT / "benchmarks/results" / name).read_text(encoding="utf-8"))
        where = found.get("machine") or found["speed"]["machine"]
        machine = f"{where['cpu']}, {where['cores']} cores, {where.get('instructions', 'AVX-512 with VNNI')}"
        expected += [(f"{figure:.0f}", machine, name) for figure in figures(found)]
    assert shown == expected
    for readme, said in (("README.md", "{} texts a second"), ("README.pl.md", "{} teksty na sekundę")):
        words = " ".join((ROOT / readme).read_text(encoding="utf-8").split())
        assert said.format(expected[-1][0]) in words
    found = json.loads((ROOT / "benchmarks/results/scoring.json").read_text(encoding="utf-8"))
    peak = found["ceiling"]["peak_gigaflop_per_second"]
    assert f"{peak['int8_onnxruntime'] / peak['fp32_numpy']:.1f} times as fast as those in fp32" in text


def test_what_base_holds_of_reviews_is_said():
    """docs/licences.md counts the sequences of words that can be read from the model file."""
    onnx = pytest.importorskip("onnx")
    graph = onnx.load(find_model("base")).graph
    (codes,) = [onnx.numpy_helper.to_array(t) for t in graph.initializer if t.name == "ngram_codes"]
    lengths = 1 + (codes[1:] >= 1 << ID_BITS).astype(int) + (codes[1:] >= 1 << 2 * ID_BITS)
    single, pairs, triples = ((lengths == length).sum() for length in (1, 2, 3))
    text = " ".join((ROOT / "docs/licences.md").read_text(encoding="utf-8").split())
    assert f"the {len(lengths):,} n-grams" in text
    assert f"{single:,} are single words, {pairs:,} pairs and {triples:,} triples" in text
    assert f"{pairs + triples:,} sequences of two or three words" in text
    for other in ("seed", "small"):
        names = {tensor.name for tensor in onnx.load(find_model(other)).graph.initializer}
        assert not any("ngram" in name for name in names)


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


def test_whoever_speaks_of_the_published_system_says_where_it_is_described():
    pages = [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md"), *(ROOT / "docs").rglob("*.ipynb")]
    pages += [ROOT / "benchmarks/README.md"]
    speaking = re.compile(
        r"\bthe author\b|published (?:network|system|runs|layer|conclusions|description)"
        r"|[Oo]publikowan(?:a sie|y opis|e wnioski)|\bautor\b"
    )
    spoke = 0
    for page in pages:
        text = page.read_text(encoding="utf-8")
        if page.name in ("published.md", "CHANGELOG.md") or not speaking.search(re.sub(r"[][]", "", text)):
            continue
        spoke += 1
        assert "published.md" in text, page
    assert spoke >= 6
