"""The trainers of a pack: two language models, and the classifier that begins with them."""

from __future__ import annotations

import torch

from opinia.data.corpus import Corpus
from opinia.remote.pack import Pack
from opinia.runs.recipe import Recipe
from opinia.train.language_model import LanguageModel, start_from
from opinia.train.network import SentimentNetwork
from opinia.train.pretrain import HELD_OUT, LanguageTrainer, shape_of
from opinia.train.stream import TokenReviews
from opinia.train.trainer import Trainer

DIRECTIONS = ("forward", "backward")


def language_trainers(
    pack: Pack, device: str, *, steps: int | None = None
) -> tuple[LanguageTrainer, LanguageTrainer]:
    """Return the trainers of both language models, over all reviews of the pack but validation."""
    recipe = pack.recipe
    both = pack.labelled.joined(pack.unlabelled)
    reviews = TokenReviews.of_arrays(both.ids, both.starts, device=device)
    forward, backward = (
        LanguageTrainer(
            recipe.pretraining,
            shape_of(recipe),
            reviews,
            vocabulary=len(pack.tokenizer),
            backward=direction == "backward",
            bfloat16=recipe.training.precision == "bfloat16",
            steps=steps,
        )
        for direction in DIRECTIONS
    )
    return forward, backward


def held_out(pack: Pack, device: str) -> TokenReviews | None:
    """Return the reviews that perplexity is measured on; None where validation is learnt from."""
    if not len(pack.validation):
        return None
    return TokenReviews.of(pack.validation.reviews()[:HELD_OUT], device=device)


def classifier(
    recipe: Recipe, pack: Pack, models: tuple[LanguageModel, LanguageModel] | None, device: str
) -> tuple[SentimentNetwork, Trainer]:
    """Return the network, begun with the language models, and its trainer."""
    training = recipe.training
    torch.manual_seed(training.seed)
    network = SentimentNetwork(len(pack.tokenizer), recipe.network).to(device)
    if models is not None:
        start_from(network, models)
    trainer = Trainer(
        network,
        training,
        _shortened(pack.labelled, training.max_words),
        unlabelled=_shortened(pack.unlabelled, training.max_words) if training.unlabelled else None,
    )
    return network, trainer


def _shortened(corpus: Corpus, words: int) -> Corpus:
    return corpus.shortened(words) if words else corpus
