"""What a training leaves after each epoch: models and a checkpoint, from which it goes on."""

from __future__ import annotations

import dataclasses
import io
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import torch

from opinia.errors import ModelFileError, TrainingError
from opinia.graph.build import build_graph
from opinia.graph.ngrams import add_linear
from opinia.graph.weights import read_weights
from opinia.model.file import Description, read_model, write_model
from opinia.runs.checkpoint import DAMAGE, load_checkpoint, reason_of, save_checkpoint, tidy_checkpoint
from opinia.runs.folder import RunFolder
from opinia.runs.health import Fault
from opinia.runs.history import Epoch, epochs_of
from opinia.runs.recipe import Recipe
from opinia.train.averaging import Average
from opinia.train.calibration import Calibration
from opinia.train.environment import versions
from opinia.train.narrow import narrow_embeddings
from opinia.train.network import SentimentNetwork, state_dict_of, trainable_parameters
from opinia.train.taking import take_optimizer, take_weights
from opinia.train.task import Task


@dataclass
class State:
    """What changes in training, and is kept in the checkpoint."""

    network: SentimentNetwork
    optimizer: torch.optim.Optimizer
    history: list[Epoch]
    seconds: list[float]
    average: Average | None = None
    calibration: Calibration = Calibration()
    fault: Fault | None = None

    @property
    def judged(self) -> SentimentNetwork:
        """The weights that are validated and kept."""
        return self.network if self.average is None else self.average.network


def save(
    recipe: Recipe,
    task: Task,
    state: State,
    folder: RunFolder,
    *,
    is_best: bool,
    shorter: tuple[RunFolder, ...],
) -> None:
    """Write the models first and the checkpoint last: whatever it names is there."""
    temperature, bias = state.calibration.temperature, state.calibration.bias
    description = Description(
        task.tokenizer, task.classes, temperature=temperature, card=_card(recipe, task, state)
    )
    graph = build_graph(
        state.judged.to_numpy(), int8=recipe.network.compact, bias=0.0 if task.linear else bias
    )
    if task.linear is not None:
        graph = add_linear(graph, task.linear, share=recipe.linear.share, bias=bias)
    for path in (folder.last, folder.best) if is_best else (folder.last,):
        write_model(path, graph, description)
    folder.write_history(state.history, state.seconds)
    checkpoint = _checkpoint(state)
    for run in shorter:
        if run.recipe().training.epochs == len(state.history) and not run.is_finished:
            _save_shorter(folder, run, state, checkpoint)
    save_checkpoint(folder.checkpoint, checkpoint)


def _save_shorter(folder: RunFolder, run: RunFolder, state: State, checkpoint: bytes) -> None:
    """Copy the state of a training into the folder of a run that ends here, under its own recipe."""
    recipe = run.recipe()
    for source, path in ((folder.last, run.last), (folder.best, run.best)):
        description = read_model(source).description
        card = {**description.card, "name": recipe.name, "recipe": recipe.to_dict()}
        write_model(path, onnx.load(source), dataclasses.replace(description, card=card))
    run.write_history(state.history, state.seconds)
    save_checkpoint(run.checkpoint, checkpoint)
    run.finish(state.history)


def _card(recipe: Recipe, task: Task, state: State) -> dict[str, Any]:
    parameters = trainable_parameters(state.network) + (task.linear.parameters if task.linear else 0)
    return {
        "name": recipe.name,
        **task.card,
        "network": {"parameters": parameters, **recipe.to_dict()["network"]},
        "recipe": recipe.to_dict(),
        "figures": state.history[-1].figures(),
        **({"warning": state.fault.text} if state.fault else {}),
        "versions": versions(),
    }


def _checkpoint(state: State) -> bytes:
    buffer = io.BytesIO()
    content = {
        "network": state.network.state_dict(),
        "optimizer": state.optimizer.state_dict(),
        "history": [dataclasses.asdict(epoch) for epoch in state.history],
        "seconds": state.seconds,
    }
    if state.average is not None:
        content["average"] = state.average.network.state_dict()
    torch.save(content, buffer)
    return buffer.getvalue()


