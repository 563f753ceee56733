"""Finding the dialect of a delimited text in its beginning, or refusing to guess.

A delimiter is one that gives every record the same number of cells. Where two readings
(:mod:`opinia.tables.reading`) are as good and differ, a person must say.
"""

from __future__ import annotations

import contextlib
import csv
import io
import itertools
import re
from collections.abc import Iterable, Sequence
from dataclasses import replace

from opinia.errors import DataError
from opinia.tables.cell_text import is_placeholder
from opinia.tables.column_names import HEADERS, TEXTS, plain_name
from opinia.tables.dialect import NO_QUOTE, ONE_COLUMN, Dialect, Told
from opinia.tables.header import ABOVE, columns_of, header_goes_on, header_of, votes
from opinia.tables.reading import (
    EMPTY,
    HEAD,
    RARE,
    RECORDS,
    TRUTHS,
    USUAL,
    VALUES,
    Beginning,
    Reading,
    clean_with,
    is_no_table,
    is_prose,
    is_value,
    lines_of,
    newline_of,
    read_with,
    readings_of,
    value_columns,
)
from opinia.tables.records import raw_cells, rejoined
from opinia.tables.refused_lines import refuse_labels

_PARTS = re.compile(r"[^\w ]+|\s{2,}")
_FIRST = 1 << 16
_MOSTLY = 0.9
"""Share of lines that must be right where names of columns speak for a reading, too."""
_UNDECODED = re.compile("[\udc80-\udcff]")
"""Bytes that are no letters in the encoding, as ``surrogateescape`` keeps them."""
_SEP = re.compile(r'"?sep=([^"\r\n\\a-z0-9])"?\r?\n?', re.IGNORECASE)


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
    newline = newline_of(preamble) or newline_of(text)
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
    lines = text.splitlines(keepends=True) if newline is None else lines_of(text, newline)
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
    if not wrapping and (title := _above_names_in_quotes(lines)):
        wrapping = _wrapping(lines[title:], base, told, found, names=2)
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
    reading = _choose(readings_of(lines, base, told, found), found, told)
    if reading.faults[0] is not None:
        raise DataError(
            f"{found.name} is empty or no {found.kind.upper()}: the quotes of its header are never closed",
            hint="--quoting none takes quotes as they are",
        )
    header, is_header_guess = header_of(reading, told, found)
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
        for sign in USUAL:
            cut = replace(base, delimiter=sign)
            if _have_values(alone, sign) or _are_rows_in_quotes(reading.raws, cut, ONE_COLUMN):
                raise _undecided(found, [replace(reading, dialect=cut), reading])
    more = header_goes_on(reading) if header == "line" else 0
    dialect = replace(reading.dialect, header=header, guesses=frozenset(guesses), more=more)
    return dialect, columns_of(reading.records[0], dialect, reading.width)


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
    for sign in [told.delimiter] if told.delimiter is not None else USUAL:
        dialect = replace(base, delimiter=sign)
        heads = [_cells_of(line, dialect) for line in lines[: ABOVE + 1]]
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
            if not all(is_odd):
                break
            below = read_with(lines[place:], dialect, found)
            if below.width != len(cells) or below.quality < 0.9 or len(below.records) < 2:
                continue
            if not below.names or is_prose(below) or any(set(cell) & set(USUAL) for cell in cells):
                continue
            body = [each for each in below.records[1:] if len(each) == below.width]
            for_it, against = votes(cells, body)
            if for_it >= 2 and for_it >= 2 * against:
                return (0, None) if _is_even(lines, base, found) else (place, sign)
    return 0, None


def _is_even(lines: list[str], base: Dialect, found: Beginning) -> bool:
    """Say whether all lines have as many cells with some sign between, all of them filled in the first."""
    for sign in USUAL:
        whole = clean_with(lines, replace(base, delimiter=sign), found)
        if whole is not None and whole.width > 1 and all(whole.records[0]):
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
        if cells and all(map(is_value, cells)):
            others = [cells[place] for cells in reading.records[1:] if len(cells) == usual.width]
            if not all(is_value(cell) or cell.strip().lower() in EMPTY for cell in others):
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
    prose = [each for each in clean if not each.names and not having and is_prose(each)]
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
        if len(each.records[0]) > 1 and each.dialect.delimiter in USUAL and each.names
    ]
    _refuse_what_stands_before(readings, found)
    if usual.width == 1 and usual.is_clean and not headed:
        padded = [each for each in prose if any(not cells[-1] for cells in each.records)]
        if padded and one is not None:
            raise _undecided(found, [padded[0], one])
        return usual
    is_narrow = all(len(each.records[0]) == 1 for each in readings if each.dialect.delimiter in USUAL)
    if is_narrow and one is not None and one.quality > 0:
        return one
    # Nothing fits every row: the names of columns decide, and the other rows are bad ones.
    headed.sort(key=lambda each: (each.names, each.quality), reverse=True)
    if headed and (len(headed) == 1 or headed[0].names > headed[1].names):
        return headed[0]
    several = [each for each in readings if len(each.records[0]) > 1 and each.dialect.delimiter in USUAL]
    if (
        one is not None
        and several
        and all(map(is_prose, several))
        and not any(each.names for each in several)
    ):
        return one
    fitting = [each for each in readings if each.width > 1 and each.quality >= 0.9 and not is_prose(each)]
    fitting = [each for each in fitting if each.dialect.delimiter in USUAL]
    if len(fitting) == 1:
        return fitting[0]
    if usual.names or (having and usual in having):
        return usual
    raise _undecided(found, [each for each in readings if len(each.records[0]) > 1 or each is one])


