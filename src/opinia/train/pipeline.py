"""A whole training: load → split → tokenise → (pretrain) → (distil) → train → calibrate → write → (cascade).

Each step leaves its result in the run folder, and a run that is continued does not repeat it:

pretrained/reviews.npz, recipe.toml   what the language models are trained on, and how
pretrained/forward.pt, backward.pt    the language models, or their checkpoints
linear.npz                            the linear model that is averaged with the network
teacher/                              the run folder of the first network
soft_labels.npz                       the probability that the teachers give each unlabelled review,
                                      and to sentences of it
best.onnx, last.onnx, history.csv     what the training leaves after each epoch
checkpoint.pt                         where it goes on
first.onnx                            the small network that best.onnx asks first

Everything random in an epoch is drawn from the seed and the epoch's number, and the step size
follows from the history, so a run that was killed is continued from its last whole epoch and ends
with the same weights, bit for bit, as one that was not (same versions, device and threads).
"""

from __future__ import annotations

import contextlib
import dataclasses
import logging
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import torch

from opinia import extras, shell
from opinia.data.corpus import Corpus
from opinia.data.sentences import end_marks
from opinia.errors import OpiniaError, TrainingError
from opinia.model.shipped import find_model
from opinia.runs.environment import describe
from opinia.runs.folder import RunFolder
from opinia.runs.history import Epoch
from opinia.runs.recipe import Recipe
from opinia.runs.settings import (
    GROWING,
    OWN_TEXTS,
    CascadeRecipe,
    DistillationRecipe,
    PretrainingRecipe,
)
from opinia.runs.table_parts import places_of
from opinia.train.cascade import FirstStage, first_stage_of
from opinia.train.classification import Classification, row_weights
from opinia.train.distillation import check_teachers, distil
from opinia.train.language_model import start_from
from opinia.train.loop.callbacks import (
    Callback,
    Checkpoint,
    EarlyStopping,
    Health,
    HealthWarnings,
    ModelFiles,
    ShorterRuns,
)
from opinia.train.loop.distributed import ALONE, World, check_batch, check_processes, follow, joined
from opinia.train.loop.trainer import Trainer
from opinia.train.network.probe import fit_probe
from opinia.train.network.sentiment_network import SentimentNetwork
from opinia.train.network.weights import begin_with
from opinia.train.ngrams import keep_linear
from opinia.train.pretrain import PretrainingJob, pretrain_both
from opinia.train.texts import Task, Texts, known_of, load_texts, needs_unlabelled, tokenise
from opinia.train.torch_setup import choose_device, gpu_name, keep_freed_memory
from opinia.train.validation import Validation

Say = Callable[[str], None]


def fit(
    recipe: Recipe,
    folder: str | Path,
    *,
    source: Path | None = None,
    device: str = "cpu",
    callbacks: Sequence[Callback] = (),
    progress: bool = False,
    say: Say | None = None,
) -> RunFolder:
    """Train the network of a recipe, or continue its training where the folder holds one.

    Args:
        recipe: what to build and how to train it; ``Recipe()`` is the published network.
        folder: receives models, history and checkpoint.
        source: a copy of the IMDB reviews; None looks for one and downloads it where there is none.
        device: ``"cpu"``, ``"cuda"`` or ``"auto"``.
        callbacks: called at each step and epoch.
        progress: show the progress of a download.
        say: called with a line of text on pretraining, teachers, and a network that learns nothing; without
            it, such a warning is logged.

    Returns:
        The run folder; ``opinia.load(folder.path)`` gives its best model. Where ``torchrun`` started several
        processes they train together, and the first one writes it.

    Raises:
        DataError: the reviews are missing or damaged.
        MissingExtraError: the recipe has n-grams to fit, and scikit-learn is not installed.
        TrainingError: the training cannot start, or cannot go on, or another process trains this run.
        TypeError: it is no recipe.

    Example:
        >>> recipe = Recipe().replace({"data.source": "sample", "data.validation": 300})
        >>> run = fit(recipe, "runs/first")
        >>> run.history()[-1].val_accuracy > 0.5
        True
    """
    if not isinstance(recipe, Recipe):
        raise TypeError(
            f"recipe must be an opinia.Recipe. Received: {type(recipe).__name__}. "
            "SentimentClassifier().fit(texts, labels) learns from texts at hand"
        )
    run = RunFolder(Path(folder))
    with joined(device) as world:
        if not world.is_first:
            follow(world)
            return run
        with run.alone():
            device = choose_device(device)
            task = make_ready(
                recipe,
                run,
                source=source,
                device=device,
                progress=progress,
                say=say or _nobody,
                world=world,
            )
            train(recipe, task, run, device=device, callbacks=callbacks, say=say, world=world)
    return run


