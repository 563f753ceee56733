"""What each operator makes of the shapes before it, as the specification of ONNX says (opset 17).

Rules raise any of Python's errors for what does not fit, or is not known before the graph runs.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from opinia.graph.parse import Node

SMALL = 64
"""So many numbers are followed; shapes are worked out with few."""
Shape = tuple[int, ...]


@dataclass
class Made:
    """What an operator makes.

    Args:
        shape: of it.
        numbers: in it, where they are few and do not hang on a text.
    """

    shape: Shape
    numbers: NDArray[Any] | None = None


_INT64 = 7
_TO_THE_END = (1 << 31) - 1


def computed(operator: str, inputs: list[Made | None], attributes: Mapping[str, Any]) -> NDArray[Any] | None:
    """Return the numbers themselves where sizes are worked out of sizes.

    Sums and differences alone are followed: what grows evenly between the sizes that are looked at holds no
    surprise between them. Products, remainders and casts to fewer bits might.
    """
    arrays = [each.numbers for each in inputs if each is not None and each.numbers is not None]
    if len(arrays) < len(inputs) or any(array.dtype != np.int64 for array in arrays):
        return None
    if operator == "Identity" or (operator == "Cast" and attributes.get("to") == _INT64):
        return arrays[0]
    if operator in ("Add", "Sub") and len(arrays) == 2:
        with np.errstate(all="ignore"):
            result = np.asarray(arrays[0] + arrays[1] if operator == "Add" else arrays[0] - arrays[1])
        return result if result.size <= SMALL else None
    return None


def _there(made: Made | None) -> Made:
    if made is None:
        raise ValueError("a missing input")
    return made


def _numbers(made: Made | None) -> list[int]:
    if made is None or made.numbers is None:
        raise ValueError("numbers that are not known")
    return [int(number) for number in made.numbers.ravel()]


def _axes(node: Node, inputs: list[Made | None], rank: int) -> list[int] | None:
    """Return the axes of an attribute or of the second input, counted from the front; None for none."""
    if len(inputs) > 1 and inputs[1] is not None:
        axes = _numbers(inputs[1])
    elif "axes" in node.attributes:
        axes = list(node.attributes["axes"])
    else:
        return None
    if any(not -rank <= axis < rank for axis in axes):
        raise ValueError("an axis that is not there")
    return sorted({axis % rank for axis in axes})


def _same(node: Node, inputs: list[Made | None]) -> list[Made]:
    return [Made(_there(inputs[0]).shape)]


def _transpose(node: Node, inputs: list[Made | None]) -> list[Made]:
    shape = _there(inputs[0]).shape
    order = node.attributes.get("perm", list(range(len(shape)))[::-1])
    if sorted(order) != list(range(len(shape))):
        raise ValueError("axes that are not there")
    return [Made(tuple(shape[axis] for axis in order))]


def _gather(node: Node, inputs: list[Made | None]) -> list[Made]:
    table, places = _there(inputs[0]), _there(inputs[1])
    axis = node.attributes.get("axis", 0) % len(table.shape)
    known = None
    if table.numbers is not None and places.numbers is not None and table.numbers.ndim == 1:
        known = table.numbers[places.numbers]
    return [Made((*table.shape[:axis], *places.shape, *table.shape[axis + 1 :]), known)]


def _concat(node: Node, inputs: list[Made | None]) -> list[Made]:
    parts = [_there(each) for each in inputs]
    shapes = [list(each.shape) for each in parts]
    axis = node.attributes["axis"] % len(shapes[0])
    joined = sum(shape[axis] for shape in shapes)
    for shape in shapes:
        shape[axis] = joined
    if any(shape != shapes[0] for shape in shapes):
        raise ValueError("parts that do not fit")
    known = [each.numbers for each in parts if each.numbers is not None]
    is_known = len(known) == len(parts) and len(shapes[0]) == 1 and joined <= SMALL
    return [Made(tuple(shapes[0]), np.concatenate(known) if is_known else None)]


def _reshape(node: Node, inputs: list[Made | None]) -> list[Made]:
    before, wanted = _there(inputs[0]), _numbers(inputs[1])
    if not node.attributes.get("allowzero"):
        wanted = [before.shape[i] if size == 0 else size for i, size in enumerate(wanted)]
    size = math.prod(before.shape)
    if wanted.count(-1) == 1:
        rest = -math.prod(wanted)
        wanted = [size // rest if each == -1 else each for each in wanted]
    if any(each < 0 for each in wanted) or math.prod(wanted) != size:
        raise ValueError("another number of numbers")
    return [Made(tuple(wanted), before.numbers)]


def _flatten(node: Node, inputs: list[Made | None]) -> list[Made]:
    shape = _there(inputs[0]).shape
    axis = node.attributes.get("axis", 1)
    return [Made((math.prod(shape[:axis]), math.prod(shape[axis:])))]


def _squeeze(node: Node, inputs: list[Made | None]) -> list[Made]:
    made = _there(inputs[0])
    axes = _axes(node, inputs, len(made.shape))
    if axes is None:
        raise ValueError("axes that hang on sizes")
    if any(made.shape[axis] != 1 for axis in axes):
        raise ValueError("an axis of more than one")
    shape = tuple(size for axis, size in enumerate(made.shape) if axis not in axes)
    return [Made(shape, None if made.numbers is None else made.numbers.reshape(shape))]


def _unsqueeze(node: Node, inputs: list[Made | None]) -> list[Made]:
    made, given = _there(inputs[0]), _numbers(inputs[1])
    axes = _axes(node, inputs, len(made.shape) + len(given)) or []
    if len(set(axes)) < len(given):
        raise ValueError("an axis that is named twice")
    left = iter(made.shape)
    shape = tuple(1 if axis in axes else next(left) for axis in range(len(made.shape) + len(axes)))
    return [Made(shape, None if made.numbers is None else made.numbers.reshape(shape))]


def _shape(node: Node, inputs: list[Made | None]) -> list[Made]:
    shape = _there(inputs[0]).shape
    sizes = np.array(shape[node.attributes.get("start", 0) : node.attributes.get("end")], np.int64)
    return [Made(sizes.shape, sizes)]


def _slice(node: Node, inputs: list[Made | None]) -> list[Made]:
    made = _there(inputs[0])
    starts, ends = _numbers(inputs[1]), _numbers(inputs[2])
    axes = _numbers(inputs[3]) if len(inputs) > 3 and inputs[3] else list(range(len(starts)))
    if len(inputs) > 4 and inputs[4] and set(_numbers(inputs[4])) != {1}:
        raise ValueError("steps")
    shape, cuts = list(made.shape), [slice(None)] * len(made.shape)
    for start, end, axis in zip(starts, ends, axes, strict=True):
        size = made.shape[axis]
        first = start + size if start < 0 else start
        last = end + size if end < 0 else size if end >= _TO_THE_END else end
        if not 0 <= first <= last <= size:  # the operator would cut at the end, and sizes grow unevenly
            raise ValueError("beyond the end")
        shape[axis], cuts[axis] = last - first, slice(first, last)
    if len({axis % len(shape) for axis in axes}) < len(axes):
        raise ValueError("an axis twice")
    return [Made(tuple(shape), None if made.numbers is None else made.numbers[tuple(cuts)])]


def _expand(node: Node, inputs: list[Made | None]) -> list[Made]:
    return [Made(broadcast(_there(inputs[0]).shape, tuple(_numbers(inputs[1]))))]


def broadcast(first: Shape, second: Shape) -> Shape:
    """Return the shape of an operation number by number on two arrays."""
    rank = max(len(first), len(second))
    pairs = zip((1,) * (rank - len(first)) + first, (1,) * (rank - len(second)) + second, strict=True)
    shape = []
    for one, other in pairs:
        if min(one, other) < 0 or (one != other and 1 not in (one, other)):
            raise ValueError("sizes that do not fit")
        shape.append(other if one == 1 else one)
    return tuple(shape)


def _constant_of_shape(node: Node, inputs: list[Made | None]) -> list[Made]:
    shape = tuple(_numbers(inputs[0]))
    if any(size < 0 for size in shape):
        raise ValueError("a size below 0")
    return [Made(shape)]


def _constant(node: Node, inputs: list[Made | None]) -> list[Made]:
    (value,) = node.attributes.values()
    array = np.asarray(value)
    return [Made(array.shape, array if array.size <= SMALL else None)]


def _reduce(node: Node, inputs: list[Made | None]) -> list[Made]:
    shape = _there(inputs[0]).shape
    axes = _axes(node, inputs, len(shape))
    if axes is None and node.attributes.get("noop_with_empty_axes"):
        return [Made(shape)]
    gone = range(len(shape)) if axes is None else axes
    kept = node.attributes.get("keepdims", 1)
    return [Made(tuple(1 if i in gone else size for i, size in enumerate(shape) if kept or i not in gone))]


def _gemm(node: Node, inputs: list[Made | None]) -> list[Made]:
    first, second = _there(inputs[0]).shape, _there(inputs[1]).shape
    rows, inner = first[::-1] if node.attributes.get("transA") else first
    depth, columns = second[::-1] if node.attributes.get("transB") else second
    if inner != depth:
        raise ValueError("sizes that do not fit")
    return [Made((rows, columns))]


def _matmul(node: Node, inputs: list[Made | None]) -> list[Made]:
    first, second = _there(inputs[0]).shape, _there(inputs[1]).shape
    if min(len(first), len(second)) < 2 or first[-1] != second[-2]:
        raise ValueError("sizes that do not fit")
    return [Made((*broadcast(first[:-2], second[:-2]), first[-2], second[-1]))]


def _compress(node: Node, inputs: list[Made | None]) -> list[Made]:
    made, wanted = _there(inputs[0]), _there(inputs[1])
    axis = node.attributes["axis"]
    if not 0 <= axis < len(made.shape) or wanted.shape != (made.shape[axis],):
        raise ValueError("another number of choices")
    return [Made(made.shape)]


def _nonzero(node: Node, inputs: list[Made | None]) -> list[Made]:
    shape = _there(inputs[0]).shape
    return [Made((len(shape), math.prod(shape)))]


SHRINKING = frozenset({"Compress", "NonZero"})
"""Operators that leave some of their input out: the shape that is told is that where they leave out none."""
GATES = {"LSTM": 4, "DynamicQuantizeLSTM": 4, "GRU": 3, "RNN": 1}


def _recurrent(node: Node, inputs: list[Made | None]) -> list[Made]:
    time, batch, _ = _there(inputs[0]).shape
    units = node.attributes["hidden_size"]
    directions = 2 if node.attributes.get("direction") == b"bidirectional" else 1
    weights = _there(inputs[2]).shape
    if node.attributes.get("layout", 0) or units < 1 or weights[0] != directions or units not in weights[1:]:
        raise ValueError("another form than that of opinia")
    states = Made((directions, batch, units))
    return [Made((time, directions, batch, units)), states, states]


RULES: dict[str, Callable[[Node, list[Made | None]], list[Made]]] = {
    "Transpose": _transpose,
    "Gather": _gather,
    "Concat": _concat,
    "Reshape": _reshape,
    "Flatten": _flatten,
    "Squeeze": _squeeze,
    "Unsqueeze": _unsqueeze,
    "Shape": _shape,
    "Slice": _slice,
    "Expand": _expand,
    "ConstantOfShape": _constant_of_shape,
    "Constant": _constant,
    "Compress": _compress,
    "NonZero": _nonzero,
    "Gemm": _gemm,
    "MatMul": _matmul,
    **dict.fromkeys(("ReduceMax", "ReduceMin", "ReduceMean", "ReduceSum"), _reduce),
    **dict.fromkeys(GATES, _recurrent),
    **dict.fromkeys(
        ("BatchNormalization", "Clip", "CumSum", "LayerNormalization", "ReverseSequence", "ScatterElements"),
        _same,
    ),
}
