"""Reads messages of protobuf by a schema, within a budget: what the schema lacks is refused, not skipped.

The wire format is that of protobuf.dev/programming-guides/encoding. Groups do not exist, a field that
stands once must not stand twice (parsers differ in what they make of that), and every field costs one
of the budget, so that a file of tiny fields ends the reading early.
"""

from __future__ import annotations

import struct
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

Kind = Literal["int", "float", "bytes", "text"]
Place = tuple[int, int]
"""From where to where the bytes of a field of kind ``bytes`` stand in the content."""
_VARINT, _LENGTH, _FIXED32 = 0, 2, 5


@dataclass(frozen=True)
class Field:
    """What a field is.

    Args:
        name: under which its value is found.
        kind: of its value, or the schema of a message.
        many: it may stand any number of times; its value is a list.
    """

    name: str
    kind: Kind | Schema
    many: bool = False


@dataclass(frozen=True)
class Refused:
    """A field that must not be there.

    Args:
        what: it holds, for the message.
    """

    what: str


Schema = Mapping[int, Field | Refused]


class BrokenError(ValueError):
    """The content is no message of its schema: it breaks off, or is something else."""


class RefusedError(ValueError):
    """The content holds what it must not hold, or too much; its argument says what."""


class Reader:
    """Reads messages out of one content.

    Args:
        content: the bytes.
        most: fields and numbers that are read in all.
    """

    def __init__(self, content: bytes, most: int) -> None:
        self._content, self._most, self._left = content, most, most

    def read(self, schema: Schema) -> dict[str, Any]:
        """Return the values of the whole content by name; lists are there even where they are empty.

        Raises:
            BrokenError: it is no message of this schema.
            RefusedError: it holds a field that is refused or unknown, or too many.
        """
        return self._message(schema, 0, len(self._content))

    def _message(self, schema: Schema, place: int, end: int) -> dict[str, Any]:
        values: dict[str, Any] = {
            field.name: [] for field in schema.values() if isinstance(field, Field) and field.many
        }
        while place < end:
            self._spend()
            key, place = self._varint(place, end)
            field = schema.get(key >> 3)
            if not isinstance(field, Field):
                # Noise reads as unknown fields, too: that is a broken file, and not a forbidden one.
                if field is None and (key & 7 not in (_VARINT, 1, _LENGTH, _FIXED32) or key >> 3 > 100):
                    raise BrokenError(f"field {key >> 3}")
                raise RefusedError(field.what if field else f"a field that is not known ({key >> 3})")
            found, place = self._field(field, key & 7, place, end)
            if field.many:
                values[field.name] += found
            elif field.name in values:
                raise RefusedError(f"two values of {field.name!r}, where one belongs")
            else:
                (values[field.name],) = found
        return values

    def _field(self, field: Field, wire: int, place: int, end: int) -> tuple[list[Any], int]:
        """Return what stands at a place, several numbers where they are packed, and the place behind."""
        kind = field.kind
        if wire == _VARINT and kind == "int":
            number, place = self._varint(place, end)
            return [_signed(number)], place
        if wire == _FIXED32 and kind == "float":
            if place + 4 > end:
                raise BrokenError("it breaks off")
            return list(struct.unpack_from("<f", self._content, place)), place + 4
        if wire != _LENGTH:
            raise BrokenError(f"{field.name} is of another kind")
        length, place = self._varint(place, end)
        stop = place + length
        if stop > end:
            raise BrokenError("it breaks off")
        if isinstance(kind, Mapping):
            return [self._message(kind, place, stop)], stop
        if kind == "bytes":
            return [(place, stop)], stop
        if kind == "text":
            return [self._content[place:stop].decode()], stop
        if not field.many:
            raise BrokenError(f"{field.name} is of another kind")
        return self._packed(kind, place, stop), stop

    def _packed(self, kind: Kind, place: int, stop: int) -> list[Any]:
        if kind == "float":
            if (stop - place) % 4:
                raise BrokenError("it breaks off")
            self._spend((stop - place) // 4)
            return list(struct.unpack_from(f"<{(stop - place) // 4}f", self._content, place))
        numbers = list[int]()
        while place < stop:
            self._spend()
            number, place = self._varint(place, stop)
            numbers.append(_signed(number))
        return numbers

    def _spend(self, cost: int = 1) -> None:
        self._left -= cost
        if self._left < 0:
            raise RefusedError(f"more than {self._most:,} parts")

    def _varint(self, place: int, end: int) -> tuple[int, int]:
        """Return a number, and the place behind it."""
        value = 0
        for shift in range(0, 70, 7):
            if place >= end:
                raise BrokenError("it breaks off")
            byte = self._content[place]
            place += 1
            value |= (byte & 0x7F) << shift
            if byte < 0x80:
                return value & 0xFFFF_FFFF_FFFF_FFFF, place
        raise BrokenError("a number of more than ten bytes")


def _signed(number: int) -> int:
    return number - (1 << 64) if number >> 63 else number
