"""What was measured of the models that come with opinia, beyond what stands on their cards.

A card is part of its model file; a figure that is taken of the finished file would make it another. So it
stands beside the files, by their SHA-256, and a model of somebody else has none. ``benchmarks/cards.py`` of a
checkout writes it.
"""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any

MEASURED = Path(__file__).parents[1] / "models" / "measured.json"


def measured(sha256: str) -> dict[str, Any] | None:
    """Return what was measured of a model file, or None.

    Args:
        sha256: digest of the file, in hexadecimal digits.

    Returns:
        What is known of ``kinds`` (by kind of text ``reviews``, ``accuracy`` from 0 to 1 with the 95 %
        interval ``low`` to ``high`` of Wilson 1927, and whether it has ``learnt`` from such texts),
        ``reliability``, accuracy by ``lengths``, ``behaviour`` with ``failures``, ``test`` and ``speed``.
    """
    found = _all().get(sha256)
    return found if isinstance(found, dict) else None


@cache
def _all() -> dict[str, Any]:
    try:
        found = json.loads(MEASURED.read_text("utf-8"))
    except FileNotFoundError:  # a checkout in which nothing is measured yet
        return {}
    return found if isinstance(found, dict) else {}
