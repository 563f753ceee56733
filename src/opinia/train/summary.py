"""The table of a network's layers, as Keras's ``model.summary()`` shows it."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass

from opinia.train.network import SentimentNetwork, trainable_parameters
from opinia.train.recipe import Recipe

BYTES_A_NUMBER = 4  # float32


@dataclass(frozen=True)
class Layer:
    """One line of the table.

    Args:
        name: of the layer, and its type.
        shape: of its output, ``None`` for what differs from batch to batch.
        parameters: numbers in it.
    """

    name: str
    shape: tuple[int | None, ...]
    parameters: int


@dataclass(frozen=True)
class Summary:
    """A network in figures.

    Args:
        layers: from the text to the logit.
        trainable: numbers that training changes.
        non_trainable: numbers that it does not.
        optimizer: Adam's two moments of each trainable number, its step and its rate.
    """

    layers: tuple[Layer, ...]
    trainable: int
    non_trainable: int
    optimizer: int

    @property
    def total(self) -> int:
        """All numbers together."""
        return self.trainable + self.non_trainable + self.optimizer


def summarise(recipe: Recipe) -> Summary:
    """Build the network of a recipe and count its parameters."""
    network = SentimentNetwork(recipe.text.max_tokens, recipe.network)
    shape = recipe.network
    both = [network.embedding, *([network.backward_embedding] if network.backward_embedding else [])]
    names = ["embedding", "backward_embedding"]
    read = Layer(
        "bidirectional (Bidirectional)", (None, 2 * shape.units), trainable_parameters(network.bidirectional)
    )
    pooled: tuple[Layer, ...] = ()
    if shape.pooling == "concat":
        read = dataclasses.replace(read, shape=(None, None, 2 * shape.units))
        pooled = (Layer("pooling (last, max, mean)", (None, 6 * shape.units), 0),)
    beside: tuple[Layer, ...] = ()
    if recipe.linear.ngrams:
        beside = (Layer("linear (n-grams, beside)", (None, 1), recipe.linear.ngrams + 1),)
    layers = (
        Layer("text_vectorization (TextVectorization)", (None, None), 0),
        *(
            Layer(f"{name} (Embedding)", (None, None, shape.embedding), trainable_parameters(embedding))
            for name, embedding in zip(names, both, strict=False)
        ),
        read,
        *pooled,
        Layer("dense (Dense)", (None, shape.dense), trainable_parameters(network.dense)),
        Layer("dense_1 (Dense)", (None, 1), trainable_parameters(network.output)),
        *beside,
    )
    trainable = trainable_parameters(network)
    return Summary(
        layers, trainable, sum(layer.parameters for layer in layers) - trainable, 2 * trainable + 2
    )


def readable_size(parameters: int) -> str:
    """Return the memory of so many float32 numbers, such as ``"540.50 KB"``."""
    size = float(parameters * BYTES_A_NUMBER)
    for unit in ("B", "KB", "MB"):
        if size < 1024:
            return f"{size:.2f} {unit}"
        size /= 1024
    return f"{size:.2f} GB"
