"""Records of a delimited text: their cells, and their own signs, to the last one."""

from __future__ import annotations

import csv
import re
import sys
from collections import deque
from collections.abc import Iterator
from functools import lru_cache

from opinia.errors import DataError
from opinia.tables.dialect import NO_QUOTE, ONE_COLUMN, Dialect
from opinia.tables.limits import LARGE, MAX_CELLS, MAX_RECORD, too_large

Parsed = tuple[list[str], str, str | None, int]
"""The cells of a record, all its signs with the line end, what is wrong with its quotes, or None, and the
number of the line where it begins, from 1."""

OPEN = "a quote is never closed: all that follows it stands in this row"
UNCLOSED = "a quote is never closed: the rows behind it are read by themselves"
LOOSE = "a quote within a cell in quotes is not marked: --quoting says how they are"
MERGED = "a quote that is closed many lines on: rows may be merged; --quoting none takes quotes as they are"

_ESCAPES = {"n": "\n", "t": "\t", "r": "\r", "0": "\0"}
_ESCAPED = re.compile(r"\\(.)", re.DOTALL)


def read_records(lines: Iterator[str], dialect: Dialect, *, name: str, width: int = 0) -> Iterator[Parsed]:
    """Yield the records of a text; a line without anything in it is none.

    A record whose quotes are wrong ends with its first line, and the next line begins another: no quote takes
    the rows behind it along. One that is never closed does so only where the lines behind it are no rows.

    Args:
        lines: with their ends.
        dialect: how the text is written.
        name: of the table, for messages.
        width: how many cells its rows have; 0 where that is not known yet, or not to be made use of.

    Raises:
        DataError: a record is too large to be held.
        csv.Error: it cannot be read.
    """
    # A property of the whole process, with no other way to set it.
    csv.field_size_limit(MAX_RECORD)
    delimiter = dialect.delimiter or ONE_COLUMN
    consumed: list[str] = []
    again: deque[str] = deque()
    ended = False
    row = held = separators = taken = begins = 0

    def physical_lines() -> Iterator[str]:
        nonlocal ended, held, separators, taken, begins
        while True:
            line = again.popleft() if again else next(lines, None)
            if line is None:
                ended = True
                return
            taken += 1
            if not consumed:
                held = separators = 0
                begins = taken
            consumed.append(line)
            held += sys.getsizeof(line)
            if held > MAX_RECORD:
                raise too_large(f"row {row:,}", name, hint="is a quote never closed?")
            if held > LARGE:
                separators += line.count(delimiter)
                if separators > MAX_CELLS:
                    raise DataError(f"row {row:,} of {name} has more than {MAX_CELLS:,} cells")
            yield line

    reader = csv.reader(physical_lines(), **dialect.parameters())
    has_escapes = dialect.quoting == "backslash"
    while True:
        try:
            for cells in reader:
                raw = consumed[0] if len(consumed) == 1 else "".join(consumed)
                fault = None
                if len(consumed) > 1 and dialect.is_wary and _may_be_merged(consumed, delimiter, len(cells)):
                    again.extendleft(reversed(consumed[1:]))
                    taken -= len(consumed) - 1
                    raw, fault = consumed[0], MERGED
                    cells = raw_cells(raw.rstrip("\r\n"), dialect)
                elif has_escapes and "\\" in raw:
                    cells = [value_of(cell, dialect) for cell in raw_cells(raw.rstrip("\r\n"), dialect)]
                consumed.clear()
                if cells:
                    row += 1
                    yield cells, raw, fault, begins
            return
        except csv.Error:
            # Only a record whose quote is open asks for a line behind the last.
            if ended:
                if not consumed:
                    return
                raw, fault = "".join(consumed), OPEN
                if _are_rows(consumed[1:], dialect, width):
                    raw, fault, ended = consumed[0], UNCLOSED, False
                    again.extend(consumed[1:])
                    taken -= len(consumed) - 1
                    reader = csv.reader(physical_lines(), **dialect.parameters())
            elif not _is_loose(sys.exc_info()[1]):
                raise
            else:
                again.extendleft(reversed(consumed[1:]))
                taken -= len(consumed) - 1
                raw, fault = consumed[0], LOOSE
            consumed.clear()
            row += 1
            yield raw_cells(raw.rstrip("\r\n"), dialect), raw, fault, begins
            if ended:
                return


def _is_loose(error: BaseException | None) -> bool:
    return "expected after" in str(error)


