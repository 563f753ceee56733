"""How training shows itself: a live bar for a person who watches, a line an epoch elsewhere."""

from __future__ import annotations

import math
import sys
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

import click
from rich.console import Console
from rich.progress import BarColumn, Progress, TaskID, TextColumn, TimeRemainingColumn

from opinia.runs.history import Epoch, best_epoch

if TYPE_CHECKING:
    from opinia.train.loop.trainer import Step, Trainer


BESIDE_BAR = 68
"""Characters that stand beside the bar of an epoch."""


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


HEADING = "epoch      loss  accuracy  val_loss  val_accuracy         s"
"""What stands above lines of :func:`narrow_line`, under Keras's names."""


def narrow_line(epoch: Epoch, epochs: int, seconds: float, *, is_best: bool) -> str:
    """Return one epoch in a line for a narrow terminal: figures alone, below :data:`HEADING`."""
    held_out = f"{epoch.val_loss:8.4f}  {epoch.val_accuracy:12.4f}{' *' if is_best else '  '}"
    return (
        f"{f'{epoch.epoch}/{epochs}':<7}  {epoch.loss:6.4f}  {epoch.accuracy:8.4f}  "
        f"{' ' * 24 if math.isnan(epoch.val_loss) else held_out}{seconds:8.1f}"
    )


class TrainingProgress:
    """A callback of training that writes to standard error.

    On a terminal: a bar with loss, accuracy and time left of the epoch and of the whole run, and a
    line for each finished epoch above it, the best so far marked ``*``; where it is too narrow for names and
    figures, the names stand once. Elsewhere: the lines alone.

    Args:
        epochs: of the whole run.
    """

    def __init__(self, epochs: int) -> None:
        self._epochs = epochs
        self._has_heading = False
        console = Console(stderr=True, highlight=False)
        self._bars = Progress(
            TextColumn("{task.description}"),
            BarColumn(bar_width=max(6, min(30, console.width - BESIDE_BAR))),
            TextColumn("{task.percentage:>3.0f} %"),
            TextColumn("{task.fields[figures]}"),
            TextColumn("left"),
            TimeRemainingColumn(),
            console=console,
            disable=not sys.stderr.isatty(),
            transient=True,
        )
        self._epoch: TaskID = self._bars.add_task("epoch", total=1, figures="")
        self._run: TaskID = self._bars.add_task("run  ", total=epochs, figures="")

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._bars.stop()

    def on_train_begin(self, trainer: Trainer[Any]) -> None:
        """Show the bars, where epochs of a run that is continued are done."""
        self._bars.update(self._run, completed=len(trainer.history))
        self._bars.start()

    def on_batch_end(self, trainer: Trainer[Any], step: Step) -> None:  # noqa: ARG002
        """Move the bars."""
        if self._bars.disable:
            return
        if step.number == 1:
            self._bars.reset(self._epoch, total=step.steps, figures="")
        self._bars.update(
            self._epoch,
            completed=step.number,
            description=f"epoch {step.epoch}/{self._epochs}",
            figures=f"loss {step.loss:.4f}  accuracy {step.accuracy:.4f}",
        )
        self._bars.update(self._run, completed=step.epoch - 1 + step.number / step.steps)

    def on_epoch_end(self, trainer: Trainer[Any], epoch: Epoch) -> None:
        """Write the epoch's line."""
        is_best = best_epoch(trainer.history) is epoch
        seconds = trainer.seconds[-1]
        line = epoch_line(epoch, self._epochs, seconds, is_best=is_best)
        if not self._bars.disable and len(line) > self._bars.console.width:
            line = narrow_line(epoch, self._epochs, seconds, is_best=is_best)
            if not self._has_heading:
                self._has_heading = True
                self.say(HEADING)
        self.say(line)

    def on_train_end(self, trainer: Trainer[Any]) -> None:
        """Leave the bars: they go where the context ends."""

    def say(self, line: str) -> None:
        """Write a line, above the bars where there are any."""
        if self._bars.disable:
            click.echo(line, err=True)
        else:
            self._bars.console.print(line, markup=False, soft_wrap=True)
