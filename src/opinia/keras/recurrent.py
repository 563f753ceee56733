"""Recurrent layers of Keras as operators of ONNX: LSTM, GRU and SimpleRNN, masked as Keras masks.

Gates stand in the order i, f, c, o in Keras's LSTM and i, o, f, c in ONNX's; GRU has z, r, h in both. A
masked step leaves the state as it is: so the steps that count are brought together, read, and put back where
they were. At a masked step Keras gives the output before it once more (zeros, with ``zero_output_for_mask``).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from opinia.graph.parse import Node
from opinia.keras.emit import FLOAT, INT32, INT64, Graph, NeedsPaddingError, Reading, Value
from opinia.keras.layer_config import Layer, Refusal, read_layer

CELLS = {"LSTM": ("LSTM", 4), "GRU": ("GRU", 3), "SimpleRNN": ("RNN", 1)}
MOST_CELLS = 32
MERGES = ("concat", "sum", "mul", "ave")
# Activations that ONNX's recurrent operators know, with their alpha and beta.
_ACTIVATIONS: dict[str, tuple[bytes, float, float]] = {
    "tanh": (b"Tanh", 0.0, 0.0),
    "sigmoid": (b"Sigmoid", 0.0, 0.0),
    "relu": (b"Relu", 0.0, 0.0),
    "linear": (b"Affine", 1.0, 0.0),
    "hard_sigmoid": (b"HardSigmoid", 1 / 6, 0.5),
    "elu": (b"Elu", 1.0, 0.0),
    "leaky_relu": (b"LeakyRelu", 0.2, 0.0),
    "softsign": (b"Softsign", 0.0, 0.0),
    "softplus": (b"Softplus", 0.0, 0.0),
}


@dataclass(frozen=True)
class Cell:
    """A recurrent layer of one direction.

    Args:
        operator: of ONNX.
        units: of the layer.
        activations: for the operator: names, alphas and betas.
        weights: W ``(1, gates * units, inputs)``, R ``(1, gates * units, units)`` and B
            ``(1, 2 * gates * units)``.
        resets_after: of a GRU.
        sequences: it gives an output for each step.
        zeros: outputs of masked steps are zeros.
        backwards: it reads from the end, and gives its outputs in that order.
        gives_carry: of an LSTM, the carry is wanted, too.
    """

    operator: str
    units: int
    activations: tuple[list[bytes], list[float], list[float]]
    weights: tuple[NDArray[np.float32], NDArray[np.float32], NDArray[np.float32]]
    resets_after: bool
    sequences: bool
    zeros: bool
    backwards: bool
    gives_carry: bool


def recurrent(graph: Graph, layer: Layer, value: Value) -> Value:
    """Add a recurrent layer."""
    cells = _cells(layer, value)
    cell = cells[-1]
    if graph.reading is Reading.TRIMMED and (cell.zeros or cell.backwards) and cell.zeros != cell.sequences:
        raise NeedsPaddingError
    outputs, states = _read_all(graph, cells, value, layer.weight_name())
    given = _states(graph, layer, cell, states)
    if not cell.sequences:
        state = states[0]
        if cell.zeros and value.mask is not None:
            if value.lengths is not None:
                raise Refusal.of(layer, "zero_output_for_mask=True with masked steps in a text", "False")
            edge = (0, 1) if cell.backwards else (-1, _END)
            row = graph.add("Slice", [value.mask, graph.ints(edge[0]), graph.ints(edge[1]), graph.ints(0)])
            row = graph.add("Transpose", [row], perm=[1, 0])
            state = graph.add("Mul", [state, graph.cast(row, FLOAT)])
        return Value(state, "vector", cell.units, states=given)
    made = replace(
        value, name=outputs, kind="sequence", features=cell.units, logits=None, last=None, states=given
    )
    if cell.backwards:
        if graph.reading is Reading.TRIMMED:
            raise NeedsPaddingError
        made = replace(made, name=graph.reversed(outputs, value))
    return made


def bidirectional(graph: Graph, layer: Layer, value: Value) -> Value:
    """Add a ``Bidirectional`` layer."""
    merge = layer.config.get("merge_mode", "concat")
    if merge not in MERGES:
        raise Refusal.of(layer, f"merge_mode={merge!r}", ", ".join(MERGES))
    if layer.config.get("backward_layer") is None:
        raise Refusal.of(layer, "no backward_layer in its configuration", "what Keras 3 saves")
    sides = [
        layer.inner(key, f"{name}_layer")
        for key, name in (("layer", "forward"), ("backward_layer", "backward"))
    ]
    stacks = [_cells(each, value) for each in sides]
    forward, backward = (stack[-1] for stack in stacks)
    if forward.backwards or not backward.backwards or forward.sequences != backward.sequences:
        raise Refusal.of(
            layer, "directions that do not belong together", "a forward layer and a backward one"
        )
    if merge != "concat" and forward.units != backward.units:
        raise Refusal.of(
            layer, f"merge_mode={merge!r} of {forward.units} and {backward.units} units", "as many"
        )
    sequences, read, given = forward.sequences, list[str](), list[Value]()
    for side, stack, name in zip(sides, stacks, ("forward", "reverse"), strict=True):
        # Keras itself decides what Bidirectional's layers give at masked steps.
        same = [replace(cell, zeros=sequences) for cell in stack]
        outputs, states = _read_all(graph, same, value, f"{layer.weight_name()}{name}_")
        read.append(outputs if sequences else states[0])
        given += _states(graph, side, same[-1], states)
    if merge == "concat":
        merged = graph.add("Concat", read, axis=2 if sequences else 1)
    else:
        merged = graph.add("Mul" if merge == "mul" else "Add", read)
        if merge == "ave":
            merged = graph.add("Mul", [merged, graph.number(0.5)])
    features = forward.units + backward.units if merge == "concat" else forward.units
    if not sequences:
        return Value(merged, "vector", features, states=tuple(given))
    return replace(
        value, name=merged, kind="sequence", features=features, logits=None, last=None, states=tuple(given)
    )


def _states(graph: Graph, layer: Layer, cell: Cell, states: list[str]) -> tuple[Value, ...]:
    """Return the last states as a layer gives them, if it does."""
    del graph
    if not layer.config.get("return_state"):
        return ()
    return tuple(Value(name, "vector", cell.units) for name in states)


def _read_all(graph: Graph, cells: list[Cell], value: Value, prefix: str) -> tuple[str, list[str]]:
    """Read a sequence with one cell above the other; return the outputs and last states of the last one."""
    outputs, states = "", list[str]()
    for number, cell in enumerate(cells):
        if number < len(cells) - 1:
            cell = replace(cell, sequences=True, zeros=True)
        outputs, states = _read(graph, cell, value, f"{prefix}l{number}_" if number else prefix)
        value = replace(value, name=outputs, kind="sequence", features=cell.units)
    return outputs, states


_END = (1 << 31) - 1


def _cells(layer: Layer, value: Value) -> list[Cell]:
    """Return the cells of a recurrent layer, from the words up."""
    if value.kind != "sequence":
        raise Refusal.of(layer, f"input that is {value.kind}", "a sequence")
    if layer.config.get("stateful"):
        raise Refusal.of(layer, "stateful=True", "stateful=False")
    if layer.kind in CELLS:
        return [_cell(layer, layer.kind, layer.config, f"{layer.path}/cell", value.features)]
    if layer.kind != "RNN":
        raise Refusal.of(layer, f"the class {layer.kind[:60]}", "LSTM, GRU, SimpleRNN and RNN")
    inner = layer.inner("cell", "cell")
    listed = [(inner, inner.path)]
    if inner.kind == "StackedRNNCells":
        listed = _stacked(inner)
        if layer.config.get("return_state"):
            raise Refusal.of(layer, "return_state=True of stacked cells", "return_state=False")
    cells, features = list[Cell](), value.features
    for each, path in listed:
        kind = each.kind.removesuffix("Cell")
        if kind not in CELLS or kind == each.kind:
            raise Refusal.of(layer, f"the cell {each.kind[:60]}", "LSTMCell, GRUCell and SimpleRNNCell")
        cells.append(_cell(layer, kind, each.config, path, features))
        features = cells[-1].units
    return cells


def _stacked(inner: Layer) -> list[tuple[Layer, str]]:
    listed = inner.config.get("cells")
    if not isinstance(listed, list) or not 1 <= len(listed) <= MOST_CELLS:
        raise Refusal.of(inner, "no list of cells", f"from 1 to {MOST_CELLS} cells")
    counts: dict[str, int] = {}
    found = []
    for each in listed:
        cell = read_layer(inner.archive, each, "")
        name = "_".join(re.findall("[A-Z]+(?=[A-Z][a-z])|[A-Z][a-z]+", cell.kind)).lower()
        number = counts[name] = counts.get(name, -1) + 1
        found.append(
            (cell, f"{inner.path}/cells/{name}_{number}" if number else f"{inner.path}/cells/{name}")
        )
    return found


def _cell(layer: Layer, kind: str, own: Mapping[str, Any], place: str, inputs: int) -> Cell:
    config = layer.config
    operator, gates = CELLS[kind]
    units = layer.whole("units", own)
    # Recurrent activations come first in ONNX; an LSTM has its own for the state once more.
    inner_activation = [] if kind == "SimpleRNN" else [own.get("recurrent_activation", "sigmoid")]
    wanted = [*inner_activation, *[own.get("activation", "tanh")] * (2 if kind == "LSTM" else 1)]
    found = []
    for name in wanted:
        name = "linear" if name is None else name
        if not isinstance(name, str) or name not in _ACTIVATIONS:
            raise Refusal.of(layer, f"the activation {_shown(name)}", ", ".join(_ACTIVATIONS))
        found.append(_ACTIVATIONS[name])
    resets_after = bool(own.get("reset_after", True)) if kind == "GRU" else False
    kernel = layer.array(place, "0", (inputs, gates * units))
    loop = layer.array(place, "1", (units, gates * units))
    if own.get("use_bias", True):
        shape: tuple[int, ...] = (2, gates * units) if resets_after else (gates * units,)
        bias = layer.array(place, "2", shape)
        both = bias if resets_after else np.stack([bias, np.zeros_like(bias)])
    else:
        both = np.zeros((2, gates * units), np.float32)
    ordered = _lstm_gates if kind == "LSTM" else np.asarray
    weights = (
        ordered(kernel.T)[None],
        ordered(loop.T)[None],
        np.concatenate([ordered(each) for each in both])[None],
    )
    return Cell(
        operator=operator,
        units=units,
        activations=([each[0] for each in found], [each[1] for each in found], [each[2] for each in found]),
        weights=weights,
        resets_after=resets_after,
        sequences=bool(config.get("return_sequences", False)),
        zeros=bool(config.get("zero_output_for_mask", False)),
        backwards=bool(config.get("go_backwards", False)),
        gives_carry=kind == "LSTM" and bool(config.get("return_state", False)),
    )


def _shown(name: object) -> str:
    if isinstance(name, Mapping):
        name = name.get("config", name.get("class_name"))
    return repr(name)[:60]


def _lstm_gates(stacked: NDArray[np.float32]) -> NDArray[np.float32]:
    i, f, c, o = np.split(stacked, 4)
    return np.concatenate([i, o, f, c])


def _read(graph: Graph, cell: Cell, value: Value, prefix: str) -> tuple[str, list[str]]:
    """Read a sequence in one direction.

    Returns:
        The outputs ``(time, batch, units)``, each at the step that it belongs to, and the last states
        ``(batch, units)``: the output, and the carry of an LSTM that is asked for it.
    """
    if value.mask is None:
        return _run(graph, cell, value.name, value.lengths or "", prefix)
    mask = value.mask
    whole = graph.cast(mask, INT64)
    if value.at_end:
        lengths = graph.cast(graph.add("ReduceSum", [whole, graph.ints(0)], keepdims=0), INT32)
        outputs, states = _run(graph, cell, value.name, lengths, prefix)
        if cell.sequences and not cell.zeros and not cell.backwards:
            again = graph.add("Unsqueeze", [states[0], graph.ints(0)])
            outputs = graph.add("Where", [graph.last_axis(mask), outputs, again])
        return outputs, states
    counted = graph.add("CumSum", [whole, graph.constant("axis_0", 0, np.int64)])  # (time, batch)
    total = graph.add("ReduceSum", [whole, graph.ints(0)], keepdims=0)  # (batch,)
    lengths = graph.cast(total, INT32)
    together = _gathered(graph, value.name, _sources(graph, value.name, mask, counted), value.features)
    outputs, states = _run(graph, cell, together, lengths, prefix)
    if not cell.sequences:
        return outputs, states
    one, zero = graph.constant("one_int64", 1, np.int64), graph.constant("zero_int64", 0, np.int64)
    if cell.backwards:
        # At a masked step the output of the next step that counts, which was read before.
        places = graph.add("Sub", [counted, whole])
        is_there = graph.add("Less", [places, total])
        last = graph.add("Max", [graph.add("Sub", [total, one]), zero])
        places = graph.add("Min", [places, last])
    else:
        places = graph.add("Max", [graph.add("Sub", [counted, one]), zero])
        is_there = graph.add("Greater", [counted, zero])
    spread = _gathered(graph, outputs, places, cell.units)
    kept = mask if cell.zeros else is_there
    return graph.add("Mul", [spread, graph.cast(graph.last_axis(kept), FLOAT)]), states


def _sources(graph: Graph, like: str, mask: str, counted: str) -> str:
    """Return from which step each comes, when those that count are brought together at the front."""
    one = graph.constant("one_int64", 1, np.int64)
    steps = graph.steps(like)
    time = graph.add("Slice", [graph.add("Shape", [like]), graph.ints(0), graph.ints(1), graph.ints(0)])
    target = graph.add("Where", [mask, graph.add("Sub", [counted, one]), time])
    sizes = graph.size(like, start=0, end=2)
    taller = graph.add("Add", [sizes, graph.constant("one_more_row", [1, 0], np.int64)])
    empty = graph.add("Expand", [graph.constant("zero_int64", 0, np.int64), taller])
    numbers = graph.add("Sub", [steps, one])
    found = graph.add("ScatterElements", [empty, target, numbers], axis=0)
    return graph.add("Slice", [found, graph.ints(0), graph.ints(-1), graph.ints(0)])


def _gathered(graph: Graph, name: str, places: str, features: int) -> str:
    """Take of each text the steps at places ``(time, batch)`` out of a sequence."""
    one = graph.constant("one_int64", 1, np.int64)
    batch = graph.size(name, start=1, end=2)
    row = graph.add("Expand", [one, batch])
    column = graph.add("Sub", [graph.add("CumSum", [row, graph.constant("axis_0", 0, np.int64)]), one])
    flat = graph.add("Reshape", [name, graph.ints(-1, features)])
    index = graph.add("Add", [graph.add("Mul", [places, batch]), column])
    return graph.add("Gather", [flat, index])


def _run(graph: Graph, cell: Cell, name: str, lengths: str, prefix: str) -> tuple[str, list[str]]:
    parts = ("kernel", "recurrent_kernel", "bias")
    inputs = [
        name,
        *(graph.constant(f"{prefix}{part}", array) for part, array in zip(parts, cell.weights, strict=True)),
    ]
    names, alphas, betas = cell.activations
    attributes: dict[str, Any] = {
        "hidden_size": cell.units,
        "direction": b"reverse" if cell.backwards else b"forward",
    }
    usual = {"LSTM": [b"Sigmoid", b"Tanh", b"Tanh"], "GRU": [b"Sigmoid", b"Tanh"], "RNN": [b"Tanh"]}
    if names != usual[cell.operator]:
        attributes["activations"] = names
        # One number for each activation that has one, in their order.
        has_alpha = {b"Affine", b"HardSigmoid", b"Elu", b"LeakyRelu"}
        has_beta = {b"Affine", b"HardSigmoid"}
        found_alphas = [alpha for each, alpha in zip(names, alphas, strict=True) if each in has_alpha]
        found_betas = [beta for each, beta in zip(names, betas, strict=True) if each in has_beta]
        if found_alphas:
            attributes["activation_alpha"] = found_alphas
        if found_betas:
            attributes["activation_beta"] = found_betas
    if cell.operator == "GRU":
        attributes["linear_before_reset"] = int(cell.resets_after)
    number = len(graph.nodes)
    outputs, states = f"{prefix}outputs_{number}", f"{prefix}states_{number}"
    made = [outputs if cell.sequences else "", states]
    if cell.gives_carry:
        made.append(f"{prefix}carries_{number}")
    graph.nodes.append(Node(cell.operator, [*inputs, lengths] if lengths else inputs, made, attributes))
    flat = graph.add("Squeeze", [outputs, graph.ints(1)]) if cell.sequences else ""
    return flat, [graph.add("Squeeze", [each, graph.ints(0)]) for each in made[1:]]
