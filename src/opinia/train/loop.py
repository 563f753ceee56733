"""The training loop: metrics, checkpoints, exact resume.

Everything random in an epoch is drawn from the seed and the epoch's number, and the step size
follows from the history, so a run that was killed is continued from its last whole epoch and ends
with the same weights, bit for bit, as one that was not (same versions, device and threads).
"""

from __future__ import annotations

import contextlib
import logging
import math
import time
from collections.abc import Callable
from pathlib import Path
from typing import Protocol

import numpy as np
import torch
from numpy.typing import NDArray

from opinia import shell
from opinia.data.corpus import Corpus
from opinia.data.sentences import end_marks, sentences_of
from opinia.errors import TrainingError
from opinia.runs.folder import RunFolder
from opinia.runs.health import Chance, Fault, fault_of, remedy
from opinia.runs.history import Epoch, best_epoch, is_exhausted
from opinia.runs.recipe import Recipe
from opinia.train.allocator import keep_freed_memory
from opinia.train.averaging import Average
from opinia.train.calibration import Calibration, fit_calibration
from opinia.train.evaluate import logits_of, measure, some_logits
from opinia.train.final import chosen_run
from opinia.train.language_model import start_from
from opinia.train.network import SentimentNetwork
from opinia.train.optimizer import adam
from opinia.train.saving import State, begin_with, restore, save
from opinia.train.task import Task
from opinia.train.trainer import Step, Trainer


class Watcher(Protocol):
    """Whoever wants to know how training goes on."""

    def on_step(self, epoch: int, step: int, steps: int, loss: float, accuracy: float) -> None:
        """Hear of a step: means of the epoch so far; ``step`` counts from 1 to ``steps``."""

    def on_epoch(self, epoch: Epoch, seconds: float, *, is_best: bool) -> None:
        """Hear of a finished epoch."""


def train(
    recipe: Recipe,
    task: Task,
    folder: RunFolder,
    *,
    device: str = "cpu",
    watchers: tuple[Watcher, ...] = (),
    shorter: tuple[RunFolder, ...] = (),
    say: Callable[[str], None] | None = None,
) -> list[Epoch]:
    """Train a network, from the start or from the folder's checkpoint, until the recipe is done.

    Args:
        recipe: what to build and how to train it.
        task: the tokenised reviews.
        folder: a started run folder; it receives models, history and checkpoint after each epoch.
        device: ``"cpu"`` or ``"cuda"``.
        watchers: hear of each step and epoch.
        shorter: started folders of runs that differ in nothing but fewer epochs; each receives the
            state that this training passes through at its last epoch, and is finished then.
        say: hears in words where a network learns nothing or has died; without it, a warning is logged.

    Returns:
        The metrics of each epoch.

    Raises:
        TrainingError: the loss is not finite, the folder cannot be written any more, another process
            trains in it, or its checkpoint is damaged or of other reviews.
    """
    check_size(recipe, task)
    torch.set_num_threads(recipe.training.threads)
    keep_freed_memory()

    def tell(step: Step) -> None:
        for watcher in watchers:
            watcher.on_step(step.epoch, step.number, step.steps, step.loss, step.accuracy)

    with contextlib.ExitStack() as alone:
        for run in (folder, *shorter):
            alone.enter_context(run.alone())
        fresh = not folder.has_checkpoint
        state = restore(folder, task, _new_state(recipe, task, device, fresh=fresh))
        trainer = Trainer(
            state.network,
            state.optimizer,
            recipe.training,
            task.training,
            unlabelled=task.unlabelled if recipe.training.unlabelled else None,
            average=state.average,
            marks=end_marks(task.tokenizer) if recipe.training.sentences else None,
        )
        while not is_exhausted(recipe.training, state.history):
            begin = time.perf_counter()
            means = trainer.epoch(len(state.history) + 1, state.history, on_step=tell)
            metrics = Epoch(len(state.history) + 1, *means, *_validate(recipe, task, state))
            state.history.append(metrics)
            state.seconds.append(time.perf_counter() - begin)
            is_best = best_epoch(state.history) is metrics
            before, state.fault = state.fault, _fault(task, state, metrics)
            try:
                save(recipe, task, state, folder, is_best=is_best, shorter=shorter)
            except OSError as error:
                raise TrainingError(
                    f"epoch {metrics.epoch} cannot be saved in {folder.path}: {error.strerror or error}",
                    hint=f"make room, then `{shell.opinia('train', '--resume', folder.path)}`; "
                    "the epochs before it are safe",
                ) from error
            for watcher in watchers:
                watcher.on_epoch(metrics, state.seconds[-1], is_best=is_best)
            if state.fault and (before is None or before.is_dead != state.fault.is_dead):
                _say(f"warning: {state.fault.text}", folder, say)
            elif before and not state.fault:
                _say(f"epoch {metrics.epoch}: now it learns", folder, say)
        if state.fault:
            hint = remedy(state.fault, learning_rate=recipe.training.learning_rate)
            _say(f"hint: {hint}", folder, say)
        folder.finish(state.history)
    return state.history


