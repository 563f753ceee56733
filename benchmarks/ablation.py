"""What each set of texts teaches: ``python benchmarks/ablation.py``.

Trains one small network (64 units, one epoch, at most 100 words of a text) on all of the English collection
that ``scripts/collect`` writes, and again without each kind of it, and takes the balanced accuracy on the
validation part of every set, over a few seeds. Film reviews are thinned out, for they take most of the time.
What falls where a kind is left out, that kind taught.

The figures lie in ``results/ablation.json``, after each training, so that a stopped run goes on; the page
docs/results/ablation.md is written from them (``--render``).
"""

from __future__ import annotations

import argparse
import datetime
import gzip
import json
import random
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import numpy as np

from kinds import NAMES, figures
from measure import RESULTS, ROOT, write_json
from opinia.data.collection import read_collection
from opinia.model.classifier import load

FILMS = ("imdb", "imdb_unlabelled")
FILM_SHARE = 0.2
"""Of the film reviews that are kept."""
PARTS = {
    "nothing": (),
    "film reviews": (*FILMS, "imdb_sentences", "imdb_pieces"),
    "product reviews": ("amazon4", "amazon4_titles", "amazon4_sentences"),
    "pros and cons": ("pros_cons",),
    "comments": ("goemotions",),
    "tweets": ("tweets_rated",),
    "news": ("news_rated",),
    "posts": ("developer_posts", "post_sentences"),
    "words of the lexicon": ("vader_words",),
    "sentences of the grammar": ("grammar",),
}
"""What is left out, by the name of the row."""
RECIPE = """
name = "ablation"
[text]
max_tokens = 20000
kind = "words"
language = "en"
[network]
embedding = 64
units = 64
dense = 32
pooling = "concat"
word_dropout = 0.05
input_dropout = 0.2
output_dropout = 0.3
[training]
batch_size = 64
epochs = 1
learning_rate = 0.003
schedule = "linear"
max_grad_norm = 1.0
precision = "float32"
ema_decay = 0.998
max_words = 100
[data]
source = "collection"
table = {table}
"""


def thinned(lines: list[dict[str, Any]], left_out: tuple[str, ...]) -> list[dict[str, Any]]:
    """Return the rows to learn from without some sets and most film reviews, and all of validation."""
    draw = random.Random(0)
    return [
        row
        for row in lines
        if (row["set"] not in FILMS or draw.random() < FILM_SHARE or row["part"] == "validation")
        and (row["set"] not in left_out or row["part"] == "validation")
    ]


def trained(head: dict[str, Any], rows: list[dict[str, Any]], *, seed: int) -> dict[str, float]:
    """Return the balanced accuracy on each set, in percent, of a network that learnt from some rows."""
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder)
        text = "".join(json.dumps(line) + "\n" for line in (head, *rows))
        (place / "texts.jsonl.gz").write_bytes(gzip.compress(text.encode(), 1))
        (place / "recipe.toml").write_text(RECIPE.format(table=json.dumps(str(place / "texts.jsonl.gz"))))
        run, command = place / "run", [sys.executable, "-m", "opinia", "train", str(place / "recipe.toml")]
        subprocess.run([*command, "--seed", str(seed), "-o", str(run)], check=True, stdout=subprocess.DEVNULL)
        model = load(run)
        held = read_collection(place / "texts.jsonl.gz")[0].validation
    positive, truth = model.predict_proba(held.texts)[:, 1], np.array(held.labels) == 1
    groups = np.array(held.groups)
    return {
        name: figures(truth[groups == name], positive[groups == name])["accuracy"]
        for name in dict.fromkeys(held.groups)
    }


def measure(collection: Path, place: Path, *, seeds: int, of_whole: int) -> None:
    """Train what has no figures yet, ``of_whole`` times with nothing left out, and write each at once."""
    with gzip.open(collection, "rt", encoding="utf-8") as lines:
        head, *rows = map(json.loads, lines)
    found = json.loads(place.read_text()) if place.exists() else {"date": None, "without": {}}
    for seed in range(1, max(seeds, of_whole) + 1):
        for name, left_out in PARTS.items():
            if seed > (seeds if left_out else of_whole):
                continue
            of_part = found["without"].setdefault(name, {})
            if str(seed) in of_part:
                continue
            of_part[str(seed)] = trained(head, thinned(rows, left_out), seed=seed)
            found["date"] = datetime.date.today().isoformat()
            write_json(place, found, indent=2)
            print(name, seed, of_part[str(seed)], flush=True)


def render(found: dict[str, Any]) -> str:
    """Return the page."""
    means = {
        name: {
            group: float(np.mean([run[group] for run in runs.values()]))
            for group in next(iter(runs.values()))
        }
        for name, runs in found["without"].items()
    }
    whole = means.pop("nothing")
    seeds = {len(runs) for name, runs in found["without"].items() if name != "nothing"}
    told = f"{' to '.join(map(str, sorted(seeds)))} {'seed' if seeds == {1} else 'seeds'}"
    spread = {
        group: float(np.std([run[group] for run in found["without"]["nothing"].values()], ddof=1))
        for group in whole
        if len(found["without"]["nothing"]) > 1
    }
    lines = [
        "# What each set of texts teaches",
        "",
        "A small network (64 units, one epoch, at most 100 words of a text) learnt from all sets",
        "that `general` learnt from, a fifth of the film reviews, and again without each kind. Balanced",
        "accuracy in percent on validation texts of each kind: in the first row the mean of",
        f"{len(found['without']['nothing'])} seeds and its standard deviation, below it what is lost (−) or",
        f"gained (+) where a kind is left out ({told}). A kind whose loss stands in its own column alone",
        "teaches itself and nothing else; what is no larger than twice the deviation may be chance.",
        "",
        f"| left out | {' | '.join(NAMES[group] for group in whole)} |",
        "| --- |" + " ---: |" * len(whole),
        f"| nothing | {' | '.join(_spread(value, spread.get(group)) for group, value in whole.items())} |",
    ]
    for name, of_part in means.items():
        cells = [f"{of_part[group] - value:+.1f}".replace("-", "−") for group, value in whole.items()]
        lines.append(f"| {name} | {' | '.join(cells)} |")
    lines += [
        "",
        "Made by `python benchmarks/ablation.py`;",
        f"figures of {found['date']} in [ablation.json](../../benchmarks/results/ablation.json).",
        "",
    ]
    return "\n".join(lines)


def _spread(mean: float, deviation: float | None) -> str:
    return f"{mean:.1f}" if deviation is None else f"{mean:.1f} ± {deviation:.1f}"


def main() -> None:
    """Measure, or render alone."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--collection", type=Path, default=ROOT / "runs/english.jsonl.gz")
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--seeds-of-whole", type=int, default=3, help="with nothing left out")
    parser.add_argument("--render", action="store_true", help="measure nothing, write the page")
    arguments = parser.parse_args()
    place = RESULTS / "ablation.json"
    if not arguments.render:
        measure(arguments.collection, place, seeds=arguments.seeds, of_whole=arguments.seeds_of_whole)
    page = render(json.loads(place.read_text(encoding="utf-8")))
    (ROOT / "docs/results/ablation.md").write_text(page, encoding="utf-8")


if __name__ == "__main__":
    main()
