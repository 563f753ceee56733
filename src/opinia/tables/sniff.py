"""Finding the dialect of a delimited text in its beginning, or refusing to guess.

A delimiter is one that gives every record the same number of cells; a header is a first record unlike the
others, by the kinds and lengths of its cells. Where two readings are as good and differ, a person must say.
"""

from __future__ import annotations

import contextlib
import csv
import itertools
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property

from opinia.errors import DataError
from opinia.tables.column_names import HEADERS
from opinia.tables.dialect import ONE_COLUMN, QUOTINGS, Dialect, Header, Quoting, Told
from opinia.tables.records import OPEN, read_records

SNIFFED = 1 << 20
"""Bytes of a table that are looked at."""
RECORDS = 1000
"""Records of them."""

_USUAL = (",", ";", "\t", "|")
_RARE = ("^", "~", "\x01", "\x1f", "\x1e", "¦", "§", ":", "#", "@", "=", "!", "*", "/", "&", "+")
_PARTS = re.compile(r"[^\w ]+|\s{2,}")
_FIRST = 1 << 16
_UNDECODED = re.compile("[\udc80-\udcff]")
"""Bytes that are no letters in the encoding, as ``surrogateescape`` keeps them."""
_SEP = re.compile(r'"?sep=([^"\r\n\\a-z0-9])"?\r?\n?', re.IGNORECASE)
_NUMBER = re.compile(r"[+-]?(?:\d[\d ,.]*%?|\d*[.,]\d+)(?:e[+-]?\d+)?", re.IGNORECASE)
_DATE = re.compile(
    r"\d{1,4}[-./]\d{1,2}[-./]\d{1,4}(?:[T ][\d:.]+(?:Z|[+-]\d\d:?\d\d)?)?|\d{1,2}:\d\d(?::\d\d)?"
)
_SENTENCE_END = re.compile(r"[.!?…][\"”’)]*$")
_EMPTY = frozenset(("", "null", "nan", "na", "n/a", "none", "\\n", "-"))
_VALUES = frozenset(
    ("positive", "negative", "neutral", "pos", "neg", "true", "false", "pozytywna", "negatywna", "pozytywny")
    + ("negatywny", "pozytywne", "negatywne", "yes", "no", "tak", "nie")
)
"""Words that are labels and hardly name a column."""
_ROWS_OF_R = "row.names"


@dataclass(frozen=True)
class Reading:
    """What a dialect makes of the beginning of a text.

    Args:
        dialect: the dialect, its header not found yet.
        records: the cells of each record.
        lines: of each record, how many.
        faults: what is wrong with the quotes of each.
    """

    dialect: Dialect
    records: list[list[str]]
    lines: list[int]
    faults: list[str | None]

    @cached_property
    def width(self) -> int:
        """The number of cells that most records have; of two as frequent, the first."""
        return Counter(map(len, self.records)).most_common(1)[0][0] if self.records else 0

    @cached_property
    def quality(self) -> float:
        """The share of lines, from 0 to 1, in records of the usual number of cells whose quotes are right."""
        good = sum(
            lines
            for cells, lines, fault in zip(self.records, self.lines, self.faults, strict=True)
            if fault is None and len(cells) == self.width
        )
        if self.records and self.faults[0] is None and is_short(self.records, self.dialect):
            good += self.lines[0]
        return good / max(1, sum(self.lines))

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
        return sum(plain(cell) in HEADERS for cell in self.records[0]) if self.records else 0


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
    separator = _SEP.match(text)
    if separator is not None and (separator.end() == len(text) or separator[0].endswith(("\n", "\r"))):
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
    base = Dialect(encoding=encoding, newline=newline or "\n", preamble=preamble)
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
    dialect = replace(reading.dialect, header=header, guesses=frozenset(guesses))
    return dialect, columns_of(reading.records[0], dialect, reading.width)


def columns_of(first: Sequence[str], dialect: Dialect, width: int) -> tuple[str, ...]:
    """Return the names of the columns; without a header they are numbers from 1."""
    if dialect.header == "none":
        return tuple(map(str, range(1, width + 1)))
    names = [cell.strip("\ufeff") for cell in first]
    if dialect.header == "short":
        rows = _ROWS_OF_R
        while rows in names:
            rows += "_"
        names.insert(0, rows)
    return tuple(names)


