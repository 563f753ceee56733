"""Reads the weights in an HDF5 file as Keras writes them, in Python alone, for the file may be hostile.

libhdf5 is written in C for files that one trusts: damaged ones make it crash, and a file may lead it to
other files. Here a part of the format is read (HDF5 File Format Specification 3.0): groups of all kinds, and
arrays that stand in one piece. What leads elsewhere (soft and external links, external and virtual storage),
what has to be unpacked (chunks, filters) and what is shared is refused. Every structure costs one of a
budget, so that circles end, and nothing is allocated that the file does not hold.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

MAGIC = b"\x89HDF\r\n\x1a\n"
MOST_STRUCTURES = 200_000
MOST_ENTRIES = 20_000
"""Names of one group."""
DEEPEST = 40
LARGEST_RANK = 8
_NOWHERE = (1 << 64) - 1
# Messages of an object's header, by their numbers.
_SPACE, _LINKS, _TYPE, _LINK, _ELSEWHERE, _LAYOUT, _FILTERS, _MORE, _TABLE = 1, 2, 3, 6, 7, 8, 11, 16, 17
# Little-endian IEEE 754: size, and where exponent and mantissa stand.
_FLOATS = {
    struct.pack("<HHBBBBI", 0, 16, 10, 5, 0, 10, 15): "<f2",
    struct.pack("<HHBBBBI", 0, 32, 23, 8, 0, 23, 127): "<f4",
    struct.pack("<HHBBBBI", 0, 64, 52, 11, 0, 52, 1023): "<f8",
}


class Hdf5Error(ValueError):
    """The file is broken, or holds what is not read; its argument says what."""


class Hdf5File:
    """An HDF5 file in memory.

    Args:
        content: of the file.

    Raises:
        Hdf5Error: it is no HDF5.
    """

    def __init__(self, content: bytes) -> None:
        self._content = content
        self._left = MOST_STRUCTURES
        self._groups: dict[int, dict[str, int]] = {}
        self._taken = 0
        self._seen: set[str] = set()
        if not content.startswith(MAGIC):
            raise Hdf5Error("it is no HDF5")
        version = self._bytes(8, 1)[0]
        if version in (0, 1):
            sizes, base, root = self._bytes(13, 2), 24 + 4 * version, 24 + 4 * version + 40
        elif version in (2, 3):
            sizes, base, root = self._bytes(9, 2), 12, 36
        else:
            raise Hdf5Error(f"its superblock is of version {version}")
        if sizes != b"\x08\x08" or self._number(base) != 0:
            raise Hdf5Error("its addresses are of another size than 8 bytes")
        self._root = self._number(root)

    def names(self, path: str) -> list[str]:
        """Return the names in a group; none where there is no such group."""
        address = self._find(path)
        return [] if address is None else list(self._entries(address))

    def array(self, path: str) -> NDArray[np.float32] | None:
        """Return an array of floating-point numbers, as 32 bits; None where there is none of this name.

        Raises:
            Hdf5Error: it is broken, of other numbers, or stored in a way that is not read.
        """
        address = self._find(path)
        return None if address is None else self._array(path, address)

    def _find(self, path: str) -> int | None:
        address: int | None = self._root
        parts = [part for part in path.split("/") if part]
        if len(parts) > DEEPEST:
            raise Hdf5Error("its groups are nested too deeply")
        for part in parts:
            address = self._entries(address).get(part) if address is not None else None
        return address

    def _entries(self, address: int) -> dict[str, int]:
        """Return the address of each name in a group."""
        if address in self._groups:
            return self._groups[address]
        found: dict[str, int] = {}
        for name, place in self._links(address):
            if name in found or "/" in name or name in ("", ".", ".."):
                raise Hdf5Error(f"the name {name[:40]!r} in a group")
            found[name] = place
            if len(found) > MOST_ENTRIES:
                raise Hdf5Error(f"a group of more than {MOST_ENTRIES:,} names")
        self._groups[address] = found
        return found

    def _links(self, address: int) -> Iterator[tuple[str, int]]:
        for kind, start, end in self._messages(address):
            if kind == _TABLE:
                yield from self._old_links(self._number(start), self._heap(self._number(start + 8)), 0)
            elif kind == _LINK:
                yield self._link(start, end)
            elif kind == _LINKS:
                flags = self._bytes(start + 1, 1)[0]
                heap = start + 2 + (8 if flags & 1 else 0)
                if self._number(heap) != _NOWHERE:
                    yield from self._dense_links(self._number(heap), self._number(heap + 8))

    def _old_links(self, address: int, names: tuple[int, int], depth: int) -> Iterator[tuple[str, int]]:
        """Walk a B-tree of version 1 down to its symbols."""
        magic = self._bytes(address, 4)
        if magic == b"SNOD":
            count = self._short(address + 6)
            for entry in range(address + 8, address + 8 + 40 * count, 40):
                if self._word(entry + 16) == 2:
                    raise Hdf5Error("a soft link")
                yield self._name(names, self._number(entry)), self._number(entry + 8)
            return
        if magic != b"TREE" or self._bytes(address + 4, 1) != b"\0" or depth > DEEPEST:
            raise Hdf5Error("a broken group")
        for child in range(self._short(address + 6)):
            yield from self._old_links(self._number(address + 32 + 16 * child), names, depth + 1)

    def _heap(self, address: int) -> tuple[int, int]:
        """Return where the names of a group stand, and where they end."""
        if self._bytes(address, 4) != b"HEAP":
            raise Hdf5Error("a group without names")
        size, start = self._number(address + 8), self._number(address + 24)
        if size > len(self._content) or start > len(self._content) - size:
            raise Hdf5Error("it breaks off")
        return start, start + size

    def _name(self, names: tuple[int, int], offset: int) -> str:
        start = names[0] + min(offset, len(self._content))
        end = self._content.find(b"\0", start, names[1])
        if end < 0:
            raise Hdf5Error("a broken name")
        return self._decoded(self._content[start:end])

    def _link(self, start: int, end: int) -> tuple[str, int]:
        """Read a link of the newer kind."""
        version, flags = self._bytes(start, 2)
        place = start + 2
        kind = 0
        if flags & 8:
            kind, place = self._bytes(place, 1)[0], place + 1
        place += (8 if flags & 4 else 0) + (1 if flags & 16 else 0)
        width = 1 << (flags & 3)
        length = int.from_bytes(self._bytes(place, width), "little")
        place += width
        if version != 1 or place + length + 8 > end:
            raise Hdf5Error("a broken link")
        if kind != 0:
            raise Hdf5Error({1: "a soft link", 64: "an external link"}.get(kind, "a link of an unknown kind"))
        return self._decoded(self._bytes(place, length)), self._number(place + length)

    def _dense_links(self, heap: int, index: int) -> Iterator[tuple[str, int]]:
        """Read the links of a large group: a B-tree of version 2, whose records point into a fractal heap."""
        if self._bytes(heap, 4) != b"FRHP" or self._short(heap + 7) != 0:
            raise Hdf5Error("a broken group")
        width, first, largest = self._short(heap + 110), self._number(heap + 112), self._number(heap + 120)
        bits, root, rows = self._short(heap + 128), self._number(heap + 132), self._short(heap + 140)
        offset_bytes, longest = (bits + 7) // 8, min(largest, self._word(heap + 10))
        if not 1 <= width <= 1024 or not 1 <= first <= largest <= 1 << 32 or not 8 <= bits <= 64:
            raise Hdf5Error("a broken group")
        length_bytes = (longest.bit_length() + 7) // 8
        for record in self._records(index):
            identity = record + 4
            if self._bytes(identity, 1)[0] != 0:
                raise Hdf5Error("a name of a kind that is not read")
            offset = int.from_bytes(self._bytes(identity + 1, offset_bytes), "little")
            length = int.from_bytes(self._bytes(identity + 1 + offset_bytes, length_bytes), "little")
            place = root + offset
            if rows:
                place = self._in_blocks(root, offset, width, first, largest, rows, offset_bytes)
            yield self._link(place, place + length)

    def _in_blocks(
        self, root: int, offset: int, width: int, first: int, largest: int, rows: int, offset_bytes: int
    ) -> int:
        """Return where an offset of a fractal heap lies: rows of blocks, whose sizes double."""
        if self._bytes(root, 4) != b"FHIB":
            raise Hdf5Error("a broken group")
        start, entry = 0, root + 13 + offset_bytes
        for row in range(min(rows, 64)):
            size = first << max(0, row - 1)
            if size > largest:
                break
            if offset < start + width * size:
                column, inside = divmod(offset - start, size)
                return self._number(entry + 8 * (row * width + column)) + inside
            start += width * size
        raise Hdf5Error("a group that is too large")

    def _records(self, index: int) -> Iterator[int]:
        """Yield where each record of a B-tree of version 2 stands; of a root and leaves below it."""
        if self._bytes(index, 4) != b"BTHD" or self._bytes(index + 5, 1) != b"\x05":
            raise Hdf5Error("a broken group")
        size, width, depth = self._word(index + 6), self._short(index + 10), self._short(index + 12)
        root, count = self._number(index + 16), self._short(index + 24)
        if width != 11 or not 64 <= size <= 1 << 20 or depth > 1:
            raise Hdf5Error("a group of more names than are read")
        if depth == 0:
            yield from self._leaf(root, count, width)
            return
        if self._bytes(root, 4) != b"BTIN":
            raise Hdf5Error("a broken group")
        yield from range(root + 6, root + 6 + width * count, width)
        bytes_of_count = (((size - 10) // width).bit_length() + 7) // 8
        place = root + 6 + width * count
        for _ in range(count + 1):
            records = int.from_bytes(self._bytes(place + 8, bytes_of_count), "little")
            yield from self._leaf(self._number(place), records, width)
            place += 8 + bytes_of_count

    def _leaf(self, address: int, count: int, width: int) -> range:
        if self._bytes(address, 4) != b"BTLF" or count > MOST_ENTRIES:
            raise Hdf5Error("a broken group")
        return range(address + 6, address + 6 + width * count, width)

    def _array(self, path: str, address: int) -> NDArray[np.float32]:
        messages: dict[int, tuple[int, int]] = {}
        for kind, start, end in self._messages(address):
            if kind in (_ELSEWHERE, _FILTERS):
                what = "external storage" if kind == _ELSEWHERE else "a filter"
                raise Hdf5Error(f"{what} ({path})")
            if kind in messages and kind in (_SPACE, _TYPE, _LAYOUT):
                raise Hdf5Error(f"two descriptions of {path}")
            messages[kind] = (start, end)
        if not {_SPACE, _TYPE, _LAYOUT} <= set(messages):
            raise Hdf5Error(f"no array at {path}")
        shape = self._shape(*messages[_SPACE])
        dtype = self._dtype(path, *messages[_TYPE])
        size = dtype.itemsize
        for each in shape:
            size *= each
        start, end = self._storage(path, *messages[_LAYOUT])
        if end - start != size or size > len(self._content):
            raise Hdf5Error(f"{path} has more or fewer numbers than it says")
        if path not in self._seen:  # a model that needs padding is read twice, and so may be a layer
            self._seen.add(path)
            self._taken += size
        if self._taken > len(self._content):
            raise Hdf5Error("arrays that share their numbers")
        numbers = np.frombuffer(self._bytes(start, size), dtype).reshape(shape)
        with np.errstate(all="ignore"):
            return numbers.astype(np.float32)

    def _shape(self, start: int, end: int) -> tuple[int, ...]:
        version, rank, _, kind = self._bytes(start, 4)
        first = start + (8 if version == 1 else 4)
        if (
            version not in (1, 2)
            or (version == 2 and kind == 2)
            or rank > LARGEST_RANK
            or first + 8 * rank > end
        ):
            raise Hdf5Error("an array of a shape that is not read")
        return tuple(self._number(first + 8 * axis) for axis in range(rank))

    def _dtype(self, path: str, start: int, end: int) -> np.dtype[Any]:
        kind = self._bytes(start, 1)[0] & 15
        found = _FLOATS.get(self._bytes(start + 8, 12)) if kind == 1 and end - start >= 20 else None
        if found is None or self._bytes(start + 1, 1)[0] & 65 or self._word(start + 4) != int(found[2:]):
            raise Hdf5Error(f"numbers of another kind than floating-point ones of 16, 32 or 64 bits ({path})")
        return np.dtype(found)

    def _storage(self, path: str, start: int, end: int) -> tuple[int, int]:
        version, kind = self._bytes(start, 2)
        if version not in (3, 4):
            raise Hdf5Error(f"a layout of version {version} ({path})")
        if kind == 0:
            size = self._short(start + 2)
            if start + 4 + size > end:
                raise Hdf5Error("it breaks off")
            return start + 4, start + 4 + size
        if kind == 1:
            address, size = self._number(start + 2), self._number(start + 10)
            if address == _NOWHERE:
                raise Hdf5Error(f"an array that was never written ({path})")
            return address, address + size
        raise Hdf5Error(f"{({2: 'chunks', 3: 'a virtual data set'}).get(kind, 'an unknown layout')} ({path})")

    def _messages(self, address: int) -> Iterator[tuple[int, int, int]]:
        """Yield kind, start and end of each message in an object's header."""
        is_new = self._bytes(address, 4) == b"OHDR"
        if is_new:
            version, flags = self._bytes(address + 4, 2)
            place = address + 6 + (16 if flags & 32 else 0) + (4 if flags & 16 else 0)
            width = 1 << (flags & 3)
            size = int.from_bytes(self._bytes(place, width), "little")
            blocks, head = [(place + width, size)], 6 if flags & 4 else 4
        else:
            version = self._bytes(address, 1)[0]
            blocks, head = [(address + 16, self._word(address + 8))], 8
        if version != (2 if is_new else 1):
            raise Hdf5Error("an object of a kind that is not read")
        while blocks:
            place, size = blocks.pop(0)
            if size > len(self._content):
                raise Hdf5Error("it breaks off")
            end = place + size
            while place + head <= end:
                if is_new:
                    (kind, length, flags) = struct.unpack("<BHB", self._bytes(place, 4))
                else:
                    (kind, length, flags) = struct.unpack("<HHB", self._bytes(place, 5))
                start, place = place + head, place + head + length
                if place > end:
                    raise Hdf5Error("it breaks off")
                if kind in (_SPACE, _TYPE, _LAYOUT, _LINK, _TABLE) and flags & 2:
                    raise Hdf5Error("a description that is shared")
                if kind == _MORE:
                    further, more = self._number(start), self._number(start + 8)
                    # Of the newer kind, a magic word stands before the messages and a checksum behind them.
                    blocks.append((further + 4, more - 8) if is_new else (further, more))
                else:
                    yield kind, start, place

    def _bytes(self, start: int, length: int) -> bytes:
        self._left -= 1
        if self._left < 0:
            raise Hdf5Error(f"more than {MOST_STRUCTURES:,} structures")
        if start < 0 or length < 0 or start + length > len(self._content):
            raise Hdf5Error("it breaks off")
        return self._content[start : start + length]

    def _number(self, start: int) -> int:
        return int.from_bytes(self._bytes(start, 8), "little")

    def _word(self, start: int) -> int:
        return int.from_bytes(self._bytes(start, 4), "little")

    def _short(self, start: int) -> int:
        return int.from_bytes(self._bytes(start, 2), "little")

    def _decoded(self, name: bytes) -> str:
        try:
            return name.decode()
        except UnicodeDecodeError as error:
            raise Hdf5Error("a name that is not UTF-8") from error
