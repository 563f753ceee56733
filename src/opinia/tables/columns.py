"""Which column holds the texts, and which names are free."""

from __future__ import annotations

import difflib
from collections.abc import Sequence

from opinia.errors import DataError
from opinia.tables.rows import Column

_NAMES = frozenset(
    ("text", "texts", "review", "reviews", "reviewtext", "reviewbody", "comment", "comments", "content")
    + ("body", "message", "sentence", "document", "tweet", "opinion", "recenzja", "opinia", "tekst")
)
_SHOWN = 12


def choose_column(columns: Sequence[str], wanted: str | None, *, name: str) -> str:
    """Return the column that holds the texts.

    Args:
        columns: what the table has.
        wanted: the column asked for; None takes the only column, or the only one with a name such
            as ``text`` or ``review``.
        name: of the table, for messages.

    Raises:
        DataError: there is no such column, it is there twice, or there is no obvious one.
    """
    if wanted is None:
        likely = [column for column in columns if _plain(column) in _NAMES]
        found = likely if len(columns) > 1 else list(columns)
        if len(found) != 1:
            raise DataError(
                f"{name} has no obvious column of texts. Its columns: {_listed(columns)}",
                hint="--text-column names it",
            )
        return found[0]
    if wanted not in columns:
        near = difflib.get_close_matches(wanted, columns, n=1, cutoff=0.5)
        near = near or [column for column in columns if _plain(column) == _plain(wanted)]
        raise DataError(
            f"{name} has no column {wanted!r}. Its columns: {_listed(columns)}",
            hint=f"did you mean {near[0]!r}?" if near else "the first line must name the columns",
        )
    if columns.count(wanted) > 1:
        raise DataError(
            f"{name} has {columns.count(wanted)} columns named {wanted!r}",
            hint="rename one of them, so that it is clear which holds the texts",
        )
    return wanted


def check_clashes(columns: Sequence[str], added: Sequence[Column], *, name: str) -> None:
    """Look that no added column bears a name that the table has already.

    Raises:
        DataError: one does.
    """
    clashes = [column.name for column in added if column.name in columns]
    if clashes:
        raise DataError(
            f"{name} has a column {clashes[0]!r} already, and one of that name is to be added",
            hint="--prefix puts something before the added names, such as --prefix opinia_",
        )


def _plain(name: str) -> str:
    return "".join(letter for letter in name.casefold() if letter.isalnum())


def _listed(columns: Sequence[str]) -> str:
    shown = ", ".join(repr(column if len(column) <= 40 else column[:39] + "…") for column in columns[:_SHOWN])
    more = len(columns) - _SHOWN
    return (shown + (f" and {more} more" if more > 0 else "")) or "none"
