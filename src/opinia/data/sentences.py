"""A few sentences cut from each review, for networks that must judge short texts, too."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from opinia.data.corpus import Corpus
from opinia.text.tokenizer import Tokenizer

END_MARKS = (".", "!", "?", "..", "!!", "??")
MOST_SENTENCES = 3
MOST_WORDS = 60


def cut_sentences(
    ids: NDArray[np.int32],
    lengths: NDArray[np.int64],
    marks: NDArray[np.int32],
    random: np.random.Generator,
) -> tuple[NDArray[np.int32], NDArray[np.int64]]:
    """Cut one to three neighbouring sentences, at most 60 words, out of each review.

    Args:
        ids: ``(batch, time)``, padded on the right with 0.
        lengths: ``(batch,)`` words a review.
        marks: the ids that end a sentence.
        random: chooses place and number.

    Returns:
        ``ids (batch, time)`` and ``lengths (batch,)`` of the pieces; an empty review stays empty.
    """
    pieces = []
    for row, length in zip(ids, lengths, strict=True):
        pieces.append(row[_choose(row[:length], marks, random)])
    cut = np.zeros((len(pieces), max(1, max((len(piece) for piece in pieces), default=1))), np.int32)
    for line, piece in zip(cut, pieces, strict=True):
        line[: len(piece)] = piece
    return cut, np.array([len(piece) for piece in pieces], np.int64)


def sentences_of(corpus: Corpus, marks: NDArray[np.int32], *, seed: int) -> Corpus:
    """Return one to three neighbouring sentences of each review, with its label."""
    random = np.random.default_rng(seed)
    pieces = [review[_choose(review, marks, random)] for review in corpus.reviews()]
    starts = np.zeros_like(corpus.starts)
    np.cumsum([len(piece) for piece in pieces], out=starts[1:])
    return Corpus(np.concatenate(pieces), starts, corpus.labels, corpus.weights)


def cut_texts(tokenizer: Tokenizer, texts: Iterable[str], *, seed: int) -> list[str]:
    """Cut one to three neighbouring sentences out of each text, as written.

    Args:
        tokenizer: of the kind that keeps marks.
        texts: reviews.
        seed: of place and number.
    """
    random = np.random.default_rng(seed)
    marks = end_marks(tokenizer)
    pieces = []
    for text in texts:
        spans = tokenizer.spans(text)[_choose(np.array(tokenizer.encode(text), np.int32), marks, random)]
        pieces.append(text[spans[0][0] : spans[-1][1]] if spans else "")
    return pieces


def end_marks(tokenizer: Tokenizer) -> NDArray[np.int32]:
    """Return the ids that end a sentence."""
    return np.array([tokenizer.id_of(mark) for mark in END_MARKS], np.int32)


def _choose(ids: NDArray[np.int32], marks: NDArray[np.int32], random: np.random.Generator) -> slice:
    ends = np.flatnonzero(np.isin(ids, marks)) + 1
    bounds = np.unique(np.concatenate([[0], ends, [len(ids)]]))
    first = int(random.integers(max(1, len(bounds) - 1)))
    last = min(first + int(random.integers(1, MOST_SENTENCES + 1)), len(bounds) - 1)
    return slice(int(bounds[first]), min(int(bounds[last]), int(bounds[first]) + MOST_WORDS))
