"""JSON Lines. A row's own fields stay as they are; the added ones go behind them."""

from __future__ import annotations

import contextlib
import itertools
import json
import re
import sys
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence

from opinia.errors import DataError
from opinia.tables.cell_text import joined
from opinia.tables.delimited import OTHER_ENCODING, told_or_found
from opinia.tables.dialect import Dialect, Told
from opinia.tables.limits import LARGE, MAX_CELLS
from opinia.tables.reading import SNIFFED
from opinia.tables.rows import Column, Names, Record, Row, Value, each_of
from opinia.tables.streams import Encoding, Source, lines, reading
from opinia.tables.text_writer import Halves, TextWriter

_HEAD = 64
"""Rows that are looked at for the names of fields, fewer if they are long."""
_DEPTH = 8
_HEAD_BYTES = 1 << 20
_SPACE = " \t\r\n"
INPUT = "input"
"""Field that holds the whole line, as a string, where it cannot be extended."""


class JsonLinesReader:
    """Reads one JSON object a line; an empty line is no row.

    A line that is no JSON object, or has a field of an added name already, becomes a bad row with
    the line in the field ``input``.

    Args:
        source: the opened input.
        told: what a person says of its form.
        kind: ``"jsonl"``, where the table's name says otherwise.

    Raises:
        DataError: there are no JSON objects at its beginning.
    """

    def __init__(self, source: Source, *, told: Told, kind: str = "") -> None:
        start, is_whole, source = source.beginning(SNIFFED)
        self.encoding, is_guess = told_or_found(told, start, is_whole=is_whole, name=source.name)
        self._encoding = self.encoding
        guesses = frozenset(("encoding",) if is_guess else ())
        self.dialect = Dialect(self._encoding.name, guesses=guesses, kind=kind)
        self._stream = self._encoding.reader(source, newline="\n")
        self._name = source.name
        self._head: list[tuple[int, str]] = []
        self._tail = self._lines()
        with reading(source.name, self._encoding.name, 0) as place:
            held = 0
            for number, line in self._tail:
                self._head.append((number, line))
                place[0] += 1
                held += sys.getsizeof(line)
                if place[0] >= _HEAD or held >= _HEAD_BYTES:
                    break
        self._doubled: set[str] = set()
        names: dict[str, None] = {}
        dotted: dict[str, None] = {}
        for _, line in self._head:
            value = _parsed(line)
            names.update(dict.fromkeys(value if isinstance(value, dict) else ()))
            dotted.update(dict.fromkeys(_paths(value) if isinstance(value, dict) else ()))
            self._doubled |= _twice(line)
        if self._head and not names:
            raise self._no_objects()
        refuse_two_ways(names.keys() & dotted.keys(), source.name)
        self._dotted = frozenset(dotted.keys() - names.keys())
        self.columns = (*names, *(path for path in dotted if path in self._dotted))

    def check_once(self, columns: Sequence[str]) -> None:
        """Check that no object of the first lines has one of some fields twice.

        Raises:
            DataError: one has.
        """
        for name in columns:
            if not self._doubled.isdisjoint(name.split(".")):
                raise DataError(
                    f"{self._name} has the field {name!r} twice in one object",
                    hint="leave one of them out, or rename it",
                )

    def _no_objects(self) -> DataError:
        """Return what is to be said where no line is an object."""
        first = self._head[0][1].strip()
        if _PYTHON.match(first):
            return python_literals(self._name)
        hint = "--format csv, if it is a table in text; --format says what else it is"
        if first[:1] in ("[", '"'):
            hint = 'JSON Lines have an object a line, such as {"text": "…"}'
        return DataError(
            f"{self._name} has no JSON object with fields in its first {len(self._head)} rows; "
            f"it begins with {first[:40]!r}",
            hint=hint,
        )

    def sample(self) -> list[list[object]]:
        """Return the values of the first rows, in the order of the columns, and leave them to be read."""
        values = [value for _, line in self._head if isinstance(value := _parsed(line), dict)]
        return [[_field(value, name) for name in self.columns] for value in values]

    def rows(self, columns: Names, added: Sequence[Column]) -> Iterator[Row[Halves]]:
        """Yield each line, with the text of one field or those of several joined."""
        taken, names = frozenset(each.name for each in added), each_of(columns)
        self.check_once(names)
        for _, line in itertools.chain(self._head, self._tail):
            value: object = None  # two large ones at once would be one too many
            text: object = None
            value = _parsed(line)
            if not isinstance(value, dict):
                error: str | None = value if isinstance(value, str) else "no JSON object"
                yield _bad(line, error)
                continue
            if not taken.isdisjoint(value):
                clash = next(each.name for each in added if each.name in value)
                yield _bad(line, f"the row has a field {clash!r} already")
                continue
            text, error = _text(value, names)
            if error is None and not line.isascii():
                error = self._encoding.fault(line)
                error = error and error + OTHER_ENCODING
            good = text if error is None and isinstance(text, str) else None
            yield Row(good, _opened(line, is_empty=not value), error, sys.getsizeof(line))

    def records(self, columns: Sequence[str], *, gaps: bool = False) -> Iterator[Record]:
        """Yield the values of some fields of each line."""
        self.check_once(columns if len(columns) < len(self.columns) else ())
        for number, line in itertools.chain(self._head, self._tail):
            value = _parsed(line)
            if not isinstance(value, dict):
                yield Record((), value if isinstance(value, str) else "no JSON object", number)
                continue
            cells = tuple(_field(value, column, None if gaps else _MISSING) for column in columns)
            missing = next(
                (name for name, each in zip(columns, cells, strict=True) if each is _MISSING), None
            )
            wrong = None if missing is None else f"there is no field {missing!r}"
            if wrong is None and not line.isascii():
                wrong = self._encoding.fault(line)
                wrong = wrong and wrong + OTHER_ENCODING
            yield Record(() if wrong else cells, wrong, number)

    def every(self) -> Iterator[tuple[list[object], str | None]]:
        """Yield all fields of each line, null where one is missing.

        Raises:
            DataError: a line far behind has a field that the first ones have not.
        """
        own = [name for name in self.columns if name not in self._dotted]
        known = set(own)
        for number, (_, line) in enumerate(itertools.chain(self._head, self._tail), 1):
            value = _parsed(line)
            if not isinstance(value, dict):
                yield [None] * len(self.columns), value if isinstance(value, str) else "no JSON object"
                continue
            more = value.keys() - known
            if more:
                raise DataError(
                    f"row {number:,} of {self._name} has a field {min(more)!r}, the first {_HEAD} not",
                    hint="name the output .jsonl",
                )
            wrong = None if line.isascii() else self._encoding.fault(line)
            yield [_field(value, name) for name in self.columns], wrong and wrong + OTHER_ENCODING

    def writer(self, added: Sequence[Column]) -> TextWriter:
        """Return the writer of these rows."""
        return json_writer(added, self._encoding)

    def _lines(self) -> Iterator[tuple[int, str]]:
        """Yield each line that holds something, with its number."""
        mark = "\ufeff"
        for number, line in enumerate(lines(self._stream, self._name), start=1):
            # JSON allows no byte order mark, and in a file with one every reader has to skip it.
            plain = line.removeprefix(mark)
            mark = ""
            if plain.strip(_SPACE):
                yield number, plain


