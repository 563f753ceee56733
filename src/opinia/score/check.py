"""Look at a table without judging it: form, columns, labels, texts, and what is wrong with it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import chain, islice
from pathlib import Path
from typing import Any, Protocol

from opinia.data.duplicates import plain_text
from opinia.errors import DataError
from opinia.model.classifier import Classifier
from opinia.score.findings import Findings, look_at, merged_test
from opinia.score.options import MAX_CHARACTERS
from opinia.tables import (
    Dialect,
    Record,
    Source,
    choose_texts,
    find_formats,
    guarded,
    open_reader,
    open_table,
)
from opinia.tables.cell_text import joined, judged_text
from opinia.tables.column_names import is_rating_name
from opinia.tables.columns import Profile, choose_labelled, find_label, profile
from opinia.tables.dialect import Told
from opinia.tables.labels.maps import SKIP, SKIPPED
from opinia.tables.labels.reader import LabelReader
from opinia.tables.labels.words import plain_label
from opinia.tables.streams import late_encodings
from opinia.text.language import language_of

ROWS_SHOWN = 5
_READ_AS_THEY_ARE = ("csv", "tsv", "jsonl", "parquet")
_MOST_PROBLEMS = 20
_MOST_LABELS = 1_000
_MOST_TEXTS = 200_000
"""Texts that are compared with each other: a number of 8 bytes stands for each."""
_LANGUAGE_TEXTS = 2_000
_TOGETHER = 10
"""Texts too short to tell their language by themselves that are looked at as one."""
"""Texts whose language is looked at."""
_LONGEST = 20_000
"""Words from which lengths are counted together."""
_ROWS_NAMED = 10
"""Rows of texts with different labels that are named."""
_CELL = 300
"""Characters of a cell that are kept to be shown."""


class Options(Protocol):
    """What is asked of a table that is to be judged; :class:`opinia.score.options.ScoreOptions` is such."""

    @property
    def text_column(self) -> str | Sequence[str] | None: ...  # noqa: D102
    @property
    def format(self) -> str | None: ...  # noqa: D102
    def told(self) -> Told: ...  # noqa: D102


@dataclass(frozen=True)
class Problem:
    """Something that is wrong with a row.

    Args:
        line: where the row begins in the file, from 1; 0 where nobody knows.
        row: its number, from 1, without the header.
        what: is wrong.
    """

    line: int
    row: int
    what: str


@dataclass(frozen=True)
class Lengths:
    """How many words the texts have, as the model counts them.

    Args:
        shortest: the fewest.
        median: the middle one.
        longest: the most.
        characters: of the longest text.
    """

    shortest: int = 0
    median: int = 0
    longest: int = 0
    characters: int = 0


@dataclass
class Check:
    """What was found in a table.

    Args:
        name: of the table.
        format: such as ``"csv.gz"``.
        dialect: how a text table is written; None where there is no text.
        columns: what each holds, from the first rows.
        texts: columns that would be judged, in the order in which they are joined; none if that is not clear.
        why_no_texts: what is not clear, and what to do; None where nothing is.
        label: column of labels; None if there is none, or it is not clear.
        labels: how many rows have each label, as it stands there; an empty one for those without.
        meanings: class that each label is taken for, or ``skip``.
        why_no_labels: what is wrong with the labels, and what to do; None where nothing is.
        findings: counts of the rows.
        problems: the first rows with something wrong.
        shown: the first rows, a cell a column.
        lengths: of the texts.
        duplicates: texts that stood there before, among the first 200,000.
        disputed: rows whose text, but for case and marks, stands there with another label, too, among the
            first 200,000 texts.
        disputed_rows: the first of them, from 1.
        languages: of the first 2,000 texts, by code; short ones several at a time, and those that are
            not clear under ``None``.
        unknown: fraction of words that the model does not know, from 0 to 1.
    """

    name: str
    format: str
    dialect: Dialect | None
    columns: list[Profile]
    texts: tuple[str, ...] = ()
    why_no_texts: DataError | None = None
    label: str | None = None
    labels: Counter[str] = field(default_factory=Counter)
    meanings: dict[str, str] = field(default_factory=dict)
    why_no_labels: DataError | None = None
    findings: Findings = field(default_factory=Findings)
    problems: list[Problem] = field(default_factory=list)
    shown: list[list[str]] = field(default_factory=list)
    lengths: Lengths = Lengths()
    duplicates: int = 0
    disputed: int = 0
    disputed_rows: tuple[int, ...] = ()
    languages: Counter[str | None] = field(default_factory=Counter)
    unknown: float = 0.0

    def to_json(self) -> dict[str, Any]:
        """Return all of it as a JSON object."""
        found = self.findings
        return {
            "name": self.name,
            "format": self.format,
            "dialect": dict(self.dialect.identity()) if self.dialect else None,
            "guessed": sorted(self.dialect.guesses) if self.dialect else [],
            "rows": found.rows,
            "columns": [
                {
                    "name": each.name,
                    "role": self.role(each),
                    "words": each.words,
                    "filled": each.filled,
                    "distinct": each.distinct,
                    "values": [value[:_CELL] for value in each.values[:10]],
                }
                for each in self.columns
            ],
            "texts": list(self.texts),
            "label": self.label,
            "labels": dict(self.labels),
            "meanings": self.meanings,
            "first_rows": self.shown,
            "lengths": vars(self.lengths) if found.rows else None,
            "duplicates": self.duplicates,
            "disputed": self.disputed,
            "disputed_rows": [*self.disputed_rows],
            "empty": found.empty,
            "placeholders": found.placeholders,
            "languages": {code or "unclear": count for code, count in self.languages.most_common()},
            "unknown": round(self.unknown, 4),
            "doubts": found.doubts,
            "late_encodings": found.encodings,
            "bad": found.bad,
            "merged": found.merged,
            "garbled": found.garbled,
            "miscoded": found.miscoded,
            "problems": [vars(each) for each in self.problems],
            "errors": [
                {"message": error.message, "hint": error.hint}
                for error in (self.why_no_texts, self.why_no_labels)
                if error is not None
            ],
        }

    def role(self, column: Profile) -> str:
        """Return what a column would be taken for."""
        return "text" if column.name in self.texts else "label" if column.name == self.label else column.role


def check_table(
    source: str | Path,
    classifier: Classifier,
    options: Options,
    *,
    label_column: str | None = None,
    label_map: str | None = None,
) -> Check:
    """Look at a table in constant memory, as ``score`` and ``evaluate`` would read it, without judging it.

    Args:
        source: the table, ``-`` for standard input.
        classifier: the model that would judge it: its words are counted.
        options: how to read it.
        label_column: the column of labels; None takes the obvious one, if there is one.
        label_map: what they mean; see :func:`opinia.tables.labels.maps.read_map`.

    Raises:
        DataError: the table, or the map, cannot be read at all.
        MissingExtraError: the packages for Parquet or zstd are not installed.
    """
    classes = tuple(str(name) for name in classifier.classes_)
    reader_of_labels = LabelReader(classes, mapped=label_map)
    found, _ = find_formats(str(source), "", told=options.format)
    out = found.kind if found.kind in _READ_AS_THEY_ARE else "csv"
    with open_table(found) as opened:
        reader: Any = open_reader(opened, kind=found.kind, out=out, told=options.told(), part=found.part)
        columns = tuple(dict.fromkeys(reader.columns))
        check = Check(opened.name, str(found), reader.dialect, [])
        records = _records(reader, columns, opened)
        sample = reader.sample()
        head = [] if sample or len(columns) > 1 else list(islice(records, ROWS_SHOWN))  # lines of plain text
        sample = sample or [record.cells for record in head if record.error is None]
        check.columns = [
            profile(name, [row[reader.columns.index(name)] for row in sample]) for name in columns
        ]
        _choose(check, reader.columns, sample, options, label_column, classes)
        if check.texts and hasattr(reader, "check_once"):
            try:
                reader.check_once(check.texts)
            except DataError as error:
                check.texts, check.why_no_texts = (), error
        _Counter(check, columns, classifier, reader_of_labels).count(chain(head, records))
        opened.check_whole()
        check.findings.encodings = late_encodings(reader)
    return check


def _records(reader: Any, columns: Sequence[str], opened: Source) -> Iterator[Record]:
    encoding = reader.dialect.encoding if reader.dialect else ""
    if hasattr(reader, "records"):
        records = reader.records(columns, gaps=True)
    else:
        lines = enumerate(reader.every(), start=1)
        records = (Record(() if fault else tuple(cells), fault, number) for number, (cells, fault) in lines)
    return guarded(records, name=opened.name, encoding=encoding)


def _choose(
    check: Check,
    columns: Sequence[str],
    sample: Sequence[Sequence[object]],
    options: Options,
    label_column: str | None,
    classes: Sequence[str],
) -> None:
    if not columns:
        return
    try:
        if label_column is not None:
            pair = choose_labelled(
                columns,
                options.text_column,
                label_column,
                name=check.name,
                sample=sample,
                classes=classes,
            )
            check.texts, check.label = pair.texts, pair.label
            return
        check.texts = choose_texts(columns, options.text_column, name=check.name, sample=sample).texts
        check.label = find_label(columns, check.texts, sample, classes)
    except DataError as error:
        check.why_no_texts = error


class _Disputes:
    """Finds texts that stand in a table with different labels; numbers stand for texts and labels."""

    def __init__(self) -> None:
        self._labels: dict[str, int] = {}
        self._first: dict[int, int] = {}
        self._same: Counter[int] = Counter()
        self._others: dict[int, dict[int, list[int]]] = {}

    def add(self, text: str, label: str, row: int) -> None:
        """Count a text, as it is compared, and its label, one of few."""
        digest, number = hash(text), self._labels.setdefault(label, len(self._labels))
        first = self._first.get(digest)
        if first is None:
            if len(self._first) < _MOST_TEXTS:
                self._first[digest] = row * _MOST_LABELS + number
        elif first % _MOST_LABELS == number:
            self._same[digest] += 1
        else:
            self._others.setdefault(digest, {}).setdefault(number, [0, row])[0] += 1

    def found(self, meanings: Mapping[str, str]) -> tuple[int, tuple[int, ...]]:
        """Return how many rows have a text with different labels, and the first of each label.

        Args:
            meanings: class of each label, or ``skip``; labels of none are compared without case.
        """
        means = [meanings.get(label, plain_label(label)) for label in self._labels]
        count, rows = 0, []
        for digest, others in self._others.items():
            row, number = divmod(self._first[digest], _MOST_LABELS)
            there = {number: [1 + self._same[digest], row], **others}
            kept = [label for label in there if means[label] != SKIPPED]
            if len({means[label] for label in kept}) > 1:
                count += sum(there[label][0] for label in kept)
                rows += [there[label][1] for label in kept]
        return count, tuple(sorted(rows)[:_ROWS_NAMED])


class _Counter:
    """Counts what stands in the rows of a table.

    Args:
        check: what is filled in.
        columns: of the records.
        classifier: the model that would judge them.
        labels: what their labels mean.
    """

    def __init__(
        self, check: Check, columns: Sequence[str], classifier: Classifier, labels: LabelReader
    ) -> None:
        self._check = check
        self._places = [columns.index(name) for name in check.texts]
        self._label = None if check.label is None else columns.index(check.label)
        self._classifier = classifier
        self._reader = labels
        delimiter = check.dialect.delimiter if check.dialect else None
        self._is_merged = merged_test(delimiter, len(columns)) if delimiter else None
        self._seen: set[int] = set()
        self._disputes = _Disputes()
        self._short: list[str] = []
        self._lengths: Counter[int] = Counter()
        self._characters = self._words = self._unknown = self._texts = 0

    def count(self, records: Iterator[Record]) -> None:
        """Count all records."""
        check, found = self._check, self._check.findings
        for record in records:
            found.rows += 1
            if record.error is None and len(check.shown) < ROWS_SHOWN:
                check.shown.append(["" if cell is None else str(cell)[:_CELL] for cell in record.cells])
            error = record.error or self._text(record)
            if error is not None:
                found.add_bad(found.rows, error)
                self._problem(record, error)
            elif self._label is not None:
                self._count_label(record)
        if self._short:
            self._count_short()
        check.unknown = self._unknown / max(1, self._words)
        if self._lengths:
            check.lengths = self._made_lengths()
        if self._label is not None:
            self._read_labels()
            check.disputed, check.disputed_rows = self._disputes.found(check.meanings)

    def _text(self, record: Record) -> str | None:
        """Count the text of a record, and return what is wrong with it."""
        if not self._places:
            return None
        text = self._text_of(record)
        if text is None:
            first = record.cells[self._places[0]]
            return "no text but " + ("null" if first is None else type(first).__name__)
        if len(text) > MAX_CHARACTERS:
            return f"too long: {len(text):,} characters, at most {MAX_CHARACTERS:,}"
        self._count_text(record, text)
        return None

    def _text_of(self, record: Record) -> str | None:
        cells = [record.cells[place] for place in self._places]
        there = [cell for cell in cells if isinstance(cell, str)]
        return joined(there) if len(cells) > 1 and there else there[0] if there else None

    def _count_text(self, record: Record, text: str) -> None:
        check = self._check
        judged = judged_text(text)
        ids = self._classifier.encode(judged)
        look = look_at(text, judged, self._classifier.doubt(judged, ids), self._is_merged)
        if look is not None:
            check.findings.add(check.findings.rows, look)
        if look is not None and look.is_merged:
            self._problem(record, "several rows in one cell: is a quote not closed?")
        words = self._classifier.words_in(ids)
        self._words += words
        self._unknown += round(self._classifier.unknown_share(ids) * words)
        self._lengths[min(len(ids), _LONGEST)] += 1
        self._characters = max(self._characters, len(text))
        self._texts += 1
        if judged.strip():
            if self._texts <= _LANGUAGE_TEXTS:
                self._count_language(judged)
            digest = hash(judged)
            check.duplicates += digest in self._seen
            if len(self._seen) < _MOST_TEXTS:
                self._seen.add(digest)

    def _count_language(self, judged: str) -> None:
        """Count the language of a text; of some short ones together, where none tells much by itself."""
        language = language_of(judged)
        if language is not None:
            self._check.languages[language] += 1
            return
        self._short.append(judged)
        if len(self._short) == _TOGETHER:
            self._count_short()

    def _count_short(self) -> None:
        self._check.languages[language_of(" ".join(self._short))] += len(self._short)
        self._short.clear()

    def _count_label(self, record: Record) -> None:
        shown = self._reader.shown(record.cells[self._label or 0])[:_CELL]
        if shown in self._check.labels or len(self._check.labels) < _MOST_LABELS:
            self._check.labels[shown] += 1
            text = plain_text(self._text_of(record) or "")
            if shown and text:
                self._disputes.add(text, shown, self._check.findings.rows)

    def _read_labels(self) -> None:
        """Find what the labels mean, or what to say where they mean nothing."""
        check, reader = self._check, self._reader
        labels = [label for label in check.labels if label]
        try:
            reader.set_column(str(check.label))
            unknown = reader.unknown(labels)
            if unknown:
                raise reader.refused(unknown, among=labels, counts=check.labels)
            conflict = reader.conflict(labels, counts=check.labels)
            if conflict is not None:
                raise conflict
            meanings = {label: reader.read(label) for label in labels}
            reader.finish(is_rating=is_rating_name(str(check.label)))
            names = self._classifier.classes_
            check.meanings = {
                label: SKIPPED if place == SKIP else str(names[place])
                for label, place in meanings.items()
                if place is not None
            }
        except DataError as error:
            check.why_no_labels = error

    def _problem(self, record: Record, what: str) -> None:
        if len(self._check.problems) < _MOST_PROBLEMS:
            self._check.problems.append(Problem(record.line, self._check.findings.rows, what))

    def _made_lengths(self) -> Lengths:
        middle, passed = sum(self._lengths.values()) // 2, 0
        median = 0
        for words in sorted(self._lengths):
            passed += self._lengths[words]
            if passed > middle:
                median = words
                break
        return Lengths(min(self._lengths), median, max(self._lengths), self._characters)
