"""A labelled table of one's own: its texts, and the classes that its labels name."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from opinia.data.labelled import LabelledTexts
from opinia.errors import DataError
from opinia.system.printable import JOINERS, printable
from opinia.tables import Dialect, choose_labelled, find_formats, guarded, open_records, open_table
from opinia.tables.cell_text import is_placeholder, joined, judged_text
from opinia.tables.columns import Pair, find_named
from opinia.tables.form import LabelledForm
from opinia.tables.labels.maps import SKIP, classes_named, option
from opinia.tables.labels.reader import LabelReader, are_ids, listed
from opinia.tables.labels.words import NUMBER, plain_label, polarities_of
from opinia.tables.rows import Record, RecordReader

MOST_CLASSES = 200
MOST_CHARACTERS = 1_000_000
"""Of one text; a longer one makes a bad row."""
LONGEST_NAME = 100
"""Characters of a class's name, as a model file takes them."""
_MOST_SPELLINGS = 10_000
"""Different labels after which no more are looked at for their spelling: they are no classes."""
_SIDES = ("negative", "neutral", "positive")


@dataclass(frozen=True)
class TableOptions(LabelledForm):
    """How a table is read that is learnt from.

    Args:
        group_column: the column that says what a text is about; rows of one group stand in one part.
            None makes each row a group.
        label_map: which labels are which class, such as ``"1,2=negative; 4,5=positive; 3=skip"``; None
            makes each label a class.
    """

    group_column: str | None = None
    label_map: str | None = None


@dataclass(frozen=True)
class Table:
    """What a table holds.

    Args:
        labelled: its texts that have a label, named by their row, from 1.
        unlabelled: its texts without one.
        columns: those of the texts and of the labels.
        dialect: how a text table is written; None where there is no text.
        rows: all of them.
        bad: rows without a text, or that cannot be read.
        first_bad: number of the first bad row and what is wrong with it, or None.
        skipped: rows that the map of labels leaves out.
        meanings: each label as it stands in the table and its class, or ``skip``.
        merged: where each label is a class, those that were spelt in several ways: the class, and how many
            rows have each of its other spellings, blanks around it included.
    """

    labelled: LabelledTexts
    unlabelled: tuple[str, ...]
    columns: Pair
    dialect: Dialect | None
    rows: int
    bad: int = 0
    first_bad: str | None = None
    skipped: int = 0
    meanings: dict[str, str] = field(default_factory=dict)
    merged: dict[str, Counter[str]] = field(default_factory=dict)


@dataclass
class _Rows:
    """The rows of a table, before it is known which classes there are."""

    texts: list[str] = field(default_factory=list)
    labels: list[str] = field(default_factory=list)
    spellings: Counter[str] = field(default_factory=Counter)
    groups: list[str] = field(default_factory=list)
    numbers: list[int] = field(default_factory=list)
    count: int = 0
    bad: int = 0
    first_bad: str | None = None

    def add_bad(self, error: str) -> None:
        self.bad += 1
        if self.first_bad is None:
            self.first_bad = f"row {self.count:,}: {error}"


