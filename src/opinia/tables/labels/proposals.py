"""Which map fits the labels that were found: proposed, never taken, and always one that reads them all."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from opinia.errors import DataError
from opinia.tables.column_questions import TRUE, TRUTHS, Asked, asked_by
from opinia.tables.labels.maps import (
    READY,
    REST,
    SKIP,
    SKIPPED,
    LabelMap,
    named,
    option_of,
    parts_of,
    read_map,
    spelt,
)
from opinia.tables.labels.scales import Reading, Sides, grouped, regrouped, scales_of
from opinia.tables.labels.spelling import nearest
from opinia.tables.labels.words import (
    POLARITIES,
    Polarity,
    plain_label,
    polarities_of,
    polarity_of,
    rating_of,
)

_GRADE = re.compile(r"[a-f][+-]{0,2}")
_OTHER_WAY = "its name means the other way"
_MOST = 20
"""Labels that a proposal names one by one."""


@dataclass(frozen=True)
class Proposal:
    """A map that fits the labels which were found.

    Args:
        text: the map.
        what: what the labels look like, such as ``"stars from 1 to 5"``; empty for words.
        others: other maps, where the labels may as well mean that, each with when it is right.
        is_guess: which label means which class is not known at all.
    """

    text: str
    what: str = ""
    others: tuple[tuple[str, str], ...] = ()
    is_guess: bool = False

    def hint(self) -> str:
        """Return the sentence that names the options."""
        say = "say what they mean, such as" if self.is_guess else "say what they mean"
        look = f"these look like {self.what}" if self.what else say
        more = "".join(f", or, if {why}, {option_of(text)}" for text, why in self.others)
        return f"{look}: {option_of(self.text)}{more}"


def propose(
    labels: Sequence[str],
    classes: Sequence[str],
    *,
    told: LabelMap | None = None,
    known: Mapping[str, int] | None = None,
    counts: Mapping[str, int] | None = None,
    column: str | None = None,
) -> Proposal:
    """Return a map for the labels of a table, that can be given as it is.

    What is proposed can be read, and says something of every label.

    Args:
        labels: all that were found, as they stand in the table; at least one.
        classes: of the model, in its order.
        told: a map that lacks some of them; the proposal adds to it.
        known: class of those that are understood without a map.
        counts: how many rows have each label, where that is known.
        column: in which they stand; its name may say what a one means.
    """
    plain = list(dict.fromkeys(map(plain_label, labels)))
    weights: dict[str, int] = {}
    for label, count in (counts or {}).items():
        weights[plain_label(label)] = weights.get(plain_label(label), 0) + count
    asked = asked_by(column, classes)
    completed = [] if told is None else [*_completed(plain, told, classes)]
    readings = completed or [*_readings(plain, classes, known or {}, weights, asked)]
    good = [each for each in readings if _reads(each.text, plain, classes)]
    first, *rest = good or [*_guesses(plain, classes)]
    others: dict[str, str] = {}
    for each in rest:
        if each.text != first.text and each.why:
            others.setdefault(each.text, each.why)
    return Proposal(first.text, first.what, tuple(others.items())[:3], is_guess=first.is_guess)


def _reads(text: str, plain: Sequence[str], classes: Sequence[str]) -> bool:
    """Tell whether a map can be read, and says something of every label."""
    try:
        found = read_map(text, classes)
    except DataError:
        return False
    return all(found.meaning(label, rating_of(label)) is not None for label in plain)


def _readings(
    plain: Sequence[str],
    classes: Sequence[str],
    known: Mapping[str, int],
    weights: Mapping[str, int],
    asked: Asked | None,
) -> Iterator[Reading]:
    """Yield what the labels may mean, the likeliest first."""
    if asked is not None and {digit for digit, _ in asked.said} <= {*plain}:
        said = {digit: classes[number] for digit, number in asked.said}
        if said:
            parts = grouped([([named(label)], said.get(label, SKIPPED)) for label in plain])
            yield Reading(spelt(parts), "what the name of the column says")
    sides = _sides(classes)
    if sides is not None:
        if asked is not None and asked.number is not None and classes[asked.number] == sides[0]:
            for is_turned, why in ((True, ""), (False, _OTHER_WAY)):
                made = _opinions(plain, sides, classes, known={}, weights=weights, is_turned=is_turned)
                yield replace(next(made), what="", why=why)
        else:
            yield from _opinions(plain, sides, classes, known=known, weights=weights)
        return
    if asked is not None and asked.number is not None and TRUTHS.issuperset(plain):
        one = [named(label) for label in plain if label in TRUE]
        zero = [named(label) for label in plain if label not in TRUE]
        other = classes[1 - asked.number] if len(classes) == 2 else SKIPPED
        yield Reading(spelt([(zero, other), (one, classes[asked.number])]))
        yield Reading(spelt([(one, other), (zero, classes[asked.number])]), "", _OTHER_WAY)
        return
    by_rating, by_place = _by_rating(plain, classes), _by_position(plain, classes)
    if by_rating is not None and by_place is not None and by_rating.text != by_place.text:
        yield replace(by_place, what="the classes, counted from another number")
        yield replace(by_rating, why="the same numbers mean the same")
        return
    if by_rating is not None:
        yield by_rating
    if by_place is not None:
        yield by_place
    yield from _words(plain, classes, {plain_label(label): classes[n] for label, n in known.items()})


def _completed(plain: Sequence[str], told: LabelMap, classes: Sequence[str]) -> Iterator[Reading]:
    """Yield the map that was told with what it lacks, if it says something of any label."""
    missing = [label for label in plain if told.meaning(label, rating_of(label)) is None]
    if len(missing) == len(plain):
        return
    ready = READY.get(told.text.casefold())
    sides = _sides(classes)
    base = told.text.rstrip("; ") if ready is None or sides is None else _for(ready, sides)
    near: dict[str, str] = {}
    if len(missing) <= _MOST:
        meant = {label: SKIPPED if n == SKIP else classes[n] for label, n in told.exact.items()}
        near = {label: found for label in missing if (found := _nearly(label, meant)) is not None}
    names = [REST] if len(missing) > _MOST else [named(label) for label in missing if label not in near]
    more = [([named(label)], name) for label, name in near.items()]
    made = Reading(f"{base}; {spelt(grouped([*more, (names, SKIPPED)]))}")
    if _reads(made.text, plain, classes):
        yield made


def _nearly(label: str, meant: Mapping[str, str]) -> str | None:
    """Return what a misspelt label means, if all the labels that it may be mean the same; else None.

    Args:
        label: without a meaning of its own.
        meant: what others mean.
    """
    if rating_of(label) is not None:
        return None
    found = {meant[name] for name in nearest(label, meant)}
    return found.pop() if len(found) == 1 else None


def _sides(classes: Sequence[str]) -> Sides | None:
    found = {polarity_of(plain_label(name)): name for name in classes}
    if not {"negative", "positive"} <= found.keys() or len(found) < len(classes):
        return None
    if set(found) - {"negative", "neutral", "positive"}:
        return None
    return found["negative"], found.get("neutral", SKIPPED), found["positive"]


def _for(text: str, sides: Sides) -> str:
    names = dict(zip(("negative", "neutral", "positive"), sides, strict=True))
    return spelt([([*(label for label, _ in labels)], names[name]) for labels, name in parts_of(text)])


def _opinions(
    plain: Sequence[str],
    sides: Sides,
    classes: Sequence[str],
    *,
    known: Mapping[str, int],
    weights: Mapping[str, int],
    is_turned: bool = False,
) -> Iterator[Reading]:
    """Yield what labels may mean for a model of opinions.

    ``is_turned`` takes a one, a yes and a high number for negative, as the name of their column says.
    """
    upwards = sides[::-1] if is_turned else sides
    ratings = {label: found for label in plain if (found := rating_of(label)) is not None}
    words = [label for label in plain if label not in ratings]
    meant = polarities_of(plain)
    if len(words) <= _MOST:
        for label in words:
            if meant[label] is None:
                said = {POLARITIES[word] for word in nearest(label, POLARITIES)}
                meant[label] = said.pop() if len(said) == 1 else None
    is_said = any(meant[label] in ("negative", "positive") for label in words)
    if not ratings and len(plain) > 1 and all(map(_GRADE.fullmatch, plain)):
        yield from _grades(plain, sides)
        return
    if not ratings or (is_said and {each.value for each in ratings.values()} <= {-1, 0, 1}):
        own = {plain_label(name): name for name in classes}
        if not any(meant[label] == "neutral" for label in ratings):
            own |= {plain_label(label): classes[number] for label, number in known.items()}
        for label in plain:
            side = meant[label]
            if side is not None and label not in own:
                own[label] = _named_side(side, upwards if label in TRUTHS else sides)
        yield from _words(plain, classes, own)
        return
    if len(classes) > 2 and not words and all(each.scale is None for each in ratings.values()):
        by_place = _by_position(plain, classes)
        if by_place is not None:
            yield by_place
    more = [([named(label)], _named_side(meant[label], sides)) for label in words]
    if len(words) > _MOST:
        more = [([REST], SKIPPED)]
    for each in scales_of(ratings, upwards, weights):
        text = spelt(grouped([*regrouped(each.text), *more]))
        yield Reading(text, each.what, each.why, each.is_guess)


def _grades(plain: Sequence[str], sides: Sides) -> Iterator[Reading]:
    """Yield the maps of the grades of schools: A and B, C, and what comes after."""
    for order, what, why in ((sides[::-1], "grades with A the best", ""), (sides, "", "A is the worst one")):
        parts = [([label], order[0 if label[0] in "ab" else 1 if label[0] == "c" else 2]) for label in plain]
        yield Reading(spelt(sorted(grouped(parts), key=lambda part: sides.index(part[1]))), what, why)


def _named_side(side: Polarity | None, sides: Sides) -> str:
    return {"negative": sides[0], "neutral": sides[1], "positive": sides[2]}.get(str(side), SKIPPED)


def _by_rating(plain: Sequence[str], classes: Sequence[str]) -> Reading | None:
    """Return the map of labels that spell the ratings by which the classes are called: ``5 stars``, ``5``."""
    own = {name: rating_of(plain_label(name)) for name in classes}
    value = {rating.value: name for name, rating in own.items() if rating is not None}
    if len(value) < len(classes):
        return None
    groups: dict[str, list[str]] = {name: [] for name in (*classes, SKIPPED)}
    for label in plain:
        rating = rating_of(label)
        groups[SKIPPED if rating is None else value.get(rating.value, SKIPPED)].append(named(label))
    if not any(groups[name] for name in classes):
        return None
    return Reading(
        spelt([(labels, name) for name, labels in groups.items()]), "what the classes are called by"
    )


def _by_position(plain: Sequence[str], classes: Sequence[str]) -> Reading | None:
    """Return the map of consecutive whole numbers, as many as there are classes, in their order."""
    try:
        numbers = sorted(int(label) for label in plain)
    except ValueError:
        return None
    if len(numbers) != len(classes) or numbers[-1] - numbers[0] + 1 != len(classes):
        return None
    parts = [([str(number)], name) for number, name in zip(numbers, classes, strict=True)]
    return Reading(spelt(parts), "the numbers of the classes")


def _words(plain: Sequence[str], classes: Sequence[str], own: Mapping[str, str]) -> Iterator[Reading]:
    """Yield the maps of words: those that are known, and the others left out, or shared among the classes.

    Args:
        plain: the labels.
        classes: of the model.
        own: the class, or ``skip``, of those that are known.
    """
    own = {**{plain_label(name): name for name in classes}, **own}
    unknown = [label for label in plain if label not in own]
    if len(unknown) <= _MOST:
        near = {label: _nearly(label, own) for label in unknown}
        own |= {label: name for label, name in near.items() if name is not None}
    groups: dict[str, list[str]] = {name: [] for name in (*classes, SKIPPED)}
    known = [label for label in plain if label in own]
    open_ones = [label for label in plain if label not in own]
    for label in known:
        groups[own[label]].append(named(label))
    lacking = [name for name in classes if not groups[name]]
    if len(lacking) == len(classes):
        yield from _guesses(open_ones or plain, classes, groups[SKIPPED])
        return
    if len(classes) > 2 and len(lacking) == len(open_ones) == 1:
        groups[lacking[0]].append(named(open_ones.pop()))
    groups[SKIPPED] += [REST] if len(open_ones) > _MOST else map(named, open_ones)
    yield Reading(spelt([(labels, name) for name, labels in groups.items()]))


def _guesses(plain: Sequence[str], classes: Sequence[str], skipped: Sequence[str] = ()) -> Iterator[Reading]:
    """Yield maps of labels of which nothing is known: of one or two, each way."""
    labels = [named(label) for label in plain]
    out = [each for each in skipped if each not in labels]
    rest = labels[len(classes) :]
    out += [REST] if len(rest) > _MOST else rest
    orders = [classes]
    if len(classes) == 2:
        orders.append(classes[::-1])
    for place, order in enumerate(orders):
        parts = [([label], name) for label, name in zip(labels, order, strict=False)]
        parts.sort(key=lambda part: classes.index(part[1]))
        first = f"{plain[0]!r} means {order[0]!r}" if len(plain) == 1 else "it is the other way round"
        yield Reading(spelt(grouped([*parts, (out, SKIPPED)])), "", first if place else "", is_guess=True)
