"""What a dialect makes of the beginning of a text: its records, how even they are, and values in them."""

from __future__ import annotations

import contextlib
import csv
import io
import itertools
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

from opinia.errors import DataError
from opinia.tables.column_names import HEADERS, plain_name
from opinia.tables.columns import DATE
from opinia.tables.dialect import NO_QUOTE, ONE_COLUMN, QUOTINGS, Dialect, Quoting, Told
from opinia.tables.limits import LARGE, MAX_RECORD
from opinia.tables.records import MERGED, OPEN, raw_cells, read_records

SNIFFED = 1 << 20
"""Bytes of a table that are looked at."""
RECORDS = 1000
"""Records of them."""
USUAL = (",", ";", "\t", "|")
RARE = ("^", "~", "\x01", "\x1f", "\x1e", "¦", "§", ":", "#", "@", "=", "!", "*", "/", "&", "+")
_NUMBER = re.compile(r"[+-]?(?:\d[\d ,.]*%?|\d*[.,]\d+)(?:e[+-]?\d+)?", re.IGNORECASE)
_DATE = re.compile(
    r"\d{1,4}[-./]\d{1,2}[-./]\d{1,4}"
    r"(?:[T ][\d:.]+(?:Z|[+-]\d\d:?\d\d)?(?: ?[AP]M)?(?: [A-Z]{2,5}(?:[+-]\d+)?)?)?"
    r"|\d{1,2}:\d\d(?::\d\d)?"
)
HEAD = 40
"""Lines that mostly show that a dialect is not that of a text."""
_LONGEST = 100
"""Characters of a number or a date at most."""
EMPTY = frozenset(("", "null", "nan", "na", "n/a", "none", "\\n", "-"))
VALUES = frozenset(
    ("positive", "negative", "neutral", "pos", "neg", "true", "false", "pozytywna", "negatywna", "pozytywny")
    + ("negatywny", "pozytywne", "negatywne", "yes", "no", "tak", "nie")
)
"""Words that are labels and hardly name a column."""
TRUTHS = frozenset(("true", "false", "yes", "no", "tak", "nie", "prawda", "fałsz", "y", "n", "t", "f"))
NUMBERS = frozenset(("id", "nr", "lp", "no", "index", "number", "key", "rowid", "row", "pk"))
"""Names of columns that number the rows."""
_WHOLE = re.compile(r'"(?:[^"\\]|""|\\.)*"|NA|[\w.+-]*', re.DOTALL)
"""A cell as R writes it: no sign between cells can be in it that is not marked."""


@dataclass(frozen=True)
class Reading:
    """What a dialect makes of the beginning of a text.

    Args:
        dialect: the dialect, its header not found yet.
        records: the cells of each record.
        lines: of each record, how many.
        faults: what is wrong with the quotes of each.
        raws: their own signs.
    """

    dialect: Dialect
    records: list[list[str]]
    lines: list[int]
    faults: list[str | None]
    raws: list[str] = field(default_factory=list)

    @cached_property
    def width(self) -> int:
        """The number of cells that most records have; of two as frequent, the first."""
        return Counter(map(len, self.records)).most_common(1)[0][0] if self.records else 0

    @cached_property
    def quality(self) -> float:
        """The fraction of lines in records of the usual number of cells with right quotes, from 0 to 1."""
        good = sum(
            lines
            for cells, lines, fault in zip(self.records, self.lines, self.faults, strict=True)
            if fault is None and len(cells) == self.width
        )
        if self.records and self.faults[0] is None and self.is_short:
            good += self.lines[0]
        return good / max(1, sum(self.lines))

    @cached_property
    def is_short(self) -> bool:
        """Whether the first record is a header as R writes it: without a name for that of the rows.

        An unquoted comma in each text would look the same, so there must be signs of R.
        """
        first, body = self.records[0], self.records[1:]
        if not body or not all(first) or any(len(cells) != len(first) + 1 for cells in body):
            return False
        rows = [cells[0] for cells in body]
        if len(set(rows)) < len(rows):
            return False
        raws = [raw_cells(raw.rstrip("\r\n"), self.dialect) for raw in self.raws[1:]]
        is_quoted = bool(raws) and all(cells[0][:1] == '"' for cells in raws)
        if is_quoted and all(_WHOLE.fullmatch(cell) is not None for cells in raws for cell in cells):
            return True
        if not any(cells[-1] for cells in body):
            return False  # a sign that stands behind each row
        if self.dialect.delimiter in ("\t", " "):
            return True
        is_counted = not is_quoted and len(rows) > 2 and rows == list(map(str, range(1, len(rows) + 1)))
        return is_counted and plain_name(first[0]) not in NUMBERS and not is_prose(self)

    @property
    def is_clean(self) -> bool:
        """Whether all records have as many cells and quotes as they should."""
        return bool(self.records) and self.quality == 1.0

    @property
    def is_long(self) -> bool:
        """Whether a record has several lines."""
        return any(lines > 1 for lines in self.lines)

    @property
    def names(self) -> int:
        """How many cells of the first record are names that columns have."""
        return sum(plain_name(cell) in HEADERS for cell in self.records[0]) if self.records else 0


