"""What a request waits for: pieces of work done in threads, awaited on the event loop."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from opinia.errors import TooLongError
from opinia.model.classifier import Classifier
from opinia.model.doubt import unknown_words
from opinia.text.language import language_of


class Overdue(Exception):
    """The work was given up: its client left, or its time is over."""


class WorkFailed(Exception):
    """The network failed on a piece of work; the log says how."""


@dataclass(frozen=True)
class Answer:
    """What the network said of one text.

    Args:
        probabilities: of each class, ``(classes,) float32``.
        tokens: how many the text has.
        unknown: share of its words outside the vocabulary, from 0 to 1; 1 without words. Marks are none.
        read_by: name of the model that read it, where each text is read by that of its language.
        doubt: why the answer should not be trusted; see :mod:`opinia.model.doubt`.
        language: that a text seems to be in whose answer is doubted, as a code of ISO 639-1; None where it is
            not clear.
        unknown_words: share of its words that are unknown and no signs such as emoji; None where
            nothing is doubted.
    """

    probabilities: NDArray[np.float32]
    tokens: int
    unknown: float
    read_by: str | None
    doubt: str | None
    language: str | None = None
    unknown_words: float | None = None


class Work:
    """Something that a request waits for. Threads hand over pieces; the event loop counts them.

    Args:
        deadline: when the work is worth nothing any more, on the clock of :func:`time.monotonic`.
        pieces: how many results make it whole.
    """

    def __init__(self, deadline: float, pieces: int = 1) -> None:
        self._loop = asyncio.get_running_loop()
        self._results: list[Any] = [None] * pieces
        self._left = pieces
        self._abandoned = False
        self.deadline = deadline
        self.future: asyncio.Future[list[Any]] = self._loop.create_future()
        if not pieces:
            self.future.set_result([])

    def is_over(self) -> bool:
        """Tell whether nobody waits for it any more."""
        return self._abandoned or time.monotonic() > self.deadline

    def abandon(self) -> None:
        """Let threads drop what they have not begun. Called on the event loop."""
        self._abandoned = True
        self.future.cancel()

    def call(self, function: Callable[..., None], *arguments: Any) -> None:
        """Call something on the event loop, from a thread."""
        with contextlib.suppress(RuntimeError):  # the loop is closed: the server was told to stop at once
            self._loop.call_soon_threadsafe(function, *arguments)

    def take(self, places: Sequence[int], results: Sequence[Any]) -> None:
        """Take finished pieces. Called on the event loop."""
        for place, result in zip(places, results, strict=True):
            self._results[place] = result
        self._left -= len(places)
        if not self._left and not self.future.done():
            self.future.set_result(self._results)

    def fail(self, error: Exception) -> None:
        """Take an error. Called on the event loop."""
        if not self.future.done():
            self._abandoned = True
            self.future.set_exception(error)


def hand_over(pieces: Sequence[tuple[Work, Sequence[int], Sequence[Any]]]) -> None:
    """Give finished pieces to their works, from a thread, and wake the event loop once for all of them."""
    if pieces:
        pieces[0][0].call(_take_all, pieces)


def _take_all(pieces: Sequence[tuple[Work, Sequence[int], Sequence[Any]]]) -> None:
    for work, places, results in pieces:
        work.take(places, results)


class Awaited(Protocol):
    """What somebody waits for, or not any more."""

    def is_over(self) -> bool:
        """Tell whether nobody waits for it any more."""


class _WatchedSession:
    """A session of ONNX Runtime that gives up between batches and pieces once nobody waits for the answer."""

    def __init__(self, session: Any, works: Sequence[Awaited]) -> None:
        self._session = session
        self._works = works

    def run(self, names: Any, feed: Any, **more: Any) -> Any:
        self.pause()
        return self._session.run(names, feed, **more)

    def pause(self) -> None:
        if all(work.is_over() for work in self._works):
            raise Overdue

    def __getattr__(self, name: str) -> Any:
        return getattr(self._session, name)


def watched(classifier: Classifier, *works: Awaited) -> Classifier:
    """Return the classifier, made to raise :class:`Overdue` once all works are over."""
    return classifier.with_sessions(lambda session: _WatchedSession(session, works))


def judge(
    classifier: Classifier, texts: Sequence[str], most: int, places: Sequence[int] | None = None
) -> list[Answer]:
    """Return what the network says of each text.

    Args:
        classifier: the model.
        texts: to judge.
        most: words and marks of one text.
        places: of the texts among those of their request, where it has several.

    Raises:
        TooLongError: a text has more words and marks.
        JudgementError: the network failed.
    """
    encoded = list[NDArray[np.int32]]()
    for number, text in enumerate(texts):
        encoded.append(classifier.encode(text))
        if len(encoded[-1]) > most:
            where = f" at position {places[number]}" if places is not None else ""
            raise TooLongError(
                f"a text has at most {most:,} words and marks. Received: {len(encoded[-1]):,}{where}",
                hint="send a part of it; `opinia score` reads longer ones",
            )
    answers = []
    judged, shares = classifier.probabilities(encoded), classifier.unknown_shares(encoded).tolist()
    doubts = classifier.doubts(texts, encoded)
    for row, ids, text, unknown, doubt in zip(judged, encoded, texts, shares, doubts, strict=True):
        answer = Answer(row, len(ids), unknown, classifier.read_by(ids), doubt)
        if doubt is not None:
            tokenizer = classifier.reader_of(text).model.description.tokenizer
            answer = replace(answer, language=language_of(text), unknown_words=unknown_words(text, tokenizer))
        answers.append(answer)
    return answers
