"""The weights of a sentiment network as NumPy's arrays: what passes between PyTorch and a graph.

:func:`read_weights` finds them in the graph of a model file: :mod:`opinia.graph.build` undone. Of a file
in 8 bits these are the rounded weights, which give the file's own answers.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from opinia.errors import ModelFileError

if TYPE_CHECKING:
    import onnx

Array = NDArray[np.float32]
SHARPEST = 2.0
"""How far the logarithm of a text's factor is from 0, at most."""


@dataclass(frozen=True)
class LSTMWeights:
    """One LSTM of one direction; the gates stand in the order i, f, g, o, as in PyTorch.

    Args:
        kernel: ``(4 * units, inputs)``.
        recurrent: ``(4 * units, units)``.
        bias: ``(4 * units,)``.
    """

    kernel: Array
    recurrent: Array
    bias: Array


@dataclass(frozen=True)
class DenseWeights:
    """A dense layer: ``kernel (outputs, inputs)``, ``bias (outputs,)``."""

    kernel: Array
    bias: Array


@dataclass(frozen=True)
class NetworkWeights:
    """A whole network.

    Args:
        embeddings: ``(vocabulary, embedding)``: one that both directions share, or that of the forward
            and that of the backward direction.
        forward: the LSTMs that read forward, from the words up.
        backward: those that read backward.
        dense: the hidden layer; its inputs are the last states of both directions, or those with maximum
            and mean over time.
        output: gives the logits.
        sharpness: of calibrated ones, what they are multiplied by for each text: the exponential of one
            number made of the hidden layer, at most 2 from 0. None multiplies by nothing.
    """

    embeddings: tuple[Array, ...]
    forward: tuple[LSTMWeights, ...]
    backward: tuple[LSTMWeights, ...]
    dense: DenseWeights
    output: DenseWeights
    sharpness: DenseWeights | None = None

    @property
    def units(self) -> int:
        """Units of an LSTM."""
        return int(self.forward[-1].recurrent.shape[1])

    @property
    def pools_over_time(self) -> bool:
        """Whether the dense layer sees maximum and mean over time beside the last states."""
        return bool(self.dense.kernel.shape[1] != 2 * self.units)


def read_weights(model: onnx.ModelProto) -> NetworkWeights:
    """Return the weights of a graph.

    Args:
        model: a graph of :func:`opinia.graph.build.build_graph`, in 32 bits or in 8. The bias of a
            calibration is a part of the last layer's.

    Raises:
        ModelFileError: the graph has another form.
    """
    from onnx import numpy_helper  # whoever trains a network elsewhere may lack it

    return weights_of({each.name: numpy_helper.to_array(each) for each in model.graph.initializer})


def weights_of(found: Mapping[str, NDArray[Any]]) -> NetworkWeights:
    """Return the weights of a graph whose arrays are at hand by name, as :func:`read_weights` does.

    Raises:
        ModelFileError: the graph has another form.
    """
    arrays = _Arrays(found)
    try:
        names = ("embedding",) if arrays.has("embedding") else ("forward_embedding", "reverse_embedding")
        layers = [arrays.both_directions(layer) for layer in range(arrays.layers)]
        dense, output = (
            DenseWeights(*(_single(arrays.found[f"{name}_{part}"]) for part in ("kernel", "bias")))
            for name in ("dense", "output")
        )
        return NetworkWeights(
            embeddings=tuple(_single(arrays.embedding(name)) for name in names),
            forward=tuple(forward for forward, _ in layers),
            backward=tuple(backward for _, backward in layers),
            dense=dense,
            output=output,
        )
    except (KeyError, ValueError, IndexError) as error:
        raise ModelFileError("the model's graph has another form than those of opinia train") from error


class _Arrays:
    """What a graph holds, by name, with what is in 8 bits brought back to its scale."""

    def __init__(self, found: Mapping[str, NDArray[Any]]) -> None:
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

    def both_directions(self, layer: int) -> tuple[LSTMWeights, LSTMWeights]:
        if self.has("kernel"):
            kernels, recurrents, biases = self.lstm("")
        else:
            suffix = f"l{layer}_" if layer else ""
            pairs = zip(self.lstm(f"forward_{suffix}"), self.lstm(f"reverse_{suffix}"), strict=True)
            kernels, recurrents, biases = (np.concatenate(pair) for pair in pairs)
        half = biases.shape[1] // 2  # ONNX has two biases a gate, which are added
        forward, backward = (
            LSTMWeights(_from_onnx(kernel), _from_onnx(recurrent), _from_onnx(bias[:half] + bias[half:]))
            for kernel, recurrent, bias in zip(kernels, recurrents, biases, strict=True)
        )
        return forward, backward

    def embedding(self, name: str) -> Array:
        """Return ``(vocabulary, embedding)``."""
        if name in self.found:
            return self.found[name]
        numbers: Array = self.found[f"{name}_int8"] * self.found[f"{name}_scale"]
        return numbers

    def lstm(self, prefix: str) -> tuple[Array, Array, Array]:
        """Return W ``(directions, 4u, inputs)``, R ``(directions, 4u, u)`` and B ``(directions, 8u)``."""
        names = [f"{prefix}{name}" for name in ("kernel", "recurrent_kernel", "bias")]
        if names[0] in self.found:
            kernel, recurrent, bias = (self.found[name] for name in names)
            return kernel, recurrent, bias
        kernel, recurrent = (self._scaled(name) for name in names[:2])
        return kernel, recurrent, _without_silent_units(self.found[f"{names[2]}_wide"], 8)

    def _scaled(self, name: str) -> Array:
        columns = self.found[f"{name}_int8"] * self.found[f"{name}_scale"][:, None]
        return _without_silent_units(columns.transpose(0, 2, 1)[:, :, :-2], 4)


def _without_silent_units(weights: NDArray[Any], gates: int) -> NDArray[Any]:
    """Take away the two units that :mod:`opinia.graph.quantise` puts behind those of each gate."""
    return np.concatenate([part[:, :-2] for part in np.split(weights, gates, 1)], 1)


def gates_for_onnx(stacked: Array) -> Array:
    """Bring the gates i, f, g, o into ONNX's order i, o, f, c."""
    i, f, g, o = np.split(stacked, 4)
    return np.concatenate([i, o, f, g])


def _from_onnx(stacked: NDArray[Any]) -> Array:
    i, o, f, g = np.split(stacked, 4)
    return _single(np.concatenate([i, f, g, o]))


def _single(array: NDArray[Any]) -> Array:
    return np.asarray(array, np.float32)