def make_ready(
    recipe: Recipe,
    run: RunFolder,
    *,
    source: Path | None = None,
    device: str = "cpu",
    progress: bool = False,
    say: Say = lambda _: None,
    texts: Texts | None = None,
    world: World = ALONE,
) -> Task:
    """Start the run folder, and do what comes before the training: all but its last three steps.

    Args:
        recipe: of the run.
        run: its folder, started or not.
        source: a copy of the IMDB reviews, or None.
        device: ``"cpu"`` or ``"cuda"``.
        progress: show the progress of a download.
        say: called with a line of text on pretraining and teachers.
        texts: of the recipe's data section, where they are loaded already.
        world: the processes that train together; the first one calls this.

    Raises:
        DataError: the reviews are missing or damaged.
        MissingExtraError: the recipe has n-grams to fit, and scikit-learn is not installed.
        TrainingError: the folder cannot be written, or holds other things or a run of another recipe; a
            batch is larger than the data, there are more classes than the recipe's ways of learning are
            for, there is no model that is to teach, run to begin with or run to repeat; or there are more
            processes than a batch has reviews, or others than the run was begun with.
    """
    resuming = run.is_started
    check_packages(recipe, run)
    check_batch("training.batch_size", recipe.training.batch_size, world.size)
    if recipe.pretraining.epochs:
        check_batch("pretraining.batch_size", recipe.pretraining.batch_size, world.size)
    if resuming:
        run.check_recipe(recipe)
        check_processes(run, world.size)
    else:
        check_teachers(recipe.distillation)
        run.check_foreign()
        run.check_room(recipe)
    if texts is None:
        wanted = needs_unlabelled(recipe)
        texts = load_texts(recipe.data, unlabelled=wanted, source=source, progress=progress)
    known = known_of(recipe, run if resuming else None) if recipe.data.source in GROWING else None
    task = tokenise(recipe.text, texts, known=known)
    check_size(recipe.training.batch_size, task.training)
    check_classes(recipe, task.classes)
    if recipe.data.final:
        check_final(recipe, task.card["data"])
    if not resuming:
        if recipe.training.init_from:
            _begun_with(start_of(recipe), recipe, task)
        run.start(
            recipe,
            describe(
                task.card["data"],
                threads=recipe.training.threads,
                gpu=gpu_name(device),
                places=places_of(recipe.data),
                processes=world.size,
            ),
        )
    if recipe.pretraining.epochs:
        settings = recipe.training
        job = PretrainingJob(recipe.network, recipe.pretraining, settings.precision, settings.threads)
        models = pretrain_both(job, task, run.path / "pretrained", device=device, say=say, world=world)
        task = dataclasses.replace(task, pretrained=models)
    if recipe.linear.ngrams:
        counts = row_weights(task.training, balanced=recipe.training.class_weight == "balanced")
        linear = keep_linear(
            run.path / "linear.npz",
            task.training,
            task.validation,
            ngrams=recipe.linear.ngrams,
            classes=len(task.classes),
            counts=None if counts is None else counts.numpy(),
            smoothed=recipe.data.source in OWN_TEXTS,
            say=say,
        )
        task = dataclasses.replace(task, linear=linear)
    taught = None
    if recipe.distillation.teaches:

        def first() -> Path:
            return _train_first(recipe, task, run, device=device, say=say, world=world)

        place, seed = run.path / "soft_labels.npz", recipe.training.seed
        taught = distil(recipe.distillation, texts, task, place, seed=seed, first=first, say=say)
    if recipe.data.final:
        task = dataclasses.replace(task, training=task.training.joined(task.validation))
    if taught is not None and recipe.training.unlabelled:
        task = dataclasses.replace(task, unlabelled=taught)
    elif taught is not None:
        task = dataclasses.replace(task, training=task.training.joined(taught))
    return task.shortened(recipe.training.max_words, unlabelled=bool(recipe.training.unlabelled))


