"""A linear model on n-grams in the graph of a model file: see :mod:`opinia.train.linear`.

Beside the network's logit the graph makes the codes of all words, pairs and triples, finds their rows,
puts the weights found into a row of zeros, which holds each n-gram once, and adds them up. Padding has id
0, which no n-gram holds, so it finds nothing.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

from opinia.train.linear import ID_BITS, SLOTS, STEP, LinearModel
from opinia.train.ngrams import LONGEST

NETWORK_LOGITS = "network_logits"


def add_linear(model: onnx.ModelProto, linear: LinearModel, *, share: float, bias: float) -> onnx.ModelProto:
    """Return a graph whose logit is the mean of its own and that of a linear model.

    Args:
        model: a graph of :func:`opinia.train.export.build_graph`, in 32 bits or in 8; it stays as it is.
        linear: is put into it.
        share: weight of the linear model in the mean, between 0 and 1.
        bias: is added to the mean.
    """
    made = onnx.ModelProto()
    made.CopyFrom(model)
    for node in made.graph.node:
        if "logits" in node.output:
            node.output[list(node.output).index("logits")] = NETWORK_LOGITS
    parts = _Parts()
    rows = _found_rows(parts, linear)
    weights = parts.gather("weights", linear.weights, rows, "found")
    batch = parts.add("Shape", ["ids"], "batch", start=0, end=1)
    width = parts.constant("rows", np.array([len(linear.weights)], np.int64))
    none = parts.add("ConstantOfShape", [parts.add("Concat", [batch, width], "shape", axis=0)], "none")
    present = parts.add(
        "ScatterElements", [none, rows, parts.cast(weights, TensorProto.FLOAT)], "present", axis=1
    )
    axis = parts.constant("row_axis", np.array([1], np.int64))
    total = parts.add("ReduceSum", [present, axis], "total", keepdims=1)  # (batch, 1)
    scale = parts.constant("scale", np.float32(share * STEP))
    constant = parts.constant("bias", np.float32(share * linear.bias + bias))
    rest = parts.constant("network_share", np.float32(1 - share))
    said = parts.add("Add", [parts.add("Mul", [total, scale], "scaled"), constant], "logits")
    network = parts.add("Mul", [NETWORK_LOGITS, rest], "of_network")
    made.graph.node.extend([*parts.nodes, helper.make_node("Add", [network, said], ["logits"])])
    made.graph.initializer.extend(numpy_helper.from_array(a, name) for name, a in parts.weights.items())
    onnx.checker.check_model(made)
    return made


def _found_rows(parts: _Parts, linear: LinearModel) -> str:
    """Make the rows of the n-grams of each review, ``(batch, LONGEST * time)``, 0 for those without one."""
    one = parts.constant("one", np.array(1, np.int64))
    batch = parts.add("Shape", ["ids"], "reviews", start=0, end=1)
    beyond = parts.constant("beyond", np.array([LONGEST - 1], np.int64))
    padding = parts.add("Concat", [batch, beyond], "padding_shape", axis=0)
    padding = parts.cast(parts.add("ConstantOfShape", [padding], "padding"), TensorProto.INT64)
    ids = parts.add("Concat", [parts.cast("ids", TensorProto.INT64), padding], "padded", axis=1)
    places = parts.add("Add", [ids, one], "places")  # (batch, time + LONGEST - 1)
    axis = parts.constant("time_axis", np.array([1], np.int64))
    length = parts.add("Shape", ["ids"], "time", start=1, end=2)
    codes: list[str] = []
    for offset in range(LONGEST):
        start = parts.constant(f"start_{offset}", np.array([offset], np.int64))
        end = parts.add("Add", [length, start], f"end_{offset}")
        code = parts.add("Slice", [places, start, end, axis], f"places_{offset}")
        if codes:
            shift = parts.constant(f"shift_{offset}", np.array(1 << (offset * ID_BITS), np.int64))
            shifted = parts.add("Mul", [code, shift], f"shifted_{offset}")
            code = parts.add("Add", [codes[-1], shifted], f"codes_{offset}")
        codes.append(code)
    code = parts.add("Concat", codes, "all_codes", axis=1)
    slot = parts.add("Mod", [code, parts.constant("slot_count", np.array(SLOTS, np.int64))], "slot")
    row = parts.cast(parts.gather("slots", linear.slots, slot, "row"), TensorProto.INT64)
    known = parts.add("Equal", [parts.gather("codes", linear.codes, row, "code_there"), code], "known")
    return parts.add("Mul", [row, parts.cast(known, TensorProto.INT64)], "known_row")


class _Parts:
    """Nodes and weights so far, their names apart from those of the network."""

    def __init__(self) -> None:
        self.nodes: list[onnx.NodeProto] = []
        self.weights: dict[str, NDArray[Any]] = {}

    def constant(self, name: str, value: NDArray[Any] | np.float32) -> str:
        self.weights[f"ngram_{name}"] = np.asarray(value)
        return f"ngram_{name}"

    def add(self, operator: str, inputs: list[str], name: str, **attributes: Any) -> str:
        self.nodes.append(helper.make_node(operator, inputs, [f"ngrams_{name}"], **attributes))
        return f"ngrams_{name}"

    def cast(self, name: str, kind: int) -> str:
        return self.add("Cast", [name], f"{name.removeprefix('ngrams_')}_cast", to=kind)

    def gather(self, table: str, values: NDArray[Any], places: str, name: str) -> str:
        return self.add("Gather", [self.constant(table, values), places], name)
