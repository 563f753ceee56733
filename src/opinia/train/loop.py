"""The training loop: metrics, checkpoints, exact resume.

Everything random in an epoch is drawn from the seed and the epoch's number, and the step size
follows from the history, so a run that was killed is continued from its last whole epoch and ends
with the same weights, bit for bit, as one that was not (same versions, device and threads).
"""

from __future__ import annotations

import dataclasses
import io
import math
import pickle
import time
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
import onnx
import torch
from torch import Tensor
from torch.nn import functional as F  # noqa: N812

from opinia.data.corpus import Corpus, shuffled_batches, sorted_batches
from opinia.errors import TrainingError
from opinia.files import write_atomically
from opinia.modelfile import Description, read_model, write_model
from opinia.train.environment import versions
from opinia.train.export import build_graph
from opinia.train.history import Epoch, best_epoch, is_exhausted, learning_rate
from opinia.train.memory import keep_freed_memory
from opinia.train.network import SentimentNetwork, trainable_parameters
from opinia.train.recipe import Recipe
from opinia.train.runs import RunFolder
from opinia.train.task import Task

EVALUATION_BATCH = 256
ADAM_EPSILON = 1e-7
ADAM_BETAS = (0.9, 0.999)


class Watcher(Protocol):
    """Whoever wants to know how training goes on."""

    def on_step(self, epoch: int, step: int, steps: int, loss: float, accuracy: float) -> None:
        """Hear of a step: means of the epoch so far; ``step`` counts from 1 to ``steps``."""

    def on_epoch(self, epoch: Epoch, seconds: float, *, is_best: bool) -> None:
        """Hear of a finished epoch."""


@dataclass
class _State:
    """What changes in training, and is kept in the checkpoint."""

    network: SentimentNetwork
    optimizer: torch.optim.Optimizer
    history: list[Epoch]
    seconds: list[float]


