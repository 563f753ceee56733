"""How many parameters the networks of a model file have, as its card tells."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from opinia.model.card import entry_of
from opinia.runs.layer_table import first_stage


def parameters_of(card: Mapping[str, Any]) -> tuple[int, int | None] | None:
    """Return how many parameters a model's network has and, of a cascade, how many its small one has beside.

    Cards of older cascades do not say the second; it then follows from the recipe in them.

    Returns:
        None where the card does not tell.
    """
    large = entry_of(card, "network", "parameters")
    if not _is_count(large):
        return None
    if not isinstance(card.get("cascade"), Mapping):
        return large, None
    small = entry_of(card, "cascade", "parameters")
    if not _is_count(small):
        shape = (
            entry_of(card, "recipe", "network", "embedding"),
            entry_of(card, "recipe", "cascade", "units"),
        )
        if not all(_is_count(each) for each in shape):
            return None
        layers = first_stage(*shape, str(entry_of(card, "recipe", "network", "pooling")))
        small = sum(layer.parameters for layer in layers)
    return large, small


def _is_count(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= 0
