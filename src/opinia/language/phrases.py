"""The words of pictures and reports in one language, and its way to write numbers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from opinia.language.english import TEXTS as ENGLISH
from opinia.language.polish import TEXTS as POLISH

UNKNOWN = "–"


class Spread(Protocol):
    """A mean over seeds, how far they lie apart, and how well they know it; what is not known is None."""

    @property
    def mean(self) -> float: ...  # noqa: D102
    @property
    def sd(self) -> float | None: ...  # noqa: D102
    @property
    def low(self) -> float | None: ...  # noqa: D102
    @property
    def high(self) -> float | None: ...  # noqa: D102


@dataclass(frozen=True)
class Phrases:
    """One language.

    Args:
        language: its code, such as ``"en"``.
        decimal: the decimal mark.
        thousands: what stands between thousands.
        texts: by their keys; ``{…}`` is filled in by :meth:`say`.
    """

    language: str
    decimal: str
    thousands: str
    texts: Mapping[str, str]

    def say(self, key: str, **values: Any) -> str:
        """Return a text with its places filled in."""
        return self.texts[key].format(**values)

    def number(self, value: float | None, digits: int) -> str:
        """Return a number with so many decimals, or a dash for None."""
        if value is None:
            return UNKNOWN
        text = f"{value:,.{digits}f}".replace("-", "−")  # a minus as wide as a plus
        return text.translate({ord(","): self.thousands, ord("."): self.decimal})

    def points(self, share: float | None) -> str:
        """Return a difference of accuracies in percentage points, without their name."""
        return self.number(None if share is None else 100 * share, 2)

    def spread(self, found: Spread | None, digits: int, *, scale: float = 1.0) -> str:
        """Return ``mean ± sd``, without the latter where one seed has none."""
        if found is None:
            return UNKNOWN
        mean = self.number(scale * found.mean, digits)
        return mean if found.sd is None else f"{mean} ± {self.number(scale * found.sd, digits)}"

    def between(self, found: Spread, digits: int, *, scale: float = 1.0) -> str:
        """Return the ends of an interval."""
        if found.low is None or found.high is None:
            return UNKNOWN
        ends = [self.number(scale * end, digits) for end in (found.low, found.high)]
        return self.say("interval", low=ends[0], high=ends[1])

    def listed(self, entries: list[str]) -> str:
        """Return entries in a row, with the language's word for "and" before the last."""
        if len(entries) < 2:
            return "".join(entries)
        return f"{', '.join(entries[:-1])} {self.say('and')} {entries[-1]}"


PHRASES: Mapping[str, Phrases] = {
    "en": Phrases("en", ".", ",", ENGLISH),
    "pl": Phrases("pl", ",", "\N{NO-BREAK SPACE}", POLISH),
}
