"""Film reviews for a collection: labelled ones, and sentences that a larger network has read."""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
from sets import Row

from opinia import load
from opinia.data import imdb
from opinia.data.sentences import cut_texts
from opinia.data.split import split_train_validation
from opinia.model.file import read_model
from opinia.runs.folder import RunFolder
from opinia.text.tokenizer import Tokenizer

WORDS = 1000
"""Most frequent words among which are the marks that end a sentence."""


def sentences(rows: Sequence[Row], sets: Mapping[str, tuple[str, int]], *, seed: int) -> Iterator[Row]:
    """Yield pieces of one to three sentences of texts to learn from, with the target of the text.

    Args:
        rows: of all sets.
        sets: which are cut; the name of the pieces' set, and how many pieces a text.
        seed: of place and number.
    """
    for name, (pieces_name, count) in sets.items():
        texts = [row for row in rows if row.set == name and row.part == "train"]
        tokenizer = Tokenizer.adapt((row.text for row in texts), max_tokens=WORDS, kind="words")
        for number in range(count):
            pieces = cut_texts(tokenizer, [row.text for row in texts], seed=seed + number)
            for row, piece in zip(texts, pieces, strict=True):
                if piece.strip() and piece.strip() != row.text.strip():
                    yield replace(row, text=piece, set=pieces_name)


def film_reviews(
    place: Path | None, teacher: str | None, *, reviews: int, unlabelled: int, sentences: int, seed: int
) -> Iterator[Row]:
    """Yield labelled reviews, those of validation, unlabelled ones and sentences of theirs with soft labels.

    Args:
        place: a copy of the reviews; None looks for one.
        teacher: the folder of a run with soft labels of unlabelled reviews and of their sentences, such as
            ``runs/base``, or a model that judges them now; None takes none of them.
        reviews: labelled ones to learn from.
        unlabelled: reviews without a label to learn from.
        sentences: to learn from.
        seed: of the choice.
    """
    splits = imdb.load_splits(["train", "test", *(["unsup"] if teacher else [])], source=place)
    split = split_train_validation(splits["train"], splits["test"])
    draw = random.Random(seed)
    train, held = split.train, split.validation
    for i in draw.sample(range(len(train)), min(reviews, len(train))):
        yield Row(train.texts[i], float(train.labels[i]), "imdb", train.ids[i])
    for text, label, name in zip(held.texts, held.labels, held.ids, strict=True):
        yield Row(text, float(label), "imdb", name, part="validation")
    if teacher is None:
        return
    closed = {*splits["test"].texts, *held.texts}
    texts = [text for text in splits["unsup"].texts if text not in closed]
    run = RunFolder(Path(teacher))
    if run.path.is_dir():
        pieces = cut_texts(read_model(run.last).description.tokenizer, texts, seed=run.recipe().training.seed)
        with np.load(run.path / "soft_labels.npz") as labels:
            of_reviews, targets = labels["probabilities"], labels["sentences"]
        if len(targets) != len(pieces):
            raise SystemExit(
                f"{run.path} has soft labels of {len(targets):,} sentences, not of {len(pieces):,}"
            )
    else:
        pieces = cut_texts(Tokenizer.adapt(texts, max_tokens=WORDS, kind="words"), texts, seed=seed)
    whole = draw.sample(range(len(texts)), min(unlabelled, len(texts)))
    parts = [i for i in draw.sample(range(len(pieces)), min(sentences, len(pieces))) if pieces[i].strip()]
    if not run.path.is_dir():
        model = load(teacher)
        of_reviews = dict(zip(whole, model.predict_proba([texts[i] for i in whole])[:, 1], strict=True))
        targets = dict(zip(parts, model.predict_proba([pieces[i] for i in parts])[:, 1], strict=True))
    for i in whole:
        yield Row(texts[i], float(of_reviews[i]), "imdb_unlabelled", str(i))
    for i in parts:
        yield Row(pieces[i], float(targets[i]), "imdb_sentences", str(i))
