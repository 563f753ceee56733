"""What the labels of a dropped table mean, all of them known beforehand: figures of truth, or none."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from opinia.errors import DataError
from opinia.model.classifier import Classifier
from opinia.serve.dropped.reading import Reading
from opinia.serve.failures import in_fields
from opinia.tables.column_names import is_rating_name
from opinia.tables.columns import choose_texts, find_label
from opinia.tables.labels.maps import SKIP, SKIPPED
from opinia.tables.labels.proposals import propose
from opinia.tables.labels.reader import LabelReader

_MOST = 50


@dataclass(frozen=True)
class Labels:
    """A column of labels, understood or not.

    Args:
        column: its name; None for none.
        counts: how many rows have each label, as it stands there.
        meanings: the class of each, by its number, or ``SKIP``; None where they are not understood.
        error: why not.
        proposal: a map that fits all of them, to be changed and given as it is.
    """

    column: str | None = None
    counts: Mapping[str, int] = field(default_factory=dict)
    meanings: Mapping[str, int] | None = None
    error: DataError | None = None
    proposal: str = ""

    def describe(self, classes: Sequence[str]) -> dict[str, Any]:
        """Return it for the page."""
        error = (
            None
            if self.error is None
            else {
                "message": in_fields(self.error.message) or self.error.message,
                "hint": None,
            }
        )
        meanings = self.meanings
        return {
            "column": self.column,
            "counts": dict(list(self.counts.items())[:_MOST]),
            "meanings": None
            if meanings is None
            else {
                label: SKIPPED if number == SKIP else classes[number]
                for label, number in list(meanings.items())[:_MOST]
            },
            "error": error,
            "proposal": self.proposal,
        }


def propose_columns(
    reading: Reading, classifier: Classifier, *, name: str
) -> tuple[tuple[str, ...], DataError | None, str | None]:
    """Return the obvious columns of texts, why there are none, and the column of labels, if there is one."""
    names, classes = reading.names, [str(each) for each in classifier.classes_]
    try:
        texts = choose_texts(names, None, name=name, sample=reading.sample).texts
    except DataError as error:
        return (), error, None
    return texts, None, find_label(names, texts, reading.sample, classes)


def read_labels(
    reading: Reading, column: str | None, classifier: Classifier, *, label_map: str | None
) -> Labels:
    """Return what the labels of a column mean for a model.

    Args:
        reading: of the table.
        column: its name; None for none.
        classifier: has the classes.
        label_map: what they mean, as :func:`opinia.tables.labels.maps.read_map` reads it; None understands
            common ones.
    """
    if column is None:
        return Labels()
    classes = tuple(str(each) for each in classifier.classes_)
    counted = reading.counts.get(column)
    if counted is None:
        error = DataError(f"the column {column!r} has too many different values to be labels")
        return Labels(column, error=error)
    values = [json.loads(key) for key in counted]
    counts: Counter[str] = Counter()
    reader: LabelReader | None = None
    try:
        reader = LabelReader(classes, mapped=label_map)
        reader.set_column(column)
        for value, count in zip(values, counted.values(), strict=True):
            if label := reader.shown(value):
                counts[label] += count
        unknown = reader.unknown(values)
        if unknown:
            raise reader.refused(unknown, among=[*counts], counts=counts)
        conflict = reader.conflict([*counts], counts=counts)
        if conflict is not None:
            raise conflict
        meanings = {
            label: meaning
            for value in values
            if (label := reader.shown(value)) and (meaning := reader.read(value)) is not None
        }
        reader.finish(is_rating=is_rating_name(column))
    except DataError as error:
        proposal = ""
        if counts and reader is not None:
            proposal = propose([*counts], classes, column=column, counts=counts).text
        return Labels(column, counts, error=error, proposal=proposal)
    if not meanings:
        return Labels(column, counts, error=DataError(f"the column {column!r} holds nothing"))
    return Labels(column, counts, meanings)


class Truth:
    """Reads the labels of rows.

    Args:
        labels: understood ones.
        place: of their column.
        classifier: has the classes.
    """

    def __init__(self, labels: Labels, place: int, classifier: Classifier) -> None:
        self._shown = LabelReader(tuple(str(each) for each in classifier.classes_)).shown
        self._meanings, self._place = labels.meanings or {}, place

    def of(self, cells: Any) -> int | None:
        """Return the number of a row's class; None where it has none, or is left out."""
        if not isinstance(cells, list):
            return None
        meaning = self._meanings.get(self._shown(cells[self._place]))
        return None if meaning is None or meaning == SKIP else meaning
