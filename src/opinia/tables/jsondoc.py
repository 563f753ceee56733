"""JSON in one document: an array of objects, columns, or objects one behind the other."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator, Mapping
from itertools import chain, islice
from typing import Any

from opinia.errors import DataError
from opinia.tables.cells import Cells
from opinia.tables.delimited import told_or_found
from opinia.tables.dialect import Dialect, Told
from opinia.tables.limits import MAX_RECORD
from opinia.tables.sniff import SNIFFED
from opinia.tables.streams import Source

_PIECE = 1 << 18
_WHOLE = 256 << 20
"""Most characters of a document that has to be held whole."""
_HEAD = 1000
_SPACE = " \t\r\n"
_COLUMN = "text"


class JsonDocument:
    """Reads JSON by what it holds; fields of objects in objects are columns with dots, as ``review.text``.

    Args:
        source: the opened input.
        told: what a person says of its encoding.

    Raises:
        DataError: it is no JSON, or no table in any form that is known.
    """

    def __init__(self, source: Source, *, told: Told) -> None:
        start, is_whole, source = source.beginning(SNIFFED)
        self.encoding, is_guess = told_or_found(told, start, is_whole=is_whole, name=source.name)
        self._name = source.name
        self.dialect = Dialect(self.encoding.name, guesses=frozenset(("encoding",) if is_guess else ()))
        self._text = _Text(self.encoding.reader(source, newline=""), source.name)
        rows = self._rows()
        self._head = list(islice(rows, _HEAD))
        self._tail = rows
        names: dict[str, None] = {}
        for row in self._head:
            names.update(dict.fromkeys(row if isinstance(row, dict) else ()))
        if not names:
            raise DataError(
                f"{source.name} holds no objects with fields",
                hint="a table in JSON is an array of objects, or objects in a line each",
            )
        self.columns = tuple(names)

    def every(self) -> Iterator[tuple[Cells, str | None]]:
        """Yield the fields of each object, null where one is missing.

        Raises:
            DataError: the document breaks off or is no JSON, or an object far behind has another field.
        """
        known = set(self.columns)
        for number, row in enumerate(chain(self._head, self._tail), 1):
            if not isinstance(row, dict):
                yield [None] * len(self.columns), "no JSON object"
                continue
            more = row.keys() - known
            if more:
                raise DataError(
                    f"row {number:,} of {self._name} has a field {min(more)!r}, the first {_HEAD:,} not",
                    hint="as JSON Lines it can be read",
                )
            yield [row.get(column) for column in self.columns], None

    def _rows(self) -> Iterator[object]:
        text = self._text
        first = text.peek()
        if first == "[":
            yield from (_row(value) for value in text.elements())
            return
        whole = text.value(_WHOLE)
        if text.peek():  # objects one behind the other
            yield _row(whole)
            while text.peek():
                yield _row(text.value(MAX_RECORD))
            return
        yield from map(_row, _records(whole, self._name))


def _row(value: object) -> object:
    if isinstance(value, str):
        return {_COLUMN: value}
    return dict(_flat(value)) if isinstance(value, dict) else value


def _flat(value: Mapping[str, Any], before: str = "") -> Iterator[tuple[str, object]]:
    for name, each in value.items():
        if isinstance(each, dict) and each:
            yield from _flat(each, f"{before}{name}.")
        else:
            yield before + name, each


def _records(whole: object, name: str) -> Iterator[object]:
    """Yield the rows of one object: those of the only list in it, of its columns, or itself."""
    if not isinstance(whole, dict):
        raise DataError(f"{name} holds no table but one value", hint="a table is an array of objects")
    lists = {key: value for key, value in whole.items() if isinstance(value, list)}
    objects = [value for value in lists.values() if value and all(isinstance(each, dict) for each in value)]
    if len(objects) == 1:
        yield from objects[0]
        return
    names, data = whole.get("columns"), whole.get("data")
    if isinstance(names, list) and isinstance(data, list):
        for row in data:
            yield dict(zip(names, row, strict=False)) if isinstance(row, list) else row
        return
    if whole and len(lists) == len(whole):
        if len({len(value) for value in lists.values()}) > 1:
            raise DataError(f"the columns of {name} have not as many values each")
        for cells in zip(*lists.values(), strict=True):
            yield dict(zip(lists, cells, strict=True))
        return
    if whole and all(isinstance(value, dict) and value for value in whole.values()):
        inner = [list(value) for value in whole.values()]
        if all(key.isdigit() for keys in inner for key in keys):  # as pandas writes columns
            for key in dict.fromkeys(key for keys in inner for key in keys):
                yield {column: value.get(key) for column, value in whole.items()}
            return
        if len(whole) > 1 or next(iter(whole)).isdigit():  # objects by name
            yield from whole.values()
            return
    yield whole


class _Text:
    """Characters from which one JSON value after the other is taken."""

    def __init__(self, stream: io.TextIOWrapper, name: str) -> None:
        self._stream, self._name = stream, name
        self._held, self._place, self._ended = "", 0, False
        self._decoder = json.JSONDecoder()
        self._more()
        self._held = self._held.removeprefix("\ufeff")

    def _more(self, size: int = _PIECE) -> bool:
        try:
            piece = self._stream.read(size)
        except RecursionError:  # pragma: no cover - the stream has none
            piece = ""
        self._held, self._place = self._held[self._place :] + piece, 0
        self._ended = not piece
        return bool(piece)

    def peek(self) -> str:
        """Return the next sign that is no space, or nothing at the end."""
        while True:
            while self._place < len(self._held):
                if self._held[self._place] not in _SPACE:
                    return self._held[self._place]
                self._place += 1
            if self._ended or not self._more():
                return ""

    def take(self) -> str:
        """Take the next sign that is no space."""
        sign = self.peek()
        self._place += len(sign)
        return sign

    def value(self, most: int) -> object:
        """Take the next value, of so many characters at most."""
        size = _PIECE
        self.peek()
        while True:
            try:
                value, end = self._decoder.raw_decode(self._held, self._place)
                # A number may go on in the next piece.
                if end < len(self._held) or self._ended:
                    self._place = end
                    return value
            except RecursionError:
                raise DataError(f"{self._name} is nested too deeply") from None
            except ValueError as error:
                if self._ended:
                    raise DataError(f"{self._name} is no JSON: {error}") from error
            if len(self._held) - self._place > most:
                raise DataError(
                    f"a value of {self._name} takes more than {most:,} characters, or is no JSON",
                    hint="as JSON Lines it can be of any size",
                )
            self._more(size)
            size *= 2

    def elements(self) -> Iterator[object]:
        """Yield the values of an array."""
        self.take()
        if self.peek() == "]":
            self.take()
            return
        while True:
            yield self.value(MAX_RECORD)
            sign = self.take()
            if sign == "]":
                break
            if sign != ",":
                raise DataError(f"{self._name} is no JSON: its array breaks off or lacks a comma")
        if self.peek():
            raise DataError(f"{self._name} goes on behind its array", hint="is it several documents?")
