"""Settings that suit texts of one's own, from a look at them, each with its reason."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

import numpy as np

from opinia.language import LANGUAGES
from opinia.runs.recipe import Recipe
from opinia.text.language import language_of_texts
from opinia.text.words import split_words
from opinia.train.texts import Texts

_STEPS = 1500
"""Steps that a network of this size needs at most; what is best by validation is kept."""
_FEWEST_EPOCHS, _MOST_EPOCHS = 4, 40
_WORDS = 16_000
"""Words of a batch, padding included, which bounds its memory and time."""
_UNEVEN = 0.2
"""Share of the largest class below which the smallest is rare."""


@dataclass(frozen=True)
class Suggestion:
    """A recipe, and why it is so.

    Args:
        recipe: complete, to be trained or edited.
        reasons: of its settings, by their dotted keys, in plain words.
    """

    recipe: Recipe
    reasons: dict[str, str]


def suggest(recipe: Recipe, texts: Texts) -> Suggestion:
    """Return a recipe whose text, network and training suit some texts.

    Args:
        recipe: whose data section is kept, and its seed and threads.
        texts: as they were loaded.
    """
    train = texts.split.train
    language = language_of_texts(train.texts)
    split = [split_words(text) for text in train.texts]
    lengths = np.array([len(words) for words in split])
    counts = Counter(word for words in split for word in words)
    repeated = sum(count > 1 for count in counts.values())
    vocabulary = int(np.clip(repeated + 2, 200, 30_000))
    rows, long = len(train), int(np.quantile(lengths, 0.98))
    batch = 16 if rows < 2000 else 32 if rows < 20_000 else 64
    epochs = int(np.clip(round(_STEPS * batch / rows), _FEWEST_EPOCHS, _MOST_EPOCHS))
    units = 64 if rows < 50_000 else 96
    longest = 0 if long <= 300 else 400
    values = {
        "name": "own",
        "text.kind": "words",
        "text.max_tokens": vocabulary,
        "text.language": language or "",
        "network.embedding": 64,
        "network.units": units,
        "network.dense": 64,
        "network.pooling": "concat",
        "network.word_dropout": 0.1,
        "network.input_dropout": 0.3,
        "network.output_dropout": 0.4,
        "training.batch_size": min(batch, max(1, rows // 4)),
        "training.batch_words": _WORDS,
        "training.epochs": epochs,
        "training.learning_rate": 0.002,
        "training.schedule": "linear",
        "training.max_grad_norm": 1.0,
        "training.ema_decay": 0.99 if rows < 20_000 else 0.998,
        "training.max_words": longest,
        "training.calibrate": True,
        "training.patience": max(3, epochs // 3),
    }
    of_class = Counter(train.labels)
    sizes = ", ".join(f"{name} {of_class[number]:,}" for number, name in enumerate(train.classes[:12]))
    if len(train.classes) > 12:
        sizes += f" and {len(train.classes) - 12} more"
    is_uneven = min(of_class.values()) < _UNEVEN * max(of_class.values())
    reasons = {
        "training.class_weight": f"of each class there are {sizes}"
        + ("; --class-weight balanced would let rare ones count as much" if is_uneven else ""),
        "text.language": _why(language),
        "text.max_tokens": f"{len(counts):,} different words, {repeated:,} of them more than once",
        "network.units": f"{rows:,} texts to learn from",
        "training.batch_size": f"about {rows // batch:,} steps an epoch",
        "training.epochs": f"at most; the best by validation is kept, and {max(3, epochs // 3)} without a "
        "better one end it",
        "training.max_words": f"half of the texts have up to {int(np.median(lengths))} words, "
        f"98 in 100 up to {long:,}" + ("" if longest else ": none is shortened"),
    }
    return Suggestion(recipe.replace(values), reasons)


def _why(language: str | None) -> str:
    if language is None:
        return "not told: the texts are in several languages, or in none that is told apart"
    return f"nearly all texts that tell it are {LANGUAGES['en'].tongue(language)}"
