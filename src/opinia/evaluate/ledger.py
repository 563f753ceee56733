"""The ledger of test results: a CSV file that only grows, and holds each model once a split.

A test figure is taken when a model is final, and is never taken again: who asks for it a second time
reads the row. Bad rows stay, and the file is committed whole.
"""

from __future__ import annotations

import csv
import datetime
import io
import os
from collections.abc import Callable, Sequence
from dataclasses import astuple, dataclass, fields
from pathlib import Path

import numpy as np

from opinia.data.labelled import LabelledTexts
from opinia.errors import DataError
from opinia.evaluate.metrics import Evaluation, evaluate
from opinia.evaluate.named_reviews import truth_of
from opinia.model.classifier import Classifier, load
from opinia.text.tokenizer import split_tokens


@dataclass(frozen=True)
class Row:
    """One test result.

    Args:
        date: of the evaluation, in UTC, such as ``"2025-01-31"``.
        sha256: digest of the model file.
        recipe: name of its recipe.
        seed: of its training; empty where the model does not say.
        split: what it was tested on, such as ``"imdb:test"``.
        result: its figures.
        note: why it was tested.
    """

    date: str
    sha256: str
    recipe: str
    seed: str
    split: str
    reviews: int
    accuracy: float
    nll: float
    note: str


COLUMNS = tuple(field.name for field in fields(Row))


def read_ledger(path: Path) -> list[Row]:
    """Return the rows of a ledger; none where there is no file yet.

    Raises:
        DataError: the file is no ledger, or a line of it is damaged.
    """
    try:
        with path.open(encoding="utf-8", newline="") as file:
            lines = list(csv.reader(file))
    except FileNotFoundError:
        return []
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise DataError(f"the ledger {path} cannot be read: {error}") from error
    if not lines or tuple(lines[0]) != COLUMNS:
        raise DataError(
            f"{path} is not a ledger: its first line is not {','.join(COLUMNS)}",
            hint="name another file, or restore this one",
        )
    rows = []
    for number, line in enumerate(lines[1:], start=2):
        try:
            *texts, reviews, accuracy, nll, note = line
            date, sha256, recipe, seed, split = texts
            rows.append(
                Row(date, sha256, recipe, seed, split, int(reviews), float(accuracy), float(nll), note)
            )
        except ValueError as error:
            raise DataError(f"line {number} of the ledger {path} is damaged: {error}") from error
    return rows


def find(path: Path, sha256: str, split: str) -> Row | None:
    """Return the row of a model and a split, or None.

    Raises:
        DataError: the file is no ledger, or a line of it is damaged.
    """
    return next((row for row in read_ledger(path) if (row.sha256, row.split) == (sha256, split)), None)


def append(path: Path, classifier: Classifier, split: str, result: Evaluation, *, note: str = "") -> Row:
    """Add a row, unless the ledger knows this model on this split: then return the row that stands there.

    Args:
        path: the ledger; made where missing.
        classifier: the model.
        split: what it was tested on, such as ``"imdb:test"``.
        result: its figures.
        note: why it was tested.

    Raises:
        DataError: the ledger is damaged or cannot be written.
    """
    known = find(path, classifier.model.sha256, split)
    if known is not None:
        return known
    recipe = classifier.card.get("recipe", {})
    row = Row(
        date=datetime.datetime.now(datetime.UTC).date().isoformat(),
        sha256=classifier.model.sha256,
        recipe=str(recipe.get("name", classifier.card.get("name", ""))),
        seed=str(recipe.get("training", {}).get("seed", "")),
        split=split,
        reviews=result.reviews,
        accuracy=result.accuracy,
        nll=result.nll,
        note=note,
    )
    _write(path, [] if path.is_file() else [COLUMNS], [astuple(row)])
    return row


def evaluate_once(
    model: Path, reviews: Callable[[], LabelledTexts], *, split: str, ledger: Path, note: str = ""
) -> Row:
    """Return the test result of a model: from the ledger, or else taken now and written there.

    Args:
        model: a model file.
        reviews: reads the labelled reviews of the split; not called when the ledger knows the model.
        split: the name of the split, such as ``"imdb:test"``.
        ledger: the file; made where missing.
        note: why, for a new row.

    Raises:
        DataError: the ledger is damaged or cannot be written, or the reviews cannot be read.
        ModelFileError: the model is missing or broken.
    """
    classifier = load(model)
    known = find(ledger, classifier.model.sha256, split)
    if known is not None:
        return known
    if not ledger.is_file():
        _write(ledger, [COLUMNS])  # a place that cannot be written is named before the work
    tested = reviews()
    probabilities = classifier.predict_proba(tested.texts)
    words = np.array([len(split_tokens(text)) for text in tested.texts])
    classes = classifier.model.description.labels
    result = evaluate(truth_of(tested, classes), probabilities, words, classes)
    return append(ledger, classifier, split, result, note=note)


def _write(path: Path, *blocks: Sequence[tuple[object, ...]]) -> None:
    """Write whole lines at the end of the file; what stands there is never touched."""
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows(line for block in blocks for line in block)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("a", encoding="utf-8", newline="") as file:
            file.write(text.getvalue())
            file.flush()
            os.fsync(file.fileno())
    except OSError as error:
        raise DataError(f"the ledger {path} cannot be written: {error.strerror or error}") from error