def plain(name: str) -> str:
    """Return a name as it is compared: letters and digits, without case."""
    return "".join(letter for letter in name.casefold() if letter.isalnum())


def _newline(text: str) -> str | None:
    found = re.search(r"\r\n|\n|\r", text)
    return found[0] if found else None


def _lines(text: str, newline: str) -> list[str]:
    """Return the lines with their ends, as Python's universal newlines have them."""
    return re.findall(r"[^\r\n]*(?:\r\n|\n|\r)|[^\r\n]+$", text) if newline else [text]


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
    for sign in signs:
        quotings: list[Quoting] = ["double"]
        if told.quoting is not None:
            quotings = [quoting for quoting in QUOTINGS if quoting == told.quoting]
        elif '"' in text or "\\" in text:
            quotings = ["double", "none"]
            quotings += ["backslash"] if '\\"' in text or f"\\{sign}" in text else []
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
    records, counts, faults = [], [], []
    read = read_records(iter(lines), dialect, name=found.name)
    with contextlib.suppress(DataError, csv.Error):
        for cells, raw, fault, _ in itertools.islice(read, RECORDS):
            count = len(_lines(raw, "\n"))
            if fault == OPEN and not found.is_whole and count * 4 < len(lines):
                break  # where the beginning ends, not the text
            records.append(cells)
            counts.append(count)
            faults.append(fault)
    return Reading(dialect, records, counts, faults)


def is_short(records: Sequence[Sequence[str]], dialect: Dialect) -> bool:
    """Say whether the first record is a header as R writes it: without a name for that of the rows.

    An unquoted comma in each text would look the same, so there must be signs of R.
    """
    first, body = records[0], records[1:]
    if not body or not all(first) or any(len(cells) != len(first) + 1 for cells in body):
        return False
    if dialect.delimiter not in ("\t", " ") or not any(cells[-1] for cells in body):
        return False  # a sign that texts have, or one that stands behind each row
    rows = [cells[0] for cells in body]
    return len(set(rows)) == len(rows)


def _choose(readings: list[Reading], found: Beginning, told: Told) -> Reading:
    """Return the reading that is right, or refuse to choose."""
    by_sign: dict[str | None, list[Reading]] = {}
    for reading in readings:
        if reading.records:
            by_sign.setdefault(reading.dialect.delimiter, []).append(reading)
    best = [_quoting(each, found) for each in by_sign.values()]
    if not best:
        raise DataError(f"{found.name} has no row that can be read", hint="is this a table?")
    chosen = best[0] if told.delimiter is not None else _delimiter(best, found, told)
    if chosen.width >= 3 and all(not any(cells[1::2]) and len(cells) % 2 for cells in chosen.records):
        raise DataError(
            f"between the cells of {found.name} stand two signs, {2 * (chosen.dialect.delimiter or '')!r}",
            hint="opinia reads tables with one sign between cells",
        )
    return chosen


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
    for reading in (escaped, spaced, none, plain_quotes, single):
        if reading is not None and reading.is_clean and (reading.width > 1 or reading is not none):
            return reading
    return max(readings, key=lambda each: (round(each.quality, 6), each is usual))


def _all_escaped(text: str) -> bool:
    """Say whether every quote within a cell, and there are some, has a backslash before it."""
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
    if not having and len(whole) == 1 and sum(plain(name) in HEADERS for name in _PARTS.split(whole[0])) > 1:
        readings = [each for each in readings if each.dialect.delimiter != ONE_COLUMN and each is not usual]
        if not any(len(each.records[0]) > 1 for each in readings):
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
        return all(any(cells) for cells in reading.records) and reading.names > 0
    if sign in _RARE[:7]:
        return len(reading.records) > 1
    return reading.names > 0 and len(reading.records) > 1


