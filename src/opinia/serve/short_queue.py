"""The lane of short texts: texts of all requests that wait are judged together.

A free thread waits a few milliseconds for company, then takes texts of one model from all requests
in turn, some of each, so that a request of a thousand texts does not hold up one of a single text. A
batch ends at a number of texts, or of characters: about as many as the network reads in
``BATCH_SECONDS``. The larger a batch, the less padding, for the classifier sorts it by length: with
the lengths of IMDB 57 % of what the network reads are words in batches of 32, and 87 % in those of 256.
"""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice

from opinia.errors import OpiniaError, TooLongError
from opinia.model.classifier import Classifier
from opinia.serve.metrics import Metrics
from opinia.serve.work import (
    Answer,
    Overdue,
    Work,
    WorkFailed,
    describe_error,
    hand_over,
    judge,
    logger,
    watched,
)

BATCH_TEXTS = 512
BATCH_SECONDS = 0.2
"""Of processor time: on a busy machine batches take longer, and would do so the more if they were small."""
LEAST_CHARACTERS = 1 << 16
FIRST_CHARACTERS = 1 << 18
MOST_CHARACTERS = 1 << 20
WATCHED_CHARACTERS = 1 << 14
"""A larger batch is given up when nobody waits for it any more; of marks alone it takes a long time."""
SHARE_TEXTS = 16
"""So many texts of one request are taken before it is the next one's turn."""


@dataclass
class Texts:
    """The short texts of one request.

    Args:
        work: what the request waits for.
        texts: all texts of the request.
        places: which of them are to be judged here.
    """

    work: Work
    texts: Sequence[str]
    places: deque[int]
    arrived: float = field(default_factory=time.monotonic)

    def take(self, most: int) -> list[int]:
        """Return the places that come next."""
        return [self.places.popleft() for _ in range(min(most, len(self.places)))]


@dataclass
class _Queue:
    """What waits for one model.

    Args:
        name: of the model.
        classifier: the model.
        characters: that fit a batch.
    """

    name: str
    classifier: Classifier
    jobs: deque[Texts] = field(default_factory=deque)
    texts: int = 0
    characters: int = FIRST_CHARACTERS


