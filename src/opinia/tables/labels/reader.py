"""Which class a label of a table means: the one reader of labels.

The classes' own names, their numbers and words of common use are understood without being told. Everything
else is refused with a map that can be given as it is (:mod:`opinia.tables.labels.maps`).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from opinia.errors import DataError
from opinia.system.printable import quoted
from opinia.tables.cell_text import is_placeholder
from opinia.tables.column_questions import TRUTHS, Asked, asked_by
from opinia.tables.labels.maps import LabelMap, named, option, read_map, spelt
from opinia.tables.labels.proposals import Proposal, propose
from opinia.tables.labels.words import NUMBER, plain_label, rating_of

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
_SIGNS = (("👎", "👍"), ("thumbs down", "thumbs up"), ("kciuk w dół", "kciuk w górę"))
_TRUTHS = (("false", "true"),)
_SHOWN = 12
_MOST = 50
"""Different labels beyond which a column hardly holds any."""


_HIGHEST = 100
"""Number beyond which a label is hardly a rating."""
_FEW = 20
"""Different labels from which on a column may hold names of rows."""
_ALL_DIFFERENT = 0.9
"""Share of the rows that then have a label of their own."""


class LabelReader:
    """Turns the labels of a table into the numbers of a model's classes, and remembers what it took them for.

    Names are compared without regard to case, to how Unicode composes their letters and to spaces around
    them, unless two classes differ in that alone. A number means the class of that number, from 0, unless
    a class has a number for a name. Of two classes -1 means the first, too, as do false and true and, where
    the classes are called negative and positive, other words and thumbs for these. Cells that say that
    there is nothing in them, such as ``NaN``, ``NULL`` and ``#NAME?``, are empty.

    Args:
        own: the names of the model's classes, in their order; at least two.
        told: the table's label of each class, in its own spelling and in the same order; None understands
            what is said above.
        mapped: what each label means, such as ``"1,2=negative; 3=skip; 4,5=positive"``, or the name of a
            ready map; it alone counts then. See :func:`opinia.tables.labels.maps.read_map`.

    Raises:
        DataError: ``told`` names one label twice, or has not one for each class; or the map cannot be read.
    """

    def __init__(
        self, own: Sequence[str], *, told: Sequence[str] | None = None, mapped: str | None = None
    ) -> None:
        self._own, self._told = tuple(own), None if told is None else tuple(told)
        self._map = None if mapped is None else read_map(mapped, self._own)
        names = self._own if self._told is None else self._told
        if self._told is not None:
            if len(names) != len(own):
                raise DataError(
                    f"the model has {len(own)} classes, {listed(own)}. Received {len(names)} labels: "
                    f"{listed(names)}",
                    hint=self._hint,
                )
            if len({plain_label(name) for name in names}) < len(names):
                same = " and ".join(map(repr, names)) if len(names) == 2 else listed(names)
                which = "two" if len(names) == 2 else "the"
                raise DataError(f"{which} labels must differ. Received: {same}", hint=self._hint)
        self._exact = {name.strip(): number for number, name in enumerate(names)}
        self._meanings: dict[str, int] = {}
        self._numbered: set[str] = set()
        if self._told is None:
            for words in self._common():
                self._meanings.update((word, meaning) for meaning, word in enumerate(words))
            self._numbered = {word for word in self._meanings if NUMBER.fullmatch(word)}
        counts = Counter(map(plain_label, names))
        for meaning, name in enumerate(names):
            plain = plain_label(name)
            self._meanings.pop(plain, None)
            self._numbered.discard(plain)
            if counts[plain] == 1:
                self._meanings[plain] = meaning
        self._scales: set[int] = set()
        self._column: str | None = None
        self._asked: Asked | None = None
        self.counts: Counter[str] = Counter()
        """How many rows had each label."""
        self.found: dict[str, int] = {}
        """The labels that were met, as they stand in the table, and the class, or ``SKIP``, of each."""

    def set_column(self, name: str) -> None:
        """Note which column the labels stand in.

        In one called ``is_negative`` or ``verified`` a one or a yes is an answer to that, and is not read
        without a map.
        """
        self._column, self._asked = name, asked_by(name, self._own)

    def _is_questioned(self, plain: str) -> bool:
        """Tell whether a label answers the name of its column, and that is not what it would be read for."""
        if self._asked is None or self._map is not None or self._told is not None or plain not in TRUTHS:
            return False
        if any(plain == plain_label(name) for name in self._own):
            return False
        return not (len(self._own) == 2 and self._asked.number == 1)

    def _common(self) -> list[tuple[str, ...]]:
        """Return what is understood beside the names of the classes."""
        groups: list[tuple[str, ...]] = []
        plain = tuple(map(plain_label, self._own))
        is_numbered = any(NUMBER.fullmatch(name) for name in plain)
        if len(plain) == 2:
            groups += [] if is_numbered else _NUMBERS
            # Of a model with the classes turned round, or called otherwise, these words would be guessed.
            groups += (*_OPINIONS, *_SIGNS) if plain in _OPINIONS else ()
            groups += _TRUTHS
        elif not is_numbered:
            groups.append(tuple(map(str, range(len(plain)))))
        return groups

    @property
    def _hint(self) -> str:
        if tuple(map(plain_label, self._own)) in _OPINIONS:
            return "--labels names the negative one and the positive one, such as --labels bad,good"
        return f"--labels names the table's label of each class, in the order {listed(self._own)}"

    def read(self, value: object) -> int | None:
        """Return the number of a label's class, from 0, ``SKIP``, and None for a cell that is empty.

        Raises:
            DataError: it is another label, or belongs to more classes than two.
        """
        shown = self.shown(value)
        if not shown:
            return None
        self.counts[shown] += 1
        known = self.found.get(shown)
        if known is not None:
            return known
        meaning = self._meaning(shown)
        if meaning is None:
            raise self.refused([shown])
        self.found[shown] = meaning
        if self._may_conflict(shown):
            refused = self.conflict()
            if refused is not None:
                raise refused
        return meaning

    def _may_conflict(self, shown: str) -> bool:
        """Tell whether a new label can be at odds with others: most cannot, and tables have many."""
        plain = plain_label(shown)
        if self._map is None:
            return plain in ("0", "-1")
        scale = _scale_by_number(self._map, plain)
        if scale is None or scale in self._scales:
            return False
        self._scales.add(scale)
        return True

    def _numbers(self, labels: Iterable[str]) -> set[str]:
        """Return those of some labels that are taken for numbers of classes."""
        if self._map is not None:
            return set()
        return {plain for each in labels if (plain := plain_label(each)) in self._numbered}

    def conflict(
        self, among: Sequence[str] = (), *, counts: Mapping[str, int] | None = None
    ) -> DataError | None:
        """Return the error for labels that mean something each, but not together; None for others.

        Those are -1 and 0 for a model of two classes, ratings that name another scale than the map has,
        and ratings of several scales.

        Args:
            among: labels of the table, beside those that were read.
            counts: how many rows have each.
        """
        met = list(dict.fromkeys([*self.found, *among]))
        if self._map is not None:
            return self._scale_conflict(self._map, met)
        if len(self._own) != 2 or not {"0", "-1"} <= self._numbers(met):
            return None
        return DataError(
            f"labels -1 and 0 in one table make three classes, and the model has two. Received: "
            f"{listed(met)}",
            hint=self._proposed([*met, "-1", "0", "1"], counts=self.counts + Counter(counts or {})).hint(),
        )

    def _scale_conflict(self, told: LabelMap, met: Sequence[str]) -> DataError | None:
        """Return the error for labels that name a scale and are not on that of the map; None for others.

        Labels that the map names as they are need none.
        """
        scales: dict[int, str] = {}
        for label in met:
            scale = _scale_by_number(told, plain_label(label))
            if scale is not None:
                scales.setdefault(scale, label)
        if len(scales) > 1:
            what = f"the labels are of several scales. Received: {listed([*scales.values()])}"
            return DataError(what, hint=self._proposed(met).hint())
        for scale, label in scales.items():
            if not told.is_of_scale(scale):
                what = f"{label!r} is out of {scale}, and the numbers of --label-map are of another scale"
                return DataError(f"{what}. Received: {told.text!r}", hint=self._proposed(met).hint())
        return None

    def _proposed(self, labels: Sequence[str], **more: Any) -> Proposal:
        return propose(labels, self._own, column=self._column, **more)

    def finish(self, *, is_rating: bool = False) -> None:
        """Look at the labels of a whole table, once all have been read.

        Args:
            is_rating: the column is called as those of stars and points are.

        Raises:
            DataError: they are numbers that hardly are classes: hidden labels, one star alone, numbers
                that may be counted from 1, or two of them for more classes.
        """
        numbers, own = self._numbers(self.found), self._own
        met = listed([*self.found])
        if len(own) == 2 and "-1" in numbers and "1" not in numbers:
            said = option([(["-1"], own[0]), (["1"], own[1])])
            raise DataError(
                f"labels of -1 without any 1 are those of a table whose labels are hidden. Received: {met}",
                hint=f"evaluate on rows whose labels are known; if -1 is {own[0]!r}: {said}",
            )
        if is_rating and len(own) == 2 and numbers == {"1"} == {plain_label(each) for each in self.found}:
            said = option([(["1"], own[0])])
            raise DataError(
                f"a column of ratings with 1 alone may say {own[1]!r}, or one star. Received: {met}",
                hint=f"say which: {option([(['1'], own[1])])}, or for one star {said}",
            )
        if len(own) > 2 and numbers and "0" not in numbers:
            from_0 = option(([str(place)], name) for place, name in enumerate(own))
            from_1 = option(([str(place)], name) for place, name in enumerate(own, start=1))
            raise DataError(
                f"without a 0 the labels may be numbers of classes counted from 0, or from 1. "
                f"Received: {met}",
                hint=f"counted from 1: {from_1}, from 0: {from_0}",
            )
        if len(own) > 2 and numbers == {"0", "1"} == {plain_label(each) for each in self.found}:
            first_two = option([(["0"], own[0]), (["1"], own[1])])
            ends = option([(["0"], own[0]), (["1"], own[-1])])
            raise DataError(
                f"0 and 1 alone may be {own[0]!r} and {own[1]!r}, or {own[0]!r} and {own[-1]!r}. Received: "
                f"{met}",
                hint=f"say which: {first_two}, or {ends}",
            )

    def _meaning(self, shown: str) -> int | None:
        plain = plain_label(shown)
        if self._map is not None:
            return self._map.meaning(plain, rating_of(plain))
        if self._is_questioned(plain):
            return None
        exact = self._exact.get(shown)
        return self._meanings.get(plain) if exact is None else exact

    def refused(
        self, labels: Sequence[str], *, among: Sequence[str] = (), counts: Mapping[str, int] | None = None
    ) -> DataError:
        """Return the error for labels that mean no class, with a map that fits all labels in its hint.

        Args:
            labels: those that mean none.
            among: other labels of the table, known ones included: the more there are, the better fits the
                map.
            counts: how many rows have each, beside those that were read.
        """
        met = list(dict.fromkeys([*self.found, *labels, *among]))
        rows = self.counts + Counter(counts or {})
        said = listed([*self.found, *(each for each in labels if each not in self.found)])
        if are_ids(met, rows):
            where = f"the column {quoted(self._column)}" if self._column else "this column"
            return DataError(
                f"{where} looks like one of names or ids, nearly all different: no labels of "
                f"{listed(self._own)}. Received: {said}",
                hint="--label-column names the column of labels",
            )
        if self._map is not None:
            return DataError(
                f"--label-map says nothing of {listed(labels)}. Labels of the table: {listed(met)}",
                hint=self._proposed(met, told=self._map, counts=rows).hint(),
            )
        if self._told is not None:
            asked = " or ".join(map(repr, self._told)) if len(self._told) == 2 else f"of {listed(self._told)}"
            told = [*zip(self._told, self._own, strict=True)]
            is_met = any(self._meaning(label) is not None for label in met)
            base = spelt(([named(label)], name) for label, name in told) if is_met else None
            told_map = read_map(base, self._own) if base else None
            hint = self._proposed(met, told=told_map, counts=rows).hint()
            return DataError(
                f"labels must be {asked}. Received: {said}",
                hint=f"--labels names the table's label of each class; instead of it, {hint}",
            )
        known = {label: meaning for label in met if (meaning := self._meaning(label)) is not None}
        proposal = self._proposed(met, known=known, counts=rows)
        hint = proposal.hint()
        ratings = [rating_of(plain_label(each)) for each in met]
        if len(met) > _MOST and not all(ratings):
            hint = "is this the column of labels? --label-column names another"
        elif (
            (self._asked is not None and self._asked.is_else)
            or proposal.is_guess
            or any(each is not None and each.value > _HIGHEST for each in ratings)
        ):
            hint = f"is this the column of labels? --label-column names another; if it is, {hint}"
        elif any(self._is_questioned(plain_label(each)) for each in labels) and TRUTHS.issuperset(
            map(plain_label, met)
        ):
            return self._question(said, hint)
        if tuple(map(plain_label, self._own)) in _OPINIONS:
            asked = "0 or 1, -1 or 1, neg or pos, negative or positive, negatywna or pozytywna"
        else:
            asked = f"of {listed(self._own)}"
            if self._numbered:
                asked += f", or their numbers from 0 to {len(self._own) - 1}"
        return DataError(f"labels must be {asked}. Received: {said}", hint=hint)

    def _question(self, said: str, hint: str) -> DataError:
        """Return the error for a yes and a no in a column whose name asks for something."""
        number = None if self._asked is None else self._asked.number
        if number is None:
            return DataError(
                f"a 1 or a yes in the column {self._column!r} may mean something else than "
                f"{self._own[-1]!r}. Received: {said}",
                hint=f"--label-column names another column; if it is this one, {hint}",
            )
        return DataError(
            f"by its name a 1 or a yes in the column {self._column!r} means {self._own[number]!r}, unlike in "
            f"others. Received: {said}",
            hint=hint.replace("say what they mean", "confirm it", 1),
        )

    def unknown(self, values: Sequence[object]) -> list[str]:
        """Return, of some cells, the different labels that mean no class."""
        labels = dict.fromkeys(self.shown(value) for value in values)
        return [label for label in labels if label and self._meaning(label) is None]

    def shown(self, value: object) -> str:
        """Return a cell as text: nothing for null, NaN and placeholders, and ``1`` for 1.0."""
        if value is None or value != value:
            return ""
        if isinstance(value, float) and value.is_integer():
            value = int(value)
        shown = str(value).strip()
        if is_placeholder(shown) and self._is_nothing(shown):
            return ""
        return shown

    def _is_nothing(self, shown: str) -> bool:
        """Tell whether a placeholder is none of the labels that have been told of."""
        plain = plain_label(shown)
        told = self._map.exact if self._map is not None else self._meanings
        return plain not in told and shown not in self._exact


def _scale_by_number(told: LabelMap, plain: str) -> int | None:
    """Return the scale that a label names, if a map reads it by its number and not as it stands."""
    rating = rating_of(plain)
    if rating is None or rating.scale is None or plain in told.exact:
        return None
    return rating.scale if told.of_number(rating.value) is not None else None


def are_ids(labels: Sequence[str], counts: Mapping[str, int]) -> bool:
    """Tell whether labels look like names or numbers of rows: many, and nearly each of one row alone.

    Points and shares are often all different, too: they have decimals, or are whole numbers of a scale that
    do not follow on each other.

    Args:
        labels: all of a table, as they stand there.
        counts: how many rows have each.
    """
    rows = sum(counts.get(label, 0) for label in labels)
    if len(labels) <= _FEW or not len(labels) <= rows <= len(labels) / _ALL_DIFFERENT:
        return False
    ratings = [rating_of(plain_label(each)) for each in labels]
    values = [each.value for each in ratings if each is not None]
    if len(values) < len(labels) / 2:
        return True
    if not all(value.is_integer() for value in values):
        return False
    low, high = min(values), max(values)
    return high > _HIGHEST or high - low + 1 <= len(values) / _ALL_DIFFERENT


def listed(labels: Sequence[str]) -> str:
    """Return labels in a row, quoted, the first dozen of many."""
    shown = ", ".join(quoted(each if len(each) <= 40 else each[:39] + "…") for each in labels[:_SHOWN])
    more = len(labels) - _SHOWN
    return shown + (f" and {more} more" if more > 0 else "")
