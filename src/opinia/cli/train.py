"""``opinia train``: train a network, or continue a training that was stopped."""

from __future__ import annotations

import functools
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from opinia import extras, shell
from opinia.cli.helpers.options import (
    DecodedName,
    FilledPath,
    ModelPath,
    RecipePath,
    RunPath,
    TableForm,
    imdb_option,
    table_options,
)
from opinia.cli.helpers.own_runs import kind_of
from opinia.errors import LostProcessError, OpiniaError
from opinia.system.imports import without_collection
from opinia.system.stdio import decoded
from opinia.system.torchrun import leave_word, place

if TYPE_CHECKING:
    from opinia.train.loop.distributed import World

OVERRIDES = {
    "batch_size": "training.batch_size",
    "epochs": "training.epochs",
    "learning_rate": "training.learning_rate",
    "seed": "training.seed",
    "threads": "training.threads",
    "class_weight": "training.class_weight",
    "init_from": "training.init_from",
}
_START, _NONE = "training.init_from", "none"
OF_TABLE = {
    "table": "data.table",
    "label_column": "data.label_column",
    "label_map": "data.label_map",
    "group_column": "data.group_column",
    "test": "data.test",
    "validation": "data.validation",
}


def _models_and_none() -> list[str]:
    return [*ModelPath().names(), _NONE]


_TO_BE_SEEN = 3.0
"""Seconds in which the process that was lost may end first: torchrun shows the reason of the first that it
sees, and then ends the others."""


def _with_the_others(command: Callable[..., None]) -> Callable[..., None]:
    """Let the first of several processes run a command, and the others do what it tells them."""

    @functools.wraps(command)
    def together(*, device: str, **options: Any) -> None:
        if place() is None:
            command(device=device, world=None, **options)
            return
        extras.require("training", *extras.TRAINING)
        from opinia.train.loop.distributed import follow, joined

        try:
            with joined(device) as world:
                if world.is_first:
                    command(device=device, world=world, **options)
                    return
                follow(world)
        except OpiniaError as error:
            found = place()
            if isinstance(error, LostProcessError):
                time.sleep(_TO_BE_SEEN)
            if found is None or found.rank == 0:
                raise
            # Its reason is mostly said by another one as well: here in a line, with its number.
            said = f"process {found.rank + 1} of {found.size}: {error.message}"
            click.echo(said, err=True)
            if not isinstance(error, LostProcessError):
                leave_word(said)
            sys.exit(1)

    return together


