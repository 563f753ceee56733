"""Which columns hold texts and labels: by names and by what stands in them; and which names are free."""

from __future__ import annotations

import csv
import difflib
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from statistics import median
from typing import Literal

from opinia.errors import DataError
from opinia.tables.cell_text import is_placeholder
from opinia.tables.column_names import LABELS, RATINGS, TEXTS, ends_in, plain_name
from opinia.tables.column_questions import TRUTHS, asked_by
from opinia.tables.labels.words import plain_label, polarity_of, rating_of

Role = Literal["text", "label", "number", "identifier", "date", "address", "category", "empty", "other"]

_URL = re.compile(r"(?:https?://|www\.)\S+|\S+@\S+\.\w+", re.IGNORECASE)
DATE = re.compile(
    r"\d{1,4}[-/.]\d{1,2}[-/.]\d{1,4}(?:[T ,]+\d{1,2}:\d{2}\S*(?:\s*[+-]\d{4}|\s*[AP]M)?)?"
    r"|\d{1,2}:\d{2}(?::\d{2})?"
    r"|(?:[a-z]{3,9}\.?\s+)?\d{1,2},?\s+[a-z]{3,9}\.?,?\s+\d{4}(?:\s+\d{1,2}:\d{2}\S*)?"
    r"|[a-z]{3,9}\.?\s+\d{1,2},?\s+\d{4}",
    re.IGNORECASE,
)
_NUMBER = re.compile(r"[+-]?[\s.,]*+\d[\d\s.,]*+%?")
_WORD = re.compile(r"[^\W\d_]{2,}")
_UNSPACED = re.compile(r"[^\0-\u2e7f]")
"""Chinese and Japanese have no spaces."""
_CELL = 2_000
"""Characters of a cell that are looked at."""
_SHOWN = 12
_ALL = 200
"""Columns that are listed where one of them is to be named."""
_OF_WORDS = frozenset(("other", "category", "identifier"))
"""Roles of columns that may hold texts of a word or two."""
_CLEARLY = 3.0
"""How many times the words of any other column one has that is the texts beyond doubt."""


@dataclass(frozen=True)
class Profile:
    """What stands in a column, from a sample of its cells.

    Args:
        name: of the column.
        role: what the cells are.
        words: middle number of words of the cells that hold something; a script without spaces counts
            letters.
        filled: cells of the sample that hold something.
        distinct: different ones among them.
        values: of few different ones each, in the order of their appearance; none otherwise.
    """

    name: str
    role: Role
    words: float
    filled: int
    distinct: int
    values: tuple[str, ...] = ()


def profile(name: str, cells: Sequence[object]) -> Profile:
    """Return what a column holds.

    Args:
        name: of the column.
        cells: some of it, such as the first 200.
    """
    there = [cell for cell in cells if cell is not None and cell == cell]
    if there and all(isinstance(cell, dict | list) for cell in there):
        return Profile(name, "other", 0.0, len(there), len(there))
    texts = [str(cell)[:_CELL].strip() for cell in there]
    texts = [text for text in texts if text and not is_placeholder(text)]
    if not texts:
        return Profile(name, "empty", 0.0, 0, 0)
    different = list(dict.fromkeys(texts))
    words = median(map(_count_words, texts))
    made = Profile(name, "other", words, len(texts), len(different), tuple(different[:20]))
    return replace(made, role=_role(made, texts, different))


def _role(made: Profile, texts: Sequence[str], different: Sequence[str]) -> Role:
    def share(pattern: re.Pattern[str]) -> float:
        return sum(pattern.fullmatch(text) is not None for text in texts) / len(texts)

    if share(_URL) > 0.8:
        return "address"
    if share(DATE) > 0.8:
        return "date"
    is_few = len(different) <= 20 and (len(different) <= max(2, len(texts) / 3))
    if (
        _are_labels(different)
        and not _are_numbered(texts, different, is_unnamed=made.name.isdecimal() or not made.name)
        and not _is_of_else(made.name, different)
    ):
        return "label"
    if share(_NUMBER) > 0.8:
        return "number"
    if made.words >= 3 and not is_few:
        return "text"
    if made.words >= 3 and sum(_count_words(text) >= 5 for text in different) > len(different) / 2:
        return "text"  # the same few sentences again and again
    if len(different) == len(texts) > 3 and made.words <= 1 and any(any(map(str.isdigit, t)) for t in texts):
        return "identifier"
    return "category" if is_few else "other"


