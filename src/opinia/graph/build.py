"""From the weights of a network to the graph of a model file, node by node.

The ``LSTM`` operator of ONNX reads both directions and takes the length of each review; exporters
would unroll it or fix the time axis. Its gates stand in the order i, o, f, c; PyTorch's in i, f, g, o.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import onnx
from onnx import TensorProto, helper

from opinia.graph.builder import GraphBuilder
from opinia.graph.quantise import quantise
from opinia.graph.weights import SHARPEST, DenseWeights, LSTMWeights, NetworkWeights, gates_for_onnx

Read = tuple[str, str]
"""The names of all outputs ``(time, directions, batch, units)`` and of the last states of an LSTM."""


def build_graph(weights: NetworkWeights, *, int8: bool = False, bias: float = 0.0) -> onnx.ModelProto:
    """Return a network as an ONNX model of standard operators, weights inside.

    Inputs: ``ids (batch, time) int32``, ``lengths (batch,) int32``. Output: ``logits (batch, 1)`` for two
    classes, that of the second, or ``(batch, n)`` for n classes, as the output layer has columns.

    Args:
        weights: what was trained.
        int8: embeddings and LSTMs in 8 bits; see :mod:`opinia.graph.quantise`.
        bias: is added to the logit of two classes; 0 for more, which it would move alike.

    Raises:
        ValueError: there is a bias for more than two classes.
    """
    columns = len(weights.output.bias)
    if bias and columns > 1:
        raise ValueError(f"a bias is for two classes alone. Received: {bias} for {columns}")
    graph = GraphBuilder()
    graph.add("Transpose", ["ids"], "ids_by_time", perm=[1, 0])
    graph.constant("flat", np.array([0, -1], np.int64))
    if len(weights.embeddings) == 1 and len(weights.forward) == 1:
        words = _add_embedding(graph, "embedding", weights.embeddings[0])
        both = [weights.forward[0], weights.backward[0]]
        read = [_add_lstm(graph, "", "bidirectional", words, both)]
    else:
        directions, stacks = ("forward", "reverse"), (weights.forward, weights.backward)
        names = [f"{direction}_embedding" for direction in directions]
        if len(weights.embeddings) == 1:
            names = ["embedding"]
        words_of = [_add_embedding(graph, n, e) for n, e in zip(names, weights.embeddings, strict=True)]
        read = [
            _add_stack(graph, direction, words, stack)
            for direction, words, stack in zip(directions, [words_of[0], words_of[-1]], stacks, strict=True)
        ]
    _add_pooling(graph, read, over_time=weights.pools_over_time)
    layers = {"dense": weights.dense, "output": weights.output}
    for name, layer in layers.items():
        graph.constant(f"{name}_kernel", layer.kernel)
        graph.constant(f"{name}_bias", layer.bias)
    graph.constant("output_bias", weights.output.bias + np.float32(bias))
    graph.add("Gemm", ["state", "dense_kernel", "dense_bias"], "dense", transB=1)
    graph.add("Relu", ["dense"], "hidden")
    graph.add("Gemm", ["hidden", "output_kernel", "output_bias"], "logits", transB=1)
    if weights.sharpness is not None:
        _add_sharpness(graph, weights.sharpness)
    model = graph.model(columns)
    return quantise(model) if int8 else model


def _add_sharpness(graph: GraphBuilder, layer: DenseWeights) -> None:
    """Multiply the logits of each text by its own number above 0."""
    graph.nodes[-1].output[0] = "raw_logits"
    names = [graph.constant(f"sharpness_{part}", getattr(layer, part)) for part in ("kernel", "bias")]
    graph.add("Gemm", ["hidden", *names], "sharpness", transB=1)
    limits = [
        graph.constant("sharpness_least", np.float32(-SHARPEST)),
        graph.constant("sharpness_most", np.float32(SHARPEST)),
    ]
    graph.add("Clip", ["sharpness", *limits], "sharpness_kept")
    graph.add("Exp", ["sharpness_kept"], "factor")
    graph.add("Mul", ["raw_logits", "factor"], "logits")


def _add_embedding(graph: GraphBuilder, name: str, table: np.ndarray) -> str:
    """Look the words up, ``(time, batch, embedding)``."""
    return graph.add("Gather", [graph.constant(name, table), "ids_by_time"], f"words_of_{name}")


def _add_stack(graph: GraphBuilder, direction: str, words: str, stack: Sequence[LSTMWeights]) -> Read:
    """Read the words with one layer after the other."""
    read = _add_lstm(graph, f"{direction}_", direction, words, stack[:1])
    for layer in range(1, len(stack)):
        axis = graph.constant("direction_axis", np.array([1], np.int64))
        below = graph.add("Squeeze", [read[0], axis], f"{direction}_layer{layer}")
        read = _add_lstm(graph, f"{direction}_l{layer}_", direction, below, stack[layer : layer + 1])
    return read


def _add_lstm(
    graph: GraphBuilder, prefix: str, direction: str, words: str, lstms: Sequence[LSTMWeights]
) -> Read:
    """Read the words with one layer, of one direction or of both."""
    kernels = np.stack([gates_for_onnx(each.kernel) for each in lstms])  # (directions, 4u, inputs)
    recurrents = np.stack([gates_for_onnx(each.recurrent) for each in lstms])  # (directions, 4u, u)
    biases = [np.concatenate([gates_for_onnx(each.bias), np.zeros_like(each.bias)]) for each in lstms]
    names = [
        graph.constant(f"{prefix}kernel", kernels),
        graph.constant(f"{prefix}recurrent_kernel", recurrents),
        graph.constant(f"{prefix}bias", np.stack(biases)),  # (directions, 8u)
    ]
    outputs, states = f"{prefix}outputs", f"{prefix}states"
    graph.nodes.append(
        helper.make_node(
            "LSTM",
            [words, *names, "lengths"],
            [outputs, states],  # (time, directions, batch, units), (directions, batch, units)
            direction=direction,
            hidden_size=recurrents.shape[2],
        )
    )
    return outputs, states


def _add_pooling(graph: GraphBuilder, read: list[Read], *, over_time: bool) -> None:
    """Make ``state (batch, features)`` of what the LSTMs read."""
    pooled = [states for _, states in read]
    if not over_time:
        asked = {name for node in graph.nodes for name in node.input}
        for node in graph.nodes:
            if node.op_type == "LSTM" and node.output[0] not in asked:
                node.output[0] = ""  # nobody asks for them, so none are kept
    else:
        # Outputs beyond a review's length are zero: they add nothing to a sum, and the maximum
        # is taken with zero everywhere.
        time_axis = graph.constant("time_axis", np.array([0], np.int64))
        zero, one = (graph.constant(name, np.float32(n)) for name, n in (("zero", 0), ("one", 1)))
        last_axis = graph.constant("last_axis", np.array([1], np.int64))
        for outputs, _ in read:
            top = graph.add("ReduceMax", [outputs], f"{outputs}_top", axes=[0], keepdims=0)
            pooled.append(graph.add("Max", [top, zero], f"{outputs}_highest"))
        words = graph.cast("lengths", TensorProto.FLOAT, "words")
        some = graph.add("Max", [words, one], "some_words")
        column = graph.add("Unsqueeze", [some, last_axis], "words_column")  # (batch, 1)
        for outputs, _ in read:
            total = graph.add("ReduceSum", [outputs, time_axis], f"{outputs}_sum", keepdims=0)
            pooled.append(graph.add("Div", [total, column], f"{outputs}_mean"))
    flat = []
    for name in pooled:  # (directions, batch, units)
        by_review = graph.add("Transpose", [name], f"{name}_by_review", perm=[1, 0, 2])
        flat.append(graph.add("Reshape", [by_review, "flat"], f"{name}_flat"))
    if len(flat) == 1:
        graph.nodes[-1].output[0] = "state"
    else:
        graph.add("Concat", flat, "state", axis=1)