@click.command(name="train")
@click.argument("recipe", required=False, type=RecipePath())
@click.option("--batch-size", type=int, help="Reviews a step.")
@click.option("--epochs", type=int, help="Passes over the training reviews.")
@click.option("--learning-rate", type=float, help="Adam's step size.")
@click.option("--seed", type=int, help="Of initial weights and order of reviews.")
@click.option("--threads", type=int, help="Threads of PyTorch's operators.")
@click.option(
    "--class-weight",
    type=click.Choice(["balanced"]),
    help="Let each class count alike in what is learnt, also a rare one. [default: each text counts alike]",
)
@click.option("--device", type=click.Choice(["auto", "cpu", "cuda"]), default="auto", show_default=True)
@click.option("--sample", is_flag=True, help="Train on the built-in synthetic reviews.")
@click.option(
    "--data",
    "table",
    metavar="TABLE",
    type=DecodedName(),
    help="Train on a table of your own (CSV, TSV, JSON Lines, workbook, Parquet, SQLite, a folder with a "
    "sub-folder a class): a column of texts and one of labels, two classes or more.",
)
@table_options("Of --data: ")
@click.option("--label-column", metavar="NAME", type=decoded, help="Of the table. [default: found]")
@click.option(
    "--label-map",
    metavar="MAP",
    type=decoded,
    help='Which labels are which class, such as "1,2=negative; 3=skip; 4,5=positive". [default: each is one]',
)
@click.option(
    "--init-from",
    metavar="MODEL",
    type=DecodedName(_models_and_none),
    help="With --data: a model (file, run or name) to begin with, which keeps what it knows of words; none: "
    "from nothing. [default: where there are few texts, base in English and polish in Polish]",
)
@click.option(
    "--group-column",
    metavar="NAME",
    type=decoded,
    help="What a text is about, or who wrote it: validation is of other groups than what is learnt from.",
)
@click.option("--test", metavar="TABLE", type=DecodedName(), help="Another table, to test on in the end.")
@click.option(
    "--validation", type=click.IntRange(1), help="Texts to validate on. [default: a fifth or a tenth]"
)
@click.option(
    "--folds",
    type=click.IntRange(2, 100),
    help="Of --data: cross-validate: train so many times, each time tested on another part of the table.",
)
@click.option(
    "--learning-curve",
    is_flag=True,
    help="Of --data: train on 10, 20, 50 and 100 % of the texts, and say whether more would help.",
)
@imdb_option
@click.option(
    "-o", "--output", type=FilledPath(path_type=Path), help="The run's folder; default below runs/."
)
@click.option(
    "--resume",
    type=RunPath(path_type=Path),
    help="Continue the run in this folder; with --epochs for so many in all, finished or not, where the "
    "step size does not depend on their number (as it does in what --data chooses).",
)
@click.option("--tensorboard", is_flag=True, help="Write event files for TensorBoard into the run's folder.")
@_with_the_others
def command(
    recipe: Path | None,
    *,
    device: str,
    world: World | None,
    sample: bool,
    source: Path | None,
    output: Path | None,
    resume: Path | None,
    tensorboard: bool,
    form: TableForm,
    folds: int | None,
    learning_curve: bool,
    **overrides: Any,
) -> None:
    """Train the network of RECIPE (default: the published one) on the IMDB reviews, or on texts of your own.

    RECIPE is a TOML file, or the name of a recipe that comes with opinia, such as small. The reviews are
    downloaded where they are not at hand. Ctrl-C stops; --resume goes on.

    With --data it learns from a table of yours. Without a RECIPE the settings then follow from the texts:
    they are said with their reasons, and stand in recipe.toml of the run's folder, to be edited and trained
    again.

    torchrun --nproc-per-node 2 -m opinia train … trains with two processes that share each batch.
    """
    of_table = {OF_TABLE[name]: overrides.pop(name) for name in OF_TABLE}
    of_table |= {f"data.{name}": value for name, value in form.items()}
    of_table = {key: value for key, value in of_table.items() if value is not None}
    changes = {OVERRIDES[name]: value for name, value in overrides.items() if value is not None}
    if _START in changes:
        if not of_table:
            _check_start(recipe)
        if not changes[_START]:
            raise click.UsageError(f"--init-from names a model, or {_NONE}. Received: ''")
        changes[_START] = "" if changes[_START] == _NONE else changes[_START]
    if of_table:
        if recipe is None and "data.table" not in of_table:
            raise click.UsageError(
                "columns, labels and forms are of a table of your own: name it with --data"
            )
        changes |= _of_table(of_table, sample=sample, source=source)
    if sample:
        changes |= {"data.source": "sample", "data.validation": 300}
    if resume and (changes.keys() - {"training.epochs"} or recipe or output):
        raise click.UsageError("--resume takes all settings from the run but --epochs; give it alone")
    if folds or learning_curve or (resume and kind_of(resume)):
        if world is not None and world.size > 1:
            raise click.UsageError(
                "--folds and --learning-curve are several trainings, and torchrun's processes share one: "
                "leave out torchrun"
            )
        if folds and learning_curve:
            raise click.UsageError("--folds and --learning-curve are two trainings: choose one")
        if tensorboard:
            raise click.UsageError("--tensorboard is of one run; --folds and --learning-curve make several")
        if resume and (changes or folds or learning_curve):
            raise click.UsageError("--resume takes all settings from the folder; give it alone")
        _several(recipe, changes, output, folds=folds, resume=resume, device=device)
        return
    texts = None
    if of_table and recipe is None:
        *run, texts = _suggested(changes, output)
    elif resume and changes:
        *run, texts = _extended(resume, changes["training.epochs"], source, world)
    else:
        run = _resumed(resume) if resume else _started(recipe, changes, output)
    folder = _run(
        run,
        texts=texts,
        device=device,
        source=source,
        tensorboard=tensorboard,
        world=world,
    )
    click.echo(shell.opinia("--model", folder))


def _check_start(recipe: Path | None) -> None:
    """Check that a recipe without --data learns from texts of one's own, which --init-from is for."""
    from opinia.runs.recipe import read_recipe
    from opinia.runs.settings import GROWING

    if recipe is None:
        raise click.UsageError("--init-from is for a table of your own: name it with --data")
    source = read_recipe(recipe).data.source
    if source not in GROWING:
        raise click.UsageError(
            f"--init-from is for texts of your own, and the recipe {recipe} learns from {source}: "
            "name a table of yours with --data, or set training.init_from in a recipe to a run of the same "
            "words and shape"
        )


