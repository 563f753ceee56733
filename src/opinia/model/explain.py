"""Why a text was judged so: what each word does to the answer, and how the answer comes about in reading.

Both are found by asking the model again about parts of the text, so they hold for any model file and
say what the model does, not what the writer meant. The work is bounded: :data:`MAX_EVALUATIONS`.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, field
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from opinia.errors import InputError, TooLongError
from opinia.model.classifier import Classifier, find_class
from opinia.text.phrases import find_phrase

WORD_TOKENS = 400
"""Up to so many tokens the pieces are words, and the curve has a point for each."""
SENTENCE_TOKENS = 60
"""A sentence of more tokens is cut into equal parts."""
MAX_TOKENS = 16_000
"""A longer text is refused; the longest review of IMDB has 2,470 words."""
CONTRIBUTION_TOKENS = WORD_TOKENS * (WORD_TOKENS - 1)
CURVE_TOKENS = WORD_TOKENS * (WORD_TOKENS + 1) // 2
MAX_EVALUATIONS = 2 * CONTRIBUTION_TOKENS + CURVE_TOKENS
"""The most tokens that the model reads for one explanation: 159,600 with pieces left out, as many
again for phrases, and 80,200 for the curve, the whole text included."""

Span = tuple[int, int]

# Each run of marks or of blanks is read once: a match begins at its first character and gives none back.
_SENTENCE_END = re.compile(
    r"""(?<![.!?…])[.!?…]++["'”’)\]]*+(?=\s|<|$) | [。！？] | (?=<br\b) | \n[^\S\n]*+\n""",
    re.VERBOSE | re.IGNORECASE,
)


@dataclass(frozen=True)
class Contribution:
    """What one piece of the text does to the answer.

    Args:
        start: where the piece begins in the text, in characters.
        end: where it ends, in characters.
        contribution: probability of :attr:`Explanation.target` for the whole text, minus that for the
            text without the piece, from -1 to 1; above 0 it speaks for the target.
    """

    start: int
    end: int
    contribution: float


@dataclass(frozen=True)
class Point:
    """The answer at one place of the reading.

    Args:
        end: where the last word read so far ends in the text, in characters.
        positive: probability of :attr:`Explanation.target` for the text up to there, from 0 to 1.
        probabilities: of each class there, in the order of :attr:`Explanation.classes`.
    """

    end: int
    positive: float
    probabilities: tuple[float, ...] = field(default=(), repr=False, compare=False)


