"""The first minute on the machine: which way is fastest there, and how much of the recipe fits.

Steps of real size are taken on the real reviews, and thrown away. What is found is kept for the stages:
numbers of the LSTMs, streams, the epochs that fit into their seconds, and what an epoch takes.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch

from opinia.data.corpus import Corpus
from opinia.errors import DataError
from opinia.remote.trainers import classifier, language_models
from opinia.remote.trip import Trip
from opinia.train.language_model import LanguageModel
from opinia.train.loop.trainer import SideBySide, Trainer
from opinia.train.network.recurrent import cuda_lstm_dtype, cuda_lstm_seconds
from opinia.train.network.sentiment_network import SentimentNetwork
from opinia.train.validation import logits_of

WARM_UP_STEPS = 4
SAFETY = 0.92
"""Share of the seconds that is planned with: savings, and steps slower than those that were measured."""
SECONDS_AFTER_EPOCH, SECONDS_AT_END = 4.0, 35.0
"""What is kept free beside a classifier's steps on a GPU."""
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


def check(trip: Trip, plan: Plan) -> dict[str, Any]:
    """Measure, decide, and keep the decisions; where they are kept already, return them.

    Returns:
        ``..._two_streams`` of each stage, ``language_steps`` and ``epochs`` that fit, and what was measured.
    """
    kept = trip.read_json(SETTINGS)
    if kept is not None:
        for name, here in (("pack", trip.pack.sha256), ("device", trip.device)):
            if kept[name] != here:
                raise DataError(
                    f"{trip.folder} holds a training of another {name}: {kept[name]}. Received: {here}",
                    hint="name another folder with --work",
                )
        return kept
    settings: dict[str, Any] = {"device": trip.device, "torch": torch.__version__, "pack": trip.pack.sha256}
    if trip.device == "cuda":
        properties = torch.cuda.get_device_properties(0)
        settings |= {
            "gpu": properties.name,
            "cudnn": torch.backends.cudnn.version(),  # type: ignore[no-untyped-call]
            "lstm": str(cuda_lstm_dtype()) if trip.bfloat16 else "torch.float32",
            "lstm_seconds": {str(kind): seconds for kind, seconds in cuda_lstm_seconds().items()},
        }
        trip.note("check", **settings)
        torch.cuda.reset_peak_memory_stats()
    if trip.pack.recipe.pretraining.epochs:
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
    objectives, trainers = language_models(
        trip.pack, trip.device, steps=10**9
    )  # far from the end of the schedule
    seconds = _fastest(
        trip, "language_models", settings, lambda two: _both_seconds(trip, plan, trainers, two_streams=two)
    )
    windows = objectives[0].windows
    wanted = pretraining.epochs * windows
    steps = max(1, min(wanted, int(SAFETY * plan.language_models / seconds)))
    settings |= {
        "language_step": seconds,
        "words_a_second": 2 * pretraining.batch_size * pretraining.bptt / seconds,
        "language_steps": steps,
        "epochs": round(steps / windows, 2),
    }


def _measure_classifier(trip: Trip, plan: Plan, settings: dict[str, Any]) -> None:
    objective, trainer = classifier(trip.pack.recipe, trip.pack, None, trip.device)
    sizes = objective.sizes(1)
    seconds = _fastest(
        trip, "classifier", settings, lambda two: _epoch_seconds(trip, plan, trainer, sizes, two_streams=two)
    )
    settings["classifier_epoch"] = seconds
    if len(trip.pack.validation):  # the longest reviews are judged, too: does that fit into the memory?
        longest = trip.pack.validation.reviews()[int(trip.pack.validation.lengths.argmax())]
        starts = np.array([0, len(longest)], np.int64)
        logits_of(trainer.network, Corpus(longest, starts, np.zeros(1, np.float32)))


def epochs_that_fit(settings: dict[str, Any], seconds: float, most: int) -> int:
    """Return how many epochs of a classifier fit into so many seconds, at least one.

    Beside the steps there is the judging and saving after each epoch, and of all reviews in the end.
    """
    on_gpu = settings["device"] == "cuda"
    each = settings["classifier_epoch"] / SAFETY + (SECONDS_AFTER_EPOCH if on_gpu else 0)
    return max(1, min(most, int((seconds - (SECONDS_AT_END if on_gpu else 0)) / each)))


def _fastest(trip: Trip, stage: str, settings: dict[str, Any], measure: Callable[[bool], float]) -> float:
    """Measure with one stream and with two, keep which is faster, and return its seconds."""
    ways = (False, True) if trip.device == "cuda" else (False,)
    seconds = {two: measure(two) for two in ways}
    best = min(seconds, key=lambda two: seconds[two])
    settings[f"{stage}_two_streams"] = best
    trip.note("check", timed=stage, one_stream=seconds[False], two_streams=seconds.get(True))
    return seconds[best]


def _both_seconds(
    trip: Trip, plan: Plan, trainers: list[Trainer[LanguageModel]], *, two_streams: bool
) -> float:
    """Return the seconds of one step of each language model."""
    both = SideBySide(trainers, streams=two_streams)
    last = min(WARM_UP_STEPS + plan.steps, trainers[0].objective.span(1).steps)
    first, begin = min(WARM_UP_STEPS, last - 1), time.perf_counter()
    for steps in both.epoch(1):
        if steps[0].number == first:
            both.wait()
            trip.wait()
            begin = time.perf_counter()
        if steps[0].number == last:
            break
    both.wait()
    trip.wait()
    return (time.perf_counter() - begin) / (last - first)


def _epoch_seconds(
    trip: Trip, plan: Plan, trainer: Trainer[SentimentNetwork], sizes: list[int], *, two_streams: bool
) -> float:
    """Return the seconds of an epoch's steps, from those of some of them and the words in each."""
    trainer.network.bidirectional.two_streams = two_streams
    last = min(WARM_UP_STEPS + plan.steps, len(sizes))
    first, begin = min(WARM_UP_STEPS, last - 1), time.perf_counter()
    for step in trainer.epoch(1):
        if step.number == first:
            trip.wait()
            begin = time.perf_counter()
        if step.number == last:
            break
    trip.wait()
    return (time.perf_counter() - begin) * sum(sizes) / sum(sizes[first:last])
