"""From a trained network to the graph of a model file, node by node.

The ``LSTM`` operator of ONNX reads both directions and takes the length of each review; exporters
would unroll it or fix the time axis. Its gates stand in the order i, o, f, c; PyTorch's in i, f, g, o.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper
from torch import Tensor

from opinia.train.network import BidirectionalLSTM, SentimentNetwork

OPSET = 17
IR_VERSION = 8


def build_graph(network: SentimentNetwork) -> onnx.ModelProto:
    """Return the network as an ONNX model of standard operators, weights inside.

    Inputs: ``ids (batch, time) int32``, ``lengths (batch,) int32``. Output: ``logits (batch, 1)``.
    """
    units = network.bidirectional.units
    nodes = [
        helper.make_node("Transpose", ["ids"], ["ids_by_time"], perm=[1, 0]),
        helper.make_node("Gather", ["embedding", "ids_by_time"], ["words"]),  # (time, batch, embedding)
        helper.make_node(
            "LSTM",
            ["words", "kernel", "recurrent_kernel", "bias", "lengths"],
            ["", "states"],  # (2, batch, units)
            direction="bidirectional",
            hidden_size=units,
        ),
        helper.make_node("Transpose", ["states"], ["states_by_review"], perm=[1, 0, 2]),
        helper.make_node("Reshape", ["states_by_review", "flat"], ["state"]),  # (batch, 2 * units)
        helper.make_node("Gemm", ["state", "dense_kernel", "dense_bias"], ["dense"], transB=1),
        helper.make_node("Relu", ["dense"], ["hidden"]),
        helper.make_node("Gemm", ["hidden", "output_kernel", "output_bias"], ["logits"], transB=1),
    ]
    kernel, recurrent, bias = _lstm_weights(network.bidirectional)
    weights: dict[str, NDArray[Any]] = {
        "embedding": _array(network.embedding.weight),
        "kernel": kernel,
        "recurrent_kernel": recurrent,
        "bias": bias,
        "flat": np.array([0, -1], np.int64),
        "dense_kernel": _array(network.dense.weight),
        "dense_bias": _array(network.dense.bias),
        "output_kernel": _array(network.output.weight),
        "output_bias": _array(network.output.bias),
    }
    graph = helper.make_graph(
        nodes,
        "opinia",
        inputs=[
            helper.make_tensor_value_info("ids", TensorProto.INT32, ["batch", "time"]),
            helper.make_tensor_value_info("lengths", TensorProto.INT32, ["batch"]),
        ],
        outputs=[helper.make_tensor_value_info("logits", TensorProto.FLOAT, ["batch", 1])],
        initializer=[numpy_helper.from_array(array, name) for name, array in weights.items()],
    )
    model = helper.make_model(
        graph,
        producer_name="opinia",
        opset_imports=[helper.make_opsetid("", OPSET)],
        ir_version=IR_VERSION,
    )
    onnx.checker.check_model(model)
    return model


def _lstm_weights(
    bidirectional: BidirectionalLSTM,
) -> tuple[NDArray[np.float32], NDArray[np.float32], NDArray[np.float32]]:
    """Return ONNX's W ``(2, 4u, inputs)``, R ``(2, 4u, u)`` and B ``(2, 8u)``."""
    kernels, recurrents, biases = [], [], []
    for lstm in bidirectional.directions:
        kernel, recurrent, bias, _ = (_array(p) for p in lstm.parameters())
        kernels.append(_gates_for_onnx(kernel))
        recurrents.append(_gates_for_onnx(recurrent))
        biases.append(np.concatenate([_gates_for_onnx(bias), np.zeros_like(bias)]))
    return np.stack(kernels), np.stack(recurrents), np.stack(biases)


def _gates_for_onnx(stacked: NDArray[np.float32]) -> NDArray[np.float32]:
    i, f, g, o = np.split(stacked, 4)
    return np.concatenate([i, o, f, g])


def _array(tensor: Tensor) -> NDArray[np.float32]:
    return tensor.detach().float().cpu().numpy()
