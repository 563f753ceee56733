"""Cuts the graph of a model file so that a text of any length is read piece by piece, with the same answer.

What an LSTM knows of a text is its state, so a piece begins with the state that the piece before left
behind; the backward direction begins with the last piece. Pooling is put together of the pieces'. A
graph is cut into one *body* a direction, from the words of a piece to states, maxima and sums; perhaps one
for n-grams; and a *head*, from these to the logits. That holds for the graphs that :mod:`opinia.train`
writes: one stack of LSTMs a direction, in 32 or 8 bits, any pooling, n-grams beside it; of a cascade the
large network. Others are not cut.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from opinia.graph.parse import GraphFile, Node
from opinia.graph.piece_rules import LSTMS, RULES, WHOLE, Kind, Tokens
from opinia.graph.writer import FLOAT, INT32, write_graph

Array = NDArray[Any]
Combine = Callable[[Array, Array], Array]
SIDES = ("forward", "reverse")
NGRAMS_PRESENT, NGRAM_CODES = "ngrams_present", "ngram_codes"
LEFT_IDS, LEFT_LENGTHS, LARGE_LOGITS = "left_ids", "left_lengths", "large_logits"
"""What the large network of a cascade reads and says, of the texts that are left to it."""
_NGRAM_TABLES = (NGRAM_CODES, "ngram_slots", "ngram_weights", "ngram_rows")
NGRAMS_DIGESTS = (
    "319ff2ead7e0e7b41a93c2ac0b443dfa6c3ef2f18a8e5ef59c75e2c5c3ad494f",
    "89f7730a8a5677cfae5bce2e9dd7ff691b6cfa250bdaa42958bfe0df8b6a76ab",
)
"""Of the nodes that :mod:`opinia.graph.ngrams` writes, for two classes and for more, with all numbers but
those of the n-grams."""
NGRAM_TOKENS, NGRAM_ID_BITS = 3, 20


class NotCutError(ValueError):
    """The graph cannot be cut; its argument says where."""


@dataclass(frozen=True)
class Body:
    """A graph that reads one piece: ``ids (1, time)``, ``lengths (1,)`` and the states of the piece before.

    Args:
        content: an ONNX file.
        states: each input of a state, the output that is the next piece's, and how many units it has;
            states are ``(1, 1, units) float32``.
        results: what is asked of the graph beside that, and how results of two pieces are put together.
        is_backward: begin with the last piece.
        overlap: so many words of the next piece are read, too.
    """

    content: bytes
    states: tuple[tuple[str, str, int], ...]
    results: Mapping[str, Combine]
    is_backward: bool = False
    overlap: int = 0


@dataclass(frozen=True)
class Cut:
    """A graph in parts.

    Args:
        bodies: what reads the pieces.
        head: an ONNX file that makes ``logits`` of results, and of ``lengths`` where it asks for them.
            A result that two bodies have stands in the graph as one, joined on its first axis.
        inputs: of the head.
    """

    bodies: tuple[Body, ...]
    head: bytes
    inputs: tuple[str, ...]


def cut(graph: GraphFile) -> Cut:
    """Cut a graph.

    Raises:
        NotCutError: it is none of those that are known to be cut rightly.
    """
    try:
        return _Cutter(large_network(graph)).cut()
    except NotCutError:
        raise
    except (KeyError, IndexError, ValueError, TypeError, AttributeError, ArithmeticError) as error:
        raise NotCutError("a graph of another form") from error


def large_network(graph: GraphFile) -> GraphFile:
    """Return the large network of a cascade as a graph of its own, and any other graph as it is.

    Long texts are read by it alone: they are few, and most of them say many things.
    """
    outputs = {name for node in graph.nodes for name in node.outputs}
    if not {LEFT_IDS, LEFT_LENGTHS, LARGE_LOGITS} <= outputs:
        return graph
    names = {LEFT_IDS: "ids", LEFT_LENGTHS: "lengths", LARGE_LOGITS: "logits"}
    large = [
        replace(
            node,
            inputs=[names.get(name, name) for name in node.inputs],
            outputs=[names.get(name, name) for name in node.outputs],
        )
        for node in graph.nodes
        if not {LEFT_IDS, LEFT_LENGTHS, "logits"}.intersection(node.outputs)
    ]
    nodes = _needed(large, ["logits"])
    used = {name for node in nodes for name in node.inputs}
    weights = {name: array for name, array in graph.weights.items() if name in used}
    return replace(graph, nodes=nodes, weights=weights)


def graph_bytes(graph: GraphFile) -> bytes:
    """Return a graph of ``ids`` and ``lengths`` as an ONNX file, without metadata."""
    inputs = dict.fromkeys(("ids", "lengths"), INT32)
    return write_graph(
        graph.nodes, graph.weights, inputs, ["logits"], ir_version=graph.ir_version, opsets=graph.opsets
    )


def last(before: Array, after: Array) -> Array:  # noqa: ARG001
    """Return the state after both pieces."""
    return after


def union(before: Array, after: Array) -> Array:
    """Return what is there in either piece; a place has the same number in each that has it."""
    return np.where(after != 0, after, before)


def total(before: Array, after: Array) -> Array:
    """Return the sum in 64 bits: of a million words 32 would leave four digits."""
    made: Array = before.astype(np.float64) + after
    return made


_POOLS: dict[str, Combine] = {"ReduceMax": np.maximum, "ReduceSum": total}


@dataclass
class _Cutter:
    """What became of the nodes so far."""

    graph: GraphFile
    kinds: dict[str, Kind] = field(default_factory=lambda: {"ids": Tokens(1, 2), "lengths": WHOLE})
    body: list[Node] = field(default_factory=list)
    head: list[Node] = field(default_factory=list)
    results: dict[str, tuple[str, Combine]] = field(default_factory=dict)

    def cut(self) -> Cut:
        grams = self._ngrams()
        for node in self.graph.nodes:
            if any(node is each for each in grams):
                continue
            known = [name for name in node.inputs if name and name not in self.graph.weights]
            if any(name not in self.kinds for name in known):
                raise NotCutError(f"{node.operator} reads what nobody made")
            if all(self.kinds[name] == WHOLE for name in known):
                self.head.append(node)
                self.kinds |= dict.fromkeys(filter(None, node.outputs), WHOLE)
            else:
                self._follow(node)
                self.body.append(node)
        if self.kinds.get("logits") != WHOLE:
            raise NotCutError("the logits hang on single words")
        return self._parts(grams)

    def _parts(self, grams: list[Node]) -> Cut:
        made = {name for node in self.head for name in node.outputs}
        asked = dict.fromkeys(name for node in self.head for name in node.inputs)
        inputs = tuple(name for name in asked if name and name not in {*made, *self.graph.weights})
        bodies = []
        for side in SIDES:
            mine = (side, "bidirectional", "") if side == SIDES[0] else (side, "bidirectional")
            results = {
                name: combine
                for name, (made_by, combine) in self.results.items()
                if name in inputs and made_by in mine
            }
            if results:
                bodies.append(self._body(side, results))
        if grams:
            content = self._write(grams, {"ids": INT32}, [NGRAMS_PRESENT], {})
            bodies.append(Body(content, (), {NGRAMS_PRESENT: union}, overlap=NGRAM_TOKENS - 1))
        kinds = {name: INT32 if name == "lengths" else FLOAT for name in inputs}
        return Cut(tuple(bodies), self._write(self.head, kinds, ["logits"], {}), inputs)

    def _body(self, side: str, results: Mapping[str, Combine]) -> Body:
        """Write the graph of one direction, its LSTMs with states from outside."""
        nodes, halves = list[Node](), dict[str, Array]()
        states = list[tuple[str, str, int]]()
        for number, node in enumerate(_needed(self.body, results)):
            if node.operator not in LSTMS:
                nodes.append(node)
                continue
            inputs = [*node.inputs, *[""] * (7 - len(node.inputs))]
            outputs = [*node.outputs, *[""] * (3 - len(node.outputs))]
            if node.attributes.get("direction") == b"bidirectional":
                half = SIDES.index(side)
                for place, name in enumerate(inputs):
                    if name in self.graph.weights:
                        inputs[place] = f"{name}/{side}"
                        halves[inputs[place]] = self.graph.weights[name][half : half + 1]
            for place, letter in ((1, "h"), (2, "c")):
                outputs[place] = outputs[place] or f"{side}/{number}/{letter}"
                inputs[4 + place] = f"{outputs[place]}/before"
                states.append((inputs[4 + place], outputs[place], node.attributes["hidden_size"]))
            attributes = {**node.attributes, "direction": side.encode()}
            nodes.append(replace(node, inputs=inputs, outputs=outputs, attributes=attributes))
        outside = {"ids": INT32}
        if states:
            outside |= {"lengths": INT32, **{name: FLOAT for name, _, _ in states}}
        names = dict.fromkeys([*(name for _, name, _ in states), *results])
        content = self._write(nodes, outside, list(names), halves)
        return Body(content, tuple(states), results, is_backward=side == SIDES[1])

    def _write(
        self, nodes: list[Node], inputs: dict[str, int], outputs: list[str], more: Mapping[str, Array]
    ) -> bytes:
        weights = {**self.graph.weights, **more}
        used = dict.fromkeys(name for node in nodes for name in node.inputs if name in weights)
        return write_graph(
            nodes,
            {name: weights[name] for name in used},
            inputs,
            outputs,
            ir_version=self.graph.ir_version,
            opsets=self.graph.opsets,
        )

    def _ngrams(self) -> list[Node]:
        """Return the nodes that find n-grams; none where there is no such part."""
        nodes = _needed(self.graph.nodes, [NGRAMS_PRESENT])
        if not nodes:
            return []
        if ngrams_digest(self.graph, nodes) not in NGRAMS_DIGESTS:
            raise NotCutError("n-grams of another kind")
        codes = self.graph.weights[NGRAM_CODES].astype(np.int64)
        places = ((codes >> (NGRAM_ID_BITS * i)) & ((1 << NGRAM_ID_BITS) - 1) for i in range(NGRAM_TOKENS))
        if any((place == 1).any() for place in places):
            raise NotCutError("n-grams that hold the end of a text, which pieces have, too")
        self.kinds[NGRAMS_PRESENT] = WHOLE
        return nodes

    def _follow(self, node: Node) -> None:
        """Note what a node makes of the words."""
        rule = RULES.get(node.operator)
        if rule is None:
            raise NotCutError(f"{node.operator} on words")
        kinds = [None if name in self.graph.weights or not name else self.kinds[name] for name in node.inputs]
        if node.operator in LSTMS:
            self._follow_lstm(node, kinds)
            return
        if WHOLE in kinds:
            raise NotCutError(f"{node.operator} on words and a whole text")
        numbers = [self.graph.weights.get(name) for name in node.inputs]
        try:
            made = rule(node, kinds, numbers)
        except (IndexError, KeyError, TypeError, ValueError, AttributeError) as error:
            raise NotCutError(f"{node.operator}: {error}") from error
        (output,) = node.outputs
        self.kinds[output] = made
        if made == WHOLE:
            words = next(kind for kind in kinds if isinstance(kind, Tokens))
            self.results[output] = words.side, _POOLS[node.operator]

    def _follow_lstm(self, node: Node, kinds: list[Kind | None]) -> None:
        weights = [*node.inputs[1:4], *node.inputs[8:]]
        side = node.attributes.get("direction", b"forward").decode()
        words = kinds[0]
        if (
            set(node.attributes) - {"direction", "hidden_size"}
            or any(name not in self.graph.weights for name in weights)
            or node.inputs[4:5] != ["lengths"]
            or any(node.inputs[5:8])
            or not isinstance(words, Tokens)
            or (words.axis, words.rank) != (0, 3)
            or words.side not in ("", side)
            or words.side == "bidirectional"
        ):
            raise NotCutError("an LSTM of another form")
        outputs = [*node.outputs, "", ""]
        if outputs[0]:
            self.kinds[outputs[0]] = Tokens(0, 4, side)
        for name in filter(None, outputs[1:3]):
            self.kinds[name] = WHOLE
            self.results[name] = side, last


def _needed(nodes: Iterable[Node], results: Iterable[str]) -> list[Node]:
    """Return the nodes without which the results are not made, in order."""
    wanted, needed = set(results), list[Node]()
    for node in reversed(list(nodes)):
        if wanted.intersection(filter(None, node.outputs)):
            needed.insert(0, node)
            wanted.update(node.inputs)
    return needed


def ngrams_digest(graph: GraphFile, nodes: Iterable[Node]) -> str:
    """Return a digest of nodes and of their numbers, but for those of the n-grams."""
    found = hashlib.sha256()
    for node in nodes:
        attributes = sorted(node.attributes.items())
        found.update(repr((node.operator, node.inputs, node.outputs, attributes)).encode())
        for name in node.inputs:
            array = graph.weights.get(name)
            if array is not None and name not in _NGRAM_TABLES:
                found.update(repr((name, array.dtype.str, array.tolist())).encode())
    return found.hexdigest()
