"""Which class a label of a table means: the classes' own names, their numbers, and words of common use."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Sequence

from opinia.errors import DataError

# Each word stands in one group alone, and a table may hold one group of numbers at most: -1, 0 and 1
# together are three classes.
_NUMBERS = (("0", "1"), ("-1", "1"))
_OPINIONS = (
    ("neg", "pos"),
    ("negative", "positive"),
    ("negatywna", "pozytywna"),
    ("negatywny", "pozytywny"),
    ("negatywne", "pozytywne"),
    ("negatyw", "pozytyw"),
)
_TRUTHS = (("false", "true"),)
_SHOWN = 12
_NUMBER = re.compile(r"([+-]?)([0-9]+)(?:\.0+)?")


class LabelReader:
    """Turns the labels of a table into the numbers of a model's classes, and remembers what it took them for.

    Names are compared without regard to case, to how Unicode composes their letters and to spaces around
    them, unless two classes differ in that alone. A number means the class of that number, from 0, unless
    a class has a number for a name. Of two classes -1 means the first, too, as do false and true and, where
    the classes are called negative and positive, other words for these.

    Args:
        own: the names of the model's classes, in their order; at least two.
        told: the table's label of each class, in its own spelling and in the same order; None understands
            what is said above.

    Raises:
        DataError: ``told`` names one label twice, or has not one for each class.
    """

    def __init__(self, own: Sequence[str], *, told: Sequence[str] | None = None) -> None:
        self._own, self._told = tuple(own), None if told is None else tuple(told)
        names = self._own if self._told is None else self._told
        if self._told is not None:
            if len(names) != len(own):
                raise DataError(
                    f"the model has {len(own)} classes, {_listed(own)}. Received {len(names)} labels: "
                    f"{_listed(names)}",
                    hint=self._hint,
                )
            if len({_plain(name) for name in names}) < len(names):
                same = " and ".join(map(repr, names)) if len(names) == 2 else _listed(names)
                which = "two" if len(names) == 2 else "the"
                raise DataError(f"{which} labels must differ. Received: {same}", hint=self._hint)
        self._exact = {name.strip(): number for number, name in enumerate(names)}
        self._meanings: dict[str, int] = {}
        if self._told is None:
            for words in self._common():
                self._meanings.update((word, meaning) for meaning, word in enumerate(words))
        counts = Counter(map(_plain, names))
        for meaning, name in enumerate(names):
            plain = _plain(name)
            self._meanings.pop(plain, None)
            if counts[plain] == 1:
                self._meanings[plain] = meaning
        self.found: dict[str, int] = {}
        """The labels that were met, as they stand in the table, and what each was taken for."""

    def _common(self) -> list[tuple[str, ...]]:
        """Return what is understood beside the names of the classes."""
        groups: list[tuple[str, ...]] = []
        plain = tuple(map(_plain, self._own))
        is_numbered = any(_NUMBER.fullmatch(name) for name in plain)
        if len(plain) == 2:
            groups += [] if is_numbered else _NUMBERS
            # Of a model with the classes turned round, or called otherwise, these words would be guessed.
            groups += _OPINIONS if plain in _OPINIONS else ()
            groups += _TRUTHS
        elif not is_numbered:
            groups.append(tuple(map(str, range(len(plain)))))
        return groups

    @property
    def _hint(self) -> str:
        if tuple(map(_plain, self._own)) in _OPINIONS:
            return "--labels names the negative one and the positive one, such as --labels bad,good"
        return f"--labels names the table's label of each class, in the order {_listed(self._own)}"

    def read(self, value: object) -> int | None:
        """Return the number of a label's class, from 0, and None for a cell that is empty.

        Raises:
            DataError: it is another label, or belongs to more classes than two.
        """
        shown = _shown(value)
        if not shown:
            return None
        known = self.found.get(shown)
        if known is not None:
            return known
        meaning = self._meaning(shown)
        if meaning is None:
            raise self.refused([shown])
        self.found[shown] = meaning
        if (
            len(self._own) == 2
            and {"0", "-1"} <= {_plain(each) for each in self.found if each not in self._exact}
            and not self._told
        ):
            raise DataError(
                f"labels -1 and 0 in one table make three classes, and the model has two. "
                f"Received: {self._met([])}",
                hint="leave the rows of one of them out",
            )
        return meaning

    def _meaning(self, shown: str) -> int | None:
        exact = self._exact.get(shown)
        return self._meanings.get(_plain(shown)) if exact is None else exact

    def refused(self, labels: Sequence[str]) -> DataError:
        """Return the error for labels that mean no class, with those that were met before."""
        if self._told:
            asked = (
                " or ".join(map(repr, self._told)) if len(self._told) == 2 else f"of {_listed(self._told)}"
            )
        elif tuple(map(_plain, self._own)) in _OPINIONS:
            asked = "0 or 1, -1 or 1, neg or pos, negative or positive, negatywna or pozytywna"
        else:
            asked = f"of {_listed(self._own)}"
            if "0" in self._meanings and not any(_NUMBER.fullmatch(_plain(name)) for name in self._own):
                asked += f", or their numbers from 0 to {len(self._own) - 1}"
        return DataError(f"labels must be {asked}. Received: {self._met(labels)}", hint=self._hint)

    def unknown(self, values: Sequence[object]) -> list[str]:
        """Return, of some cells, the different labels that mean no class."""
        labels = dict.fromkeys(_shown(value) for value in values)
        return [label for label in labels if label and self._meaning(label) is None]

    def _met(self, labels: Sequence[str]) -> str:
        return _listed(list(dict.fromkeys([*self.found, *labels])))


def _listed(labels: Sequence[str]) -> str:
    shown = ", ".join(repr(each if len(each) <= 40 else each[:39] + "…") for each in labels[:_SHOWN])
    more = len(labels) - _SHOWN
    return shown + (f" and {more} more" if more > 0 else "")


def _shown(value: object) -> str:
    """Return a cell as text: nothing for null and NaN, and ``1`` for 1.0, as tables with gaps have it."""
    if value is None or value != value:
        return ""
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return str(value).strip()


def _plain(label: str) -> str:
    """Return a label as it is compared: without case, and a number without its plus and its ``.0``."""
    plain = unicodedata.normalize("NFC", unicodedata.normalize("NFC", label.strip()).casefold())
    number = _NUMBER.fullmatch(plain.replace("\N{MINUS SIGN}", "-"))
    return (number[1].removeprefix("+") + number[2]) if number else plain
