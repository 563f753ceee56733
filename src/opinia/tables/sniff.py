"""Finding the dialect of a delimited text in its beginning, or refusing to guess.

A delimiter is one that gives every record the same number of cells; a header is a first record unlike the
others, by the kinds and lengths of its cells. Where two readings are as good and differ, a person must say.
"""

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
from opinia.tables.cell_text import is_placeholder
from opinia.tables.column_names import HEADERS, TEXTS, plain_name
from opinia.tables.columns import DATE, unique_names
from opinia.tables.dialect import NO_QUOTE, ONE_COLUMN, QUOTINGS, Dialect, Header, Quoting, Told
from opinia.tables.labels.words import COUNTED, polarity_of, rating_of
from opinia.tables.limits import LARGE, MAX_RECORD
from opinia.tables.records import OPEN, raw_cells, read_records, rejoined
from opinia.tables.refused_lines import refuse_labels

SNIFFED = 1 << 20
"""Bytes of a table that are looked at."""
RECORDS = 1000
"""Records of them."""

_USUAL = (",", ";", "\t", "|")
_RARE = ("^", "~", "\x01", "\x1f", "\x1e", "¦", "§", ":", "#", "@", "=", "!", "*", "/", "&", "+")
_PARTS = re.compile(r"[^\w ]+|\s{2,}")
_FIRST = 1 << 16
_MOSTLY = 0.9
"""Share of lines that must be right where names of columns speak for a reading, too."""
_UNDECODED = re.compile("[\udc80-\udcff]")
"""Bytes that are no letters in the encoding, as ``surrogateescape`` keeps them."""
_SEP = re.compile(r'"?sep=([^"\r\n\\a-z0-9])"?\r?\n?', re.IGNORECASE)
_NUMBER = re.compile(r"[+-]?(?:\d[\d ,.]*%?|\d*[.,]\d+)(?:e[+-]?\d+)?", re.IGNORECASE)
_DATE = re.compile(
    r"\d{1,4}[-./]\d{1,2}[-./]\d{1,4}"
    r"(?:[T ][\d:.]+(?:Z|[+-]\d\d:?\d\d)?(?: ?[AP]M)?(?: [A-Z]{2,5}(?:[+-]\d+)?)?)?"
    r"|\d{1,2}:\d\d(?::\d\d)?"
)
_LONGEST = 100
"""Characters of a number or a date at most."""
_SENTENCE_END = re.compile(r"[.!?…][\"”’)]*$")
_NAME = re.compile(r"[\w .:/()#&+*-]+\??")
"""What a name of a column is made of, where nothing else is known of it."""
_EMPTY = frozenset(("", "null", "nan", "na", "n/a", "none", "\\n", "-"))
_VALUES = frozenset(
    ("positive", "negative", "neutral", "pos", "neg", "true", "false", "pozytywna", "negatywna", "pozytywny")
    + ("negatywny", "pozytywne", "negatywne", "yes", "no", "tak", "nie")
)
"""Words that are labels and hardly name a column."""
_TRUTHS = frozenset(("true", "false", "yes", "no", "tak", "nie", "prawda", "fałsz", "y", "n", "t", "f"))
_NUMBERS = frozenset(("id", "nr", "lp", "no", "index", "number", "key", "rowid", "row", "pk"))
"""Names of columns that number the rows."""
_FEW = 4
"""Rows below a first one from which even one sign of a header is believed."""
_ABOVE = 20
"""Lines that may stand above a header."""
_WHOLE = re.compile(r'"(?:[^"\\]|""|\\.)*"|NA|[\w.+-]*', re.DOTALL)
"""A cell as R writes it: no sign between cells can be in it that is not marked."""
_ROWS_OF_R = "row.names"


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
        return is_counted and plain_name(first[0]) not in _NUMBERS and not _is_prose(self)

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


