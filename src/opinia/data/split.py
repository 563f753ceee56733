"""What is trained on and what is validated on; of film reviews validation is cut by movie.

There, no film, and no text, stands in both parts, and no text of test in either. Other texts are divided by
:mod:`opinia.data.holdout`.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from opinia.data.imdb.gather import canonical_key
from opinia.data.labelled import UNLABELLED, LabelledTexts
from opinia.errors import DataError

BY_MOVIE = "validation by movie"


@dataclass(frozen=True)
class Split:
    """The rows to train on and the rows to choose on.

    Args:
        train: the reviews to learn from.
        validation: the reviews to choose on, of movies or other groups that ``train`` does not hold.
        seed: what the movies were drawn with.
        dropped_in_test: rows left out because their exact text stands in test.
        dropped_in_validation: rows left out of ``train`` because their exact text stands in validation.
        rule: in words, by which they were divided.
    """

    train: LabelledTexts
    validation: LabelledTexts
    seed: int
    dropped_in_test: int
    dropped_in_validation: int
    rule: str = BY_MOVIE

    def fingerprint(self) -> str:
        """Return the SHA-256 of both parts' fingerprints, as 64 hexadecimal digits."""
        return _fingerprint(self.train.fingerprint(), self.validation.fingerprint())

    def to_card(self) -> dict[str, Any]:
        """Return what a model card says of the rows used, as a JSON object."""
        of = "movies" if self.rule == BY_MOVIE else "groups"
        train, validation = _part(self.train, of), _part(self.validation, of)
        return {
            "rule": self.rule,
            "seed": self.seed,
            "train": train,
            "validation": validation,
            "dropped": {
                "text_in_test": self.dropped_in_test,
                "text_in_validation": self.dropped_in_validation,
            },
            "fingerprint": _fingerprint(train["fingerprint"], validation["fingerprint"]),
        }


def split_train_validation(
    train: LabelledTexts, test: LabelledTexts, *, validation: int = 2500, seed: int = 0
) -> Split:
    """Cut validation out of the training reviews, whole movies at a time.

    Rows whose exact text stands in test are dropped first. Then movies are taken in the order of the
    SHA-256 of ``"SEED:MOVIE"``, passing over those that would overshoot, until ``validation`` reviews
    are reached; where no movie fits the rest, the smallest that covers it is taken. Last, training rows
    whose exact text stands in validation are dropped.

    The outcome depends on the rows alone, not on their order nor on any library's random numbers. Both
    parts stand in the canonical order, those of the last class, positives, first.

    Args:
        train: the labelled training reviews.
        test: the test reviews; only their texts are compared, nothing of them is kept.
        validation: reviews wanted in validation; at least as many are taken, as near as possible.
        seed: chooses the movies.

    Raises:
        DataError: so many validation reviews leave nothing to train on, or none are asked for, or a
            training row has no label.
    """
    if validation < 1:
        raise DataError(f"validation needs at least 1 review. Received: {validation}")
    if UNLABELLED in train.labels:
        raise DataError("every training review needs a label", hint="split labelled reviews only")
    in_test = set(test.texts)
    usable = [row for row in _canonical_order(train) if train.texts[row] not in in_test]
    sizes = Counter(train.groups[row] for row in usable)
    chosen = _choose_movies(sizes, validation, seed)
    held = [row for row in usable if train.groups[row] in chosen]
    in_validation = {train.texts[row] for row in held}
    rest = [row for row in usable if train.groups[row] not in chosen]
    kept = [row for row in rest if train.texts[row] not in in_validation]
    if len(held) < validation or not kept:
        raise DataError(
            f"{validation:,} validation reviews cannot be cut from {len(usable):,} reviews of {len(sizes):,} "
            f"movies ({len(train) - len(usable):,} more stand in test) and leave any to train on",
            hint="ask for fewer validation reviews",
        )
    return Split(
        train=train.take(kept),
        validation=train.take(held),
        seed=seed,
        dropped_in_test=len(train) - len(usable),
        dropped_in_validation=len(rest) - len(kept),
    )


def _canonical_order(reviews: LabelledTexts) -> list[int]:
    return sorted(range(len(reviews)), key=lambda row: canonical_key(reviews.ids[row], reviews.labels[row]))


def _choose_movies(sizes: Counter[str], wanted: int, seed: int) -> set[str]:
    chosen: set[str] = set()
    passed: list[str] = []
    for movie in _draw(sizes, seed):
        if sizes[movie] <= wanted:
            chosen.add(movie)
            wanted -= sizes[movie]
        else:
            passed.append(movie)
        if wanted == 0:
            return chosen
    # Each movie passed over is larger than what was left at the time, so any of them covers it now.
    if passed:
        chosen.add(min(passed, key=lambda movie: sizes[movie]))
    return chosen


def _draw(movies: Iterable[str], seed: int) -> list[str]:
    """Return the movies in an order that the seed decides: the same on every machine and version."""
    return sorted(movies, key=lambda movie: (hashlib.sha256(f"{seed}:{movie}".encode()).digest(), movie))


def _part(reviews: LabelledTexts, of: str) -> dict[str, Any]:
    of_class = {name: reviews.labels.count(number) for number, name in enumerate(reviews.classes)}
    return {
        "reviews": len(reviews),
        **({"positives": reviews.labels.count(1)} if len(of_class) == 2 else {"classes": of_class}),
        of: len(set(reviews.groups)),
        "fingerprint": reviews.fingerprint(),
    }


def _fingerprint(train: str, validation: str) -> str:
    return hashlib.sha256(f"train {train}\nvalidation {validation}\n".encode()).hexdigest()
