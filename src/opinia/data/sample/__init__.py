"""The built-in sample: synthetic reviews from a small grammar, so that everything runs with no data.

No person wrote these reviews, and their films are made up (a title like a real one is chance). They
have the shape of real ones (mixed feelings, negation, contrast, plot, line breaks), and a share of
sentences and labels that say the opposite of the rest, so that no reader can get all of them right.
"""

from __future__ import annotations

import functools
import random
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate

from opinia.data.labelled import OPINIONS, LabelledTexts
from opinia.data.sample import words
from opinia.errors import DataError

SIZES = {"train": 2000, "test": 500, "unsup": 1000}
"""How many reviews each split has unless the caller says otherwise."""
REVIEWS_A_FILM = 8
MAX_WORDS = 120
_LONGEST_VERDICT = 15
_NEUTRAL_SHARE = 0.25
_OPPOSITE_SHARE = 0.08
_LABEL_NOISE = 0.02
_LAST_WORD_SHARE = 0.5
_BREAK_SHARE = 0.12
_LAST_FILM = 999_999


@dataclass(frozen=True)
class _Film:
    name: str
    title: str
    actor: str
    role: str
    quality: float


def load(split: str, *, seed: int = 0, reviews: int | None = None) -> LabelledTexts:
    """Return one split of the synthetic sample: the same arguments always give the same reviews.

    Splits share no film. Half of the reviews in train and test are positive; those of unsup are
    unlabelled. Rows stand in the canonical order, positives first: shuffle before training. Each has
    8 to 120 words.

    Args:
        split: ``train``, ``test`` or ``unsup``.
        seed: chooses films and reviews.
        reviews: how many; 2,000, 500 and 1,000 when None.

    Raises:
        DataError: an unknown split, or fewer than 2 reviews.
    """
    if split not in SIZES:
        raise DataError(f"a split of the sample is one of {', '.join(SIZES)}. Received: {split!r}")
    count = SIZES[split] if reviews is None else reviews
    if not 2 <= count <= _LAST_FILM:
        raise DataError(f"a sample has from 2 to {_LAST_FILM:,} reviews. Received: {count}")
    return (_usual if reviews is None else _made)(split, seed, count)


def _made(split: str, seed: int, count: int) -> LabelledTexts:
    draw = _Draw(f"opinia sample {seed} {split}")
    films = _films(draw, split, -(-count // REVIEWS_A_FILM))
    positives = (count + 1) // 2
    by_quality = {
        label: list(accumulate(film.quality if label else 1 - film.quality for film in films))
        for label in (0, 1)
    }
    texts, labels, movies = [], [], []
    for row in range(count):
        label = 1 if row < positives else 0
        film = films[draw.weighted(by_quality[label])]
        tone = label if draw.uniform() >= _LABEL_NOISE else 1 - label
        texts.append(_review(draw, film, tone))
        labels.append(-1 if split == "unsup" else label)
        movies.append(film.name)
    return LabelledTexts(
        texts=tuple(texts),
        labels=tuple(labels),
        classes=OPINIONS,
        groups=tuple(movies),
        ids=tuple(f"synthetic_{row:05d}" for row in range(count)),
    )


_usual = functools.lru_cache(maxsize=len(SIZES))(_made)
"""A study trains on the same splits again and again: those of the usual sizes are kept."""


class _Draw:
    """Random choices that stay the same in every Python: ``random.random`` alone is promised to."""

    def __init__(self, seed: str) -> None:
        self.uniform = random.Random(seed).random  # noqa: S311 (no secret is drawn)

    def below(self, limit: int) -> int:
        return int(self.uniform() * limit)

    def one(self, options: Sequence[str]) -> str:
        return options[self.below(len(options))]

    def weighted(self, cumulative: Sequence[float]) -> int:
        point = self.uniform() * cumulative[-1]
        return next((i for i, edge in enumerate(cumulative) if point < edge), len(cumulative) - 1)


def _films(draw: _Draw, split: str, count: int) -> list[_Film]:
    return [
        _Film(
            name=f"synthetic_{split}_{number:04d}",
            title=f"The {draw.one(words.TITLE_FIRST)} {draw.one(words.TITLE_SECOND)}",
            actor=f"{draw.one(words.FIRST_NAMES)} {draw.one(words.LAST_NAMES)}",
            role=draw.one(words.ROLES),
            quality=0.15 + 0.7 * draw.uniform(),
        )
        for number in range(count)
    ]


def _review(draw: _Draw, film: _Film, tone: int) -> str:
    """Write one review of 8 to 120 words whose sentences mostly have this tone (1 or 0)."""
    # Squaring makes short reviews common and long ones rare, as they are among real ones.
    wanted = 8 + int(96 * draw.uniform() ** 2)
    sentences = [_opening(draw, film, tone)] if draw.uniform() < 0.6 else []
    length = sum(len(sentence.split()) for sentence in sentences)
    while length < wanted:
        if length and draw.uniform() < _NEUTRAL_SHARE:
            sentence = _fill(draw, draw.one(words.NEUTRAL), film)
        else:
            side = tone if draw.uniform() >= _OPPOSITE_SHARE else 1 - tone
            sentence = _opinion(draw, film, side)
        if length + len(sentence.split()) > MAX_WORDS - _LONGEST_VERDICT:
            break
        sentences.append(sentence)
        length += len(sentence.split())
    if draw.uniform() < _LAST_WORD_SHARE:
        sentences.append(_fill(draw, draw.one(words.VERDICTS[tone]), film))
    return _join(draw, sentences)


def _opening(draw: _Draw, film: _Film, tone: int) -> str:
    if draw.uniform() < 0.7:
        return _fill(draw, draw.one(words.OPENINGS), film)
    return _fill(draw, draw.one(words.VERDICTS[tone]), film)


def _opinion(draw: _Draw, film: _Film, tone: int) -> str:
    """Write a sentence of this tone: plain, by negation, by contrast, a feeling, or a verdict."""
    kind = draw.uniform()
    if kind < 0.44:
        pattern = draw.one(words.PLAIN)
    elif kind < 0.54:
        pattern = draw.one(words.NEGATED)
    elif kind < 0.64:
        pattern = draw.one(words.CONTRASTS)
    elif kind < 0.82:
        pattern = draw.one(words.FEELINGS[tone])
    else:
        pattern = draw.one(words.VERDICTS[tone])
    return _fill(draw, pattern, film, tone)


def _fill(draw: _Draw, pattern: str, film: _Film, tone: int = 1) -> str:
    """Put words into the places of a pattern: ``{same}`` has this tone, ``{other}`` the opposite."""
    sentence = pattern.format_map(_Places(draw, film, tone))
    return sentence[0].upper() + sentence[1:]


class _Places(dict[str, str]):
    """What stands in each place of a pattern; a word is drawn only when its place is there."""

    def __init__(self, draw: _Draw, film: _Film, tone: int) -> None:
        super().__init__(title=film.title, actor=film.actor, role=film.role)
        self._draw = draw
        self._tone = tone

    def __missing__(self, place: str) -> str:
        match place:
            case "same":
                return self._draw.one(words.ADJECTIVES[self._tone])
            case "other":
                return self._draw.one(words.ADJECTIVES[1 - self._tone])
            case _:
                return self._draw.one(words.PLACES[place])


def _join(draw: _Draw, sentences: Sequence[str]) -> str:
    text = sentences[0]
    for sentence in sentences[1:]:
        text += ("<br /><br />" if draw.uniform() < _BREAK_SHARE else " ") + sentence
    return text
