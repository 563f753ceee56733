"""The stages of a training there: each goes on where it was cut off, and saves every minute."""

from __future__ import annotations

import dataclasses
import functools
import math
import time
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from opinia.errors import TrainingError
from opinia.remote.parcels import rounded, to_bytes
from opinia.remote.timing import SETTINGS, epochs_that_fit
from opinia.remote.trainers import classifier, held_out, language_models
from opinia.remote.trip import Trip
from opinia.runs.history import Epoch
from opinia.runs.recipe import Recipe
from opinia.train.language_model import LanguageModel
from opinia.train.loop.trainer import SideBySide, Step
from opinia.train.network.sentiment_network import SentimentNetwork
from opinia.train.pretrain import DIRECTIONS, content_of, language_model_of, log_of, restore
from opinia.train.validation import logits_of, measure

_LANGUAGE_MODELS = "language-models.pt"
_STEPS_BETWEEN_NOTES = 100
_IMPORTANCE = {"logits": 0, "rounded": 1, "classifier": 2, "language": 4}
"""What comes back first: answers are small, and weights in 8 bits come in one call; the rest takes more.
A second seed's come behind the first's."""


def train_language_models(trip: Trip, settings: dict[str, Any]) -> tuple[LanguageModel, LanguageModel]:
    """Train both language models, or read them where that is done.

    Raises:
        OutOfTimeError: the call is over; the next one goes on.
        TrainingError: a loss is not finite.
    """
    saved = trip.read_tensors(_LANGUAGE_MODELS)
    if saved is None or not saved["finished"]:
        _go_on_with_language_models(trip, settings, saved)
        saved = trip.read_tensors(_LANGUAGE_MODELS)
    forward, backward = (
        language_model_of(saved[direction]["model"]).to(trip.device) for direction in DIRECTIONS
    )
    return forward, backward


def _go_on_with_language_models(trip: Trip, settings: dict[str, Any], saved: dict[str, Any] | None) -> None:
    objectives, trainers = language_models(trip.pack, trip.device, steps=settings["language_steps"])
    if saved is not None:
        for trainer, direction in zip(trainers, DIRECTIONS, strict=True):
            restore(trainer, saved[direction])
    judged = held_out(trip.pack, trip.device)
    both = SideBySide(trainers, streams=settings["language_models_two_streams"])
    begin, total = time.monotonic(), settings["language_steps"]

    def save(taken: int = 0) -> None:
        both.wait()
        for trainer, direction in zip(trainers, DIRECTIONS, strict=True):
            _check_finite(trainer.network, f"the {direction} language model")
        contents = {
            d: content_of(trainer, taken=taken) for d, trainer in zip(DIRECTIONS, trainers, strict=True)
        }
        trip.note("language-models", step=contents["forward"]["done"], steps=total)
        finished = trainers[0].is_finished
        trip.write_tensors(_LANGUAGE_MODELS, {**contents, "finished": finished})
        for direction, content in contents.items() if finished else ():
            about = {"what": "language model", "done": content["done"], "log": content["log"]}
            blob = to_bytes(content["model"], about)
            trip.outbox.put(f"language-{direction}", blob, importance=_IMPORTANCE["language"])
        both.begin()

    while not trainers[0].is_finished:
        number, first = len(trainers[0].history) + 1, trainers[0].taken
        steps: list[Step] = []
        for steps in both.epoch(number, first=first):
            step = steps[0]
            if step.is_read and step.number % _STEPS_BETWEEN_NOTES == 0:
                losses, seconds = [each.loss for each in steps], time.monotonic() - begin
                done = objectives[0].span(number).before + step.number
                trip.note("language-models", step=done, losses=losses, seconds=seconds)
            if step.number < step.steps:
                trip.save_now_and_then(functools.partial(save, step.number))
        for trainer, objective, last in zip(trainers, objectives, steps, strict=True):
            figures = (math.nan, math.nan)
            if judged is not None:
                figures = objective.validate(trainer.network, judged)
            trainer.record(Epoch(number, last.loss, math.nan, *figures), time.monotonic() - begin)
            trainer.taken = 0
        logs = [log_of(trainer)[-1] for trainer in trainers]
        trip.note("language-models", epochs=number, perplexity=[entry["perplexity"] for entry in logs])
        if not trainers[0].is_finished:
            trip.save_now_and_then(save)
    save()
    trip.outbox.send()


@dataclasses.dataclass
class _Place:
    """Where the training of a classifier is: the epoch, and the steps of it that are taken."""

    epoch: int = 1
    step: int = 0