def find_dialect(found: Beginning, *, encoding: str, is_guess: bool) -> tuple[Dialect, tuple[str, ...]]:
    """Return the dialect of a delimited text, and the names of its columns.

    Args:
        found: its beginning.
        encoding: of the text.
        is_guess: whether that was guessed.

    Raises:
        DataError: it is empty, or there are readings between which nothing decides.
    """
    text, told = found.text.removeprefix("\ufeff"), found.told
    preamble = found.text[: len(found.text) - len(text)]
    while (separator := _SEP.match(text)) is not None:  # of tables put one behind the other, perhaps twice
        if separator.end() < len(text) and not separator[0].endswith(("\n", "\r")):
            break
        preamble += separator[0]
        text = text[separator.end() :]
        if told.delimiter is None:
            told = replace(told, delimiter=separator[1])
    newline = _newline(preamble) or _newline(text)
    start = text[:_FIRST]  # further on, bytes that were damaged may look like line ends
    returns, feeds = len(re.findall(r"\r(?!\n)", start)), len(re.findall(r"(?<!\r)\n", start))
    if '"' not in start and min(returns, feeds) > 1 and 4 * min(returns, feeds) >= max(returns, feeds):
        raise DataError(
            f"some lines of {found.name} end with a carriage return and some with a line feed",
            hint="no quotes say which of them end a row: write it with one kind of line end",
        )
    if newline == "\r" and "\r\r\n" in text:
        raise DataError(
            f"the lines of {found.name} end with two carriage returns and a line feed",
            hint="they were turned twice when it was written (in Python: open it with newline='')",
        )
    lines = text.splitlines(keepends=True) if newline is None else _lines(text, newline)
    if not found.is_whole:
        if len(lines) == 1:
            raise DataError(
                f"{found.name} names no columns: its first line is longer than {len(text):,} characters",
                hint="the first line of a table names the columns, or is a row like those below it",
            )
        lines = lines[:-1]
    if not any(line.strip("\r\n") for line in lines):
        raise DataError(
            f"{found.name} is empty or no {found.kind.upper()}: it has not even a header",
            hint="the first line names the columns",
        )
    _refuse_drawn([line for line in lines[:6] if line.strip()], found.name)
    base = Dialect(encoding=encoding, newline=newline or "\n")
    wrapping = _wrapping(lines, base, told, found)
    if wrapping:
        base = replace(base, wrapping=wrapping)
        lines = [rejoined(line, wrapping) for line in lines]
        found = replace(found, text="".join(lines), readings={})
    above, sign = _above(lines, base, told, found)
    if above:
        told = replace(told, delimiter=sign)
    preamble += "".join(lines[:above])
    lines = lines[above:] if above else lines
    base = replace(base, preamble=preamble)
    reading = _choose(_readings(lines, base, told, found), found, told)
    if reading.faults[0] is not None:
        raise DataError(
            f"{found.name} is empty or no {found.kind.upper()}: the quotes of its header are never closed",
            hint="--quoting none takes quotes as they are",
        )
    header, is_header_guess = _header(reading, told, found)
    is_told = bool(told.names) and set(told.names) <= set(reading.records[0])  # the others are not looked at
    if header != "none" and not is_told and any(map(_UNDECODED.search, reading.records[0])):
        raise DataError(
            f"the names of the columns of {found.name} are not {encoding}",
            hint="--encoding names the encoding of the file, such as gb18030 or cp1250",
        )
    guesses = {"encoding"} if is_guess else set()
    guesses |= {"header"} if is_header_guess else set()
    if reading.width == 1 and told.delimiter is None:
        alone = [cells[0] for cells in reading.records if len(cells) == 1]
        refuse_labels(alone, found.name)
        for sign in _USUAL:
            cut = replace(base, delimiter=sign)
            if _have_values(alone, sign) or _are_rows_in_quotes(reading.raws, cut, ONE_COLUMN):
                raise _undecided(found, [replace(reading, dialect=cut), reading])
    more = _header_goes_on(reading) if header == "line" else 0
    dialect = replace(reading.dialect, header=header, guesses=frozenset(guesses), more=more)
    return dialect, columns_of(reading.records[0], dialect, reading.width)


def columns_of(first: Sequence[str], dialect: Dialect, width: int) -> tuple[str, ...]:
    """Return the names of the columns; without a header they are numbers from 1, and none is there twice."""
    if dialect.header == "none":
        return tuple(map(str, range(1, width + 1)))
    names = [cell.strip("\ufeff") for cell in first]
    if dialect.header == "short":
        rows = _ROWS_OF_R
        while rows in names:
            rows += "_"
        names.insert(0, rows)
    return unique_names(names)


def _newline(text: str) -> str | None:
    found = re.search(r"\r\n|\n|\r", text)
    return found[0] if found else None


def _lines(text: str, newline: str) -> list[str]:
    """Return the lines with their ends, as Python's universal newlines have them."""
    return io.StringIO(text, newline="").readlines() if newline else [text]


def _count_lines(raw: str) -> int:
    """Return how many lines :func:`_lines` would return."""
    ends = raw.count("\n") + raw.count("\r") - raw.count("\r\n")
    return ends + (raw[-1:] not in ("\n", "\r", ""))


def _readings(lines: list[str], base: Dialect, told: Told, found: Beginning) -> list[Reading]:
    """Return what each possible dialect makes of the lines."""
    first = next(line for line in lines if line.strip("\r\n"))
    text = "".join(lines)
    if told.delimiter is not None:
        signs: list[str] = [told.delimiter]
    else:
        signs = [sign for sign in _USUAL if sign in first or sign in text]
        usual = "\t" if found.kind == "tsv" else ","
        signs = [usual, *(sign for sign in signs if sign != usual)]
        signs += [sign for sign in _RARE if sign in first]
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
                _read(lines, replace(base, delimiter=sign, quoting="backslash", quote=NO_QUOTE), found)
            )
        for quoting in quotings:
            # Texts hardly have tabs, so lines that could each be a row are hardly one text.
            is_wary = sign == "\t" and quoting != "none"
            dialect = replace(base, delimiter=sign, quoting=quoting, is_wary=is_wary)
            made.append(_read(lines, dialect, found))
            if is_wary and not made[-1].is_clean:
                made.append(_read(lines, replace(dialect, is_wary=False), found))
            if quoting == "double" and not made[-1].is_clean:
                spaced = replace(base, delimiter=sign, skips_space=True)
                if f'{sign} "' in text:
                    made.append(_read(lines, spaced, found))
                if f"'{sign}" in text or f"{sign}'" in text:
                    made.append(_read(lines, replace(base, delimiter=sign, quote="'"), found))
    return made


def _read(lines: list[str], dialect: Dialect, found: Beginning) -> Reading:
    """Return what a dialect makes of some lines, read once where several questions ask for it."""
    cells = dialect.delimiter, dialect.quoting, dialect.quote, dialect.skips_space, dialect.is_wary
    known = found.readings.get((id(lines), cells))
    if known is not None and known[0] is lines:
        return replace(known[1], dialect=dialect)
    made = _read_lines(lines, dialect) or _read_records(lines, dialect, found)
    found.readings[id(lines), cells] = lines, made  # which keeps the list, and so its number, from another
    return made


def _read_lines(lines: list[str], dialect: Dialect) -> Reading | None:
    """Return the same, faster, where each line is a record with right quotes; None elsewhere."""
    head = lines[:RECORDS]
    if dialect.escape or not head or max(map(len, head)) > LARGE // 8:
        return None
    csv.field_size_limit(MAX_RECORD)
    reader = csv.reader(head, **dialect.parameters())
    try:
        records = list(reader)
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