def _are_rows(lines: list[str], dialect: Dialect, width: int) -> bool:
    """Say whether nearly all lines have, each by itself, as many cells as the rows of the table."""
    if width < 2 or not lines:
        return False
    parameters = dialect.parameters()

    def is_row(line: str) -> bool:
        try:
            return len(next(csv.reader([line], **parameters), [])) == width
        except csv.Error:
            return False

    return sum(map(is_row, lines)) >= 0.9 * len(lines)


def _may_be_merged(lines: list[str], delimiter: str, width: int) -> bool:
    """Say whether each line of a record has as many cells as the record: hardly a text of many lines."""
    return width > 1 and all(line.count(delimiter) == width - 1 for line in lines)


def rejoined(line: str, sign: str) -> str:
    """Return a line as it was before a program took it for cells with another sign between, and saved them.

    Args:
        line: with its end.
        sign: at which that program cuts rows; what it put behind the last cell is left out.

    Example:
        >>> rejoined('"1,""Dull, far too long"",0";', ";")
        '1,"Dull, far too long",0'
    """
    body = line.rstrip("\r\n")
    if body[:1] != '"' and not (body.endswith(sign) or f'{sign}"' in body):
        return line
    try:
        cells = next(csv.reader([body], delimiter=sign, strict=True), [])
    except csv.Error:
        return line
    while cells and not cells[-1]:
        cells.pop()
    return sign.join(cells) + line[len(body) :]


def raw_cells(body: str, dialect: Dialect) -> list[str]:
    """Return the cells of a record with their quotes and escapes, as they stand there; joined, they are it.

    Args:
        body: the record without its line end.
        dialect: how it is written.
    """
    delimiter = dialect.delimiter or ONE_COLUMN
    if dialect.quoting == "none":
        return body.split(delimiter)
    cell = _pattern(
        delimiter, dialect.quote, has_escapes=bool(dialect.escape), has_blanks=dialect.skips_space
    )
    cells, place = [], 0
    while True:
        found = cell.match(body, place)
        assert found is not None  # noqa: S101 - the pattern takes the empty string
        cells.append(found[0])
        place = found.end() + 1
        if found.end() >= len(body):
            return cells


@lru_cache(16)
def _pattern(delimiter: str, quote: str, *, has_escapes: bool, has_blanks: bool) -> re.Pattern[str]:
    sign, mark = re.escape(delimiter), re.escape(quote)
    escape = r"\\." if has_escapes else r"(?!)"
    plain = r"\\" if has_escapes else ""
    inside = f"(?:[^{mark}{plain}]+|{escape}|{mark}{mark})*+"
    outside = f"(?:[^{sign}{plain}]+|{escape})*+"
    blanks = " *+" if has_blanks else ""
    return re.compile(rf"{blanks}{mark}{inside}(?:{mark}|\\?$){outside}|{outside}\\?", re.DOTALL)


def value_of(raw: str, dialect: Dialect) -> str:
    """Return what a cell means that is written with backslashes: without its quotes and escapes."""
    mark = dialect.quote
    plain = raw.lstrip(" ") if dialect.skips_space else raw
    if len(plain) > 1 and plain.startswith(mark) and plain.endswith(mark):
        plain = plain[1:-1].replace(mark * 2, mark)
    elif plain == "\\N":  # how MySQL and PostgreSQL write that there is nothing
        return ""
    return _ESCAPED.sub(lambda found: _ESCAPES.get(found[1], found[1]), plain)


def quoted(text: str, dialect: Dialect) -> str:
    """Return a cell as the dialect writes it, in quotes where it needs them.

    Raises:
        DataError: the dialect has no quotes, and the cell would need them.
    """
    sign, mark = dialect.delimiter or ONE_COLUMN, dialect.quote
    if dialect.quoting == "none":
        if sign in text or "\n" in text or "\r" in text:
            raise DataError(
                f"without quotes no cell can hold {text[:60]!r}: it has what ends a cell, or a line end",
                hint="--quoting double, if the table is so",
            )
        return text
    if mark == NO_QUOTE:
        for letter, written in (("\\", "\\\\"), (sign, "\\" + sign), ("\n", "\\n"), ("\r", "\\r")):
            text = text.replace(letter, written)
        return text
    if dialect.escape and any(letter in text for letter in (sign, mark, "\n", "\r", "\\")):
        return mark + text.replace("\\", "\\\\").replace(mark, "\\" + mark) + mark
    if sign in text or mark in text or "\n" in text or "\r" in text:
        return mark + text.replace(mark, mark * 2) + mark
    return mark + text + mark if dialect.skips_space and text.startswith(" ") else text
