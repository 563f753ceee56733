"""JSON in one document: an array of objects or of rows, columns, or objects one behind the other."""

from __future__ import annotations

import io
import json
import re
from collections import Counter
from collections.abc import Iterator, Mapping
from itertools import chain, islice
from typing import Any

from opinia.errors import DataError
from opinia.tables.cells import Cells, shown_of
from opinia.tables.column_names import HEADERS, plain_name
from opinia.tables.columns import unique_names
from opinia.tables.delimited import OTHER_ENCODING, told_or_found
from opinia.tables.dialect import Dialect, Told
from opinia.tables.header import find_header
from opinia.tables.jsonlines import python_literals, refuse_two_ways
from opinia.tables.limits import MAX_RECORD
from opinia.tables.reading import SNIFFED
from opinia.tables.streams import Source

_PIECE = 1 << 18
_WHOLE = 256 << 20
"""Most characters of a document that has to be held whole."""
_HEAD = 1000
_SPACE = " \t\r\n"
_COLUMN = "text"
_DEPTH = 6
_GAP = 200
_COMMENT = re.compile(r"//|/\*|#")


class JsonDocument:
    """Reads JSON by what it holds; fields of objects in objects are columns with dots, as ``review.text``.

    Args:
        source: the opened input.
        told: what a person says of its encoding, and whether the first of several rows names the columns.
        part: the path to the list of rows, with dots between, where there are several lists.
        kind: ``"json"``, where the table's name says otherwise.

    Raises:
        DataError: it is no JSON, or no table in any form that is known.
    """

    def __init__(self, source: Source, *, told: Told, part: str = "", kind: str = "") -> None:
        start, is_whole, source = source.beginning(SNIFFED)
        self.encoding, is_guess = told_or_found(told, start, is_whole=is_whole, name=source.name)
        self._name = source.name
        guesses = frozenset(("encoding",) if is_guess else ())
        self.dialect = Dialect(self.encoding.name, guesses=guesses, kind=kind)
        self._part = part
        self._text = _Text(self.encoding.reader(source, newline=""), source.name)
        rows = self._rows()
        self._head = list(islice(rows, _HEAD))
        self._tail = rows
        twice = self._text.end_of_head()
        if twice:
            raise DataError(
                f"{source.name} has the field {min(twice)!r} twice in one object",
                hint="leave one of them out, or rename it",
            )
        if self._head and all(isinstance(row, list) for row in self._head):
            self._name_cells(told)
        names: dict[str, None] = {}
        for row in self._head:
            names.update(dict.fromkeys(row if isinstance(row, dict) else ()))
        if not names:
            raise DataError(
                f"{source.name} holds no objects with fields",
                hint="a table in JSON is an array of objects, or objects in a line each",
            )
        self.columns = tuple(names)

    def _name_cells(self, told: Told) -> None:
        """Make rows of cells objects: the first names the columns, or they have numbers."""
        lists = [row for row in self._head if isinstance(row, list)]
        shown = [[shown_of(cell) for cell in row] for row in lists]
        if not any(shown):
            return
        if find_header(shown, told, name=self._name):
            names, rows = unique_names(shown[0]), self._head[1:]
        else:
            names, rows = tuple(map(str, range(1, max(map(len, lists)) + 1))), self._head
        self._head = [_named(row, names) for row in rows]
        self._tail = (_named(row, names) for row in self._tail)

    def every(self) -> Iterator[tuple[Cells, str | None]]:
        """Yield the fields of each object, null where one is missing.

        Raises:
            DataError: the document breaks off or is no JSON, or an object far behind has another field.
        """
        known, fault = set(self.columns), self.encoding.fault
        for number, row in enumerate(chain(self._head, self._tail), 1):
            if not isinstance(row, dict):
                wrong = (
                    f"{len(row)} cells where the header has {len(known)}" if isinstance(row, list) else None
                )
                yield [None] * len(self.columns), wrong or "no JSON object"
                continue
            more = row.keys() - known
            if more:
                raise DataError(
                    f"row {number:,} of {self._name} has a field {min(more)!r}, the first {_HEAD:,} not",
                    hint="as JSON Lines it can be read",
                )
            cells = [row.get(column) for column in self.columns]
            wrong = next((f for cell in cells if isinstance(cell, str) and (f := fault(cell))), None)
            yield cells, wrong and wrong + OTHER_ENCODING

    def _rows(self) -> Iterator[object]:
        text = self._text
        first = text.peek()
        if first == "[" and not self._part:
            yield from (self._row(value) for value in text.elements())
            return
        whole = text.value(_WHOLE)
        if text.peek() and not self._part:  # objects one behind the other, or out of an array
            is_text = isinstance(whole, str)
            if is_text and plain_name(str(whole)) in HEADERS:
                raise DataError(
                    f"{self._name} begins with {str(whole)[:60]!r}: the name of a column, or a text",
                    hint="--format csv, if it is a table in text",
                )
            yield self._row(whole)
            while text.peek():
                if text.peek() == ",":
                    text.take()
                if text.peek():
                    if is_text and not text.is_in_new_line():
                        raise DataError(
                            f"{self._name} is no JSON: texts in quotes stand beside each other in a line",
                            hint="--format csv, if it is a table in text",
                        )
                    yield self._row(text.value(MAX_RECORD))
            return
        yield from map(self._row, _records(whole, self._name, self._part))

    def _row(self, value: object) -> object:
        if isinstance(value, str):
            return {_COLUMN: value}
        if not isinstance(value, dict):
            return value
        pairs = list(_flat(value))
        row = dict(pairs)
        if len(row) < len(pairs):
            counts = Counter(name for name, _ in pairs)
            refuse_two_ways((name for name, count in counts.items() if count > 1), self._name)
        return row


