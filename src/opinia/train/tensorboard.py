"""Metrics for TensorBoard, while training goes on."""

from __future__ import annotations

import math
from pathlib import Path

from opinia import extras
from opinia.runs.history import Epoch


class TensorBoardWatcher:
    """A watcher of training that writes TensorBoard's event files.

    Args:
        folder: receives the event files; look at them with ``tensorboard --logdir FOLDER``.

    Raises:
        MissingExtraError: the package ``tensorboard`` is not installed.
    """

    def __init__(self, folder: Path) -> None:
        extras.require("--tensorboard", *extras.TENSORBOARD)
        from torch.utils.tensorboard import SummaryWriter

        self._writer = SummaryWriter(str(folder))

    def on_step(self, epoch: int, step: int, steps: int, loss: float, accuracy: float) -> None:
        """Write nothing: a point a step would drown the epochs."""

    def on_epoch(self, epoch: Epoch, seconds: float, *, is_best: bool) -> None:
        """Write the metrics of the epoch, training and validation in one chart each."""
        for name, training, validation in (
            ("loss", epoch.loss, epoch.val_loss),
            ("accuracy", epoch.accuracy, epoch.val_accuracy),
        ):
            self._writer.add_scalar(f"{name}/training", training, epoch.epoch)
            if not math.isnan(validation):
                self._writer.add_scalar(f"{name}/validation", validation, epoch.epoch)
        self._writer.add_scalar("seconds", seconds, epoch.epoch)
        self._writer.flush()