def _say(line: str, folder: RunFolder, say: Callable[[str], None] | None) -> None:
    if say is not None:
        say(line)
    else:
        logging.getLogger("opinia").warning("%s: %s", folder.path, line)


def check_size(recipe: Recipe, task: Task) -> None:
    """Look that there is enough to learn from.

    Raises:
        TrainingError: a batch is larger than the training part, or there are more classes than the
            recipe's ways of learning are for.
    """
    for_two = {
        "teacher": recipe.teacher.teaches,
        "linear": recipe.linear.ngrams,
        "training.virtual_adversarial": recipe.training.virtual_adversarial,
        "training.soft_labels": recipe.training.soft_labels,
    }
    wanted = [name for name, value in for_two.items() if value]
    if len(task.classes) > 2 and wanted:
        raise TrainingError(
            f"{', '.join(wanted)} of the recipe {'is' if len(wanted) == 1 else 'are'} for two classes alone. "
            f"Received texts of {len(task.classes)}: {', '.join(task.classes)}",
            hint="leave that out of the recipe",
        )
    if recipe.training.batch_size > len(task.training):
        raise TrainingError(
            f"training.batch_size must be at most the number of training reviews, {len(task.training):,}. "
            f"Received: {recipe.training.batch_size:,}"
        )


def check_start(recipe: Recipe, task: Task) -> None:
    """Look that what is begun with is there, and of the same words and shape.

    Raises:
        TrainingError: it is not.
    """
    if recipe.training.start:
        network = SentimentNetwork(len(task.tokenizer), recipe.network, len(task.classes))
        begin_with(Path(recipe.training.start), task, network)


def _new_state(recipe: Recipe, task: Task, device: str, *, fresh: bool) -> State:
    torch.manual_seed(recipe.training.seed)
    network = SentimentNetwork(len(task.tokenizer), recipe.network, len(task.classes)).to(device)
    if task.pretrained is not None:
        start_from(network, task.pretrained)
    training = recipe.training
    if training.start and fresh:  # a run that is continued does not need the other any more
        begin_with(Path(training.start), task, network)
    optimizer = adam(network, learning_rate=training.learning_rate, body_rate=training.body_rate)
    average = Average(network, training.averaging) if training.averaging else None
    state = State(network, optimizer, [], [], average)
    if recipe.data.final and training.calibrate:
        state.calibration = _chosen_calibration(recipe, task, device)
    return state


def _chosen_calibration(recipe: Recipe, task: Task, device: str) -> Calibration:
    """Fit the calibration of the run that a final training repeats, which has not seen validation."""
    network = SentimentNetwork(len(task.tokenizer), recipe.network, len(task.classes)).to(device)
    begin_with(chosen_run(recipe).path, task, network)
    return _calibrate(recipe, task, network, _logits(recipe, task, network, task.validation))


def _fault(task: Task, state: State, metrics: Epoch) -> Fault | None:
    """Look at the network itself, not at its averaged weights, which show much later that it has died."""
    held_out, training = (Chance.of(corpus.labels) for corpus in (task.validation, task.training))
    logits = some_logits(state.network, task.validation)
    return fault_of(metrics, held_out=held_out, training=training, logits=logits)


def _validate(recipe: Recipe, task: Task, state: State) -> tuple[float, float]:
    """Calibrate the network, and return its loss and accuracy on validation; nan where it has seen it."""
    if recipe.data.final:
        return math.nan, math.nan
    held_out = _logits(recipe, task, state.judged, task.validation)
    if recipe.training.calibrate:
        state.calibration = _calibrate(recipe, task, state.judged, held_out)
        held_out = state.calibration.apply(held_out)
    return measure(held_out, task.validation.labels)


def _logits(recipe: Recipe, task: Task, network: SentimentNetwork, corpus: Corpus) -> NDArray[np.float32]:
    """Return the logits of the model file that would be written now."""
    logits = logits_of(network, corpus)
    if task.linear is None:
        return logits
    share = np.float32(recipe.linear.share)
    return (1 - share) * logits + share * task.linear.logits(corpus.reviews())


def _calibrate(
    recipe: Recipe, task: Task, network: SentimentNetwork, held_out: NDArray[np.float32]
) -> Calibration:
    """Fit on the logits of validation, and on those of its sentences where the words have marks."""
    of_sentences = None
    if task.tokenizer.kind == "words":
        pieces = sentences_of(task.validation, end_marks(task.tokenizer), seed=0)
        of_sentences = _logits(recipe, task, network, pieces)
    return fit_calibration(held_out, task.validation.labels, of_sentences=of_sentences)
