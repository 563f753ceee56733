"""A study on Ray: each training is a task that asks for its processors, or for a GPU.

The run folders are the only memory. A worker writes a checkpoint there after each epoch; if it is lost, Ray
is given the same task again, which goes on from there, to the same weights as one that was never lost.
"""

from __future__ import annotations

import collections
import contextlib
import os
import pickle
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from opinia.errors import DataError, TrainingError
from opinia.runs.folder import RunFolder
from opinia.study.workers import Failure, Job, Progress, remove_leftovers, train_job
from opinia.system.ray_cluster import cluster, import_ray

TRIES = 3
"""How often in a row a training may be lost without an epoch more."""
SECONDS_BETWEEN_LOOKS = 0.2
TASK = "opinia-study"
_AGAIN = "the same command goes on where it was"


@dataclass
class _Running:
    """A training under way.

    Args:
        job: which.
        epochs: that it had behind it when it was last given to Ray.
        lost: how often it was lost since its last epoch.
    """

    job: Job
    epochs: int
    lost: int = 0


class RayWork:
    """Trains the trainings of a study on a cluster of Ray, or on one of its own on this machine.

    All machines see the folder of the study under the same path.

    Args:
        address: of the cluster; see :func:`opinia.system.ray_cluster.cluster`.
        side_by_side: trainings at a time; None has as many as the cluster has room for.
        gpus: that a training asks for, such as 1, or 0.5 where two share one; 0 trains on processors.
        say: told in words where a training is lost, or has to wait for a machine.

    Raises:
        MissingExtraError: Ray is not installed.
    """

    def __init__(
        self,
        *,
        address: str | None = None,
        side_by_side: int | None = None,
        gpus: float = 0.0,
        say: Callable[[str], None] = lambda line: None,
    ) -> None:
        self._ray = import_ray("a study on Ray")
        self._address, self._side_by_side, self._gpus, self._say = address, side_by_side, gpus, say

    def __call__(self, jobs: Sequence[Job], *, on_progress: Callable[[Progress], None]) -> None:
        """Train everything.

        Args:
            jobs: in the order in which they start.
            on_progress: called for each training, a few times a second.

        Raises:
            DataError: there is no such cluster.
            TrainingError: a training failed, or was lost again and again; the others are stopped, and can be
                continued.
        """
        if not jobs:
            return
        threads = max(job.recipe.training.threads for job in jobs)
        wanted = None
        if self._side_by_side is not None or threads > (os.cpu_count() or 1):
            wanted = threads * (self._side_by_side or 1)
        with cluster(self._ray, self._address, processors=wanted) as is_own:
            self._check_room(threads, is_own=is_own)
            self._work(jobs, on_progress)

    def _check_room(self, threads: int, *, is_own: bool) -> None:
        """Check that some machine can train at all: Ray itself would wait for one without a word."""
        machines = [node["Resources"] for node in self._ray.nodes() if node["Alive"]]
        if any(each.get("CPU", 0) >= threads and each.get("GPU", 0) >= self._gpus for each in machines):
            return
        needed = f"{threads} processors" if threads != 1 else "a processor"
        if self._gpus:
            needed += f" and {self._gpus:g} GPU"
        if is_own:
            raise TrainingError(
                f"a training asks for {needed}, which this machine has not",
                hint="set training.threads lower, leave out --gpus, or name a cluster with --address",
            )
        self._say(f"no machine of the cluster has {needed} now: the trainings wait until one comes")

    def _work(self, jobs: Sequence[Job], on_progress: Callable[[Progress], None]) -> None:
        ray = self._ray
        mailbox = ray.remote(num_cpus=0, max_restarts=TRIES)(_Mailbox).remote()
        # Of bytes, not of arrays: those that Ray shares cannot be written, which PyTorch warns of.
        tasks = {id(job.task): job.task for job in jobs}
        packed = {key: ray.put(pickle.dumps(task)) for key, task in tasks.items()}

        def submit(job: Job) -> Any:
            function = ray.remote(max_calls=1, max_retries=0)(_train_there)
            threads = job.recipe.training.threads
            shorter = tuple(path.resolve() for path in job.shorter)
            light = replace(job, task=None, folder=job.folder.resolve(), shorter=shorter)
            return function.options(num_cpus=threads, num_gpus=self._gpus, name=TASK).remote(
                light, packed[id(job.task)], mailbox, os.getcwd(), self._gpus > 0
            )

        waiting = collections.deque(_Running(job, _epochs(job)) for job in jobs)
        running: dict[Any, _Running] = {}
        try:
            while waiting or running:
                while waiting and len(running) < (self._side_by_side or len(jobs)):
                    each = waiting.popleft()
                    running[submit(each.job)] = each
                ended, _ = ray.wait(list(running), timeout=SECONDS_BETWEEN_LOOKS)
                for progress in self._heard(mailbox):
                    on_progress(progress)
                for reference in ended:
                    each = running.pop(reference)
                    if self._is_lost(reference, each):
                        waiting.appendleft(each)
        finally:
            for reference in running:
                ray.cancel(reference, force=True)

    def _is_lost(self, reference: Any, each: _Running) -> bool:
        """Tell whether a training that ended was lost on the way, and is to go on.

        Raises:
            TrainingError: it failed, or was lost too often.
        """
        exceptions = self._ray.exceptions
        training = each.job.training
        try:
            failure: Failure | None = self._ray.get(reference)
        except exceptions.RayError as error:  # also what Ray itself stumbled over in a worker
            epochs = _epochs(each.job)
            each.lost = 1 if epochs > each.epochs else each.lost + 1
            each.epochs = epochs
            reason = f"{training}: its worker was lost ({type(error).__name__})"
            if isinstance(error, exceptions.RayTaskError):
                reason = f"{training}: its worker failed ({_last_line(error)})"
            if each.lost >= TRIES:
                raise TrainingError(
                    f"{reason}, {TRIES} times without an epoch more", hint=f"is there memory enough? {_AGAIN}"
                ) from error
            self._say(
                f"{reason}; it goes on after epoch {epochs}" if epochs else f"{reason}; it starts again"
            )
            return True
        if failure is not None:
            raise failure.of(training)
        return False

    def _heard(self, mailbox: Any) -> list[Progress]:
        try:
            heard: list[Progress] = self._ray.get(mailbox.take.remote())
        except self._ray.exceptions.RayError:  # its machine is lost; what it had not told yet is no loss
            return []
        return heard