def _is_prose(reading: Reading) -> bool:
    """Say whether cells begin with a blank, as behind a comma in a sentence."""
    if reading.dialect.skips_space:
        return False
    cells = [cell for cells in reading.records for cell in cells[1:]]
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
    """Return the share of cells that are values, or words without another delimiter."""
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
    return _NUMBER.fullmatch(stripped) is not None or _DATE.fullmatch(stripped) is not None


def _header(reading: Reading, told: Told, found: Beginning) -> tuple[Header, bool]:
    """Return which header there is, and whether that was guessed."""
    first, width = reading.records[0], reading.width
    body = [cells for cells in reading.records[1:] if len(cells) == width]
    if told.header is False:
        return "none", False
    if is_short(reading.records, reading.dialect) and told.header is None:
        return "short", False
    if told.header:
        return "line", False
    wanted = [name for name in told.names if not name.isdigit()]
    if wanted and set(wanted) <= set(first):
        return "line", False
    dashes = [cell.strip() for cell in body[0] if cell.strip()] if body else []
    if dashes and all(re.fullmatch(r":?-{3,}:?", cell) for cell in dashes):
        raise DataError(f"{found.name} has a line of dashes below its header", hint="leave that line out")
    numbers = list(map(str, range(width)))
    if len(first) == width and (first == numbers or first == ["", *numbers[:-1]]) and width > 1:
        return "line", False
    for_it, against = _votes(first, body, reading)
    if len(first) != width and for_it >= against:
        return "line", False  # the rows are bad, and say so
    if len(first) == width and for_it >= 2 * against and for_it:
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


def check_prose(text: str, *, name: str) -> None:
    """Look that a plain text is not a table of columns.

    Args:
        text: its first lines.
        name: of the file, for messages.

    Raises:
        DataError: each line has as many tabs, or other signs below a header.
    """
    there = [line for line in _lines(text, "\n") if line.strip()][:RECORDS]
    for sign in _USUAL:
        counts = {line.count(sign) for line in there}
        if len(there) < 2 or len(counts) > 1 or 0 in counts:
            continue
        names = sum(plain(cell) in HEADERS for cell in there[0].split(sign))
        if sign == "\t" or names > 1:
            shown = {"\t": "tabs", ";": "semicolons", "|": "bars", ",": "commas"}[sign]
            raise DataError(
                f"{name} is a table and no plain text: each line has as many {shown}",
                hint="--format csv reads its columns; --delimiter none judges whole lines",
            )


def _votes(first: Sequence[str], body: Sequence[Sequence[str]], reading: Reading) -> tuple[int, int]:
    """Return what speaks for a header, and what against one."""
    for_it, against = min(4, 2 * reading.names), 0
    named = [cell.strip() for cell in first if cell.strip()]
    against += len(set(named)) < len(named)
    for place, cell in enumerate(first):
        stripped = cell.strip()
        column = [cells[place].strip() for cells in body if place < len(cells)]
        there = [each for each in column if each.lower() not in _EMPTY]
        is_number = _is_value(stripped)
        words = len(stripped.split())
        if there and sum(map(_is_value, there)) >= 0.8 * len(there):
            for_it += 2 * (not is_number and any(letter.isalpha() for letter in stripped))
            against += 2 * is_number
            continue
        if is_number or stripped.casefold() in _VALUES:
            against += 2
            continue
        if not stripped or plain(stripped) in HEADERS:
            continue
        kinds = set(there)
        is_kind = len(there) >= 4 and len(kinds) * 3 <= len(there)
        if is_kind and stripped in kinds:
            against += 2
        elif is_kind:
            for_it += 1
        lengths = sorted(len(each.split()) for each in there)
        usual = lengths[len(lengths) // 2] if lengths else 0
        ends = _SENTENCE_END.search(stripped) is not None
        if words >= 6 or (words >= 2 and ends):
            against += 1 if stripped.endswith("?") else 2
        elif words <= 3 and usual >= 5 and not ends:
            for_it += 2
        elif words == 1 and lengths and not ends and sum(n > 1 for n in lengths) >= 0.8 * len(lengths):
            for_it += 1
    if not body and not against and len(first) > 1 and all(re.fullmatch(r"[^\W\d]\w*", c) for c in named):
        for_it += 1
    return for_it, against
