"""From the graph of a model file back to the weights of a network: :mod:`opinia.train.export` undone.

Of a file in 8 bits these are the rounded weights, which give the file's own answers.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import onnx
import torch
from numpy.typing import NDArray
from onnx import numpy_helper
from torch import Tensor

from opinia.errors import ModelFileError


def weights_of(model: onnx.ModelProto) -> dict[str, Tensor]:
    """Return the weights of a :class:`~opinia.train.network.SentimentNetwork`, by name.

    Args:
        model: a graph of :func:`opinia.train.export.build_graph`, in 32 bits or in 8. The bias of a
            calibration is a part of the last layer's.

    Raises:
        ModelFileError: the graph has another form.
    """
    arrays = _Arrays({each.name: numpy_helper.to_array(each) for each in model.graph.initializer})
    try:
        shared = arrays.has("embedding")
        names = ("embedding",) if shared else ("forward_embedding", "reverse_embedding")
        embeddings = [arrays.embedding(name) for name in names]
        found = dict(zip(("embedding.weight", "backward_embedding.weight"), embeddings, strict=False))
        for layer in range(arrays.layers):
            for number, (kernel, recurrent, bias) in enumerate(zip(*arrays.both(layer), strict=True)):
                both_biases = np.split(bias, 2)
                for name, array in (
                    ("weight_ih", kernel),
                    ("weight_hh", recurrent),
                    ("bias_ih", both_biases[0] + both_biases[1]),
                    ("bias_hh", np.zeros_like(both_biases[1])),
                ):
                    found[f"bidirectional.directions.{number}.{name}_l{layer}"] = _gates_for_torch(array)
        for dense in ("dense", "output"):
            found[f"{dense}.weight"] = arrays.found[f"{dense}_kernel"]
            found[f"{dense}.bias"] = arrays.found[f"{dense}_bias"]
    except (KeyError, ValueError, IndexError) as error:
        raise ModelFileError("the model's graph has another form than those of opinia train") from error
    return {name: torch.from_numpy(np.array(array, np.float32)) for name, array in found.items()}


class _Arrays:
    """What a graph holds, by name, with what is in 8 bits brought back to its scale."""

    def __init__(self, found: dict[str, NDArray[Any]]) -> None:
        self.found = found

    def has(self, name: str) -> bool:
        return name in self.found or f"{name}_int8" in self.found

    @property
    def layers(self) -> int:
        """LSTMs of each direction."""
        layers = 1
        while self.has(f"forward_l{layers}_kernel"):
            layers += 1
        return layers

    def both(self, layer: int) -> tuple[NDArray[np.float32], NDArray[np.float32], NDArray[np.float32]]:
        """Return W, R and B of both directions; see :meth:`lstm`."""
        if self.has("kernel"):
            return self.lstm("")
        suffix = f"l{layer}_" if layer else ""
        forward, backward = (self.lstm(f"{direction}_{suffix}") for direction in ("forward", "reverse"))
        kernels, recurrents, biases = (np.concatenate(pair) for pair in zip(forward, backward, strict=True))
        return kernels, recurrents, biases

    def embedding(self, name: str) -> NDArray[np.float32]:
        """Return ``(vocabulary, embedding)``."""
        if name in self.found:
            return self.found[name]
        numbers: NDArray[np.float32] = self.found[f"{name}_int8"] * self.found[f"{name}_scale"]
        return numbers

    def lstm(self, prefix: str) -> tuple[NDArray[np.float32], NDArray[np.float32], NDArray[np.float32]]:
        """Return W ``(directions, 4u, inputs)``, R ``(directions, 4u, u)`` and B ``(directions, 8u)``."""
        names = [f"{prefix}{name}" for name in ("kernel", "recurrent_kernel", "bias")]
        if names[0] in self.found:
            kernel, recurrent, bias = (self.found[name] for name in names)
            return kernel, recurrent, bias
        kernel, recurrent = (self._scaled(name) for name in names[:2])
        return kernel, recurrent, _without_silent_units(self.found[f"{names[2]}_wide"], 8)

    def _scaled(self, name: str) -> NDArray[np.float32]:
        columns = self.found[f"{name}_int8"] * self.found[f"{name}_scale"][:, None]
        return _without_silent_units(columns.transpose(0, 2, 1)[:, :, :-2], 4)


def _without_silent_units(weights: NDArray[Any], gates: int) -> NDArray[Any]:
    """Take away the two units that :mod:`opinia.train.quantise` puts behind those of each gate."""
    return np.concatenate([part[:, :-2] for part in np.split(weights, gates, 1)], 1)


def _gates_for_torch(stacked: NDArray[Any]) -> NDArray[Any]:
    i, o, f, g = np.split(stacked, 4)
    return np.concatenate([i, f, g, o])
