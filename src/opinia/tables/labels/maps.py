"""Maps from a table's labels to a model's classes: as told, and ready made.

A map is written ``1,2=negative; 3=skip; 4,5=positive``: labels with commas between, the class, and a
semicolon. ``1..4`` is a range of numbers with both ends, ``1..<4`` and ``1<..4`` are without the end at the
``<``, ``*`` is every other label, ``skip`` leaves rows out, and a label that holds one of these marks stands
in quotes. A label by itself goes before a range, and ranges of different classes must not overlap.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from opinia.errors import DataError
from opinia.tables.labels.words import Rating, plain_label, polarity_of, rating_of

SKIP = -1
"""In the place of a class: rows of such a label are left out."""

SKIPPED = "skip"
"""What a map says in the place of a class for :data:`SKIP`."""
REST = "*"
"""What a map says for every other label."""
_LEAST = 0.7
"""Fraction of a scale that a map must reach to be of that scale, as 4 is of 5."""
_PART = re.compile(r"""\s*(?:"(?P<quoted>(?:[^"]|"")*)"|(?P<bare>[^,";=]*))\s*(?P<mark>[,;=]|$)""")
_END = r"([+-]?[0-9]+(?:\.[0-9]+)?)"
_RANGE = re.compile(rf"{_END}\s*(<?)\s*\.\.\s*(<?)\s*{_END}")

READY: Mapping[str, str] = {
    "stars-5": "1,2=negative; 3=neutral; 4,5=positive",
    "stars-10": "1,2,3,4=negative; 5,6=neutral; 7,8,9,10=positive",
    "stars-0-4": "0,1=negative; 2=neutral; 3,4=positive",
    "signs": "-1=negative; 0=neutral; 1=positive",
    "thumbs": "👎,thumbs down,down,kciuk w dół=negative; 👍,thumbs up,up,kciuk w górę=positive",
    "yes-no": "no,n,nie=negative; yes,y,tak=positive",
    "true-false": "false,f,0,fałsz=negative; true,t,1,prawda=positive",
    "words": "neg,negative,negatywna,negatywny,negatywne,negatyw,bad=negative; "
    "neu,neutral,neutralna,neutralny,neutralne,mixed,mieszana,mieszany,mieszane=neutral; "
    "pos,positive,pozytywna,pozytywny,pozytywne,pozytyw,good=positive",
}
"""Maps that go by a name. ``neutral`` is that class, and of a model without one it is left out."""


@dataclass(frozen=True)
class Range:
    """The numbers from one to another.

    Args:
        low: the lower end.
        high: the upper end.
        number: the class that they mean.
        without_low: whether the lower end is not among them.
        without_high: whether the upper end is not.
        text: as it was told.
    """

    low: float
    high: float
    number: int
    without_low: bool
    without_high: bool
    text: str

    def __contains__(self, value: float) -> bool:
        """Tell whether a number is in it."""
        above = self.low < value if self.without_low else self.low <= value
        return above and (value < self.high if self.without_high else value <= self.high)

    def overlaps(self, other: Range) -> bool:
        """Tell whether some number is in both."""
        low, high = max(self.low, other.low), min(self.high, other.high)
        return low < high or (low == high and low in self and low in other)


@dataclass(frozen=True)
class LabelMap:
    """What each label of a table means.

    Args:
        exact: the class of single labels, as :func:`plain_label` gives them; :data:`SKIP` leaves rows out.
        ranges: those of numbers.
        rest: the class of all others; None where they mean nothing.
        text: as it was told.
    """

    exact: Mapping[str, int]
    ranges: tuple[Range, ...] = ()
    rest: int | None = None
    text: str = ""

    @cached_property
    def values(self) -> Mapping[float, int]:
        """The class of the numbers among the single labels."""
        found = ((_bare(label), number) for label, number in self.exact.items())
        return {value: number for value, number in found if value is not None}

    def is_of_scale(self, scale: int) -> bool:
        """Tell whether its numbers may be those of a scale up to some number: 4/10 is none of 1 to 5."""
        numbers = [*self.values.items(), *((each.high, each.number) for each in self.ranges)]
        kept = max((value for value, number in numbers if number != SKIP), default=0)
        return not numbers or (kept <= scale and max(numbers)[0] >= _LEAST * scale)

    def meaning(self, label: str, rating: Rating | None) -> int | None:
        """Return the class of a label, :data:`SKIP`, or None where the map says nothing of it.

        Args:
            label: as :func:`plain_label` gives it.
            rating: that it spells.
        """
        found = self.exact.get(label)
        if found is None and rating is not None:
            found = self.of_number(rating.value)
        return self.rest if found is None else found

    def of_number(self, value: float) -> int | None:
        """Return the class of a number, as it stands by itself or in a range; None where it does neither."""
        found = self.values.get(value)
        return found if found is not None else next((e.number for e in self.ranges if value in e), None)


def read_map(text: str, classes: Sequence[str]) -> LabelMap:
    """Read a map, or take a ready one by its name (:data:`READY`).

    Args:
        text: such as ``"1,2=negative; 3=skip; 4,5=positive"`` or ``"stars-5"``.
        classes: of the model, in its order.

    Raises:
        DataError: it is none, names a class that the model lacks, or one label twice with two meanings; or
            ranges overlap, or run backwards.
    """
    ready = READY.get(text.strip().casefold())
    exact: dict[str, int] = {}
    by_value: dict[float, int] = {}
    ranges: list[Range] = []
    rest: int | None = None
    for labels, name in parts_of(ready or text):
        number = _class_of(name, classes, is_ready=ready is not None, text=text)
        for label, is_quoted in labels:
            reach = None if is_quoted else _RANGE.fullmatch(label)
            if reach:
                ranges.append(_range(label, reach, number, among=ranges))
            elif label == REST and not is_quoted:
                if rest not in (None, number):
                    raise _two_meanings(label, text, classes)
                rest = number
            elif (
                exact.setdefault(plain_label(label), number) != number
                or (value := _bare(label)) is not None
                and by_value.setdefault(value, number) != number
            ):
                raise _two_meanings(label, text, classes)
    if not {*exact.values(), *(each.number for each in ranges), rest} - {SKIP, None}:
        raise DataError(f"--label-map leaves every label out. Received: {text!r}", hint=_hint(classes))
    return LabelMap(exact, tuple(ranges), rest, text.strip())


def _bare(label: str) -> float | None:
    rating = rating_of(plain_label(label))
    return rating.value if rating is not None and rating.is_bare else None


def _two_meanings(label: str, text: str, classes: Sequence[str]) -> DataError:
    return DataError(f"--label-map gives {label!r} two meanings. Received: {text!r}", hint=_hint(classes))


def _range(label: str, found: re.Match[str], number: int, *, among: Sequence[Range]) -> Range:
    made = Range(float(found[1]), float(found[4]), number, bool(found[2]), bool(found[3]), label)
    if made.low > made.high or (made.low == made.high and made.low not in made):
        raise DataError(
            f"--label-map has a range with nothing in it. Received: {label!r}",
            hint="the lower end stands first, and decimals have a point: 2.5..3.5",
        )
    other = next((each for each in among if each.number != number and each.overlaps(made)), None)
    if other is not None:
        first, second = sorted((other, made), key=lambda each: (each.low, each.high))
        touch = first.high == second.low
        cut = f"{first.text} and {second.low:g}<..{second.high:g}" if touch else "ends that do not overlap"
        raise DataError(
            f"--label-map has two ranges that overlap and mean different things: {other.text} and {label}",
            hint=f"write {cut}; < leaves an end out, and a number by itself goes before a range",
        )
    return made


def classes_named(text: str) -> tuple[str, ...]:
    """Return the classes that a map names, in its order; ``skip`` is none.

    Args:
        text: as for :func:`read_map`.

    Raises:
        DataError: it is no map, or names fewer classes than two.
    """
    ready = READY.get(text.strip().casefold())
    names: dict[str, str] = {}
    for _, name in parts_of(ready or text):
        if plain_label(name) != SKIPPED:
            names.setdefault(plain_label(name), name)
    if len(names) < 2:
        raise DataError(
            f"--label-map names two classes or more. Received: {text!r}", hint=_hint(("negative", "positive"))
        )
    return tuple(names.values())


def parts_of(text: str) -> list[tuple[list[tuple[str, bool]], str]]:
    """Take a map apart: the labels of each part, each with whether it stood in quotes, and its class."""
    parts: list[tuple[list[tuple[str, bool]], str]] = []
    labels: list[tuple[str, bool]] = []
    awaits_class, place = False, 0
    while place <= len(text):
        match = _PART.match(text, place)
        if match is None:
            raise _unreadable(text)
        is_quoted = match["quoted"] is not None
        word = match["quoted"].replace('""', '"') if is_quoted else match["bare"].strip()
        place = match.end() if match["mark"] else len(text) + 1
        if awaits_class:
            if match["mark"] in (",", "=") or not word:
                raise _unreadable(text)
            parts.append((labels, word))
            labels, awaits_class = [], False
        elif not word and not is_quoted:
            if labels or match["mark"] in (",", "="):
                raise _unreadable(text)
        else:
            labels.append((word, is_quoted))
            if match["mark"] not in (",", "="):
                raise _unreadable(text)
            awaits_class = match["mark"] == "="
    if labels or awaits_class or not parts:
        raise _unreadable(text)
    return parts


def _unreadable(text: str) -> DataError:
    return DataError(
        f"--label-map is written label,label=class; label=class. Received: {text!r}",
        hint=f'such as --label-map "1,2=negative; 3=skip; 4,5=positive", or one of {", ".join(READY)}',
    )


def _class_of(name: str, classes: Sequence[str], *, is_ready: bool, text: str) -> int:
    plain = [plain_label(each) for each in classes]
    wanted = plain_label(name)
    if name in classes:
        return list(classes).index(name)
    if plain.count(wanted) == 1:
        return plain.index(wanted)
    if wanted == SKIPPED:
        return SKIP
    sides = [polarity_of(each) for each in plain]
    meant = polarity_of(wanted)
    if meant in ("negative", "neutral", "positive") and sides.count(meant) == 1:
        return sides.index(meant)
    if is_ready and meant == "neutral":
        return SKIP
    what = (
        f"there is no class {name!r}" if not is_ready else f"the ready map {text.strip()!r} is for opinions"
    )
    raise DataError(f"{what}: the model's classes are {', '.join(map(repr, classes))}", hint=_hint(classes))


def _hint(classes: Sequence[str]) -> str:
    parts = "; ".join(f"label{place}={named(name)}" for place, name in enumerate(classes[:4], start=1))
    return f"write --label-map {_shell(parts)}, and skip for what is to be left out"


def option(parts: Iterable[tuple[Sequence[str], str]]) -> str:
    """Return the option that gives a map, as a person types it.

    Args:
        parts: labels (or ranges) and the class of each group.
    """
    return "--label-map " + _shell(spelt(parts))


def option_of(text: str) -> str:
    """Return the option that gives a map which is spelt already."""
    return "--label-map " + _shell(text)


def spelt(parts: Iterable[tuple[Sequence[str], str]]) -> str:
    """Return a map as text."""
    return "; ".join(f"{','.join(labels)}={named(name)}" for labels, name in parts if labels)


def named(name: str) -> str:
    """Return a label or a class as it stands in a map."""
    is_plain = name.strip() == name and name not in ("", REST) and not set(name) & set(',;="')
    return name if is_plain and not _RANGE.fullmatch(name) else '"' + name.replace('"', '""') + '"'


def _shell(text: str) -> str:
    """Return a text in quotes that shells take away again."""
    return f'"{text}"' if not set(text) & set('"$`\\!') else shlex.quote(text)
