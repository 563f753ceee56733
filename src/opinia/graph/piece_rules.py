"""What each operator makes of the words of a text, where that can be told: for :mod:`opinia.graph.pieces`.

Rules raise any of Python's errors for what is not the same in pieces of a text as in the whole.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from numpy.typing import NDArray

from opinia.graph.parse import Node

Array = NDArray[Any]
LSTMS = ("LSTM", "DynamicQuantizeLSTM")


@dataclass(frozen=True)
class Tokens:
    """An array with a number or more for each word of a text.

    Args:
        axis: along which the words stand.
        rank: number of axes.
        side: which LSTM has made it: forward, reverse, bidirectional, or none.
    """

    axis: int
    rank: int
    side: str = ""


@dataclass(frozen=True)
class Size:
    """Sizes of an array with a number or more for each word, that of the axis of words at a place of them."""

    place: int
    count: int


WHOLE = "whole"
Kind = Tokens | Size | str
Kinds = list[Kind | None]
Numbers = list[Array | None]


def _words(kind: Kind | None) -> Tokens:
    if not isinstance(kind, Tokens):
        raise ValueError("no words")
    return kind


def _one_side(kind: Kind | None) -> Tokens:
    words = _words(kind)
    if words.side == "bidirectional":
        raise ValueError("both directions")
    return words


def _transpose(node: Node, kinds: Kinds, numbers: Numbers) -> Kind:  # noqa: ARG001
    words = _one_side(kinds[0])
    return replace(words, axis=node.attributes["perm"].index(words.axis))


def _gather(node: Node, kinds: Kinds, numbers: Numbers) -> Kind:
    words, table = _one_side(kinds[1]), numbers[0]
    if table is None or node.attributes.get("axis", 0) != 0:
        raise ValueError("no table")
    return replace(words, rank=words.rank + table.ndim - 1)


def _same(node: Node, kinds: Kinds, numbers: Numbers) -> Kind:  # noqa: ARG001
    return _words(kinds[0])


def _product(node: Node, kinds: Kinds, numbers: Numbers) -> Kind:  # noqa: ARG001
    words = [_one_side(kind) for kind in kinds if kind is not None]
    for array in (each for each in numbers if each is not None):
        _check_even(array, words[0].axis, words[0].rank)
    return _together(words)


def _check_even(array: Array, axis: int, rank: int) -> None:
    """Check that an array is the same for each word."""
    before = array.ndim - (rank - axis)
    if array.ndim > rank or (before >= 0 and array.shape[before] != 1):
        raise ValueError("other numbers for each word")


def _together(words: list[Tokens]) -> Tokens:
    sides = {each.side for each in words} - {""}
    if len({(each.axis, each.rank) for each in words}) != 1 or len(sides) > 1:
        raise ValueError("words of several kinds")
    return replace(words[0], side="".join(sides))


def _shape(node: Node, kinds: Kinds, numbers: Numbers) -> Kind:  # noqa: ARG001
    words = _one_side(kinds[0])
    start, end = node.attributes.get("start", 0), node.attributes.get("end", words.rank)
    if start != 0 or not words.axis < end <= words.rank:
        raise ValueError("sizes without that of the text")
    return Size(words.axis, end)


def _concat(node: Node, kinds: Kinds, numbers: Numbers) -> Kind:
    first = kinds[0]
    if isinstance(first, Size):
        rest = [array for array in numbers[1:] if array is not None and array.ndim == 1]
        if len(rest) < len(numbers) - 1:
            raise ValueError("sizes of two texts")
        return replace(first, count=first.count + sum(array.size for array in rest))
    words = _together([_one_side(kind) for kind in kinds])
    if node.attributes["axis"] % words.rank == words.axis:
        raise ValueError("texts behind one another")
    return words


def _expand(node: Node, kinds: Kinds, numbers: Numbers) -> Kind:  # noqa: ARG001
    array, size = numbers[0], kinds[1]
    if array is None or not isinstance(size, Size):
        raise ValueError("no size")
    _check_even(array, size.place, size.count)
    return Tokens(size.place, size.count)


def _slice(node: Node, kinds: Kinds, numbers: Numbers) -> Kind:  # noqa: ARG001
    words, (starts, ends, axes) = _words(kinds[0]), numbers[1:]
    if starts is None or ends is None or axes is None or (axes % words.rank != words.rank - 1).any():
        raise ValueError("a part of the text")
    return words


def _squeeze(node: Node, kinds: Kinds, numbers: Numbers) -> Kind:  # noqa: ARG001
    words, axes = _one_side(kinds[0]), numbers[1]
    gone = {int(axis) % words.rank for axis in axes.ravel()} if axes is not None else set()
    if not gone or words.axis in gone:
        raise ValueError("the text itself")
    axis = words.axis - sum(each < words.axis for each in gone)
    return replace(words, axis=axis, rank=words.rank - len(gone))


def _pool(node: Node, kinds: Kinds, numbers: Numbers) -> Kind:
    words, attributes = _words(kinds[0]), node.attributes
    axes = attributes["axes"] if len(numbers) == 1 else [] if numbers[1] is None else numbers[1].tolist()
    if [axis % words.rank for axis in axes] != [words.axis] or attributes.get("keepdims", 1) != 0:
        raise ValueError("along another axis")
    if words.axis != 0:
        raise ValueError("directions that do not come first")
    return WHOLE


RULES: dict[str, Callable[[Node, Kinds, Numbers], Kind]] = {
    "Transpose": _transpose,
    "Gather": _gather,
    "Cast": _same,
    "Mul": _product,
    "Shape": _shape,
    "Concat": _concat,
    "Expand": _expand,
    "Slice": _slice,
    "Squeeze": _squeeze,
    **dict.fromkeys(("ReduceMax", "ReduceSum"), _pool),
    **dict.fromkeys(LSTMS, _same),
}
