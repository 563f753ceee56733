"""From a recipe to tokenised reviews: load, divide by movie, build the vocabulary, encode."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from opinia.data.corpus import Corpus
from opinia.data.labelled import OPINIONS
from opinia.data.split import Split, split_train_validation
from opinia.runs.recipe import Recipe
from opinia.text.tokenizer import UNKNOWN_ID, Tokenizer
from opinia.train.language_model import LanguageModel

if TYPE_CHECKING:
    from opinia.graph.ngrams import LinearModel

LIMITS = {
    "imdb": "English film reviews; texts of other kinds and languages are outside of what it has learnt",
    "sample": "Synthetic film reviews, made by a small grammar; real texts are outside of what it has learnt",
}
OTHER_LIMITS = "Texts like those that it was trained on; others are outside of what it has learnt"


@dataclass(frozen=True)
class Task:
    """What is learnt from: tokenised reviews, and what the model card says of them.

    Args:
        tokenizer: its vocabulary comes from the training part alone.
        training: the reviews that are learnt from.
        validation: the reviews that everything is chosen on.
        card: entries of the model card: data, text, limits.
        unlabelled: reviews to pretrain on and to be taught on; none where the recipe needs none.
        pretrained: language models to start from, forward and backward.
        linear: has a say in the answers, beside the network.
        classes: names of the classes, in the order of their numbers.
    """

    tokenizer: Tokenizer
    training: Corpus
    validation: Corpus
    card: dict[str, Any]
    unlabelled: Corpus | None = None
    pretrained: tuple[LanguageModel, LanguageModel] | None = None
    linear: LinearModel | None = None
    classes: tuple[str, ...] = OPINIONS


@dataclass(frozen=True)
class Texts:
    """The reviews behind a task, as written.

    Args:
        split: training and validation reviews.
        unlabelled: unlabelled reviews whose text stands neither in test nor in validation.
        source: ``"sample"``, ``"imdb"`` where all of them are the official ones, or where they lay.
    """

    split: Split
    unlabelled: tuple[str, ...]
    source: str


def prepare(recipe: Recipe, *, source: Path | None = None, progress: bool = False) -> Task:
    """Load and tokenise the reviews that a recipe asks for; see :func:`load_texts`."""
    return tokenise(recipe, load_texts(recipe, source=source, progress=progress))


def has_stages(recipe: Recipe) -> bool:
    """Tell whether a recipe wants more before its training than tokenised reviews."""
    earlier = recipe.pretraining.passes, recipe.teacher.teaches, recipe.linear.ngrams
    return any((*earlier, recipe.training.max_words, recipe.data.final))


def needs_unlabelled(recipe: Recipe) -> bool:
    """Tell whether a recipe learns from the unlabelled reviews in any way."""
    training = recipe.training
    return bool(
        recipe.text.unlabelled or recipe.pretraining.passes or recipe.teacher.teaches or training.unlabelled
    )


def load_texts(recipe: Recipe, *, source: Path | None = None, progress: bool = False) -> Texts:
    """Load the reviews that a recipe asks for, and cut validation.

    Args:
        recipe: names the reviews and the size of the validation part.
        source: a copy of the IMDB reviews; None looks for one and downloads it where there is none.
        progress: show the progress of a download.

    Raises:
        DataError: the reviews are missing or damaged.
    """
    wanted = ["train", "test", *(["unsup"] if needs_unlabelled(recipe) else [])]
    if recipe.data.source == "sample":
        from opinia.data import sample

        splits, named = {name: sample.load(name) for name in wanted}, "sample"
    else:
        from opinia.data import imdb

        splits = imdb.load_splits(wanted, source=source, progress=progress)
        named = imdb.source_of(splits, source=source)
    split = split_train_validation(
        splits["train"], splits["test"], validation=recipe.data.validation, seed=recipe.data.split_seed
    )
    unlabelled: tuple[str, ...] = ()
    if "unsup" in splits:
        closed = {*splits["test"].texts, *split.validation.texts}
        unlabelled = tuple(text for text in splits["unsup"].texts if text not in closed)
    return Texts(split, unlabelled, named)


def tokenise(recipe: Recipe, texts: Texts) -> Task:
    """Build the vocabulary of the training part, and encode all parts."""
    split, text = texts.split, recipe.text
    counted = (*split.train.texts, *(texts.unlabelled if text.unlabelled else ()))
    tokenizer = Tokenizer.adapt(counted, max_tokens=text.max_tokens, kind=text.kind)
    training, validation = (
        Corpus.encode(tokenizer, part.texts, part.labels) for part in (split.train, split.validation)
    )
    unlabelled = None
    data: dict[str, Any] = {"source": texts.source, **split.to_card()}
    if recipe.data.final:
        data["final"] = "validation was learnt from, too, once everything had been chosen on it"
    if needs_unlabelled(recipe):
        unlabelled = Corpus.encode(tokenizer, texts.unlabelled, [-1] * len(texts.unlabelled))
        data["unlabelled"] = {"reviews": len(unlabelled)}
    limits = LIMITS.get(texts.source, OTHER_LIMITS)
    card = {"limits": limits, "data": data, "text": _text_card(tokenizer, validation)}
    return Task(tokenizer, training, validation, card, unlabelled, classes=split.train.classes)


def _text_card(tokenizer: Tokenizer, corpus: Corpus) -> dict[str, Any]:
    """Say how many words of an ordinary review the vocabulary lacks, and from where it is unusual."""
    pieces = [corpus.ids[start:end] for start, end in zip(corpus.starts[:-1], corpus.starts[1:], strict=True)]
    unknown = [float((piece == UNKNOWN_ID).mean()) for piece in pieces if len(piece)]
    return {
        "vocabulary": len(tokenizer),
        "unknown_mean": round(float(np.mean(unknown)), 4),
        "unknown_limit": round(float(np.quantile(unknown, 0.999)), 4),
    }