def restore(folder: RunFolder, task: Task, state: State) -> State:
    """Continue from the checkpoint, where there is one."""
    if not folder.has_checkpoint:
        return state
    trained_on = folder.environment().get("data", {}).get("fingerprint")
    if trained_on != task.card["data"]["fingerprint"]:
        raise TrainingError(
            f"the run in {folder.path} was trained on other reviews than these",
            hint="name the same copy of the reviews with --imdb",
        )
    try:
        saved = load_checkpoint(folder.checkpoint)
        rows, seconds = saved["history"], saved["seconds"]
        if not _is_history(rows) or not isinstance(seconds, list) or {*map(type, seconds)} != {float}:
            raise ValueError("it holds no history")
        history = epochs_of(rows)
        if len(seconds) != len(history):
            raise ValueError("it holds another number of times than of epochs")
        take_weights(state.network, saved["network"])
        take_optimizer(state.optimizer, saved["optimizer"])
        if state.average is not None:
            take_weights(state.average.network, saved["average"])
        tidy_checkpoint(folder.checkpoint)
        return dataclasses.replace(state, history=history, seconds=list(seconds))
    except DAMAGE as error:
        raise TrainingError(
            f"the checkpoint {folder.checkpoint} cannot be continued: {reason_of(error)}",
            hint="delete it to train this run from the start",
        ) from error


def _is_history(rows: Any) -> bool:
    """Tell whether rows are those of a checkpoint: at least one, and each of numbers of the right type."""
    types = {field.name: int if field.name == "epoch" else float for field in dataclasses.fields(Epoch)}
    return (
        isinstance(rows, list)
        and bool(rows)
        and all(isinstance(row, dict) and {name: type(row[name]) for name in row} == types for row in rows)
    )


def begin_with(start: Path, task: Task, network: SentimentNetwork) -> None:
    """Give a network the weights that a run is judged by, or those of a model file.

    Args:
        start: folder of a run with its checkpoint, or a model file of :func:`save`, of the same words
            and shape; its embeddings may be wider where each direction has its own (see
            :mod:`opinia.train.narrow`).
        task: names the words.
        network: receives the weights.

    Raises:
        TrainingError: it is not there, is damaged, or has other words or another shape.
    """
    file = start if start.is_file() else RunFolder(start).last
    try:
        description = read_model(file).description
        if description.labels != task.classes:
            raise TrainingError(
                f"training cannot begin with {start}: its classes are {', '.join(description.labels)}, "
                f"and those of the reviews {', '.join(task.classes)}",
                hint="the names must be the same, in the same order",
            )
        if description.tokenizer != task.tokenizer:
            raise TrainingError(
                f"training cannot begin with {start}: it has another vocabulary",
                hint="training begins with one of the same [text] and the same split of the reviews",
            )
        weights = state_dict_of(read_weights(onnx.load(file))) if file == start else _judged(RunFolder(start))
        width = network.recipe.embedding
        if network.backward_embedding is not None and weights["embedding.weight"].shape[1] > width:
            counts = np.bincount(task.training.ids, minlength=len(task.tokenizer))
            weights = narrow_embeddings(weights, width, torch.from_numpy(counts))
        if _shapes(weights) != _shapes(network.state_dict()):
            raise TrainingError(
                f"training cannot begin with {start}: its network has another shape",
                hint="it must have the same sizes in [network]; separate embeddings may be wider",
            )
        network.load_state_dict(weights)
    except (ModelFileError, *DAMAGE) as error:
        reason = error.message if isinstance(error, ModelFileError) else reason_of(error)
        raise TrainingError(
            f"training cannot begin with {start}: {reason}",
            hint="training.start names a model file, or the folder of a run that has been trained",
        ) from error


def _judged(run: RunFolder) -> dict[str, torch.Tensor]:
    """Return the weights of a run's checkpoint that are validated and kept."""
    saved = load_checkpoint(run.checkpoint)
    weights: dict[str, torch.Tensor] = saved.get("average", saved["network"])
    return weights


def _shapes(weights: dict[str, torch.Tensor]) -> dict[str, torch.Size]:
    return {name: tensor.shape for name, tensor in weights.items()}