def _header_goes_on(reading: Reading) -> int:
    """Return how many records below the header belong to it, as survey programs write them: at most two.

    Such a record has words, or nothing, in all columns that have numbers or dates further on.
    """
    body = [cells for cells in reading.records[1:] if len(cells) == reading.width]
    if len(body) < 4 or len(reading.records[1]) != reading.width:
        return 0
    later = [[cells[place].strip() for cells in body[2:]] for place in range(reading.width)]
    typed = []
    for place, column in enumerate(later):
        there = [each for each in column if each.lower() not in _EMPTY]
        if there and all(map(_is_value, there)):
            typed.append(place)
    count = 0
    for cells in body[:2]:
        words = [cells[place].strip() for place in typed if cells[place].strip()]
        is_header = words and not any(_is_value(each) or is_placeholder(each) for each in words)
        if len(typed) < 2 or not is_header:
            break
        count += 1
    return count


_DRAWN = frozenset("-=+|:,; \t")
"""What lines between rows are drawn with."""


def _refuse_drawn(lines: Sequence[str], name: str) -> None:
    """Refuse a table whose columns are drawn with dashes and bars, as terminals show them.

    Raises:
        DataError: one of the first lines is of dashes and their crossings.
    """
    if len(lines) > 2 and any(map(_is_drawn, lines[:4])):
        raise DataError(
            f"{name} is a table drawn with dashes and bars, as terminals and Markdown have it",
            hint="export it as CSV: psql --csv, mysql --batch, or sqlite3 -csv",
        )


def _is_drawn(line: str) -> bool:
    signs = set(line.rstrip("\r\n"))
    return signs <= _DRAWN and bool(signs & set("+|,;\t")) and ("--" in line or "==" in line)


