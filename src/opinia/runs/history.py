"""What an epoch gave, epoch by epoch, and what follows from it: best epoch, step size, stopping."""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, astuple, dataclass, fields
from pathlib import Path
from typing import Any

from opinia.errors import DataError
from opinia.runs.settings import TrainingRecipe
from opinia.system.files import read_regular

PLATEAU_EPOCHS = 2
PLATEAU_FACTOR = 0.5
WARM_UP = 0.1
MOST_BYTES = 16 << 20
"""Of a file of figures: more than any run writes."""


@dataclass(frozen=True)
class Epoch:
    """The metrics of one epoch, under the names of Keras's ``History``.

    ``loss`` and ``accuracy`` are means over the epoch's steps, while the weights were changing;
    ``val_loss`` and ``val_accuracy`` are taken after its last step, and are nan where nothing was held out.
    """

    epoch: int
    loss: float
    accuracy: float
    val_loss: float
    val_accuracy: float

    def figures(self) -> dict[str, float | None]:
        """Return the metrics under their names, for JSON: None for those that are nan."""
        return {name: None if math.isnan(value) else value for name, value in asdict(self).items()}


def best_epoch(history: Sequence[Epoch]) -> Epoch:
    """Return the epoch of the highest ``val_accuracy``; of equals, the lowest ``val_loss``.

    Where nothing was held out it is the last one.
    """
    if math.isnan(history[-1].val_accuracy):
        return history[-1]
    return max(history, key=lambda e: (e.val_accuracy, -e.val_loss, -e.epoch))


def learning_rate(recipe: TrainingRecipe, history: Sequence[Epoch], progress: float) -> float:
    """Return the step size, a function of the past alone, so that a resumed run repeats it.

    Args:
        recipe: names the schedule.
        history: the epochs that are over.
        progress: share of all steps that are over, from 0 to 1.
    """
    if recipe.schedule == "cosine":
        return recipe.learning_rate * 0.5 * (1 + math.cos(math.pi * progress))
    if recipe.schedule == "linear":
        return recipe.learning_rate * min((progress + 0.001) / WARM_UP, (1 - progress) / (1 - WARM_UP), 1.0)
    if recipe.schedule == "plateau":
        return recipe.learning_rate * PLATEAU_FACTOR ** _plateaus(history)
    return recipe.learning_rate


def is_exhausted(recipe: TrainingRecipe, history: Sequence[Epoch]) -> bool:
    """Tell whether training ends here: all epochs are over, or patience is."""
    if len(history) >= recipe.epochs:
        return True
    if not recipe.patience or not history:
        return False
    return len(history) - best_epoch(history).epoch >= recipe.patience


def history_csv(history: Sequence[Epoch]) -> str:
    """Return the history as CSV; each number in the shortest form that reads back the same."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(field.name for field in fields(Epoch))
    writer.writerows(astuple(epoch) for epoch in history)
    return text.getvalue()


def read_history(path: Path) -> list[Epoch]:
    """Read a ``history.csv``.

    Raises:
        DataError: the file is missing or of another shape.
    """
    try:
        text = read_regular(path, most=MOST_BYTES).decode("utf-8")
        rows = csv.DictReader(io.StringIO(text, newline=""))
        if missing := {field.name for field in fields(Epoch)} - {*(rows.fieldnames or ())}:
            raise KeyError(min(missing))
        return epochs_of(rows)
    except OSError as error:
        raise DataError(f"{path} cannot be read: {error.strerror or error}") from error
    except (KeyError, ValueError, TypeError, csv.Error) as error:
        reason = f"it has no column {error}" if isinstance(error, KeyError) else error
        raise DataError(f"{path} is not the history of a run: {reason}") from error


def epochs_of(rows: Iterable[Mapping[str, Any]]) -> list[Epoch]:
    """Return the epochs that rows of numbers tell of.

    Raises:
        ValueError: the epochs are not numbered from 1, or a metric is none.
        KeyError, TypeError: a row lacks a number.
    """
    history = []
    for number, row in enumerate(rows, 1):
        epoch = Epoch(int(row["epoch"]), *(float(row[field.name]) for field in fields(Epoch)[1:]))
        shares = [share for share in (epoch.accuracy, epoch.val_accuracy) if not math.isnan(share)]
        if epoch.epoch != number:
            raise ValueError(f"epoch {number} is numbered {epoch.epoch}")
        if not all(0 <= share <= 1 for share in shares) or math.isinf(epoch.loss + epoch.val_loss):
            raise ValueError(f"epoch {number} has impossible metrics")
        history.append(epoch)
    return history


def _plateaus(history: Sequence[Epoch]) -> int:
    """Count how often ``val_loss`` went two epochs without a new low."""
    plateaus, waited, lowest = 0, 0, math.inf
    for epoch in history:
        if epoch.val_loss < lowest:
            lowest, waited = epoch.val_loss, 0
            continue
        waited += 1
        if waited == PLATEAU_EPOCHS:
            plateaus, waited = plateaus + 1, 0
    return plateaus
