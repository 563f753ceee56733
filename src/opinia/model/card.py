"""What is read from a model's card, which may come from anyone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from opinia.errors import ModelFileError


def threshold_of(card: Mapping[str, Any], labels: Sequence[str]) -> float | None:
    """Return the probability above which a model of two classes answers the second; None is one half.

    Raises:
        ModelFileError: the card's is none, or the model has more classes.
    """
    if "threshold" not in card:
        return None
    value = entry_of(card, "threshold", "value")
    if (
        isinstance(value, bool)
        or not isinstance(value, int | float)
        or not 0 <= value <= 1
        or len(labels) != 2
    ):
        raise ModelFileError(
            "the threshold on the model's card must be a number from 0 to 1, of two classes. "
            f"Received: {str(value)[:40]!r}, of {len(labels)}",
            hint="`opinia evaluate MODEL DATA --choose-threshold f1 --keep OUT` writes one",
        )
    return float(value)


def entry_of(card: Mapping[str, Any], *names: str) -> Any:
    """Return what stands below some names in a card, each inside the one before; None where nothing does."""
    value: Any = card
    for name in names:
        value = value.get(name) if isinstance(value, Mapping) else None
    return value


_SHARE_ALIKE = "-SA"


def licence_of(card: Mapping[str, Any]) -> str | None:
    """Return the licence that a model is given away under; None where its card names none.

    It is that of the texts that it was trained on, or of the model that its training began with.
    """
    for place in ("data", "begun_with"):
        licence = entry_of(card, place, "licence")
        if isinstance(licence, str):
            return licence
    return None


def handed_on(card: Mapping[str, Any]) -> dict[str, Any]:
    """Return what the card of a model says of the one that its training began with.

    Args:
        card: of that one.

    Returns:
        ``name``; ``licence``, where it is one that what is made from it must be under, too (ShareAlike); and
        ``sets`` that it has learnt from, where it names them.
    """
    licence = licence_of(card) or ""
    sets: dict[str, Any] = {}
    for place in ("begun_with", "data"):
        named = entry_of(card, place, "sets")
        sets |= named if isinstance(named, Mapping) else {}
    told = {"name": card.get("name"), "licence": licence if _SHARE_ALIKE in licence else "", "sets": sets}
    return {name: value for name, value in told.items() if value}
