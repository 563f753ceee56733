"""Settings that suit texts of one's own, from a look at them, each with its reason."""

from __future__ import annotations

import dataclasses
from collections import Counter
from dataclasses import dataclass
from typing import Any

import numpy as np

from opinia import extras
from opinia.data.labelled import LabelledTexts
from opinia.errors import RecipeError, TrainingError
from opinia.language import LANGUAGES
from opinia.model.card import handed_on
from opinia.runs.recipe import Recipe, recipe_from_dict
from opinia.text.language import language_of_texts
from opinia.text.tokenizer import UNKNOWN_ID, Tokenizer
from opinia.text.words import split_words
from opinia.train.start_model import start_model
from opinia.train.texts import Texts

_STEPS = 1500
"""Steps that a network of this size needs at most; what is best by validation is kept."""
_FEWEST_EPOCHS, _MOST_EPOCHS = 4, 40
_WORDS = 16_000
"""Words of a batch, padding included, which bounds its memory and time."""
_STEPS_FROM, _MOST_EPOCHS_FROM = 300, 12
"""Steps of a network that has learnt its language already."""
_NEW_WORDS = 5000
STARTS = {"en": "base", "pl": "polish"}
"""The model that few texts begin with, by their language."""
FEW = 10_000
"""With 5,000 the start is worth 2 to 3 points, of a file ten times as large (benchmarks/transfer.py)."""
_KNOWN = 0.85
"""Share of a text's words that a model must know at least to be of its language."""
_NGRAMS, _NGRAM_WEIGHTS, _MOST_NGRAM_WORDS = 30_000, 600_000, 20_000_000
"""Of the linear model beside the network: its n-grams at most, its weights of all classes, and the words that
it may be fitted on, once for two classes and else once for each: 20 million take two minutes and 2.5 GB."""
_LINEAR_WEIGHT, _LINEAR_WEIGHT_OF_FEW, _FEW_FOR_NGRAMS = 0.5, 0.3, 2000
"""Of its logits in the mean; the second beside a network that begins with a model, of fewer texts."""
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
    if recipe.training.init_from:
        return _of_start(recipe, texts)
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
    linear, why = _beside(int(lengths.sum()), len(train.classes), _LINEAR_WEIGHT)
    reasons = {
        "training.class_weight": _balance(train),
        "text.language": _why(language),
        "text.max_tokens": f"{len(counts):,} different words, {repeated:,} of them more than once",
        "network.units": f"{rows:,} texts to learn from",
        "training.batch_size": f"about {rows // batch:,} steps an epoch",
        "training.epochs": f"at most; the best by validation is kept, and {max(3, epochs // 3)} without a "
        "better one end it",
        "training.max_words": f"half of the texts have up to {int(np.median(lengths))} words, "
        f"98 in 100 up to {long:,}" + ("" if longest else ": none is shortened"),
        **why,
    }
    return Suggestion(recipe.replace(values | linear), reasons)


def _warned(share: float, language: str | None, models: object) -> str:
    """Return what is to be said of a model to begin with that knows little of the texts."""
    own = models if isinstance(models, str) else "en"  # cards that are silent are of English film reviews
    if language is not None and own != language:
        told = (LANGUAGES["en"].in_language(each) for each in (own, language))
        return ". It was trained on texts {}, and these are {}: it helps little".format(*told)
    return "" if share >= _KNOWN else ". That is little"


def _balance(train: LabelledTexts) -> str:
    """Return how many texts there are of each class, and what may be done where some are rare."""
    of_class = Counter(train.labels)
    sizes = ", ".join(f"{name} {of_class[number]:,}" for number, name in enumerate(train.classes[:12]))
    if len(train.classes) > 12:
        sizes += f" and {len(train.classes) - 12} more"
    is_uneven = min(of_class.values()) < _UNEVEN * max(of_class.values())
    balanced = "; --class-weight balanced would let rare ones count as much" if is_uneven else ""
    return f"of each class there are {sizes}{balanced}"


