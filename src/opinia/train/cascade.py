"""The first stage of a cascade: a small network, taught by a trained one, that answers where it is sure.

It reads the embeddings of the large network, which stay as they are, and learns what that one says of the
training texts (Hinton et al. 2015). From which logit on it is sure is chosen on validation: from the least
one that costs the recipe's tolerance in accuracy at most, against the large network asked for everything, in
each quarter of the texts by length.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from opinia.graph.weights import DenseWeights, NetworkWeights, read_weights
from opinia.model.file import Model, read_model, write_model
from opinia.runs.folder import RunFolder
from opinia.runs.recipe import Recipe
from opinia.runs.settings import TrainingRecipe
from opinia.train.callbacks import Callback
from opinia.train.distillation import probabilities_of
from opinia.train.evaluate import Validation, logits_of
from opinia.train.network import SentimentNetwork, trainable_parameters
from opinia.train.objective import Classification
from opinia.train.texts import Task
from opinia.train.trainer import Trainer

Floats = NDArray[np.float32]
Say = Callable[[str], None]
FIRST = "first.onnx"
"""The first stage as a model file of its own, beside those of the run."""
DENSE = 32
LEARNING_RATE = 0.004
EMA_DECAY = 0.998
ROUNDING = 1e-9
SUREST = 1e9
"""A threshold that no logit reaches."""


@dataclasses.dataclass(frozen=True)
class Choice:
    """From where on the first stage answers, and what that gives on validation.

    Args:
        threshold: absolute logit from which on it is sure.
        share: of the texts that it answers.
        accuracy: of the cascade.
        accuracy_of_large: of the large network alone.
    """

    threshold: float
    share: float
    accuracy: float
    accuracy_of_large: float


class FirstStage(Callback):
    """When a training is over, trains the first stage of its best model, and puts it into that one's file.

    It stands before :class:`~opinia.train.callbacks.Checkpoint`, which finishes the run: one that was cut
    off trains the first stage from its beginning, and ends with the same file.

    Args:
        recipe: of the run; of two classes.
        task: the reviews that the run is trained and validated on.
        run: its folder.
        validation: of those reviews, as for the large network; calibrates the small one.
        device: ``"cpu"`` or ``"cuda"``.
        say: told in words how far it is.
    """

    def __init__(
        self, recipe: Recipe, task: Task, run: RunFolder, validation: Validation, *, device: str, say: Say
    ) -> None:
        self._recipe, self._task, self._run, self._validation = recipe, task, run, validation
        self._device, self._say = device, say

    def on_train_end(self, trainer: Trainer[Any]) -> None:  # noqa: ARG002
        """Train it, unless the file is a cascade already."""
        import onnx

        from opinia.graph.cascade import add_first_stage, is_cascade

        best, first, held_out = self._run.best, self._run.path / FIRST, self._task.validation
        graph, large = onnx.load(best), read_model(best)
        if is_cascade(graph):
            return
        self._train(large, read_weights(graph), first)
        of_small, of_large = (logits_of(read_model(path), held_out) for path in (first, best))
        tolerance = self._recipe.cascade.tolerance
        choice = choose_threshold(
            of_small,
            of_large,
            held_out.labels,
            held_out.lengths,
            weights=held_out.weights,
            tolerance=tolerance,
        )
        self._say(
            f"the small network answers {choice.share:.1%} of validation: accuracy {choice.accuracy:.4f}, "
            f"of the large one alone {choice.accuracy_of_large:.4f}"
        )
        card = {**large.description.card, "cascade": dataclasses.asdict(choice)}
        cascade = add_first_stage(graph, onnx.load(first), choice.threshold)
        write_model(best, cascade, dataclasses.replace(large.description, card=card))

    def _train(self, model: Model, large: NetworkWeights, path: Path) -> None:
        """Teach a small network what the best model says of the training texts, and write it as a file."""
        from opinia.graph.build import build_graph

        recipe, training, description = self._recipe, self._task.training, model.description
        self._say(f"a small network learns what the best model says of {len(training):,} texts")
        said = logits_of(model, training) / np.float32(description.temperature)
        taught = dataclasses.replace(training, labels=probabilities_of(said))
        torch.manual_seed(recipe.training.seed)
        network = _small_network(recipe, large, len(description.tokenizer)).to(self._device)
        settings = TrainingRecipe(
            batch_size=recipe.training.batch_size,
            epochs=recipe.cascade.epochs,
            learning_rate=LEARNING_RATE,
            schedule="linear",
            max_grad_norm=1.0,
            precision=recipe.training.precision,
            seed=recipe.training.seed,
        )
        objective = Classification(settings, taught, device=self._device)
        trainer = Trainer(network, objective, ema_decay=EMA_DECAY)
        trainer.fit(self._validation)
        calibration = self._validation.calibration
        weights = trainer.kept.to_numpy()
        # Of both networks the logits are then divided by the large one's temperature.
        scale = np.float32(description.temperature / calibration.temperature)
        output = DenseWeights(
            weights.output.kernel * scale, (weights.output.bias + np.float32(calibration.bias)) * scale
        )
        weights = dataclasses.replace(
            weights, embeddings=large.embeddings, output=output, sharpness=self._validation.sharpness
        )
        card = {
            "name": f"{recipe.name}, first stage",
            "network": {"parameters": trainable_parameters(network), "units": recipe.cascade.units},
            "figures": trainer.history[-1].figures(),
        }
        graph = build_graph(weights, int8=recipe.network.int8)
        write_model(path, graph, dataclasses.replace(description, card=card))


def _small_network(recipe: Recipe, large: NetworkWeights, vocabulary: int) -> SentimentNetwork:
    """Return a network that has the embeddings of the large one, and does not change them."""
    shape = dataclasses.replace(
        recipe.network,
        units=recipe.cascade.units,
        layers=1,
        dense=DENSE,
        subwords=0,
        word_dropout=0.0,
        embedding_dropout=0.0,
        input_dropout=0.0,
        weight_dropout=0.0,
        output_dropout=0.1,
    )
    network = SentimentNetwork(vocabulary, shape)
    for embedding, table in zip(
        (network.embedding, network.backward_embedding), large.embeddings, strict=False
    ):
        assert isinstance(embedding, torch.nn.Embedding)  # noqa: S101
        embedding.weight.data = torch.from_numpy(table.copy())
        embedding.weight.requires_grad_(False)
    return network


def choose_threshold(
    small: Floats,
    large: Floats,
    labels: Floats,
    lengths: NDArray[np.int64],
    *,
    weights: Floats | None = None,
    tolerance: float = 0.0,
) -> Choice:
    """Return the least threshold that costs at most so much accuracy, in each quarter of the texts by length.

    Long reviews and short remarks differ in what a small network makes of them; neither pays for the other.

    Args:
        small: ``(n,)`` logits of the first stage.
        large: ``(n,)`` those of the large network.
        labels: ``(n,)`` probability of the second class, above one half or not.
        lengths: ``(n,)`` words of each text.
        weights: ``(n,)`` how much each text counts; None counts all alike.
        tolerance: share of the texts that may be answered wrongly for it.
    """
    counts = np.ones(len(labels)) if weights is None else weights.astype(np.float64)
    is_positive = labels > 0.5
    right_small, right_large = (small > 0) == is_positive, (large > 0) == is_positive
    sizes, gains = np.abs(small), (right_small.astype(float) - right_large) * counts
    part = np.searchsorted(np.quantile(lengths, (0.25, 0.5, 0.75)), lengths, side="left")
    parts = [np.ones(len(labels), bool), *(part == each for each in np.unique(part))]
    threshold = max(_least(sizes[each], gains[each], tolerance * counts[each].sum()) for each in parts)
    asked = sizes >= threshold
    accuracy, of_large = (
        float(np.average(right, weights=counts))
        for right in (np.where(asked, right_small, right_large), right_large)
    )
    return Choice(float(threshold), float(np.average(asked, weights=counts)), accuracy, of_large)


def _least(sizes: Floats, gains: NDArray[np.float64], most: float) -> np.float32:
    """Return the least size from which on the sum of gains is nowhere below minus ``most``.

    A threshold lies between two different sizes; one that no size reaches asks nobody.
    """
    order = np.argsort(-sizes, kind="stable")
    ordered, sums = sizes[order], np.cumsum(gains[order])
    last = np.append(ordered[1:] < ordered[:-1], True)
    costly = np.flatnonzero(last & (sums < -most - ROUNDING))
    before = ordered[last & (np.arange(len(order)) < (costly[0] if len(costly) else len(order)))]
    return np.float32(before[-1] if len(before) else SUREST)
