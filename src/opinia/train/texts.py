"""From reviews to what is learnt from: load, divide by movie, build the vocabulary, encode."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from opinia.data.corpus import Corpus
from opinia.data.labelled import OPINIONS, LabelledTexts
from opinia.data.split import Split, split_train_validation
from opinia.errors import DataError
from opinia.model.card import handed_on
from opinia.model.doubt import marks_of, share_of_unknown
from opinia.model.file import read_model
from opinia.runs.folder import RunFolder
from opinia.runs.recipe import Recipe
from opinia.runs.settings import COLLECTION, DataRecipe, TextRecipe
from opinia.text.language import language_of_texts
from opinia.text.tokenizer import Tokenizer
from opinia.train.language_model import LanguageModel
from opinia.train.start_model import start_model

if TYPE_CHECKING:
    from opinia.data.holdout import Copies
    from opinia.graph.ngrams import LinearModel

_WITHOUT_DIACRITICS = ("", "en")
"""Languages, or none that is told, whose words are looked up as they are written."""
_FEW_WORDS = 10
"""A text of fewer words says little: one unknown word is a large share of it."""
_ENOUGH_TEXTS, _LIMIT_OF_FEW = 1000, 0.25
"""Of fewer texts the largest share of unknown words says little: then one word in four may be new."""
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
        card: entries of the model card: data, text, limits, and the language of the texts, None where it is
            open or there are several.
        unlabelled: reviews to pretrain on and to be taught on; none where the recipe needs none.
        pretrained: language models to start from, forward and backward.
        linear: averaged with the network in the answers.
        classes: names of the classes, in the order of their numbers.
        grows: the network that it begins with knows fewer words, or other classes.
    """

    tokenizer: Tokenizer
    training: Corpus
    validation: Corpus
    card: dict[str, Any]
    unlabelled: Corpus | None = None
    pretrained: tuple[LanguageModel, LanguageModel] | None = None
    linear: LinearModel | None = None
    classes: tuple[str, ...] = OPINIONS
    grows: bool = False

    def shortened(self, words: int, *, unlabelled: bool = False) -> Task:
        """Return the task with long reviews of its training shortened.

        Args:
            words: of a review at most; 0 leaves them.
            unlabelled: shorten the unlabelled ones, too.
        """
        if not words:
            return self
        others = self.unlabelled
        if others is not None and unlabelled:
            others = others.shortened(words)
        return dataclasses.replace(self, training=self.training.shortened(words), unlabelled=others)


@dataclass(frozen=True)
class Texts:
    """The reviews behind a task, as written.

    Args:
        split: training and validation reviews.
        unlabelled: unlabelled reviews whose text stands neither in test nor in validation; None where none
            were asked for.
        about: what the model card says of them; ``about["source"]`` is ``"sample"``, ``"imdb"`` where all of
            them are the official ones, or where they lay.
        test: what is tested on in the end, of a table that has one.
        limits: for what a model that learns from them is good, in words; empty follows from their source.
        lines: how a table was read and cut, in words.
    """

    split: Split
    unlabelled: tuple[str, ...] | None
    about: dict[str, Any]
    test: LabelledTexts | None = None
    limits: str = ""
    lines: tuple[str, ...] = ()


@dataclass(frozen=True)
class Known:
    """What a training has from the model file that it begins with.

    Args:
        tokenizer: whose words it knows.
        told: what the card of the new model says of it; see :func:`handed_on`.
    """

    tokenizer: Tokenizer
    told: Mapping[str, Any]


def prepare(recipe: Recipe, *, source: Path | None = None, progress: bool = False) -> Task:
    """Load and tokenise the reviews that a recipe asks for; see :func:`load_texts`."""
    texts = load_texts(recipe.data, unlabelled=needs_unlabelled(recipe), source=source, progress=progress)
    return tokenise(recipe.text, texts)


def has_stages(recipe: Recipe) -> bool:
    """Tell whether a recipe wants more before its training than tokenised reviews."""
    earlier = recipe.pretraining.epochs, recipe.distillation.teaches, recipe.linear.ngrams
    return any((*earlier, recipe.training.max_words, recipe.data.final))


def needs_unlabelled(recipe: Recipe) -> bool:
    """Tell whether a recipe learns from the unlabelled reviews in any way."""
    training = recipe.training
    return bool(
        recipe.text.unlabelled
        or recipe.pretraining.epochs
        or recipe.distillation.teaches
        or training.unlabelled
    )


def load_texts(
    data: DataRecipe, *, unlabelled: bool = False, source: Path | None = None, progress: bool = False
) -> Texts:
    """Load reviews, and cut validation.

    Args:
        data: names the reviews and the size of the validation part.
        unlabelled: load the unlabelled ones, too.
        source: a copy of the IMDB reviews; None looks for one and downloads it where there is none.
        progress: show the progress of a download.

    Raises:
        DataError: the reviews are missing or damaged, or only the program that had them has them.
    """
    if data.source == "memory":
        raise DataError(
            "data.source = 'memory' stands for texts that a program held, and no file has them",
            hint="write them into a table, and set data.source to 'table' and data.table to that file",
        )
    wanted = ["train", "test", *(["unsup"] if unlabelled else [])]
    if data.source == "table":
        return _load_table(data, unlabelled=unlabelled)
    if data.source == COLLECTION:
        from opinia.data.collection import read_collection

        parts, of_sets = read_collection(Path(data.table))
        told = {"source": of_sets["name"], **parts.to_card()}
        told |= {name: of_sets[name] for name in ("licence", "sets")}
        return Texts(parts, () if unlabelled else None, told, limits=of_sets["limits"])
    if data.source == "sample":
        from opinia.data import sample

        splits, named = {name: sample.load(name) for name in wanted}, "sample"
    else:
        from opinia.data import imdb

        splits = imdb.load_splits(wanted, source=source, progress=progress)
        named = imdb.source_of(splits, source=source)
    split = split_train_validation(
        splits["train"], splits["test"], validation=data.validation, seed=data.split_seed
    )
    about: dict[str, Any] = {"source": named, **split.to_card()}
    if data.final:
        about["final"] = "validation was learnt from, too, once everything had been chosen on it"
    if not unlabelled:
        return Texts(split, None, about)
    closed = {*splits["test"].texts, *split.validation.texts}
    return Texts(split, tuple(text for text in splits["unsup"].texts if text not in closed), about)


