"""What one training's curves show: overfitting, a falling accuracy, lost stability. Rules as numbers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from opinia.evaluate.statistics import Interval, interval, running_median
from opinia.study.records import Record

METRICS = ("accuracy", "val_accuracy", "loss", "val_loss")

SMOOTHING = 3
"""Epochs of the running median."""
EPOCHS_AFTER = 4
"""An onset needs so many epochs after the lowest validation loss."""
TAIL = 3
"""The end of a run is the mean of its last epochs."""
RISE = 0.05
"""Validation loss has risen when its end is this share above its lowest."""
EARLY = (2, 10)
LATE = (11, 20)
"""Epoch-to-epoch changes into these epochs are compared, first and last included."""
FEWEST_LATE_EPOCHS = 3
BEFORE = (6, 10)
"""Accuracy in these epochs is compared with that of as many at the end of the late window."""
STABILITY_METRICS = ("val_accuracy", "val_loss")
ENOUGH_SEEDS = 3
"""Below this, a spread over seeds says too little."""
FAMILY_ERROR = 0.05
"""Chance that at least one interval of a family misses, shared out evenly (Bonferroni)."""


@dataclass(frozen=True)
class Onset:
    """Whether and where validation loss begins to rise while training loss falls.

    Args:
        epoch: the first epoch of the rise, or None where there is none.
        lowest: the epoch of the lowest smoothed validation loss.
        rise: the end of the validation loss over that lowest value, minus 1.
        reason: why there is none: ``"few epochs"``, ``"no rise"`` or ``"training loss rises"``.
    """

    epoch: int | None
    lowest: int
    rise: float
    reason: str = ""


@dataclass(frozen=True)
class Stability:
    """How much a metric jumps from epoch to epoch: the sd of its changes, over seeds.

    Args:
        early: over the changes into epochs 2 to 10.
        late: over the changes into the epochs after.
        change: late minus early, seed by seed.
    """

    early: Interval
    late: Interval
    change: Interval


@dataclass(frozen=True)
class Findings:
    """What the curves of one training show.

    Args:
        run: the longest run of the training.
        batch_size: reviews a step.
        epochs: that all its seeds have.
        onset: on the mean over seeds.
        seed_onsets: of each seed by itself.
        regression: validation accuracy of epochs 6 to 10 minus that of the end of the late window,
            seed by seed; None where the run is too short.
        stability: of ``val_accuracy`` and ``val_loss``; None where the run is too short.
    """

    run: str
    batch_size: int
    epochs: int
    onset: Onset
    seed_onsets: tuple[Onset, ...]
    regression: Interval | None
    stability: dict[str, Stability] | None


def find(run: str, records: Sequence[Record], *, late_end: int, trainings: int = 1) -> Findings:
    """Examine one training.

    Args:
        run: its name.
        records: one a seed.
        late_end: the last epoch of the late window, the same for all trainings that are compared.
        trainings: how many reach it. A question is asked of all of them, so their intervals are one
            family, and hold together at 95 %.
    """
    curves = {metric: table(records, metric) for metric in METRICS}
    loss, val_loss = curves["loss"], curves["val_loss"]
    mean = onset(val_loss.mean(axis=0), loss.mean(axis=0))
    epochs = val_loss.shape[1]
    stability, regression = None, None
    if reaches(epochs, late_end=late_end):
        share = FAMILY_ERROR / trainings
        confidence = 1 - share / len(STABILITY_METRICS)
        stability = {
            m: _stability(curves[m], late_end=late_end, confidence=confidence) for m in STABILITY_METRICS
        }
        drops = window_drop(curves["val_accuracy"], BEFORE, last_window(late_end))
        regression = interval(drops, confidence=1 - share)
    return Findings(
        run=run,
        batch_size=records[0].recipe.training.batch_size,
        epochs=epochs,
        onset=mean,
        seed_onsets=tuple(onset(v, t) for v, t in zip(val_loss, loss, strict=True)),
        regression=regression,
        stability=stability,
    )


def table(records: Sequence[Record], metric: str) -> NDArray[np.float64]:
    """Return a metric of each seed up to the last epoch that all have, ``(seeds, epochs)``."""
    epochs = min(len(record.history) for record in records)
    return np.array([[getattr(e, metric) for e in record.history[:epochs]] for record in records], np.float64)


def onset(val_loss: NDArray[np.float64], loss: NDArray[np.float64]) -> Onset:
    """Find the onset of overfitting in the curves of a run, or in their mean.

    Both curves are smoothed by a running median of 3 epochs. The onset is the epoch after the lowest
    smoothed validation loss (of equals, the lowest unsmoothed), if at least 4 epochs follow that low, the
    mean validation loss of the last 3 epochs lies at least 5 % above it, and the smoothed training loss
    ends lower than it was there.
    """
    smooth, training = running_median(val_loss, width=SMOOTHING), running_median(loss, width=SMOOTHING)
    lowest = np.flatnonzero(smooth == smooth.min())  # a median has its value from a neighbour: ties abound
    low = int(lowest[np.argmin(val_loss[lowest])])
    rise = float(np.mean(val_loss[-TAIL:]) / smooth[low] - 1)
    if len(smooth) - 1 - low < EPOCHS_AFTER:
        return Onset(None, low + 1, rise, "few epochs")
    if rise < RISE:
        return Onset(None, low + 1, rise, "no rise")
    if training[-1] >= training[low]:
        return Onset(None, low + 1, rise, "training loss rises")
    return Onset(low + 2, low + 1, rise)


def volatility(values: NDArray[np.float64], first: int, last: int) -> float:
    """Return the standard deviation of the changes from epoch to epoch.

    Args:
        values: of each epoch, from epoch 1.
        first: the first change is the one into this epoch, at least 2.
        last: and the last change the one into this.
    """
    return float(np.std(np.diff(values[first - 2 : last]), ddof=1))


def window_drop(values: NDArray[np.float64], before: tuple[int, int], after: tuple[int, int]) -> list[float]:
    """Return the mean over one window of epochs minus that over another, of each seed.

    Args:
        values: ``(seeds, epochs)``.
        before: first and last epoch.
        after: first and last epoch.
    """
    means = [values[:, first - 1 : last].mean(axis=1) for first, last in (before, after)]
    return [float(drop) for drop in means[0] - means[1]]


def late_window(lengths: Sequence[int]) -> int:
    """Return the last epoch of the late window: 20, or where the shortest run that reaches it ends."""
    long_enough = [n for n in lengths if n >= LATE[0] + FEWEST_LATE_EPOCHS - 1]
    return min([LATE[1], *long_enough]) if long_enough else 0


def reaches(epochs: int, *, late_end: int) -> bool:
    """Tell whether a training is long enough for what is compared over the late window."""
    return epochs >= late_end >= LATE[0] + FEWEST_LATE_EPOCHS - 1


def last_window(late_end: int) -> tuple[int, int]:
    """Return the first and the last of the up to five epochs at the end of the late window."""
    return max(LATE[0], late_end - (BEFORE[1] - BEFORE[0])), late_end


def _stability(values: NDArray[np.float64], *, late_end: int, confidence: float) -> Stability:
    early = [volatility(row, *EARLY) for row in values]
    late = [volatility(row, LATE[0], late_end) for row in values]
    changes = [b - a for a, b in zip(early, late, strict=True)]
    return Stability(interval(early), interval(late), interval(changes, confidence=confidence))
