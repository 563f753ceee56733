"""How long waiting threads should spin: steps of training with each setting, alone and beside other work.

    python benchmarks/spinning.py

Each measured process trains on two threads with opinia's own loop: the published network at IMDB's
lengths, and on the built-in sample, whose short reviews make the threads wait for each other most. It
runs alone, beside as many busy processes as there are cores, and beside them at the lowest priority; the
settings take turns. A process that has taken no step within the limit counts as one step of that time, which
is less than it would have taken. Writes ``benchmarks/results/spinning.json``. Leave the machine to it.
"""

from __future__ import annotations

import argparse
import contextlib
import functools
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

import opinia.train  # noqa: F401 - before PyTorch, as everywhere: it bounds the spinning
from measure import RESULTS, answer, in_turns, machine, medians, write_json
from opinia.train.loop.callbacks import Callback
from opinia.train.loop.trainer import Step, Trainer
from opinia.train.torch_setup import CHOICES

SETTINGS: dict[str, dict[str, str]] = {
    "300,000 rounds, GNU's own choice": {"GOMP_SPINCOUNT": "300000"},
    "100,000 rounds": {"GOMP_SPINCOUNT": "100000"},
    "10,000 rounds": {"GOMP_SPINCOUNT": "10000"},
    "1,000 rounds": {"GOMP_SPINCOUNT": "1000"},
    "OMP_WAIT_POLICY=PASSIVE": {"OMP_WAIT_POLICY": "PASSIVE"},
    "one thread": {"GOMP_SPINCOUNT": "10000"},
}
COMPANY = ("alone", "beside busy processes", "beside them, at low priority")
WORK = ("published network", "sample")
WARM_UP = 3
LOWEST_PRIORITY = 19
BUSY = "import os; parent = os.getppid()\nwhile os.getppid() == parent: pass"


class Enough(Exception):
    """The steps that are measured are over."""


class Stopwatch(Callback):
    """Times the steps behind the first few, and ends the training once it has enough.

    Args:
        steps: how many are timed.
        seconds: after which it ends with fewer.
    """

    def __init__(self, steps: int, seconds: float) -> None:
        self._steps, self._seconds = steps, seconds
        self.begin = 0.0
        self.times: list[float] = []
        self.start = time.perf_counter()

    def on_batch_end(self, trainer: Trainer[Any], step: Step) -> None:  # noqa: ARG002
        """Take the time of a step."""
        now = time.perf_counter()
        taken = (step.epoch - 1) * step.steps + step.number
        if not self.begin and (taken == WARM_UP or now - self.start > self._seconds):
            self.begin = now
        elif self.begin:
            self.times.append(now - self.begin)
            if len(self.times) == self._steps or self.times[-1] > self._seconds:
                raise Enough


def measure(work: str, *, threads: int, steps: int, seconds: float) -> dict[str, float]:
    """Train in this process until enough steps are timed, and return milliseconds a step."""
    from opinia.runs.folder import RunFolder
    from opinia.runs.recipe import Recipe
    from opinia.train.pipeline import train
    from opinia.train.texts import prepare

    recipe = Recipe().replace(
        {
            "training.threads": threads,
            "data.source": "sample",
            "data.validation": 300,
            "training.epochs": 1000,
        }
    )
    task = prepare(recipe)
    if work == "published network":
        task = with_long_reviews(task)
    stopwatch = Stopwatch(steps, seconds)
    with tempfile.TemporaryDirectory() as folder, contextlib.suppress(Enough):
        run = RunFolder(Path(folder) / "run")
        run.start(recipe, {"data": task.card["data"]})
        train(recipe, task, run, callbacks=(stopwatch,))
    return {"ms_a_step": 1000 * stopwatch.times[-1] / len(stopwatch.times), "steps": len(stopwatch.times)}


def with_long_reviews(task: Any) -> Any:
    """Return the task with training reviews of IMDB's lengths, of random words."""
    import dataclasses

    from opinia.data.corpus import Corpus

    random = np.random.default_rng(0)
    lengths = np.minimum(random.lognormal(5.2, 0.7, 6400).astype(int) + 8, 2400)
    starts = np.concatenate([[0], np.cumsum(lengths)])
    ids = random.integers(1, len(task.tokenizer), starts[-1], np.int32)
    labels = random.integers(0, 2, len(lengths)).astype(np.float32)
    return dataclasses.replace(task, training=Corpus(ids, starts, labels))


@contextlib.contextmanager
def company_of(number: int) -> Iterator[None]:
    """Let so many processes take all the time they get, as long as this one lives."""
    busy = [subprocess.Popen([sys.executable, "-c", BUSY]) for _ in range(number)]
    try:
        yield
    finally:
        for process in busy:
            process.kill()
            process.wait()


def ask(setting: str, *, company: str, work: str, arguments: argparse.Namespace) -> float:
    """Measure one process; return milliseconds a step."""
    environment = {name: value for name, value in os.environ.items() if name not in CHOICES}
    threads = 1 if setting == "one thread" else arguments.threads
    options = ["--threads", threads, "--steps", arguments.steps, "--seconds", arguments.seconds]
    nice = LOWEST_PRIORITY if company == COMPANY[2] else 0
    command = [sys.executable, __file__, "--measure", work, "--nice", nice, *options]
    try:
        with company_of(0 if company == COMPANY[0] else machine()["cores"]):
            done = subprocess.run(
                list(map(str, command)),
                env=environment | SETTINGS[setting],
                stdout=subprocess.PIPE,
                check=True,
                timeout=arguments.limit,
            )
    except subprocess.TimeoutExpired:
        return 1000.0 * arguments.limit
    return float(json.loads(done.stdout.splitlines()[-1])["ms_a_step"])


def compare(arguments: argparse.Namespace) -> dict[str, Any]:
    """Let the settings take turns in each company, and return the medians."""
    result: dict[str, Any] = {"machine": machine(), "threads": arguments.threads, "ms_a_step": {}}
    for work in WORK:
        for company in COMPANY:
            ways = functools.partial(ask, company=company, work=work, arguments=arguments)
            runs = in_turns(SETTINGS, arguments.runs, ways, what=f"{work}, {company}")
            found = medians(runs, 2)
            result["ms_a_step"].setdefault(work, {})[company] = found
    return result


def main() -> None:
    """Measure one process, or all of them."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--runs", type=int, default=3, help="processes of each kind")
    parser.add_argument("--steps", type=int, default=60, help="steps timed in each")
    parser.add_argument("--seconds", type=float, default=8.0, help="after which a process has enough")
    parser.add_argument("--limit", type=float, default=60.0, help="seconds after which it is ended")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--measure", choices=WORK, help=argparse.SUPPRESS)
    parser.add_argument("--nice", type=int, default=0, help=argparse.SUPPRESS)
    parser.add_argument("--output", type=Path, default=RESULTS / "spinning.json")
    arguments = parser.parse_args()
    if arguments.measure:
        os.nice(arguments.nice)
        answer(
            measure(
                arguments.measure,
                threads=arguments.threads,
                steps=arguments.steps,
                seconds=arguments.seconds,
            )
        )
        return
    result = compare(arguments)
    write_json(arguments.output, result, indent=2)
    for work, companies in result["ms_a_step"].items():
        for company, settings in companies.items():
            print(f"\n{work}, {company}: milliseconds a step")
            for setting, found in settings.items():
                print(f"  {setting:<34} {found['median']:>10.2f}")


if __name__ == "__main__":
    main()
