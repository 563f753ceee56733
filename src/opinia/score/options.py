"""What is asked of a scoring run, and what it tells."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from opinia.model.classifier import check_band
from opinia.model.long_texts import MAX_TOKENS
from opinia.score.findings import Findings
from opinia.system.machine import thread_count
from opinia.tables import Column, Dialect, Existing
from opinia.tables.form import Form

MAX_CHARACTERS = 1 << 20
"""Longest text that is judged, by default."""


@dataclass(frozen=True)
class ScoreOptions(Form):
    """How a table is scored; how it is read is said as in :class:`opinia.tables.form.Form`.

    Args:
        prefix: put before the names of the added columns; without one it is ``opinia_`` where the table has a
            column of such a name already.
        details: add ``tokens``, ``unknown`` and ``doubt``, too, and for more classes than two the
            probability of each.
        uncertain: half the width of a band around one half; a text whose probability lies in it gets
            the label ``"uncertain"``. From 0, which makes no band, to 0.5.
        threshold: of two classes, the probability above which a text gets the second one's label, from 0 to
            1; the band of uncertainty then lies around it. None is one half.
        strict: stop at the first bad row.
        existing: what to do about an output that is there: ``"refuse"`` it, ``"replace"`` it, or
            ``"resume"`` an unfinished one.
        max_characters: a longer text makes a bad row.
        max_tokens: so does one of more words and marks.
        threads: batches side by side; see :func:`opinia.system.machine.thread_count`.
    """

    prefix: str = ""
    details: bool = False
    uncertain: float = 0.0
    threshold: float | None = None
    strict: bool = False
    existing: Existing = "refuse"
    max_characters: int = MAX_CHARACTERS
    max_tokens: int = MAX_TOKENS
    threads: int = 0

    def __post_init__(self) -> None:
        """Check that band and threads are possible.

        Raises:
            InputError: they are not.
        """
        check_band(self.uncertain)
        thread_count(self.threads)

    def added(self, classes: Sequence[str], *, several: bool = False) -> list[Column]:
        """Return the columns that are added, in order.

        Args:
            classes: names of the model's classes.
            several: each text is read by one of several models.
        """
        columns = [Column("label", "text"), Column("probability", "share")]
        if self.details:
            columns += [Column("tokens", "count"), Column("unknown", "share"), Column("doubt", "text")]
            columns += [Column(name, "share") for name in class_columns(classes)]
            columns += [Column("read_by", "text")] if several else []
        columns.append(Column("error", "text"))
        return [Column(self.prefix + column.name, column.kind) for column in columns]


def class_columns(classes: Sequence[str]) -> list[str]:
    """Return the column of each class's probability, without prefix; of two classes there are none.

    Of two the probability of the label says all.
    """
    return [f"probability_{name}" for name in classes] if len(classes) > 2 else []


@dataclass(frozen=True)
class Start:
    """What was taken for what, before the first row is judged.

    Args:
        texts: columns to judge, in the order in which they are joined; mostly one.
        by: why these: ``"told"``, ``"only"`` one, ``"name"`` or ``"content"``.
        columns: how many the table has.
        prefix: put before the names of the added columns.
        clash: a column of the table for whose sake the prefix is not the one that was asked for, or None.
        dialect: how a text table is written; None where there is no text.
    """

    texts: tuple[str, ...]
    by: str
    columns: int
    prefix: str
    clash: str | None
    dialect: Dialect | None


@dataclass(frozen=True)
class Summary:
    """What became of a table.

    Args:
        findings: counts of the rows, the labels and what speaks against them.
        columns: those that were judged, in the order in which their texts were joined.
        prefix: put before the names of the added columns.
        resumed: rows that an earlier run had done.
    """

    findings: Findings
    columns: tuple[str, ...]
    prefix: str
    resumed: int

    @property
    def rows(self) -> int:
        """Rows of the table, bad ones included."""
        return self.findings.rows

    @property
    def bad(self) -> int:
        """Rows without a label."""
        return self.findings.bad

    @property
    def wordless(self) -> int:
        """Rows whose text has no words, so that their label means nothing."""
        return self.findings.wordless

    @property
    def first_bad(self) -> str | None:
        """Number of the first bad row and what is wrong with it, or None."""
        return self.findings.first_bad

    @property
    def column(self) -> str:
        """The column that was judged; of several, all names with a plus between."""
        return " + ".join(self.columns)


@dataclass(frozen=True)
class Progress:
    """Where a run stands.

    Args:
        rows: done so far, those of an earlier run included.
        resumed: of these, done by an earlier run.
        share: fraction of the input that has been read, from 0 to 1; None where nobody knows.
    """

    rows: int
    resumed: int
    share: float | None
