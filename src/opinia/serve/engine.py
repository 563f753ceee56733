"""The threads behind a server: one lane for short texts, one for what takes long."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING

from opinia.model.runtime import keep_little_memory
from opinia.serve.failures import Refusal
from opinia.serve.long_queue import CHARACTERS_A_TOKEN, Errand, SlowLane, explanation_tokens
from opinia.serve.metrics import Metrics
from opinia.serve.models import Models
from opinia.serve.options import ServeOptions
from opinia.serve.short_queue import QuickLane, Texts
from opinia.serve.work import Answer, Work, judge, watched
from opinia.system.machine import thread_count

if TYPE_CHECKING:
    from opinia.model.explain import Explanation

LONG_CHARACTERS = 16_384
"""A longer text takes the slow lane; the longest review of IMDB has 14 thousand."""


class Engine:
    """Takes the texts of requests, or refuses them when too much waits already.

    Args:
        models: at work.
        options: threads, window and bounds.
        metrics: hears of what is done.
    """

    def __init__(self, models: Models, options: ServeOptions, metrics: Metrics) -> None:
        self._models = models
        self._max_tokens = options.max_tokens
        self._metrics = metrics
        self._quick = QuickLane(
            models.classifiers,
            threads=thread_count(options.threads),
            window=options.window,
            max_texts=options.queue_texts,
            max_characters=options.queue_characters,
            max_tokens=options.max_tokens,
            metrics=metrics,
        )
        self._slow = SlowLane(max_tokens=options.queue_slow_tokens, metrics=metrics)

    def start(self) -> None:
        """Start the threads, in a process that keeps little of what large requests take."""
        keep_little_memory()
        self._quick.start()
        self._slow.start()

    def stop(self) -> None:
        """End the threads once all that waits is done or given up."""
        self._quick.stop()
        self._slow.stop()

    def is_alive(self) -> bool:
        """Tell whether all threads are at work."""
        return self._quick.is_alive() and self._slow.is_alive()

    def judge(self, name: str, texts: Sequence[str], deadline: float) -> Work:
        """Queue texts; each piece of the work is an :class:`~opinia.serve.work.Answer`.

        Raises:
            Refusal: too much waits already.
        """
        long = [place for place, text in enumerate(texts) if len(text) > LONG_CHARACTERS]
        apart = set(long)
        short = deque(place for place in range(len(texts)) if place not in apart)
        tokens = sum(len(texts[place]) for place in long) // CHARACTERS_A_TOKEN
        characters = sum(len(texts[place]) for place in short)
        if short and not self._quick.has_room(len(short), characters):
            raise _full(1)
        if long and not self._slow.has_room(tokens):
            raise _full(5)
        work = Work(deadline, len(texts))
        if short:
            self._quick.put(name, Texts(work, texts, short))
        for place in long:
            position = place if len(texts) > 1 else None
            call = partial(self._judge, name, texts[place], work, position)
            self._slow.put(Errand(work, place, call, len(texts[place]) // CHARACTERS_A_TOKEN))
        return work

    def explain(self, name: str, text: str, deadline: float) -> Work:
        """Queue a text to explain; the one piece of the work is an explanation.

        Raises:
            Refusal: too much waits already.
        """
        tokens = explanation_tokens(len(text))
        if not self._slow.has_room(tokens):
            raise _full(5)
        work = Work(deadline)
        self._slow.put(Errand(work, 0, partial(self._explain, name, text, work), tokens))
        return work

    def _judge(self, name: str, text: str, work: Work, position: int | None) -> Answer:
        classifier = watched(self._models.classifiers[name], work)
        places = None if position is None else [position]
        (answer,) = judge(classifier, [text], self._max_tokens, places)
        self._metrics.texts.labels(name).inc()
        self._metrics.tokens.labels(name).inc(answer.tokens)
        return answer

    def _explain(self, name: str, text: str, work: Work) -> Explanation:
        from opinia.model.explain import explain

        explanation = explain(watched(self._models.classifiers[name], work), text)
        self._metrics.explained.labels(name).inc()
        return explanation


def _full(seconds: int) -> Refusal:
    return Refusal(
        503,
        "queue_full",
        "too many texts wait already",
        hint="try again after the seconds in Retry-After, with fewer requests at once",
        retry_after=seconds,
    )
