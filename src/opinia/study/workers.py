"""Trainings side by side, a process each, none of which outlives the one that started it."""

from __future__ import annotations

import dataclasses
import multiprocessing
import signal
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from multiprocessing.connection import Connection, wait
from pathlib import Path
from typing import Any, Protocol

from opinia.errors import OpiniaError, TrainingError
from opinia.runs.folder import DIGESTED, RunFolder
from opinia.runs.history import Epoch
from opinia.runs.recipe import Recipe
from opinia.study.recipe import Training
from opinia.train.loop.callbacks import Callback
from opinia.train.loop.trainer import Step, Trainer
from opinia.train.texts import Task

SECONDS_BETWEEN_REPORTS = 0.1


@dataclass(frozen=True)
class Progress:
    """Where one training stands.

    Args:
        run: name of its longest run.
        seed: its seed.
        epoch: the epoch under way, from 1.
        share: of that epoch, from 0 to 1.
        loss: mean of the epoch so far.
        accuracy: mean of the epoch so far.
        finished: the epoch that has just ended, or None.
        seconds: how long that epoch took, or 0.
        said: what the training said in words, or nothing.
    """

    run: str
    seed: int
    epoch: int
    share: float
    loss: float
    accuracy: float
    finished: Epoch | None = None
    seconds: float = 0.0
    said: str = ""


@dataclass(frozen=True)
class Job:
    """One training, ready to go on.

    Args:
        training: which one.
        recipe: of its longest run.
        task: the tokenised reviews; None where they travel apart.
        folder: the started folder of the longest run.
        shorter: the started folders of the runs that it passes through.
    """

    training: Training
    recipe: Recipe
    task: Task | None
    folder: Path
    shorter: tuple[Path, ...]


class Engine(Protocol):
    """What does trainings: the processes of :func:`work`, or a cluster."""

    def __call__(self, jobs: Sequence[Job], *, on_progress: Callable[[Progress], None]) -> None:
        """Train everything; see :func:`work`."""


@dataclass(frozen=True)
class Failure:
    """An error on its way from a training's process to the one that started it."""

    message: str
    hint: str | None

    def of(self, training: Training) -> TrainingError:
        """Return the error, with the training that failed."""
        return TrainingError(f"{training}: {self.message}", hint=self.hint)


def work(jobs: Sequence[Job], *, side_by_side: int, on_progress: Callable[[Progress], None]) -> None:
    """Train everything, some of it side by side.

    Args:
        jobs: in the order in which they start.
        side_by_side: processes at a time, at least 1.
        on_progress: called for each training, about ten times a second.

    Raises:
        TrainingError: a training failed; the others are stopped, and can be continued.
    """
    waiting = list(jobs)
    running: dict[Connection, tuple[Any, Training]] = {}
    try:
        while waiting or running:
            while waiting and len(running) < side_by_side:
                job = waiting.pop(0)
                process, messages = _start(job)
                running[messages] = process, job.training
            heard = wait(list(running))
            for messages in [connection for connection in running if connection in heard]:
                process, training = running[messages]
                try:
                    message = messages.recv()
                except (EOFError, OSError):
                    del running[messages]
                    _end(process, messages, training)
                    continue
                if isinstance(message, Failure):
                    raise message.of(training)
                on_progress(message)
    finally:
        for process, _ in running.values():
            process.terminate()
        for messages, (process, _) in running.items():
            process.join()
            messages.close()


def remove_leftovers(run: RunFolder) -> None:
    """Remove the half-written files of a process that was killed."""
    for name in (*DIGESTED, "checkpoint.pt", "run.json"):
        for leftover in run.path.glob(f".{name}.*"):
            leftover.unlink(missing_ok=True)


def _start(job: Job) -> tuple[Any, Connection]:
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe(duplex=False)
    process = context.Process(target=_train, args=(job, theirs), daemon=True)
    # Ctrl-C reaches the whole group of processes: the parent alone gets it, and ends its children.
    # A child must not hear it while its interpreter starts either, and inherits that.
    in_main = threading.current_thread() is threading.main_thread()
    heard = signal.signal(signal.SIGINT, signal.SIG_IGN) if in_main else None
    try:
        process.start()
    finally:
        if in_main:
            signal.signal(signal.SIGINT, heard)
    theirs.close()
    return process, ours


def _end(process: Any, messages: Connection, training: Training) -> None:
    process.join()
    messages.close()
    if process.exitcode:
        reason = f"status {process.exitcode}" if process.exitcode > 0 else f"signal {-process.exitcode}"
        raise TrainingError(
            f"{training}: its process ended with {reason}", hint="start the study again to go on where it was"
        )


class _Reporter(Callback):
    """Sends what it is told to the process that started the training."""

    def __init__(self, training: Training, send: Callable[[Progress], None]) -> None:
        self._training, self._send_on = training, send
        self._last = 0.0
        self._sent = Progress(training.run, training.seed, 1, 0.0, 0.0, 0.0)

    def on_batch_end(self, trainer: Trainer[Any], step: Step) -> None:  # noqa: ARG002
        now = time.monotonic()
        if now - self._last >= SECONDS_BETWEEN_REPORTS or step.number == step.steps:
            self._last = now
            self._send(step.epoch, step.number / step.steps, step.loss, step.accuracy)

    def on_epoch_end(self, trainer: Trainer[Any], epoch: Epoch) -> None:
        seconds = trainer.seconds[-1]
        self._send(epoch.epoch, 1.0, epoch.loss, epoch.accuracy, finished=epoch, seconds=seconds)

    def say(self, line: str) -> None:
        self._send_on(dataclasses.replace(self._sent, finished=None, seconds=0.0, said=line))

    def _send(self, epoch: int, share: float, loss: float, accuracy: float, **more: Any) -> None:
        training = self._training
        self._sent = Progress(training.run, training.seed, epoch, share, loss, accuracy, **more)
        self._send_on(self._sent)


def _train(job: Job, messages: Connection) -> None:
    """Train one training; the body of a process."""
    threading.Thread(target=_end_with_parent, daemon=True).start()
    if failure := train_job(job, messages.send):
        messages.send(failure)


def train_job(job: Job, send: Callable[[Progress], None], *, device: str = "cpu") -> Failure | None:
    """Train one training in this process, from the start or from its checkpoint.

    Args:
        job: which.
        send: called about ten times a second.
        device: ``"cpu"`` or ``"cuda"``.

    Returns:
        Why it could not be done, or None.
    """
    from opinia.train.pipeline import train

    assert job.task is not None  # noqa: S101
    reporter = _Reporter(job.training, send)
    try:
        train(
            job.recipe,
            job.task,
            RunFolder(job.folder),
            device=device,
            callbacks=(reporter,),
            shorter=tuple(RunFolder(path) for path in job.shorter),
            say=reporter.say,
        )
    except OpiniaError as error:
        return Failure(error.message, error.hint)
    except OSError as error:
        return Failure(f"{job.folder}: {error}", None)
    return None


def _end_with_parent() -> None:
    """End this process at once when its parent is gone, however that ended."""
    import os

    parent = multiprocessing.parent_process()
    assert parent is not None  # noqa: S101
    parent.join()
    os._exit(1)
