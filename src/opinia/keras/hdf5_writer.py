"""Writes arrays as an HDF5 file, in the oldest form of the format, which every reader knows.

Groups are a B-tree of version 1 with one leaf, and arrays stand in one piece (HDF5 File Format Specification
3.0, superblock of version 0).
"""

from __future__ import annotations

import struct
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from opinia.keras.hdf5 import MAGIC

_NOWHERE = (1 << 64) - 1
_LEAF_K, _INNER_K = 32, 16
"""Half of what a leaf, and an inner node, has room for."""
MOST_NAMES = 2 * _LEAF_K
_FLOAT32 = b"\x11\x20\x1f\x00" + struct.pack("<IHHBBBBI", 4, 0, 32, 23, 8, 0, 23, 127)

Tree = Mapping[str, Any]
"""Names and what they hold: an array of ``float32``, or a tree."""


def write_hdf5(tree: Tree) -> bytes:
    """Return a file that holds groups and arrays.

    Args:
        tree: by name; at most 64 names a group.
    """
    writer = _Writer()
    root, btree, heap = writer.group(tree)
    end = len(writer.content)
    superblock = MAGIC + bytes([0, 0, 0, 0, 0, 8, 8, 0]) + struct.pack("<HHI", _LEAF_K, _INNER_K, 0)
    superblock += struct.pack("<QQQQ", 0, _NOWHERE, end, _NOWHERE)
    superblock += struct.pack("<QQII", 0, root, 1, 0) + struct.pack("<QQ", btree, heap)
    writer.content[: len(superblock)] = superblock
    return bytes(writer.content)


class _Writer:
    def __init__(self) -> None:
        self.content = bytearray(96)

    def group(self, tree: Tree) -> tuple[int, int, int]:
        """Write a group with all that is in it; return where its header, its tree and its names stand."""
        if len(tree) > MOST_NAMES:
            raise ValueError(f"a group has at most {MOST_NAMES} names. Received: {len(tree)}")
        names, places, entries = bytearray(8), dict[str, int](), list[bytes]()
        for name in sorted(tree, key=str.encode):
            places[name] = len(names)
            encoded = name.encode() + b"\0"
            names += encoded + bytes(-len(encoded) % 8)
        for name in places:
            inner = tree[name]
            if isinstance(inner, Mapping):
                header, btree, heap = self.group(inner)
                cache = struct.pack("<II", 1, 0) + struct.pack("<QQ", btree, heap)
            else:
                header, cache = self._array(np.asarray(inner)), bytes(24)
            entries.append(struct.pack("<QQ", places[name], header) + cache)
        leaf = b"SNOD" + struct.pack("<BBH", 1, 0, len(entries)) + b"".join(entries)
        leaf_place = self._put(leaf + bytes(8 + 40 * MOST_NAMES - len(leaf)))
        data = self._put(bytes(names))
        heap = self._put(b"HEAP" + bytes(4) + struct.pack("<QQQ", len(names), 1, data))
        last = places[max(places, key=str.encode)] if places else 0
        count = 1 if places else 0
        inner_node = b"TREE" + struct.pack("<BBHQQ", 0, 0, count, _NOWHERE, _NOWHERE)
        inner_node += struct.pack("<QQQ", 0, leaf_place, last)
        size = 24 + 8 * (2 * _INNER_K + 1) + 8 * 2 * _INNER_K
        btree = self._put(inner_node + bytes(size - len(inner_node)))
        table = self._header([(0x11, struct.pack("<QQ", btree, heap))])
        return table, btree, heap

    def _array(self, array: NDArray[Any]) -> int:
        content = np.ascontiguousarray(array, "<f4").tobytes()
        place = self._put(content) if content else _NOWHERE
        space = struct.pack("<BBBB4x", 1, array.ndim, 0, 0)
        space += b"".join(struct.pack("<Q", size) for size in array.shape)
        layout = struct.pack("<BBQQ", 3, 1, place, len(content))
        return self._header([(1, space), (3, _FLOAT32), (5, b"\x02\x01\x02\x00"), (8, layout)])

    def _header(self, messages: list[tuple[int, bytes]]) -> int:
        body = b""
        for kind, content in messages:
            padded = content + bytes(-len(content) % 8)
            body += struct.pack("<HHB3x", kind, len(padded), 0) + padded
        return self._put(struct.pack("<BBHII4x", 1, 0, len(messages), 1, len(body)) + body)

    def _put(self, content: bytes) -> int:
        place = len(self.content)
        self.content += content + bytes(-len(content) % 8)
        return place
