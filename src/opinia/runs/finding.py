"""Where runs are below any folder, and where there is room for another."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Sequence
from pathlib import Path

from opinia.errors import OpiniaError
from opinia.runs.folder import MODELS, RunFolder


def run_folders(folder: Path, *, names: Sequence[str] = ("recipe.toml", "run.json")) -> list[Path]:
    """Return the folders in or below a folder that hold a file of a run, in the order of their names.

    Links to folders are not followed, what cannot be read is left out, and no depth is too deep.
    """
    found, left = [], [folder]
    while left:
        place = left.pop()
        with contextlib.suppress(OSError), os.scandir(place) as entries:
            there = list(entries)
            left += [place / entry.name for entry in there if entry.is_dir(follow_symlinks=False)]
            if any(entry.name in names for entry in there):
                found.append(place)
    return sorted(found)


def unfinished(model: Path) -> tuple[int, int] | None:
    """Return how many epochs of how many are behind a model whose training is under way or was cut off.

    Args:
        model: a file; of a run's folder the model of one of its epochs.

    Returns:
        None where the run is finished, where it cannot be told, or where the model is of no run.
    """
    run = RunFolder(model.parent)
    if model.name not in MODELS or not run.is_started or run.is_finished:
        return None
    try:
        return len(run.history()), run.recipe().training.epochs
    except OpiniaError:
        return None


def free_folder(parent: Path, name: str) -> Path:
    """Make ``parent/name``, or the first of ``name-2``, ``name-3``, … that is not taken, and return it.

    Raises:
        TrainingError: it cannot be made.
    """
    number, path = 1, parent / name
    while True:
        try:
            path.mkdir(parents=True)
        except FileExistsError:
            number += 1
            path = parent / f"{name}-{number}"
        except OSError as error:
            raise RunFolder(path).unwritable(error) from error
        else:
            return path