def _are_labels(different: Sequence[str]) -> bool:
    """Tell whether values are few, and all of them opinions: words for them, or ratings of one scale."""
    if len(different) > 21:
        return False
    plain = [plain_label(value) for value in different]
    ratings = [rating_of(label) for label in plain]
    if all(each is not None and -10 <= each.value <= 10 for each in ratings):
        return any(each is not None and not each.is_bare for each in ratings) or len(different) <= 11
    meant = [polarity_of(label) for label in plain]
    return all(side is not None for side in meant) and set(meant) != {"none"}


def _is_of_else(name: str, different: Sequence[str]) -> bool:
    """Tell whether a column holds something else than opinions by its name, as ``verified`` of yes and no."""
    asked = asked_by(name, ("negative", "positive"))
    if asked is None or asked.number is not None:
        return False
    return asked.is_else or TRUTHS.issuperset(map(plain_label, different))


def _are_numbered(texts: Sequence[str], different: Sequence[str], *, is_unnamed: bool) -> bool:
    """Tell whether values are rather numbers of the rows: whole ones, each another."""
    if len(different) == len(texts) > 5 and all(map(str.isdecimal, different)):
        return True
    return is_unnamed and list(texts) in (
        [str(n) for n in range(first, len(texts) + first)] for first in (0, 1)
    )