def _without_end(reading: Reading) -> Reading:
    """Return a reading without the remarks, of one cell each, that stand below a table."""
    count = len(reading.records)
    while count > 2 and len(reading.records[count - 1]) == 1 < reading.width:
        count -= 1
    if count == len(reading.records) or len(reading.records) - count > min(5, count // 2):
        return reading
    parts = reading.records, reading.lines, reading.faults, reading.raws
    return Reading(reading.dialect, *(part[:count] for part in parts))  # type: ignore[arg-type]


def _above(lines: list[str], base: Dialect, told: Told, found: Beginning) -> tuple[int, str | None]:
    """Return how many lines of a title or of remarks stand above the header, and the sign between its cells.

    Each has fewer cells with something in them; below stand a header beyond doubt and rows of as many cells.
    """
    if told.header is False or told.delimiter == ONE_COLUMN:
        return 0, None
    for sign in [told.delimiter] if told.delimiter is not None else _USUAL:
        dialect = replace(base, delimiter=sign)
        heads = [_cells_of(line, dialect) for line in lines[: _ABOVE + 1]]
        if (
            not heads
            or "" not in (heads[0] or [""])
            and len(heads[0]) > 1
            and not heads[0][0].startswith("#")
        ):
            continue  # the first line is a whole record
        for place, cells in enumerate(heads):
            filled = sum(map(bool, cells))
            if not place or filled < 2 or filled < len(cells) - 1 or not all(cells[:filled]):
                continue
            is_odd = [sum(map(bool, each)) < filled or each[0].startswith("#") for each in heads[:place]]
            if not all(is_odd) or not any(map(any, heads[:place])):
                break
            below = _read(lines[place:], dialect, found)
            if below.width != len(cells) or below.quality < 0.9 or len(below.records) < 2:
                continue
            if not below.names or _is_prose(below) or any(set(cell) & set(_USUAL) for cell in cells):
                continue
            body = [each for each in below.records[1:] if len(each) == below.width]
            for_it, against = _votes(cells, body)
            if for_it >= 2 and for_it >= 2 * against:
                return (0, None) if _is_even(lines, base, found) else (place, sign)
    return 0, None


def _is_even(lines: list[str], base: Dialect, found: Beginning) -> bool:
    """Say whether all lines have as many cells with some sign between, all of them filled in the first."""
    for sign in _USUAL:
        whole = _read(lines, replace(base, delimiter=sign), found)
        if whole.width > 1 and whole.is_clean and all(whole.records[0]):
            return True
    return False


def _cells_of(line: str, dialect: Dialect) -> list[str]:
    """Return the cells of a line by itself."""
    with contextlib.suppress(csv.Error):
        return [
            cell.strip() for cell in next(csv.reader([line.rstrip("\r\n")], **dialect.parameters()), [""])
        ] or [""]
    return [line.strip()]


def _choose(readings: list[Reading], found: Beginning, told: Told) -> Reading:
    """Return the reading that is right, or refuse to choose."""
    by_sign: dict[str | None, list[Reading]] = {}
    for reading in readings:
        if reading.records:
            by_sign.setdefault(reading.dialect.delimiter, []).append(reading)
    best = [_bare(each) or _quoting(each, found) for each in by_sign.values()]
    if found.is_whole:
        best = list(map(_without_end, best))
    if not best:
        raise DataError(f"{found.name} has no row that can be read", hint="is this a table?")
    chosen = best[0] if told.delimiter is not None else _delimiter(best, found, told)
    if chosen.width >= 3 and all(not any(cells[1::2]) and len(cells) % 2 for cells in chosen.records):
        raise DataError(
            f"between the cells of {found.name} stand two signs, {2 * (chosen.dialect.delimiter or '')!r}",
            hint="opinia reads tables with one sign between cells",
        )
    return chosen


def _bare(readings: list[Reading]) -> Reading | None:
    """Return the reading without quotes, if it is there and right: no other, with cells in quotes, is."""
    bare = next((each for each in readings if each.dialect.quote == NO_QUOTE), None)
    if bare is not None:
        readings.remove(bare)
        rivals = [each for each in readings if each.is_clean and each.dialect.quoting != "none"]
        quoted = any(raw[:1] == each.dialect.quote for each in rivals for raw in _raws(each))
        if bare.is_clean and bare.width > 1 and not quoted:
            return bare
    return None


def _raws(reading: Reading) -> Iterable[str]:
    for raw in reading.raws:
        yield from raw_cells(raw.rstrip("\r\n"), reading.dialect)


def _quoting(readings: list[Reading], found: Beginning) -> Reading:
    """Return, of the readings with one delimiter, that with the right quoting."""
    usual = readings[0]
    if len(readings) == 1:
        return usual
    kinds = {(each.dialect.quoting, each.dialect.skips_space, each.dialect.quote): each for each in readings}
    plain_quotes = kinds[readings[0].dialect.quoting, False, '"']
    escaped = kinds.get(("backslash", False, '"'))
    none = kinds.get(("none", False, '"'))
    if usual.dialect.quoting != "double":
        return usual
    if usual.is_clean:
        if escaped is not None and escaped.is_clean and _all_escaped(found.text):
            return escaped
        if none is not None and none.is_clean and usual.is_long and none.width == usual.width > 1:
            if _breaks_kinds(none, usual):
                return usual
            raise DataError(
                f"in {found.name} a quote may hold several lines together, or mean nothing",
                hint="--quoting double or --quoting none says which",
            )
        return usual
    spaced, single = kinds.get(("double", True, '"')), kinds.get(("double", False, "'"))
    if none is not None and found.text.count('""') and any(map(_is_in_quotes, none.records, none.raws)):
        none = None  # a whole row is in quotes, with its own doubled: they mean something
    for reading in (escaped, spaced, none, plain_quotes, single):
        if reading is not None and reading.is_clean and (reading.width > 1 or reading is not none):
            return reading
    left = [each for each in readings if none is not None or each.dialect.quoting != "none"]
    return max(left, key=lambda each: (round(each.quality, 6), each is usual))


def _is_in_quotes(cells: Sequence[str], raw: str) -> bool:
    """Say whether quotes stand around a whole row: one opens in its first cell, and closes in its last."""
    body = raw.rstrip("\r\n")
    if len(body) > 1 and body[0] == body[-1] == '"' and _are_doubled(body[1:-1]):
        return True
    opens, closes = cells[0], cells[-1]
    return len(cells) > 1 and opens[:1] == '"' != opens[-1:] and closes[-1:] == '"' != closes[:1]


def _are_doubled(text: str) -> bool:
    """Say whether a line has quotes in it, and all by twos."""
    rest = text.replace('""', "")
    return '""' in text and not any(sign in rest for sign in '"\r\n')


def _all_escaped(text: str) -> bool:
    """Say whether every quote within a cell, and there are some, has a backslash before it."""
    text = text.removeprefix("\ufeff")
    return '\\"' in text and re.search(r"""[^\\,;\t|"\r\n]"[^,;\t|"\r\n]""", text) is None


def _breaks_kinds(reading: Reading, usual: Reading) -> bool:
    """Say whether a reading has words where another has numbers alone."""
    for place in range(usual.width):
        cells = [cells[place] for cells in usual.records[1:] if len(cells) == usual.width]
        if cells and all(map(_is_value, cells)):
            others = [cells[place] for cells in reading.records[1:] if len(cells) == usual.width]
            if not all(_is_value(cell) or cell.strip().lower() in _EMPTY for cell in others):
                return True
    return False


def _delimiter(readings: list[Reading], found: Beginning, told: Told) -> Reading:
    wanted = [name for name in told.names if not name.isdigit()]
    having = [each for each in readings if wanted and set(wanted) <= set(each.records[0])]
    readings = having or readings
    usual = readings[0]
    whole = usual.records[0]
    names = map(plain_name, _PARTS.split(whole[0])) if len(whole) == 1 else ()
    if not having and sum(name in HEADERS for name in names) > 1:
        readings = [each for each in readings if each.dialect.delimiter != ONE_COLUMN and each is not usual]
        if not any(len(each.records[0]) > 1 for each in readings):
            if _is_wrapped(usual):
                raise DataError(
                    f"each line of {found.name} is one cell in quotes, and a whole row stands in it",
                    hint="so Excel saves what it took for one column: take the outer quotes away, or import "
                    "the table anew with Data, From Text",
                )
            raise DataError(
                f"what stands between the cells of {found.name} is no single sign: {whole[0][:60]!r}",
                hint="opinia reads tables with one sign between cells",
            )
        usual = readings[0]
    one = next((each for each in readings if each.dialect.delimiter == ONE_COLUMN), None)
    clean = [
        each
        for each in readings
        if each.width > 1 and each.is_clean and _is_possible(each) and each.dialect.delimiter != ONE_COLUMN
    ]
    prose = [each for each in clean if not each.names and not having and _is_prose(each)]
    clean = [each for each in clean if each not in prose]
    if found.kind == "tsv" and usual in clean and usual.dialect.delimiter == "\t":
        return usual
    if clean:
        return _cleanest(clean, found)
    if prose and one is not None and usual.width > 1:
        raise _undecided(found, [prose[0], one])
    headed = [
        each
        for each in readings
        if len(each.records[0]) > 1 and each.dialect.delimiter in _USUAL and each.names
    ]
    _refuse_what_stands_before(readings, found)
    if usual.width == 1 and usual.is_clean and not headed:
        padded = [each for each in prose if any(not cells[-1] for cells in each.records)]
        if padded and one is not None:
            raise _undecided(found, [padded[0], one])
        return usual
    is_narrow = all(len(each.records[0]) == 1 for each in readings if each.dialect.delimiter in _USUAL)
    if is_narrow and one is not None and one.quality > 0:
        return one
    # Nothing fits every row: the names of columns decide, and the other rows are bad ones.
    headed.sort(key=lambda each: (each.names, each.quality), reverse=True)
    if headed and (len(headed) == 1 or headed[0].names > headed[1].names):
        return headed[0]
    several = [each for each in readings if len(each.records[0]) > 1 and each.dialect.delimiter in _USUAL]
    if (
        one is not None
        and several
        and all(map(_is_prose, several))
        and not any(each.names for each in several)
    ):
        return one
    fitting = [each for each in readings if each.width > 1 and each.quality >= 0.9 and not _is_prose(each)]
    fitting = [each for each in fitting if each.dialect.delimiter in _USUAL]
    if len(fitting) == 1:
        return fitting[0]
    if usual.names or (having and usual in having):
        return usual
    raise _undecided(found, [each for each in readings if len(each.records[0]) > 1 or each is one])


def _wrapping(lines: list[str], base: Dialect, told: Told, found: Beginning) -> str:
    """Return the sign at which Excel has cut a table anew, or nothing where it has not.

    It opens a table of commas as one column where it expects semicolons, and saves each row as a cell in
    quotes (:func:`opinia.tables.records.rejoined`). That is certain where the rows so made have cells of a
    table, and as the lines stand they have not.
    """
    if told.quoting not in (None, "double"):
        return ""
    for outer in (";", ",", "\t"):
        if not any(line[:1] == '"' or line.rstrip("\r\n").endswith(outer) for line in lines):
            continue
        made = [rejoined(line, outer) for line in lines]
        changed = [line for line, each in zip(lines, made, strict=True) if line != each]
        is_padded = bool(changed) and _is_padded(lines, replace(base, delimiter=outer), found)
        if not is_padded and not any('""' in line for line in changed) and len(changed) < len(lines):
            continue
        is_spilt = is_padded and _is_spilt(lines, replace(base, delimiter=outer), found)
        alone = replace(base, delimiter=ONE_COLUMN)
        if is_spilt and told.delimiter is None and _read(made, alone, found).quality >= 0.5:
            return outer
        for sign in _USUAL if told.delimiter is None else [told.delimiter]:
            if sign == outer:
                continue
            inner = _read(made, replace(base, delimiter=sign), found)
            if not inner.records or inner.width < 2 or _is_prose(inner):
                continue
            cut = _read(lines, replace(base, delimiter=outer), found)
            if cut.is_clean and cut.width > 1 and _value_columns(cut) >= _value_columns(inner) > 0:
                continue  # it stands between cells in quotes, of which one has a decimal comma
            outside = _read(lines, replace(base, delimiter=sign), found)
            if outside.is_clean and outside.width > 1 and not is_padded:
                continue
            is_table = inner.is_clean and (
                (is_padded and sign == "\t")
                or inner.names > 0
                or _value_columns(inner) > _value_columns(outside)
                or (
                    len(inner.records) > 1
                    and _are_rows_in_quotes(changed, replace(base, delimiter=sign), outer)
                )
            )
            if is_table or (inner.names > 1 and inner.quality >= (0.5 if is_padded else _MOSTLY)):
                return outer
    return ""


def _are_rows_in_quotes(lines: Sequence[str], inner: Dialect, outer: str) -> bool:
    """Say whether all lines are in quotes that hold further cells in quotes, to the last sign.

    Args:
        lines: with their ends.
        inner: how a row in the outer quotes is written.
        outer: the sign at which rows were cut.
    """
    made = [rejoined(line, outer).rstrip("\r\n") for line in lines]
    return bool(made) and all(
        raw != line.rstrip("\r\n")
        and len(cells := raw_cells(raw, inner)) > 1
        and any(len(cell) > 1 and cell[0] == cell[-1] == '"' for cell in cells)
        for line, raw in zip(lines, made, strict=True)
    )


def _is_spilt(lines: list[str], outer: Dialect, found: Beginning) -> bool:
    """Say whether a sign cuts rows of one column at punctuation alone, and empty cells fill them up."""
    cut = _read(lines, outer, found)
    behind = [cell for cells in cut.records for cell in cells[1:] if cell]
    return bool(behind) and all(cell[0] == " " for cell in behind)


def _is_padded(lines: list[str], outer: Dialect, found: Beginning) -> bool:
    """Say whether all rows, cut at another sign, have as many cells, and some end with empty ones."""
    cut = _read(lines, outer, found)
    return (
        cut.is_clean
        and cut.width > 1
        and len(cut.records) > 1
        and any(not cells[-1] for cells in cut.records)
    )


def _value_columns(reading: Reading) -> int:
    """Return how many columns have nothing but numbers, dates or words of labels, perhaps below a header."""
    return max(
        (_value_columns_of(rows) for rows in (reading.records, reading.records[1:]) if len(rows) > 1),
        default=0,
    )


def _value_columns_of(rows: Iterable[Sequence[str]]) -> int:
    """Return how many columns of some rows have nothing but numbers, dates or words of labels."""
    return sum(
        all(_is_value(cell) or cell.strip().casefold() in _VALUES | _TRUTHS for cell in column)
        for column in zip(*rows, strict=False)
    )


def _is_wrapped(reading: Reading) -> bool:
    """Say whether each record is one cell in quotes that holds the cells of a row, quotes doubled."""
    inner = [next(csv.reader([cells[0]]), []) for cells in reading.records if len(cells) == 1]
    is_all = len(inner) == len(reading.records) and all(raw[:1] == '"' for raw in reading.raws)
    return is_all and len({len(cells) for cells in inner}) == 1 and len(inner[0]) > 1


def _refuse_what_stands_before(readings: list[Reading], found: Beginning) -> None:
    """Refuse a table above which stand a title or comments, each line of one cell.

    Raises:
        DataError: the lines behind the first ones all have the same number of cells, and those only one.
    """
    if not all(len(each.records[0]) == 1 for each in readings if each.dialect.delimiter in _USUAL):
        return
    for each in readings:
        records = [cells for cells in each.records if cells]
        body = list(itertools.dropwhile(lambda cells: len(cells) == 1, records))
        above = len(records) - len(body)
        even = len(body) > max(1, above - 1) and len({len(cells) for cells in body}) == 1
        if even and each.dialect.delimiter in _USUAL and not _is_prose(each):
            lines = "line" if above == 1 else f"{above} lines"
            raise DataError(
                f"the first {lines} of {found.name} {'has' if above == 1 else 'have'} 1 cell, "
                f"{records[0][0][:60]!r}, and the others {len(body[0])}",
                hint="leave out what stands before the header; --delimiter none, if it is one column",
            )


def _is_possible(reading: Reading) -> bool:
    """Say whether a sign that is no usual one may stand between cells: hardly, where prose has it."""
    sign = reading.dialect.delimiter or ""
    if sign in _USUAL:
        return True
    if sign == " ":
        is_header = not any(set(cell) & {*_USUAL, '"'} for cell in reading.records[0])
        return is_header and all(any(cells) for cells in reading.records) and reading.names > 0
    if sign in _RARE[:7]:
        return len(reading.records) > 1
    return reading.names > 0 and len(reading.records) > 1


def _is_prose(reading: Reading) -> bool:
    """Say whether cells begin with a blank, as behind a comma in a sentence."""
    if reading.dialect.skips_space:
        return False
    cells = [cell for cells in reading.records for cell in cells[1:] if cell]
    return sum(cell[:1] == " " for cell in cells) * 2 >= len(cells) > 0


def _cleanest(clean: list[Reading], found: Beginning) -> Reading:
    most = max(each.names for each in clean)
    named = [each for each in clean if each.names == most] if most else clean
    usual = [each for each in named if each.dialect.delimiter in _USUAL] or named
    if len(usual) == 1:
        return usual[0]
    signs = {each.dialect.delimiter or "" for each in usual}
    rated = sorted(((_purity(each, signs), place) for place, each in enumerate(usual)), reverse=True)
    if rated[0][0] - rated[1][0] < 0.1:
        raise _undecided(found, usual)
    return usual[rated[0][1]]


def _purity(reading: Reading, signs: set[str]) -> float:
    """Return the fraction of cells that are values, or words without another delimiter."""
    others = signs - {reading.dialect.delimiter}
    cells = [cell for cells in reading.records for cell in cells]
    good = sum(
        _is_value(cell) or not (cell[:1] == " " or any(sign in cell for sign in others)) for cell in cells
    )
    return good / max(1, len(cells))


def _undecided(found: Beginning, readings: Iterable[Reading]) -> DataError:
    signs = list(dict.fromkeys(each.dialect.delimiter for each in readings))
    shown = " or ".join("nothing (one column)" if sign == ONE_COLUMN else repr(sign) for sign in signs[:4])
    return DataError(
        f"what stands between the cells of {found.name} cannot be told; it may be {shown}",
        hint="--delimiter says it: comma, semicolon, tab, pipe, none for one column, or the sign",
    )


def _is_value(cell: str) -> bool:
    stripped = cell.strip()
    return len(stripped) <= _LONGEST and any(
        each.fullmatch(stripped) is not None for each in (_NUMBER, _DATE, DATE)
    )


def _header(reading: Reading, told: Told, found: Beginning) -> tuple[Header, bool]:
    """Return which header there is, and whether that was guessed."""
    first, width = reading.records[0], reading.width
    body = [cells for cells in reading.records[1:] if len(cells) == width]
    if told.header is False:
        return "none", False
    if reading.is_short and told.header is None:
        return "short", False
    if told.header:
        return "line", False
    wanted = [name for name in told.names if not name.isdigit()]
    if wanted and set(wanted) <= set(first):
        return "line", False
    numbers = list(map(str, range(width)))
    if len(first) == width and (first == numbers or first == ["", *numbers[:-1]]) and width > 1:
        return "line", False
    for_it, against = _votes(first, body)
    if len(first) != width and for_it >= against:
        return "line", False  # the rows are bad, and say so
    if len(first) == width and for_it >= 2 * against and for_it >= (2 if len(body) < _FEW else 1):
        return "line", for_it < 2
    if len(first) == width and against >= 2 * for_it and against:
        return "none", True
    shown = (reading.dialect.delimiter or "").join(first).replace(ONE_COLUMN, "")
    raise DataError(
        f"the first line of {found.name} may be a header or a row: {shown[:60]!r}",
        hint="--header or --no-header says which",
    )


def find_header(rows: Sequence[list[str]], told: Told, *, name: str) -> bool:
    """Say whether the first of some rows of cells names the columns.

    Args:
        rows: the first ones, as texts.
        told: what a person says of it.
        name: of the table, for messages.

    Raises:
        DataError: it may be either.
    """
    width = max(map(len, rows))
    even = [[*row, *[""] * (width - len(row))] for row in rows]
    reading = Reading(Dialect(delimiter="\t"), even, [1] * len(even), [None] * len(even))
    header, _ = _header(reading, told, Beginning("", False, name, "table", told))
    return header != "none"


def find_above(rows: Sequence[list[str]], told: Told) -> int:
    """Return how many of some rows of cells, a title or remarks, stand above the header.

    Args:
        rows: the first ones, as texts.
        told: what a person says of the header.
    """
    if told.header is False:
        return 0
    width = max(map(len, rows))
    filled = [sum(map(bool, row)) for row in rows]
    for place in range(1, min(_ABOVE, len(rows) - 1)):
        cells, body = list(rows[place]), [row for row in rows[place + 1 :] if len(row) == width]
        if filled[place] < max(2, width - 1) or max(filled[:place]) >= filled[place] or len(cells) != width:
            continue
        below = Reading(
            Dialect(delimiter="\t"), [cells, *body], [1] * (1 + len(body)), [None] * (1 + len(body))
        )
        for_it, against = _votes(cells, body)
        if below.names and for_it >= 2 and for_it >= 2 * against:
            return place
    return 0


def is_table(text: str, told: Told, *, name: str) -> bool:
    """Say whether a text is a table, whatever it is called: its lines have cells, and not as prose has them.

    Args:
        text: its first lines.
        told: what a person says of it.
        name: of the file, for messages.

    Raises:
        DataError: there are only numbers in it.
    """
    if told.delimiter is not None or told.header is not None or told.quoting is not None:
        return told.delimiter != ONE_COLUMN
    there = [line for line in _lines(text, "\n") if line.strip()][:RECORDS]
    numbers = [line for line in there if not is_placeholder(line)]
    if numbers and all(_ONLY_NUMBERS.fullmatch(line) and any(map(str.isdigit, line)) for line in numbers):
        raise DataError(
            f"{name} holds numbers alone, and no texts", hint="--delimiter none judges its lines all the same"
        )
    _refuse_drawn(there, name)
    if _SEP.match(text):
        return True
    if not there:
        return False
    if len(there) > 1 and plain_name(there[0]) in TEXTS and len(there[0].split()) < 3:
        if sum(len(line.split()) > 2 for line in there[1:]) >= 0.8 * len(there[1:]):
            return True  # one column with its name
        raise DataError(
            f"the first line of {name} may be a header or a text: {there[0].strip()[:60]!r}",
            hint="--header or --no-header says which",
        )
    found = Beginning(text, is_whole=True, name=name, kind="csv", told=told)
    readings = _readings(there, Dialect(), told, found)
    if len(there) > 1 and (any(map(_is_surely, readings)) or _wrapping(there, Dialect(), told, found)):
        return True
    if _is_column(readings, there, name):
        return True
    refuse_labels(there, name)
    if len(there) < RECORDS:
        _refuse_what_may_be_cells(readings, there, found)
    return False


def _is_column(readings: Sequence[Reading], there: Sequence[str], name: str) -> bool:
    """Say whether lines are the cells of one column in the quotes of CSV, and not texts that begin with one.

    Raises:
        DataError: quotes may hold several lines together, or mean nothing.
    """
    alone = {each.dialect.quoting: each for each in readings if each.dialect.delimiter == ONE_COLUMN}
    usual, escaped = alone.get("double"), alone.get("backslash")
    if escaped is not None and escaped.is_clean and _all_escaped("".join(there)):
        return True
    if usual is None or not usual.is_clean or not any(raw[:1] == '"' for raw in usual.raws):
        return False
    if usual.is_long:
        raise DataError(
            f"in {name} a quote may hold several lines together, or mean nothing",
            hint="--quoting double or --quoting none says which",
        )
    cells = [cells[0] for cells in usual.records]
    has_quotes = [raw[:1] == '"' for raw in usual.raws]
    if all(is_quoted or _is_value(cell) for is_quoted, cell in zip(has_quotes, cells, strict=True)):
        return True
    # Programs put into quotes what needs them, and nothing else.
    return any(has_quotes == [sign in cell or '"' in cell for cell in cells] for sign in _USUAL)


def _refuse_what_may_be_cells(readings: Iterable[Reading], there: Sequence[str], found: Beginning) -> None:
    """Refuse lines that may be texts, or rows of a table without a header.

    Raises:
        DataError: all have as many cells with a sign between, or all begin or end with a value and a sign.
    """
    alone = [each for each in readings if each.dialect.delimiter == ONE_COLUMN]
    for reading in readings:
        sign = reading.dialect.delimiter or ""
        if sign not in _USUAL:
            continue
        is_even = reading.width > 1 and reading.is_clean and any(_is_tight(line, sign) for line in there)
        is_cut = not _is_prose(reading) or any(not cells[-1] for cells in reading.records)
        if (is_even and is_cut) or (len(there) > 1 and _have_values(there, sign)):
            raise _undecided(found, [reading, *alone])


def _is_tight(line: str, sign: str) -> bool:
    """Say whether a sign stands in a line not as in a sentence or in a number."""
    mark = re.escape(sign)
    return re.search(rf"""(?:(?<!\d){mark}|(?<=\d){mark}(?!\d))(?!["”’']?(?: )|["”’']$)""", line) is not None


def _have_values(lines: Sequence[str], sign: str) -> bool:
    """Say whether all lines begin, or all end, with a value or a label and a sign that is no punctuation."""
    return all(_has_value(line, sign, 0) for line in lines) or all(
        _has_value(line, sign, -1) for line in lines
    )


def _has_value(line: str, sign: str, end: int) -> bool:
    """Say whether a line begins (0) or ends (-1) so."""
    parts = line.rstrip("\r\n").split(sign)
    if len(parts) < 2:
        return False
    before, behind = parts[:2] if end == 0 else parts[-2:]
    cell = parts[end].strip().strip('"')
    is_decimal = sign == "," and cell.isdigit() and (before[-1:] + behind[:1]).isdigit()
    if behind[:1] == " " or is_decimal:
        return False  # punctuation, or a decimal comma
    return _is_value(cell) or cell.casefold() in _VALUES | _TRUTHS or cell.startswith("__label__")


_ONLY_NUMBERS = re.compile(
    r"(?:[\d.,;:|%/+\-\s\"']|(?<=\d)e(?=[-+]?\d)|\b(?:nan?|null|inf)\b)*", re.IGNORECASE
)


def _is_surely(reading: Reading) -> bool:
    """Say whether a reading of lines makes a table beyond doubt."""
    sign, width = reading.dialect.delimiter, reading.width
    if sign not in (*_USUAL, " ") or width < 2 or _is_prose(reading) or not _is_possible(reading):
        return False
    if sign == " ":
        is_quoted = all(raw[:1] == '"' for raw in reading.raws) and reading.names > 0
        return reading.is_clean and (reading.is_short or is_quoted)
    if reading.names > 1 and len(reading.records[0]) in (width, width - 1) and reading.quality >= 0.5:
        return True
    if not reading.is_clean:
        return False
    is_quoted = reading.dialect.quoting != "none" and all(raw[:1] == '"' for raw in reading.raws)
    if sign == "\t" or reading.names > 1 or is_quoted:
        return True
    return _value_columns(reading) > 0


def _is_answer(cell: str, column: Sequence[str]) -> bool:
    """Say whether a word above numbers rather stands in place of one: ``five``, ``unknown``, ``good``.

    Above numbers that say yes and no, ``positive`` is a name.
    """
    folded = cell.casefold()
    if plain_name(cell) in HEADERS | _NUMBERS or (len(cell) == 1 and cell.isalpha()):
        return False
    if folded in COUNTED or rating_of(folded) is not None:
        return True
    side = polarity_of(folded)
    return side == "none" or (side is not None and not {*column} <= _YES_NO)


_YES_NO = frozenset(("0", "1", "-1", "0.0", "1.0", "0,0", "1,0"))


def _is_sentence(cell: str) -> bool:
    words = len(cell.split())
    return words > 6 or (words > 3 and _SENTENCE_END.search(cell) is not None)


def _votes(first: Sequence[str], body: Sequence[Sequence[str]]) -> tuple[int, int]:
    """Return what speaks for a header, and what against one."""
    for_it, against = min(4, 2 * sum(plain_name(cell) in HEADERS for cell in first)), 0
    named = [cell.strip() for cell in first if cell.strip()]
    against += len(set(named)) < len(named)
    for place, cell in enumerate(first):
        stripped = cell.strip()
        column = [cells[place].strip() for cells in body if place < len(cells)]
        there = [each for each in column if each.lower() not in _EMPTY]
        is_number = _is_value(stripped)
        words = len(stripped.split())
        if there and sum(map(_is_value, there)) >= 0.8 * len(there):
            is_answer = is_number or _is_answer(stripped, there)
            is_name = any(letter.isalpha() for letter in stripped) and not is_placeholder(stripped)
            is_name = is_name and (len(there) > 3 or not _is_sentence(stripped))
            for_it += (4 if len(there) > 3 else 2) * (is_name and not is_answer)
            against += 2 * is_answer
            continue
        if is_number:
            against += 2
            continue
        kinds = set(there)
        folded = {each.casefold() for each in kinds}
        if stripped.casefold() in _VALUES:
            # "positive" above "true" and "false" is a name.
            is_name = bool(folded) and folded <= _TRUTHS and stripped.casefold() not in _TRUTHS
            for_it, against = for_it + 2 * is_name, against + 2 * (not is_name)
            continue
        if not stripped or plain_name(stripped) in HEADERS:
            continue
        opinion = stripped.casefold()
        # "Recommended" above "yes" and "no" is a name.
        opinions = (rating_of, polarity_of) if len(first) > 1 and not folded <= _TRUTHS else ()
        if any(find(opinion) is not None and any(map(find, folded)) for find in opinions):
            against += 2  # one opinion above others
            continue
        if len(there) < 4 and stripped in kinds and list(first) not in map(list, body):
            against += 2  # what stands in the rows again is hardly a name
        is_kind = len(there) >= 4 and len(kinds) * 3 <= len(there)
        is_truth = bool(folded) and folded <= _VALUES | _TRUTHS
        if is_kind and stripped in kinds:
            against += 2
        elif is_kind or (is_truth and not is_placeholder(stripped)):
            for_it += 1 + is_truth
        lengths = sorted(len(each.split()) for each in there)
        usual = lengths[len(lengths) // 2] if lengths else 0
        ends = _SENTENCE_END.search(stripped) is not None
        if usual >= 3 and polarity_of(stripped.casefold()) is not None:
            against += 2  # "Great" above texts is one of them
        elif words >= 6 or (words >= 2 and ends):
            against += 1 if stripped.endswith("?") else 2
            # One question above answers may be what was asked, or an answer like the others.
            is_alone = stripped.endswith("?") and len(there) > 2 and not any(e.endswith("?") for e in there)
            for_it += is_alone
        elif words <= 3 and usual >= 5 and not ends and _NAME.fullmatch(stripped):
            for_it += 2
        elif words == 1 and lengths and not ends and sum(n > 1 for n in lengths) >= 0.8 * len(lengths):
            for_it += 1
    if not body and not against and len(first) > 1 and all(re.fullmatch(r"[^\W\d]\w*", c) for c in named):
        for_it += 1
    return for_it, against