_PYTHON = re.compile(r"[\[{]\s*(?:\{\s*)?'")
"""How Python shows a dictionary; JSON has other quotes."""


def python_literals(name: str) -> DataError:
    """Return the error for objects as Python shows them."""
    return DataError(
        f"{name} is no JSON: it has single quotes, as Python shows its dictionaries",
        hint="write it with json.dumps, not with str or print",
    )


def are_objects(there: Sequence[str]) -> bool:
    """Say whether all lines, and there are some, are JSON objects."""
    filled = [line for line in there[:_HEAD] if line.strip(_SPACE)]
    return bool(filled) and all(isinstance(_parsed(line), dict) for line in filled)


def is_array(text: str, *, is_whole: bool) -> bool:
    """Say whether a text is one JSON array of objects, perhaps over many lines, and not an array a line.

    Args:
        text: its beginning.
        is_whole: whether that is all.
    """
    if not _ARRAY.match(text):
        return False
    first, _, rest = text.partition("\n")
    if not rest.strip(_SPACE):
        return is_whole or "\n" not in text
    return not isinstance(_parsed(first), list)


_ARRAY = re.compile(r'\s*\[\s*\{\s*"')
_SPREAD = re.compile(r'\s*[\[{]\s*\n\s*["{\[]')
_DICTIONARY = re.compile(r"\s*\{\s*'[^']*'\s*:.*\}\s*,?\s*", re.DOTALL)


def json_kind(text: str, *, is_whole: bool, name: str) -> str | None:
    """Return ``"jsonl"`` or ``"json"`` for what is rather JSON than text, though not each line is an object.

    Lines of which most are objects are JSON Lines with bad rows; a document over many lines, and strings with
    escapes, are JSON.

    Args:
        text: the beginning of the text.
        is_whole: whether that is all.
        name: of the table, for messages.

    Raises:
        DataError: they are dictionaries as Python shows them, or arrays.
    """
    there = [line for line in text.splitlines() if line.strip(_SPACE)][:_HEAD]
    if sum(_DICTIONARY.fullmatch(line) is not None for line in there) * 2 > len(there):
        raise python_literals(name)
    values = [_json_of(line) for line in there]
    if sum(isinstance(value, dict) and bool(value) for value in values) * 2 >= len(there) > 0:
        return "jsonl"
    if len(values) > 1 and all(isinstance(value, list) and len(value) > 1 for value in values):
        raise DataError(
            f"each line of {name} is a JSON array",
            hint='JSON Lines have an object a line, such as {"text": "…"}',
        )
    if values and all(isinstance(value, str) for value in values) and any("\\" in line for line in there):
        return "json"
    if _SPREAD.match(text) and (not is_whole or isinstance(_json_of(text), dict | list)):
        return "json"
    return None


