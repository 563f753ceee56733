"""The words shown to people, in Polish and in English.

Errors stay in English; machine output (JSON, tables) keeps the model's own labels.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

DEFAULT_LANGUAGE = "pl"


@dataclass(frozen=True)
class Messages:
    """Everything the console says in one language.

    Texts with ``{…}`` are filled in by :meth:`str.format`.
    """

    decimal: str
    thousands: str
    greeting: str
    judging: str
    cancelled: str
    pasted: str
    too_long: str
    too_many_words: str
    warning: str
    no_words: str
    none_known: str
    mostly_unknown: str
    not_utf8: str
    unsure_lines: str
    not_utf8_lines: str
    labels: Mapping[str, str] = field(default_factory=dict)

    def answer(self, label: str, probability: float) -> str:
        """Return an answer such as ``positive (99.2%)``; a label without a word of its own stays."""
        return f"{self.labels.get(label, label)} ({self.percent(probability, digits=1)})"

    def percent(self, share: float, *, digits: int = 0) -> str:
        """Return a share from 0 to 1 as percent."""
        return f"{100 * share:.{digits}f}".replace(".", self.decimal) + "%"

    def number(self, value: int) -> str:
        """Return a whole number with its thousands apart."""
        return f"{value:,}".replace(",", self.thousands)


MESSAGES: Mapping[str, Messages] = {
    "pl": Messages(
        decimal=",",
        thousands=" ",
        greeting="Wpisz recenzję filmu po angielsku i naciśnij Enter. Koniec: Ctrl-D.",
        judging="oceniam…",
        cancelled="przerwano",
        pasted="[wklejono znaków: {count}]",
        too_long="tekst jest za długi: znaków {count}, najwyżej {most}",
        too_many_words="tekst jest za długi: słów i znaków interpunkcyjnych {count}, najwyżej {most}",
        warning="uwaga: linia {line}: {what}",
        no_words="brak słów do oceny: odpowiedź nic nie znaczy",
        none_known="model nie zna żadnego z tych słów: odpowiedź nic nie znaczy",
        mostly_unknown="model nie zna {share} słów: czy to tekst po angielsku?",
        not_utf8="to nie jest poprawne UTF-8: błędne bajty zastąpiono",
        unsure_lines="uwaga: linii bez słów albo z nieznanymi słowami: {count} z {lines}",
        not_utf8_lines="uwaga: linii, które nie są poprawnym UTF-8: {count} z {lines}",
        labels={"negative": "negatywna", "positive": "pozytywna", "uncertain": "niepewna"},
    ),
    "en": Messages(
        decimal=".",
        thousands=",",
        greeting="Type a film review and press Enter. Ctrl-D ends.",
        judging="judging…",
        cancelled="cancelled",
        pasted="[pasted: {count} characters]",
        too_long="the text is too long: {count} characters, at most {most}",
        too_many_words="the text is too long: {count} words and marks, at most {most}",
        warning="warning: line {line}: {what}",
        no_words="no words to judge: the answer means nothing",
        none_known="the model knows none of these words: the answer means nothing",
        mostly_unknown="the model does not know {share} of the words: is the text in English?",
        not_utf8="not valid UTF-8: the wrong bytes were replaced",
        unsure_lines="warning: lines without words or with unknown ones: {count} of {lines}",
        not_utf8_lines="warning: lines that are not valid UTF-8: {count} of {lines}",
        labels={"negative": "negative", "positive": "positive", "uncertain": "uncertain"},
    ),
}
