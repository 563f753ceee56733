"""Do the words that an explanation names matter? Leave them out, and as many random ones, and compare.

    python benchmarks/faithfulness.py                       # the model that comes with opinia
    python benchmarks/faithfulness.py runs/one runs/other   # others, side by side

Reads validation reviews of IMDB (by film, split seed 0), never test reviews. Of each review the k
words that speak most for the predicted label are left out together, and the same number of words
drawn at random, several times. Measured is how far the probability of the predicted label falls: the
*comprehensiveness* of DeYoung et al. (ERASER, ACL 2020), beside chance. A contribution is itself found
by leaving one word out, so for k = 1 this holds by construction; the larger k ask whether contributions
found one by one still tell what the words do together. It says nothing of whether a reader would name
the same words.

Writes ``benchmarks/results/faithfulness.json`` and ``docs/results/faithfulness.{csv,png,svg}``.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

import opinia
from measure import RESULTS, ROOT, say, write_json
from opinia.data import imdb
from opinia.data.split import split_train_validation
from opinia.evaluate.results_csv import to_csv
from opinia.model.classifier import Classifier
from opinia.model.explain import WORD_TOKENS, explain
from opinia.model.shipped import find_model

COUNTS = (1, 3, 5, 10)
SPLIT_SEED = 0
VALIDATION = 2500
RESAMPLES = 2000


def measure(classifier: Classifier, texts: Sequence[str], *, draws: int, seed: int = 0) -> dict[str, Any]:
    """Leave words out of each text and say how far the answer moved.

    Args:
        classifier: the model.
        texts: of more than 10 and at most 400 tokens each.
        draws: random choices of words for each text and number of words.
        seed: of the random choices and of the bootstrap.

    Returns:
        A table a number of words k. Falls are those of the predicted label's probability, from -1 to 1,
        means over texts with 95 % bootstrap intervals; ``share`` is how often the named words moved it
        more than a random choice; ``label_changes`` are shares of texts.
    """
    random = np.random.default_rng(seed)
    encode = classifier.model.description.tokenizer.encode
    top, chance = np.zeros((2, len(COUNTS), len(texts), draws))
    top_changes, chance_changes = np.zeros((2, len(COUNTS), len(texts), draws), bool)
    for row, text in enumerate(texts):
        ids = np.array(encode(text), np.int32)
        explanation = explain(classifier, text)
        side = 1 if explanation.label == explanation.target else -1
        order = np.argsort([-side * piece.contribution for piece in explanation.contributions], kind="stable")
        left_out = [order[:count] for count in COUNTS]
        left_out += [random.permutation(len(ids))[:count] for count in COUNTS for _ in range(draws)]
        found = classifier.probabilities([np.delete(ids, places) for places in left_out])
        label = list(classifier.classes_).index(explanation.label)
        falls = explanation.probability - found[:, label].astype(float)
        changes = found.argmax(axis=1) != label
        top[:, row], top_changes[:, row] = falls[: len(COUNTS), None], changes[: len(COUNTS), None]
        chance[:, row] = falls[len(COUNTS) :].reshape(len(COUNTS), draws)
        chance_changes[:, row] = changes[len(COUNTS) :].reshape(len(COUNTS), draws)
        if (row + 1) % 50 == 0:
            say(f"{row + 1} of {len(texts)} reviews")
    samples = random.integers(0, len(texts), (RESAMPLES, len(texts)))
    return {
        str(count): {
            "named": _mean(top[i].mean(axis=1), samples),
            "random": _mean(chance[i].mean(axis=1), samples),
            "difference": _mean((top[i] - chance[i]).mean(axis=1), samples),
            "share": _mean((top[i] > chance[i]).mean(axis=1), samples),
            "label_changes_named": _mean(top_changes[i].mean(axis=1), samples),
            "label_changes_random": _mean(chance_changes[i].mean(axis=1), samples),
        }
        for i, count in enumerate(COUNTS)
    }


def _mean(values: NDArray[Any], samples: NDArray[Any]) -> dict[str, float]:
    low, high = np.percentile(values[samples].mean(axis=1), [2.5, 97.5])
    return {
        "mean": round(float(values.mean()), 4),
        "low": round(float(low), 4),
        "high": round(float(high), 4),
    }


def choose_texts(
    classifiers: Sequence[Classifier], texts: Sequence[str], wanted: int
) -> tuple[list[str], int]:
    """Return reviews drawn at random that every model explains by words, and how many were passed over."""
    chosen: list[str] = []
    passed = 0
    for row in np.random.default_rng(SPLIT_SEED).permutation(len(texts)):
        lengths = [len(each.model.description.tokenizer.encode(texts[row])) for each in classifiers]
        if max(COUNTS) < min(lengths) and max(lengths) <= WORD_TOKENS:
            chosen.append(texts[row])
        else:
            passed += 1
        if len(chosen) == wanted:
            break
    return chosen, passed


def draw(result: dict[str, Any], folder: Path) -> None:
    """Draw falls and label changes over the number of words, and write their numbers beside them."""
    from opinia.report.canvas import COLOURS, blank, drawing, save
    from opinia.report.plots import DASHES, MARKERS

    panels = (
        ("named", "random", "mean fall of the probability\nof the predicted label, points"),
        ("label_changes_named", "label_changes_random", "reviews whose label changes, %"),
    )
    with drawing():
        figure = blank(width=7.4, height=3.5, columns=2)
        for axes, (named, chance, label) in zip(figure.axes, panels, strict=True):
            for number, (model, found) in enumerate(result["models"].items()):
                for key, colour, words in ((named, 0, "words named"), (chance, 1, "random words")):
                    rows = np.array(
                        [[100 * value for value in found["k"][str(k)][key].values()] for k in COUNTS]
                    )
                    axes.fill_between(COUNTS, rows[:, 1], rows[:, 2], color=COLOURS[colour], alpha=0.16, lw=0)
                    axes.plot(
                        COUNTS,
                        rows[:, 0],
                        color=COLOURS[colour],
                        linestyle=DASHES[number % len(DASHES)],
                        marker=MARKERS[number % len(MARKERS)],
                        markersize=5,
                        label=words if len(result["models"]) == 1 else f"{model}: {words}",
                    )
            axes.set_xticks(COUNTS)
            axes.set_ylim(bottom=min(0, axes.get_ylim()[0]))
            axes.set_xlabel("words left out of a review")
            axes.set_title(label)
        handles, labels = figure.axes[0].get_legend_handles_labels()
        models = ", ".join(f"{name} ({found['sha256'][:8]})" for name, found in result["models"].items())
        reviews = result["data"]["reviews"]
        note = f"{models}; {reviews} validation reviews; band: 95% bootstrap interval over reviews"
        figure.suptitle("Leaving out the words that an explanation names", fontsize=11, fontweight="bold")
        figure.legend(handles, labels, loc="outside lower center", ncols=2, title=note, title_fontsize=7.5)
        save(figure, folder, "faithfulness", table(result))


def table(result: dict[str, Any]) -> str:
    """Return all figures as CSV: a line a model and number of words."""
    figures = list(next(iter(result["models"].values()))["k"]["1"])
    header = [
        "model",
        "words",
        *(f"{figure}_{part}" for figure in figures for part in ("mean", "low", "high")),
    ]
    rows = [
        [model, k, *(value for name in figures for value in found["k"][str(k)][name].values())]
        for model, found in result["models"].items()
        for k in COUNTS
    ]
    return to_csv(header, rows)


def markdown(result: dict[str, Any]) -> str:
    """Return the means as the table of docs/explain.md."""
    header = ("model", "words left out", "named: fall, points", "random: fall, points", "named move it more")
    header += ("named: label changes", "random: label changes")
    lines = [f"| {' | '.join(header)} |", "| --- |" + " ---: |" * (len(header) - 1)]
    for name, model in result["models"].items():
        for k, found in model["k"].items():
            falls = [f"{100 * found[key]['mean']:.1f}" for key in ("named", "random")]
            keys = ("share", "label_changes_named", "label_changes_random")
            shares = [f"{100 * found[key]['mean']:.1f}%" for key in keys]
            lines.append(f"| {' | '.join([name, k, *falls, *shares])} |")
    return "\n".join(lines)


def main() -> None:
    """Measure the models that are named and write what was found."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument(
        "models", nargs="*", type=Path, help="model files or run folders [default: opinia's own]"
    )
    parser.add_argument("--reviews", type=int, default=300)
    parser.add_argument("--draws", type=int, default=10, help="random choices a review and number of words")
    parser.add_argument("--imdb", type=Path, help="a copy of the IMDB reviews [default: $OPINIA_DATA]")
    parser.add_argument("--threads", type=int, default=0)
    parser.add_argument("--results", type=Path, default=RESULTS)
    parser.add_argument("--pictures", type=Path, default=ROOT / "docs/results")
    given = parser.parse_args()
    paths = [find_model(path) for path in given.models or [None]]
    classifiers = [opinia.load(path, threads=given.threads) for path in paths]
    splits = imdb.load_splits(["train", "test"], source=given.imdb)
    imdb.check_official(splits, source=given.imdb)
    split = split_train_validation(splits["train"], splits["test"], validation=VALIDATION, seed=SPLIT_SEED)
    texts, passed = choose_texts(classifiers, split.validation.texts, given.reviews)
    result: dict[str, Any] = {
        "data": {
            "name": "imdb:validation",
            "split_seed": SPLIT_SEED,
            "fingerprint": split.validation.fingerprint(),
            "reviews": len(texts),
            "passed_over": passed,
            "rule": f"drawn at random among those of {max(COUNTS) + 1} to {WORD_TOKENS} tokens",
            "draws": given.draws,
        },
        "models": {},
    }
    for path, classifier in zip(paths, classifiers, strict=True):
        name = str(classifier.card.get("name") or path.stem)
        name = name if name not in result["models"] else f"{name} {classifier.model.sha256[:8]}"
        found = measure(classifier, texts, draws=given.draws)
        result["models"][name] = {"sha256": classifier.model.sha256, "k": found}
    write_json(given.results / "faithfulness.json", result, indent=2)
    draw(result, given.pictures)
    print(markdown(result))


if __name__ == "__main__":
    main()
