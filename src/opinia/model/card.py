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
