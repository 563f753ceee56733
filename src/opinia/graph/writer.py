"""Writes a graph as an ONNX file, without the package ``onnx``: what :mod:`opinia.graph.parse` reads."""

from __future__ import annotations

import struct
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from opinia.graph.parse import MICROSOFT, OF_MICROSOFT, TYPES, Node

FLOAT, INT32 = 1, 6
_CODES = {kind: code for code, (kind, _) in TYPES.items()}
_VARINT, _LENGTH, _FIXED32 = 0, 2, 5


def write_graph(
    nodes: Iterable[Node],
    weights: Mapping[str, NDArray[Any]],
    inputs: Mapping[str, int],
    outputs: Sequence[str],
    *,
    ir_version: int,
    opsets: Mapping[str, int],
) -> bytes:
    """Return an ONNX file.

    Args:
        nodes: in the order of the work.
        weights: arrays by name.
        inputs: kind of number of each input, by its code in ONNX.
        outputs: names of outputs of ``float``.
        ir_version: of the format.
        opsets: version of each set of operators.

    Raises:
        ValueError: an attribute has no number, and so no kind.
    """
    graph = b"".join(
        (
            *(_message(1, _node(node)) for node in nodes),
            _text(2, "opinia"),
            *(_message(5, _tensor(name, array)) for name, array in weights.items()),
            *(_message(11, _value(name, kind)) for name, kind in inputs.items()),
            *(_message(12, _value(name, FLOAT)) for name in outputs),
        )
    )
    sets = (_message(8, _text(1, domain) + _int(2, version)) for domain, version in opsets.items())
    return b"".join((_int(1, ir_version), _message(7, graph), *sets))


def with_metadata(content: bytes, key: str, value: str) -> bytes:
    """Return an ONNX file with an entry in its metadata, beside those that it has."""
    return content + _message(14, _text(1, key) + _text(2, value))


def _node(node: Node) -> bytes:
    domain = MICROSOFT if node.operator in OF_MICROSOFT else ""
    return b"".join(
        (
            *(_text(1, name) for name in node.inputs),
            *(_text(2, name) for name in node.outputs),
            _text(4, node.operator),
            *(_message(5, _attribute(name, value)) for name, value in node.attributes.items()),
            _text(7, domain),
        )
    )


def _attribute(name: str, value: Any) -> bytes:
    return _text(1, name) + b"".join(_of_attribute(value))


def _of_attribute(value: Any) -> Iterator[bytes]:
    if isinstance(value, float):
        yield from (_key(2, _FIXED32) + struct.pack("<f", value), _int(20, 1))
    elif isinstance(value, int):
        yield from (_int(3, value), _int(20, 2))
    elif isinstance(value, bytes):
        yield from (_message(4, value), _int(20, 3))
    elif isinstance(value, np.ndarray):
        yield from (_message(5, _tensor("", value)), _int(20, 4))
    elif value and all(isinstance(each, float) for each in value):
        yield from (*(_key(7, _FIXED32) + struct.pack("<f", each) for each in value), _int(20, 6))
    elif value and all(isinstance(each, bytes) for each in value):
        yield from (*(_message(9, each) for each in value), _int(20, 8))
    elif value and all(isinstance(each, int) for each in value):
        yield from (*(_int(8, each) for each in value), _int(20, 7))
    else:
        raise ValueError(f"an attribute of this kind is not written. Received: {value!r}")


def _tensor(name: str, array: NDArray[Any]) -> bytes:
    kind = array.dtype.newbyteorder("<")
    dims = b"".join(_int(1, size) for size in array.shape)
    raw = np.ascontiguousarray(array, kind).tobytes()
    return dims + _int(2, _CODES[kind]) + _text(8, name) + _message(9, raw)


def _value(name: str, kind: int) -> bytes:
    return _text(1, name) + _message(2, _message(1, _int(1, kind)))


def _text(number: int, value: str) -> bytes:
    return _message(number, value.encode())


def _message(number: int, content: bytes) -> bytes:
    return _key(number, _LENGTH) + _varint(len(content)) + content


def _int(number: int, value: int) -> bytes:
    return _key(number, _VARINT) + _varint(value & 0xFFFF_FFFF_FFFF_FFFF)


def _key(number: int, wire: int) -> bytes:
    return _varint(number << 3 | wire)


def _varint(value: int) -> bytes:
    made = bytearray()
    while value > 0x7F:
        made.append(value & 0x7F | 0x80)
        value >>= 7
    made.append(value)
    return bytes(made)
