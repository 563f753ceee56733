"""What is counted from a model's card, which may come from anyone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from opinia.errors import ModelFileError
from opinia.runs.summary import first_stage


def parameters_of(card: Mapping[str, Any]) -> tuple[int, int | None] | None:
    """Return how many parameters a model's network has and, of a cascade, how many its small one has beside.

    Cards of older cascades do not say the second; it then follows from the recipe in them.

    Returns:
        None where the card does not tell.
    """
    large = _entry(card, "network", "parameters")
    if not _is_count(large):
        return None
    if not isinstance(card.get("cascade"), Mapping):
        return large, None
    small = _entry(card, "cascade", "parameters")
    if not _is_count(small):
        shape = (_entry(card, "recipe", "network", "embedding"), _entry(card, "recipe", "cascade", "units"))
        if not all(_is_count(each) for each in shape):
            return None
        layers = first_stage(*shape, str(_entry(card, "recipe", "network", "pooling")))
        small = sum(layer.parameters for layer in layers)
    return large, small


def threshold_of(card: Mapping[str, Any], labels: Sequence[str]) -> float | None:
    """Return the probability above which a model of two classes answers the second; None is one half.

    Raises:
        ModelFileError: the card's is none, or the model has more classes.
    """
    if "threshold" not in card:
        return None
    value = _entry(card, "threshold", "value")
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


def _entry(card: Mapping[str, Any], *names: str) -> Any:
    value: Any = card
    for name in names:
        value = value.get(name) if isinstance(value, Mapping) else None
    return value


def _is_count(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= 0
