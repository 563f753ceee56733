"""The first minute on the machine: which way is fastest there, and how much of the recipe fits.

Steps of real size are taken on the real reviews, and thrown away. What is found is kept for the stages:
numbers of the LSTMs, streams, the passes that fit into their seconds, and what an epoch takes.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import torch

from opinia.train.language_trainer import LanguageTrainer, SideBySide
from opinia.train.recurrent import cuda_lstm_dtype
from opinia.train.remote.build import classifier, language_trainers
from opinia.train.remote.trip import Trip
from opinia.train.trainer import Trainer

WARM_UP_STEPS = 4
SAFETY = 0.92
"""Share of the seconds that is planned with: savings, and steps slower than those that were measured."""
SETTINGS = "settings.json"


@dataclass(frozen=True)
class Plan:
    """Seconds for each stage.

    Args:
        language_models: for both.
        steps: that are timed of each kind; more of them tell more.
    """

    language_models: float
    steps: int = 12


class _Enough(Exception):  # noqa: N818 - no error: the steps to be timed are taken
    pass


def check(trip: Trip, plan: Plan) -> dict[str, Any]:
    """Measure, decide, and keep the decisions; where they are kept already, return them.

    Returns:
        ``..._two_streams`` of each stage, ``language_steps`` and ``passes`` that fit, and what was measured.
    """
    kept = trip.read_json(SETTINGS)
    if kept is not None:
        return kept
    settings: dict[str, Any] = {"device": trip.device, "torch": torch.__version__, "pack": trip.pack.sha256}
    if trip.device == "cuda":
        properties = torch.cuda.get_device_properties(0)
        settings |= {
            "gpu": properties.name,
            "cudnn": torch.backends.cudnn.version(),  # type: ignore[no-untyped-call]
            "lstm": str(cuda_lstm_dtype()) if trip.bfloat16 else "torch.float32",
        }
        trip.note("check", **settings)
        torch.cuda.reset_peak_memory_stats()
    _measure_language_models(trip, plan, settings)
    _measure_classifier(trip, plan, settings)
    if trip.device == "cuda":
        settings["peak_gigabytes"] = torch.cuda.max_memory_allocated() / 1e9
        torch.cuda.empty_cache()
    trip.note("check", **settings)
    trip.write_json(SETTINGS, settings)
    trip.outbox.send()
    return settings


def _measure_language_models(trip: Trip, plan: Plan, settings: dict[str, Any]) -> None:
    pretraining = trip.pack.recipe.pretraining
    trainers = language_trainers(trip.pack, trip.device)
    for trainer in trainers:
        trainer.steps = 10**9  # far from the end of the schedule
    seconds = _fastest(
        trip, "language_models", settings, lambda two: _both_seconds(trip, plan, trainers, two_streams=two)
    )
    wanted = pretraining.passes * trainers[0].steps_per_pass
    steps = max(1, min(wanted, int(SAFETY * plan.language_models / seconds)))
    settings |= {
        "language_step": seconds,
        "words_a_second": 2 * pretraining.batch * pretraining.time / seconds,
        "language_steps": steps,
        "passes": round(steps / trainers[0].steps_per_pass, 2),
    }


def _measure_classifier(trip: Trip, plan: Plan, settings: dict[str, Any]) -> None:
    _, trainer = classifier(trip.pack.recipe, trip.pack, None, trip.device)
    seconds = _fastest(
        trip, "classifier", settings, lambda two: _step_seconds(trip, plan, trainer, two_streams=two)
    )
    settings |= {"classifier_step": seconds, "classifier_epoch": seconds * trainer.steps(1)}


def epochs_that_fit(settings: dict[str, Any], seconds: float, most: int) -> int:
    """Return how many epochs of a classifier fit into so many seconds, at least one."""
    return max(1, min(most, int(SAFETY * seconds / settings["classifier_epoch"])))


def _fastest(trip: Trip, stage: str, settings: dict[str, Any], measure: Callable[[bool], float]) -> float:
    """Measure with one stream and with two, keep which is faster, and return its seconds a step."""
    ways = (False, True) if trip.device == "cuda" else (False,)
    seconds = {two: measure(two) for two in ways}
    best = min(seconds, key=lambda two: seconds[two])
    settings[f"{stage}_two_streams"] = best
    trip.note(
        "check", step_of=stage, seconds={"two streams" if two else "one": s for two, s in seconds.items()}
    )
    return seconds[best]


def _both_seconds(
    trip: Trip, plan: Plan, trainers: tuple[LanguageTrainer, LanguageTrainer], *, two_streams: bool
) -> float:
    """Return the seconds of one step of each language model."""
    both = SideBySide(trainers, streams=two_streams)
    both.begin()
    steps = min(plan.steps, max(1, trainers[0].steps_per_pass - WARM_UP_STEPS))
    for number in range(WARM_UP_STEPS + steps):
        if number == WARM_UP_STEPS:
            trip.wait()
            begin = time.perf_counter()
        both.step()
    both.wait()
    trip.wait()
    for trainer in trainers:
        trainer.read_loss()
    return (time.perf_counter() - begin) / steps


def _step_seconds(trip: Trip, plan: Plan, trainer: Trainer, *, two_streams: bool) -> float:
    """Return the seconds of one step of the classifier, in the mean over batches of all lengths."""
    trainer.network.bidirectional.two_streams = two_streams
    begin, last = 0.0, min(WARM_UP_STEPS + plan.steps, trainer.steps(1))

    def count(taken: int) -> None:
        nonlocal begin
        if taken == min(WARM_UP_STEPS, last - 1):
            trip.wait()
            begin = time.perf_counter()
        if taken == last:
            raise _Enough

    try:
        trainer.epoch(1, [], after_step=count)
    except _Enough:
        trip.wait()
    return (time.perf_counter() - begin) / max(1, last - min(WARM_UP_STEPS, last - 1))
