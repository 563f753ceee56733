"""Every figure of the READMEs, and of the results' own page, comes from a results file."""

import csv
import json
import re
from pathlib import Path

import pytest

import opinia
from opinia.graph.ngrams import ID_BITS
from opinia.model.shipped import find_model
from opinia.system.files import sha256_of

ROOT = Path(__file__).parents[1]
RESULTS = ROOT / "docs/results/README.md"


def test_figures_against_keras_stand_in_the_results():
    text = RESULTS.read_text(encoding="utf-8")
    results = json.loads((ROOT / "benchmarks/results/seed_vs_keras.json").read_text(encoding="utf-8"))
    keys = {
        "training": ("reviews_per_second", ",.1f"),
        "cold_start": ("seconds", ",.3f"),
        "memory": ("peak_megabytes", ",.1f"),
        "inference": ("reviews_per_second", ",.1f"),
    }
    for part, (key, form) in keys.items():
        keras, own = (results[part][peer][key]["median"] for peer in ("keras", "opinia"))
        assert f"| {keras:{form}} | {own:{form}} | {results[part]['ratio']:.1f} |" in text


def facts_of(model):
    """What a model reached on test, and how large and fast it is; each from where it was written down."""
    with (ROOT / "docs/results/ledger.csv").open(encoding="utf-8", newline="") as file:
        rows = {row["sha256"]: row for row in csv.DictReader(file)}
    systems = json.loads((ROOT / "benchmarks/results/scoring.json").read_text(encoding="utf-8"))["systems"]
    path = find_model(model)
    speed = systems[f"opinia, {model}"]["rows_per_second"]["median"]
    return float(rows[sha256_of(path)]["accuracy"]), path.stat().st_size / 1e6, speed


@pytest.mark.parametrize(
    ("name", "decimal", "thousands"), [("README.md", ".", ","), ("README.pl.md", ",", " ")]
)
@pytest.mark.parametrize("model", ["seed", "small", "base"])
def test_the_first_table_says_what_was_measured(name, decimal, thousands, model):
    accuracy, size, speed = facts_of(model)
    row = f" | {accuracy:.4f} | {size:.1f} | {speed:,.0f} |".translate(
        str.maketrans({",": thousands, ".": decimal})
    )
    lines = (ROOT / name).read_text(encoding="utf-8").splitlines()
    assert [line for line in lines if line.startswith(f"| `{model}`") and line.endswith(row)]


@pytest.mark.parametrize("model", ["seed", "small", "base"])
def test_accuracy_of_the_shipped_models_is_that_of_the_ledger(model):
    accuracy, size, _ = facts_of(model)
    card = opinia.load(model).card
    held_out = card["validation"]["accuracy"] if "validation" in card else card["figures"]["val_accuracy"]
    parameters = f"{card['network']['parameters']:,}"
    row = f"| `{model}` | {accuracy:.4f} | {held_out:.4f} | {parameters} | {size:.1f} |"
    assert row in RESULTS.read_text(encoding="utf-8")


def test_speeds_from_file_to_file_stand_in_the_results():
    results = json.loads((ROOT / "benchmarks/results/scoring.json").read_text(encoding="utf-8"))
    lines = RESULTS.read_text(encoding="utf-8").splitlines()
    shown = {}
    for system, figures in results["systems"].items():
        median = figures["rows_per_second"]["median"]
        shown[system] = f"{median:,.0f}" if median >= 100 else f"{median:.1f}"
        assert any(system in line and line.endswith(f"| {shown[system]} |") for line in lines), system
    for name, decimal, thousands in (("README.md", ".", ","), ("README.pl.md", ",", " ")):
        text = " ".join((ROOT / name).read_text(encoding="utf-8").split())
        for system in ("scikit-learn, tf-idf", "DistilBERT's shape"):
            assert re.search(
                rf"\b{shown[system].translate(str.maketrans({',': thousands, '.': decimal}))}\b", text
            )


def test_how_often_a_model_was_tested_is_what_the_ledger_says():
    with (ROOT / "docs/results/ledger.csv").open(encoding="utf-8", newline="") as file:
        rows = [row for row in csv.DictReader(file) if row["split"] == "imdb:test"]
    text = " ".join(RESULTS.read_text(encoding="utf-8").split())
    for model in ("base", "record", "small"):
        accuracies = [float(row["accuracy"]) for row in rows if (row["recipe"], row["seed"]) == (model, "1")]
        times = re.search(rf"`{model}` (?:was tested )?(\d+) times", text)
        assert int(times[1]) == len(accuracies)
        if model == "base":
            assert f"({', '.join(f'{a:.4f}' for a in accuracies)})" in text
    other_seeds = {row["seed"] for row in rows if row["recipe"] == "small"} - {"1"}
    assert len(other_seeds) == 2
    assert "two other seeds" in text


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
    text = RESULTS.read_text(encoding="utf-8")
    shown = re.findall(r"^\| (\d+) \|.*\| (.*?) \|.*\| \[(.*?)\]\(.*\) \|$", text, re.MULTILINE)
    expected = []
    for name, figures in places.items():
        found = json.loads((ROOT / "benchmarks/results" / name).read_text(encoding="utf-8"))
        where = found.get("machine") or found["speed"]["machine"]
        machine = f"{where['cpu']}, {where['cores']} cores, {where.get('instructions', 'AVX-512 with VNNI')}"
        expected += [(f"{figure:.0f}", machine, name) for figure in figures(found)]
    assert shown == expected
    assert f"it judges {expected[-1][0]} texts a second" in " ".join(text.split())
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
