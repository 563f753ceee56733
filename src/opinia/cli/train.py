"""``opinia train``: train a network, or continue a training that was stopped."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from opinia import extras, shell
from opinia.cli.options import FilledPath, RecipePath, imdb_option

OVERRIDES = {
    "batch_size": "training.batch_size",
    "epochs": "training.epochs",
    "learning_rate": "training.learning_rate",
    "seed": "training.seed",
    "threads": "training.threads",
}


@click.command(name="train")
@click.argument("recipe", required=False, type=RecipePath())
@click.option("--batch-size", type=int, help="Reviews a step.")
@click.option("--epochs", type=int, help="Passes over the training reviews.")
@click.option("--learning-rate", type=float, help="Adam's step size.")
@click.option("--seed", type=int, help="Of initial weights and order of reviews.")
@click.option("--threads", type=int, help="Threads of PyTorch's operators.")
@click.option("--device", type=click.Choice(["auto", "cpu", "cuda"]), default="auto", show_default=True)
@click.option("--sample", is_flag=True, help="Train on the built-in synthetic reviews.")
@imdb_option
@click.option(
    "-o", "--output", type=FilledPath(path_type=Path), help="The run's folder; default below runs/."
)
@click.option("--resume", type=FilledPath(path_type=Path), help="Continue the run in this folder.")
@click.option("--tensorboard", is_flag=True, help="Write event files for TensorBoard into the run's folder.")
def command(
    recipe: Path | None,
    *,
    device: str,
    sample: bool,
    source: Path | None,
    output: Path | None,
    resume: Path | None,
    tensorboard: bool,
    **overrides: Any,
) -> None:
    """Train the network of RECIPE (default: the published one) on the IMDB reviews.

    RECIPE is a TOML file, or the name of a recipe that comes with opinia, such as small.
    The reviews are downloaded where they are not at hand. Ctrl-C stops; --resume goes on.
    """
    changes = {OVERRIDES[name]: value for name, value in overrides.items() if value is not None}
    if sample:
        changes |= {"data.source": "sample", "data.validation": 300}
    if resume and (changes or recipe or output):
        raise click.UsageError("--resume takes all settings from the run; give it alone")
    folder = _run(
        _resumed(resume) if resume else _started(recipe, changes, output),
        device=device,
        source=source,
        tensorboard=tensorboard,
    )
    click.echo(shell.opinia("--model", folder))


def _started(path: Path | None, changes: dict[str, Any], output: Path | None) -> Any:
    from opinia.runs.finding import free_folder
    from opinia.runs.folder import RunFolder
    from opinia.runs.recipe import Recipe, read_recipe

    recipe = (read_recipe(path) if path else Recipe()).replace(changes)
    training = recipe.training
    name = f"{recipe.name}-batch{training.batch_size}-epochs{training.epochs}-seed{training.seed}"
    return recipe, RunFolder(output or free_folder(Path("runs"), name))


def _say(line: str) -> None:
    click.echo(line, err=True)


def _resumed(path: Path) -> Any:
    from opinia.errors import TrainingError
    from opinia.runs.folder import RunFolder

    folder = RunFolder(path)
    if not folder.is_started:
        raise TrainingError(
            f"there is no run in {path}", hint="name the folder that `opinia train` named when it began"
        )
    return folder.recipe(), folder


def _run(run: Any, *, device: str, source: Path | None, tensorboard: bool) -> Path:
    from opinia.runs.history import best_epoch

    recipe, folder = run
    if folder.is_finished:
        folder.check_recipe(recipe)
        _check_unchanged(folder)
        click.echo(f"{folder.path} is finished already", err=True)
        return Path(folder.path)
    try:
        with folder.alone():
            history = _train(recipe, folder, device=device, source=source, tensorboard=tensorboard)
    except KeyboardInterrupt:
        resume = shell.opinia("train", "--resume", folder.path)
        again = f"go on with: {resume}" if folder.is_started else "nothing was trained"
        click.echo(f"\nstopped; {again}", err=True)
        raise SystemExit(130) from None
    best = best_epoch(history)
    ended = f"best epoch {best.epoch}: val_accuracy {best.val_accuracy:.4f}"
    if recipe.data.final:
        ended = "validation was learnt from, so the last epoch is kept"
    click.echo(f"{ended}. Try it:", err=True)
    return Path(folder.path)


def _check_unchanged(folder: Any) -> None:
    from opinia.errors import TrainingError

    if changed := folder.changed_files():
        raise TrainingError(
            f"{folder.path} is finished, but was changed since: {', '.join(changed)}",
            hint="restore the files, or train the run again into another folder",
        )


def _train(recipe: Any, folder: Any, *, device: str, source: Path | None, tensorboard: bool) -> Any:
    extras.require("training", *extras.TRAINING)
    if tensorboard:  # now, and not after the pretraining
        extras.require("--tensorboard", *extras.TENSORBOARD)
    from opinia.cli.progress import TrainingProgress
    from opinia.train.callbacks import Callback, TensorBoard
    from opinia.train.pipeline import make_ready, train
    from opinia.train.torch_setup import choose_device

    device = choose_device(device)
    callbacks: list[Callback] = []
    click.echo("reading and tokenising the reviews ...", err=True)
    task = make_ready(recipe, folder, source=source, device=device, progress=True, say=_say)
    held_out = f"validating on {len(task.validation):,}"
    if recipe.data.final:
        held_out = f"the {len(task.validation):,} of validation among them"
    click.echo(f"training on {len(task.training):,} reviews, {held_out}, in {folder.path}", err=True)
    if tensorboard:
        callbacks.append(TensorBoard(folder.path / "tensorboard"))
    with TrainingProgress(recipe.training.epochs) as progress:
        callbacks.append(progress)
        return train(recipe, task, folder, device=device, callbacks=callbacks, say=progress.say)
