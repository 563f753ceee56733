"""What comes before the training of a network: language models, then teachers and their soft labels.

Each stage leaves its result in the run folder, and a run that is continued does not repeat it:

pretrained/reviews.npz, recipe.toml   what the language models are trained on, and how
pretrained/forward.pt, backward.pt    the language models, or their checkpoints
teacher/                              the run folder of the first network
soft_labels.npz                       the probability that the teachers give each unlabelled review
"""

from __future__ import annotations

import dataclasses
import io
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from opinia.data.corpus import Corpus
from opinia.errors import TrainingError
from opinia.files import write_atomically
from opinia.modelfile import read_model
from opinia.train.calibration import fit_temperature
from opinia.train.environment import describe
from opinia.train.judging import logits_of
from opinia.train.language_model import LanguageModel
from opinia.train.loop import train
from opinia.train.pretrain import is_pretrained, load_language_model, perplexities, write_job
from opinia.train.recipe import Recipe
from opinia.train.runs import RunFolder
from opinia.train.sections import PretrainingRecipe, TeacherRecipe
from opinia.train.task import Task, Texts

DIRECTIONS = ("forward", "backward")
SECONDS_BETWEEN_LOOKS = 0.2

Say = Callable[[str], None]


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
        The task with language models to start from, soft labels on the unlabelled reviews, and long
        training reviews shortened, each as far as the recipe wants it.
    """
    if recipe.pretraining.passes:
        task = dataclasses.replace(task, pretrained=_language_models(recipe, task, run, device, say))
    if recipe.teacher.ngrams or recipe.teacher.first:
        assert task.unlabelled is not None  # noqa: S101
        labels = _soft_labels(recipe, task, texts, run, device, say)
        taught = Corpus(task.unlabelled.ids, task.unlabelled.starts, labels)
        task = dataclasses.replace(task, training=task.training.joined(taught))
    if recipe.training.max_words:
        task = dataclasses.replace(task, training=task.training.shortened(recipe.training.max_words))
    return task


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
    running = [subprocess.Popen([*command, direction, device]) for direction in directions]  # noqa: S603
    try:
        codes = [process.poll() for process in running]
        while None in codes and not any(codes):  # one that fails ends the other
            time.sleep(SECONDS_BETWEEN_LOOKS)
            codes = [process.poll() for process in running]
    finally:
        for process in running:
            process.terminate()
            process.wait()
    if any(codes):
        raise TrainingError(
            f"pretraining in {folder} ended with status {next(filter(None, codes))}",
            hint="its reason stands above; continuing the run begins at the last checkpoint",
        )


def _soft_labels(
    recipe: Recipe, task: Task, texts: Texts, run: RunFolder, device: str, say: Say
) -> NDArray[np.float32]:
    """Return the probability of the positive class for each unlabelled review, ``(n,)``."""
    place = run.path / "soft_labels.npz"
    if place.is_file():
        with np.load(place) as saved:
            return np.asarray(saved["probabilities"], np.float32)
    votes = []
    if recipe.teacher.ngrams:
        votes.append(_ngram_votes(texts, say))
    if recipe.teacher.first:
        votes.append(_first_votes(recipe, task, run, device, say))
    probabilities: NDArray[np.float32] = (1 / (1 + np.exp(-np.mean(votes, axis=0)))).astype(np.float32)
    buffer = io.BytesIO()
    np.savez(buffer, probabilities=probabilities)
    write_atomically(place, buffer.getvalue())
    return probabilities


def _ngram_votes(texts: Texts, say: Say) -> NDArray[np.float32]:
    from opinia.train.ngrams import NgramTeacher

    train_part, validation = texts.split.train, texts.split.validation
    teacher = NgramTeacher(train_part.texts, train_part.labels, validation.texts, validation.labels)
    right = (teacher.logits(validation.texts) > 0) == (np.array(validation.labels) == 1)
    say(f"n-gram teacher: accuracy {right.mean():.4f} on validation")
    return teacher.logits(texts.unlabelled)


def _first_votes(recipe: Recipe, task: Task, run: RunFolder, device: str, say: Say) -> NDArray[np.float32]:
    """Train the same network on the labelled reviews alone, and ask it."""
    folder = RunFolder(run.path / "teacher")
    training = dataclasses.replace(recipe.training, epochs=recipe.teacher.epochs, adversarial=0.0)
    alone = dataclasses.replace(
        recipe, teacher=TeacherRecipe(), pretraining=PretrainingRecipe(), training=training
    )
    if not folder.is_started:
        folder.start(alone, describe(alone, task, device=device))
    learns = task
    if recipe.training.max_words:
        learns = dataclasses.replace(task, training=task.training.shortened(recipe.training.max_words))
    say(f"training the first network on {len(task.training):,} labelled reviews, in {folder.path}")
    history = train(alone, learns, folder, device=device)
    say(f"first network: accuracy {max(e.val_accuracy for e in history):.4f} on validation")
    assert task.unlabelled is not None  # noqa: S101
    model = read_model(folder.best, threads=recipe.training.threads)
    temperature = fit_temperature(logits_of(model, task.validation), task.validation.labels)
    logits: NDArray[np.float32] = logits_of(model, task.unlabelled) / np.float32(temperature)
    return logits
