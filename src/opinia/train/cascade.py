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

from opinia.errors import ModelFileError, TrainingError
from opinia.evaluate.first_stage import choose_threshold
from opinia.graph.weights import DenseWeights, NetworkWeights, read_weights
from opinia.model.file import Model, read_model, write_model
from opinia.runs.folder import RunFolder
from opinia.runs.recipe import Recipe
from opinia.runs.settings import FIRST_STAGE_DENSE, TrainingRecipe
from opinia.train.calibration import Calibration
from opinia.train.classification import Classification
from opinia.train.distillation import probabilities_of
from opinia.train.loop.callbacks import Callback
from opinia.train.loop.trainer import Trainer
from opinia.train.network.sentiment_network import SentimentNetwork, trainable_parameters
from opinia.train.texts import Task
from opinia.train.validation import Validation, logits_of, measure

Say = Callable[[str], None]
FIRST = "first.onnx"
"""The first stage as a model file of its own, beside those of the run."""
LEARNING_RATE = 0.004
EMA_DECAY = 0.998


class FirstStage(Callback):
    """When a training is over, trains the first stage of its best model, and puts it into that one's file.

    It stands before :class:`~opinia.train.loop.callbacks.Checkpoint`, which finishes the run: one that was
    cut off trains the first stage from its beginning, and ends with the same file. Of a cascade the card's
    ``figures`` of validation are those of both networks together, and ``cascade`` says what each gives.

    A final training has no validation: its first stage learns from all texts, and has the calibration and
    the threshold of that of the run which it repeats.

    Args:
        recipe: of the run; of two classes.
        task: the reviews that the run is trained and validated on.
        run: its folder.
        validation: of those reviews, as for the large network; calibrates the small one.
        device: ``"cpu"`` or ``"cuda"``.
        say: told in words how far it is.
        chosen: the model of the run that a final training repeats; None for any other.

    Raises:
        TrainingError: that one has no first stage to repeat.
    """

    def __init__(
        self,
        recipe: Recipe,
        task: Task,
        run: RunFolder,
        validation: Validation,
        *,
        device: str,
        say: Say,
        chosen: Path | None = None,
    ) -> None:
        self._recipe, self._task, self._run, self._validation = recipe, task, run, validation
        self._device, self._say = device, say
        self._chosen = None if chosen is None else first_stage_of(chosen)
        if self._chosen is not None:
            self._validation.calibration = Calibration(**self._chosen["calibration"])

    def on_train_end(self, trainer: Trainer[Any]) -> None:  # noqa: ARG002
        """Train it, unless the file is a cascade already."""
        import onnx

        from opinia.graph.cascade import add_first_stage, is_cascade

        best, first = self._run.best, self._run.path / FIRST
        graph, large = onnx.load(best), read_model(best)
        if is_cascade(graph):
            return
        parameters = self._train(large, read_weights(graph), first)
        card = dict(large.description.card)
        told: dict[str, Any] = {
            "parameters": parameters,
            "calibration": dataclasses.asdict(self._validation.calibration),
        }
        if self._chosen is None:
            about, figures = self._choose(large, read_model(first))
            card["figures"] = {**card.get("figures", {}), **figures}
        else:
            about = {"threshold": self._chosen["threshold"], "chosen_in": self._chosen}
            self._say("the small network answers from where it did in the run that this one repeats")
        card["cascade"] = {**about, **told}
        cascade = add_first_stage(graph, onnx.load(first), about["threshold"])
        write_model(best, cascade, dataclasses.replace(large.description, card=card))

    def _choose(self, large: Model, small: Model) -> tuple[dict[str, Any], dict[str, float]]:
        """Choose the threshold on validation.

        Returns:
            What the card says of it, and loss and accuracy of both networks together.
        """
        held_out = self._task.validation
        of_small, of_large = (logits_of(model, held_out) for model in (small, large))
        choice = choose_threshold(
            of_small,
            of_large,
            held_out.labels,
            held_out.lengths,
            weights=held_out.weights,
            tolerance=self._recipe.cascade.tolerance,
        )
        self._say(
            f"the small network answers {choice.share:.1%} of validation: accuracy {choice.accuracy:.4f}, "
            f"of the large one alone {choice.accuracy_of_large:.4f}"
        )
        said = np.where(np.abs(of_small) >= np.float32(choice.threshold), of_small, of_large)
        scaled = (said / large.description.temperature).astype(np.float32)
        loss, accuracy = measure(scaled, held_out.labels, held_out.weights)
        return dataclasses.asdict(choice), {"val_loss": loss, "val_accuracy": accuracy}

    def _train(self, model: Model, large: NetworkWeights, path: Path) -> int:
        """Teach a small network what the best model says of the training texts, and write it as a file.

        Returns:
            How many parameters it has of its own.
        """
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
        return trainable_parameters(network)


def _small_network(recipe: Recipe, large: NetworkWeights, vocabulary: int) -> SentimentNetwork:
    """Return a network that has the embeddings of the large one, and does not change them."""
    shape = dataclasses.replace(
        recipe.network,
        units=recipe.cascade.units,
        layers=1,
        dense=FIRST_STAGE_DENSE,
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


def first_stage_of(model: Path) -> dict[str, Any]:
    """Return what the card of a cascade says of its first stage, as a final training needs it.

    Raises:
        TrainingError: the file is not there, is damaged, is no cascade, or one of an older version.
    """
    try:
        told: Any = read_model(model).description.card.get("cascade")
        return {
            "threshold": float(told["threshold"]),
            "calibration": {name: float(told["calibration"][name]) for name in ("temperature", "bias")},
            **{name: told[name] for name in ("share", "accuracy", "accuracy_of_large")},
        }
    except (ModelFileError, KeyError, TypeError, ValueError) as error:
        raise TrainingError(
            f"the threshold of the first stage is that of the run which is repeated, and {model} does not "
            "tell it",
            hint="train that run anew, with [cascade], in a new folder, and name that one in data.final",
        ) from error
