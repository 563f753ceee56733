"""A cascade in one graph: a small network answers where it is sure, the large one is asked for the rest.

Cascades save work where most cases are easy (Viola & Jones 2001). Each text is decided on by itself, by what
the small network says of it, so that its answer is independent of its batch. ONNX Runtime ends where an LSTM
is given no text at all; so one of a single word, which nobody asked for, goes with those that are left.
"""

from __future__ import annotations

import numpy as np
import onnx
from onnx import numpy_helper

from opinia.graph.builder import GraphBuilder, copy_of
from opinia.graph.pieces import LARGE_LOGITS, LEFT_IDS, LEFT_LENGTHS

PREFIX = "first_"
_SMALL_LOGITS = f"{PREFIX}logits"
_THRESHOLD = "cascade_threshold"


def add_first_stage(large: onnx.ModelProto, small: onnx.ModelProto, threshold: float) -> onnx.ModelProto:
    """Return a graph that asks a small network first.

    Args:
        large: a graph of two classes, in 32 bits or in 8, with n-grams or without; it stays as it is.
        small: a graph of :func:`opinia.graph.build.build_graph` whose logits are on the same scale. Weights
            that both have, under the same name, stand in the file once.
        threshold: from this absolute logit on the small network is sure.

    Raises:
        ValueError: a graph has more classes than two, or is a cascade already.
    """
    columns = [model.graph.output[0].type.tensor_type.shape.dim[1].dim_value for model in (large, small)]
    if columns != [1, 1]:
        raise ValueError(f"a cascade is for two classes alone. Received: graphs of {columns} logits")
    if is_cascade(large) or is_cascade(small):
        raise ValueError("a graph of two networks gets no third")
    made, first = copy_of(large), _prefixed(small, large)
    for node in made.graph.node:
        _rename(node, {"ids": LEFT_IDS, "lengths": LEFT_LENGTHS, "logits": LARGE_LOGITS})
        if node.op_type == "Shape" and {(a.name, a.i) for a in node.attribute} == {("start", 1), ("end", 2)}:
            _rename(node, {LEFT_IDS: "ids"})  # all are as wide, and this does not hang on the words
    parts = GraphBuilder(node_prefix="cascade_", weight_prefix="cascade_")
    asked = _add_choice(parts, threshold)
    choice = len(parts.nodes)
    _add_answers(parts, asked)
    nodes = [*first.node, *parts.nodes[:choice], *made.graph.node, *parts.nodes[choice:]]
    made.graph.ClearField("node")
    made.graph.node.extend(nodes)
    made.graph.initializer.extend([*first.initializer, *parts.initializers()])
    for opset in small.opset_import:
        if all(opset.domain != each.domain for each in made.opset_import):
            made.opset_import.append(opset)
    onnx.checker.check_model(made)
    return made


def is_cascade(model: onnx.ModelProto) -> bool:
    """Tell whether a graph asks a small network first."""
    return any(LARGE_LOGITS in node.output for node in model.graph.node)


def with_threshold(cascade: onnx.ModelProto, threshold: float) -> onnx.ModelProto:
    """Return a cascade whose small network is sure from another absolute logit on; from 0 on it always is."""
    made = copy_of(cascade)
    (limit,) = (each for each in made.graph.initializer if each.name == _THRESHOLD)
    limit.CopyFrom(numpy_helper.from_array(np.asarray(np.float32(threshold)), _THRESHOLD))
    return made


def _prefixed(small: onnx.ModelProto, large: onnx.ModelProto) -> onnx.GraphProto:
    """Return a graph with other names than those of the large network, but for weights that are the same."""
    there = {each.name: each.SerializeToString() for each in large.graph.initializer}
    first = copy_of(small).graph
    own = [each for each in first.initializer if there.get(each.name) != each.SerializeToString()]
    shared = {each.name for each in first.initializer} - {each.name for each in own}
    names = {each.name for each in own} | {name for node in first.node for name in node.output}
    new = {name: f"{PREFIX}{name}" for name in names - shared - {""}}
    for node in first.node:
        _rename(node, new)
    for tensor in own:
        tensor.name = new[tensor.name]
    return onnx.GraphProto(node=first.node, initializer=own)


def _rename(node: onnx.NodeProto, new: dict[str, str]) -> None:
    for names in (node.input, node.output):
        for place, name in enumerate(names):
            names[place] = new.get(name, name)


def _add_choice(graph: GraphBuilder, threshold: float) -> str:
    """Choose the texts that the small network leaves to the large one, and one of a single word.

    Returns:
        The name of what says of each text, and of the one more, whether it was chosen.
    """
    limit = graph.constant("threshold", np.float32(threshold))
    sureness = graph.add("Abs", [_SMALL_LOGITS], "sureness")
    unsure = graph.add("Less", [sureness, limit], "unsure")  # (batch, 1)
    flat = graph.constant("flat", np.array([-1], np.int64))
    texts = graph.add("Reshape", [unsure, flat], "unsure_texts")  # (batch,)
    one_more = graph.constant("one_more", np.array([True]))
    asked = graph.add("Concat", [texts, one_more], "asked", axis=0)  # (batch + 1,)
    row = graph.constant("row", np.array([1], np.int64))
    width = graph.add("Shape", ["ids"], "width", start=1, end=2)
    size = graph.add("Concat", [row, width], "row_shape", axis=0)
    word = graph.add("Expand", [graph.constant("any_word", np.array([[1]], np.int32)), size], "any_text")
    length = graph.constant("one_word", np.array([1], np.int32))
    for name, more, left in (("ids", word, LEFT_IDS), ("lengths", length, LEFT_LENGTHS)):
        all_of = graph.add("Concat", [name, more], f"all_{name}", axis=0)
        graph.add("Compress", [all_of, asked], f"left_{name}", axis=0)
        graph.nodes[-1].output[0] = left
    return asked


def _add_answers(graph: GraphBuilder, asked: str) -> None:
    """Put the large network's logits in the places of the texts that were left to it."""
    nothing = graph.constant("no_logit", np.zeros((1, 1), np.float32))
    all_of = graph.add("Concat", [_SMALL_LOGITS, nothing], "all_logits", axis=0)  # (batch + 1, 1)
    rows = graph.add("Transpose", [graph.add("NonZero", [asked], "places")], "rows", perm=[1, 0])
    answers = graph.add("ScatterElements", [all_of, rows, LARGE_LOGITS], "answers", axis=0)
    bounds = [
        graph.constant(f"answers_{part}", np.array([number], np.int64))
        for part, number in (("first", 0), ("end", -1), ("axis", 0))
    ]
    graph.add("Slice", [answers, *bounds], "logits")
    graph.nodes[-1].output[0] = "logits"
