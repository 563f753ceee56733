"""Where every form of the IMDB reviews comes together: one set of checks, one canonical order."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from pathlib import Path

from opinia.data.labelled import OPINIONS, LabelledTexts
from opinia.errors import DataError

CLASSES = {"train": ("pos", "neg"), "test": ("pos", "neg"), "unsup": ("unsup",)}
LABELS = {"pos": 1, "neg": 0, "unsup": -1}
MAX_REVIEW_BYTES = 1 << 20
MAX_REVIEWS = 200_000
"""Most reviews in one class of one split; the official data set has 50,000 at most."""

_ID = re.compile(r"([0-9]{1,7})_[0-9]{1,2}")
_MOVIE = re.compile(r"tt[0-9]{1,12}")


def canonical_key(name: str, label: int) -> tuple[int, int, str]:
    """Return the sort key of a review: positives first, then by running number, then by id."""
    found = _ID.fullmatch(name)
    return (-label, int(found[1]) if found else 0, name)


class Gathering:
    """Reviews and their movies as they arrive, in whatever order their source holds them.

    Args:
        splits: the splits that are wanted, of ``train``, ``test`` and ``unsup``.
        source: the file or folder being read, for error messages.
    """

    def __init__(self, splits: Sequence[str], source: Path) -> None:
        self.splits = tuple(splits)
        self.source = source
        groups = [(split, kind) for split in self.splits for kind in CLASSES[split]]
        self._texts: dict[tuple[str, str], dict[int, tuple[str, str]]] = {group: {} for group in groups}
        self._movies: dict[tuple[str, str], dict[int, str]] = {group: {} for group in groups}

    def wants(self, split: str, kind: str) -> bool:
        """Return whether the reviews of this split and class (pos, neg, unsup) are asked for."""
        return (split, kind) in self._texts

    def broken(self, problem: str, *, hint: str | None = None) -> DataError:
        """Return the error that names the source and what is wrong with it."""
        return DataError(
            f"the IMDB reviews in {self.source} cannot be used: {problem}",
            hint=hint or "take a fresh copy of the data set: `opinia data imdb` can fetch it",
        )

    def decode(self, content: bytes, where: str) -> str:
        """Return UTF-8 bytes as text, every byte of it kept (newlines too).

        Raises:
            DataError: the bytes are no UTF-8.
        """
        try:
            return content.decode("utf-8")
        except UnicodeDecodeError as error:
            raise self.broken(f"{where} is not valid UTF-8 (byte {error.start})") from None

    def add_review(self, split: str, kind: str, name: str, text: str) -> None:
        """Take one review in.

        Args:
            split: one of the wanted splits.
            kind: its class: ``pos``, ``neg`` or ``unsup``.
            name: its id, ``N_R``: running number and rating.
            text: the review, as written.

        Raises:
            DataError: no such form of id, the running number came before, or too many reviews.
        """
        group = self._texts[split, kind]
        number = self._number(name)
        if number in group:
            raise self.broken(
                f"{split}/{kind} holds review {number} twice. Received: {group[number][0]!r}, {name!r}"
            )
        if len(group) >= MAX_REVIEWS:
            raise self.broken(f"{split}/{kind} holds more than {MAX_REVIEWS:,} reviews")
        group[number] = (name, text)

    def add_movie(self, split: str, kind: str, number: int, movie: str) -> None:
        """Take in which movie the review of this running number is about.

        Raises:
            DataError: the movie is no IMDb title such as ``tt0453418``, or came before.
        """
        if not _MOVIE.fullmatch(movie):
            raise self.broken(
                f"the movie of {split}/{kind} review {number} is no IMDb title. Received: {movie[:80]!r}"
            )
        movies = self._movies[split, kind]
        if number in movies:
            raise self.broken(f"{split}/{kind} review {number} has two lines that name its movie")
        movies[number] = movie

    def add_movie_row(self, split: str, kind: str, name: str, movie: str) -> None:
        """Take in which movie the review of this id is about; see :meth:`add_movie`."""
        self.add_movie(split, kind, self._number(name), movie)

    def finish(self) -> dict[str, LabelledTexts]:
        """Return the reviews of each split, positives first, then negatives, by running number.

        Raises:
            DataError: a class is empty, or reviews and movies do not belong together one to one.
        """
        return {split: self._finish(split) for split in self.splits}

    def _finish(self, split: str) -> LabelledTexts:
        rows: list[tuple[str, str, int, str]] = []
        for kind in CLASSES[split]:
            texts, movies = self._texts[split, kind], self._movies[split, kind]
            if not texts:
                raise self.broken(f"{split}/{kind} holds no reviews")
            self._check_one_to_one(f"{split}/{kind}", texts, movies)
            rows.extend((*texts[number], LABELS[kind], movies[number]) for number in sorted(texts))
        ids, contents, labels, titles = zip(*rows, strict=True)
        return LabelledTexts(contents, labels, OPINIONS, groups=titles, ids=ids)

    def _check_one_to_one(
        self, group: str, texts: Mapping[int, tuple[str, str]], movies: Mapping[int, str]
    ) -> None:
        if without := sorted(texts.keys() - movies.keys()):
            raise self.broken(
                f"{len(without):,} reviews of {group} have no movie; the first is {texts[without[0]][0]!r}"
            )
        if missing := sorted(movies.keys() - texts.keys()):
            raise self.broken(
                f"{len(missing):,} of {len(movies):,} reviews of {group} are missing; "
                f"the first has the running number {missing[0]}"
            )

    def _number(self, name: str) -> int:
        found = _ID.fullmatch(name)
        if found is None:
            raise self.broken(
                f"a review's id is its running number and its rating, such as '0_9'. Received: {name[:80]!r}"
            )
        return int(found[1])
