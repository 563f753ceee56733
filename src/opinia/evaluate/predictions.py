"""Answers to labelled texts as a table: those of folds, each from a model that has not seen the text."""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from opinia.errors import DataError
from opinia.evaluate.metrics import answers_of

PREDICTIONS = "predictions.csv"
_SHARE = "probability_"
_FIRST = ("row", "fold", "label", "answer")


@dataclass(frozen=True)
class Prediction:
    """The answer to one text.

    Args:
        row: its number in the table, from 1.
        fold: in which it was tested.
        label: number of its class, from 0.
        text: as it was judged.
        shares: probability of each class.
    """

    row: str
    fold: int
    label: int
    text: str
    shares: tuple[float, ...]


def predictions_csv(predictions: Sequence[Prediction], classes: Sequence[str]) -> bytes:
    """Return predictions as CSV: row, fold, label, answer, a column for the probability of each class, text.

    Args:
        predictions: in any order, which is kept.
        classes: their names, in the order of their numbers.
    """
    answers = answers_of(np.array([each.shares for each in predictions]).reshape(-1, len(classes)))
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    writer.writerow([*_FIRST, *(_SHARE + name for name in classes), "text"])
    for each, answer in zip(predictions, answers.tolist(), strict=True):
        shares = (f"{share:.7g}" for share in each.shares)
        writer.writerow([each.row, each.fold, classes[each.label], classes[answer], *shares, each.text])
    return text.getvalue().encode("utf-8-sig", "surrogatepass")


def read_predictions(path: Path) -> tuple[list[Prediction], tuple[str, ...]]:
    """Return the predictions of a table that :func:`predictions_csv` made, and the names of the classes.

    Raises:
        DataError: it is missing, or something else.
    """
    try:
        content = path.read_bytes().decode("utf-8-sig", "surrogatepass")
        rows = csv.reader(io.StringIO(content, newline=""), strict=True)
        header = next(rows)
        names = header[len(_FIRST) : -1]
        classes = tuple(name.removeprefix(_SHARE) for name in names)
        if [*header[: len(_FIRST)], header[-1]] != [*_FIRST, "text"] or len({*classes}) < 2:
            raise ValueError("its columns are others")
        if not all(name.startswith(_SHARE) for name in names) or len({*classes}) < len(classes):
            raise ValueError("its columns are others")
        found = [_read(row, classes) for row in rows]
    except OSError as error:
        raise DataError(f"{path} cannot be read: {error.strerror or error}") from error
    except (ValueError, csv.Error, StopIteration) as error:
        raise DataError(
            f"{path} is not a table of predictions of `opinia train --folds`: {error}",
            hint="training the folds again with --resume writes it anew",
        ) from error
    if not found:
        raise DataError(f"{path} has no row below its header")
    return found, classes


def _read(row: Sequence[str], classes: tuple[str, ...]) -> Prediction:
    if len(row) != len(_FIRST) + len(classes) + 1:
        raise ValueError(f"row {row[0] if row else ''} has another number of cells")
    shares = tuple(map(float, row[len(_FIRST) : -1]))
    if not all(0 <= share <= 1 for share in shares) or not math.isclose(sum(shares), 1, abs_tol=1e-3):
        raise ValueError(f"row {row[0]} has probabilities that are none")
    return Prediction(row[0], int(row[1]), classes.index(row[2]), row[-1], shares)
