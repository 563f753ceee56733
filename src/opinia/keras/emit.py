"""A graph of ONNX in the making, and what passes between its layers.

It needs no package ``onnx``, unlike :mod:`opinia.graph.builder`, which is for networks trained here.

Sequences stand with time first, ``(time, batch, features)``, as recurrent operators want them. Of three
ways to read a text one is chosen (:class:`Reading`), since padding is a part of what a layer of Keras sees
unless all of it is masked.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from enum import Enum
from typing import Any

import numpy as np
from numpy.typing import NDArray

from opinia.graph.parse import Node

INT32, INT64, FLOAT, BOOL = 6, 7, 1, 9
VERY_LOW = np.float32(-1e9)


class NeedsPaddingError(Exception):
    """A layer sees the padding, which was left out so far."""


class Reading(Enum):
    """How many tokens of a text the network reads."""

    ALONE = "each text alone, without padding"
    TRIMMED = "padded to one length, but all padding is masked, so it is left out"
    PADDED = "padded to one length"


@dataclass(frozen=True)
class Value:
    """What a layer makes.

    Args:
        name: in the graph.
        kind: ``"text"``, ``"tokens"`` (strings), ``"ids"`` ``(time, batch)``, ``"sequence"``
            ``(time, batch, features)``, ``"vector"`` ``(batch, features)``, or ``"flags"`` and ``"mask"``, of
            which a functional model speaks where it hands masks on.
        features: numbers of each step or text.
        time: steps, where all texts have as many; else None.
        lengths: name of the number of steps of each text, ``(batch,) int32``; None where all have as many.
        mask: name of a mask ``(time, batch) bool``; None where every step counts.
        at_end: the steps that do not count are all behind those that do.
        key: what the mask is made of, to tell masks apart.
        logits: name of what a last sigmoid or softmax has read.
        last: name of the last activation.
        states: of a recurrent layer that gives them, too.
    """

    name: str
    kind: str
    features: int = 0
    time: int | None = None
    lengths: str | None = None
    mask: str | None = None
    at_end: bool = False
    key: tuple[Any, ...] | None = None
    logits: str | None = None
    last: str | None = None
    states: tuple[Value, ...] = ()

    def unmasked(self) -> Value:
        """Return it as it leaves a layer that does not hand masks on."""
        return replace(self, mask=None, at_end=False, key=None)


@dataclass
class Graph:
    """Nodes and weights so far.

    Args:
        reading: how many tokens are read.
        nodes: in the order of the work.
        weights: by name.
    """

    reading: Reading
    nodes: list[Node] = field(default_factory=list)
    weights: dict[str, NDArray[Any]] = field(default_factory=dict)

    def constant(self, name: str, value: Any, dtype: Any = None) -> str:
        """Keep an array of weights under a name of its own."""
        array = np.asarray(value, dtype)
        if name in self.weights and not np.array_equal(self.weights[name], array):
            name = f"{name}_{len(self.weights)}"
        self.weights[name] = array
        return name

    def ints(self, *values: int) -> str:
        """Keep a few whole numbers, such as axes."""
        return self.constant("ints_" + "_".join(map(str, values)).replace("-", "m"), values, np.int64)

    def number(self, value: float, name: str | None = None) -> str:
        """Keep one number of 32 bits."""
        return self.constant(name or f"number_{value:g}", value, np.float32)

    def add(self, operator: str, inputs: list[str], name: str | None = None, **attributes: Any) -> str:
        """Add an operator with one output; return its name."""
        output = name or f"{operator.lower()}_{len(self.nodes)}"
        self.nodes.append(Node(operator, inputs, [output], attributes))
        return output

    def cast(self, name: str, kind: int) -> str:
        """Convert an array."""
        return self.add("Cast", [name], to=kind)

    def last_axis(self, name: str) -> str:
        """Give ``(time, batch)`` an axis of one behind."""
        return self.add("Unsqueeze", [name, self.ints(2)])

    def size(self, name: str, *, start: int, end: int) -> str:
        """Return some of the sizes of an array."""
        return self.add("Slice", [self.add("Shape", [name]), self.ints(start), self.ints(end), self.ints(0)])

    def ones(self, like: str) -> str:
        """Return ones ``(time, batch) int64`` for each step of a sequence or of ids."""
        one = self.constant("one_int64", 1, np.int64)
        return self.add("Expand", [one, self.size(like, start=0, end=2)])

    def steps(self, like: str) -> str:
        """Return the number of each step from 1 up, ``(time, batch) int64``."""
        return self.add("CumSum", [self.ones(like), self.constant("axis_0", 0, np.int64)])

    def valid(self, like: str, lengths: str) -> str:
        """Return which steps are within each text, ``(time, batch) bool``."""
        return self.add("LessOrEqual", [self.steps(like), self.cast(lengths, INT64)])

    def counting(self, value: Value) -> str | None:
        """Return which steps count, ``(time, batch) bool``: by the mask, or by the length; None for all."""
        if value.mask is not None:
            return value.mask
        return None if value.lengths is None else self.valid(value.name, value.lengths)

    def reversed(self, name: str, value: Value) -> str:
        """Turn the steps of each text round."""
        if value.lengths is not None:
            lengths = self.add(
                "Max", [self.cast(value.lengths, INT64), self.constant("one_int64", 1, np.int64)]
            )
        else:
            time = self.constant(f"time_{value.time}", value.time, np.int64)
            lengths = self.add("Expand", [time, self.size(name, start=1, end=2)])
        return self.add("ReverseSequence", [name, lengths], time_axis=0, batch_axis=1)
