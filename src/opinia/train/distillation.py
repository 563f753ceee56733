"""Teachers: who gives the unlabelled reviews the soft labels that are learnt from (Hinton et al. 2015)."""

from __future__ import annotations

import dataclasses
import io
from collections.abc import Callable
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from opinia import extras
from opinia.data.corpus import Corpus
from opinia.data.sentences import cut_texts
from opinia.errors import ModelFileError, TrainingError
from opinia.model.file import read_model
from opinia.runs.arrays import read_arrays
from opinia.runs.folder import RunFolder
from opinia.runs.recipe import Recipe
from opinia.runs.settings import PretrainingRecipe, TeacherRecipe
from opinia.system.files import write_atomically
from opinia.train.calibration import fit_calibration
from opinia.train.environment import describe
from opinia.train.evaluate import logits_of
from opinia.train.loop import train
from opinia.train.task import Task, Texts

Say = Callable[[str], None]
Votes = NDArray[np.float32]
"""The logit of each text, ``(n,)``, calibrated."""


def check_packages(recipe: Recipe, run: RunFolder) -> None:
    """Look that what fits n-grams is installed where this run has them before it, and before hours of work.

    Raises:
        MissingExtraError: scikit-learn is not installed.
    """
    teaches = recipe.teacher.ngrams and not (run.path / "soft_labels.npz").is_file()
    has_a_say = recipe.linear.ngrams and not (run.path / "linear.npz").is_file()
    if teaches or has_a_say:
        extras.require(f"the recipe {recipe.name!r}, with its n-grams,", *extras.TEACHING)


def check_teacher(recipe: Recipe) -> None:
    """Look that the models that are to teach are there, before hours of work.

    Raises:
        TrainingError: one is not, or cannot be read.
    """
    for path in recipe.teacher.models:
        try:
            read_model(Path(path))
        except ModelFileError as error:
            raise TrainingError(
                f"the recipe's teacher cannot be asked: {str(error).splitlines()[0]}",
                hint="train it first, from its own recipe, into the folder that teacher.models names",
            ) from error


def learn_from_teachers(
    recipe: Recipe, task: Task, texts: Texts, run: RunFolder, *, device: str, say: Say
) -> Corpus:
    """Return the unlabelled reviews with the probability of the positive class for a label.

    Behind them stand sentences of theirs where the recipe wants them. The labels are kept in
    ``soft_labels.npz``, and a run that is continued asks nobody again.
    """
    assert task.unlabelled is not None  # noqa: S101
    teacher = recipe.teacher
    sentences: tuple[str, ...] = ()
    if teacher.sentences:
        sentences = tuple(cut_texts(task.tokenizer, texts.unlabelled, seed=recipe.training.seed))
    place = run.path / "soft_labels.npz"
    if not place.is_file():
        votes, of_sentences = list[Votes](), list[Votes]()
        if teacher.first:
            votes.append(_first_votes(recipe, task, run, device, say))
        for path in teacher.models:
            of_model = _model_votes(Path(path), recipe, task, (*texts.unlabelled, *sentences), say)
            votes.append(of_model[: len(task.unlabelled)])
            of_sentences.append(of_model[len(task.unlabelled) :])
        if teacher.ngrams:
            votes.append(_ngram_votes(texts, say))
        buffer = io.BytesIO()
        np.savez(
            buffer,
            probabilities=_probabilities(_mean(votes, share_of_last=teacher.ngram_share)),
            sentences=_probabilities(np.mean(of_sentences, axis=0)) if sentences else np.zeros(0, np.float32),
        )
        write_atomically(place, buffer.getvalue())
    saved = read_arrays(place, "probabilities", "sentences")
    taught = dataclasses.replace(task.unlabelled, labels=np.asarray(saved["probabilities"], np.float32))
    if sentences:
        taught = taught.joined(Corpus.encode(task.tokenizer, sentences, saved["sentences"]))
    return taught


def _mean(votes: list[Votes], *, share_of_last: float) -> Votes:
    """Return the mean logit, in which the last voter has the given share, or with 0 that of all others."""
    if not share_of_last or len(votes) == 1:
        return np.asarray(np.mean(votes, axis=0))
    others = np.mean(votes[:-1], axis=0)
    return np.asarray((1 - share_of_last) * others + share_of_last * votes[-1])


def _probabilities(logits: Votes) -> Votes:
    return np.asarray(1 / (1 + np.exp(-logits)), np.float32)


def ngram_probabilities(texts: Texts, say: Say) -> Votes:
    """Return the probability that the n-gram teacher gives each unlabelled review, ``(n,)``."""
    return _probabilities(_ngram_votes(texts, say))


def _ngram_votes(texts: Texts, say: Say) -> Votes:
    from opinia.train.ngrams import NgramTeacher

    train_part, validation = texts.split.train, texts.split.validation
    teacher = NgramTeacher(train_part.texts, train_part.labels, validation.texts, validation.labels)
    right = (teacher.logits(validation.texts) > 0) == (np.array(validation.labels) == 1)
    say(f"n-gram teacher: accuracy {right.mean():.4f} on validation")
    return teacher.logits(texts.unlabelled)


def _first_votes(recipe: Recipe, task: Task, run: RunFolder, device: str, say: Say) -> Votes:
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
    model = read_model(folder.best)
    calibration = fit_calibration(logits_of(model, task.validation), task.validation.labels)
    return calibration.apply(logits_of(model, task.unlabelled))


def _model_votes(path: Path, recipe: Recipe, task: Task, texts: tuple[str, ...], say: Say) -> Votes:
    """Ask a model file, with its own words and its own calibration."""
    model = read_model(path)
    description = model.description
    if description.card.get("data", {}).get("fingerprint") != task.card["data"]["fingerprint"]:
        say(f"{path} was trained on another split of the reviews: it may know those of validation")
    say(f"{path} judges {len(texts):,} texts")
    asked = Corpus.encode(description.tokenizer, texts, [-1] * len(texts))
    return logits_of(model, asked) / np.float32(description.temperature)
