"""The trainers of a pack: two language models, and the classifier that begins with them."""

from __future__ import annotations

import torch

from opinia.data.corpus import Corpus
from opinia.remote.pack import Pack
from opinia.remote.parcels import from_bytes, unrounded
from opinia.runs.recipe import Recipe
from opinia.train.classification import Classification
from opinia.train.language_model import LanguageModel, LanguageModelling, start_from
from opinia.train.loop.stream import TokenReviews
from opinia.train.loop.trainer import Trainer
from opinia.train.network.sentiment_network import SentimentNetwork
from opinia.train.pretrain import DIRECTIONS, HELD_OUT, language_trainer, shape_of


def language_models(
    pack: Pack, device: str, *, steps: int | None = None
) -> tuple[list[LanguageModelling], list[Trainer[LanguageModel]]]:
    """Return what a forward and a backward model learn from, all reviews of the pack but validation."""
    recipe, vocabulary = pack.recipe, len(pack.tokenizer)
    both = pack.labelled.joined(pack.unlabelled)
    reviews = TokenReviews.of_arrays(both.ids, both.starts, device=device)
    objectives = [
        LanguageModelling(
            recipe.pretraining,
            reviews,
            vocabulary=vocabulary,
            backward=direction == "backward",
            bfloat16=recipe.training.precision == "bfloat16",
            steps=steps,
        )
        for direction in DIRECTIONS
    ]
    shape = shape_of(recipe.network, recipe.pretraining)
    return objectives, [language_trainer(shape, each, vocabulary=vocabulary) for each in objectives]


def held_out(pack: Pack, device: str) -> TokenReviews | None:
    """Return the reviews that perplexity is measured on; None where validation is learnt from."""
    if not len(pack.validation):
        return None
    return TokenReviews.of(pack.validation.reviews()[:HELD_OUT], device=device)


def classifier(
    recipe: Recipe, pack: Pack, models: tuple[LanguageModel, LanguageModel] | None, device: str
) -> tuple[Classification, Trainer[SentimentNetwork]]:
    """Return what the classifier learns from, and the trainer of a network begun with the language models.

    Without them it begins with the weights of the pack, if there are any.
    """
    training = recipe.training
    torch.manual_seed(training.seed)
    network = SentimentNetwork(len(pack.tokenizer), recipe.network).to(device)
    if models is not None:
        start_from(network, models)
    elif pack.begin:
        network.load_state_dict(unrounded(from_bytes(pack.begin)[0]))
    objective = Classification(
        training,
        _shortened(pack.labelled, training.max_words),
        unlabelled=_shortened(pack.unlabelled, training.max_words) if training.unlabelled else None,
        device=device,
    )
    return objective, Trainer(network, objective, ema_decay=training.ema_decay)


def _shortened(corpus: Corpus, words: int) -> Corpus:
    return corpus.shortened(words) if words else corpus