def _count_words(text: str) -> int:
    found = _WORD.findall(text)
    letters = 0 if text.isascii() else len(_UNSPACED.findall(text))
    return max(len(found), letters // 2)


@dataclass(frozen=True)
class Choice:
    """The columns of texts that were taken.

    Args:
        texts: names of the columns, in the order in which they are joined; mostly one.
        by: why: ``"told"``, ``"only"`` one, ``"name"`` or ``"content"``.
    """

    texts: tuple[str, ...]
    by: Literal["told", "only", "name", "content"]


Wanted = str | Sequence[str] | None


def choose_texts(
    columns: Sequence[str], wanted: Wanted, *, name: str, sample: Sequence[Sequence[object]] = ()
) -> Choice:
    """Return the columns that hold the texts.

    Args:
        columns: what the table has.
        wanted: the column asked for, or several of them, in the order in which they are to be joined; in
            one name
            commas part columns (quotes keep a name with a comma whole) unless a column is called so; a
            number is a place, from 1, unless a column is called so. None takes the only column, the only
            one with a name such as ``text`` or ``review``, or the only one that reads like text.
        name: of the table, for messages.
        sample: the cells of some rows, in the order of the columns.

    Raises:
        DataError: there is no such column, it is there twice, or there is no obvious one.
    """
    if wanted is not None:
        asked = [wanted] if isinstance(wanted, str) else list(wanted)
        told = [column for each in asked for column in _split(columns, each)]
        found = [find_named(columns, each, name=name, what="the texts") for each in told]
        twice = next((column for column in found if found.count(column) > 1), None)
        if twice is not None:
            raise DataError(f"--text-column names {twice!r} twice", hint="each column is joined once")
        return Choice(tuple(found), "told")
    if len(columns) == 1:
        only = profile(columns[0], [row[0] for row in sample])
        cells = [row[0].strip() for row in sample if isinstance(row[0], str) and row[0].strip()]
        numbers = sum(bool(_NUMBER.fullmatch(each[:_CELL]) or DATE.fullmatch(each[:_CELL])) for each in cells)
        if only.filled > 1 and cells and numbers > 0.7 * len(cells):
            raise DataError(
                f"{name} has no column of texts: its only one, {columns[0]!r}, holds numbers",
                hint=f"--text-column {_typed(_quoted(columns[0]))} judges it all the same",
            )
        return Choice((columns[0],), "only")
    profiles = _profiles(columns, sample)
    is_any_text = any(each.role == "text" for each in profiles.values())
    exact = [column for column in columns if plain_name(column) in TEXTS]
    for likely in (exact, [column for column in columns if ends_in(column, TEXTS)]):
        reading = [column for column in likely if column not in profiles or profiles[column].role == "text"]
        if not reading and not is_any_text:
            reading = likely  # nothing reads like text: short words, perhaps, and then the name has to do
        if len(reading) == 1:
            if _is_repeated(profiles.get(reading[0])):  # such as the post that all comments answer to
                others = [
                    each for each in profiles.values() if each.role == "text" and not _is_repeated(each)
                ]
                if others:
                    raise _not_obvious(columns, [reading[0], *(each.name for each in others)], name=name)
            return Choice((reading[0],), "name")
        if reading:
            best = _clearest(columns, [profiles.get(each) for each in reading], reading, name=name)
            return Choice((best,), "name")
    texts = [column for column in columns if column in profiles and profiles[column].role == "text"]
    short = [column for column in exact if column in profiles and profiles[column].role in _OF_WORDS]
    short = [column for column in short if 2 * profiles[column].filled > len(sample)]
    if short:  # the reviews have a word or two, and what else stands in the table has more
        named = profiles[short[0]]
        if len(short) > 1 or named.role != "other" or _is_repeated(named):
            raise _not_obvious(columns, [*short, *texts], name=name)
        return Choice((named.name,), "name")
    if not texts:
        raise DataError(
            f"{name} has no obvious column of texts. Its columns: {_listed(columns)}",
            hint="--text-column names it",
        )
    best = _clearest(columns, [profiles[column] for column in texts], texts, name=name)
    return Choice((best,), "content")


def _is_repeated(found: Profile | None) -> bool:
    """Tell whether a column has the same few texts again and again."""
    return found is not None and found.filled > 5 and found.distinct * 3 <= found.filled


def _profiles(columns: Sequence[str], sample: Sequence[Sequence[object]]) -> dict[str, Profile]:
    return {
        column: profile(column, [row[place] for row in sample])
        for place, column in enumerate(columns)
        if sample and columns.count(column) == 1
    }


def _clearest(
    columns: Sequence[str], profiles: Sequence[Profile | None], likely: Sequence[str], *, name: str
) -> str:
    """Return the one of some columns of texts that is far longer than the others.

    Raises:
        DataError: there is none: any of them may be meant.
    """
    found = sorted((each for each in profiles if each is not None), key=lambda each: -each.words)
    if len(found) == 1 and len(likely) == 1:
        return found[0].name
    if (
        len(found) > 1
        and len(found) == len(likely)
        and found[0].words >= max(_CLEARLY, _CLEARLY * found[1].words)
    ):
        return found[0].name
    raise _not_obvious(columns, likely, name=name)


def _not_obvious(columns: Sequence[str], likely: Sequence[str], *, name: str) -> DataError:
    both = ",".join(_quoted(each) for each in likely[:4])
    return DataError(
        f"{name} has no obvious column of texts: {_listed(likely)} read alike. Its columns: "
        f"{_listed(columns)}",
        hint=f"--text-column names it, such as --text-column {_typed(_quoted(likely[0]))}; "
        f"--text-column {_typed(both)} joins them",
    )


def _split(columns: Sequence[str], wanted: str) -> list[str]:
    if wanted in columns or "," not in wanted:
        return [wanted]
    return [part.strip() for part in next(csv.reader([wanted], skipinitialspace=True)) if part.strip()] or [
        wanted
    ]


def asked_names(wanted: Wanted) -> tuple[str, ...]:
    """Return the names that a wish for columns holds, parted at its commas."""
    asked = [] if wanted is None else [wanted] if isinstance(wanted, str) else list(wanted)
    return tuple(dict.fromkeys(name for each in asked for name in _split((), each)))


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"' if set(name) & set(',"') else name


def _typed(text: str) -> str:
    return text if re.fullmatch(r"[\w.,:/-]+", text) else "'" + text + "'" if "'" not in text else f'"{text}"'


@dataclass(frozen=True)
class Pair:
    """The columns of a labelled table.

    Args:
        texts: those of texts, in the order in which they are joined.
        label: that of the labels.
    """

    texts: tuple[str, ...]
    label: str


def choose_labelled(
    columns: Sequence[str],
    text: Wanted,
    label: str | None,
    *,
    name: str,
    sample: Sequence[Sequence[object]] = (),
    classes: Sequence[str] = (),
) -> Pair:
    """Return the columns that hold the texts and the one that holds their labels.

    Args:
        columns: what the table has.
        text: the columns of texts, as for :func:`choose_texts`; None takes the obvious one.
        label: the column of labels; None takes the only one with a name such as ``label`` or ``sentiment``,
            else
            with one such as ``rating`` or ``stars``, else the only one that holds nothing but labels.
        name: of the table, for messages.
        sample: the cells of some rows, in the order of the columns.
        classes: names of the model's, which are labels, too.

    Raises:
        DataError: there is no such column, it is there twice, or there is no obvious one.
    """
    told = choose_texts(columns, text, name=name, sample=sample).texts if text is not None else ()
    if label is not None:
        label = find_named(columns, label, name=name, what="the labels")
    else:
        label = find_label(columns, told, sample, classes)
    others = [column for column in columns if column != label]
    texts = told
    if not texts and others:
        places = [place for place, column in enumerate(columns) if column != label]
        rows = [[row[place] for place in places] for row in sample]
        texts = choose_texts(others, None, name=name, sample=rows).texts
    if label is None and texts:
        label = find_label(columns, texts, sample, classes)
    if label is None and texts and not sample and len(columns) - len(texts) == 1:
        (label,) = (column for column in columns if column not in texts)
    if label is None:
        answers = answers_in(columns)
        of_answers = f"; {answers[0]!r} holds answers of opinia score" if answers else ""
        raise DataError(
            f"{name} has no obvious column of labels{of_answers}. Its columns: {_listed(columns, most=_ALL)}",
            hint="--label-column names it, by its name or its number",
        )
    if not texts or label in texts:
        raise DataError(
            f"{name} has no column of texts besides the labels {label!r}. Its columns: {_listed(columns)}",
            hint="--text-column and --label-column name two columns",
        )
    return Pair(texts, label)


def find_label(
    columns: Sequence[str],
    texts: Sequence[str],
    sample: Sequence[Sequence[object]],
    classes: Sequence[str] = (),
) -> str | None:
    """Return the column of labels, by its name or what it holds; None where none is obvious.

    Args:
        columns: what the table has.
        texts: columns of texts that are known.
        sample: the cells of some rows, in the order of the columns.
        classes: names of the model's, which are labels, too.
    """
    own = set(map(plain_label, classes))
    profiles = _profiles(columns, sample)
    known = {*texts, *answers_in(columns)}
    free = [column for column in columns if column not in known]

    def may_be(column: str) -> bool:
        found = profiles.get(column)
        return found is None or found.role not in ("text", "date", "address", "identifier", "empty")

    by_name = []
    for names in (LABELS, RATINGS):
        for likely in (
            [column for column in free if plain_name(column) in names],
            [column for column in free if ends_in(column, names)],
        ):
            by_name = likely
            likely = [column for column in likely if may_be(column)] or likely
            if len(likely) > 1:  # of "category" and "sentiment" one may hold labels and the other goods
                labels = [each for each in likely if each in profiles and profiles[each].role == "label"]
                likely = labels if len(labels) == 1 else likely
            if len(likely) == 1:
                return likely[0]
            if by_name:
                return None
    found = [profiles[column] for column in free if column in profiles]
    of_classes = [each for each in found if each.values and own.issuperset(map(plain_label, each.values))]
    of_labels = [each for each in found if each.role == "label"]
    varied = [each for each in of_labels if each.distinct > 1]
    for some in (of_classes, varied, of_labels if len(free) == len(found) == 1 else []):
        if len(some) == 1:
            return some[0].name
    return None


def answers_in(columns: Sequence[str]) -> tuple[str, ...]:
    """Return the columns that ``opinia score`` has added to a table: answers of a model, and no truth.

    Example:
        >>> answers_in(["text", "stars", "new_label", "new_probability", "new_error"])
        ('new_label', 'new_probability', 'new_error')
    """
    places = {column: place for place, column in enumerate(columns)}
    found: list[str] = []
    for place, column in enumerate(columns):
        prefix = column.removesuffix("label")
        end = places.get(f"{prefix}error", -1)
        if prefix != column and places.get(f"{prefix}probability") == place + 1 < end:
            found += columns[place : end + 1]
    return tuple(found)


def unique_names(names: Sequence[str]) -> tuple[str, ...]:
    """Return names of columns; those that several have get the place of each, as in ``text [3]``.

    Example:
        >>> unique_names(["text", "label", "text"])
        ('text [1]', 'label', 'text [3]')
    """
    counts = Counter(names)
    return tuple(
        name if counts[name] == 1 else f"{name} [{place}]".lstrip() for place, name in enumerate(names, 1)
    )


def find_named(columns: Sequence[str], wanted: str, *, name: str, what: str) -> str:
    """Return the column of a name, or of a number from 1.

    Args:
        columns: what the table has.
        wanted: the name or the number.
        name: of the table, for messages.
        what: the column holds, for messages, such as ``"the labels"``.

    Raises:
        DataError: there is none, or several have the name.
    """
    if wanted not in columns and wanted.isdecimal() and 1 <= int(wanted) <= len(columns):
        wanted = columns[int(wanted) - 1]
    alike = [place for place, column in enumerate(columns, 1) if column == f"{wanted} [{place}]".lstrip()]
    if wanted not in columns and alike:
        option = f"--{what.removeprefix('the ').removesuffix('s')}-column"
        raise DataError(
            f"{name} has {len(alike)} columns named {wanted!r}",
            hint=f"{' or '.join(f'{option} {place}' for place in alike[:4])} says which holds {what}",
        )
    if wanted not in columns:
        near = difflib.get_close_matches(wanted, columns, n=1, cutoff=0.5)
        near = near or [column for column in columns if plain_name(column) == plain_name(wanted)]
        raise DataError(
            f"{name} has no column {wanted!r}. Its columns: {_listed(columns)}",
            hint=f"did you mean {near[0]!r}?" if near else "the first line must name the columns",
        )
    if columns.count(wanted) > 1:
        raise DataError(
            f"{name} has {columns.count(wanted)} columns named {wanted!r}",
            hint=f"rename one of them, so that it is clear which holds {what}",
        )
    return wanted


def free_prefix(columns: Sequence[str], names: Sequence[str], *, told: str, name: str) -> str:
    """Return what is put before the names of added columns, so that the table has none of them already.

    Args:
        columns: what the table has.
        names: of the columns to be added, without a prefix.
        told: the prefix asked for; an empty one becomes ``opinia_`` where a name is taken.
        name: of the table, for messages.

    Raises:
        DataError: the prefix that was asked for leads to a name that is taken.
    """
    taken = set(columns)
    prefixes = (
        [told] if told else ["", "opinia_", *(f"opinia{number}_" for number in range(2, len(columns) + 3))]
    )
    for prefix in prefixes:
        clashes = [prefix + each for each in names if prefix + each in taken]
        if not clashes:
            return prefix
    raise DataError(
        f"{name} has a column {clashes[0]!r} already, and one of that name is to be added",
        hint="--prefix puts something else before the added names; without it one that is free is taken",
    )


def _listed(columns: Sequence[str], most: int = _SHOWN) -> str:
    shown = ", ".join(repr(column if len(column) <= 40 else column[:39] + "…") for column in columns[:most])
    more = len(columns) - most
    return (shown + (f" and {more} more" if more > 0 else "")) or "none"
