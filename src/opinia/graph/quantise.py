"""A model file in 8 bits: words with a scale each, LSTMs on integer products.

ONNX Runtime's ``DynamicQuantizeLSTM`` rounds what goes into its products to 8 bits, on a scale that it
takes anew from the largest number of the batch, so that a text's answer would depend on those beside
it. Here the scale is fixed by construction. Each LSTM gets two more units, open at all gates, one of
which adds 1 to its cell at each step and one takes 1 away: after ``t`` words their states are
``tanh(t)`` and ``-tanh(t)``, and no state of any unit is larger. Each word gets two more numbers, the
largest that any word has and its opposite. Both are read by nothing.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

from opinia.errors import ModelFileError
from opinia.graph.builder import GraphBuilder, copy_of

MOST = 63
"""Weights keep 7 of their 8 bits: processors without VNNI add pairs of products in 16 bits."""
OPEN = 30.0
"""A gate with this bias and no weights is 1."""
DOMAIN = "com.microsoft"


def quantise(model: onnx.ModelProto) -> onnx.ModelProto:
    """Return a model file's graph with its embeddings and LSTMs in 8 bits.

    Each word's numbers are rounded to 255 steps, each column of an LSTM's weights to 127. The answers
    move a little (on the reviews of validation by 0.002 in the mean), independent of the batch.

    Args:
        model: a graph of :func:`opinia.graph.build.build_graph`, or one that was quantised already,
            which stays as it is.

    Raises:
        ModelFileError: an LSTM reads something else than words, or has no weights of 32 bits.
    """
    graph = _Quantiser({each.name: numpy_helper.to_array(each) for each in model.graph.initializer})
    for node in model.graph.node:
        table = graph.weights.get(node.input[0]) if node.op_type == "Gather" else None
        if table is not None and table.ndim == 2 and table.dtype == np.float32 and table.shape[1] > 1:
            graph.add_words(node, table)
        elif node.op_type == "LSTM":
            graph.add_lstm(node)
        else:
            graph.nodes.append(node)
            if node.op_type == "Squeeze" and node.input[0] in graph.largest:  # on to the next layer
                graph.largest[node.output[0]] = graph.largest[node.input[0]]
    made = copy_of(model)
    for field, entries in (("node", graph.nodes), ("initializer", graph.initializers())):
        made.graph.ClearField(field)
        getattr(made.graph, field).extend(entries)
    if all(each.domain != DOMAIN for each in made.opset_import):
        made.opset_import.append(helper.make_opsetid(DOMAIN, 1))
    return made


def is_quantised(model: onnx.ModelProto) -> bool:
    """Tell whether a graph's LSTMs are in 8 bits."""
    return any(node.op_type == "DynamicQuantizeLSTM" for node in model.graph.node)