@dataclass
class Beginning:
    """The first lines of a text.

    Args:
        text: its first characters.
        is_whole: whether these are all.
        name: of the table, for messages.
        kind: ``"csv"`` or ``"tsv"``, as its name says.
        told: what a person says of it.
    """

    text: str
    is_whole: bool
    name: str
    kind: str
    told: Told = field(default_factory=Told)
    readings: dict[Any, tuple[list[str], Reading]] = field(default_factory=dict, repr=False)
    """What dialects made of lines so far."""


def newline_of(text: str) -> str | None:
    """Return what ends the first line of a text; None where it has one line without an end."""
    found = re.search(r"\r\n|\n|\r", text)
    return found[0] if found else None


def lines_of(text: str, newline: str) -> list[str]:
    """Return the lines with their ends, as Python's universal newlines have them."""
    return io.StringIO(text, newline="").readlines() if newline else [text]


def _count_lines(raw: str) -> int:
    """Return how many lines :func:`lines_of` would return."""
    ends = raw.count("\n") + raw.count("\r") - raw.count("\r\n")
    return ends + (raw[-1:] not in ("\n", "\r", ""))


def readings_of(lines: list[str], base: Dialect, told: Told, found: Beginning) -> list[Reading]:
    """Return what each possible dialect makes of the lines."""
    first = next(line for line in lines if line.strip("\r\n"))
    text = "".join(lines)
    if told.delimiter is not None:
        signs: list[str] = [told.delimiter]
    else:
        signs = [sign for sign in USUAL if sign in first or sign in text]
        usual = "\t" if found.kind == "tsv" else ","
        signs = [usual, *(sign for sign in signs if sign != usual)]
        signs += [sign for sign in RARE if sign in first]
        signs += [" "] if '"' in first and '" ' in first else []
        signs.append(ONE_COLUMN)
    made = []
    has_gaps = told.quoting in (None, "backslash") and "\\N" in text
    for sign in signs:
        quotings: list[Quoting] = ["double"]
        if told.quoting is not None:
            quotings = [quoting for quoting in QUOTINGS if quoting == told.quoting]
        elif '"' in text or "\\" in text:
            quotings = ["double", "none"]
            quotings += ["backslash"] if '\\"' in text or f"\\{sign}" in text else []
        if has_gaps and re.search(rf"(?:^|{re.escape(sign)})\\N(?:{re.escape(sign)}|$)", text, re.MULTILINE):
            # How databases write that there is nothing, and then they quote nothing.
            made.append(
                read_with(lines, replace(base, delimiter=sign, quoting="backslash", quote=NO_QUOTE), found)
            )
        for quoting in quotings:
            # Texts hardly have tabs, so lines that could each be a row are hardly one text.
            is_wary = sign == "\t" and quoting != "none"
            dialect = replace(base, delimiter=sign, quoting=quoting, is_wary=is_wary)
            made.append(read_with(lines, dialect, found))
            if is_wary and not made[-1].is_clean:
                trusting = replace(dialect, is_wary=False)
                is_same = MERGED not in made[-1].faults
                made.append(
                    replace(made[-1], dialect=trusting) if is_same else read_with(lines, trusting, found)
                )
            if quoting == "double" and not made[-1].is_clean:
                spaced = replace(base, delimiter=sign, skips_space=True)
                if f'{sign} "' in text:
                    made.append(read_with(lines, spaced, found))
                if f"'{sign}" in text or f"{sign}'" in text:
                    made.append(read_with(lines, replace(base, delimiter=sign, quote="'"), found))
    return made


