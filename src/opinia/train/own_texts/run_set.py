"""Several runs in a folder of their own: held by one process, all of one recipe and of the same texts."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from opinia import shell
from opinia.errors import TrainingError
from opinia.runs.folder import RunFolder
from opinia.runs.recipe import Recipe, read_recipe
from opinia.system.files import write_atomically
from opinia.system.folder_lock import alone_in
from opinia.train.texts import Texts

TrainRun = Callable[[Recipe, RunFolder, Texts], None]
"""Trains a run to its end, or goes on with it."""


@contextmanager
def started(folder: Path, name: str, recipe: Recipe, *, doing: str) -> Iterator[None]:
    """Hold a folder of several runs alone, and write their recipe into it, or check that it is the same.

    Args:
        folder: made where missing.
        name: of the recipe's file.
        recipe: of the runs.
        doing: for the message to another process.

    Raises:
        TrainingError: the folder holds other things, runs of another recipe, or is in use.
    """
    path = folder / name
    if not path.is_file() and folder.is_dir():
        foreign = sorted(each.name for each in folder.iterdir() if not each.name.startswith("."))
        if foreign:
            raise TrainingError(
                f"{folder} is not empty, and no such training was begun there: it holds {foreign[0]}",
                hint="name a new folder with --output",
            )
    with alone_in(folder, doing=doing):
        if not path.is_file():
            write_atomically(path, recipe.to_toml())
        elif read_recipe(path) != recipe:
            raise TrainingError(
                f"{folder} holds runs of another recipe",
                hint=f"name another folder; `{shell.opinia('train', '--resume', folder)}` goes on with those",
            )
        yield


def check_texts(run: RunFolder, texts: Texts) -> None:
    """Check that a run has learnt from these texts.

    Raises:
        TrainingError: they were changed since.
    """
    if run.environment().get("data", {}).get("fingerprint") != texts.about["fingerprint"]:
        raise TrainingError(
            f"the run in {run.path} was trained on other texts than these",
            hint="restore the table, or begin anew in another folder",
        )