def _json_of(line: str) -> object:
    with contextlib.suppress(ValueError, RecursionError):
        value: object = json.loads(line.strip(_SPACE).removesuffix(","))
        return value
    return None


def json_writer(added: Sequence[Column], encoding: Encoding) -> TextWriter:
    """Return the writer of JSON Lines; every row gets every added field, null where it is empty."""
    return TextWriter(added, encoding, header="", cells=_cells, separator=", ")


def _cells(column: Column, entries: Sequence[Value]) -> list[str]:
    key = json.dumps(column.name) + ": "
    return [
        key + ("null" if entry is None else json.dumps(entry) if isinstance(entry, str) else str(entry))
        for entry in entries
    ]


def _parsed(line: str) -> object:
    """Return the value of a line, or a string that says what is wrong with it."""
    if len(line) > LARGE and sum(map(line.count, ",[{")) > MAX_CELLS:
        return f"more than {MAX_CELLS:,} values"
    try:
        value: object = json.loads(line)
    except RecursionError:
        return "no JSON: nested too deeply"
    except ValueError as error:
        stripped = line.rstrip(_SPACE)
        if stripped.endswith("},"):  # a line out of an array
            return _parsed(stripped[:-1])
        return fault_of(error)
    return None if isinstance(value, str) else value


def _twice(line: str) -> set[str]:
    """Return the names of fields that an object of a line has twice; the last one counts."""
    found: set[str] = set()

    def pairs(each: list[tuple[str, object]]) -> dict[str, object]:
        found.update(key for key, count in Counter(key for key, _ in each).items() if count > 1)
        return dict(each)

    with contextlib.suppress(ValueError, RecursionError):
        json.loads(line, object_pairs_hook=pairs)
    return found


def fault_of(error: ValueError) -> str:
    """Return what is wrong with a line that is no JSON, and near what."""
    if not isinstance(error, json.JSONDecodeError):
        return f"no JSON: {error}"
    near = error.doc[max(0, error.pos - 10) : error.pos + 20].strip()
    what = error.msg[:1].lower() + error.msg[1:]
    return f"no JSON: {what} at character {error.pos + 1:,}, near {near!r}"


_MISSING = object()


def _field(value: dict[str, object], path: str, default: object = None) -> object:
    """Return a field, or one in the objects that a path with dots leads to."""
    if path in value:
        return value[path]
    first, dot, rest = path.partition(".")
    while dot:
        inner = value.get(first)
        if isinstance(inner, dict):
            found = _field(inner, rest, _MISSING)
            if found is not _MISSING:
                return found
        more, dot, rest = rest.partition(".")
        first += f".{more}"
    return default


def refuse_two_ways(names: Iterable[str], name: str) -> None:
    """Refuse a table in which a field with dots in its name is also one in an object.

    Args:
        names: such fields, as ``review.text`` beside an object ``review`` with a field ``text``.
        name: of the table.

    Raises:
        DataError: there is such a field.
    """
    both = min(names, default=None)
    if both is not None:
        outer, _, inner = both.rpartition(".")
        raise DataError(
            f"{name} has a field {both!r}, and a field {inner!r} in {outer!r}, too",
            hint="rename one of them, so that it is clear which is meant",
        )


def _paths(value: dict[str, object], before: str = "", depth: int = 0) -> Iterator[str]:
    """Yield the paths to what stands in objects in an object."""
    for name, each in value.items():
        if isinstance(each, dict) and depth < _DEPTH:
            yield from _paths(each, f"{before}{name}.", depth + 1)
        elif before:
            yield before + name


def _text(value: dict[str, object], columns: Sequence[str]) -> tuple[str | None, str | None]:
    """Return the text of a row, and what is wrong with it; of several fields, null ones are left out."""
    parts = []
    for column in columns:
        part = value.get(column, _MISSING)
        if part is _MISSING and "." in column:
            part = _field(value, column, _MISSING)
        if isinstance(part, str):
            parts.append(part)
        elif part is _MISSING and len(columns) == 1:
            return None, f"there is no field {column!r}"
        elif (part is not None and part is not _MISSING) or len(columns) == 1:
            return None, f"no text but {_kind(part)}" + (f" in {column!r}" if len(columns) > 1 else "")
    if len(columns) == 1:
        return parts[0], None
    return (joined(parts), None) if parts else (None, "no text but null in all columns")


def _kind(value: object) -> str:
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true or false"
    return {int: "a number", float: "a number", list: "a list", dict: "an object"}.get(type(value), "?")


def _opened(line: str, *, is_empty: bool) -> Halves:
    """Return an object's line as two halves around the place for more fields."""
    body = line.rstrip(_SPACE)
    inside = body.removesuffix(",")[:-1].rstrip(_SPACE)
    return inside + ("" if is_empty else ", "), "}" + (line[len(body) :] or "\n")


def _bad(line: str, error: str | None) -> Row[Halves]:
    halves = _wrapped(line)
    return Row(None, halves, error, sys.getsizeof(halves[1]))


def _wrapped(line: str) -> Halves:
    whole = json.dumps(line.rstrip("\r\n"))
    return "{", f', "{INPUT}": {whole}}}\n'
