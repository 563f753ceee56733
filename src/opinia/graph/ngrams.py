"""A linear model on n-grams whose logit is averaged with that of the network: its arrays and its graph.

An LSTM is told every word through a few hundred numbers, and misjudges what it has read too seldom; a
linear model on the presence of words, pairs and triples remembers the phrases themselves. Their errors
differ, so that the mean of their logits is better than either (Mesnil et al. 2014; Cheng et al. 2016,
"Wide & Deep"). Of its million n-grams a few ten thousand do nearly all, and those go into the model file.

They are found again through a table: an n-gram's ids make one number, its code, whose remainder names
a slot; in the slot stands the row of the n-gram whose code that is. Where two want the same slot, the one
that moves more answers has it.

Beside the network's logit the graph makes the codes of all words, pairs and triples, finds their rows,
puts the weights found into a row of zeros, which holds each n-gram once, and adds them up. Padding has id
0, which no n-gram holds, so it finds nothing. For more classes than two it puts ones there, and multiplies
that row by the matrix of the weights.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto, helper

from opinia.graph.builder import GraphBuilder, copy_of

LONGEST = 3
"""Words of an n-gram, at most."""
SLOTS = 65_521
"""A prime, so that the remainder of a code depends on all of its ids."""
ID_BITS = 20
"""An id and the two behind it make a code of 60 bits."""
STEP = 2.0**-11
"""Weights are multiples of this, so that their sum is exact and the same in any order."""


@dataclass(frozen=True)
class LinearModel:
    """Weights of the n-grams that count most, with the table to find them.

    Args:
        slots: ``(SLOTS,) uint16``: the row of the n-gram whose code has this remainder, or 0.
        codes: ``(rows,) int64`` of each n-gram; row 0 is of none.
        weights: ``(rows,) int16`` in units of :data:`STEP`; what the presence of each adds to the logit of
            the second of two classes. Of more, ``(rows, classes)``.
        bias: is added to the sum; of more classes ``(classes,) float64``.
    """

    slots: NDArray[np.uint16]
    codes: NDArray[np.int64]
    weights: NDArray[np.int16]
    bias: float | NDArray[np.float64]

    @property
    def ngrams(self) -> int:
        """How many n-grams it knows."""
        return len(self.weights) - 1

    @property
    def parameters(self) -> int:
        """Numbers that were fitted: the weights and the bias."""
        return (self.ngrams + 1) * (1 if self.weights.ndim == 1 else self.weights.shape[1])

    def logits(self, reviews: Iterable[NDArray[np.int32]]) -> NDArray[np.float32]:
        """Return the logit of each review, given as ids: ``(n,)``, or ``(n, classes) float32``."""
        sums = [self.weights[self._rows(ids)].sum(axis=0, dtype=np.int64) for ids in reviews]
        made = np.array(sums, np.float64).reshape(-1, *self.weights.shape[1:])
        return (made * STEP + self.bias).astype(np.float32)

    def _rows(self, ids: NDArray[np.int32]) -> NDArray[np.intp]:
        codes = np.unique(codes_of(ids))
        rows = self.slots[codes % SLOTS].astype(np.intp)
        return np.asarray(rows[self.codes[rows] == codes])


def codes_of(ids: NDArray[np.int32]) -> NDArray[np.int64]:
    """Return the codes of all words, pairs and triples of a text, ``(n,)``; one occurs as often as there."""
    places = ids.astype(np.int64) + 1
    codes = [places]
    for length in range(1, min(LONGEST, len(places))):
        codes.append(codes[-1][:-1] + (places[length:] << (length * ID_BITS)))
    return np.concatenate(codes)


NETWORK_LOGITS = "network_logits"


def add_linear(model: onnx.ModelProto, linear: LinearModel, *, share: float, bias: float) -> onnx.ModelProto:
    """Return a graph whose logits are the mean of its own and those of a linear model.

    Args:
        model: a graph of :func:`opinia.graph.build.build_graph`, in 32 bits or in 8; it stays as it is.
        linear: is put into it.
        share: weight of the linear model in the mean, between 0 and 1.
        bias: is added to the mean.

    Raises:
        ValueError: the linear model is of other classes.
    """
    columns = model.graph.output[0].type.tensor_type.shape.dim[1].dim_value
    of_linear = 1 if linear.weights.ndim == 1 else linear.weights.shape[1]
    if columns != of_linear:
        raise ValueError(f"a graph of {columns} logits cannot have n-grams with {of_linear}")
    made = copy_of(model)
    for node in made.graph.node:
        if "logits" in node.output:
            node.output[list(node.output).index("logits")] = NETWORK_LOGITS
    parts = GraphBuilder(node_prefix="ngrams_", weight_prefix="ngram_")
    rows = _found_rows(parts, linear)
    if columns == 1:
        found = parts.add("Gather", [parts.constant("weights", linear.weights), rows], "found")
    else:
        found = parts.cast(rows, TensorProto.BOOL, "found")  # all rows but that of none
    batch = parts.add("Shape", ["ids"], "batch", start=0, end=1)
    width = parts.constant("rows", np.array([len(linear.weights)], np.int64))
    none = parts.add("ConstantOfShape", [parts.add("Concat", [batch, width], "shape", axis=0)], "none")
    numbers = parts.cast(found, TensorProto.FLOAT, "found_cast")
    present = parts.add("ScatterElements", [none, rows, numbers], "present", axis=1)
    if columns == 1:
        axis = parts.constant("row_axis", np.array([1], np.int64))
        total = parts.add("ReduceSum", [present, axis], "total", keepdims=1)  # (batch, 1)
    else:
        weights = parts.cast(parts.constant("weights", linear.weights), TensorProto.FLOAT, "weights_cast")
        total = parts.add("MatMul", [present, weights], "total")  # (batch, classes)
    scale = parts.constant("scale", np.float32(share * STEP))
    constant = parts.constant("bias", np.asarray(share * linear.bias + bias, np.float32))
    rest = parts.constant("network_share", np.float32(1 - share))
    said = parts.add("Add", [parts.add("Mul", [total, scale], "scaled"), constant], "logits")
    network = parts.add("Mul", [NETWORK_LOGITS, rest], "of_network")
    made.graph.node.extend([*parts.nodes, helper.make_node("Add", [network, said], ["logits"])])
    made.graph.initializer.extend(parts.initializers())
    onnx.checker.check_model(made)
    return made


def _found_rows(parts: GraphBuilder, linear: LinearModel) -> str:
    """Make the rows of the n-grams of each review, ``(batch, LONGEST * time)``, 0 for those without one."""
    one = parts.constant("one", np.array(1, np.int64))
    batch = parts.add("Shape", ["ids"], "reviews", start=0, end=1)
    beyond = parts.constant("beyond", np.array([LONGEST - 1], np.int64))
    padding = parts.add("Concat", [batch, beyond], "padding_shape", axis=0)
    padding = parts.cast(
        parts.add("ConstantOfShape", [padding], "padding"), TensorProto.INT64, "padding_cast"
    )
    ids = parts.add("Concat", [parts.cast("ids", TensorProto.INT64, "ids_cast"), padding], "padded", axis=1)
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
    found = parts.add("Gather", [parts.constant("slots", linear.slots), slot], "row")
    row = parts.cast(found, TensorProto.INT64, "row_cast")
    there = parts.add("Gather", [parts.constant("codes", linear.codes), row], "code_there")
    known = parts.cast(parts.add("Equal", [there, code], "known"), TensorProto.INT64, "known_cast")
    return parts.add("Mul", [row, known], "known_row")
