"""How a study shows itself: a live table for a person who watches, a line an epoch elsewhere."""

from __future__ import annotations

import sys
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Self

import click
from rich.console import Console, RenderableType
from rich.live import Live
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from opinia.cli.helpers.progress import epoch_line
from opinia.runs.history import Epoch, best_epoch
from opinia.study.grid import Plan
from opinia.study.recipe import Study, Training, run_folder, trainings
from opinia.study.workers import Progress

REFRESHES_A_SECOND = 4
BAR = 16
WIDTHS = {
    "run": 0,
    "seed": 4,
    "": BAR,
    "epoch": 5,
    "loss": 6,
    "accuracy": 8,
    "val_accuracy": 12,
    "best": 11,
    "left": 8,
}
"""The columns and how wide they are, but for the names of the runs."""
SPARE = ("", "accuracy", "loss", "val_accuracy", "seed", "left")
"""Columns that a narrow terminal goes without, the first of them first."""


@dataclass
class _Line:
    """Where one training stands, as far as is known here."""

    training: Training
    epochs: int
    done: float = 0.0
    loss: float | None = None
    accuracy: float | None = None
    history: list[Epoch] = field(default_factory=list)
    seconds: float = 0.0
    measured: int = 0

    @property
    def left(self) -> float:
        """Epochs to go."""
        return self.epochs - self.done


def sharing_lines(study: Study) -> list[str]:
    """Return a sentence for each training that several runs share."""
    lines = []
    for training in trainings(study):
        if training.seed == study.seeds[0] and training.shorter:
            lines.append(
                f"{training.run} passes through {', '.join(training.shorter)}: one training a seed, so these "
                "runs are paired, not independent"
            )
    return lines


class StudyView:
    """Shows a study on standard error while it is trained.

    Args:
        study: the grid.
        folder: of its runs.
        jobs: trainings side by side.
    """

    def __init__(self, study: Study, folder: Path, *, jobs: int) -> None:
        self._study, self._folder, self._jobs = study, folder, jobs
        self._lines: dict[tuple[str, int], _Line] = {}
        self._is_live = sys.stderr.isatty()
        self._console = Console(stderr=True, highlight=False)
        self._live = Live(
            console=self._console,
            refresh_per_second=REFRESHES_A_SECOND,
            get_renderable=self._table,
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._live.stop()

    def on_plan(self, plan: Plan) -> None:
        """Show what is left to do."""
        for training, done in zip(plan.left, plan.done, strict=True):
            epochs = self._study.runs[training.run].training.epochs
            run = run_folder(self._folder, training.run, training.seed)
            history = run.history()[:done] if done else []
            self._lines[training.run, training.seed] = _Line(training, epochs, float(done), history=history)
        if not plan.left:
            click.echo("every run of this study is finished already", err=True)
        elif self._is_live:
            self._live.start()
        else:
            for line in self._lines.values():
                again = f", epochs 1 to {line.done:.0f} are done" if line.done else ""
                click.echo(f"to train: {line.training}, {line.epochs} epochs{again}", err=True)

    def on_progress(self, progress: Progress) -> None:
        """Show how far a training is."""
        line = self._lines[progress.run, progress.seed]
        line.done = progress.epoch - 1 + progress.share
        line.loss, line.accuracy = progress.loss, progress.accuracy
        if progress.said:
            self.say(f"{line.training}  {progress.said}")
        if progress.finished is None:
            return
        line.history.append(progress.finished)
        line.seconds += progress.seconds
        line.measured += 1
        if not self._is_live:
            is_best = best_epoch(line.history) is progress.finished
            text = epoch_line(progress.finished, line.epochs, progress.seconds, is_best=is_best)
            self.say(f"{line.training}  {text}  {self._time_left()} left")

    def say(self, line: str) -> None:
        """Write a line, above the table where there is one."""
        if self._is_live:
            self._live.console.print(line, markup=False, soft_wrap=True)
        else:
            click.echo(line, err=True)

    def _table(self) -> Table:
        table = Table(caption=f"{self._time_left()} left in all; Ctrl-C stops, and the same command goes on")
        columns = self._columns()
        for heading in columns:
            is_word = heading in ("run", "")
            table.add_column(heading, justify="left" if is_word else "right", no_wrap=heading != "run")
        for line in self._lines.values():
            name = Text(line.training.run)
            if line.training.shorter:
                name.append(f"\nwith {', '.join(line.training.shorter)}", style="dim")
            cells: dict[str, RenderableType] = {
                "run": name,
                "seed": str(line.training.seed),
                "": ProgressBar(total=line.epochs, completed=line.done, width=BAR),
                "epoch": f"{min(int(line.done) + 1, line.epochs)}/{line.epochs}" if line.loss else "waits",
                "loss": _figure(line.loss),
                "accuracy": _figure(line.accuracy),
                "val_accuracy": _figure(line.history[-1].val_accuracy if line.history else None),
                "best": _best(line.history),
                "left": _clock(line.left * seconds if (seconds := self._seconds(line)) else None),
            }
            table.add_row(*(cells[heading] for heading in columns))
        return table

    def _columns(self) -> list[str]:
        """Return the columns for which there is room beside the names of the runs."""
        names = max((len(line.training.run) for line in self._lines.values()), default=0)
        columns = list(WIDTHS)
        for heading in SPARE:
            if max(names, len("run")) + sum(WIDTHS[c] + 3 for c in columns) + 4 <= self._console.width:
                break
            columns.remove(heading)
        return columns

    def _seconds(self, line: _Line) -> float | None:
        """Return how long an epoch of a training takes, by its own epochs or by those of the others."""
        lines = [line] if line.measured else list(self._lines.values())
        measured = sum(known.measured for known in lines)
        return sum(known.seconds for known in lines) / measured if measured else None

    def _time_left(self) -> str:
        each = [(line.left, self._seconds(line)) for line in self._lines.values() if line.left]
        if any(seconds is None for _, seconds in each):
            return _clock(None)
        lefts = [left * (seconds or 0) for left, seconds in each]
        at_once = max(1, min(self._jobs, len(lefts)))
        return _clock(max(sum(lefts) / at_once, max(lefts, default=0.0)))


def _best(history: list[Epoch]) -> str:
    if not history:
        return ""
    best = best_epoch(history)
    return f"{best.val_accuracy:.4f} ({best.epoch})"


def _figure(value: float | None) -> str:
    return "" if value is None else f"{value:.4f}"


def _clock(seconds: float | None) -> str:
    if seconds is None:
        return "?"
    hours, rest = divmod(round(seconds), 3600)
    return f"{hours}:{rest // 60:02d}:{rest % 60:02d}"
