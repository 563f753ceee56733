"""The table of a network's layers, as Keras's ``model.summary()`` shows it."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass

from opinia.runs.recipe import Recipe
from opinia.runs.settings import FIRST_STAGE_DENSE

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


def summarise(
    recipe: Recipe, *, classes: int = 2, words: int | None = None, fitted: int | None = None
) -> Summary:
    """Count the parameters of a recipe's network, layer by layer.

    Args:
        recipe: says how large it is.
        classes: that it tells apart; two need one logit.
        words: of its vocabulary; None takes the most that the recipe allows.
        fitted: numbers of the linear model beside it; None takes the most that the recipe allows.
    """
    shape, words = recipe.network, recipe.text.max_tokens if words is None else words
    logits = 1 if classes == 2 else classes
    embedding = Layer("embedding (Embedding)", (None, None, shape.embedding), words * shape.embedding)
    embeddings = [embedding]
    if shape.subwords:  # of training alone: in the model file each word has the sum
        shared = shape.subwords * shape.embedding
        embeddings.append(dataclasses.replace(embedding, name="subwords (Embedding)", parameters=shared))
    if shape.separate_embeddings:
        embeddings.append(dataclasses.replace(embedding, name="backward_embedding (Embedding)"))
    inputs = [shape.embedding, *[shape.units] * (shape.layers - 1)]
    gates = sum(4 * shape.units * (below + shape.units + 1) for below in inputs)  # of one direction
    read = [Layer("bidirectional (Bidirectional)", (None, 2 * shape.units), 2 * gates)]
    features = 2 * shape.units
    if shape.pooling == "concat":
        features = 6 * shape.units
        read = [
            dataclasses.replace(read[0], shape=(None, None, 2 * shape.units)),
            Layer("pooling (last, max, mean)", (None, features), 0),
        ]
    network = [
        *embeddings,
        *read,
        Layer("dense (Dense)", (None, shape.dense), shape.dense * (features + 1)),
        Layer("dense_1 (Dense)", (None, logits), logits * (shape.dense + 1)),
    ]
    if recipe.cascade.units:
        network += first_stage(shape.embedding, recipe.cascade.units, shape.pooling)
    if fitted is None:
        fitted = logits * (recipe.linear.ngrams + 1) if recipe.linear.ngrams else 0
    beside = [Layer("linear (n-grams, beside)", (None, logits), fitted)] if fitted else []
    trainable = sum(layer.parameters for layer in network)
    text = Layer("text_vectorization (TextVectorization)", (None, None), 0)
    return Summary((text, *network, *beside), trainable, fitted, 2 * trainable + 2)


def first_stage(embedding: int, units: int, pooling: str) -> list[Layer]:
    """Return the layers of a cascade's small network, which shares its embeddings with the large one.

    Args:
        embedding: numbers a word.
        units: of its LSTM, a direction.
        pooling: ``"last"`` or ``"concat"``, as in the large network.
    """
    features = (6 if pooling == "concat" else 2) * units
    return [
        Layer("first stage (Bidirectional)", (None, features), 8 * units * (embedding + units + 1)),
        Layer("first stage (Dense)", (None, FIRST_STAGE_DENSE), FIRST_STAGE_DENSE * (features + 1)),
        Layer("first stage (Dense)", (None, 1), FIRST_STAGE_DENSE + 1),
    ]


def readable_size(parameters: int) -> str:
    """Return the memory of so many float32 numbers, such as ``"540.50 KB"``."""
    size = float(parameters * BYTES_A_NUMBER)
    for unit in ("B", "KB", "MB"):
        if size < 1024:
            return f"{size:.2f} {unit}"
        size /= 1024
    return f"{size:.2f} GB"