def _wrapping(lines: list[str], base: Dialect, told: Told, found: Beginning, *, names: int = 0) -> str:
    """Return the sign at which Excel has cut a table anew, or nothing where it has not.

    It opens a table of commas as one column where it expects semicolons, and saves each row as a cell in
    quotes (:func:`opinia.tables.records.rejoined`). That is certain where the rows so made have cells of a
    table, and as the lines stand they have not.

    Args:
        lines: of the table, with their ends.
        base: what is known of how they are written.
        told: what a person says of it.
        found: the beginning that they are of.
        names: of columns that the first row so made must have at least.
    """
    if told.quoting not in (None, "double"):
        return ""
    for outer in (";", ",", "\t"):
        if not any(line[:1] == '"' or line.rstrip("\r\n").endswith(outer) for line in lines):
            continue
        cut = replace(base, delimiter=outer)
        signs = [sign for sign in (USUAL if told.delimiter is None else [told.delimiter]) if sign != outer]
        is_padded = _is_padded(lines, cut, found)
        head = [rejoined(line, outer) for line in lines[:HEAD]]
        if not is_padded and all(is_no_table(head, replace(base, delimiter=sign), found) for sign in signs):
            continue
        made = [rejoined(line, outer) for line in lines]
        changed = [line for line, each in zip(lines, made, strict=True) if line != each]
        is_padded = is_padded and bool(changed)
        if not is_padded and not any('""' in line for line in changed) and len(changed) < len(lines):
            continue
        is_spilt = is_padded and _is_spilt(lines, cut, found)
        alone = replace(base, delimiter=ONE_COLUMN)
        may_be_alone = is_spilt and told.delimiter is None and not names
        if may_be_alone and read_with(made, alone, found).quality >= 0.5:
            return outer
        for sign in signs:
            inner = read_with(made, replace(base, delimiter=sign), found)
            if not inner.records or inner.width < 2 or is_prose(inner) or inner.names < names:
                continue
            whole = clean_with(lines, cut, found)
            if whole is not None and whole.width > 1 and value_columns(whole) >= value_columns(inner) > 0:
                continue  # it stands between cells in quotes, of which one has a decimal comma
            outside = read_with(lines, replace(base, delimiter=sign), found)
            if outside.is_clean and outside.width > 1 and not is_padded:
                continue
            is_table = inner.is_clean and (
                (is_padded and sign == "\t")
                or inner.names > 0
                or value_columns(inner) > value_columns(outside)
                or (
                    len(inner.records) > 1
                    and _are_rows_in_quotes(changed, replace(base, delimiter=sign), outer)
                )
            )
            if is_table or (inner.names > 1 and inner.quality >= (0.5 if is_padded else _MOSTLY)):
                return outer
    return ""


def _above_names_in_quotes(lines: Sequence[str]) -> int:
    """Return how many lines stand above a row of names that is in quotes as a whole; 0 if there is none."""

    def has_names(line: str) -> bool:
        made = [(outer, each) for outer in (";", ",", "\t") if (each := rejoined(line, outer)) != line]
        rows = (each.strip().split(sign) for outer, each in made for sign in USUAL if sign != outer)
        return any(sum(plain_name(cell) in HEADERS for cell in cells) > 1 for cells in rows)

    first = enumerate(lines[: ABOVE + 1])
    return next((number for number, line in first if number and line[:1] == '"' and has_names(line)), 0)


def _are_rows_in_quotes(lines: Sequence[str], inner: Dialect, outer: str) -> bool:
    """Say whether all lines are in quotes that hold further cells in quotes, to the last sign.

    Args:
        lines: with their ends.
        inner: how a row in the outer quotes is written.
        outer: the sign at which rows were cut.
    """
    return bool(lines) and all(
        (raw := rejoined(line, outer).rstrip("\r\n")) != line.rstrip("\r\n")
        and len(cells := raw_cells(raw, inner)) > 1
        and any(len(cell) > 1 and cell[0] == cell[-1] == '"' for cell in cells)
        for line in lines
    )


def _is_spilt(lines: list[str], outer: Dialect, found: Beginning) -> bool:
    """Say whether a sign cuts rows of one column at punctuation alone, and empty cells fill them up."""
    cut = read_with(lines, outer, found)
    behind = [cell for cells in cut.records for cell in cells[1:] if cell]
    return bool(behind) and all(cell[0] == " " for cell in behind)


def _is_padded(lines: list[str], outer: Dialect, found: Beginning) -> bool:
    """Say whether all rows, cut at another sign, have as many cells, and some end with empty ones."""
    cut = clean_with(lines, outer, found)
    return (
        cut is not None
        and cut.width > 1
        and len(cut.records) > 1
        and any(not cells[-1] for cells in cut.records)
    )


