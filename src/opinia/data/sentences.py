"""A few sentences cut from each review of a batch, for networks that must judge short texts, too."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

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
        ends = np.flatnonzero(np.isin(row[:length], marks)) + 1
        bounds = np.unique(np.concatenate([[0], ends, [length]]))
        first = int(random.integers(max(1, len(bounds) - 1)))
        last = min(first + int(random.integers(1, MOST_SENTENCES + 1)), len(bounds) - 1)
        pieces.append(row[bounds[first] : bounds[last]][:MOST_WORDS])
    cut = np.zeros((len(pieces), max(1, max((len(piece) for piece in pieces), default=1))), np.int32)
    for line, piece in zip(cut, pieces, strict=True):
        line[: len(piece)] = piece
    return cut, np.array([len(piece) for piece in pieces], np.int64)
