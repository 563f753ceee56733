"""Scales that ratings may lie on: stars, points, fractions and signs, and what is bad and good on each."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from opinia.tables.labels.maps import SKIPPED, named, parts_of, spelt
from opinia.tables.labels.words import Rating

_STRAY = 0.05
"""Fraction of the rows below which a third label among two is rather a slip."""
_CODES = frozenset((-9, -8, -99, -98, -88, -999, -9999, 88, 98, 99, 999, 9999))
"""Numbers that surveys write where there is no answer."""
_LONGEST = 10
"""Numbers of a scale that are named one by one; those of a longer one are ranges."""
Sides = tuple[str, str, str]
"""Names of the classes for negative and positive, and for what lies between: ``skip`` where there is none."""


@dataclass(frozen=True)
class Reading:
    """One thing that labels may mean.

    Args:
        text: the map.
        what: what they look like.
        why: when it is right.
        is_guess: as of :class:`Proposal`.
    """

    text: str
    what: str = ""
    why: str = ""
    is_guess: bool = False


def regrouped(text: str) -> Iterator[tuple[Sequence[str], str]]:
    """Yield the parts of a map as they were put in: labels as they stand in it, and their class."""
    for labels, name in parts_of(text):
        yield [named(label) if is_quoted else label for label, is_quoted in labels], name


def grouped(parts: Iterable[tuple[Sequence[str], str]]) -> list[tuple[Sequence[str], str]]:
    """Put the labels of each class together."""
    groups: dict[str, list[str]] = {}
    for labels, name in parts:
        groups.setdefault(name, []).extend(labels)
    return [(labels, name) for name, labels in groups.items()]


def scales_of(ratings: Mapping[str, Rating], sides: Sides, weights: Mapping[str, int]) -> Iterator[Reading]:
    """Yield the scales that ratings may lie on, the likeliest first."""
    scales = {each.scale for each in ratings.values() if each.scale is not None}
    values = {each.value for each in ratings.values()}
    if len(scales) > 1:
        yield _several(ratings, sides)
    elif scales:
        yield from _on_told_scale(values, scales.pop(), sides)
    else:
        counts: dict[float, int] = {}
        for label, each in ratings.items():
            counts[each.value] = counts.get(each.value, 0) + weights.get(label, 0)
        is_bare = all(each.is_bare for each in ratings.values())
        yield from _on_some_scale(values, counts, sides, is_bare=is_bare)


def _several(ratings: Mapping[str, Rating], sides: Sides) -> Reading:
    """Return the map of ratings that name different scales: each by itself."""
    negative, neutral, positive = sides
    groups: dict[str, list[str]] = {negative: [], neutral: [], positive: [], SKIPPED: []}
    for label, each in ratings.items():
        if each.scale is None:
            groups[SKIPPED].append(named(label))
            continue
        first = 0 if each.value < 1 or each.scale in (1, 100) else 1
        groups[sides[_third(each.value, first, each.scale)]].append(named(label))
    return Reading(spelt([(labels, name) for name, labels in groups.items()]), "ratings of several scales")


def _on_told_scale(values: set[float], scale: int, sides: Sides) -> Iterator[Reading]:
    beyond = {value for value in values if not 0 <= value <= scale}
    inside = values - beyond
    first = 0 if scale in (1, 100) or min(inside, default=1) < 1 else 1
    yield _scale(first, scale, inside, sides, skipped=beyond)
    if first == 0 and 0 in inside and scale > 1 and inside != {0}:
        yield _scale(1, scale, inside, sides, skipped=beyond, why="0 stands for no rating")


def _on_some_scale(
    values: set[float], counts: Mapping[float, int], sides: Sides, *, is_bare: bool
) -> Iterator[Reading]:
    negative, _, positive = sides
    codes = _codes(values)
    inside = values - codes
    if codes:
        for each in _on_some_scale(inside, counts, sides, is_bare=is_bare):
            labels = [f"{value:g}" for value in sorted(codes)]
            said = f"{each.what}, and {', '.join(labels)} for no answer" if each.what else ""
            text = spelt(grouped([*regrouped(each.text), (labels, SKIPPED)]))
            yield Reading(text, said, each.why)
        if not codes & {-1}:
            inside = values
        else:
            yield from _signed(values, sides, why="a negative one is an opinion")
            return
    low, high = min(inside), max(inside)
    is_whole = all(value.is_integer() for value in inside)
    if low < 0:
        yield from _signed(inside, sides)
        return
    if inside <= {0, 1} and is_bare:
        yield Reading(spelt([(["0"], negative), (["1"], positive)]), "two classes", "1 is the positive one")
        yield Reading(spelt([(["1"], negative), (["0"], positive)]), "", "1 is the negative one")
        return
    if inside == {0, 1, 2} and is_bare:
        whole = _scale(0, 2, inside, sides, why="2 is the best of three")
        slip = spelt([(["0"], negative), (["1"], positive), (["2"], SKIPPED)])
        two = Reading(slip, "two classes and a stray 2", "2 stands for no label")
        is_slip = counts.get(2, 0) < _STRAY * sum(counts.values())
        yield from (two, whole) if is_slip else (whole, two)
        return
    if inside <= {1, 2} and is_bare:
        yield Reading(spelt([(["1"], negative), (["2"], positive)]), "two classes", "2 is the positive one")
        yield Reading(spelt([(["2"], negative), (["1"], positive)]), "", "2 is the negative one")
        if len(inside) == 1:
            yield _scale(1, 5, inside, sides)
        return
    for first, last in _ends(inside, is_whole=is_whole, is_bare=is_bare):
        yield _scale(first, last, inside, sides, skipped={value for value in inside if value < first})
    if low == 0 and is_whole and 3 <= high <= 10:
        best = next(last for last in (5, 10) if high <= last)
        yield _scale(1, best, inside, sides, skipped={0.0}, why="0 stands for no rating")


def _codes(values: set[float]) -> set[float]:
    """Return the numbers that rather say that there is no answer: -1 beside stars, and 99."""
    codes = {value for value in values if value in _CODES}
    rest = values - codes
    if not rest or max(rest) > 10 or min(rest) < (-1 if -1.0 in rest else 0):
        codes, rest = set(), values
    if -1.0 in rest and max(rest) >= 3 and min(rest - {-1.0}) >= 0:
        return codes | {-1.0}
    if rest == {1.0, 2.0, 3.0, 4.0, 5.0, 9.0}:
        return codes | {9.0}
    return codes


def _ends(values: set[float], *, is_whole: bool, is_bare: bool) -> Iterator[tuple[float, float]]:
    """Yield the ends of the scales that values may lie on, from 0 or more, the likeliest first."""
    low, high = min(values), max(values)
    first = 0 if low < 1 else 1
    usual = next((last for last in (5, 10, 20, 100) if high <= last), high)
    if high <= 1 and (is_bare or not is_whole):
        yield 0, 1
        return
    if (low, high) == (0, 2) and is_whole and is_bare:
        yield 0, 2
    if not is_whole:
        if high <= 4 and low == 0:
            yield 0, 4
        yield first, usual
        if high <= 4:
            yield 0, 4
        return
    if usual > 10:
        yield 0, usual
        if high <= 20:
            yield 0, high
            yield 0, 100
        elif low >= 50 and usual == 100:
            yield low, 100
        return
    is_all = is_bare and high > 2 and values == {float(number) for number in range(first, int(high) + 1)}
    if is_all or (first, high) == (0, 4):
        yield first, high
    yield first, usual
    if high <= 4:
        yield 0, 4
    if high > 2 and is_bare:
        yield first, high


def _third(value: float, first: float, last: float) -> int:
    """Return in which part of a scale a value lies: 0 below, 1 in the middle, 2 above."""
    low, high = _cuts(first, last)
    return 0 if value <= low else 2 if value >= high else 1


def _cuts(first: float, last: float) -> tuple[float, float]:
    """Return up to where a scale is bad, and from where it is good: two fifths each, and stars as usual."""
    if last == 5:
        return 2.5, 3.5
    return round(first + 0.4 * (last - first), 4), round(first + 0.6 * (last - first), 4)


def _scale(
    first: float,
    last: float,
    values: set[float],
    sides: Sides,
    *,
    skipped: Iterable[float] = (),
    why: str = "",
) -> Reading:
    """Return the map of a scale, each number by itself, or ranges of a long one and of fractions."""
    negative, neutral, positive = sides
    out = [f"{value:g}" for value in sorted(skipped)]
    inside = [value for value in values if first <= value <= last]
    is_whole = all(value.is_integer() for value in inside) and float(last).is_integer()
    if is_whole and last - first <= _LONGEST:
        groups: list[list[str]] = [[], [], []]
        for number in range(int(first), int(last) + 1):
            groups[_third(number, first, last)].append(str(number))
    else:
        low, high = _cuts(first, last)
        groups = [
            [f"{first:g}..{low:g}"],
            [f"{low:g}<..<{high:g}"],
            [f"{high:g}..{last:g}"],
        ]
    what = f"{'stars' if last in (5, 10) else 'a scale'} from {first:g} to {last:g}"
    said = why or f"they are on a scale from {first:g} to {last:g}"
    parts = [(groups[0], negative), (groups[1], neutral), (groups[2], positive), (out, SKIPPED)]
    return Reading(spelt(grouped(part for part in parts if part[0])), what, said)


def _signed(values: set[float], sides: Sides, *, why: str = "") -> Iterator[Reading]:
    """Yield the maps of numbers around zero."""
    negative, neutral, positive = sides
    is_whole = all(value.is_integer() for value in values)
    most = max(abs(value) for value in values)
    if values <= {-1, 0, 1}:
        yield Reading(
            spelt([(["-1"], negative), (["0"], neutral), (["1"], positive)]),
            "negative, neutral and positive",
            why,
        )
        yield Reading(
            spelt([(["-1"], SKIPPED), (["0"], negative), (["1"], positive)]), "", "-1 stands for no label"
        )
        return
    said = why or "they lie around zero"
    what = f"a scale from -{most:g} to {most:g}"
    if is_whole and most <= 5:
        numbers = range(1, int(most) + 1)
        below, above = [str(-number) for number in reversed(numbers)], [str(number) for number in numbers]
        yield Reading(spelt([(below, negative), (["0"], neutral), (above, positive)]), what, said)
        return
    cut = 0.05 * max(1.0, most)
    reach = [
        ([f"{-most:g}..{-cut:g}"], negative),
        ([f"{-cut:g}<..<{cut:g}"], neutral),
        ([f"{cut:g}..{most:g}"], positive),
    ]
    yield Reading(spelt(reach), what, said)