def train_classifier(
    trip: Trip,
    settings: dict[str, Any],
    models: tuple[LanguageModel, LanguageModel] | None,
    *,
    number: int,
    seconds: float,
    later: float = 0.0,
) -> None:
    """Train the classifier of a seed, and put its weights and answers into the outbox.

    Args:
        trip: the call.
        settings: of :func:`opinia.remote.timing.check`.
        models: what it begins with; None where the pack has weights.
        number: 1 for the recipe's seed, 2 for the next, and so on.
        seconds: that it may take; they decide the number of epochs, once it begins.
        later: seconds that calls after this one will have for it.

    Raises:
        OutOfTimeError: the call is over; the next one goes on.
        TrainingError: the loss is not finite.
    """
    if trip.read_json(f"classifier-{number}.json") is not None:
        return
    recipe = _recipe_of(trip, settings, number, seconds, later)
    objective, trainer = classifier(recipe, trip.pack, models, trip.device)
    network = trainer.network
    network.bidirectional.two_streams = settings["classifier_two_streams"]
    name, place = f"classifier-{number}.pt", _Place()
    saved = trip.read_tensors(name)
    if saved is not None:
        network.load_state_dict(saved["network"])
        trainer.optimizer.load_state_dict(saved["optimizer"])
        if trainer.average is not None:
            trainer.average.network.load_state_dict(saved["average"])
        place = _Place(saved["epoch"], saved["step"])

    def save() -> None:
        _check_finite(network)
        content = {
            "network": network.state_dict(),
            "optimizer": trainer.optimizer.state_dict(),
            **dataclasses.asdict(place),
        }
        if trainer.average is not None:
            content["average"] = trainer.average.network.state_dict()
        trip.write_tensors(name, content)

    judged = trainer.kept
    begin = time.monotonic()
    while place.epoch <= recipe.training.epochs:
        means = (math.nan, math.nan)
        if place.step < objective.span(place.epoch).steps:
            for step in trainer.epoch(place.epoch, first=place.step):
                place.step, means = step.number, (step.loss, step.accuracy)
                trip.save_now_and_then(save)
        figures = _figures(judged, trip)
        seconds = time.monotonic() - begin
        trip.note(f"classifier-{number}", epoch=place.epoch, seconds=seconds, train=means, **figures)
        place.epoch, place.step = place.epoch + 1, 0
        if 2 * place.epoch > recipe.training.epochs:
            # Should this call be the last one, something comes back all the same.
            _put_rounded(trip, judged, _about(trip, recipe, figures), number)
        trip.save_now_and_then(save)
    save()
    _finish(trip, recipe, judged, number)


def _recipe_of(trip: Trip, settings: dict[str, Any], number: int, seconds: float, later: float) -> Recipe:
    """Return the recipe of a seed, with the epochs that were planned when it began."""
    own, name = trip.pack.recipe, f"classifier-{number}-plan.json"
    planned = trip.read_json(name)
    if planned is None:
        # A call that is nearly over says nothing of the time there is: the next one goes on.
        there_is = min(seconds, trip.left + later) if trip.left > seconds / 2 else seconds
        planned = {"epochs": epochs_that_fit(settings, there_is, own.training.epochs)}
        trip.write_json(name, planned)
    return own.replace(
        {"training.seed": own.training.seed + number - 1, "training.epochs": planned["epochs"]}
    )


def _figures(network: SentimentNetwork, trip: Trip) -> dict[str, float]:
    if not len(trip.pack.validation):
        return {}
    loss, accuracy = measure(logits_of(network, trip.pack.validation), trip.pack.validation.labels)
    return {"val_loss": loss, "val_accuracy": accuracy}


def _check_finite(network: nn.Module, name: str = "the classifier") -> None:
    finite = torch.stack([parameter.isfinite().all() for parameter in network.parameters()])
    if not finite.all().item():
        raise TrainingError(
            f"weights of {name} are not finite; what was saved before is kept",
            hint="a smaller learning_rate in the recipe, and another folder for --work",
        )


def _about(trip: Trip, recipe: Recipe, figures: dict[str, float]) -> dict[str, Any]:
    return {
        "what": "classifier",
        "seed": recipe.training.seed,
        "recipe": recipe.to_dict(),
        "pack": trip.pack.sha256,
        "settings": trip.read_json(SETTINGS),
        "figures": figures,
    }


def _put_rounded(trip: Trip, network: SentimentNetwork, about: dict[str, Any], number: int) -> None:
    """Put the weights in 8 bits into the outbox, half as large: they come back in one call."""
    blob = to_bytes(rounded(network.state_dict()), about, kind="float32")
    trip.outbox.put(
        f"classifier-{number}-rounded", blob, importance=_IMPORTANCE["rounded"] + 10 * (number - 1)
    )


def _finish(trip: Trip, recipe: Recipe, network: SentimentNetwork, number: int) -> None:
    """Deliver the weights of the classifier, and its answers to all reviews.

    Its weights are rounded first, as they travel: the answers are those of what arrives.
    """
    arriving = SentimentNetwork(len(trip.pack.tokenizer), recipe.network).to(trip.device)
    arriving.load_state_dict({name: tensor.bfloat16() for name, tensor in network.state_dict().items()})
    arriving.eval()
    figures = _figures(arriving, trip)
    about, later = _about(trip, recipe, figures), 10 * (number - 1)
    _put_rounded(trip, arriving, about, number)
    blob = to_bytes(arriving.state_dict(), about)
    trip.outbox.put(f"classifier-{number}", blob, importance=_IMPORTANCE["classifier"] + later)
    trip.outbox.send()
    answers: dict[str, NDArray[np.float32]] = {}
    for part in ("validation", "labelled", "unlabelled"):
        if len(getattr(trip.pack, part)):
            # Validation in all digits, to be compared with the same at home; the rest may be of TF32.
            torch.backends.cudnn.allow_tf32 = part != "validation"
            answers[part] = logits_of(arriving, getattr(trip.pack, part))
    tensors = {part: torch.from_numpy(logits) for part, logits in answers.items()}
    blob = to_bytes(tensors, {**about, "what": "logits"}, kind="float32")
    trip.outbox.put(f"logits-{number}", blob, importance=_IMPORTANCE["logits"] + later)
    trip.write_json(f"classifier-{number}.json", figures)
    trip.note(f"classifier-{number}", finished=True, **figures)
    trip.outbox.send()
