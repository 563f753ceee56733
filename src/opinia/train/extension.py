"""A run that goes on for more epochs than it was begun for, to what as many at once would have given."""

from __future__ import annotations

import dataclasses
from pathlib import Path

from opinia import shell
from opinia.errors import TrainingError
from opinia.runs.checkpoint import DAMAGE, delete_hint, load_checkpoint, reason_of
from opinia.runs.folder import RunFolder
from opinia.runs.history import is_exhausted
from opinia.runs.recipe import Recipe
from opinia.runs.settings import SPREAD
from opinia.runs.table_parts import found_again
from opinia.system.files import write_atomically
from opinia.train.texts import Texts, load_texts, needs_unlabelled


def extend(
    run: RunFolder, epochs: int, *, source: Path | None = None, progress: bool = False
) -> tuple[Recipe, Texts]:
    """Give a run another number of epochs, where its own are a beginning of so many at once, bit for bit.

    They are where the step size is constant, or follows from what is past. Everything is looked at before the
    run is changed. After it the run counts as one that was stopped, and is continued as such.

    Args:
        run: a started run; whoever calls it trains in it alone (:meth:`RunFolder.alone`).
        epochs: of the whole training, from the epochs that are over.
        source: a copy of the IMDB reviews, or None.
        progress: show the progress of a download.

    Returns:
        The recipe, and the texts that it is trained on.

    Raises:
        DataError: the texts are missing or damaged.
        RecipeError: so many epochs are impossible.
        TrainingError: the epochs that are over would have been others, or the run cannot be continued.
    """
    before = run.recipe()
    recipe = before.replace({"training.epochs": epochs})
    unlabelled = needs_unlabelled(recipe)
    if recipe != before:
        _check(run, before, recipe)
    data = found_again(recipe.data, run.path)
    texts = load_texts(data, unlabelled=unlabelled, source=source, progress=progress)
    if recipe == before:
        return recipe, texts
    if run.environment().get("data", {}).get("fingerprint") != texts.about["fingerprint"]:
        raise TrainingError(
            f"the run in {run.path} was trained on other texts than these",
            hint="restore the table; of film reviews, name the same copy with --imdb",
        )
    # One that is stopped between the two is the run that it was, and finished again by its next --resume.
    (run.path / "run.json").unlink(missing_ok=True)
    try:
        write_atomically(run.path / "recipe.toml", recipe.to_toml())
    except OSError as error:
        raise run.unwritable(error) from error
    return recipe, texts


def _check(run: RunFolder, before: Recipe, recipe: Recipe) -> None:
    """Check that a run is a beginning of one of so many epochs, and can be continued.

    Raises:
        TrainingError: it is not, or cannot.
    """
    settings, epochs = before.training, recipe.training.epochs
    anew = shell.opinia(
        "train", run.path / "recipe.toml", "--epochs", epochs, "-o", f"{run.path}-epochs{epochs}"
    )
    if changed := run.changed_files():
        raise TrainingError(
            f"{run.path} is finished, but was changed since: {', '.join(changed)}",
            hint="restore the files, or train the run again into another folder",
        )
    if settings.schedule in SPREAD:
        raise TrainingError(
            f"the run in {run.path} cannot be trained for {epochs} epochs: its step size is spread over all "
            f"{settings.epochs} (training.schedule = {settings.schedule!r}), so that those that are over "
            "would have been others",
            hint=f"train anew: `{anew}`",
        )
    if before.data.final:
        raise TrainingError(
            f"the run in {run.path} is a final one, and repeats {before.data.final} with as many epochs",
            hint="give that run more epochs, and repeat it",
        )
    if not run.has_checkpoint:
        if (run.path / "history.csv").exists():
            raise TrainingError(
                f"the run in {run.path} has no checkpoint any more, from which it could go on",
                hint=f"train anew: `{anew}`",
            )
        return
    history = run.history()
    if len(history) > epochs:
        raise TrainingError(
            f"the run in {run.path} has {len(history)} epochs already. Received: --epochs {epochs}",
            hint=f"train anew: `{anew}`",
        )
    ended = len(history) < epochs and is_exhausted(dataclasses.replace(settings, epochs=epochs), history)
    if ended:
        raise TrainingError(
            f"the run in {run.path} ended after epoch {len(history)}, when {settings.patience} epochs had "
            f"brought nothing better (training.patience): {epochs} at once would have ended there, too",
            hint=f"set training.patience to 0 in a copy of {run.path / 'recipe.toml'}, and train that",
        )
    try:
        load_checkpoint(run.checkpoint)
    except DAMAGE as error:
        raise TrainingError(
            f"the checkpoint {run.checkpoint} cannot be continued: {reason_of(error)}",
            hint=delete_hint(run.checkpoint, purpose="to train this run from the start"),
        ) from error
