"""How much a shipped model helps where few texts are labelled.

``python benchmarks/transfer.py TABLE ... [--sizes 50 200] [--seeds 5] -o FILE.json``. Each TABLE is JSON
Lines under xz with ``text`` and ``label``: 1, 0, or null, which is a class of its own with ``--neutral
NAME``, and left out else. Of each size and seed, texts are drawn, and the same ones learnt from: as ``opinia
train --data`` does from nothing, the same with ``--init-from``, both again without the linear model beside
the network, and by logistic regression on tf-idf of words and pairs, which needs no validation and takes
them all. All are tested on the same texts, which are in no draw. What the file holds already is not done
again.
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
from opinia.report.canvas import COLOURS, blank, drawing, save
from opinia.runs.folder import RunFolder
from opinia.runs.recipe import Recipe
from opinia.train.own_texts.suggest import suggest
from opinia.train.pipeline import make_ready, train
from opinia.train.texts import load_texts

RESULTS = Path(__file__).parent / "results"
SIZES = (50, 200, 1000, 5000)
ALONE = ", network alone"
TITLES = {
    "developer_posts": "posts of developers",
    "amazon4": "product reviews",
    "goemotions": "comments (Reddit)",
}
SHOWN = ("from nothing", "init-from", "tf-idf")
WAYS = (*SHOWN, f"from nothing{ALONE}", f"init-from{ALONE}")


def read(path: Path, *, neutral: bool) -> list[tuple[str, str]]:
    """Return the different texts of a table, each with the name of its class."""
    names = {0: "negative", 1: "positive", None: "neutral"}
    with lzma.open(path, "rt", encoding="utf-8") as lines:
        rows = [json.loads(line) for line in lines]
    found = {row["text"]: names[row["label"]] for row in rows if neutral or row["label"] is not None}
    return [(text, label) for text, label in found.items() if text.strip()]


def by_network(
    rows: list[tuple[str, str]], test: list[tuple[str, str]], seed: int, start: str, *, alone: bool
) -> float:
    """Return the accuracy of a network that is trained as the command trains it, perhaps without n-grams."""
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
        recipe = suggest(wanted, texts).recipe.replace({"linear.ngrams": 0} if alone else {})
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


def render(kept: dict[str, Any], folder: Path) -> None:
    """Write the figures as a page and a picture: mean and standard deviation over the seeds."""
    lines = ["\t".join(("texts", "of", "way", "mean", "deviation", "seeds"))]
    page = [
        HEAD,
        "| texts of | labelled | " + " | ".join(WAYS) + " |",
        "| --- | ---: |" + " ---: |" * len(WAYS),
    ]
    with drawing():
        figure = blank(width=3.6 * len(kept) + 1.2, height=3.8, columns=len(kept))
        for axes, (name, sizes) in zip(figure.axes, kept.items(), strict=True):
            for place, way in enumerate(SHOWN):
                found = {int(size): [*ways[way].values()] for size, ways in sizes.items() if ways.get(way)}
                means = [100 * float(np.mean(values)) for values in found.values()]
                spreads = [100 * float(np.std(values, ddof=1)) for values in found.values()]
                style = {
                    "fmt": ("s--", "o-", "^:")[place],
                    "color": COLOURS[place],
                    "capsize": 3,
                    "label": way,
                }
                axes.errorbar([*found], means, yerr=spreads, **style)
                lines += [
                    f"{size}\t{name}\t{way}\t{mean:.2f}\t{spread:.2f}\t{len(found[size])}"
                    for size, mean, spread in zip(found, means, spreads, strict=True)
                ]
            axes.set_xscale("log")
            axes.set_xticks([int(size) for size in sizes], [f"{int(size):,}" for size in sizes])
            axes.minorticks_off()
            axes.set_xlabel("Labelled texts")
            axes.set_title(TITLES.get(name, name), fontsize=10)
            for size, ways in sizes.items():
                cells = [_cell([*ways.get(way, {}).values()]) for way in WAYS]
                page.append(f"| {' | '.join((TITLES.get(name, name), f'{int(size):,}', *cells))} |")
        figure.axes[0].set_ylabel("Accuracy, %")
        handles, labels = figure.axes[0].get_legend_handles_labels()
        figure.legend(handles, labels, loc="outside lower center", ncols=3)
        save(figure, folder, "transfer", "\n".join(lines).replace("\t", ",") + "\n")
    (folder / "transfer.md").write_text("\n".join([*page, "", TAIL]), encoding="utf-8")


def _cell(accuracies: list[float]) -> str:
    """Return mean and standard deviation in percent."""
    if len(accuracies) < 2:
        return "–"
    return f"{100 * np.mean(accuracies):.1f} ± {100 * np.std(accuracies, ddof=1):.1f}"


HEAD = """# What a model to begin with gives

`opinia train --data TABLE` from nothing and with `--init-from base`, the same without the linear model on
n-grams that is averaged with the network, and logistic regression on tf-idf of words and pairs (scikit-learn,
C = 10), all on the same texts; the networks cut their validation from them, tf-idf learns from all. Mean and
standard deviation of the accuracy, in percent, over five draws, on 1,200 other texts of the table.

![Accuracy by the number of labelled texts](transfer.png)
"""
TAIL = """Posts on Stack Overflow, negative, neutral and positive (developer_posts; Calefato et al. 2018);
reviews of books, DVDs, electronics and kitchen goods, two classes (amazon4; Blitzer, Dredze, Pereira 2007);
comments on Reddit, two classes (goemotions; Demszky et al. 2020).

The weight of the linear model (0.5; beside a model that is begun with, of fewer than 2,000 texts, 0.3) was
chosen on a few draws of the last two tables, so that their gain from it is a little flattered; posts had no
say in it.

Made by `python benchmarks/transfer.py TABLES --neutral developer_posts`, then `--render docs/results`; the
accuracy of each draw stands in [transfer.json](../../benchmarks/results/transfer.json).
"""


def main() -> None:
    """Measure what the file does not hold yet."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("tables", type=Path, nargs="*")
    parser.add_argument("--sizes", type=int, nargs="+", default=SIZES)
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--test", type=int, default=1200, help="texts of each table to test on")
    parser.add_argument("--init-from", default="base")
    parser.add_argument("--neutral", nargs="*", default=[], help="tables whose null labels are a class")
    parser.add_argument("--ways", nargs="+", default=WAYS)
    parser.add_argument("-o", "--output", type=Path, default=RESULTS / "transfer.json")
    parser.add_argument("--render", type=Path, metavar="FOLDER", help="write page and picture of the file")
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
                        start = options.init_from if way.startswith("init-from") else ""
                        accuracy = by_network(drawn, test, seed, start, alone=way.endswith(ALONE))
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
    if options.render:
        render(kept, options.render)


if __name__ == "__main__":
    main()