class QuickLane:
    """Threads that judge texts in batches.

    Args:
        models: classifiers by name.
        threads: how many.
        window: seconds that a batch waits for company.
        max_texts: most texts that wait.
        max_characters: most characters that wait.
        max_tokens: most words and marks of one text.
        metrics: hears of each batch.
    """

    def __init__(
        self,
        models: Mapping[str, Classifier],
        *,
        threads: int,
        window: float,
        max_texts: int,
        max_characters: int,
        max_tokens: int,
        metrics: Metrics,
    ) -> None:
        self._queues = {name: _Queue(name, classifier) for name, classifier in models.items()}
        self._turns = deque(self._queues.values())
        self._window = window
        self._max_texts, self._max_characters = max_texts, max_characters
        self._max_tokens = max_tokens
        self._metrics = metrics
        lock = threading.Lock()
        self._free = threading.Condition(lock)
        self._company = threading.Condition(lock)
        self._gathering: _Queue | None = None
        self._stopping = False
        self._texts = self._characters = 0
        self._size = threads
        self._threads: list[threading.Thread] = []
        metrics.watch_queue("quick", lambda: self._texts)

    def start(self) -> None:
        """Start the threads, which are made here: those made before a fork pass for ended after it."""
        self._threads = [
            threading.Thread(target=self._run, name=f"quick-{i}", daemon=True) for i in range(self._size)
        ]
        self._stopping = False
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        """End the threads once the queue is empty."""
        with self._free:
            self._stopping = True
            self._free.notify_all()
            self._company.notify_all()
        for thread in self._threads:
            thread.join()

    def is_alive(self) -> bool:
        """Tell whether all threads are at work."""
        return bool(self._threads) and all(thread.is_alive() for thread in self._threads)

    def has_room(self, texts: int, characters: int) -> bool:
        """Tell whether so much more may wait; an empty lane takes whatever a request may hold."""
        most_texts, most_characters = self._max_texts - texts, self._max_characters - characters
        return not self._texts or (self._texts <= most_texts and self._characters <= most_characters)

    def put(self, name: str, job: Texts) -> None:
        """Queue texts for a model."""
        with self._free:
            queue = self._queues[name]
            queue.jobs.append(job)
            queue.texts += len(job.places)
            self._texts += len(job.places)
            self._characters += sum(len(job.texts[place]) for place in job.places)
            if self._gathering is None:
                self._free.notify()
            elif queue.texts >= BATCH_TEXTS:
                self._company.notify()

    def _run(self) -> None:
        while (gathered := self._gather()) is not None:
            queue, pieces = gathered
            if pieces:
                self._judge(queue, pieces)

    def _gather(self) -> tuple[_Queue, list[tuple[Texts, list[int]]]] | None:
        """Wait for texts and take a batch of them; None when there will be no more."""
        with self._free:
            while self._gathering is not None or (queue := self._next_queue()) is None:
                if self._stopping and not self._texts:
                    return None
                self._free.wait()
            self._gathering = queue
            until = queue.jobs[0].arrived + self._window
            while not self._stopping and queue.texts < BATCH_TEXTS and (left := until - time.monotonic()) > 0:
                self._company.wait(left)
            pieces = self._take(queue)
            self._gathering = None
            if self._texts or self._stopping:
                self._free.notify()
            return queue, pieces

    def _next_queue(self) -> _Queue | None:
        for _ in range(len(self._turns)):
            self._turns.rotate(-1)
            if self._turns[-1].jobs:
                return self._turns[-1]
        return None

    def _take(self, queue: _Queue) -> list[tuple[Texts, list[int]]]:
        pieces: list[tuple[Texts, list[int]]] = []
        texts = characters = 0
        while queue.jobs and texts < BATCH_TEXTS and characters < queue.characters:
            job = queue.jobs.popleft()
            is_over = job.work.is_over()
            places = job.take(len(job.places) if is_over else min(SHARE_TEXTS, BATCH_TEXTS - texts))
            length = sum(len(job.texts[place]) for place in places)
            queue.texts -= len(places)
            self._texts -= len(places)
            self._characters -= length
            if is_over:
                continue
            texts += len(places)
            characters += length
            pieces.append((job, places))
            if job.places:
                queue.jobs.append(job)
        return pieces

    def _judge(self, queue: _Queue, pieces: Sequence[tuple[Texts, list[int]]]) -> None:
        begin, worked = time.perf_counter(), time.thread_time()
        texts = [job.texts[place] for job, places in pieces for place in places]
        (first, places), is_one = pieces[0], len(pieces) == 1
        classifier = queue.classifier
        if sum(map(len, texts)) > WATCHED_CHARACTERS:
            classifier = watched(classifier, *(job.work for job, _ in pieces))
        try:
            where = places if is_one and len(first.texts) > 1 else None
            answers = judge(classifier, texts, self._max_tokens, where)
        except Overdue:
            return
        except Exception as error:
            if is_one:
                self._fail(first.work, error)
            else:  # one request may not take the others' answers
                for piece in pieces:
                    self._judge(queue, [piece])
            return
        worked = time.thread_time() - worked
        seconds = time.perf_counter() - begin
        left = iter(answers)
        hand_over([(job.work, places, list(islice(left, len(places)))) for job, places in pieces])
        self._adapt(queue, sum(map(len, texts)), worked)
        self._count(queue.name, answers, seconds)

    def _fail(self, work: Work, error: Exception) -> None:
        if not isinstance(error, TooLongError):
            logger.error("a batch failed: %s", describe_error(error))
        work.call(work.fail, error if isinstance(error, OpiniaError) else WorkFailed())

    def _adapt(self, queue: _Queue, characters: int, seconds: float) -> None:
        """Let the batches of a model take about as long as they should."""
        if characters >= LEAST_CHARACTERS // 2:
            fitting = int(characters * BATCH_SECONDS / max(seconds, 1e-6))
            middle = (3 * queue.characters + fitting) // 4
            queue.characters = min(MOST_CHARACTERS, max(LEAST_CHARACTERS, middle))

    def _count(self, name: str, answers: Sequence[Answer], seconds: float) -> None:
        tokens = sum(answer.tokens for answer in answers)
        self._metrics.texts.labels(name).inc(len(answers))
        self._metrics.tokens.labels(name).inc(tokens)
        self._metrics.batch_texts.observe(len(answers))
        self._metrics.batch_tokens.observe(tokens)
        self._metrics.batch_seconds.observe(seconds)