def train(
    recipe: Recipe,
    task: Task,
    folder: RunFolder,
    *,
    device: str = "cpu",
    callbacks: Sequence[Callback] = (),
    shorter: tuple[RunFolder, ...] = (),
    say: Say | None = None,
    world: World = ALONE,
) -> list[Epoch]:
    """Train a network, from the start or from the folder's checkpoint, until the recipe is done.

    Args:
        recipe: what to build and how to train it.
        task: the tokenised reviews.
        folder: a started run folder; it receives models, history and checkpoint after each epoch.
        device: ``"cpu"`` or ``"cuda"``.
        callbacks: called at each step, and at each epoch once it is saved.
        shorter: started folders of runs that differ in nothing but fewer epochs; each receives the
            state that this training passes through at its last epoch, and is finished then.
        say: called with a line of text where a network learns nothing or has died; without it, a warning is
            logged.
        world: the processes that train together; the first one calls this.

    Returns:
        The metrics of each epoch.

    Raises:
        TrainingError: the loss is not finite, the folder cannot be written any more, another process
            trains in it, its checkpoint is damaged or of other reviews, or there are more classes than
            the recipe's ways of learning are for.
    """
    settings = recipe.training
    check_size(settings.batch_size, task.training)
    check_classes(recipe, task.classes)
    torch.set_num_threads(settings.threads)
    keep_freed_memory()
    with contextlib.ExitStack() as alone:
        for run in (folder, *shorter):
            alone.enter_context(run.alone())
        validation = Validation(
            task.validation,
            task.tokenizer,
            linear=task.linear,
            share=recipe.linear.weight,
            calibrate=settings.calibrate,
            balanced=recipe.data.source not in GROWING or settings.class_weight == "balanced",
            smoothed=recipe.data.source in OWN_TEXTS,
            adaptive=settings.adaptive_temperature,
        )
        models = ModelFiles(
            folder,
            recipe,
            task.tokenizer,
            task.classes,
            task.card,
            linear=task.linear,
            validation=validation,
        )
        trainer = new_trainer(recipe, task, device=device, fresh=not folder.has_checkpoint, world=world)
        if recipe.data.final:
            chosen = chosen_run(recipe).path
            validation.close(_begun_with(chosen, recipe, task).to(device) if settings.calibrate else None)
        firsts = []
        if recipe.cascade.units:
            firsts.append(
                FirstStage(
                    recipe,
                    task,
                    folder,
                    validation.alone(),
                    device=device,
                    say=say or _logs(folder),
                    chosen=chosen_run(recipe).best if recipe.data.final else None,
                )
            )
        world.call(_learn_along, *_what_others_need(recipe, task))
        return trainer.fit(
            validation,
            [
                Health(task.training, task.validation),
                models,
                ShorterRuns(folder, shorter),
                *firsts,
                Checkpoint(folder, task.card.get("data", {})),
                EarlyStopping(settings),
                *callbacks,
                HealthWarnings(say or _logs(folder)),
            ],
        )


def _what_others_need(recipe: Recipe, task: Task) -> tuple[Recipe, Task]:
    """Return a training without what the first of several processes does alone: begin, average, validate."""
    settings = dataclasses.replace(recipe.training, init_from="", init_weight=0.0, ema_decay=0.0)
    unlabelled = task.unlabelled if settings.unlabelled else None
    task = dataclasses.replace(task, unlabelled=unlabelled, pretrained=None, linear=None)
    return dataclasses.replace(recipe, training=settings), task


