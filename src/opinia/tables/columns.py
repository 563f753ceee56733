"""Which column holds the texts, and which names are free."""

from __future__ import annotations

import difflib
from collections.abc import Sequence

from opinia.errors import DataError
from opinia.tables.rows import Column

_TEXTS = frozenset(
    ("text", "texts", "review", "reviews", "reviewtext", "reviewbody", "comment", "comments", "content")
    + ("body", "message", "sentence", "document", "tweet", "opinion", "recenzja", "opinia", "tekst")
)
_LABELS = frozenset(
    ("label", "labels", "sentiment", "sentiments", "polarity", "class", "target", "category", "y")
    + ("etykieta", "etykiety", "sentyment", "wydzwiek", "wydźwięk", "klasa")
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
        likely = [column for column in columns if _plain(column) in _TEXTS]
        found = likely if len(columns) > 1 else list(columns)
        if len(found) != 1:
            raise DataError(
                f"{name} has no obvious column of texts. Its columns: {_listed(columns)}",
                hint="--text-column names it",
            )
        return found[0]
    return _named(columns, wanted, name=name, what="the texts")


def choose_columns(
    columns: Sequence[str], text: str | None, label: str | None, *, name: str
) -> tuple[str, str]:
    """Return the column that holds the texts and the one that holds their labels.

    Args:
        columns: what the table has.
        text: the column of texts; None takes the obvious one.
        label: the column of labels; None takes the only one with a name such as ``label`` or
            ``sentiment``, or the only one besides the texts.
        name: of the table, for messages.

    Raises:
        DataError: there is no such column, it is there twice, or there is no obvious one.
    """
    if label is not None:
        label = _named(columns, label, name=name, what="the labels")
    else:
        likely = [column for column in columns if _plain(column) in _LABELS and column != text]
        if len(likely) == 1:
            label = likely[0]
    others = [column for column in columns if column != label]
    if text is not None or others:
        text = choose_column(columns if text is not None else others, text, name=name)
    if label is None and text is not None and len(columns) == 2:
        (label,) = (column for column in columns if column != text)
    if label is None:
        raise DataError(
            f"{name} has no obvious column of labels. Its columns: {_listed(columns)}",
            hint="--label-column names it",
        )
    if text is None or text == label:
        raise DataError(
            f"{name} has no column of texts besides the labels {label!r}. Its columns: {_listed(columns)}",
            hint="--text-column and --label-column name two columns",
        )
    return text, label


def _named(columns: Sequence[str], wanted: str, *, name: str, what: str) -> str:
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
            hint=f"rename one of them, so that it is clear which holds {what}",
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
