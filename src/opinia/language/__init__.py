"""Every word that people see, in English and in Polish: looked up and filled in, with the language's numbers.

The words stand in ``en.py`` and ``pl.py``. Errors and the help of commands are English; machine output (JSON,
tables) keeps the model's own labels.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from opinia.language import en, pl

DEFAULT_LANGUAGE = "pl"
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
class Language:
    """One language.

    Args:
        code: such as ``"en"``.
        decimal: the decimal mark.
        thousands: what stands between thousands.
        plural: names the form that goes with a whole number from 0 on, as Unicode's CLDR and
            ``Intl.PluralRules`` call it: ``one``, ``few``, ``many`` or ``other``.
        words: by section and key; ``{…}`` is filled in by :meth:`say`.
    """

    code: str
    decimal: str
    thousands: str
    plural: Callable[[int], str]
    words: Mapping[str, Mapping[str, str | Mapping[str, str]]]

    def say(self, key: str, *, count: int | None = None, **values: Any) -> str:
        """Return words with their places filled in.

        Args:
            key: the section, a dot, and the key in it: ``"console.greeting"``.
            count: chooses among plural forms where there are some, and fills ``{count}``, thousands apart.
            values: fill the other places as they are.

        Raises:
            KeyError: there are no such words, or a place is left without a value.
        """
        if count is not None:
            values["count"] = self.number(count)
        return self.text(key, count=count).format(**values)

    def text(self, key: str, *, count: int | None = None) -> str:
        """Return words whose places are not filled in yet; see :meth:`say`."""
        section, _, name = key.partition(".")
        text = self.words[section][name]
        if isinstance(text, str):
            return text
        assert count is not None, f"{key} needs a count"  # noqa: S101
        return text.get(self.plural(count), text["other"])

    def label(self, label: str) -> str:
        """Return what people call a class; one without a word of its own keeps its name."""
        words = self.words["label"].get(label, label)
        return words if isinstance(words, str) else label

    def answer(self, label: str, probability: float) -> str:
        """Return an answer such as ``positive (99.2%)``."""
        return f"{self.label(label)} ({self.percent(probability, digits=1)})"

    def doubt(self, doubt: str, *, share: float, found: str | None, model: str | Sequence[str] | None) -> str:
        """Return why an answer should not be trusted, in words.

        Args:
            doubt: one of :data:`opinia.model.doubt.DOUBTS`.
            share: of unknown words, from 0 to 1.
            found: code of the language that the text is in, where that is the reason.
            model: code of the language that the model reads, or of several; None, or no code, where it is not
                known: then nobody is asked about it.
        """
        is_open = doubt == "mostly_unknown" and model in (None, "other", (), ("other",))
        return self.say(
            f"doubt.{doubt}.open" if is_open else f"doubt.{doubt}",
            share=self.percent(share),
            found=self.in_language(found or "other"),
            model=self.in_languages(model),
        )

    def in_language(self, code: str) -> str:
        """Return what a text in a language is, such as ``in English``.

        Args:
            code: of ISO 639-1, one of :data:`opinia.text.language.LANGUAGES`, or ``"other"``.
        """
        return self.say(f"tongue.{code}")

    def in_languages(self, codes: str | Sequence[str] | None) -> str:
        """Return the same of one language or of several, such as ``in English or in Polish``.

        Args:
            codes: a code, or several; none stands for ``"other"``.
        """
        several = (codes,) if isinstance(codes, str) else codes
        return f" {self.say('tongue.or')} ".join(map(self.in_language, several or ("other",)))

    def percent(self, share: float, *, digits: int = 0) -> str:
        """Return a share from 0 to 1 as percent."""
        return f"{100 * share:.{digits}f}".replace(".", self.decimal) + "%"

    def number(self, value: float | None, digits: int = 0) -> str:
        """Return a number with so many decimals and its thousands apart, or a dash for None."""
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
        return self.say("report.interval", low=ends[0], high=ends[1])

    def listed(self, entries: Sequence[str]) -> str:
        """Return entries in a row, with the language's word for "and" before the last."""
        if len(entries) < 2:
            return "".join(entries)
        return f"{', '.join(entries[:-1])} {self.say('report.and')} {entries[-1]}"


def _english(count: int) -> str:
    return "one" if count == 1 else "other"


def _polish(count: int) -> str:
    if count == 1:
        return "one"
    return "few" if 2 <= count % 10 <= 4 and not 12 <= count % 100 <= 14 else "many"


LANGUAGES: Mapping[str, Language] = {
    "pl": Language("pl", ",", "\N{NO-BREAK SPACE}", _polish, pl.WORDS),
    "en": Language("en", ".", ",", _english, en.WORDS),
}
