"""From a trained network to the graph of a model file, node by node.

The ``LSTM`` operator of ONNX reads both directions and takes the length of each review; exporters
would unroll it or fix the time axis. Its gates stand in the order i, o, f, c; PyTorch's in i, f, g, o.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper
from torch import Tensor, nn

from opinia.train.network import SentimentNetwork
from opinia.train.quantise import quantise

OPSET = 17
IR_VERSION = 8


def build_graph(network: SentimentNetwork, *, compact: bool = False, bias: float = 0.0) -> onnx.ModelProto:
    """Return the network as an ONNX model of standard operators, weights inside.

    Inputs: ``ids (batch, time) int32``, ``lengths (batch,) int32``. Output: ``logits (batch, 1)``.

    Args:
        network: what was trained.
        compact: embeddings and LSTMs in 8 bits; see :mod:`opinia.train.quantise`.
        bias: is added to the logit.
    """
    graph = _Graph([helper.make_node("Transpose", ["ids"], ["ids_by_time"], perm=[1, 0])], {})
    graph.weights["flat"] = np.array([0, -1], np.int64)
    lstms = network.bidirectional.pair
    if network.backward_embedding is None and network.recipe.layers == 1:
        words = graph.add_embedding("embedding", network.embedding)
        read = [graph.add_lstm("", "bidirectional", words, lstms, 0)]
    else:
        embeddings = {"forward_embedding": network.embedding, "reverse_embedding": network.backward_embedding}
        if network.backward_embedding is None:
            shared = graph.add_embedding("embedding", network.embedding)
            words_of = dict.fromkeys(embeddings, shared)
        else:
            words_of = {name: graph.add_embedding(name, e) for name, e in embeddings.items() if e is not None}
        read = [
            graph.add_stack(direction, words_of[f"{direction}_embedding"], lstm)
            for direction, lstm in zip(("forward", "reverse"), lstms, strict=True)
        ]
    graph.add_pooling(read, network.recipe.pooling)
    for name, layer in (("dense", network.dense), ("output", network.output)):
        graph.weights[f"{name}_kernel"] = _array(layer.weight)
        graph.weights[f"{name}_bias"] = _array(layer.bias)
    graph.weights["output_bias"] = graph.weights["output_bias"] + np.float32(bias)
    graph.nodes += [
        helper.make_node("Gemm", ["state", "dense_kernel", "dense_bias"], ["dense"], transB=1),
        helper.make_node("Relu", ["dense"], ["hidden"]),
        helper.make_node("Gemm", ["hidden", "output_kernel", "output_bias"], ["logits"], transB=1),
    ]
    model = helper.make_model(
        graph.finish(),
        producer_name="opinia",
        opset_imports=[helper.make_opsetid("", OPSET)],
        ir_version=IR_VERSION,
    )
    onnx.checker.check_model(model)
    return quantise(model) if compact else model


@dataclass
class _Graph:
    """Nodes and weights so far."""

    nodes: list[onnx.NodeProto]
    weights: dict[str, NDArray[Any]]

    def add(self, operator: str, inputs: list[str], output: str, **attributes: Any) -> str:
        self.nodes.append(helper.make_node(operator, inputs, [output], **attributes))
        return output

    def add_embedding(self, name: str, embedding: nn.Embedding) -> str:
        """Look the words up, ``(time, batch, embedding)``."""
        self.weights[name] = _array(embedding.weight)
        return self.add("Gather", [name, "ids_by_time"], f"words_of_{name}")

    def add_stack(self, direction: str, words: str, lstm: nn.LSTM) -> tuple[str, str]:
        """Read the words with one layer after the other; return the names of :meth:`add_lstm`."""
        read = self.add_lstm(f"{direction}_", direction, words, [lstm], 0)
        for layer in range(1, lstm.num_layers):
            self.weights["direction_axis"] = np.array([1], np.int64)
            below = self.add("Squeeze", [read[0], "direction_axis"], f"{direction}_layer{layer}")
            read = self.add_lstm(f"{direction}_l{layer}_", direction, below, [lstm], layer)
        return read

    def add_lstm(
        self, prefix: str, direction: str, words: str, lstms: Iterable[nn.LSTM], layer: int
    ) -> tuple[str, str]:
        """Read the words; return the names of all outputs and of the last states."""
        arrays = _lstm_weights(list(lstms), layer)
        weights = dict(zip(("kernel", "recurrent_kernel", "bias"), arrays, strict=True))
        self.weights |= {f"{prefix}{name}": array for name, array in weights.items()}
        outputs, states = f"{prefix}outputs", f"{prefix}states"
        self.nodes.append(
            helper.make_node(
                "LSTM",
                [words, *(f"{prefix}{name}" for name in weights), "lengths"],
                [outputs, states],  # (time, directions, batch, units), (directions, batch, units)
                direction=direction,
                hidden_size=weights["recurrent_kernel"].shape[2],
            )
        )
        return outputs, states

    def add_pooling(self, read: list[tuple[str, str]], pooling: str) -> None:
        """Make ``state (batch, features)`` of what the LSTMs read."""
        pooled = [states for _, states in read]
        if pooling == "last":
            asked = {name for node in self.nodes for name in node.input}
            for node in self.nodes:
                if node.op_type == "LSTM" and node.output[0] not in asked:
                    node.output[0] = ""  # nobody asks for them, so none are kept
        else:
            # Outputs beyond a review's length are zero: they add nothing to a sum, and the maximum
            # is taken with zero everywhere.
            self.weights["time_axis"] = np.array([0], np.int64)
            self.weights["zero"] = np.zeros((), np.float32)
            self.weights["one"] = np.ones((), np.float32)
            self.weights["last_axis"] = np.array([1], np.int64)
            for outputs, _ in read:
                top = self.add("ReduceMax", [outputs], f"{outputs}_top", axes=[0], keepdims=0)
                pooled.append(self.add("Max", [top, "zero"], f"{outputs}_highest"))
            words = self.add("Cast", ["lengths"], "words", to=TensorProto.FLOAT)
            some = self.add("Max", [words, "one"], "some_words")
            column = self.add("Unsqueeze", [some, "last_axis"], "words_column")  # (batch, 1)
            for outputs, _ in read:
                total = self.add("ReduceSum", [outputs, "time_axis"], f"{outputs}_sum", keepdims=0)
                pooled.append(self.add("Div", [total, column], f"{outputs}_mean"))
        flat = []
        for name in pooled:  # (directions, batch, units)
            by_review = self.add("Transpose", [name], f"{name}_by_review", perm=[1, 0, 2])
            flat.append(self.add("Reshape", [by_review, "flat"], f"{name}_flat"))
        if len(flat) == 1:
            self.nodes[-1].output[0] = "state"
        else:
            self.add("Concat", flat, "state", axis=1)

    def finish(self) -> onnx.GraphProto:
        return helper.make_graph(
            self.nodes,
            "opinia",
            inputs=[
                helper.make_tensor_value_info("ids", TensorProto.INT32, ["batch", "time"]),
                helper.make_tensor_value_info("lengths", TensorProto.INT32, ["batch"]),
            ],
            outputs=[helper.make_tensor_value_info("logits", TensorProto.FLOAT, ["batch", 1])],
            initializer=[numpy_helper.from_array(array, name) for name, array in self.weights.items()],
        )


def _lstm_weights(
    lstms: list[nn.LSTM], layer: int
) -> tuple[NDArray[np.float32], NDArray[np.float32], NDArray[np.float32]]:
    """Return ONNX's W ``(directions, 4u, inputs)``, R ``(directions, 4u, u)`` and B ``(directions, 8u)``."""
    kernels, recurrents, biases = [], [], []
    for lstm in lstms:
        kernel, recurrent, bias = (
            _array(lstm.get_parameter(f"{name}_l{layer}")) for name in ("weight_ih", "weight_hh", "bias_ih")
        )
        kernels.append(_gates_for_onnx(kernel))
        recurrents.append(_gates_for_onnx(recurrent))
        biases.append(np.concatenate([_gates_for_onnx(bias), np.zeros_like(bias)]))
    return np.stack(kernels), np.stack(recurrents), np.stack(biases)


def _gates_for_onnx(stacked: NDArray[np.float32]) -> NDArray[np.float32]:
    i, f, g, o = np.split(stacked, 4)
    return np.concatenate([i, o, f, g])


def _array(tensor: Tensor) -> NDArray[np.float32]:
    return tensor.detach().float().cpu().numpy()
