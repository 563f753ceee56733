"""What comes before the training of a network: language models, then teachers and their soft labels.

Each stage leaves its result in the run folder, and a run that is continued does not repeat it:

pretrained/reviews.npz, recipe.toml   what the language models are trained on, and how
pretrained/forward.pt, backward.pt    the language models, or their checkpoints
teacher/                              the run folder of the first network
soft_labels.npz                       the probability that the teachers give each unlabelled review,
                                      and to sentences of it
linear.npz                            the linear model that has a say beside the network
"""

from __future__ import annotations

import dataclasses
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from opinia.errors import TrainingError
from opinia.graph.ngrams import LinearModel
from opinia.runs.folder import RunFolder
from opinia.runs.recipe import Recipe
from opinia.train.distillation import Say, learn_from_teachers
from opinia.train.final import take_in_validation
from opinia.train.language_model import LanguageModel
from opinia.train.ngrams import fit_linear, load_linear, save_linear
from opinia.train.pretrain import is_pretrained, load_language_model, perplexities, write_job
from opinia.train.task import Task, Texts

DIRECTIONS = ("forward", "backward")
SECONDS_BETWEEN_LOOKS = 0.2


def complete(recipe: Recipe, task: Task, texts: Texts, run: RunFolder, *, device: str, say: Say) -> Task:
    """Do what a recipe wants before its network is trained.

    Args:
        recipe: names the stages.
        task: the tokenised reviews.
        texts: the same reviews as written.
        run: a started run folder.
        device: ``"cpu"`` or ``"cuda"``.
        say: hears in words how far it is.

    Returns:
        The task with language models to start from, a linear model, soft labels on the unlabelled reviews,
        validation taken in, and long training reviews shortened, each as far as the recipe wants it.
    """
    taught = None
    if recipe.pretraining.passes:
        task = dataclasses.replace(task, pretrained=_language_models(recipe, task, run, device, say))
    if recipe.linear.ngrams:
        task = dataclasses.replace(task, linear=_linear(recipe, task, run, say))
    if recipe.teacher.teaches:
        taught = learn_from_teachers(recipe, task, texts, run, device=device, say=say)
    if recipe.data.final:
        task = take_in_validation(task)
    if taught is not None and recipe.training.unlabelled:
        task = dataclasses.replace(task, unlabelled=taught)
    elif taught is not None:
        task = dataclasses.replace(task, training=task.training.joined(taught))
    return shorten(recipe, task)


def shorten(recipe: Recipe, task: Task) -> Task:
    """Return the task with long reviews of its training shortened, as far as the recipe wants it."""
    words = recipe.training.max_words
    if not words:
        return task
    task = dataclasses.replace(task, training=task.training.shortened(words))
    if task.unlabelled is not None and recipe.training.unlabelled:
        task = dataclasses.replace(task, unlabelled=task.unlabelled.shortened(words))
    return task


def _linear(recipe: Recipe, task: Task, run: RunFolder, say: Say) -> LinearModel:
    """Fit on the training part alone, in a final training, too: so it stays calibrated."""
    place = run.path / "linear.npz"
    if not place.is_file():
        linear = fit_linear(task.training, task.validation, ngrams=recipe.linear.ngrams)
        right = (linear.logits(task.validation.reviews()) > 0) == (task.validation.labels == 1)
        say(f"linear model of {linear.ngrams:,} n-grams: accuracy {right.mean():.4f} on validation")
        save_linear(linear, place)
    return load_linear(place)


def _language_models(
    recipe: Recipe, task: Task, run: RunFolder, device: str, say: Say
) -> tuple[LanguageModel, LanguageModel]:
    folder = run.path / "pretrained"
    folder.mkdir(exist_ok=True)
    write_job(folder, recipe, task)
    checkpoints = [folder / f"{direction}.pt" for direction in DIRECTIONS]
    side_by_side = device == "cpu" and recipe.training.threads > 1
    if not all(is_pretrained(checkpoint) for checkpoint in checkpoints):
        say(f"pretraining two language models, in {folder}; each writes a log")
        # A process each: a core for either, because two threads on one model mostly wait for each other.
        groups = [DIRECTIONS] if side_by_side else [(direction,) for direction in DIRECTIONS]
        for group in groups:
            _run_side_by_side(folder, group, device)
    for direction, checkpoint in zip(DIRECTIONS, checkpoints, strict=True):
        say(f"{direction}: perplexity {perplexities(checkpoint)[-1]:.1f} on held-out reviews")
    forward, backward = (load_language_model(checkpoint) for checkpoint in checkpoints)
    return forward, backward


def _run_side_by_side(folder: Path, directions: Sequence[str], device: str) -> None:
    command = [sys.executable, "-m", "opinia.train.pretrain", str(folder)]
    running = [
        # Its standard input is a pipe that ends with this process, however that ends, and it ends with that.
        subprocess.Popen([*command, direction, device, "--child"], stdin=subprocess.PIPE)  # noqa: S603
        for direction in directions
    ]
    try:
        codes = [process.poll() for process in running]
        while None in codes and not any(codes):  # one that fails ends the other
            time.sleep(SECONDS_BETWEEN_LOOKS)
            codes = [process.poll() for process in running]
    finally:
        for process in running:
            process.terminate()
            process.wait()
            if process.stdin is not None:
                process.stdin.close()
    if any(codes):
        raise TrainingError(
            f"pretraining in {folder} ended with status {next(filter(None, codes))}",
            hint="its reason stands above; continuing the run begins at the last checkpoint",
        )
