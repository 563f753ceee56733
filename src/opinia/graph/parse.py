"""Reads the graph of a model file before ONNX Runtime does, and refuses what no model of opinia needs.

A graph is data, but ONNX can express loops, functions that unfold without end, and weights in other
files. Here are the operators that opinia writes, and those that the layers of Keras need; none of them
has a graph inside, asks for another file or draws numbers by chance. The package ``onnx`` is not needed.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, NoReturn

import numpy as np
from numpy.typing import NDArray

from opinia.errors import ModelFileError
from opinia.graph.schema import ELSEWHERE, MODEL
from opinia.graph.wire import BrokenError, Place, Reader, RefusedError

REPLACE_IT = "the file may be truncated, foreign or written by a newer version: copy or train it again"
MOST_PARTS = 200_000
"""Fields and numbers of the file; the largest model that comes along has some 1,500."""
MOST_NODES = 4_096
MOST_WEIGHTS = 4_096
MOST_NAMES = 64
"""Inputs, outputs or attributes of one node."""
LARGEST = 1e9
"""No weight is larger: products of larger ones leave the range of 32 bits, and LSTMs hide that."""
# fmt: off
OURS = frozenset((
    "Abs", "Add", "Cast", "Clip", "Compress", "Concat", "ConstantOfShape", "Div", "DynamicQuantizeLSTM",
    "Equal", "Exp", "Expand", "Gather", "Gemm", "LSTM", "Less", "Max", "Mod", "Mul", "NonZero", "ReduceMax",
    "ReduceSum", "Relu", "Reshape", "ScatterElements", "Shape", "Slice", "Squeeze", "Sub", "Transpose",
    "Unsqueeze",
))
"""What opinia itself writes."""
OF_KERAS = frozenset((
    "And", "BatchNormalization", "Constant", "CumSum", "Elu", "Erf", "Flatten", "GRU", "Greater",
    "GreaterOrEqual", "HardSigmoid", "Identity", "LayerNormalization", "LeakyRelu", "LessOrEqual", "Log",
    "LogSoftmax", "MatMul", "Min", "Neg", "Not", "Or", "PRelu", "Pow", "RNN", "ReduceMean", "ReduceMin",
    "ReverseSequence", "Selu", "Sigmoid", "Softmax", "Softplus", "Softsign", "Sqrt", "Tanh", "Where",
))
"""What layers of Keras need beside that: other cells, activations, pooling, normalisation and masks."""
# fmt: on
OPERATORS = OURS | OF_KERAS
MICROSOFT = "com.microsoft"
OF_MICROSOFT = frozenset({"DynamicQuantizeLSTM"})
_FLOAT, _INT32 = 1, 6
_STANDARD = ("", "ai.onnx")

# Kinds of numbers by their code in ONNX; each may also stand as a list of its own.
TYPES: dict[int, tuple[np.dtype[Any], str]] = {
    code: (np.dtype(name).newbyteorder("<"), numbers)
    for code, name, numbers in (
        (1, "f4", "floats"),
        (2, "u1", "int32s"),
        (3, "i1", "int32s"),
        (4, "u2", "int32s"),
        (5, "i2", "int32s"),
        (6, "i4", "int32s"),
        (7, "i8", "int64s"),
        (9, "?", "int32s"),
        (10, "f2", ""),
        (11, "f8", ""),
    )
}


@dataclass(frozen=True)
class Node:
    """One operation of a graph.

    Args:
        operator: its name.
        inputs: names of what it reads; empty where one is left out.
        outputs: names of what it makes.
        attributes: by name: numbers, bytes, lists of them, or an array.
    """

    operator: str
    inputs: list[str]
    outputs: list[str]
    attributes: dict[str, Any]


@dataclass(frozen=True)
class GraphFile:
    """What a model file holds.

    Args:
        content: of the file.
        nodes: in the order of the work.
        weights: arrays by name, which share the memory of the content.
        inputs: kind of number of each input, by its code in ONNX.
        outputs: kind of number of each output.
        metadata: where the value of each entry stands in the content.
        ir_version: of the format.
        opsets: version of each set of operators.
    """

    content: bytes
    nodes: list[Node]
    weights: dict[str, NDArray[Any]]
    inputs: dict[str, int]
    outputs: dict[str, int]
    metadata: dict[str, Place]
    ir_version: int
    opsets: dict[str, int]


def read_graph(name: str, content: bytes) -> GraphFile:
    """Read the graph of a model file.

    Args:
        name: of the file, for messages.
        content: its bytes.

    Raises:
        ModelFileError: it is no ONNX, breaks off, or holds what no model of opinia needs: too many parts,
            operators that are not on the list, graphs inside graphs, functions, weights in other files.
    """
    if content[4:8] == b"ORTM":  # ONNX Runtime would read its own format, which nothing here can check
        raise ModelFileError(f"{name} is in ONNX Runtime's own format; a model of opinia is an .onnx file")
    try:
        model = Reader(content, MOST_PARTS).read(MODEL)
    except RefusedError as error:
        if ELSEWHERE.what in error.args:
            raise ModelFileError(
                f"{name} keeps weights in another file, which is never read",
                hint="a model is one file: write it again with its weights inside",
            ) from error
        _refuse(name, f"it holds {error}")
    except UnicodeDecodeError as error:
        raise ModelFileError(
            f"{name} is damaged: a name in its graph or metadata is not UTF-8 ({error.reason})"
        ) from error
    except BrokenError as error:
        raise broken(name, content) from error
    if "graph" not in model:
        raise broken(name, content)
    graph = model["graph"]
    entries = [entry["key"] for entry in model["metadata"] if {"key", "value"} <= entry.keys()]
    if len(set(entries)) < len(model["metadata"]):
        _refuse(name, "an entry of its metadata stands there twice, or half")
    if len(graph["nodes"]) > MOST_NODES or len(graph["weights"]) > MOST_WEIGHTS:
        _refuse(name, f"it holds {len(graph['nodes']):,} nodes and {len(graph['weights']):,} weights")
    places = {entry["key"]: entry["value"] for entry in model["metadata"]}
    inputs, outputs = (
        {
            each.get("name", ""): each.get("type", {}).get("tensor", {}).get("element", 0)
            for each in graph[side]
        }
        for side in ("inputs", "outputs")
    )
    opsets = {each.get("domain", ""): each.get("version", 0) for each in model["opsets"]}
    read = GraphFile(content, [], {}, inputs, outputs, places, model.get("ir_version", 0), opsets)
    try:
        for each in graph["weights"]:
            if each.get("name", "") in read.weights:
                raise RefusedError(f"the weight {each['name']!r} twice")
            read.weights[each.get("name", "")] = _array(content, each)
        read.nodes.extend(_node(content, each) for each in graph["nodes"])
    except RefusedError as error:
        _refuse(name, f"it holds {error}")
    return read


def check_graph(name: str, graph: GraphFile) -> None:
    """Refuse other inputs and outputs, operators that are not on the list, and weights of no use.

    Raises:
        ModelFileError: of the file with this name.
    """
    if graph.inputs != {"ids": _INT32, "lengths": _INT32} or graph.outputs != {"logits": _FLOAT}:
        received = (str(list(values)[:4]) for values in (graph.inputs, graph.outputs))
        raise ModelFileError(
            f"the graph of {name} must take ids and lengths (int32) and give logits (float). "
            f"Received: {' and '.join(received)}"
        )
    for node in graph.nodes:
        if node.operator not in OPERATORS:
            _refuse(name, f"it holds the operator {node.operator[:60]!r}")
        if max(map(len, (node.inputs, node.outputs, node.attributes))) > MOST_NAMES:
            _refuse(name, f"a node {node.operator} has more than {MOST_NAMES} inputs, outputs or attributes")
    arrays = [(key, array) for node in graph.nodes for key, array in node.attributes.items()]
    for key, array in (*graph.weights.items(), *arrays):
        numbers = np.asarray(array) if isinstance(array, float | np.ndarray | list) else None
        if numbers is None or numbers.dtype.kind != "f" or numbers.size == 0:
            continue
        # A number that is none makes both the least and the greatest one none.
        if not (numbers.min() >= -LARGEST and numbers.max() <= LARGEST):
            raise ModelFileError(
                f"weights of {name} are not finite, or beyond ±{LARGEST:g}: {key[:60]!r}",
                hint="they are damaged, or the training failed: copy or train it again",
            )


def broken(name: str, content: bytes) -> ModelFileError:
    """Return the error for what cannot be read at all."""
    return ModelFileError(
        f"{name} is not a model that can be opened ({len(content):,} bytes): it breaks off or is no ONNX",
        hint=REPLACE_IT,
    )


def _refuse(name: str, reason: str) -> NoReturn:
    raise ModelFileError(
        f"{name} is refused, for no model of opinia is made so: {reason}",
        hint="load models that opinia wrote; a newer opinia may write what this one does not know",
    )


def _node(content: bytes, values: dict[str, Any]) -> Node:
    operator, domain = values.get("operator", ""), values.get("domain", "")
    if domain not in (*_STANDARD, MICROSOFT) or (domain == MICROSOFT) != (operator in OF_MICROSOFT):
        raise RefusedError(f"the operator {operator[:60]!r} of {domain[:60]!r}")
    attributes = {each.get("name", ""): _attribute(content, each) for each in values["attributes"]}
    if len(attributes) < len(values["attributes"]):
        raise RefusedError(f"an attribute of {operator[:60]!r} twice")
    return Node(operator, values["inputs"], values["outputs"], attributes)


def _attribute(content: bytes, values: dict[str, Any]) -> Any:
    found: list[Any] = [values[key] for key in ("f", "i") if key in values]
    if "s" in values:
        found.append(content[slice(*values["s"])])
    if "t" in values:
        found.append(_array(content, values["t"]))
    found += [values[key] for key in ("floats", "ints") if values[key]]
    if values["strings"]:
        found.append([content[slice(*place)] for place in values["strings"]])
    if len(found) > 1:
        raise RefusedError(f"two values of the attribute {values.get('name', '')[:60]!r}")
    return found[0] if found else []


def _array(content: bytes, values: dict[str, Any]) -> NDArray[Any]:
    """Return the numbers of a tensor, which share the memory of the content."""
    name, dims = values.get("name", "")[:60], values["dims"]
    if values.get("location", 0) != 0:
        raise RefusedError(ELSEWHERE.what)
    kind, numbers = TYPES.get(values.get("type", 0), (None, ""))
    lists = [key for key in ("floats", "int32s", "int64s") if values[key]]
    if kind is None or len(dims) > 8 or any(not 1 <= size <= 1 << 31 for size in dims):
        raise RefusedError(f"a weight of another kind or size than any of opinia's: {name!r}")
    if ("raw" in values) == bool(lists) or (lists and lists != [numbers]):
        raise RefusedError(f"a weight whose numbers stand nowhere or twice: {name!r}")
    size = math.prod(dims)
    start, end = values.get("raw", (0, size * kind.itemsize))
    if end - start != size * kind.itemsize or (lists and len(values[numbers]) != size):
        raise RefusedError(f"a weight with more or fewer numbers than it says: {name!r}")
    if not lists:
        return np.frombuffer(content, kind, size, start).reshape(dims)
    return np.array(values[numbers]).astype(kind).reshape(dims)
