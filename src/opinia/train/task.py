"""From a recipe to tokenised reviews: load, divide by movie, build the vocabulary, encode."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from opinia.data.corpus import Corpus
from opinia.data.split import split_train_validation
from opinia.text import UNKNOWN_ID, Tokenizer
from opinia.train.recipe import Recipe

LIMITS = "English film reviews; texts of other kinds and languages are outside of what it has learnt"


@dataclass(frozen=True)
class Task:
    """What is learnt from: tokenised reviews, and what the model card says of them.

    Args:
        tokenizer: its vocabulary comes from the training part alone.
        training: the reviews that are learnt from.
        validation: the reviews that everything is chosen on.
        card: entries of the model card: data, text, limits.
    """

    tokenizer: Tokenizer
    training: Corpus
    validation: Corpus
    card: dict[str, Any]


def prepare(recipe: Recipe, *, source: Path | None = None, progress: bool = False) -> Task:
    """Load and tokenise the reviews that a recipe asks for.

    Args:
        recipe: names the reviews, the vocabulary and the size of the validation part.
        source: a copy of the IMDB reviews; None looks for one and downloads it where there is none.
        progress: show the progress of a download.

    Raises:
        DataError: the reviews are missing or damaged.
    """
    if recipe.data.source == "sample":
        from opinia.data import sample

        splits = {name: sample.load(name) for name in ("train", "test")}
    else:
        from opinia.data import imdb

        splits = imdb.load_splits(["train", "test"], source=source, progress=progress)
    split = split_train_validation(
        splits["train"], splits["test"], validation=recipe.data.validation, seed=recipe.data.split_seed
    )
    tokenizer = Tokenizer.adapt(split.train.texts, max_tokens=recipe.text.max_tokens)
    training, validation = (
        Corpus.encode(tokenizer, part.texts, part.labels) for part in (split.train, split.validation)
    )
    card = {
        "limits": LIMITS,
        "data": {"source": recipe.data.source, **split.to_card()},
        "text": _text_card(tokenizer, validation),
    }
    return Task(tokenizer, training, validation, card)


def _text_card(tokenizer: Tokenizer, corpus: Corpus) -> dict[str, Any]:
    """Say how many words of an ordinary review the vocabulary lacks, and from where it is unusual."""
    pieces = [corpus.ids[start:end] for start, end in zip(corpus.starts[:-1], corpus.starts[1:], strict=True)]
    unknown = [float((piece == UNKNOWN_ID).mean()) for piece in pieces if len(piece)]
    return {
        "vocabulary": len(tokenizer),
        "unknown_mean": round(float(np.mean(unknown)), 4),
        "unknown_limit": round(float(np.quantile(unknown, 0.999)), 4),
    }
