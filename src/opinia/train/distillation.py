"""Teachers: who gives the unlabelled reviews the soft labels that are learnt from (Hinton et al. 2015)."""

from __future__ import annotations

import dataclasses
import io
from collections.abc import Callable
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from opinia.data.corpus import Corpus
from opinia.data.sentences import cut_texts
from opinia.errors import ModelFileError, TrainingError
from opinia.model.file import read_model
from opinia.model.shipped import find_model
from opinia.runs.arrays import read_arrays
from opinia.runs.settings import DistillationRecipe
from opinia.system.files import write_atomically
from opinia.train.calibration import fit_calibration
from opinia.train.texts import Task, Texts
from opinia.train.validation import logits_of

Say = Callable[[str], None]
Floats = NDArray[np.float32]
"""The logit of each text, ``(n,)``, calibrated."""


def check_teachers(distillation: DistillationRecipe) -> None:
    """Check that the models that are to teach are there, before hours of work.

    Raises:
        TrainingError: one is not, or cannot be read.
    """
    for path in distillation.models:
        try:
            read_model(find_model(path))
        except ModelFileError as error:
            raise TrainingError(
                f"the recipe's teacher cannot be asked: {str(error).splitlines()[0]}",
                hint="train it first, from its own recipe, into the folder that distillation.models names",
            ) from error


def distil(
    distillation: DistillationRecipe,
    texts: Texts,
    task: Task,
    place: Path,
    *,
    seed: int,
    first: Callable[[], Path],
    say: Say,
) -> Corpus:
    """Return the unlabelled reviews with the probability of the positive class for a label.

    Behind them stand sentences of theirs where the teachers are wanted to judge some. A run that is
    continued asks nobody again.

    Args:
        distillation: which teachers there are.
        texts: the reviews as written.
        task: the same, tokenised.
        place: the file that keeps the labels.
        seed: of the choice of sentences.
        first: trains the first network, where that one teaches, and returns its model file.
        say: told in words how far it is.
    """
    assert task.unlabelled is not None  # noqa: S101
    assert texts.unlabelled is not None  # noqa: S101
    sentences: tuple[str, ...] = ()
    if distillation.sentences:
        sentences = tuple(cut_texts(task.tokenizer, texts.unlabelled, seed=seed))
    if not place.is_file():
        logits, of_sentences = list[Floats](), list[Floats]()
        if distillation.self_training:
            logits.append(_own_logits(first(), task))
        for path in distillation.models:
            of_model = _model_logits(find_model(path), task, (*texts.unlabelled, *sentences), say)
            logits.append(of_model[: len(task.unlabelled)])
            of_sentences.append(of_model[len(task.unlabelled) :])
        if distillation.ngrams:
            logits.append(ngram_logits(texts, say))
        buffer = io.BytesIO()
        np.savez(
            buffer,
            probabilities=probabilities_of(mean_logit(logits, last_weight=distillation.ngram_weight)),
            sentences=probabilities_of(np.mean(of_sentences, axis=0))
            if sentences
            else np.zeros(0, np.float32),
        )
        write_atomically(place, buffer.getvalue())
    saved = read_arrays(place, "probabilities", "sentences")
    taught = dataclasses.replace(task.unlabelled, labels=np.asarray(saved["probabilities"], np.float32))
    if sentences:
        taught = taught.joined(Corpus.encode(task.tokenizer, sentences, saved["sentences"]))
    return taught


def mean_logit(logits: list[Floats], *, last_weight: float) -> Floats:
    """Return the mean logit, in which the last voter has the given share, or with 0 that of all others."""
    if not last_weight or len(logits) == 1:
        return np.asarray(np.mean(logits, axis=0))
    others = np.mean(logits[:-1], axis=0)
    return np.asarray((1 - last_weight) * others + last_weight * logits[-1])


def probabilities_of(logits: Floats) -> Floats:
    """Return the probability of the positive class, ``(n,)``."""
    return np.asarray(1 / (1 + np.exp(-logits)), np.float32)


def ngram_logits(texts: Texts, say: Say) -> Floats:
    """Return what the n-gram teacher says of each unlabelled review, ``(n,)``."""
    from opinia.train.ngrams import NgramTeacher

    train_part, validation = texts.split.train, texts.split.validation
    teacher = NgramTeacher(train_part.texts, train_part.labels, validation.texts, validation.labels)
    right = (teacher.logits(validation.texts) > 0) == (np.array(validation.labels) == 1)
    say(f"n-gram teacher: accuracy {right.mean():.4f} on validation")
    return teacher.logits(texts.unlabelled or ())


def _own_logits(path: Path, task: Task) -> Floats:
    """Return the logits of the first network, calibrated on validation."""
    assert task.unlabelled is not None  # noqa: S101
    model = read_model(path)
    calibration = fit_calibration(logits_of(model, task.validation), task.validation.labels)
    return calibration.apply(logits_of(model, task.unlabelled))


def _model_logits(path: Path, task: Task, texts: tuple[str, ...], say: Say) -> Floats:
    """Return the logits of a model file, with its own tokenizer and calibration."""
    model = read_model(path)
    description = model.description
    if description.card.get("data", {}).get("fingerprint") != task.card["data"]["fingerprint"]:
        say(f"{path} was trained on another split of the reviews: it may know those of validation")
    say(f"{path} judges {len(texts):,} texts")
    asked = Corpus.encode(description.tokenizer, texts, [-1] * len(texts))
    return logits_of(model, asked) / np.float32(description.temperature)
