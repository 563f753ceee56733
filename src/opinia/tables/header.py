"""Whether the first record of a table names its columns, by the kinds and lengths of its cells."""

from __future__ import annotations

import re
from collections.abc import Sequence

from opinia.errors import DataError
from opinia.tables.cell_text import is_placeholder
from opinia.tables.column_names import HEADERS, plain_name
from opinia.tables.columns import unique_names
from opinia.tables.dialect import ONE_COLUMN, Dialect, Header, Told
from opinia.tables.labels.words import COUNTED, polarity_of, rating_of
from opinia.tables.reading import EMPTY, NUMBERS, TRUTHS, VALUES, Beginning, Reading, is_value

_SENTENCE_END = re.compile(r"[.!?…][\"”’)]*$")
_NAME = re.compile(r"[\w .:/()#&+*-]+\??")
"""What a name of a column is made of, where nothing else is known of it."""
_FEW = 4
"""Rows below a first one from which even one sign of a header is believed."""
_PROSE = 3
"""Words of the middle cell of a column of texts, at least."""
ABOVE = 20
"""Lines that may stand above a header."""
_ROWS_OF_R = "row.names"
_YES_NO = frozenset(("0", "1", "-1", "0.0", "1.0", "0,0", "1,0"))


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


def header_goes_on(reading: Reading) -> int:
    """Return how many records below the header belong to it, as survey programs write them: at most two.

    Such a record has words, or nothing, in all columns that have numbers or dates further on.
    """
    body = [cells for cells in reading.records[1:] if len(cells) == reading.width]
    if len(body) < 4 or len(reading.records[1]) != reading.width:
        return 0
    later = [[cells[place].strip() for cells in body[2:]] for place in range(reading.width)]
    typed = []
    for place, column in enumerate(later):
        there = [each for each in column if each.lower() not in EMPTY]
        if there and all(map(is_value, there)):
            typed.append(place)
    count = 0
    for cells in body[:2]:
        words = [cells[place].strip() for place in typed if cells[place].strip()]
        is_header = words and not any(is_value(each) or is_placeholder(each) for each in words)
        if len(typed) < 2 or not is_header:
            break
        count += 1
    return count


def header_of(reading: Reading, told: Told, found: Beginning) -> tuple[Header, bool]:
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
    for_it, against = votes(first, body)
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
    header, _ = header_of(reading, told, Beginning("", False, name, "table", told))
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
    for place in range(1, min(ABOVE, len(rows) - 1)):
        cells, body = list(rows[place]), [row for row in rows[place + 1 :] if len(row) == width]
        if filled[place] < max(2, width - 1) or max(filled[:place]) >= filled[place] or len(cells) != width:
            continue
        below = Reading(
            Dialect(delimiter="\t"), [cells, *body], [1] * (1 + len(body)), [None] * (1 + len(body))
        )
        for_it, against = votes(cells, body)
        if below.names and for_it >= 2 and for_it >= 2 * against:
            return place
    return 0


def _is_answer(cell: str, column: Sequence[str]) -> bool:
    """Say whether a word above numbers rather stands in place of one: ``five``, ``unknown``, ``good``.

    Above numbers that say yes and no, ``positive`` is a name.
    """
    folded = cell.casefold()
    if plain_name(cell) in HEADERS | NUMBERS or (len(cell) == 1 and cell.isalpha()):
        return False
    if folded in COUNTED or rating_of(folded) is not None:
        return True
    side = polarity_of(folded)
    return side == "none" or (side is not None and not {*column} <= _YES_NO)


def _is_sentence(cell: str) -> bool:
    words = len(cell.split())
    return words > 6 or (words > 3 and _SENTENCE_END.search(cell) is not None)


def _sides_of_texts(first: Sequence[str], columns: Sequence[Sequence[str]]) -> set[int]:
    """Return the places of both sides of an opinion that stand above texts, as in ``good;bad``."""
    sides: dict[int, str] = {}
    for place, (cell, column) in enumerate(zip(first, columns, strict=True)):
        side = polarity_of(cell.strip().casefold())
        lengths = sorted(len(each.split()) for each in column if each.lower() not in EMPTY)
        if side in ("negative", "positive") and len(lengths) >= _FEW and lengths[len(lengths) // 2] >= _PROSE:
            sides[place] = side
    return {*sides} if len({*sides.values()}) == 2 and len(sides) == 2 else set()


def votes(first: Sequence[str], body: Sequence[Sequence[str]]) -> tuple[int, int]:
    """Return what speaks for a header, and what against one."""
    for_it, against = min(4, 2 * sum(plain_name(cell) in HEADERS for cell in first)), 0
    named = [cell.strip() for cell in first if cell.strip()]
    against += len(set(named)) < len(named)
    columns = [[cells[place].strip() for cells in body if place < len(cells)] for place in range(len(first))]
    sides = _sides_of_texts(first, columns)
    for place, cell in enumerate(first):
        stripped, column = cell.strip(), columns[place]
        if place in sides:
            for_it += 2
            continue
        there = [each for each in column if each.lower() not in EMPTY]
        is_number = is_value(stripped)
        words = len(stripped.split())
        if there and sum(map(is_value, there)) >= 0.8 * len(there):
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
        if stripped.casefold() in VALUES:
            # "positive" above "true" and "false" is a name.
            is_name = bool(folded) and folded <= TRUTHS and stripped.casefold() not in TRUTHS
            for_it, against = for_it + 2 * is_name, against + 2 * (not is_name)
            continue
        if not stripped or plain_name(stripped) in HEADERS:
            continue
        opinion = stripped.casefold()
        # "Recommended" above "yes" and "no" is a name.
        opinions = (rating_of, polarity_of) if len(first) > 1 and not folded <= TRUTHS else ()
        if any(find(opinion) is not None and any(map(find, folded)) for find in opinions):
            against += 2  # one opinion above others
            continue
        if len(there) < 4 and stripped in kinds and list(first) not in map(list, body):
            against += 2  # what stands in the rows again is hardly a name
        is_kind = len(there) >= 4 and len(kinds) * 3 <= len(there)
        is_truth = bool(folded) and folded <= VALUES | TRUTHS
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
