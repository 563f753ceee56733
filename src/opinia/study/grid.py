"""Train what a study asks for, side by side in processes; whatever is finished is left alone."""

from __future__ import annotations

import contextlib
import multiprocessing
import os
import queue
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from opinia.errors import OpiniaError, TrainingError
from opinia.study.recipe import Study, Training, trainings
from opinia.train.history import Epoch
from opinia.train.runs import RunFolder


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
    """

    run: str
    seed: int
    epoch: int
    share: float
    loss: float
    accuracy: float
    finished: Epoch | None = None
    seconds: float = 0.0


@dataclass(frozen=True)
class _Failure:
    """An error on its way from a training's process to the parent."""

    training: str
    message: str
    hint: str | None


def run_folder(folder: Path, run: str, seed: int) -> RunFolder:
    """Return where the run of a study is kept."""
    return RunFolder(folder / run / f"seed-{seed}")


def run_study(
    study: Study,
    folder: Path,
    *,
    jobs: int = 1,
    source: Path | None = None,
    retrain: bool = False,
    on_progress: Callable[[Progress], None] = lambda progress: None,
) -> None:
    """Train every run of a study that is not finished yet.

    Args:
        study: the grid.
        folder: holds a folder a run; made where missing.
        jobs: trainings side by side, a process each.
        source: a copy of the IMDB reviews; None looks for one.
        retrain: train again the finished runs whose files were changed since.
        on_progress: hears of each training, about ten times a second.

    Raises:
        TrainingError: another process works on this folder, a finished run was changed, a run was
            started with another recipe, or a training failed.
    """
    with _alone_in(folder):
        waiting = [t for t in trainings(study) if _is_unfinished(study, folder, t, retrain=retrain)]
        _run_all(study, folder, waiting, jobs=jobs, source=source, on_progress=on_progress)


@contextlib.contextmanager
def _alone_in(folder: Path) -> Iterator[None]:
    """Hold the folder's lock; the system lets go of it however this process ends."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        lock = (folder / ".lock").open("w")
    except OSError as error:
        raise TrainingError(f"{folder} cannot be written: {error.strerror or error}") from error
    with lock:
        if not _try_lock(lock.fileno()):
            raise TrainingError(
                f"another process is training the study in {folder}",
                hint="wait for it, or stop it: what it has finished is kept",
            )
        yield


def _try_lock(descriptor: int) -> bool:
    try:
        import fcntl
    except ImportError:  # Windows
        import msvcrt

        lock = lambda: msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)  # type: ignore[attr-defined]  # noqa: E731
    else:
        lock = lambda: fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)  # noqa: E731
    try:
        lock()
    except OSError:
        return False
    return True


def _is_unfinished(study: Study, folder: Path, training: Training, *, retrain: bool) -> bool:
    """Make the run folders of a training ready, and tell whether there is something to train."""
    unfinished = False
    for name in (training.run, *training.shorter):
        run = run_folder(folder, name, training.seed)
        recipe = study.recipe(name, training.seed)
        if run.is_started and run.recipe() != recipe:
            raise TrainingError(
                f"{run.path} holds a run of another recipe", hint="name another folder, or delete that one"
            )
        if run.is_finished and (changed := run.changed_files()):
            if not retrain:
                raise TrainingError(
                    f"{run.path} was changed after it was finished: {', '.join(changed)}",
                    hint="restore the files, or train this run again with --retrain",
                )
            run.reset()
        unfinished |= not run.is_finished
    if unfinished and run_folder(folder, training.run, training.seed).is_finished:
        # The long run passed a shorter one that is missing now: it must be passed again.
        run_folder(folder, training.run, training.seed).reset()
    return unfinished


def _run_all(
    study: Study,
    folder: Path,
    waiting: list[Training],
    *,
    jobs: int,
    source: Path | None,
    on_progress: Callable[[Progress], None],
) -> None:
    context = multiprocessing.get_context("spawn")
    messages: Any = context.Queue()
    running: list[Any] = []
    pending = list(waiting)
    try:
        while pending or running:
            while pending and len(running) < jobs:
                arguments = (study, folder, pending.pop(0), source, messages, os.getpid())
                process = context.Process(target=_work, args=arguments, daemon=True)
                process.start()
                running.append(process)
            with contextlib.suppress(queue.Empty):
                message = messages.get(timeout=0.2)
                if isinstance(message, _Failure):
                    raise TrainingError(f"{message.training}: {message.message}", hint=message.hint)
                on_progress(message)
                continue
            for process in [p for p in running if not p.is_alive()]:
                running.remove(process)
                if process.exitcode:
                    raise TrainingError(f"a training ended with status {process.exitcode}")
    finally:
        for process in running:
            process.terminate()
            process.join()


class _Reporter:
    """Sends progress to the parent, and ends the process when the parent is gone."""

    def __init__(self, training: Training, messages: Any, parent: int) -> None:
        self._training, self._messages, self._parent = training, messages, parent
        self._last = 0.0

    def on_step(self, epoch: int, step: int, steps: int, loss: float, accuracy: float) -> None:
        import time

        if os.getppid() != self._parent:
            raise SystemExit(1)
        now = time.monotonic()
        if now - self._last >= 0.1 or step == steps:
            self._last = now
            self._send(epoch, step / steps, loss, accuracy)

    def on_epoch(self, epoch: Epoch, seconds: float, *, is_best: bool) -> None:
        self._send(epoch.epoch, 1.0, epoch.loss, epoch.accuracy, finished=epoch, seconds=seconds)

    def _send(self, epoch: int, share: float, loss: float, accuracy: float, **more: Any) -> None:
        training = self._training
        self._messages.put(Progress(training.run, training.seed, epoch, share, loss, accuracy, **more))


def _work(
    study: Study, folder: Path, training: Training, source: Path | None, messages: Any, parent: int
) -> None:
    """Train one training of a study; the body of a process."""
    import signal

    from opinia.train.environment import describe
    from opinia.train.loop import train
    from opinia.train.task import prepare

    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the parent hears Ctrl-C and ends its children
    try:
        recipe = study.recipe(training.run, training.seed)
        task = prepare(recipe, source=source)
        folders = {}
        for name in (*training.shorter, training.run):
            folders[name] = run_folder(folder, name, training.seed)
            if not folders[name].is_started:
                own = study.recipe(name, training.seed)
                folders[name].start(own, describe(own, task))
        train(
            recipe,
            task,
            folders[training.run],
            watchers=(_Reporter(training, messages, parent),),
            shorter=tuple(folders[name] for name in training.shorter),
        )
    except OpiniaError as error:
        messages.put(_Failure(f"{training.run}, seed {training.seed}", error.message, error.hint))
        raise SystemExit(1) from error
