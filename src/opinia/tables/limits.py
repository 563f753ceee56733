"""How much of a table is held at once: a small file can unfold to any size."""

from __future__ import annotations

from opinia.errors import DataError

MAX_RECORD = 8 << 20
"""Most bytes of one row as it stands in memory, where a character takes one, two or four.

The longest text judged by default fits, in its longest spelling. More is hardly a text: a quote is
open, or this is no table.
"""
MAX_CELLS = 3 << 19
"""Most separators in one large row: a cell or a value takes many times its own bytes."""
LARGE = 1 << 20
"""Bytes below which nobody counts them."""


def too_large(what: str, name: str, *, hint: str = "is this a table? Its lines must end") -> DataError:
    """Return the error for a row that cannot be held."""
    return DataError(f"{what} of {name} takes more than {MAX_RECORD:,} bytes, unpacked", hint=hint)
