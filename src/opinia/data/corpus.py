"""Tokenised reviews as flat arrays, and batches of reviews of like length."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from opinia.text.tokenizer import Tokenizer

BUCKET = 50


@dataclass(frozen=True)
class Corpus:
    """The ids of many reviews, end to end.

    Args:
        ids: ``(tokens,) int32``.
        starts: ``(reviews + 1,) int64``; review ``i`` is ``ids[starts[i]:starts[i + 1]]``.
        labels: ``(reviews,) float32``, 1 positive and 0 negative.
        weights: ``(reviews,) float32``, how much each counts beside the others; None where all count alike.
    """

    ids: NDArray[np.int32]
    starts: NDArray[np.int64]
    labels: NDArray[np.float32]
    weights: NDArray[np.float32] | None = None

    @classmethod
    def encode(
        cls,
        tokenizer: Tokenizer,
        texts: Iterable[str],
        labels: Iterable[float],
        *,
        weights: Sequence[float] = (),
    ) -> Corpus:
        """Tokenise texts once, for all epochs."""
        pieces = [np.array(tokenizer.encode(text), np.int32) for text in texts]
        starts = np.zeros(len(pieces) + 1, np.int64)
        np.cumsum([len(piece) for piece in pieces], out=starts[1:])
        return cls(
            np.concatenate(pieces) if pieces else np.zeros(0, np.int32),
            starts,
            np.array(list(labels), np.float32),
            np.array(weights, np.float32) if len(weights) else None,
        )

    def __len__(self) -> int:
        return len(self.labels)

    @property
    def lengths(self) -> NDArray[np.int64]:
        """Words of each review, ``(reviews,)``."""
        return np.diff(self.starts)

    def shortened(self, words: int) -> Corpus:
        """Keep of each longer review its first quarter of so many words and its last three."""
        head = words // 4
        keep = np.ones(len(self.ids), bool)
        for start, end in zip(self.starts[:-1], self.starts[1:], strict=True):
            if end - start > words:
                keep[start + head : end - (words - head)] = False
        starts = np.zeros_like(self.starts)
        np.cumsum(np.minimum(self.lengths, words), out=starts[1:])
        return Corpus(self.ids[keep], starts, self.labels, self.weights)

    def joined(self, other: Corpus) -> Corpus:
        """Return the reviews of this corpus and, behind them, those of another."""
        weights = None
        if self.weights is not None or other.weights is not None:
            both = (
                np.ones(len(each), np.float32) if each.weights is None else each.weights
                for each in (self, other)
            )
            weights = np.concatenate([*both])
        return Corpus(
            np.concatenate([self.ids, other.ids]),
            np.concatenate([self.starts, other.starts[1:] + self.starts[-1]]),
            np.concatenate([self.labels, other.labels]),
            weights,
        )

    def reviews(self) -> list[NDArray[np.int32]]:
        """Return the ids of each review."""
        return [self.ids[a:b] for a, b in zip(self.starts[:-1], self.starts[1:], strict=True)]

    def batch(self, rows: NDArray[np.intp]) -> tuple[NDArray[np.int32], NDArray[np.int64]]:
        """Return some reviews side by side.

        Returns:
            ``ids (batch, time) int32``, padded on the right with 0 to the longest review (at
            least one column), and ``lengths (batch,) int64``.
        """
        lengths = self.lengths[rows]
        time = np.arange(max(1, int(lengths.max(initial=0))))
        inside = time < lengths[:, None]  # (batch, time)
        ids = np.zeros(inside.shape, np.int32)
        ids[inside] = self.ids[(self.starts[rows][:, None] + time)[inside]]
        return ids, lengths


def shuffled_batches(
    lengths: NDArray[np.int64], batch_size: int, random: np.random.Generator, *, most_words: int = 0
) -> list[NDArray[np.intp]]:
    """Divide shuffled reviews into batches of like length, in random order.

    The reviews are shuffled and cut into buckets of 50 batches; each bucket is sorted by length
    and cut into batches, so a batch is random among the reviews of its length and padding is a few
    per cent. A batch drawn without regard to length pads IMDB reviews to four times their mean.

    Args:
        lengths: words of each review.
        batch_size: reviews a batch.
        random: draws the order.
        most_words: of a batch, padding included: long reviews stand in smaller batches, of one review at
            least. 0 sets no limit.

    Returns:
        Row numbers of each batch; every review occurs once, and one batch may be smaller.
    """
    order = random.permutation(len(lengths))
    batches = []
    for start in range(0, len(order), BUCKET * batch_size):
        bucket = order[start : start + BUCKET * batch_size]
        bucket = bucket[np.argsort(lengths[bucket], kind="stable")]
        cuts = _cuts(lengths[bucket], batch_size, most_words)
        batches += [bucket[a:b] for a, b in zip(cuts[:-1], cuts[1:], strict=True)]
    return [batches[i] for i in random.permutation(len(batches))]


def _cuts(lengths: NDArray[np.int64], batch_size: int, most_words: int) -> list[int]:
    """Return where sorted reviews are cut into batches, both ends included."""
    if not most_words:
        return [*range(0, len(lengths), batch_size), len(lengths)]
    cuts = [0]
    for row, length in enumerate(lengths.tolist()):
        size = row - cuts[-1]
        if size and (size == batch_size or (size + 1) * length > most_words):
            cuts.append(row)
    return [*cuts, len(lengths)]


def companions(
    batches: list[NDArray[np.intp]],
    lengths: NDArray[np.int64],
    others: NDArray[np.int64],
    share: float,
    random: np.random.Generator,
) -> list[NDArray[np.intp]]:
    """Draw other reviews of like length to stand beside those of each batch.

    Args:
        batches: row numbers of each batch.
        lengths: words of the reviews that these number.
        others: words of the reviews that are drawn from.
        share: how many are drawn for each review of a batch.
        random: draws them; none twice, where there are enough.

    Returns:
        For each batch the row numbers of its companions, at least one.
    """
    counts = [max(1, round(share * len(batch))) for batch in batches]
    rounds = -(-sum(counts) // len(others))
    drawn = np.concatenate([random.permutation(len(others)) for _ in range(rounds)])[: sum(counts)]
    drawn = drawn[np.argsort(others[drawn], kind="stable")]
    found: list[NDArray[np.intp]] = [drawn[:0]] * len(batches)
    place = 0
    for i in np.argsort([lengths[batch].max() for batch in batches], kind="stable"):
        found[i] = drawn[place : place + counts[i]]
        place += counts[i]
    return found


def divided(lengths: NDArray[np.int64], parts: int) -> list[NDArray[np.intp]]:
    """Divide the reviews of a batch so that each part has as many of them, and about as many words.

    From the longest on, each part gets one, the longest of them the part that has the fewest words so far;
    then again. No two parts differ by more than one review, nor by more words than the longest has.

    Args:
        lengths: words of each review.
        parts: how many.

    Returns:
        The places of each part's reviews in the batch, rising; where they are too few, a part is empty.
    """
    owner, order = np.zeros(len(lengths), np.intp), np.argsort(-lengths, kind="stable")
    loads = np.zeros(parts, np.int64)
    for start in range(0, len(order), parts):
        dealt = order[start : start + parts]
        poorest = np.argsort(loads, kind="stable")[: len(dealt)]
        owner[dealt] = poorest
        loads[poorest] += lengths[dealt]
    return [np.flatnonzero(owner == part) for part in range(parts)]


def sorted_batches(
    lengths: NDArray[np.int64], batch_size: int, *, most_words: int = 0
) -> list[NDArray[np.intp]]:
    """Divide reviews into batches of like length, in a fixed order, for evaluation."""
    order = np.argsort(lengths, kind="stable")
    cuts = _cuts(lengths[order], batch_size, most_words)
    return [order[a:b] for a, b in zip(cuts[:-1], cuts[1:], strict=True)]
