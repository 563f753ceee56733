"""What is asked of a scoring run, and what it tells."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from opinia.model.classifier import check_band
from opinia.model.long_texts import MAX_TOKENS
from opinia.system.machine import thread_count
from opinia.tables import Column, Existing, Told

MAX_CHARACTERS = 1 << 20
"""Longest text that is judged, by default."""


@dataclass(frozen=True)
class ScoreOptions:
    """How a table is scored.

    Args:
        text_column: the column to judge; None takes the obvious one.
        format: of the input, such as ``"csv"`` or ``"jsonl.gz"``; None looks at the names.
        encoding: of the text formats; None finds it in the beginning of the table.
        delimiter: what stands between cells, a sign or a name such as ``"tab"``; None finds it.
        quoting: ``"double"``, ``"backslash"`` or ``"none"``; None finds it.
        header: whether the first record names the columns; None looks.
        prefix: put before the names of the added columns.
        details: add ``tokens`` and ``unknown``, too, and for more classes than two the probability of each.
        uncertain: half the width of a band around one half; a text whose probability lies in it gets
            the label ``"uncertain"``. From 0, which makes no band, to 0.5.
        strict: stop at the first bad row.
        existing: what to do about an output that is there: ``"refuse"`` it, ``"replace"`` it, or
            ``"resume"`` an unfinished one.
        max_characters: a longer text makes a bad row.
        max_tokens: so does one of more words and marks.
        threads: batches side by side; see :func:`opinia.system.machine.thread_count`.
    """

    text_column: str | None = None
    format: str | None = None
    encoding: str | None = None
    delimiter: str | None = None
    quoting: str | None = None
    header: bool | None = None
    prefix: str = ""
    details: bool = False
    uncertain: float = 0.0
    strict: bool = False
    existing: Existing = "refuse"
    max_characters: int = MAX_CHARACTERS
    max_tokens: int = MAX_TOKENS
    threads: int = 0

    def __post_init__(self) -> None:
        """Look that band and threads are possible.

        Raises:
            InputError: they are not.
        """
        check_band(self.uncertain)
        thread_count(self.threads)

    def told(self) -> Told:
        """Return what is said of the table's form.

        Raises:
            DataError: there is no such delimiter or quoting.
        """
        names = () if self.text_column is None else (self.text_column,)
        return Told(self.delimiter, self.quoting, self.header, self.encoding, names)

    def added(self, classes: Sequence[str]) -> list[Column]:
        """Return the columns that are added, in order.

        Args:
            classes: names of the model's classes.
        """
        columns = [Column("label", "text"), Column("probability", "share")]
        if self.details:
            columns += [Column("tokens", "count"), Column("unknown", "share")]
            columns += [Column(name, "share") for name in class_columns(classes)]
        columns.append(Column("error", "text"))
        return [Column(self.prefix + column.name, column.kind) for column in columns]


def class_columns(classes: Sequence[str]) -> list[str]:
    """Return the column of each class's probability, without prefix; of two classes there are none.

    Of two the probability of the label says all.
    """
    return [f"probability_{name}" for name in classes] if len(classes) > 2 else []


@dataclass(frozen=True)
class Summary:
    """What became of a table.

    Args:
        rows: in the table, bad ones included.
        bad: rows without a label.
        wordless: rows whose text has no words, so that their label means nothing.
        first_bad: number of the first bad row and what is wrong with it, or None.
        column: the column that was judged.
        resumed: rows that an earlier run had done.
    """

    rows: int
    bad: int
    wordless: int
    first_bad: str | None
    column: str
    resumed: int


@dataclass(frozen=True)
class Progress:
    """Where a run stands.

    Args:
        rows: done so far, those of an earlier run included.
        resumed: of these, done by an earlier run.
        share: of the input that has been read, from 0 to 1; None where nobody knows.
    """

    rows: int
    resumed: int
    share: float | None
