"""How training shows itself: a live bar for a person who watches, a line an epoch elsewhere."""

from __future__ import annotations

import math
import sys
from types import TracebackType
from typing import Self

import click
from rich.console import Console
from rich.progress import BarColumn, Progress, TaskID, TextColumn, TimeRemainingColumn

from opinia.runs.history import Epoch


def epoch_line(epoch: Epoch, epochs: int, seconds: float, *, is_best: bool) -> str:
    """Return one epoch in a line, under Keras's names; of validation nothing where it was learnt from."""
    held_out = (
        f"val_loss {epoch.val_loss:.4f}  val_accuracy {epoch.val_accuracy:.4f}{' *' if is_best else '  '}"
    )
    return (
        f"epoch {epoch.epoch:>{len(str(epochs))}}/{epochs}  "
        f"loss {epoch.loss:.4f}  accuracy {epoch.accuracy:.4f}  "
        f"{'' if math.isnan(epoch.val_loss) else held_out} {seconds:6.1f} s"
    )


class TrainingProgress:
    """A watcher of training that writes to standard error.

    On a terminal: a bar with loss, accuracy and time left of the epoch and of the whole run, and a
    line for each finished epoch above it, the best so far marked ``*``. Elsewhere: the lines alone.

    Args:
        epochs: of the whole run.
        done: epochs that a resumed run has behind it.
    """

    def __init__(self, epochs: int, *, done: int = 0) -> None:
        self._epochs = epochs
        self._bars = Progress(
            TextColumn("{task.description}"),
            BarColumn(bar_width=30),
            TextColumn("{task.percentage:>3.0f} %"),
            TextColumn("{task.fields[figures]}"),
            TextColumn("left"),
            TimeRemainingColumn(),
            console=Console(stderr=True, highlight=False),
            disable=not sys.stderr.isatty(),
            transient=True,
        )
        self._epoch: TaskID = self._bars.add_task("epoch", total=1, figures="")
        self._run: TaskID = self._bars.add_task("run  ", total=epochs, completed=done, figures="")

    def __enter__(self) -> Self:
        self._bars.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._bars.stop()

    def on_step(self, epoch: int, step: int, steps: int, loss: float, accuracy: float) -> None:
        """Move the bars."""
        if self._bars.disable:
            return
        if step == 1:
            self._bars.reset(self._epoch, total=steps, figures="")
        figures = f"loss {loss:.4f}  accuracy {accuracy:.4f}"
        self._bars.update(
            self._epoch, completed=step, description=f"epoch {epoch}/{self._epochs}", figures=figures
        )
        self._bars.update(self._run, completed=epoch - 1 + step / steps)

    def on_epoch(self, epoch: Epoch, seconds: float, *, is_best: bool) -> None:
        """Write the epoch's line."""
        self.say(epoch_line(epoch, self._epochs, seconds, is_best=is_best))

    def say(self, line: str) -> None:
        """Write a line, above the bars where there are any."""
        if self._bars.disable:
            click.echo(line, err=True)
        else:
            self._bars.console.print(line, markup=False, soft_wrap=True)