def _learn_along(world: World, recipe: Recipe, task: Task) -> None:
    """Train a network with the first process; see :meth:`opinia.train.loop.distributed.World.call`."""
    torch.set_num_threads(recipe.training.threads)
    keep_freed_memory()
    new_trainer(recipe, task, device=world.device, fresh=False, world=world).follow()


def new_trainer(
    recipe: Recipe, task: Task, *, device: str = "cpu", fresh: bool = True, world: World = ALONE
) -> Trainer[SentimentNetwork]:
    """Return the trainer of a recipe, before its first epoch.

    Args:
        recipe: what to build and how to train it.
        task: the tokenised reviews.
        device: ``"cpu"`` or ``"cuda"``.
        fresh: give the network the weights that it begins with; a checkpoint has its own.
        world: the processes that train together.
    """
    settings = recipe.training
    torch.manual_seed(settings.seed)
    words, classes = task.tokenizer.words, len(task.classes)
    network = SentimentNetwork(len(task.tokenizer), recipe.network, classes, words=words).to(device)
    if task.pretrained is not None:
        start_from(network, task.pretrained)
    if settings.init_from and fresh:
        _give_weights(start_of(recipe), network, recipe, task)
        if _is_read_anew(recipe):
            fit_probe(network, task.training, seed=settings.seed)
    objective = Classification(
        settings,
        task.training,
        unlabelled=task.unlabelled if settings.unlabelled else None,
        marks=end_marks(task.tokenizer) if settings.sentences else None,
        device=device,
        world=world,
    )
    start = None
    if settings.init_weight:
        start = _begun_with(start_of(recipe), recipe, task).to(device)
    return Trainer(
        network,
        objective,
        ema_decay=settings.ema_decay,
        start=start,
        start_weight=settings.init_weight,
        world=world,
    )


def start_of(recipe: Recipe) -> Path:
    """Return the run or the model file that a training begins with."""
    start = recipe.training.init_from
    return find_model(start) if recipe.data.source in GROWING else Path(start)


def check_size(batch_size: int, training: Corpus) -> None:
    """Check that there is enough to learn from.

    Raises:
        TrainingError: a batch is larger than the training part.
    """
    if batch_size > len(training):
        raise TrainingError(
            f"training.batch_size must be at most the number of training reviews, {len(training):,}. "
            f"Received: {batch_size:,}",
            hint=f"such as --batch-size {max(1, min(16, len(training)))}, or more texts",
        )


def check_classes(recipe: Recipe, classes: tuple[str, ...]) -> None:
    """Check that the recipe's ways of learning are for as many classes as there are.

    Raises:
        TrainingError: there are more than two, and one of them is for two alone.
    """
    for_two = {
        "cascade": recipe.cascade.units,
        "distillation": recipe.distillation.teaches,
        "training.virtual_adversarial": recipe.training.virtual_adversarial,
        "training.soft_labels": recipe.training.soft_labels,
    }
    wanted = [name for name, value in for_two.items() if value]
    if len(classes) > 2 and wanted:
        raise TrainingError(
            f"{', '.join(wanted)} of the recipe {'is' if len(wanted) == 1 else 'are'} for two classes alone. "
            f"Received texts of {len(classes)}: {', '.join(classes)}",
            hint="leave that out of the recipe",
        )


def check_packages(recipe: Recipe, run: RunFolder) -> None:
    """Check that what fits n-grams is installed where this run has them before it, and before hours of work.

    Raises:
        MissingExtraError: scikit-learn is not installed.
    """
    teaches = recipe.distillation.ngrams and not (run.path / "soft_labels.npz").is_file()
    averages = recipe.linear.ngrams and not (run.path / "linear.npz").is_file()
    if teaches or averages:
        extras.require(f"the recipe {recipe.name!r}, with its n-grams,", *extras.TEACHING)
    if recipe.training.adaptive_temperature:
        extras.require(f"the recipe {recipe.name!r}, with a temperature for each text,", *extras.CALIBRATING)


