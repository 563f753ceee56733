"""How much a shipped model helps where few texts are labelled.

``python benchmarks/transfer.py TABLE ... [--sizes 50 200] [--seeds 5] -o FILE.json``. Each TABLE is JSON
Lines under xz with ``text`` and ``label``: 1, 0, or null, which is a class of its own with ``--neutral
NAME``, and left out else. Of each size and seed, texts are drawn, and the same ones learnt from in three
ways: as ``opinia train --data`` does from nothing, the same with ``--init-from``, and by logistic
regression on tf-idf of words and pairs, which needs no validation and takes them all. All are tested on the
same texts, which are in no draw. What the file holds already is not done again.
"""

from __future__ import annotations

import argparse
import json
import lzma
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np

from opinia.model.classifier import load
from opinia.runs.folder import RunFolder
from opinia.runs.recipe import Recipe
from opinia.train.pipeline import make_ready, train
from opinia.train.suggest import suggest
from opinia.train.texts import load_texts

RESULTS = Path(__file__).parent.parent / "docs" / "results"
SIZES = (50, 200, 1000, 5000)
WAYS = ("from nothing", "init-from", "tf-idf")


def read(path: Path, *, neutral: bool) -> list[tuple[str, str]]:
    """Return the different texts of a table, each with the name of its class."""
    names = {0: "negative", 1: "positive", None: "neutral"}
    with lzma.open(path, "rt", encoding="utf-8") as lines:
        rows = [json.loads(line) for line in lines]
    found = {row["text"]: names[row["label"]] for row in rows if neutral or row["label"] is not None}
    return [(text, label) for text, label in found.items() if text.strip()]


def by_network(rows: list[tuple[str, str]], test: list[tuple[str, str]], seed: int, start: str) -> float:
    """Return the accuracy of a network that is trained as the command trains it."""
    with tempfile.TemporaryDirectory() as folder:
        table = Path(folder) / "rows.jsonl"
        table.write_text(
            "".join(json.dumps({"text": t, "label": c}) + "\n" for t, c in rows), encoding="utf-8"
        )
        wanted = Recipe(name="own").replace(
            {
                "data.source": "table",
                "data.table": str(table),
                "data.validation": 0,
                "training.seed": seed,
                "training.init_from": start,
            }
        )
        texts = load_texts(wanted.data)
        recipe = suggest(wanted, texts).recipe
        run = RunFolder(Path(folder) / "run")
        train(recipe, make_ready(recipe, run, texts=texts), run)
        answers = load(run.best).predict_proba([text for text, _ in test])
        names = load(run.best).classes_
    return float(
        np.mean([names[row.argmax()] == label for row, (_, label) in zip(answers, test, strict=True)])
    )


def by_tfidf(rows: list[tuple[str, str]], test: list[tuple[str, str]]) -> float:
    """Return the accuracy of the linear model."""
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline

    linear = make_pipeline(
        TfidfVectorizer(ngram_range=(1, 2), sublinear_tf=True), LogisticRegression(C=10.0, max_iter=1000)
    )
    linear.fit([text for text, _ in rows], [label for _, label in rows])
    return float(linear.score([text for text, _ in test], [label for _, label in test]))


def main() -> None:
    """Measure what the file does not hold yet."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("tables", type=Path, nargs="+")
    parser.add_argument("--sizes", type=int, nargs="+", default=SIZES)
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--test", type=int, default=1200, help="texts of each table to test on")
    parser.add_argument("--init-from", default="base")
    parser.add_argument("--neutral", nargs="*", default=[], help="tables whose null labels are a class")
    parser.add_argument("--ways", nargs="+", default=WAYS)
    parser.add_argument("-o", "--output", type=Path, default=RESULTS / "transfer.json")
    options = parser.parse_args()
    kept: dict[str, Any] = json.loads(options.output.read_text()) if options.output.is_file() else {}
    for path in options.tables:
        name = path.name.partition(".")[0]
        rows = read(path, neutral=name in options.neutral)
        order = np.random.default_rng(0).permutation(len(rows))
        test, rest = [rows[i] for i in order[: options.test]], order[options.test :]
        for size in options.sizes:
            if size > len(rest):
                continue
            for seed in range(1, options.seeds + 1):
                drawn = [
                    rows[i] for i in np.random.default_rng([seed, size]).choice(rest, size, replace=False)
                ]
                for way in options.ways:
                    place = kept.setdefault(name, {}).setdefault(str(size), {}).setdefault(way, {})
                    if str(seed) in place:
                        continue
                    begin = time.monotonic()
                    if way == "tf-idf":
                        accuracy = by_tfidf(drawn, test)
                    else:
                        accuracy = by_network(
                            drawn, test, seed, options.init_from if way == "init-from" else ""
                        )
                    place[str(seed)] = round(accuracy, 4)
                    print(
                        name,
                        size,
                        seed,
                        way,
                        f"{accuracy:.4f}",
                        f"{time.monotonic() - begin:.1f} s",
                        flush=True,
                    )
                    options.output.write_text(json.dumps(kept, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
