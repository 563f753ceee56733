"""Thrift structs in the compact protocol, as Parquet's footer and page headers are written.

Arrow reads them too, but it gives no page headers, and ends the process on some damaged footers.
"""

from __future__ import annotations

import io
from typing import Any, BinaryIO

_DEPTH = 12
_MOST_VALUES = 1 << 21


class ThriftReader:
    """Reads numbers, lists and structs, by the numbers of their fields; strings are passed over.

    Args:
        file: what to read from, where it stands.
    """

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self._left = _MOST_VALUES

    def struct(self, depth: int = 0) -> dict[int, Any]:
        """Return the fields of a struct.

        Raises:
            ValueError: it is none, breaks off, or holds too much.
        """
        if depth > _DEPTH:
            raise ValueError("nested too deeply")
        found: dict[int, Any] = {}
        field = 0
        while byte := self._byte():
            field = field + (byte >> 4) if byte >> 4 else self._number()
            kind = byte & 15
            found[field] = kind == 1 if kind in (1, 2) else self._value(kind, depth)
        return found

    def _value(self, kind: int, depth: int) -> Any:
        self._left -= 1
        if not self._left:
            raise ValueError(f"more than {_MOST_VALUES:,} values")
        if kind in (1, 2, 3):
            return self._byte()
        if kind in (4, 5, 6):
            return self._number()
        if kind in (7, 8):
            return self._file.seek(8 if kind == 7 else self._varint(), io.SEEK_CUR)
        if kind in (9, 10):
            head = self._byte()
            count = head >> 4 if head >> 4 < 15 else self._varint()
            return [self._value(head & 15, depth + 1) for _ in range(count)]
        if kind == 12:
            return self.struct(depth + 1)
        raise ValueError(f"no values of kind {kind} belong here")

    def _number(self) -> int:
        coded = self._varint()
        return (coded >> 1) ^ -(coded & 1)

    def _varint(self) -> int:
        number = 0
        for place in range(0, 70, 7):
            byte = self._byte()
            number |= (byte & 127) << place
            if byte < 128:
                return number
        raise ValueError("a number without end")

    def _byte(self) -> int:
        byte = self._file.read(1)
        if not byte:
            raise ValueError("it breaks off")
        return byte[0]