def chosen_run(recipe: Recipe) -> RunFolder:
    """Return the run whose recipe, with its choices and its calibration, a final training repeats."""
    return RunFolder(Path(recipe.data.final))


def check_final(recipe: Recipe, data: dict[str, Any]) -> None:
    """Check that the run that a final training repeats is there, finished, and of the same recipe.

    Args:
        recipe: of the final training.
        data: what the task's card says of its reviews.

    Raises:
        TrainingError: it is not.
    """
    run = chosen_run(recipe)
    try:
        trained, environment = run.recipe(), run.environment()
    except OpiniaError as error:
        raise TrainingError(
            f"there is no run to repeat in {run.path}: {error.message}",
            hint="data.final names the folder of a finished run of the same recipe; train it first",
        ) from error
    if not run.is_finished:
        raise TrainingError(
            f"the run in {run.path} is not finished",
            hint=f"finish it with `{shell.opinia('train', '--resume', run.path)}`: "
            "the final training repeats it",
        )
    same = {"name": recipe.name, "data.final": recipe.data.final, "training.threads": recipe.training.threads}
    if trained.replace(same) != recipe:
        raise TrainingError(
            f"the run in {run.path} is of another recipe",
            hint="a final training changes nothing but its name, data.final and training.threads",
        )
    if environment.get("data", {}).get("fingerprint") != data["fingerprint"]:
        raise TrainingError(
            f"the run in {run.path} was trained on other reviews than these",
            hint="name the same copy of the reviews with --imdb",
        )
    if recipe.cascade.units:
        first_stage_of(run.best)


def _begun_with(start: Path, recipe: Recipe, task: Task) -> SentimentNetwork:
    """Return a network with the weights of a run or a model file.

    Raises:
        TrainingError: there are none, or they are of other words, other classes or another shape.
    """
    network = SentimentNetwork(len(task.tokenizer), recipe.network, len(task.classes))
    _give_weights(start, network, recipe, task)
    return network


def _give_weights(start: Path, network: SentimentNetwork, recipe: Recipe, task: Task) -> None:
    begin_with(
        start,
        network,
        tokenizer=task.tokenizer,
        classes=task.classes,
        training=task.training,
        grows=task.grows,
        new_output=_is_read_anew(recipe),
    )


def _is_read_anew(recipe: Recipe) -> bool:
    """Whether the classes may be others than those of the model that a training begins with."""
    return bool(recipe.training.init_from) and recipe.data.source in OWN_TEXTS


def _train_first(recipe: Recipe, task: Task, run: RunFolder, *, device: str, say: Say, world: World) -> Path:
    """Train the same network on the labelled reviews alone, and return its model file."""
    folder = RunFolder(run.path / "teacher")
    settings = dataclasses.replace(recipe.training, epochs=recipe.distillation.epochs, adversarial=0.0)
    alone = dataclasses.replace(
        recipe,
        distillation=DistillationRecipe(),
        pretraining=PretrainingRecipe(),
        cascade=CascadeRecipe(),
        training=settings,
    )
    if not folder.is_started:
        environment = describe(
            task.card["data"], threads=settings.threads, gpu=gpu_name(device), processes=world.size
        )
        folder.start(alone, environment)
    say(f"training the first network on {len(task.training):,} labelled reviews, in {folder.path}")
    history = train(alone, task.shortened(settings.max_words), folder, device=device, world=world)
    say(f"first network: accuracy {max(e.val_accuracy for e in history):.4f} on validation")
    return folder.best


def _nobody(_: str) -> None:
    """Ignore a line of text."""


def _logs(folder: RunFolder) -> Say:
    def say(line: str) -> None:
        logging.getLogger("opinia").warning("%s: %s", folder.path, line)

    return say