class _Mailbox:
    """An actor: keeps what trainings tell until somebody asks."""

    def __init__(self) -> None:
        self._kept: list[Progress] = []

    def put(self, progress: Progress) -> None:
        self._kept.append(progress)

    def take(self) -> list[Progress]:
        kept, self._kept = self._kept, []
        return kept


def _train_there(light: Job, packed: bytes, mailbox: Any, folder: str, on_gpu: bool) -> Failure | None:
    """Train one training; the body of a task."""
    from opinia.train.torch_setup import choose_device, gpu_name

    ray = import_ray("a study on Ray")
    if Path(folder).is_dir():  # models that a training begins with may be named from there
        os.chdir(folder)
    told: list[Any] = []

    def send(progress: Progress) -> None:
        told[:] = [mailbox.put.remote(progress)]

    device = choose_device("cuda" if on_gpu else "cpu")
    for path in (light.folder, *light.shorter):
        run = RunFolder(path)
        with run.alone():
            remove_leftovers(run)
            run.note_device(gpu_name(device))
    failure = train_job(replace(light, task=pickle.loads(packed)), send, device=device)  # noqa: S301
    with contextlib.suppress(ray.exceptions.RayError):
        ray.get(told)  # what was told last has arrived before the task is over
    return failure


def _epochs(job: Job) -> int:
    """Return how many epochs a training has behind it."""
    try:
        return len(RunFolder(job.folder).history())
    except DataError:
        return 0


def _last_line(error: Exception) -> str:
    lines = str(error).strip().splitlines()
    return lines[-1][:300] if lines else type(error).__name__