class _Quantiser(GraphBuilder):
    """A graph that is made anew in 8 bits, and the largest number that each words' tensor can hold."""

    def __init__(self, weights: dict[str, NDArray[Any]]) -> None:
        super().__init__(weights=weights)
        self.largest: dict[str, float] = {}

    def add_words(self, node: onnx.NodeProto, table: NDArray[np.float32]) -> None:
        """Look words up in 8 bits, and multiply each by its scale."""
        (name, ids), words = node.input, node.output[0]
        scale = np.maximum(np.abs(table).max(axis=1, keepdims=True) / 127, 1e-12).astype(np.float32)
        self.weights[f"{name}_int8"] = np.round(table / scale).astype(np.int8)
        self.weights[f"{name}_scale"] = scale
        rounded = self.add("Gather", [f"{name}_int8", ids], f"{words}_int8")
        numbers = self.cast(rounded, TensorProto.FLOAT, f"{words}_rounded")
        factors = self.add("Gather", [f"{name}_scale", ids], f"{words}_scale")
        self.add("Mul", [numbers, factors], words)
        self.largest[words] = float(np.abs(table).max())

    def add_lstm(self, node: onnx.NodeProto) -> None:
        """Read words with integer products; outputs keep their names and shapes."""
        words, kernel, recurrent, bias, lengths = node.input[:5]
        if words not in self.largest or not {kernel, recurrent, bias} <= self.weights.keys():
            raise ModelFileError(
                "the model's graph has another form than those of opinia train, and stays in 32 bits"
            )
        prefix = next(name for name in node.output if name) + "_"
        units = next(a.i for a in node.attribute if a.name == "hidden_size")
        inputs = [self._with_limits(words, prefix)]
        scales: list[str] = []
        for name in (kernel, recurrent):
            wide = _with_silent_units(self.weights[name], 4, 1)  # (directions, 4 * units, numbers)
            silent = np.zeros((*wide.shape[:2], 2), np.float32)
            columns = np.concatenate([wide, silent], axis=2).transpose(0, 2, 1)
            scale = np.maximum(np.abs(columns).max(axis=1) / MOST, 1e-12).astype(np.float32)
            self.weights[f"{name}_int8"] = np.round(columns / scale[:, None]).astype(np.int8)
            self.weights[f"{name}_scale"] = scale  # (directions, 4 * units)
            self.weights[f"{name}_zero"] = np.zeros(scale.shape, np.int8)
            inputs.append(f"{name}_int8")
            scales += [f"{name}_scale", f"{name}_zero"]
        self.weights[f"{bias}_wide"] = _opened(_with_silent_units(self.weights[bias], 8, 1), units)
        # All outputs, wanted or not: without the first, rows that have ended hold numbers of no meaning.
        outputs = [f"{name or prefix + 'all'}_wide" for name in node.output]
        attributes = {a.name: helper.get_attribute_value(a) for a in node.attribute}
        self.nodes.append(
            helper.make_node(
                "DynamicQuantizeLSTM",
                [*inputs, f"{bias}_wide", lengths, "", "", "", *scales],
                outputs,
                domain=DOMAIN,
                **{**attributes, "hidden_size": units + 2},
            )
        )
        self.weights |= {"first_unit": np.array([0], np.int64), "unit_axis": np.array([-1], np.int64)}
        self.weights[f"{prefix}units"] = np.array([units], np.int64)
        self.largest[node.output[0]] = 1.0  # a state is a product of a sigmoid and a tanh
        for name in filter(None, node.output):
            self.add("Slice", [f"{name}_wide", "first_unit", f"{prefix}units", "unit_axis"], name)

    def _with_limits(self, words: str, prefix: str) -> str:
        """Put the largest number, and its opposite, behind the numbers of each word."""
        largest = self.largest[words]
        self.weights[f"{prefix}limits"] = np.array([[[largest, -largest]]], np.float32)
        self.weights["two"] = np.array([2], np.int64)
        places = self.add("Shape", [words], f"{prefix}places", start=0, end=2)  # time, batch
        shape = self.add("Concat", [places, "two"], f"{prefix}limits_shape", axis=0)
        limits = self.add("Expand", [f"{prefix}limits", shape], f"{prefix}all_limits")
        return self.add("Concat", [words, limits], f"{prefix}words", axis=2)


def _with_silent_units(weights: NDArray[np.float32], gates: int, axis: int) -> NDArray[np.float32]:
    """Put two units without weights behind those of each gate."""
    parts = np.split(weights, gates, axis)
    shape = list(parts[0].shape)
    shape[axis] = 2
    return np.concatenate([piece for part in parts for piece in (part, np.zeros(shape, np.float32))], axis)


def _opened(bias: NDArray[np.float32], units: int) -> NDArray[np.float32]:
    """Open all gates of the two units, ``(directions, 8 * (units + 2))``; they count up and down."""
    opened = bias.copy()
    for gate in range(4):  # input, output, forget, cell
        first = gate * (units + 2) + units
        opened[:, first : first + 2] = [OPEN, -OPEN if gate == 3 else OPEN]
    return opened
