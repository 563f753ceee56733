"""``opinia evaluate``: a model's figures on labelled reviews."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from opinia.cli.options import data_option

if TYPE_CHECKING:
    from opinia.classifier import Classifier
    from opinia.data.reviews import Reviews

_SHARES = ("accuracy", "precision", "recall", "f1", "auc", "nll", "ece")


@click.command(name="evaluate", context_settings={"help_option_names": ["-h", "--help"]})
@click.argument("model", type=click.Path(path_type=Path))
@click.argument("data")
@data_option
@click.option("--ledger", type=click.Path(path_type=Path), help="Append the figures to this CSV file.")
@click.option("--note", default="", help="A remark for the ledger.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def command(
    model: Path, data: str, *, source: Path | None, ledger: Path | None, note: str, as_json: bool
) -> None:
    """Judge the reviews of DATA with MODEL and compare the answers with their labels.

    MODEL is a model file or a run folder (its best model). DATA is imdb:test, imdb:train,
    imdb:validation (the films that the model's own card set aside), or the same with sample: for the
    built-in synthetic reviews.

    The test split is for final figures alone: choose on imdb:validation.
    """
    import numpy as np

    from opinia.classifier import load
    from opinia.evaluation import evaluate
    from opinia.text import split_tokens

    classifier = load(model)
    if ledger:
        from opinia.ledger import find

        known = find(ledger, classifier.model.sha256, data)
        if known is not None:
            click.echo(
                f"{ledger} has this model on {data} since {known.date}; it is not taken again", err=True
            )
            click.echo(
                json.dumps(dataclasses.asdict(known)) if as_json else f"accuracy   {known.accuracy:.4f}"
            )
            return
    reviews = _reviews(data, classifier, source)
    positive = classifier.predict_proba(reviews.texts)[:, 1]
    words = np.array([len(split_tokens(text)) for text in reviews.texts])
    result = evaluate(np.array(reviews.labels), positive, words)
    if ledger:
        from opinia.ledger import append

        append(ledger, classifier, data, result, note=note)
    figures = {"model": classifier.model.sha256, "data": data, **dataclasses.asdict(result)}
    if as_json:
        click.echo(json.dumps(figures, indent=2))
        return
    for name, value in _lines(figures):
        click.echo(f"{name:<10} {value}")


def _reviews(data: str, classifier: Classifier, source: Path | None) -> Reviews:
    from opinia.data import imdb, sample
    from opinia.data.split import split_train_validation
    from opinia.errors import DataError

    name, _, split = data.partition(":")
    if name not in ("imdb", "sample") or split not in ("train", "validation", "test"):
        raise DataError(
            "the reviews to evaluate on are imdb: or sample: with train, validation or test. "
            f"Received: {data!r}",
            hint="such as imdb:validation",
        )
    needed = ["train", "test"] if split == "validation" else [split]
    if name == "imdb":
        splits = imdb.load_splits(needed, source=source, progress=True)
    else:
        splits = {each: sample.load(each) for each in needed}
    if split != "validation":
        return splits[split]
    try:
        about = classifier.card["recipe"]["data"]
        size, seed = int(about["validation"]), int(about["split_seed"])
    except (KeyError, TypeError, ValueError) as error:
        raise DataError("the model's card does not say which reviews it was validated on") from error
    return split_train_validation(splits["train"], splits["test"], validation=size, seed=seed).validation


def _lines(figures: dict[str, Any]) -> list[tuple[str, str]]:
    (tn, fp), (fn, tp) = figures["confusion"]
    lines = [
        ("model", figures["model"][:12]),
        ("data", figures["data"]),
        ("reviews", f"{figures['reviews']:,}"),
        *((name, f"{figures[name]:.4f}") for name in _SHARES),
        ("confusion", f"true negative {tn:,}, false positive {fp:,}"),
        ("", f"false negative {fn:,}, true positive {tp:,}"),
    ]
    for group in figures["by_length"]:
        shown = f"{group['accuracy']:.4f} (up to {group['longest']:,} words)"
        lines.append((group["name"], shown))
    return lines
