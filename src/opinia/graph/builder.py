"""An ONNX graph in the making: nodes, and the weights that they name."""

from __future__ import annotations

from typing import Any

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

OPSET = 17
IR_VERSION = 8


class GraphBuilder:
    """Nodes and weights so far.

    Args:
        node_prefix: of the names of outputs, which keeps them apart from those of another graph.
        weight_prefix: of the names of weights, for the same.
        weights: by name, such as those of a graph that is changed.
    """

    def __init__(
        self,
        *,
        node_prefix: str = "",
        weight_prefix: str = "",
        weights: dict[str, NDArray[Any]] | None = None,
    ) -> None:
        self._node_prefix, self._weight_prefix = node_prefix, weight_prefix
        self.nodes: list[onnx.NodeProto] = []
        self.weights = weights if weights is not None else {}

    def constant(self, name: str, value: NDArray[Any] | np.float32) -> str:
        """Keep an array of weights; return its name in the graph."""
        self.weights[f"{self._weight_prefix}{name}"] = np.asarray(value)
        return f"{self._weight_prefix}{name}"

    def add(self, operator: str, inputs: list[str], output: str, **attributes: Any) -> str:
        """Add an operator with one output; return the output's name in the graph."""
        name = f"{self._node_prefix}{output}"
        self.nodes.append(helper.make_node(operator, inputs, [name], **attributes))
        return name

    def cast(self, name: str, kind: int, output: str) -> str:
        """Convert a tensor to one of ``TensorProto``'s types."""
        return self.add("Cast", [name], output, to=kind)

    def initializers(self) -> list[onnx.TensorProto]:
        """Return the weights that a node asks for, as ONNX has them."""
        used = {name for node in self.nodes for name in node.input}
        return [numpy_helper.from_array(each, name) for name, each in self.weights.items() if name in used]

    def model(self, columns: int = 1) -> onnx.ModelProto:
        """Return the graph as a model with the inputs ``ids`` and ``lengths`` and the output ``logits``.

        Args:
            columns: of the logits: 1 for two classes, or one a class.
        """
        graph = helper.make_graph(
            self.nodes,
            "opinia",
            inputs=[
                helper.make_tensor_value_info("ids", TensorProto.INT32, ["batch", "time"]),
                helper.make_tensor_value_info("lengths", TensorProto.INT32, ["batch"]),
            ],
            outputs=[helper.make_tensor_value_info("logits", TensorProto.FLOAT, ["batch", columns])],
            initializer=self.initializers(),
        )
        model = helper.make_model(
            graph,
            producer_name="opinia",
            opset_imports=[helper.make_opsetid("", OPSET)],
            ir_version=IR_VERSION,
        )
        onnx.checker.check_model(model)
        return model


def copy_of(model: onnx.ModelProto) -> onnx.ModelProto:
    """Return a copy of a model, to be changed."""
    made = onnx.ModelProto()
    made.CopyFrom(model)
    return made