def train(
    recipe: Recipe,
    task: Task,
    folder: RunFolder,
    *,
    device: str = "cpu",
    watchers: tuple[Watcher, ...] = (),
    shorter: tuple[RunFolder, ...] = (),
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

    Returns:
        The metrics of each epoch.

    Raises:
        TrainingError: the loss is not finite, the folder cannot be written any more, or its
            checkpoint is damaged or of other reviews.
    """
    check_size(recipe, task)
    torch.set_num_threads(recipe.training.threads)
    keep_freed_memory()
    state = _restore(folder, task, _new_state(recipe, task, device))
    while not is_exhausted(recipe.training, state.history):
        begin = time.perf_counter()
        metrics = _train_epoch(recipe, task, state, watchers)
        state.history.append(metrics)
        state.seconds.append(time.perf_counter() - begin)
        is_best = best_epoch(state.history) is metrics
        try:
            _save(recipe, task, state, folder, is_best=is_best, shorter=shorter)
        except OSError as error:
            raise TrainingError(
                f"epoch {metrics.epoch} cannot be saved in {folder.path}: {error.strerror or error}",
                hint=f"make room, then `opinia train --resume {folder.path}`; the epochs before it are safe",
            ) from error
        for watcher in watchers:
            watcher.on_epoch(metrics, state.seconds[-1], is_best=is_best)
    folder.finish(state.history)
    return state.history


def adam(network: torch.nn.Module, *, learning_rate: float) -> torch.optim.Adam:
    """Return the optimizer of the published network; call :func:`prepare_step` before each step."""
    trainable = [p for p in network.parameters() if p.requires_grad]
    return torch.optim.Adam(trainable, lr=learning_rate, betas=ADAM_BETAS, eps=ADAM_EPSILON, fused=True)


def prepare_step(optimizer: torch.optim.Optimizer, step: int, *, learning_rate: float) -> None:
    """Set the step size, and the epsilon with which PyTorch's Adam takes the step of Keras's.

    Both divide by ``sqrt(v) + epsilon``, but Keras adds epsilon before it corrects the bias of
    ``v`` ("epsilon hat" in Kingma & Ba 2014, section 2), PyTorch after. It matters where gradients
    are as small as epsilon, and in the first steps.

    Args:
        optimizer: of :func:`adam`.
        step: number of the step, from 1 over all epochs.
        learning_rate: the step size.
    """
    for group in optimizer.param_groups:
        group["lr"] = learning_rate
        group["eps"] = ADAM_EPSILON / math.sqrt(1 - ADAM_BETAS[1] ** step)


def check_size(recipe: Recipe, task: Task) -> None:
    """Look that there is enough to learn from.

    Raises:
        TrainingError: a batch is larger than the training part.
    """
    if recipe.training.batch_size > len(task.training):
        raise TrainingError(
            f"training.batch_size must be at most the number of training reviews, {len(task.training):,}. "
            f"Received: {recipe.training.batch_size:,}"
        )


def evaluate(network: SentimentNetwork, corpus: Corpus) -> tuple[float, float]:
    """Return mean binary cross-entropy and accuracy over a corpus."""
    network.eval()
    device = next(network.parameters()).device
    loss, correct = 0.0, 0.0
    with torch.inference_mode():
        for rows in sorted_batches(corpus.lengths, EVALUATION_BATCH):
            ids, lengths, labels = _tensors(corpus, rows, device)
            logits = network(ids, lengths)[:, 0]  # (batch,)
            loss += F.binary_cross_entropy_with_logits(logits, labels, reduction="sum").item()
            correct += ((logits > 0) == (labels > 0.5)).sum().item()
    return loss / len(corpus), correct / len(corpus)


def _new_state(recipe: Recipe, task: Task, device: str) -> _State:
    torch.manual_seed(recipe.training.seed)
    network = SentimentNetwork(len(task.tokenizer), recipe.network).to(device)
    return _State(network, adam(network, learning_rate=recipe.training.learning_rate), [], [])


def _train_epoch(recipe: Recipe, task: Task, state: _State, watchers: tuple[Watcher, ...]) -> Epoch:
    number = len(state.history) + 1
    random = np.random.default_rng([recipe.training.seed, number])
    torch.manual_seed(int(random.integers(2**62)))
    batches = shuffled_batches(task.training.lengths, recipe.training.batch_size, random)
    device = next(state.network.parameters()).device
    state.network.train()
    loss_sum, correct, seen = 0.0, 0.0, 0
    for step, rows in enumerate(batches):
        before = (number - 1) * len(batches) + step
        progress = before / (recipe.training.epochs * len(batches))
        rate = learning_rate(recipe.training, state.history, progress)
        prepare_step(state.optimizer, before + 1, learning_rate=rate)
        ids, lengths, labels = _tensors(task.training, rows, device)
        logits = state.network(ids, lengths)[:, 0]  # (batch,)
        loss = F.binary_cross_entropy_with_logits(logits, labels)
        state.optimizer.zero_grad()
        torch.autograd.backward(loss)
        value = loss.item()
        if not math.isfinite(value):
            raise TrainingError(
                f"the loss became {value} in epoch {number}, step {step + 1}; "
                "the models of the epochs before are kept",
                hint=f"a smaller learning rate than {recipe.training.learning_rate} may help",
            )
        state.optimizer.step()
        loss_sum += value * len(rows)
        correct += ((logits.detach() > 0) == (labels > 0.5)).sum().item()
        seen += len(rows)
        for watcher in watchers:
            watcher.on_step(number, step + 1, len(batches), loss_sum / seen, correct / seen)
    val_loss, val_accuracy = evaluate(state.network, task.validation)
    return Epoch(number, loss_sum / seen, correct / seen, val_loss, val_accuracy)


def _tensors(corpus: Corpus, rows: Any, device: torch.device) -> tuple[Tensor, Tensor, Tensor]:
    ids, lengths = corpus.batch(rows)
    labels = torch.from_numpy(corpus.labels[rows])
    return (
        torch.from_numpy(ids).long().to(device),
        torch.from_numpy(lengths).to(device),
        labels.to(device),
    )


def _save(
    recipe: Recipe,
    task: Task,
    state: _State,
    folder: RunFolder,
    *,
    is_best: bool,
    shorter: tuple[RunFolder, ...],
) -> None:
    """Write the models first and the checkpoint last: whatever it names is there."""
    description = Description(task.tokenizer, card=_card(recipe, task, state))
    graph = build_graph(state.network)
    for path in (folder.last, folder.best) if is_best else (folder.last,):
        write_model(path, graph, description)
    folder.write_history(state.history, state.seconds)
    checkpoint = _checkpoint(state)
    for run in shorter:
        if run.recipe().training.epochs == len(state.history) and not run.is_finished:
            _save_shorter(folder, run, state, checkpoint)
    write_atomically(folder.checkpoint, checkpoint)


def _save_shorter(folder: RunFolder, run: RunFolder, state: _State, checkpoint: bytes) -> None:
    """Copy the state of a training into the folder of a run that ends here, under its own recipe."""
    recipe = run.recipe()
    for source, path in ((folder.last, run.last), (folder.best, run.best)):
        description = read_model(source, threads=1).description
        card = {**description.card, "name": recipe.name, "recipe": recipe.to_dict()}
        write_model(path, onnx.load(source), dataclasses.replace(description, card=card))
    run.write_history(state.history, state.seconds)
    write_atomically(run.checkpoint, checkpoint)
    run.finish(state.history)


def _card(recipe: Recipe, task: Task, state: _State) -> dict[str, Any]:
    return {
        "name": recipe.name,
        **task.card,
        "network": {"parameters": trainable_parameters(state.network), **recipe.to_dict()["network"]},
        "recipe": recipe.to_dict(),
        "figures": dataclasses.asdict(state.history[-1]),
        "versions": versions(),
    }


def _checkpoint(state: _State) -> bytes:
    buffer = io.BytesIO()
    content = {
        "network": state.network.state_dict(),
        "optimizer": state.optimizer.state_dict(),
        "history": [dataclasses.asdict(epoch) for epoch in state.history],
        "seconds": state.seconds,
    }
    torch.save(content, buffer)
    return buffer.getvalue()


def _restore(folder: RunFolder, task: Task, state: _State) -> _State:
    """Continue from the checkpoint, where there is one."""
    if not folder.checkpoint.is_file():
        return state
    trained_on = folder.environment().get("data", {}).get("fingerprint")
    if trained_on != task.card["data"]["fingerprint"]:
        raise TrainingError(
            f"the run in {folder.path} was trained on other reviews than these",
            hint="name the same copy of the reviews with --data",
        )
    try:
        saved = torch.load(folder.checkpoint, weights_only=True, map_location="cpu")
        state.network.load_state_dict(saved["network"])
        state.optimizer.load_state_dict(saved["optimizer"])
        history = [Epoch(int(row.pop("epoch")), **row) for row in saved["history"]]
        return _State(state.network, state.optimizer, history, list(saved["seconds"]))
    except (OSError, RuntimeError, KeyError, TypeError, ValueError, pickle.UnpicklingError) as error:
        raise TrainingError(
            f"the checkpoint {folder.checkpoint} cannot be continued: {str(error).splitlines()[0]}",
            hint="delete it to train this run from the start",
        ) from error