def _of_table(values: dict[str, Any], *, sample: bool, source: Path | None) -> dict[str, Any]:
    """Return the settings of a table, those that are given and those that go with them."""
    if sample or source:
        raise click.UsageError(
            "--data is a table of your own, and --sample and --imdb are others: choose one"
        )
    values = {
        key: ",".join(value)
        if isinstance(value, tuple)
        else ("no", "yes")[value]
        if isinstance(value, bool)
        else value
        for key, value in values.items()
    }
    new = {"data.source": "table", "data.validation": 0} if "data.table" in values else {}
    return {**new, **values}


def _suggested(changes: dict[str, Any], output: Path | None) -> Any:
    """Return a recipe that suits a table, with its reasons said, the run's folder, and the texts."""
    extras.require("training", *extras.TRAINING)
    from opinia.runs.finding import free_folder
    from opinia.runs.folder import RunFolder
    from opinia.runs.recipe import Recipe
    from opinia.train.own_texts.suggest import suggest
    from opinia.train.texts import load_texts

    wanted = Recipe(name="own").replace(changes)
    texts = _said(load_texts(wanted.data))
    if _START not in changes:
        wanted = wanted.replace({_START: _start_of(texts)})
    suggestion = suggest(wanted, texts)
    recipe = suggestion.recipe.replace(changes)
    for key, reason in suggestion.reasons.items():
        section, _, name = key.partition(".")
        value = getattr(getattr(recipe, section), name)
        said = "as you said" if key in changes and key != _START else reason
        click.echo(f"{key} = {value or repr(value)}: {said}", err=True)
    place = output or free_folder(Path("runs"), f"{_name_of(recipe)}-seed{recipe.training.seed}")
    return recipe, RunFolder(place), texts


def _start_of(texts: Any) -> str:
    """Return the model that few texts begin with, and say so."""
    from opinia.train.own_texts.suggest import FEW, start_for

    start = start_for(texts)
    if start:
        click.echo(
            f"there are fewer than {FEW:,} texts, and {start} knows their words: the training begins with it "
            f"(--init-from {_NONE} begins with nothing)",
            err=True,
        )
    return start


def _name_of(recipe: Any) -> str:
    """Return what the folder of a table's run is called."""
    stem = Path(recipe.data.table).stem
    return "".join(letter if letter.isalnum() or letter in "-_." else "-" for letter in stem) or "own"


def _started(path: Path | None, changes: dict[str, Any], output: Path | None) -> Any:
    from opinia.runs.finding import free_folder
    from opinia.runs.folder import RunFolder
    from opinia.runs.recipe import Recipe, read_recipe

    recipe = (read_recipe(path) if path else Recipe()).replace(changes)
    training = recipe.training
    name = f"{recipe.name}-batch{training.batch_size}-epochs{training.epochs}-seed{training.seed}"
    return recipe, RunFolder(output or free_folder(Path("runs"), name))


def _said(texts: Any) -> Any:
    """Say how a table was read, and return its texts."""
    for line in texts.lines:
        click.echo(line, err=True)
    return texts


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


def _several(
    path: Path | None,
    changes: dict[str, Any],
    output: Path | None,
    *,
    folds: int | None,
    resume: Path | None,
    device: str,
) -> None:
    """Train folds or a learning curve, or go on with them."""
    extras.require("training", *extras.TRAINING)
    from opinia.cli.helpers.own_runs import train_curve, train_folds
    from opinia.runs.recipe import Recipe, read_recipe
    from opinia.train.texts import load_texts

    def one(recipe: Any, run: Any, texts: Any) -> None:
        _train(recipe, run, texts=texts, device=device, source=None, tensorboard=False, outcome=False)

    if resume:
        recipe = read_recipe(resume / f"{kind_of(resume)}.toml")
        if kind_of(resume) == "folds":
            train_folds(recipe, resume, one)
        else:
            from opinia.train.own_texts.learning_curve import changes_of

            train_curve(recipe, resume, one, changes_of(resume))
        return
    recipe = (read_recipe(path) if path else Recipe(name="own")).replace(changes)
    if recipe.data.source != "table":
        raise click.UsageError("--folds and --learning-curve are of a table of your own: name it with --data")
    suggests = path is None
    name = f"{_name_of(recipe)}-{f'folds{folds}' if folds else 'curve'}-seed{recipe.training.seed}"
    folder = output or Path("runs") / name
    if folds:
        first = {"data.folds": folds, "data.fold": 1}
        recipe = recipe.replace(first)  # which refuses what does not go together, before work begins
        if suggests:
            recipe, _, _ = _suggested(changes, folder)
        train_folds(recipe.replace(first), folder, one)
    else:
        if suggests and _START not in changes:  # the same at each share
            changes = {**changes, _START: _start_of(_said(load_texts(recipe.data)))}
            recipe = recipe.replace({_START: changes[_START]})
        train_curve(recipe, folder, one, changes if suggests else None)