def read_with(lines: list[str], dialect: Dialect, found: Beginning) -> Reading:
    """Return what a dialect makes of some lines, read once where several questions ask for it."""
    cells = dialect.delimiter, dialect.quoting, dialect.quote, dialect.skips_space, dialect.is_wary
    known = found.readings.get((id(lines), cells))
    if known is not None and known[0] is lines:
        return replace(known[1], dialect=dialect)
    made = _read_lines(lines, dialect) or _read_records(lines, dialect, found)
    found.readings[id(lines), cells] = lines, made  # which keeps the list, and so its number, from another
    return made


def clean_with(lines: list[str], dialect: Dialect, found: Beginning) -> Reading | None:
    """Return what a dialect makes of some lines if that is clean, else None; mostly the first ones tell."""
    if _is_uneven(_read_head(lines, dialect, found)):
        return None
    made = read_with(lines, dialect, found)
    return made if made.is_clean else None


def is_no_table(head: list[str], dialect: Dialect, found: Beginning) -> bool:
    """Tell whether the first of some lines show that these are unclean or one column, without names above."""
    made = _read_head(head, dialect, found)
    is_column = len(made.records) > 2 and len(made.records[0]) == len(made.records[1]) == 1
    return made.names < 2 and (is_column or _is_uneven(made))


def _read_head(lines: list[str], dialect: Dialect, found: Beginning) -> Reading:
    head = lines[:HEAD]
    return _read_lines(head, dialect) or _read_records(head, dialect, found)


def _is_uneven(head: Reading) -> bool:
    """Say whether the first lines show that not all records are clean.

    Their last record may go on further down, and a header may have one cell less.
    """
    return any(head.faults[:-1]) or len(set(map(len, head.records[1:-1]))) > 1


def _read_lines(lines: list[str], dialect: Dialect) -> Reading | None:
    """Return the same, faster, where each line is a record with right quotes; None elsewhere."""
    head = lines[:RECORDS]
    if dialect.escape or not head or max(map(len, head)) > LARGE // 8:
        return None
    csv.field_size_limit(MAX_RECORD)
    reader = csv.reader(head, **dialect.parameters())
    try:
        records = list(itertools.islice(reader, HEAD))
        if reader.line_num != len(records):
            return None  # soon, as mostly
        records += reader
    except csv.Error:
        return None
    if len(records) != len(head) or not all(records):
        return None
    return Reading(dialect, records, [1] * len(records), [None] * len(records), head)


def _read_records(lines: list[str], dialect: Dialect, found: Beginning) -> Reading:
    records, counts, faults, raws = [], [], [], []
    read = read_records(iter(lines), dialect, name=found.name)
    with contextlib.suppress(DataError, csv.Error):
        for cells, raw, fault, _ in itertools.islice(read, RECORDS):
            count = _count_lines(raw)
            if fault == OPEN and not found.is_whole and count * 4 < len(lines):
                break  # where the beginning ends, not the text
            records.append(cells)
            counts.append(count)
            faults.append(fault)
            raws.append(raw)
    return Reading(dialect, records, counts, faults, raws)


def value_columns(reading: Reading) -> int:
    """Return how many columns have nothing but numbers, dates or words of labels, perhaps below a header."""
    return max(
        (_value_columns_of(rows) for rows in (reading.records, reading.records[1:]) if len(rows) > 1),
        default=0,
    )


def _value_columns_of(rows: Iterable[Sequence[str]]) -> int:
    """Return how many columns of some rows have nothing but numbers, dates or words of labels."""
    return sum(
        all(is_value(cell) or cell.strip().casefold() in VALUES | TRUTHS for cell in column)
        for column in zip(*rows, strict=False)
    )


def is_prose(reading: Reading) -> bool:
    """Say whether cells begin with a blank, as behind a comma in a sentence."""
    if reading.dialect.skips_space:
        return False
    cells = [cell for cells in reading.records for cell in cells[1:] if cell]
    return sum(cell[:1] == " " for cell in cells) * 2 >= len(cells) > 0


def is_value(cell: str) -> bool:
    """Say whether a cell is a number, a date or a time."""
    stripped = cell.strip()
    return len(stripped) <= _LONGEST and any(
        each.fullmatch(stripped) is not None for each in (_NUMBER, _DATE, DATE)
    )
