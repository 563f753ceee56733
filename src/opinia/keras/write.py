"""Writes a model of opinia as a ``.keras`` file, which Keras 3 opens: texts in, probabilities out.

The published network is TextVectorization → Embedding → Bidirectional(LSTM) → Dense → Dense. LSTMs that are
stacked within a direction are cells of one recurrent layer, and embeddings of their own for each direction
make it a functional model. The temperature of a calibration is a part of the last layer. What was written is
read again, and its answers are compared, before anybody gets it.
"""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from opinia.errors import ModelFileError
from opinia.graph.weights import LSTMWeights, NetworkWeights
from opinia.keras.archive import WEIGHTS
from opinia.keras.hdf5_writer import write_hdf5
from opinia.text.tokenizer import FIRST_WORD_ID, Tokenizer

KERAS_VERSION = "3.0.0"
"""From which on the file can be read, as its configuration needs nothing newer."""
SAVED = "2026-01-01@00:00:00"
"""Instead of the time, so that the same model gives the same file."""
Layers = list[dict[str, Any]]
Arrays = Mapping[str, NDArray[Any]]


def archive_of(
    weights: NetworkWeights, tokenizer: Tokenizer, labels: tuple[str, ...], temperature: float
) -> bytes:
    """Return a ``.keras`` file.

    Args:
        weights: of the network.
        tokenizer: of the model.
        labels: names of the classes, kept beside what Keras reads.
        temperature: that logits are divided by.

    Raises:
        ModelFileError: Keras has no layers that do the same.
    """
    check_tokenizer(tokenizer)
    if weights.pools_over_time:
        raise ModelFileError(
            "the model has no equivalent in Keras that opinia writes: it pools what its LSTMs give over time",
            hint="opinia.keras_weights(model) gives its arrays, to build it by hand",
        )
    config, stored = _network(weights, tokenizer, temperature)
    metadata = {"keras_version": KERAS_VERSION, "date_saved": SAVED, "opinia": {"labels": list(labels)}}
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in (
            ("metadata.json", json.dumps(metadata)),
            ("config.json", json.dumps(config)),
            (WEIGHTS, write_hdf5(stored)),
        ):
            entry = zipfile.ZipInfo(name)
            # Packed, hdf5 could not be read without unpacking all of it: Keras itself stores it as it is.
            entry.compress_type = zipfile.ZIP_STORED if name == WEIGHTS else zipfile.ZIP_DEFLATED
            archive.writestr(entry, content)
    return made.getvalue()


def check_tokenizer(tokenizer: Tokenizer) -> None:
    """Refuse what ``TextVectorization`` cannot do.

    Raises:
        ModelFileError: the tokenizer splits texts in another way.
    """
    rule = tokenizer.rule
    if tokenizer.kind == "words":
        raise ModelFileError(
            "the model has no equivalent in Keras: its tokenizer splits texts into words and marks, which "
            "TextVectorization has no option for",
            hint="a model with text.kind = 'keras' in its recipe can be written, such as seed",
        )
    if rule.standardize == "tokenizer" or rule.drops_unknown or rule.keeps != "first":
        raise ModelFileError(
            "the model has no equivalent in Keras with texts as input: TextVectorization cannot split or cut "
            "as it does",
            hint="the Keras file that it was made from is such a model, with ids as input",
        )


def keras_arrays(weights: NetworkWeights, temperature: float = 1.0) -> dict[str, NDArray[np.float32]]:
    """Return weights in Keras's layout and order of gates (i, f, c, o), by name.

    Args:
        weights: of the network.
        temperature: is divided out of the last layer.

    Returns:
        ``embedding (vocabulary, dimension)``, or ``forward_embedding`` and ``backward_embedding``; for each
        direction and layer ``forward_0_kernel (inputs, 4 * units)``, ``forward_0_recurrent_kernel`` and
        ``forward_0_bias``; ``dense_kernel (inputs, outputs)``, ``dense_bias``, ``output_kernel`` and
        ``output_bias``.
    """
    names = ("embedding",) if len(weights.embeddings) == 1 else ("forward_embedding", "backward_embedding")
    found = dict(zip(names, weights.embeddings, strict=True))
    for direction, stack in (("forward", weights.forward), ("backward", weights.backward)):
        for number, lstm in enumerate(stack):
            for part, array in zip(("kernel", "recurrent_kernel", "bias"), _of_lstm(lstm), strict=True):
                found[f"{direction}_{number}_{part}"] = array
    factor = np.float32(1 / temperature)
    for name, layer, by in (("dense", weights.dense, np.float32(1)), ("output", weights.output, factor)):
        found[f"{name}_kernel"] = np.ascontiguousarray(layer.kernel.T) * by
        found[f"{name}_bias"] = layer.bias * by
    return found