@dataclass(frozen=True)
class Explanation:
    """Why a model judged one text as it did.

    Args:
        label: the more probable of the model's classes, such as ``"positive"``.
        probability: of that label.
        target: the class that the other fields speak of: of two the last, ``"positive"``; of more the
            label itself; or the one that was asked for.
        positive: probability of the target, from 0 to 1.
        unit: what the pieces are: ``"word"`` or ``"sentence"``.
        contributions: of each piece, in the order of the text; none for a text without words.
        curve: in the order of reading; its last value is ``positive``. None for a text without words.
        phrases: contribution of each phrase that was asked for.
        classes: names of the model's classes, in its order.
        probabilities: of each class for the whole text, in that order.
    """

    label: str
    probability: float
    target: str
    positive: float
    unit: str
    contributions: tuple[Contribution, ...]
    curve: tuple[Point, ...]
    phrases: tuple[Contribution, ...] = ()
    classes: tuple[str, ...] = ()
    probabilities: tuple[float, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """Return it as a JSON object; what tells of each class is there for more classes than two alone.

        Of two the probability of the target says all. ``probabilities`` are by name, those of a point of the
        curve in the order of ``classes``.
        """
        content: dict[str, Any] = {
            "label": self.label,
            "probability": self.probability,
            "target": self.target,
            "positive": self.positive,
            "unit": self.unit,
            "contributions": list(map(asdict, self.contributions)),
            "curve": [{"end": point.end, "positive": point.positive} for point in self.curve],
            "phrases": list(map(asdict, self.phrases)),
        }
        if len(self.classes) > 2:
            for told, point in zip(content["curve"], self.curve, strict=True):
                told["probabilities"] = list(point.probabilities)
            content["classes"] = list(self.classes)
            content["probabilities"] = dict(zip(self.classes, self.probabilities, strict=True))
        return content


@dataclass(frozen=True)
class Plan:
    """Which parts of a text the model is asked about.

    Args:
        unit: what the pieces are: ``"word"`` or ``"sentence"``.
        pieces: the tokens of each piece, ``(first, last + 1)``; side by side they are the whole text.
        ends: how many tokens are read at each point of the curve; the last one is all of them.
        phrases: the tokens of each phrase, ``(first, last + 1)``.
    """

    unit: str
    pieces: tuple[Span, ...]
    ends: tuple[int, ...]
    phrases: tuple[Span, ...] = ()

    @property
    def evaluations(self) -> int:
        """How many tokens the model reads; at most :data:`MAX_EVALUATIONS`."""
        tokens = self.ends[-1] if self.ends else 0
        left_out = (*self.pieces, *self.phrases)
        return sum(self.ends) + sum(tokens - (last - first) for first, last in left_out)


def explain(
    classifier: Classifier,
    text: str,
    *,
    phrases: Sequence[str | Span] = (),
    target: str | None = None,
    curve: bool = True,
) -> Explanation:
    """Explain the answer to one text: word contributions, and the reading curve.

    A *contribution* is how far the probability falls when a piece is left out and all else stays
    (leave-one-out, or erasure: Li, Monroe and Jurafsky, arXiv:1612.08220). It is not additive:
    contributions do not sum to the probability. Of two words that say the same, each may count for
    nothing, because the other is still there; words that need each other, such as ``not bad``, are to
    be left out together, as a phrase. Where the model is very sure, every single word counts for
    little. A word outside the vocabulary counts as what it is to the model: some unknown word.

    The *curve* is the probability of the text up to a word, read as if it ended there. Its points are
    answers to beginnings, texts that nobody wrote; they are no state of a network that reads in both
    directions.

    Up to 400 tokens pieces are words, and the curve has a point a word. Beyond, pieces are sentences,
    neighbours together where they are too many, and points are evenly spaced, so that the model never
    reads more than :data:`MAX_EVALUATIONS` tokens.

    Args:
        classifier: the model at work.
        text: the text; at most 16,000 tokens.
        phrases: parts to be left out as a whole: ``(start, end)`` in characters, or a phrase, each
            place of which counts (in any case and spacing, whole words). Any word that a part touches
            belongs to it.
        target: the class to speak of, one of ``classifier.classes_``; None chooses it, see
            :attr:`Explanation.target`.
        curve: ask for every point of the curve; without it there is the last one alone, for a third less
            work.

    Raises:
        InputError: not a text, too long, a part without words or outside the text, too many phrases,
            or no such class.

    Example:
        >>> explanation = explain(opinia.load(), "A wonderful film.")
        >>> explanation.contributions[1].contribution > 0
        True
    """
    if not isinstance(text, str):
        raise InputError(
            f"only a text can be explained. Received: {type(text).__name__}", hint="one text a call"
        )
    classifier = classifier.reader_of(text)
    tokenizer = classifier.model.description.tokenizer
    if tokenizer.rule.ngrams:
        raise InputError(
            "the model reads n-grams, which share words: what one word does to the answer cannot be told",
            hint="explain with a model that reads single words",
        )
    ids = classifier.encode(text)
    _check_length(len(ids))  # before the places, which take 100 bytes each
    spans = tokenizer.spans(text)
    plan = make_plan(text, spans, phrases=phrases)
    ends = plan.ends if curve else plan.ends[-1:]
    whole = classifier.probabilities([ids])[0]
    labels = [str(label) for label in classifier.classes_]
    label = labels[int(classifier.answers(whole[None])[0])]
    column = find_class(labels, (labels[-1] if len(labels) == 2 else label) if target is None else target)
    left_out = (*plan.pieces, *plan.phrases)
    parts = [np.delete(ids, slice(*piece)) for piece in left_out] + [ids[:end] for end in ends[:-1]]
    found: NDArray[np.float32] = classifier.probabilities(parts)
    positive = float(whole[column])
    pieces = [
        Contribution(spans[first][0], spans[last - 1][1], positive - float(without))
        for (first, last), without in zip(left_out, found[:, column], strict=False)
    ]
    rows = [tuple(map(float, row)) for row in (*found[len(left_out) :], whole)]
    points = [Point(spans[end - 1][1], row[column], row) for end, row in zip(ends, rows, strict=False)]
    return Explanation(
        label=label,
        probability=float(whole.max()),
        target=labels[column],
        positive=positive,
        unit=plan.unit,
        contributions=tuple(pieces[: len(plan.pieces)]),
        curve=tuple(points),
        phrases=tuple(pieces[len(plan.pieces) :]),
        classes=tuple(labels),
        probabilities=tuple(map(float, whole)),
    )


def make_plan(text: str, spans: Sequence[Span], *, phrases: Sequence[str | Span] = ()) -> Plan:
    """Decide which parts of a text the model is asked about.

    Args:
        text: the text.
        spans: the place of each token in it.
        phrases: see :func:`explain`.

    Raises:
        InputError: the text is too long, or a phrase is impossible, or they are too many.
    """
    tokens = len(spans)
    _check_length(tokens)
    wanted = tuple(_places(text, spans, phrases))
    if sum(tokens - (last - first) for first, last in wanted) > CONTRIBUTION_TOKENS:
        most = CONTRIBUTION_TOKENS // tokens
        raise InputError(
            f"too many phrases for a text of {tokens:,} words: {len(wanted):,} places, at most {most:,}",
            hint="ask for fewer at a time",
        )
    if tokens <= WORD_TOKENS:
        words = tuple((i, i + 1) for i in range(tokens))
        return Plan("word", words, tuple(range(1, tokens + 1)), wanted)
    most = 1 + CONTRIBUTION_TOKENS // tokens  # each token is read once less than there are pieces
    points = 2 * CURVE_TOKENS // tokens - 1
    ends = tuple(tokens * i // points for i in range(1, points + 1))
    return Plan("sentence", tuple(_grouped(_sentences(text, spans), most)), ends, wanted)


def _check_length(tokens: int) -> None:
    if tokens > MAX_TOKENS:
        raise TooLongError(
            f"the text is too long to be explained: {tokens:,} words, at most {MAX_TOKENS:,}",
            hint="explain a part of it; longer ones can be judged",
        )


def _sentences(text: str, spans: Sequence[Span]) -> list[Span]:
    """Return the tokens of each sentence, at most :data:`SENTENCE_TOKENS` of them."""
    breaks = [match.end() for match in _SENTENCE_END.finditer(text)]
    number = [bisect_right(breaks, start) for start, _ in spans]
    firsts = [0, *(i for i in range(1, len(spans)) if number[i] != number[i - 1]), len(spans)]
    pieces = []
    for first, last in pairwise(firsts):
        parts = -(-(last - first) // SENTENCE_TOKENS)
        cuts = [first + (last - first) * i // parts for i in range(parts + 1)]
        pieces += list(pairwise(cuts))
    return pieces


def _grouped(pieces: Sequence[Span], most: int) -> Iterator[Span]:
    """Put neighbours together until there are at most so many, of like length."""
    if len(pieces) <= most:
        yield from pieces
        return
    edges = [last for _, last in pieces]
    wanted = (edges[-1] * i / most for i in range(1, most + 1))
    chosen = sorted({0, *(edges[bisect_left(edges, edge)] for edge in wanted)})
    yield from pairwise(chosen)


def _places(text: str, spans: Sequence[Span], phrases: Sequence[str | Span]) -> Iterator[Span]:
    """Yield the tokens of each place of each phrase."""
    begins, closes = [start for start, _ in spans], [end for _, end in spans]
    for phrase in phrases:
        found = find_phrase(text, phrase) if isinstance(phrase, str) else _checked_place(text, phrase)
        for start, end in found:
            first, last = bisect_right(closes, start), bisect_left(begins, end)
            if first < last:
                yield first, last
            elif not isinstance(phrase, str):
                raise InputError(f"there is no word at the place. Received: {phrase}")


def _checked_place(text: str, place: Span) -> list[Span]:
    start, end = place
    if not 0 <= start < end <= len(text):
        raise InputError(
            f"a place is (start, end) inside the text's {len(text):,} characters. Received: {place}"
        )
    return [(start, end)]