def _load_table(data: DataRecipe, *, unlabelled: bool) -> Texts:
    from opinia.runs.table_parts import read_own

    own = read_own(data)
    table = own.table
    more = {
        "columns": {"texts": list(table.columns.texts), "labels": table.columns.label},
        "labels": table.meanings,
        "rows": {"all": table.rows, "bad": table.bad, "skipped": table.skipped},
    }
    about = _about_own(Path(data.table).name, own.split, own.copies, more)
    if own.test is not None:
        name = f"fold {data.fold} of {data.folds}" if data.folds else Path(data.test).name
        about["test"] = {"source": name, "reviews": len(own.test)}
    lines = tuple(own.lines(name=data.table))
    return Texts(own.split, table.unlabelled if unlabelled else None, about, own.test, lines=lines)


def own_texts(
    data: DataRecipe, labelled: LabelledTexts, *, source: str, more: Mapping[str, Any] | None = None
) -> Texts:
    """Cut validation out of labelled texts of one's own that are in memory.

    Args:
        data: says how large it is, and how it is drawn.
        labelled: all of them.
        source: what the model card calls where they come from.
        more: what else it says of them.

    Raises:
        DataError: a class has fewer than two texts, or cannot stand in both parts.
    """
    from opinia.data.holdout import hold_out

    split, copies = hold_out(labelled, validation=data.validation, seed=data.split_seed)
    return Texts(split, None, _about_own(source, split, copies, more or {}))


def _about_own(source: str, split: Split, copies: Copies, more: Mapping[str, Any]) -> dict[str, Any]:
    """Return what a model card says of texts of one's own."""
    return {
        "source": source,
        **split.to_card(),
        **more,
        "copies": {"same": copies.same, "near": copies.near, "disputed": copies.disputed},
    }


def known_of(recipe: Recipe, run: RunFolder | None = None) -> Known | None:
    """Return what the model file that a training begins with knows; None where there is no such file.

    Args:
        recipe: names the file.
        run: that goes on: its own model has all words since its first epoch, wherever the file is now.

    Raises:
        ModelFileError: it cannot be read.
    """
    start = recipe.training.init_from
    if not start:
        return None
    if run is not None and run.last.is_file():
        last = read_model(run.last).description
        return Known(last.tokenizer, last.card.get("begun_with", {}))
    begun = start_model(start).description
    return Known(begun.tokenizer, handed_on(begun.card))


def tokenise(text: TextRecipe, texts: Texts, *, known: Known | None = None) -> Task:
    """Build the vocabulary of the training part, and encode all parts.

    Args:
        text: how a text becomes ids.
        texts: as written.
        known: of the model that is begun with: its vocabulary stands before the words of the training part;
            None counts these alone.
    """
    split, others = texts.split, texts.unlabelled
    counted = (*split.train.texts, *((others or ()) if text.unlabelled else ()))
    if known is None:
        folds = text.kind == "words" and text.language not in _WITHOUT_DIACRITICS
        tokenizer = Tokenizer.adapt(counted, max_tokens=text.max_tokens, kind=text.kind, folds=folds)
    else:
        tokenizer = known.tokenizer.extended(counted, max_tokens=text.max_tokens)
    training, validation = (
        Corpus.encode(tokenizer, part.texts, part.taught, weights=part.weights)
        for part in (split.train, split.validation)
    )
    unlabelled = None
    data = dict(texts.about)
    if others is not None:
        unlabelled = Corpus.encode(tokenizer, others, [-1] * len(others))
        data["unlabelled"] = {"reviews": len(unlabelled)}
    limits = texts.limits or LIMITS.get(data["source"], OTHER_LIMITS)
    card: dict[str, Any] = {
        "limits": limits,
        "language": text.language or language_of_texts(split.train.texts),
        "data": data,
        "text": _text_card(tokenizer, validation),
    }
    if known is not None and known.told:
        card["begun_with"] = known.told
    return Task(
        tokenizer,
        training,
        validation,
        card,
        unlabelled,
        classes=split.train.classes,
        grows=known is not None,
    )


def _text_card(tokenizer: Tokenizer, corpus: Corpus) -> dict[str, Any]:
    """Report how many words of an ordinary review the vocabulary lacks, and from where it is unusual."""
    pieces = corpus.reviews()
    longer = [piece for piece in pieces if len(piece) >= _FEW_WORDS]
    if len(longer) >= _ENOUGH_TEXTS:
        pieces = longer
    marks = marks_of(tokenizer)
    unknown = [share_of_unknown(piece, marks) for piece in pieces if len(piece)] or [1.0]
    limit = float(np.quantile(unknown, 0.999))
    if len(unknown) < _ENOUGH_TEXTS:
        limit = max(limit, _LIMIT_OF_FEW)
    return {
        "vocabulary": len(tokenizer),
        "unknown_mean": round(float(np.mean(unknown)), 4),
        "unknown_limit": round(limit, 4),
    }