def _of_lstm(lstm: LSTMWeights) -> tuple[NDArray[np.float32], ...]:
    # PyTorch's gates i, f, g, o are Keras's i, f, c, o.
    return np.ascontiguousarray(lstm.kernel.T), np.ascontiguousarray(lstm.recurrent.T), lstm.bias


def _network(
    weights: NetworkWeights, tokenizer: Tokenizer, temperature: float
) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return the configuration of the model, and its weights as groups and arrays."""
    arrays = keras_arrays(weights, temperature)
    columns = len(weights.output.bias)
    text = _text_layer(tokenizer)
    first = _layer("InputLayer", "text", {"batch_shape": [None, 1], "dtype": "string"}, dtype=False)
    dense = _dense("dense", len(weights.dense.bias), "relu")
    output = _dense("dense_1", columns, "sigmoid" if columns == 1 else "softmax")
    groups: dict[str, Any] = {
        "dense": _variables(arrays["dense_kernel"], arrays["dense_bias"]),
        "dense_1": _variables(arrays["output_kernel"], arrays["output_bias"]),
        "text_vectorization": _variables(),
    }
    if len(weights.embeddings) == 1:
        embedding = _embedding("embedding", weights.embeddings[0])
        groups["embedding"] = _variables(arrays["embedding"])
        both, stored = _bidirectional(weights, arrays)
        groups["bidirectional"] = stored
        layers = [first, text, embedding, both, dense, output]
        config = {"name": "sequential", "trainable": True, "layers": layers, "build_input_shape": [None, 1]}
        return _model("Sequential", "keras", config), {"layers": groups, "vars": {}}
    nodes: list[dict[str, Any]] = [_called(first), _called(text, ["text"])]
    joined = []
    for number, (direction, table) in enumerate(
        zip(("forward", "backward"), weights.embeddings, strict=True)
    ):
        suffix = f"_{number}" if number else ""
        stack = weights.forward if direction == "forward" else weights.backward
        name, backwards = f"{direction}_words", direction == "backward"
        nodes.append(_called(_embedding(name, table), ["text_vectorization"]))
        groups[f"embedding{suffix}"] = _variables(arrays[f"{direction}_embedding"])
        recurrent, group, stored = _recurrent(direction, stack, arrays, backwards=backwards)
        nodes.append(_called(recurrent, [name]))
        groups[group + suffix] = stored
        joined.append(recurrent["config"]["name"])
    merged = _layer("Concatenate", "concatenate", {"axis": -1})
    nodes += [
        _called(merged, joined, together=True),
        _called(dense, ["concatenate"]),
        _called(output, ["dense"]),
    ]
    config = {
        "name": "functional",
        "trainable": True,
        "layers": nodes,
        "input_layers": [["text", 0, 0]],
        "output_layers": [["dense_1", 0, 0]],
    }
    return _model("Functional", "keras.src.models.functional", config), {"layers": groups, "vars": {}}


def _model(kind: str, module: str, config: dict[str, Any]) -> dict[str, Any]:
    return {
        "module": module,
        "class_name": kind,
        "config": config,
        "registered_name": kind if module != "keras" else None,
        "build_config": {"input_shape": [None, 1]},
    }


def _layer(kind: str, name: str, config: dict[str, Any], *, dtype: bool = True) -> dict[str, Any]:
    own = {"name": name, "trainable": True, "dtype": "float32"} if dtype else {"name": name}
    return {
        "module": "keras.layers",
        "class_name": kind,
        "config": {**own, **config},
        "registered_name": None,
    }


def _called(
    layer: dict[str, Any], inputs: list[str] | None = None, *, together: bool = False
) -> dict[str, Any]:
    """Return a layer with what it reads, as a functional model has it."""
    tensors: list[Any] = [
        {
            "class_name": "__keras_tensor__",
            "config": {"shape": [None, None], "dtype": "float32", "keras_history": [name, 0, 0]},
        }
        for name in inputs or []
    ]
    nodes: list[dict[str, Any]] = (
        [{"args": [tensors] if together else tensors, "kwargs": {}}] if inputs else []
    )
    return {**layer, "name": layer["config"]["name"], "inbound_nodes": nodes}


def _text_layer(tokenizer: Tokenizer) -> dict[str, Any]:
    rule = tokenizer.rule
    return _layer(
        "TextVectorization",
        "text_vectorization",
        {
            "max_tokens": None,
            "standardize": None if rule.standardize == "none" else rule.standardize,
            "split": None if rule.split == "none" else rule.split,
            "ngrams": list(rule.ngrams) or None,
            "output_mode": "int",
            "output_sequence_length": rule.length,
            "pad_to_max_tokens": False,
            "sparse": False,
            "ragged": False,
            "vocabulary": list(tokenizer.words),
            "idf_weights": None,
            "encoding": "utf-8",
            "vocabulary_size": len(tokenizer.words) + FIRST_WORD_ID,
        },
    )


def _embedding(name: str, table: NDArray[Any]) -> dict[str, Any]:
    rows, columns = table.shape
    return _layer("Embedding", name, {"input_dim": rows, "output_dim": columns, "mask_zero": True})


def _dense(name: str, units: int, activation: str) -> dict[str, Any]:
    return _layer("Dense", name, {"units": units, "activation": activation, "use_bias": True})


def _bidirectional(weights: NetworkWeights, arrays: Arrays) -> tuple[dict[str, Any], dict[str, Any]]:
    forward, _, stored = _recurrent("forward", weights.forward, arrays, backwards=False)
    backward, _, reverse = _recurrent("backward", weights.backward, arrays, backwards=True)
    config = {"merge_mode": "concat", "layer": forward, "backward_layer": backward}
    return _layer("Bidirectional", "bidirectional", config), {
        "forward_layer": stored,
        "backward_layer": reverse,
        "vars": {},
    }


def _recurrent(
    direction: str, stack: tuple[LSTMWeights, ...], arrays: Arrays, *, backwards: bool
) -> tuple[dict[str, Any], str, dict[str, Any]]:
    """Return a recurrent layer of one direction, the name of its kind in paths, and its weights."""
    parts = ("kernel", "recurrent_kernel", "bias")
    sets = [
        _variables(*(arrays[f"{direction}_{number}_{part}"] for part in parts))
        for number in range(len(stack))
    ]
    common = {
        "return_sequences": False,
        "return_state": False,
        "go_backwards": backwards,
        "stateful": False,
        "unroll": False,
        "zero_output_for_mask": False,
    }
    cells = [
        {
            "units": lstm.recurrent.shape[1],
            "activation": "tanh",
            "recurrent_activation": "sigmoid",
            "use_bias": True,
            "unit_forget_bias": True,
        }
        for lstm in stack
    ]
    if len(stack) == 1:
        name = f"{direction}_lstm"
        return _layer("LSTM", name, {**common, **cells[0]}), "lstm", {"cell": sets[0], "vars": {}}
    inner = [_layer("LSTMCell", f"lstm_cell_{i}", cell) for i, cell in enumerate(cells)]
    stacked = _layer("StackedRNNCells", "stacked_rnn_cells", {"cells": inner})
    names = ["lstm_cell", *(f"lstm_cell_{i}" for i in range(1, len(stack)))]
    stored = {"cell": {"cells": dict(zip(names, sets, strict=True)), "vars": {}}, "vars": {}}
    return _layer("RNN", f"{direction}_rnn", {**common, "cell": stacked}), "rnn", stored


def _variables(*arrays: NDArray[Any]) -> dict[str, Any]:
    return {"vars": {str(i): array for i, array in enumerate(arrays)}}
