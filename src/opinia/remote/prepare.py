"""At home: the reviews of a recipe, ready to be packed."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from opinia.errors import DataError, RecipeError
from opinia.remote.pack import Pack, take_in_validation
from opinia.remote.parcels import rounded, to_bytes
from opinia.runs.arrays import read_arrays
from opinia.runs.recipe import Recipe
from opinia.train.calibration import Calibration
from opinia.train.distillation import mean_logit, ngram_logits, probabilities_of
from opinia.train.network.sentiment_network import SentimentNetwork
from opinia.train.network.weights import begin_with
from opinia.train.texts import Task, load_texts, needs_unlabelled, tokenise


def prepare_pack(
    recipe: Recipe,
    *,
    source: Path | None = None,
    answers: Path | None = None,
    with_validation: bool = False,
    say: Callable[[str], None] = lambda _: None,
) -> Pack:
    """Load and tokenise the reviews of a recipe, and ask its n-gram teacher.

    Args:
        recipe: of a training that begins with language models, or with a model file.
        source: a copy of the IMDB reviews, or None.
        answers: an earlier classifier's (.npz) to the same reviews, of :func:`opinia.remote.join.join`; they
            teach beside the n-grams.
        with_validation: let validation be learnt from, too.
        say: told of the teacher.

    Raises:
        RecipeError: the recipe wants something that is not done there.
        DataError: the reviews are missing or damaged, or the answers are to others.
        TrainingError: the model file to begin with is missing, or of other words or another shape.
    """
    _check(recipe)
    texts = load_texts(recipe.data, unlabelled=needs_unlabelled(recipe), source=source)
    task = tokenise(recipe.text, texts)
    assert task.unlabelled is not None  # noqa: S101 - the recipe pretrains
    unlabelled = task.unlabelled
    voters = [] if answers is None else [_calibrated(answers, len(unlabelled))]
    if recipe.distillation.ngrams:
        voters.append(ngram_logits(texts, say))
    if voters:
        probabilities = probabilities_of(mean_logit(voters, last_weight=recipe.distillation.ngram_weight))
        unlabelled = dataclasses.replace(unlabelled, labels=probabilities)
    begin = _weights_of(recipe, task) if recipe.training.init_from else b""
    pack = Pack(recipe, task.tokenizer, task.training, task.validation, unlabelled, task.card, begin)
    return take_in_validation(pack) if with_validation else pack


def _calibrated(answers: Path, count: int) -> NDArray[np.float32]:
    saved = read_arrays(answers, "unlabelled", "temperature", "bias")
    if len(saved["unlabelled"]) != count:
        raise DataError(
            f"{answers} answers {len(saved['unlabelled']):,} unlabelled reviews; the recipe has {count:,}",
            hint="they must be of a training on the same reviews",
        )
    return Calibration(float(saved["temperature"]), float(saved["bias"])).apply(saved["unlabelled"])


def _weights_of(recipe: Recipe, task: Task) -> bytes:
    """Return what the classifier begins with as a parcel, in 8 bits: that is what can be carried."""
    network = SentimentNetwork(len(task.tokenizer), recipe.network)
    start = Path(recipe.training.init_from)
    begin_with(start, network, tokenizer=task.tokenizer, classes=task.classes, training=task.training)
    return to_bytes(rounded(network.state_dict()), {"what": "weights to begin with"}, kind="float32")


def _check(recipe: Recipe) -> None:
    training, distillation = recipe.training, recipe.distillation
    begins = bool(training.init_from)
    refused = {
        "pretraining.epochs = 0 without training.init_from": not (begins or recipe.pretraining.epochs),
        "training.init_from with pretraining.epochs": begins and bool(recipe.pretraining.epochs),
        "distillation.models": bool(distillation.models),
        "distillation.self_training": distillation.self_training,
        "linear.ngrams": bool(recipe.linear.ngrams),
        "training.sentences": bool(training.sentences),
        "training.patience": bool(training.patience),
        f"training.schedule = {training.schedule!r}": training.schedule == "plateau",
        "data.final": bool(recipe.data.final),
        "distillation.ngrams without training.soft_labels": distillation.ngrams and not training.soft_labels,
    }
    found = [name for name, is_refused in refused.items() if is_refused]
    if found:
        raise RecipeError(
            f"a training elsewhere does without {', '.join(found)}",
            hint="record-cuda is one that is made for it",
        )