def _flat(value: Mapping[str, Any], before: str = "") -> Iterator[tuple[str, object]]:
    for name, each in value.items():
        if isinstance(each, dict) and each:
            yield from _flat(each, f"{before}{name}.")
        else:
            yield before + name, each


def _named(row: object, names: tuple[str, ...]) -> object:
    """Return a row of cells as an object; one with too many as it is."""
    if not isinstance(row, list) or len(row) > len(names):
        return row
    return dict(zip(names, [*row, *[None] * (len(names) - len(row))], strict=True))


def _lists(whole: Mapping[str, Any]) -> list[tuple[str, list[Any]]]:
    """Return the lists of objects that lie least deep, each with its path."""
    level: list[tuple[str, Mapping[str, Any]]] = [("", whole)]
    for _ in range(_DEPTH):
        found = [
            (path + key, value)
            for path, each in level
            for key, value in each.items()
            if isinstance(value, list) and value and all(isinstance(row, dict) for row in value)
        ]
        if found:
            return found
        level = [
            (f"{path}{key}.", value)
            for path, each in level
            for key, value in each.items()
            if isinstance(value, dict)
        ]
    return []


def _at(whole: object, part: str, name: str) -> list[Any]:
    """Return the list that a path leads to."""
    there = whole
    for key in part.split("."):
        there = there.get(key) if isinstance(there, dict) else None
    if not isinstance(there, list):
        known = [path for path, _ in _lists(whole)] if isinstance(whole, dict) else []
        shown = f". Its lists: {', '.join(map(repr, known[:12]))}" if known else ""
        raise DataError(f"{name} has no list {part!r} of rows{shown}")
    return there