def _beside(words: int, classes: int, weight: float) -> tuple[dict[str, Any], dict[str, str]]:
    """Return the settings of a linear model beside the network, and their reasons.

    Args:
        words: of all texts to learn from.
        classes: of these.
        weight: of the linear model.
    """
    if not extras.available(*extras.TEACHING):
        line = extras.missing("a linear model beside the network", *extras.TEACHING).hint
        why = f"with scikit-learn a linear model is averaged with the network, which is better: {line}"
        return {}, {"linear.ngrams": why}
    if words * (1 if classes == 2 else classes) > _MOST_NGRAM_WORDS:
        why = f"of {words:,} words in {classes:,} classes a linear model beside the network would take long"
        return {}, {"linear.ngrams": why}
    most = _NGRAM_WEIGHTS // classes
    fewer = f"; of {classes:,} classes no more: each has a weight for every one" if most < _NGRAMS else ""
    reasons = {
        "linear.ngrams": "words, pairs and triples at most, of a linear model that is averaged with the "
        f"network{fewer}",
        "linear.weight": "of the linear model in that mean; the rest is the network's",
    }
    return {"linear.ngrams": min(_NGRAMS, most), "linear.weight": weight}, reasons


def _bound(licence: str | None) -> str:
    """Return what is to be said of a licence that a model to begin with hands on."""
    return f". It is under {licence}, and so is what begins with it" if licence else ""


def _why(language: str | None) -> str:
    if language is None:
        return "not told: the texts are in several languages, or in none that is told apart"
    return f"nearly all texts that tell it are {LANGUAGES['en'].in_language(language)}"


def start_for(texts: Texts) -> str:
    """Return the name of the shipped model that a training on few texts had better begin with, or nothing.

    It is the one of their language, where it knows most of their words.

    Args:
        texts: as they were loaded.
    """
    if len(texts.split.train) >= FEW:
        return ""
    start = STARTS.get(language_of_texts(texts.split.train.texts) or "en", "")
    if not start:
        return ""
    tokenizer = start_model(start).description.tokenizer
    return start if _known_share(tokenizer, texts) >= _KNOWN else ""


def _known_share(tokenizer: Tokenizer, texts: Texts) -> float:
    """Return the share of the words to learn from that a vocabulary holds."""
    ids = [tokenizer.encode(text) for text in texts.split.train.texts]
    words = sum(map(len, ids))
    return 1 - sum(each.count(UNKNOWN_ID) for each in ids) / words if words else 0.0


def _of_start(recipe: Recipe, texts: Texts) -> Suggestion:
    """Return the settings of a training that begins with a model file: its shape, and small steps."""
    start = recipe.training.init_from
    description = start_model(start).description
    try:
        shape = dataclasses.replace(recipe_from_dict(description.card["recipe"]).network, subwords=0)
    except (KeyError, TypeError, RecipeError) as error:
        raise TrainingError(
            f"training cannot begin with {start}: its card does not say of which shape it is",
            hint="--init-from takes models that opinia has trained",
        ) from error
    train, known = texts.split.train, description.tokenizer
    lacking = len(known.extended(train.texts, max_tokens=len(known) + _NEW_WORDS)) - len(known)
    rows = len(train)
    batch = 16 if rows < 2000 else 32
    epochs = int(np.clip(round(_STEPS_FROM * batch / rows), 2, _MOST_EPOCHS_FROM))
    share = _known_share(known, texts)
    language = language_of_texts(train.texts)
    values: dict[str, Any] = {f"network.{name}": value for name, value in dataclasses.asdict(shape).items()}
    values |= {
        "name": "own",
        "text.kind": known.kind,
        "text.language": language or "",
        "text.max_tokens": len(known) + lacking,
        "training.batch_size": min(batch, max(1, rows // 4)),
        "training.batch_words": _WORDS,
        "training.epochs": epochs,
        "training.learning_rate": 0.001,
        "training.encoder_lr_scale": 0.3,
        "training.schedule": "linear",
        "training.max_grad_norm": 1.0,
        "training.ema_decay": 0.99,
        "training.max_words": 400,
        "training.calibrate": True,
        "training.patience": max(3, epochs // 3),
    }
    weight = _LINEAR_WEIGHT_OF_FEW if rows < _FEW_FOR_NGRAMS else _LINEAR_WEIGHT
    linear, why = _beside(sum(len(split_words(text)) for text in train.texts), len(train.classes), weight)
    reasons = {
        "training.class_weight": _balance(train),
        "text.language": _why(language),
        "training.init_from": f"it knows {share:.0%} of the words of the texts; {lacking:,} new "
        f"one{'' if lacking == 1 else 's'} come{'s' if lacking == 1 else ''} to its {len(known):,}"
        + _warned(share, language, description.card.get("language"))
        + _bound(handed_on(description.card).get("licence")),
        "training.epochs": f"at most, of {rows:,} texts; the best by validation is kept",
        "training.max_words": "of a longer text its beginning and its end are learnt from; all of it is "
        "read when it is judged",
        **why,
    }
    return Suggestion(recipe.replace(values | linear), reasons)
