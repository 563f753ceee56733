"""Which of two classes a label means: 0 and 1, -1 and 1, neg and pos, negatywna and pozytywna."""

from __future__ import annotations

from collections.abc import Sequence

from opinia.errors import DataError

# Each word stands in one group alone, and a table may hold one group of numbers at most: -1, 0 and 1
# together are three classes.
_NUMBERS = (("0", "1"), ("-1", "1"))
_WORDS = (
    ("neg", "pos"),
    ("negative", "positive"),
    ("negatywna", "pozytywna"),
    ("negatywny", "pozytywny"),
    ("negatywne", "pozytywne"),
    ("negatyw", "pozytyw"),
    ("false", "true"),
)
_SHOWN = 12
HINT = "--labels names the negative one and the positive one, such as --labels bad,good"


class LabelReader:
    """Turns the labels of a table into 0 and 1, and remembers what it took them for.

    Args:
        own: the model's two labels, which are understood in any case.
        told: the table's negative and positive label, in its own spelling; None understands numbers
            and words of common use.

    Raises:
        DataError: ``told`` names one label twice.
    """

    def __init__(self, own: Sequence[str], *, told: tuple[str, str] | None = None) -> None:
        self._told = told
        self._meanings: dict[str, int] = {}
        for pair in (told,) if told else (*_NUMBERS, *_WORDS, (own[0], own[1])):
            self._meanings.update((_plain(word), meaning) for meaning, word in enumerate(pair))
        if told and len(self._meanings) < 2:
            raise DataError(f"two labels must differ. Received: {told[0]!r} and {told[1]!r}", hint=HINT)
        self.found: dict[str, int] = {}
        """The labels that were met, as they stand in the table, and what each was taken for."""

    def read(self, value: object) -> int | None:
        """Return 1 for a positive label, 0 for a negative one, and None for a cell that is empty.

        Raises:
            DataError: it is another label, or belongs to more classes than two.
        """
        shown = _shown(value)
        if not shown:
            return None
        known = self.found.get(shown)
        if known is not None:
            return known
        meaning = self._meanings.get(_plain(shown))
        if meaning is None:
            raise self.refused([shown])
        self.found[shown] = meaning
        if {"0", "-1"} <= {_plain(each) for each in self.found} and not self._told:
            raise DataError(
                f"labels -1 and 0 in one table make three classes, and the model has two. "
                f"Received: {self._listed([])}",
                hint="leave the rows of one of them out",
            )
        return meaning

    def refused(self, labels: Sequence[str]) -> DataError:
        """Return the error for labels that mean neither class, with those that were met before."""
        asked = (
            f"{self._told[0]!r} or {self._told[1]!r}"
            if self._told
            else "0 or 1, -1 or 1, neg or pos, negative or positive, negatywna or pozytywna"
        )
        return DataError(f"labels must be {asked}. Received: {self._listed(labels)}", hint=HINT)

    def unknown(self, values: Sequence[object]) -> list[str]:
        """Return, of some cells, the different labels that mean neither class."""
        labels = dict.fromkeys(_shown(value) for value in values)
        return [label for label in labels if label and _plain(label) not in self._meanings]

    def _listed(self, labels: Sequence[str]) -> str:
        every = list(dict.fromkeys([*self.found, *labels]))
        shown = ", ".join(repr(each if len(each) <= 40 else each[:39] + "…") for each in every[:_SHOWN])
        more = len(every) - _SHOWN
        return shown + (f" and {more} more" if more > 0 else "")


def _shown(value: object) -> str:
    """Return a cell as text: nothing for null and NaN, and ``1`` for 1.0, as tables with gaps have it."""
    if value is None or value != value:
        return ""
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return str(value).strip()


def _plain(label: str) -> str:
    plain = label.strip().casefold().removeprefix("+").replace("\N{MINUS SIGN}", "-")
    return plain[:-2] if plain.endswith(".0") else plain