def _records(whole: object, name: str, part: str) -> Iterator[object]:
    """Yield the rows of one object: those of the only list in it, of its columns, or itself."""
    if part:
        yield from _at(whole, part, name)
        return
    if not isinstance(whole, dict):
        raise DataError(f"{name} holds no table but one value", hint="a table is an array of objects")
    lists = {key: value for key, value in whole.items() if isinstance(value, list)}
    # Objects by name, as pandas writes an index, are rows, whatever lies in them.
    is_index = len(whole) > 1 and all(isinstance(value, dict) and value for value in whole.values())
    objects = [] if is_index and len({tuple(value) for value in whole.values()}) == 1 else _lists(whole)
    if len(objects) > 1:
        paths = [path for path, _ in objects]
        raise DataError(
            f"{name} has several lists of rows: {', '.join(map(repr, paths[:12]))}",
            hint=f"name one, as in {name}::{paths[0]}",
        )
    if objects:
        yield from objects[0][1]
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
        self._line, self._column = 1, 1  # of the first sign that is held
        self._twice: set[str] = set()
        self._decoder = json.JSONDecoder(object_pairs_hook=self._pairs)
        self._more()
        self._held = self._held.removeprefix("\ufeff")

    def _pairs(self, pairs: list[tuple[str, object]]) -> dict[str, object]:
        made = dict(pairs)
        if len(made) < len(pairs):
            counts = Counter(key for key, _ in pairs)
            self._twice.update(key for key, count in counts.items() if count > 1)
        return made

    def end_of_head(self) -> set[str]:
        """Return the fields that some object has twice so far; further ones are not looked at."""
        self._decoder = json.JSONDecoder()
        return self._twice

    def _more(self, size: int = _PIECE) -> bool:
        try:
            piece = self._stream.read(size)
        except RecursionError:  # pragma: no cover - the stream has none
            piece = ""
        self._line, self._column = self._where(self._place)
        self._held, self._place = self._held[self._place :] + piece, 0
        self._ended = not piece
        return bool(piece)

    def _where(self, place: int) -> tuple[int, int]:
        """Return the line and the column of a character that is held, both from 1."""
        ends = self._held.count("\n", 0, place)
        if not ends:
            return self._line, self._column + place
        return self._line + ends, place - self._held.rfind("\n", 0, place)

    def refused(self, what: str, place: int | None = None) -> DataError:
        """Return the error for what is wrong at a place, or at the next character."""
        place = self._place if place is None else place
        line, column = self._where(place)
        near = self._held[place : place + 30].strip()
        where = f"in line {line:,}, column {column:,}"
        if (
            self._line == 1
            and self._column == 1
            and place < len(self._held)
            and near[:1] not in '[{"'
            and not _COMMENT.match(near)
        ):
            begins = self._held[: place + 30].strip()
            if len(self._held[:place].strip()) == 0:
                return DataError(
                    f"{self._name} is no JSON: it begins with {begins[:40]!r}",
                    hint="--format csv, if it is a table in text; --format says what else it is",
                )
        if near[:1] == "'":
            return python_literals(self._name)
        if _COMMENT.match(near):
            return DataError(
                f"{self._name} is no JSON: it has a comment {where}: {near!r}",
                hint="JSON has no comments: leave them out",
            )
        at = f"near {near!r}" if near else "where the file ends"
        return DataError(
            f"{self._name} is no JSON: {what} {where}, {at}",
            hint="it breaks off: is the file whole?" if not near or what.startswith("unterminated") else None,
        )

    def peek(self) -> str:
        """Return the next character that is no space, or nothing at the end."""
        while True:
            while self._place < len(self._held):
                if self._held[self._place] not in _SPACE:
                    return self._held[self._place]
                self._place += 1
            if self._ended or not self._more():
                return ""

    def is_in_new_line(self) -> bool:
        """Tell whether the next character that is no space is the first in its line."""
        self.peek()
        before = self._held[max(0, self._place - _GAP) : self._place].rstrip(" \t")
        return not before or before[-1] in "\r\n"

    def take(self) -> str:
        """Take the next character that is no space."""
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
                if self._ended or self._is_hopeless(error):
                    what, place = "cannot be read", None
                    if isinstance(error, json.JSONDecodeError):
                        what, place = (
                            error.msg[:1].lower() + error.msg[1:].removesuffix(" starting at"),
                            error.pos,
                        )
                    raise self.refused(what, place) from error
            if len(self._held) - self._place > most:
                raise DataError(
                    f"a value of {self._name} takes more than {most:,} characters, or is no JSON",
                    hint="as JSON Lines it can be of any size",
                )
            self._more(size)
            size *= 2

    def _is_hopeless(self, error: ValueError) -> bool:
        """Say whether no further piece can mend what is wrong: it stands far before the end."""
        return isinstance(error, json.JSONDecodeError) and (
            not error.msg.startswith("Unterminated") and error.pos + 20 < len(self._held)
        )

    def elements(self) -> Iterator[object]:
        """Yield the values of an array."""
        self.take()
        if self.peek() == "]":
            self.take()
            return
        while True:
            yield self.value(MAX_RECORD)
            sign = self.peek()
            if sign not in ("]", ","):
                what = "its array breaks off" if not sign else "its array lacks a comma"
                raise self.refused(what)
            self.take()
            if sign == "," and self.peek() == "]":  # a comma too many, and nothing is lost
                self.take()
                break
            if sign == "]":
                break
        if self.peek():
            raise DataError(f"{self._name} goes on behind its array", hint="is it several documents?")
