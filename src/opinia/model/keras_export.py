"""Writes a model at work as a ``.keras`` file: :mod:`opinia.keras.write` on what a model file holds."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from opinia.errors import ModelFileError
from opinia.graph.parse import GraphFile, read_graph
from opinia.graph.pieces import LARGE_LOGITS, NGRAMS_PRESENT
from opinia.graph.weights import NetworkWeights, weights_of
from opinia.keras.write import archive_of, check_tokenizer, keras_arrays
from opinia.model.classifier import Classifier
from opinia.model.file import Model, from_keras
from opinia.model.source import ModelBytes
from opinia.system.files import write_atomically

TOLERANCE = 1e-4
"""Of a logit: what was written is read again, and must give the same answers."""
_TEXTS, _TOKENS = 8, 40
_NONE = "the model has no equivalent in Keras that opinia writes: "


def to_keras(classifier: Classifier, path: str | Path | None = None) -> bytes:
    """Return a model as the content of a ``.keras`` file, and write it if a path is given.

    Keras 3 opens it (``keras.models.load_model``) with a string input ``(batch, 1)``; its output is the
    probability of the second class, ``(batch, 1)``, or of each class, ``(batch, n)``.

    Args:
        classifier: of :func:`opinia.load`; of two models, such as ``auto``, load one.
        path: of the file to write.

    Raises:
        ModelFileError: Keras has no layers that do the same; the message says what is lacking.
        OSError: the file cannot be written.

    Example:
        >>> content = opinia.to_keras(opinia.load("seed"))
    """
    content = keras_bytes(classifier.model)
    if path is not None:
        write_atomically(Path(path), content)
    return content


def keras_weights(classifier: Classifier) -> dict[str, NDArray[np.float32]]:
    """Return the weights of a model in Keras's layout; see :func:`opinia.keras.write.keras_arrays`.

    They are those of its network: not of n-grams beside it, not of a small network that is asked first, and
    not of a temperature for each text.

    Args:
        classifier: of :func:`opinia.load`.

    Raises:
        ModelFileError: its graph is of another form than those of ``opinia train``.
    """
    model = classifier.model
    return keras_arrays(_weights(_graph(model)), model.description.temperature)


def keras_bytes(model: Model) -> bytes:
    """Return a model file as the content of a ``.keras`` file; see :func:`to_keras`."""
    description = model.description
    graph = _graph(model)
    check_tokenizer(description.tokenizer)
    if any(NGRAMS_PRESENT in node.outputs for node in graph.nodes):
        raise ModelFileError(
            _NONE + "beside its network it has a part for n-grams",
            hint="a model that was trained without ngrams can be written, such as seed",
        )
    if any(LARGE_LOGITS in node.outputs for node in graph.nodes):
        raise ModelFileError(
            _NONE + "it is a cascade, in which a small network is asked first",
            hint="a model that was trained without [cascade] can be written, such as seed",
        )
    if any(name.endswith("_int8") for name in graph.weights):
        raise ModelFileError(
            _NONE + "its weights are in 8 bits, and Keras would round otherwise",
            hint="write the model that it was made from",
        )
    weights = _weights(graph)
    content = archive_of(weights, description.tokenizer, description.labels, description.temperature)
    _check(model, content)
    return content


def _graph(model: Model) -> GraphFile:
    return read_graph(str(model.path or "the model"), model.to_bytes())


def _weights(graph: GraphFile) -> NetworkWeights:
    try:
        return weights_of(graph.weights)
    except ModelFileError as error:
        raise ModelFileError(
            _NONE + "its layers are not those of `opinia train`",
            hint="a model that was made from a .keras file is that file",
        ) from error


def _check(model: Model, content: bytes) -> None:
    """Read what was written, and compare its logits with the model's."""
    again = from_keras(ModelBytes(content, "what was written", None))
    words = len(model.description.tokenizer)
    ids = (1 + np.arange(_TEXTS * _TOKENS) * 7919 % (words - 1)).astype(np.int32).reshape(_TEXTS, _TOKENS)
    lengths = (_TOKENS - np.arange(_TEXTS) * 5).astype(np.int32)
    feed = {
        "ids": np.where(np.arange(_TOKENS) < lengths[:, None], ids, 0).astype(np.int32),
        "lengths": lengths,
    }
    wanted, found = (each.session.run(None, feed)[0] for each in (model, again))
    wanted = wanted / model.description.temperature
    same = wanted.shape == found.shape and np.abs(wanted - found).max() <= TOLERANCE * (
        1 + np.abs(wanted).max()
    )
    if not same or again.description.tokenizer != model.description.tokenizer:
        raise ModelFileError(
            _NONE + "what was written gives other answers",
            hint="its graph is not one that `opinia train` writes",
        )
