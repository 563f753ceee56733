"""What a model reads of a cell: nothing of a placeholder, and characters for HTML entities."""

from __future__ import annotations

import re
from collections.abc import Sequence

# What programs write where there is nothing: Python, SQL, R, JavaScript, and spreadsheets in English and
# Polish.
PLACEHOLDERS = frozenset(
    ("nan", "null", "none", "nil", "na", "n/a", "#n/a", "#na", "<na>", "<null>", "<none>", "\\n", "undefined")
    + ("nat", "(null)", "(none)", "[null]", "#name?", "#value!", "#ref!", "#div/0!", "#num!", "#null!")
    + ("#spill!", "#error!", "n.a.", "#nazwa?", "#arg!", "#adr!", "#dzielenie/0!")
    + ("#dziel/0!", "#liczba!", "#zero!", "#n/d", "#n/d!", "n/d", "n.d.", "brak danych")
)
_LONGEST = max(map(len, PLACEHOLDERS)) + 8
_ENTITY = re.compile(r"&(?:#[0-9]{1,7}|#[xX][0-9a-fA-F]{1,6}|[a-zA-Z][a-zA-Z0-9]{1,31});")
_ENDS = (".", "!", "?", "…", "。", "！", "？")


def is_placeholder(text: str) -> bool:
    """Tell whether a cell says that there is nothing in it: ``NaN``, ``NULL``, ``#NAME?``, ``N/A``.

    Empty cells are not among them.
    """
    return len(text) <= _LONGEST and text.strip().casefold() in PLACEHOLDERS


def judged_text(text: str) -> str:
    """Return a cell as a model reads it: HTML entities decoded, also twice, and nothing for a placeholder.

    Example:
        >>> [judged_text(cell) for cell in ("Tom &amp; Jerry&#39;s", "good&lt;br /&gt;film", "#NAME?")]
        ["Tom & Jerry's", 'good<br />film', '']
    """
    if "&" in text:
        once = _ENTITY.sub(_decoded, text)
        text = _ENTITY.sub(_decoded, once) if once != text and "&" in once else once
    return "" if len(text) <= _LONGEST and is_placeholder(text) else text


def joined(parts: Sequence[str]) -> str:
    """Return the texts of several columns as one: a full stop and a space between, but no second full stop.

    Empty parts and placeholders are left out.

    Example:
        >>> joined(["Great", "", "I liked it."]), joined(["Why?", "Because"])
        ('Great. I liked it.', 'Why? Because')
    """
    kept = [part.strip() for part in parts if part.strip() and not is_placeholder(part)]
    return "".join(
        part + ("" if place == len(kept) - 1 else " " if part.endswith(_ENDS) else ". ")
        for place, part in enumerate(kept)
    )


def _decoded(entity: re.Match[str]) -> str:
    import html  # its list of entities takes longer to load than most cells have any use for it

    return html.unescape(entity.group())
