"""At home: the reviews of a recipe, ready to be packed."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from pathlib import Path

import numpy as np

from opinia.errors import RecipeError
from opinia.remote.pack import Pack, take_in_validation
from opinia.runs.recipe import Recipe
from opinia.train.distillation import ngram_probabilities
from opinia.train.texts import load_texts, needs_unlabelled, tokenise


def prepare_pack(
    recipe: Recipe,
    *,
    source: Path | None = None,
    with_validation: bool = False,
    say: Callable[[str], None] = lambda _: None,
) -> Pack:
    """Load and tokenise the reviews of a recipe, and ask its n-gram teacher.

    Args:
        recipe: of a training that begins with language models.
        source: a copy of the IMDB reviews, or None.
        with_validation: let validation be learnt from, too.
        say: told of the teacher.

    Raises:
        RecipeError: the recipe wants something that is not done there.
        DataError: the reviews are missing or damaged.
    """
    _check(recipe)
    texts = load_texts(recipe.data, unlabelled=needs_unlabelled(recipe), source=source)
    task = tokenise(recipe.text, texts)
    assert task.unlabelled is not None  # noqa: S101 - the recipe pretrains
    unlabelled = task.unlabelled
    if recipe.distillation.ngrams:
        probabilities = ngram_probabilities(texts, say)
        unlabelled = dataclasses.replace(unlabelled, labels=np.asarray(probabilities, np.float32))
    pack = Pack(recipe, task.tokenizer, task.training, task.validation, unlabelled, task.card)
    return take_in_validation(pack) if with_validation else pack


def _check(recipe: Recipe) -> None:
    training, distillation = recipe.training, recipe.distillation
    refused = {
        "pretraining.epochs = 0": not recipe.pretraining.epochs,
        "distillation.models": bool(distillation.models),
        "distillation.self_training": distillation.self_training,
        "linear.ngrams": bool(recipe.linear.ngrams),
        "training.init_from": bool(training.init_from),
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
