"""How much a graph makes of a batch, worked out before it runs.

The shape of all that a graph makes follows from the shape of its input, ``(batch, time)``, operator by
operator, as the specification of ONNX says (opset 17). Where a shape would follow from the words of a text
the graph is refused, for then nothing bounds it. So no graph can ask for more memory than the texts
before it justify, and its answers have one row a text whatever the batch.

An operator that leaves some texts out, as in a cascade, makes at most what it would make of all: that bound
is followed. Sizes that hang on it may only be spread to; the answers may have none; and it must leave one
text at least, for ONNX Runtime ends the process where an LSTM is given none.
"""

from __future__ import annotations

import math
from functools import reduce

from opinia.graph.parse import GraphFile, Node
from opinia.graph.shape_rules import GATES, RULES, SHRINKING, SMALL, Made, Shape, broadcast, computed

MOST_OF_A_TOKEN = 1 << 16
"""Numbers that a graph may make of each token in all its steps; the largest that exists makes 3,100."""
MOST_OF_A_TEXT = 1 << 21
"""Numbers that a graph may make of each text, whatever its length; base makes some 72,000."""
MOST_WORK = 1 << 27
"""Multiplications for each token; base needs 2 million."""

SPREADING = frozenset({"Concat", "ConstantOfShape", "Expand"})
"""Operators that may be given sizes of which only a bound is known: what they make grows with them."""


class ShapeError(ValueError):
    """What a graph makes cannot be told beforehand, or is too much; its argument says what."""


class _Some:
    """What is made of some of the texts alone, so that its shape is at most the one that is followed.

    Args:
        graph: what is looked at.

    Attributes:
        bounded: names of that.
    """

    def __init__(self, graph: GraphFile) -> None:
        self.bounded, self._empty = set[str](), set[str]()
        weights = graph.weights
        self._makers = {name: node for node in graph.nodes for name in node.outputs}
        self._true = {n for n, a in weights.items() if a.dtype == bool and a.shape == (1,) and a.all()}

    def follow(self, node: Node, inputs: list[Made | None]) -> None:
        """Note what a node makes.

        Raises:
            ShapeError: what it makes is not bounded by that, or it may be given nothing.
        """
        small = [made for name, made in zip(node.inputs, inputs, strict=True) if name in self.bounded]
        if any(made and made.numbers is not None for made in small) and node.operator not in SPREADING:
            raise ShapeError(f"{node.operator} of sizes that hang on the words")
        if node.operator in GATES and self._empty.intersection(node.inputs):
            raise ShapeError(f"{node.operator} that may be given no text")
        read = node.inputs
        if node.operator == "ScatterElements":
            read = read[:1]  # what is put into the places of a tensor leaves that one its shape
        if node.operator in SHRINKING:
            chooser = self._makers.get(node.inputs[-1])
            if chooser is None or chooser.operator != "Concat" or not self._true.intersection(chooser.inputs):
                raise ShapeError(f"{node.operator} that may leave out all")
        elif self.bounded.isdisjoint(read):
            return
        made = set(filter(None, node.outputs))
        self.bounded |= made
        if not self._empty.isdisjoint(read) or (node.operator == "Slice" and not _keeps_the_first(inputs)):
            self._empty |= made


def _keeps_the_first(inputs: list[Made | None]) -> bool:
    """Whether a slice begins at 0 and ends beyond it, on each of its axes."""
    bounds = [made.numbers for made in inputs[1:3] if made is not None and made.numbers is not None]
    return len(bounds) == 2 and not bounds[0].any() and bool((bounds[1] > 0).all())


def shape_of_answers(graph: GraphFile, batch: int, time: int, *, output: str = "logits") -> Shape:
    """Return the shape of an output for so many texts of so many words.

    Raises:
        ShapeError: the graph makes too much, or what it makes hangs on the words.
    """
    made: dict[str, Made] = {"ids": Made((batch, time)), "lengths": Made((batch,))}
    for name, array in graph.weights.items():
        made[name] = Made(array.shape, array if array.size <= SMALL else None)
    tokens, total, work = batch * time, 0, 0
    some = _Some(graph)
    for node in graph.nodes:
        try:
            inputs = [made[name] if name else None for name in node.inputs]
            outputs = _outputs(node, inputs)
            work += _work(node, inputs, outputs)
        except ShapeError:
            raise
        except (KeyError, IndexError, ValueError, TypeError, AttributeError, ArithmeticError) as error:
            raise ShapeError(f"what {node.operator} makes cannot be told beforehand") from error
        some.follow(node, inputs)
        total += sum(math.prod(each.shape) for each in outputs)
        if total > batch * MOST_OF_A_TEXT + tokens * MOST_OF_A_TOKEN:
            raise ShapeError(f"{batch} texts of {time:,} words would become more than {total:,} numbers")
        if work > (tokens + batch) * MOST_WORK:
            raise ShapeError(f"{batch} texts of {time:,} words would need more than {work:,} multiplications")
        # What has no name is wanted by nobody, and a node may name fewer outputs than it has.
        made |= {name: each for name, each in zip(node.outputs, outputs, strict=False) if name}
    if output not in made:
        raise ShapeError(f"nothing makes the {output}")
    if output in some.bounded:
        raise ShapeError(f"how many rows the {output} have hangs on the words")
    return made[output].shape


def _outputs(node: Node, inputs: list[Made | None]) -> list[Made]:
    rule = RULES.get(node.operator)
    if rule is not None:
        return rule(node, inputs)
    shape = reduce(broadcast, (each.shape for each in inputs if each is not None))
    return [Made(shape, computed(node.operator, inputs, node.attributes))]


def _work(node: Node, inputs: list[Made | None], outputs: list[Made]) -> int:
    """Return the multiplications of matrix products; all else takes about what it makes."""
    first, second = (*inputs, None, None)[:2]
    if first is None or second is None:
        return 0
    if node.operator in ("Gemm", "MatMul"):
        inner = first.shape[-2 if node.attributes.get("transA") else -1]
        return math.prod(outputs[0].shape) * inner
    if node.operator in GATES:
        time, batch, width = first.shape
        return math.prod(outputs[0].shape) * GATES[node.operator] * (width + outputs[0].shape[3])
    return 0
