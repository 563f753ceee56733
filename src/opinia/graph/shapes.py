"""How much a graph makes of a batch, worked out before it runs.

The shape of all that a graph makes follows from the shape of its input, ``(batch, time)``, operator by
operator, as the specification of ONNX says (opset 17). Where a shape would follow from the words of a text
the graph is refused, for then nothing bounds it. So no graph can ask for more memory than the texts
before it justify, and its answers have one row a text whatever the batch.
"""

from __future__ import annotations

import math
from functools import reduce

from opinia.graph.parse import GraphFile, Node
from opinia.graph.shape_rules import GATES, RULES, SMALL, Made, Shape, broadcast, computed

MOST_OF_A_TOKEN = 1 << 16
"""Numbers that a graph may make of each token in all its steps; the largest that exists makes 3,100."""
MOST_OF_A_TEXT = 1 << 21
"""Numbers that a graph may make of each text, whatever its length; base makes some 72,000."""
MOST_WORK = 1 << 27
"""Multiplications for each token; base needs 2 million."""


class ShapeError(ValueError):
    """What a graph makes cannot be told beforehand, or is too much; its argument says what."""


def shape_of_answers(graph: GraphFile, batch: int, time: int, *, output: str = "logits") -> Shape:
    """Return the shape of an output for so many texts of so many words.

    Raises:
        ShapeError: the graph makes too much, or what it makes hangs on the words.
    """
    made: dict[str, Made] = {"ids": Made((batch, time)), "lengths": Made((batch,))}
    for name, array in graph.weights.items():
        made[name] = Made(array.shape, array if array.size <= SMALL else None)
    tokens, total, work = batch * time, 0, 0
    for node in graph.nodes:
        try:
            inputs = [made[name] if name else None for name in node.inputs]
            outputs = _outputs(node, inputs)
            work += _work(node, inputs, outputs)
        except ShapeError:
            raise
        except (KeyError, IndexError, ValueError, TypeError, AttributeError, ArithmeticError) as error:
            raise ShapeError(f"what {node.operator} makes cannot be told beforehand") from error
        total += sum(math.prod(each.shape) for each in outputs)
        if total > batch * MOST_OF_A_TEXT + tokens * MOST_OF_A_TOKEN:
            raise ShapeError(f"{batch} texts of {time:,} words would become more than {total:,} numbers")
        if work > (tokens + batch) * MOST_WORK:
            raise ShapeError(f"{batch} texts of {time:,} words would need more than {work:,} multiplications")
        # What has no name is wanted by nobody, and a node may name fewer outputs than it has.
        made |= {name: each for name, each in zip(node.outputs, outputs, strict=False) if name}
    if output not in made:
        raise ShapeError(f"nothing makes the {output}")
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
