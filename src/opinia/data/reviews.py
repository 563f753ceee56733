"""A set of reviews in memory: the shape in which every source hands them over."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Reviews:
    """Reviews in a fixed order, one entry of each field a review.

    Args:
        ids: unique name of each review inside its split, such as ``"0_9"``.
        texts: the reviews, as written.
        labels: 1 positive, 0 negative, -1 unlabelled.
        movies: the film that each review is about, such as ``"tt0453418"``; reviews of one film
            resemble each other, so validation is cut by film.
    """

    ids: tuple[str, ...]
    texts: tuple[str, ...]
    labels: tuple[int, ...]
    movies: tuple[str, ...]

    def __post_init__(self) -> None:
        if len({len(self.ids), len(self.texts), len(self.labels), len(self.movies)}) != 1:
            raise ValueError("ids, texts, labels and movies must have one entry a review")

    def __len__(self) -> int:
        return len(self.ids)

    def take(self, indices: Sequence[int] | np.ndarray) -> Reviews:
        """Return the reviews at these positions, in the order given."""
        chosen = [int(i) for i in indices]
        return Reviews(
            ids=tuple(self.ids[i] for i in chosen),
            texts=tuple(self.texts[i] for i in chosen),
            labels=tuple(self.labels[i] for i in chosen),
            movies=tuple(self.movies[i] for i in chosen),
        )

    def fingerprint(self) -> str:
        """Return the SHA-256 of ids, labels and texts in order, as 64 hexadecimal digits.

        The same reviews have the same fingerprint whichever form they were read from.
        """
        digest = hashlib.sha256()
        for name, label, text in zip(self.ids, self.labels, self.texts, strict=True):
            encoded = text.encode("utf-8", "surrogatepass")
            digest.update(f"{name}\t{label}\t{len(encoded)}\n".encode())
            digest.update(encoded)
        return digest.hexdigest()