def _is_wrapped(reading: Reading) -> bool:
    """Say whether each record is one cell in quotes that holds the cells of a row, quotes doubled."""
    inner = [_row_in(cells[0]) for cells in reading.records if len(cells) == 1]
    is_all = len(inner) == len(reading.records) and all(raw[:1] == '"' for raw in reading.raws)
    return is_all and len({len(cells) for cells in inner}) == 1 and len(inner[0]) > 1


def _row_in(cell: str) -> list[str]:
    """Return the cells of the row in a cell; none where there is more than one row, or no right one."""
    try:
        rows = list(csv.reader(io.StringIO(cell, newline=""), strict=True))
    except csv.Error:
        return []
    return rows[0] if len(rows) == 1 else []


def _refuse_what_stands_before(readings: list[Reading], found: Beginning) -> None:
    """Refuse a table above which stand a title or comments, each line of one cell.

    Raises:
        DataError: the lines behind the first ones all have the same number of cells, and those only one.
    """
    if not all(len(each.records[0]) == 1 for each in readings if each.dialect.delimiter in USUAL):
        return
    for each in readings:
        records = [cells for cells in each.records if cells]
        body = list(itertools.dropwhile(lambda cells: len(cells) == 1, records))
        above = len(records) - len(body)
        even = len(body) > max(1, above - 1) and len({len(cells) for cells in body}) == 1
        if even and each.dialect.delimiter in USUAL and not is_prose(each):
            lines = "line" if above == 1 else f"{above} lines"
            raise DataError(
                f"the first {lines} of {found.name} {'has' if above == 1 else 'have'} 1 cell, "
                f"{records[0][0][:60]!r}, and the others {len(body[0])}",
                hint="leave out what stands before the header; --delimiter none, if it is one column",
            )


def _is_possible(reading: Reading) -> bool:
    """Say whether a sign that is no usual one may stand between cells: hardly, where prose has it."""
    sign = reading.dialect.delimiter or ""
    if sign in USUAL:
        return True
    if sign == " ":
        is_header = not any(set(cell) & {*USUAL, '"'} for cell in reading.records[0])
        return is_header and all(any(cells) for cells in reading.records) and reading.names > 0
    if sign in RARE[:7]:
        return len(reading.records) > 1
    return reading.names > 0 and len(reading.records) > 1


def _cleanest(clean: list[Reading], found: Beginning) -> Reading:
    most = max(each.names for each in clean)
    named = [each for each in clean if each.names == most] if most else clean
    usual = [each for each in named if each.dialect.delimiter in USUAL] or named
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
        is_value(cell) or not (cell[:1] == " " or any(sign in cell for sign in others)) for cell in cells
    )
    return good / max(1, len(cells))


def _undecided(found: Beginning, readings: Iterable[Reading]) -> DataError:
    signs = list(dict.fromkeys(each.dialect.delimiter for each in readings))
    shown = " or ".join("nothing (one column)" if sign == ONE_COLUMN else repr(sign) for sign in signs[:4])
    return DataError(
        f"what stands between the cells of {found.name} cannot be told; it may be {shown}",
        hint="--delimiter says it: comma, semicolon, tab, pipe, none for one column, or the sign",
    )


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
    there = [line for line in lines_of(text, "\n") if line.strip()][:RECORDS]
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
    readings = readings_of(there, Dialect(), told, found)
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
    if all(is_quoted or is_value(cell) for is_quoted, cell in zip(has_quotes, cells, strict=True)):
        return True
    # Programs put into quotes what needs them, and nothing else.
    return any(has_quotes == [sign in cell or '"' in cell for cell in cells] for sign in USUAL)


def _refuse_what_may_be_cells(readings: Iterable[Reading], there: Sequence[str], found: Beginning) -> None:
    """Refuse lines that may be texts, or rows of a table without a header.

    Raises:
        DataError: all have as many cells with a sign between, or all begin or end with a value and a sign.
    """
    alone = [each for each in readings if each.dialect.delimiter == ONE_COLUMN]
    for reading in readings:
        sign = reading.dialect.delimiter or ""
        if sign not in USUAL:
            continue
        is_even = reading.width > 1 and reading.is_clean and any(_is_tight(line, sign) for line in there)
        is_cut = not is_prose(reading) or any(not cells[-1] for cells in reading.records)
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
    return is_value(cell) or cell.casefold() in VALUES | TRUTHS or cell.startswith("__label__")


_ONLY_NUMBERS = re.compile(
    r"(?:[\d.,;:|%/+\-\s\"']|(?<=\d)e(?=[-+]?\d)|\b(?:nan?|null|inf)\b)*", re.IGNORECASE
)


def _is_surely(reading: Reading) -> bool:
    """Say whether a reading of lines makes a table beyond doubt."""
    sign, width = reading.dialect.delimiter, reading.width
    if sign not in (*USUAL, " ") or width < 2 or is_prose(reading) or not _is_possible(reading):
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
    return value_columns(reading) > 0