def read_table(
    source: str | Path,
    options: TableOptions = TableOptions(),  # noqa: B008
    *,
    classes: Sequence[str] = (),
) -> Table:
    """Read a labelled table into memory.

    Args:
        source: a file, or a folder with a sub-folder a class; see :func:`opinia.tables.find_formats`.
        options: how to read it.
        classes: that are known already, as of a test table; none takes those of the labels.

    Raises:
        DataError: the table cannot be read, has no obvious columns, labels that are no classes, or one
            class alone.
        MissingExtraError: the packages for its format are not installed.
    """
    found, _ = find_formats(str(source), "", told=options.format)
    with open_table(found) as opened:
        records = open_records(opened, kind=found.kind, told=options.told(), part=found.part)
        if not records.columns:
            raise DataError(f"{opened.name} has no rows")
        pair = choose_labelled(
            records.columns,
            options.text_column,
            options.label_column,
            name=opened.name,
            sample=records.sample(),
            classes=classes or _told_classes(options.label_map),
        )
        group = options.group_column and find_named(
            records.columns, options.group_column, name=opened.name, what="the groups"
        )
        rows = _read(records, pair, group or None, name=opened.name)
        opened.check_whole()
        name, dialect = opened.name, records.dialect
    if not rows.count:
        raise DataError(f"{name} has no row below its header", hint="is the table whole?")
    if not rows.texts:
        why = f"; {rows.first_bad}" if rows.first_bad else ""
        raise DataError(f"{name} has no text among its {rows.count:,} rows{why}")
    own = tuple(classes) or _told_classes(options.label_map)
    merged: dict[str, Counter[str]] = {}
    if own:
        numbers, meanings = _read_labels(rows.labels, own, pair, options.label_map)
    else:
        own = _found_classes(rows.labels, where=f"the column {pair.label!r} of {name}")
        numbers, meanings = _own_labels(rows.labels, own)
        merged = _merged(rows.spellings, own)
    kept = [place for place, number in enumerate(numbers) if number is not None and number != SKIP]
    labelled = LabelledTexts(
        texts=tuple(rows.texts[place] for place in kept),
        labels=tuple(numbers[place] or 0 for place in kept),
        classes=own,
        groups=tuple(rows.groups[place] for place in kept) if group else (),
        ids=tuple(str(rows.numbers[place]) for place in kept),
    )
    return Table(
        labelled,
        tuple(text for text, number in zip(rows.texts, numbers, strict=True) if number is None),
        pair,
        dialect,
        rows.count,
        rows.bad,
        rows.first_bad,
        skipped=sum(number == SKIP for number in numbers),
        meanings={label: "skip" if number == SKIP else own[number] for label, number in meanings.items()},
        merged=merged,
    )


def _read(records: RecordReader, pair: Pair, group: str | None, *, name: str) -> _Rows:
    rows = _Rows()
    columns = (*pair.texts, *([group] if group else ()), pair.label)
    encoding = records.dialect.encoding if records.dialect else ""
    cells = records.records(columns, gaps=len(pair.texts) > 1)
    for record in guarded(cells, name=name, encoding=encoding):
        rows.count += 1
        text, error = _text_of(record, len(pair.texts))
        if error is not None:
            rows.add_bad(error)
            continue
        rows.texts.append(text)
        rows.numbers.append(rows.count)
        label, spelling = _name_of(_shown(record.cells[-1])), str(record.cells[-1])
        rows.labels.append(label)
        if label and (spelling in rows.spellings or len(rows.spellings) < _MOST_SPELLINGS):
            rows.spellings[spelling] += 1
        if group:
            value = _shown(record.cells[-2])
            rows.groups.append(value or f"row {rows.count}")  # nothing is no group
    return rows


def _text_of(record: Record, columns: int) -> tuple[str, str | None]:
    """Return a row's text, and what is wrong with the row."""
    if record.error is not None:
        return "", record.error
    parts: list[object] = list(record.cells[:columns])
    if columns > 1:
        there = [part for part in parts if isinstance(part, str)]
        parts = [joined(there) if there else None]
    if not isinstance(parts[0], str) or not (text := judged_text(parts[0])).strip():
        return "", "no text"
    if len(text) > MOST_CHARACTERS:
        return "", f"too long: {len(text):,} characters, at most {MOST_CHARACTERS:,}"
    return text, None


def _shown(value: object) -> str:
    """Return a cell as a label or a group; empty where there is nothing in it."""
    shown = "" if value is None else str(value).strip()
    return "" if is_placeholder(shown) else shown


def _name_of(label: str) -> str:
    """Return a label as it can be the name of a class: in one line, with plain blanks and nothing unseen."""
    return " ".join(printable(label).split()).strip(JOINERS)


def _own_labels(labels: Sequence[str], own: tuple[str, ...]) -> tuple[list[int | None], dict[str, int]]:
    """Return the class of each label where each label is one, None for no label; and what each means."""
    plain = {plain_label(name): number for number, name in enumerate(own)}
    meanings = {label: plain[plain_label(label)] for label in dict.fromkeys(labels) if label}
    return [meanings.get(label) for label in labels], meanings


def _merged(spellings: Mapping[str, int], own: tuple[str, ...]) -> dict[str, Counter[str]]:
    """Return the classes whose labels are spelt in several ways, with the other spellings of each."""
    plain = {plain_label(name): name for name in own}
    found: dict[str, Counter[str]] = {}
    for spelling, count in spellings.items():
        name = plain[plain_label(_name_of(spelling.strip()))]
        found.setdefault(name, Counter())[spelling] += count
    several = {name: counts for name, counts in found.items() if len(counts) > 1}
    for name, counts in several.items():
        del counts[name]
    return several


