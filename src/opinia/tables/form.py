"""What may be said of a table: where its texts and labels stand, and how it is written."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from opinia.tables.columns import asked_names
from opinia.tables.dialect import Told


@dataclass(frozen=True)
class Form:
    """How a table is read.

    Args:
        text_column: the column of texts, or several whose texts are joined, as names one by one or with
            commas between; None takes the obvious one.
        format: such as ``"csv"`` or ``"jsonl.gz"``; None looks at name and content.
        encoding: of the text formats; None finds it in the beginning of the table.
        delimiter: what stands between cells, a sign or a name such as ``"tab"``; None finds it.
        quoting: ``"double"``, ``"backslash"`` or ``"none"``; None finds it.
        header: whether the first record names the columns; None looks.
    """

    text_column: str | Sequence[str] | None = None
    format: str | None = None
    encoding: str | None = None
    delimiter: str | None = None
    quoting: str | None = None
    header: bool | None = None

    def told(self) -> Told:
        """Return what is said of the table's form.

        Raises:
            DataError: there is no such delimiter or quoting.
        """
        return Told(self.delimiter, self.quoting, self.header, self.encoding, self._names())

    def _names(self) -> tuple[str, ...]:
        """Return the columns that are asked for."""
        return asked_names(self.text_column)


@dataclass(frozen=True)
class LabelledForm(Form):
    """How a labelled table is read.

    Args:
        label_column: the column of labels; None takes the obvious one.
    """

    label_column: str | None = None

    def _names(self) -> tuple[str, ...]:
        return (*asked_names(self.text_column), *asked_names(self.label_column))
