"""The threads behind a server: one lane for short texts, one for what takes long.

Texts of all requests that wait in the lane of short texts are judged together. A free thread waits a few
milliseconds for company, then takes texts of one model from all requests in turn, some of each, so that a
request of a thousand texts does not hold up one of a single text. A batch ends at a number of texts, or of
characters: about as many as the network reads in ``BATCH_SECONDS``. The larger a batch, the less padding,
for the classifier sorts it by length: with the lengths of IMDB 57 % of what the network reads are words in
batches of 32, and 87 % in those of 256.

Very long texts and explanations are done one at a time, in a thread of their own, so that the threads of
the short texts never wait for it: the system shares the cores among them. What waits there is bounded by
its cost, the tokens that the network will read.
"""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from itertools import islice
from typing import Any

from opinia.errors import JudgementError, OpiniaError, TooLongError
from opinia.model.classifier import Classifier
from opinia.model.runtime import give_back_memory, keep_little_memory
from opinia.serve.failures import Refusal, describe_error, logger
from opinia.serve.metrics import Metrics
from opinia.serve.models import Models
from opinia.serve.options import ServeOptions
from opinia.serve.work import Answer, Overdue, Work, WorkFailed, hand_over, judge, watched
from opinia.system.machine import thread_count

LONG_CHARACTERS = 16_384
"""A longer text takes the slow lane; the longest review of IMDB has 14 thousand."""
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
CHARACTERS_A_TOKEN = 5
DEAREST_EXPLANATION = 400_000
"""Tokens; the bound of :data:`opinia.model.explain.MAX_EVALUATIONS`, rounded."""


class Engine:
    """Takes the texts of requests, or refuses them when too much waits already.

    Args:
        models: at work.
        options: threads, delay and bounds.
        metrics: counts what is done.
    """

    def __init__(self, models: Models, options: ServeOptions, metrics: Metrics) -> None:
        self._models = models
        self._max_tokens = options.max_tokens
        self._metrics = metrics
        self._quick = QuickLane(
            models.classifiers,
            threads=thread_count(options.threads),
            batch_delay=options.batch_delay,
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
            self._slow.put(SlowJob(work, place, call, len(texts[place]) // CHARACTERS_A_TOKEN))
        return work

    def explain(self, name: str, text: str, deadline: float, *, target: str | None = None) -> Work:
        """Queue a text to explain, for a class of the model's; the one piece of the work is the JSON of it.

        Raises:
            Refusal: too much waits already.
        """
        tokens = explanation_tokens(len(text))
        if not self._slow.has_room(tokens):
            raise _full(5)
        work = Work(deadline)
        self._slow.put(SlowJob(work, 0, partial(self._explain, name, text, work, target), tokens))
        return work

    def _judge(self, name: str, text: str, work: Work, position: int | None) -> Answer:
        classifier = watched(self._models.classifiers[name], work)
        places = None if position is None else [position]
        (answer,) = judge(classifier, [text], self._max_tokens, places)
        self._metrics.texts.labels(name).inc()
        self._metrics.tokens.labels(name).inc(answer.tokens)
        return answer

    def _explain(self, name: str, text: str, work: Work, target: str | None) -> dict[str, Any]:
        from opinia.model.explain import explain

        explanation = explain(watched(self._models.classifiers[name], work), text, target=target)
        self._metrics.explained.labels(name).inc()
        content = explanation.to_json()
        del content["phrases"]  # nobody can ask for any
        return content


def _full(seconds: int) -> Refusal:
    return Refusal(
        503,
        "queue_full",
        "too many texts wait already",
        hint="try again after the seconds in Retry-After, with fewer requests at once",
        retry_after=seconds,
    )


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
        batch_delay: seconds that a batch waits for further texts.
        max_texts: most texts that wait.
        max_characters: most characters that wait.
        max_tokens: most words and marks of one text.
        metrics: counts each batch.
    """

    def __init__(
        self,
        models: Mapping[str, Classifier],
        *,
        threads: int,
        batch_delay: float,
        max_texts: int,
        max_characters: int,
        max_tokens: int,
        metrics: Metrics,
    ) -> None:
        self._queues = {name: _Queue(name, classifier) for name, classifier in models.items()}
        self._turns = deque(self._queues.values())
        self._batch_delay = batch_delay
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
            until = queue.jobs[0].arrived + self._batch_delay
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


@dataclass(frozen=True)
class SlowJob:
    """One piece of slow work.

    Args:
        work: what the request waits for.
        place: of the result among the work's.
        call: does it, in the lane's thread.
        tokens: that the network will read, about.
    """

    work: Work
    place: int
    call: Callable[[], Any]
    tokens: int


class SlowLane:
    """A thread that does one slow thing after another.

    Args:
        max_tokens: most tokens that wait to be read.
        metrics: knows how many jobs wait.
    """

    def __init__(self, *, max_tokens: int, metrics: Metrics) -> None:
        self._max_tokens = max_tokens
        self._jobs: deque[SlowJob] = deque()
        self._tokens = 0
        self._stopping = False
        self._ready = threading.Condition()
        self._thread: threading.Thread | None = None
        metrics.watch_queue("slow", lambda: len(self._jobs))

    def start(self) -> None:
        """Start the thread, which is made here: one made before a fork passes for ended after it."""
        self._thread = threading.Thread(target=self._run, name="slow", daemon=True)
        self._stopping = False
        self._thread.start()

    def stop(self) -> None:
        """End the thread once the queue is empty."""
        with self._ready:
            self._stopping = True
            self._ready.notify()
        if self._thread is not None:
            self._thread.join()

    def is_alive(self) -> bool:
        """Tell whether the thread is at work."""
        return self._thread is not None and self._thread.is_alive()

    def has_room(self, tokens: int) -> bool:
        """Tell whether so much more may wait; an empty lane takes whatever a request may hold."""
        return not self._tokens or self._tokens + tokens <= self._max_tokens

    def put(self, job: SlowJob) -> None:
        """Queue a job."""
        with self._ready:
            self._jobs.append(job)
            self._tokens += job.tokens
            self._ready.notify()

    def _run(self) -> None:
        while True:
            with self._ready:
                while not self._jobs:
                    if self._stopping:
                        return
                    self._ready.wait()
                job = self._jobs.popleft()
            if not job.work.is_over():
                _do(job)
            give_back_memory()  # a long text takes much beside the network: words, ids, places
            with self._ready:
                self._tokens -= job.tokens


def _do(job: SlowJob) -> None:
    work = job.work
    try:
        hand_over([(work, [job.place], [job.call()])])
    except Overdue:
        pass
    except OpiniaError as error:
        if isinstance(error, JudgementError):
            logger.error("slow work failed: %s", describe_error(error))
        work.call(work.fail, error)
    except Exception as error:
        logger.error("slow work failed: %s", describe_error(error))
        work.call(work.fail, WorkFailed())


def explanation_tokens(characters: int) -> int:
    """Return about how many tokens the network reads to explain a text of so many characters."""
    words = characters // CHARACTERS_A_TOKEN + 1
    return min(DEAREST_EXPLANATION, words + words * words * 3 // 2)