def _read_labels(
    labels: Sequence[str], own: tuple[str, ...], pair: Pair, label_map: str | None
) -> tuple[list[int | None], dict[str, int]]:
    """Return the same where the classes are known beforehand."""
    reader = LabelReader(own, mapped=label_map)
    reader.set_column(pair.label)
    unknown = reader.unknown(labels)
    if unknown:
        counts = Counter(filter(None, labels))
        raise reader.refused(unknown, among=[*counts], counts=counts)
    numbers = [reader.read(label) for label in labels]
    return numbers, reader.found


def _told_classes(label_map: str | None) -> tuple[str, ...]:
    """Return the classes of a map, opinions from negative to positive, others in its order."""
    if label_map is None:
        return ()
    names = classes_named(label_map)
    for name in names:
        if name != _name_of(name) or len(name) > LONGEST_NAME:
            raise DataError(
                f"the name of a class is one line of at most {LONGEST_NAME} letters that can be seen. "
                f"Received: {printable(name[:40])!r}",
                hint="--label-map gives it another",
            )
    return by_opinion(names)


def by_opinion(names: Sequence[str]) -> tuple[str, ...]:
    """Return the names of classes: opinions from negative to positive, others in their order.

    The last class of a model is what it calls positive.
    """
    plain = {plain_label(name): name for name in names}
    if len(plain) < len(names) or not _are_opinions(plain):
        return tuple(names)
    return tuple(plain[each] for each in _ordered(plain))


def _found_classes(labels: Sequence[str], *, where: str) -> tuple[str, ...]:
    """Return the labels as classes, each in its commonest spelling, in a natural order."""
    spellings: dict[str, Counter[str]] = {}
    for label in filter(None, labels):
        spellings.setdefault(plain_label(label), Counter())[label] += 1
    labelled = sum(counts.total() for counts in spellings.values())
    if not labelled:
        raise DataError(f"{where} holds no label", hint="--label-column names another")
    if len(spellings) == 1:
        (only,) = spellings
        said = f"all {labelled:,} labels in {where} are" if labelled > 1 else f"the only label in {where} is"
        raise DataError(
            f"{said} {only!r}: there is nothing to tell apart",
            hint="two classes are needed, or more; --label-column names another column",
        )
    longest = max((name for counts in spellings.values() for name in counts), key=len)
    if len(longest) > LONGEST_NAME:
        raise DataError(
            f"{where} holds {longest[:40]!r}…, {len(longest):,} characters: that is a text, and no name of a "
            f"class, which has {LONGEST_NAME} at most",
            hint="--label-column names another column, or --label-map gives it a short name",
        )
    if len(spellings) > MOST_CLASSES or (len(spellings) > 20 and len(spellings) > labelled / 5):
        commonest = [counts.most_common(1)[0][0] for counts in spellings.values()]
        totals = [counts.total() for counts in spellings.values()]
        more = ", or --label-map groups them, such as " + option([(["0..50"], "low"), (["51..100"], "high")])
        is_hopeless = are_ids(commonest, dict(zip(commonest, totals, strict=True)))
        raise DataError(
            f"{where} has {len(spellings):,} different values among {labelled:,}: {listed(commonest)}. They "
            f"look like names or {'ids' if is_hopeless else 'numbers'}, and not like classes",
            hint="--label-column names another column" + ("" if is_hopeless else more),
        )
    return tuple(
        plain if NUMBER.fullmatch(plain) else spellings[plain].most_common(1)[0][0]
        for plain in _ordered(spellings)
    )


def _ordered(labels: Iterable[str]) -> list[str]:
    """Return labels in order: numbers by size, opinions from negative to positive, else by name."""
    plain = list(labels)
    if all(NUMBER.fullmatch(label) for label in plain):
        return sorted(plain, key=int)
    if _are_opinions(plain):
        sides = polarities_of(plain)
        return sorted(plain, key=lambda label: _SIDES.index(str(sides[label])))
    return sorted(plain)


def _are_opinions(plain: Iterable[str]) -> bool:
    """Tell whether each label says another opinion than the others."""
    sides = polarities_of(plain)
    return len({*sides.values()}) == len(sides) and {*sides.values()} <= {*_SIDES}