def _extended(path: Path, epochs: int, source: Path | None, world: World | None) -> Any:
    """Return the recipe of a run with another number of epochs, its folder, and its texts."""
    _, folder = _resumed(path)
    extras.require("training", *extras.TRAINING)
    from opinia.train.extension import extend
    from opinia.train.loop.distributed import check_processes

    check_processes(folder, world.size if world else 1)
    with folder.alone():
        recipe, texts = extend(folder, epochs, source=source, progress=True)
    return recipe, folder, texts


def _run(
    run: Any,
    *,
    texts: Any,
    device: str,
    source: Path | None,
    tensorboard: bool,
    world: World | None = None,
) -> Path:
    from opinia.runs.history import best_epoch

    recipe, folder = run
    if folder.is_finished:
        folder.check_recipe(recipe)
        _check_unchanged(folder)
        click.echo(f"{folder.path} is finished already", err=True)
        return Path(folder.path)
    try:
        with folder.alone():
            history = _train(
                recipe,
                folder,
                texts=texts,
                device=device,
                source=source,
                tensorboard=tensorboard,
                world=world,
            )
    except KeyboardInterrupt:
        resume = shell.opinia("train", "--resume", folder.path)
        if world is not None and world.size > 1:
            resume = shell.torchrun(world.size, "train", "--resume", folder.path)
        again = f"go on with: {resume}" if folder.is_started else "nothing was trained"
        click.echo(f"\nstopped; {again}", err=True)
        raise SystemExit(130) from None
    best = best_epoch(history)
    ended = f"best epoch {best.epoch}: val_accuracy {best.val_accuracy:.4f}"
    if recipe.data.source == "table":  # what the file answers was said already
        ended = f"best epoch {best.epoch}"
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


def _train(
    recipe: Any,
    folder: Any,
    *,
    texts: Any,
    device: str,
    source: Path | None,
    tensorboard: bool,
    outcome: bool = True,
    world: World | None = None,
) -> Any:
    extras.require("training", *extras.TRAINING)
    if tensorboard:  # now, and not after the pretraining
        extras.require("--tensorboard", *extras.TENSORBOARD)
    from opinia.cli.helpers.progress import TrainingProgress
    from opinia.runs.table_parts import found_again

    with without_collection():
        from opinia.train.loop.callbacks import Callback, TensorBoard
        from opinia.train.loop.distributed import ALONE
        from opinia.train.pipeline import make_ready, train
        from opinia.train.texts import load_texts, needs_unlabelled
        from opinia.train.torch_setup import choose_device

    device, world = choose_device(device), world or ALONE
    callbacks: list[Callback] = []
    click.echo("reading and tokenising the reviews ...", err=True)
    if texts is None:
        data = found_again(recipe.data, folder.path) if folder.is_started else recipe.data
        texts = _said(load_texts(data, unlabelled=needs_unlabelled(recipe), source=source, progress=True))
    task = make_ready(recipe, folder, texts=texts, device=device, say=_say, world=world)
    held_out = f"validating on {len(task.validation):,}"
    if recipe.data.final:
        held_out = f"the {len(task.validation):,} of validation among them"
    shared = f", {world.size} processes together" if world.size > 1 else ""
    click.echo(f"training on {len(task.training):,} reviews, {held_out}, in {folder.path}{shared}", err=True)
    if tensorboard:
        callbacks.append(TensorBoard(folder.path / "tensorboard"))
    with TrainingProgress(recipe.training.epochs) as progress:
        callbacks.append(progress)
        history = train(
            recipe, task, folder, device=device, callbacks=callbacks, say=progress.say, world=world
        )
    if recipe.data.source == "table" and outcome:
        _say_outcome(folder, texts)
    return history


def _say_outcome(folder: Any, texts: Any) -> None:
    """Say how the best model does, beside what is simpler, and where its worst errors are listed."""
    from opinia.model.classifier import load
    from opinia.train.own_texts.outcome import SURPRISING, outcome_of, write_surprising

    classifier = load(folder.best)
    split = texts.split
    parts = {"validation": split.validation} | ({"test": texts.test} if texts.test is not None else {})
    for name, held_out in parts.items():
        for line in outcome_of(classifier, split.train, held_out, name).lines():
            click.echo(line, err=True)
    count = write_surprising(folder.path / SURPRISING, classifier, split.validation)
    if count:
        place = folder.path / SURPRISING
        click.echo(f"the {count} most surprising of validation, hard or mislabelled: {place}", err=True)
