"""Maps from a table's labels to a model's classes: as told, ready made, and proposed for what was found.

A map is written ``1,2=negative; 3=skip; 4,5=positive``: labels with commas between, the class, and a
semicolon.
``1..4`` is a range of numbers with both ends, ``*`` is every other label, ``skip`` leaves rows out, and a
label that
holds one of these marks stands in quotes. Of two parts that fit, a label by itself goes before a range, and
the earlier range before the later.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from opinia.errors import DataError
from opinia.tables.label_words import Rating, plain_label, polarity_of, rating_of

SKIP = -1
"""In the place of a class: rows of such a label are left out."""

_MOST = 20
"""Labels that a proposal names one by one."""
_SKIPPED = "skip"
_REST = "*"
_PART = re.compile(r"""\s*(?:"(?P<quoted>(?:[^"]|"")*)"|(?P<bare>[^,";=]*))\s*(?P<mark>[,;=]|$)""")
_RANGE = re.compile(r"\s*(-?[0-9]+(?:\.[0-9]+)?)\s*\.\.\s*(-?[0-9]+(?:\.[0-9]+)?)\s*")

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
class LabelMap:
    """What each label of a table means.

    Args:
        exact: the class of single labels, as :func:`plain_label` gives them; :data:`SKIP` leaves rows out.
        ranges: lower end, upper end and class.
        rest: the class of all others; None where they mean nothing.
        text: as it was told.
    """

    exact: Mapping[str, int]
    ranges: tuple[tuple[float, float, int], ...] = ()
    rest: int | None = None
    text: str = ""

    def meaning(self, label: str, rating: Rating | None) -> int | None:
        """Return the class of a label, :data:`SKIP`, or None where the map says nothing of it.

        Args:
            label: as :func:`plain_label` gives it.
            rating: that it spells.
        """
        found = self.exact.get(label)
        if found is None and rating is not None:
            found = self.exact.get(f"{rating.value:g}")
            if found is None:
                found = next((c for low, high, c in self.ranges if low <= rating.value <= high), None)
        return self.rest if found is None else found


def read_map(text: str, classes: Sequence[str]) -> LabelMap:
    """Read a map, or take a ready one by its name (:data:`READY`).

    Args:
        text: such as ``"1,2=negative; 3=skip; 4,5=positive"`` or ``"stars-5"``.
        classes: of the model, in its order.

    Raises:
        DataError: it is none, names a class that the model lacks, or one label twice with two meanings.
    """
    ready = READY.get(text.strip().casefold())
    exact: dict[str, int] = {}
    ranges: list[tuple[float, float, int]] = []
    rest: int | None = None
    for labels, name in _parts(ready or text):
        number = _class_of(name, classes, is_ready=ready is not None, text=text)
        for label, is_quoted in labels:
            reach = None if is_quoted else _RANGE.fullmatch(label)
            if reach:
                low, high = sorted((float(reach[1]), float(reach[2])))
                ranges.append((low, high, number))
            elif label == _REST and not is_quoted:
                rest = number
            elif exact.setdefault(plain_label(label), number) != number:
                raise DataError(
                    f"--label-map gives {label!r} two meanings. Received: {text!r}", hint=_hint(classes)
                )
    if not {*exact.values(), *(each for *_, each in ranges), rest} - {SKIP, None}:
        raise DataError(f"--label-map leaves every label out. Received: {text!r}", hint=_hint(classes))
    return LabelMap(exact, tuple(ranges), rest, text.strip())


def _parts(text: str) -> list[tuple[list[tuple[str, bool]], str]]:
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
    if wanted == _SKIPPED:
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
    parts = "; ".join(f"label{place}={_name(name)}" for place, name in enumerate(classes[:4], start=1))
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
    return "; ".join(f"{','.join(labels)}={_name(name)}" for labels, name in parts if labels)


def _name(name: str) -> str:
    """Return a label or a class as it stands in a map."""
    is_plain = name.strip() == name and name not in ("", _REST) and not set(name) & set(',;="')
    return name if is_plain and not _RANGE.fullmatch(name) else '"' + name.replace('"', '""') + '"'


def _shell(text: str) -> str:
    """Return a text in quotes that shells take away again."""
    return f'"{text}"' if not set(text) & set('"$`\\!') else shlex.quote(text)


@dataclass(frozen=True)
class Proposal:
    """A map that fits the labels which were found.

    Args:
        text: the map.
        what: what the labels look like, such as ``"stars from 1 to 5"``; empty for words.
        other: another map, where the labels may as well mean that, and None where they may not.
        why: when the other one is right.
    """

    text: str
    what: str = ""
    other: str | None = None
    why: str = ""

    def hint(self) -> str:
        """Return the sentence that names the options."""
        look = f"these look like {self.what}: " if self.what else "say what they mean: "
        more = f", or, if {self.why}, {option_of(self.other)}" if self.other else ""
        return f"{look}{option_of(self.text)}{more}"


def propose(
    labels: Sequence[str],
    classes: Sequence[str],
    *,
    told: LabelMap | None = None,
    known: Mapping[str, int] | None = None,
) -> Proposal:
    """Return a map for the labels of a table, that can be given as it is.

    What is proposed can be read, and says something of every label.

    Args:
        labels: all that were found, as they stand in the table; at least one.
        classes: of the model, in its order.
        told: a map that lacks some of them; the proposal adds to it.
        known: class of those that are understood without a map.
    """
    made = _propose(labels, classes, told=told, known=known)
    if _reads(made.text, labels, classes):
        return made
    by_name = _words(list(dict.fromkeys(map(plain_label, labels))), classes, None, {})
    return by_name if _reads(by_name.text, labels, classes) else Proposal(spelt([([_REST], classes[0])]))


def _reads(text: str, labels: Sequence[str], classes: Sequence[str]) -> bool:
    """Tell whether a map can be read, and says something of every label."""
    try:
        found = read_map(text, classes)
    except DataError:
        return False
    plain = map(plain_label, labels)
    return all(found.meaning(label, rating_of(label)) is not None for label in plain)


def _propose(
    labels: Sequence[str],
    classes: Sequence[str],
    *,
    told: LabelMap | None,
    known: Mapping[str, int] | None,
) -> Proposal:
    plain = list(dict.fromkeys(map(plain_label, labels)))
    ratings = {label: rating_of(label) for label in plain}
    if told is not None:
        missing = [label for label in plain if told.meaning(label, ratings[label]) is None]
        text = READY.get(told.text.casefold())
        base = told.text.rstrip("; ") if text is None else _translated(text, classes)
        names = [_REST] if len(missing) > _MOST else [*map(_name, missing)]
        return Proposal(f"{base}; {spelt([(names, _SKIPPED)])}")
    sides = _sides(classes)
    if all(ratings.values()):
        found = [rating for rating in ratings.values() if rating is not None]
        in_order = _by_position(plain, classes) if all(each.scale is None for each in found) else None
        if sides is not None and (len(classes) == 2 or in_order is None):
            return _scale(found, sides)
        if in_order is not None:
            return in_order
        if sides is not None:
            return _scale(found, sides)
    understood = {plain_label(label): classes[number] for label, number in (known or {}).items()}
    return _words(plain, classes, sides, understood)


_Sides = tuple[str, str, str]
"""Names of the classes for negative and positive, and for what lies between: ``skip`` where there is none."""


def _sides(classes: Sequence[str]) -> _Sides | None:
    found = {polarity_of(plain_label(name)): name for name in classes}
    if not {"negative", "positive"} <= found.keys() or len(found) < len(classes):
        return None
    if set(found) - {"negative", "neutral", "positive"}:
        return None
    return found["negative"], found.get("neutral", _SKIPPED), found["positive"]


def _translated(text: str, classes: Sequence[str]) -> str:
    sides = _sides(classes)
    assert sides is not None  # noqa: S101  a ready map was read for these classes
    return _for(text, sides)


def _for(text: str, sides: _Sides) -> str:
    names = dict(zip(("negative", "neutral", "positive"), sides, strict=True))
    return spelt([([*(label for label, _ in labels)], names[name]) for labels, name in _parts(text)])


def _by_position(plain: Sequence[str], classes: Sequence[str]) -> Proposal | None:
    """Return the map of consecutive whole numbers, as many as there are classes, in their order."""
    try:
        numbers = sorted(int(label) for label in plain)
    except ValueError:
        return None
    if len(numbers) != len(classes) or numbers[-1] - numbers[0] + 1 != len(classes):
        return None
    parts = [([str(number)], name) for number, name in zip(numbers, classes, strict=True)]
    return Proposal(spelt(parts), "the numbers of the classes")


def _scale(found: Sequence[Rating], sides: _Sides) -> Proposal:
    low, high = min(each.value for each in found), max(each.value for each in found)
    scale = max((each.scale for each in found if each.scale is not None), default=None)
    values = {each.value for each in found}
    is_whole = all(value.is_integer() for value in values)
    if low < 0:
        return _signed(values, sides, is_whole=is_whole)
    if values <= {1, 2} and scale is None:
        negative, _, positive = sides
        return Proposal(
            spelt([(["1"], negative), (["2"], positive)]),
            "two classes",
            spelt([(["2"], negative), (["1"], positive)]),
            "2 is the negative one",
        )
    first, last, what = _ends(low, high, scale, is_whole=is_whole)
    if not is_whole or last - first > 10:
        return Proposal(_ranges(first, last, sides), what)
    numbers = range(int(first), int(last) + 1)
    count = len(numbers)
    third = {2: 1, 3: 1, 4: 2, 5: 2, 6: 3, 10: 4, 11: 5}.get(count, count // 3 + (count % 3 == 2))
    bad, good = numbers[:third], numbers[count - third :]
    middle = numbers[third : count - third]
    parts = [([*map(str, each)], name) for each, name in zip((bad, middle, good), sides, strict=True)]
    if scale is None and values <= {1, 2, 3, 4} and all(each.is_bare for each in found):
        # Short of its ends, another scale looks the same.
        name = "stars-0-4" if high > 3 else "stars-5"
        why = "they are on a scale from 0 to 4" if high > 3 else "they are on a scale from 1 to 5"
        return Proposal(spelt(parts), what, _for(READY[name], sides), why)
    return Proposal(spelt(parts), what)


def _ends(low: float, high: float, scale: int | None, *, is_whole: bool) -> tuple[float, float, str]:
    """Return the ends of the scale that values lie on, and what it is called."""
    first: float
    last: float
    if scale is not None:
        first, last = (0 if low < 1 or scale < 2 else 1), scale
    elif high <= 1:
        first, last = 0, 1
    elif high <= 2 and low == 0:
        first, last = 0, 2
    elif high <= 3 and low >= 1 and is_whole:
        first, last = (1, 3) if low == 1 else (1, 5)
    elif low == 0 and high <= 4:
        first, last = 0, 4
    elif high <= 5:
        first, last = (0 if low == 0 else 1 if low >= 1 else 0), 5
    elif high <= 10:
        first, last = (0 if low < 1 else 1), 10
    else:
        first, last = (0 if low <= high / 2 else low), (100 if 20 < high <= 100 else high)
    what = "stars" if last in (5, 10) else "a scale"
    return first, last, f"{what} from {first:g} to {last:g}"


def _ranges(first: float, last: float, sides: _Sides) -> str:
    negative, neutral, positive = sides
    low, high = first + 0.4 * (last - first), first + 0.6 * (last - first)
    if (first, last) in ((0.0, 5.0), (1.0, 5.0)):
        low, high = 2.5, 3.5
    return spelt(
        [
            ([f"{first:g}..{low:g}"], negative),
            ([f"{high:g}..{last:g}"], positive),
            ([f"{low:g}..{high:g}"], neutral),
        ]
    )


def _signed(values: set[float], sides: _Sides, *, is_whole: bool) -> Proposal:
    """Return the map of numbers around zero."""
    negative, neutral, positive = sides
    most = max(abs(value) for value in values)
    if values <= {-1, 0, 1}:
        return Proposal(
            spelt([(["-1"], negative), (["0"], neutral), (["1"], positive)]),
            "negative, neutral and positive",
            spelt([(["-1"], _SKIPPED), (["0"], negative), (["1"], positive)]),
            "-1 stands for no label",
        )
    if is_whole and most <= 5:
        numbers = range(1, int(most) + 1)
        parts = [
            ([*map(str, (-n for n in reversed(numbers)))], negative),
            (["0"], neutral),
            ([*map(str, numbers)], positive),
        ]
        return Proposal(spelt(parts), f"a scale from -{most:g} to {most:g}")
    reach = [([f"{-most:g}..-0.05"], negative), (["-0.05..0.05"], neutral), ([f"0.05..{most:g}"], positive)]
    return Proposal(spelt(reach), f"a scale from -{most:g} to {most:g}")


def _words(
    plain: Sequence[str], classes: Sequence[str], sides: _Sides | None, known: Mapping[str, str]
) -> Proposal:
    """Return the map of words, some of them known; the others are left out, or shared among the classes."""
    groups: dict[str, list[str]] = {name: [] for name in (*classes, _SKIPPED)}
    own = {**known, **{plain_label(name): name for name in classes}}
    open_ones = []
    for label in plain:
        side = polarity_of(label)
        if label in own:
            groups[own[label]].append(_name(label))
        elif sides is not None and side is not None:
            names = {"negative": sides[0], "neutral": sides[1], "positive": sides[2], "none": _SKIPPED}
            groups[names[side]].append(_name(label))
        else:
            open_ones.append(label)
    lacking = [name for name in classes if not groups[name]]
    guessed = len(lacking) > 1 or len(lacking) == len(open_ones) == 1 or len(lacking) == len(classes)
    if guessed:
        for name, label in zip(lacking, open_ones.copy(), strict=False):
            groups[name].append(_name(label))
            open_ones.remove(label)
    if not any(groups[name] for name in classes):  # words for what lies between, and nothing else
        groups[classes[0]].append(groups[_SKIPPED].pop(0))
    groups[_SKIPPED] += [_REST] if len(open_ones) > _MOST else map(_name, open_ones)
    text = spelt((labels, name) for name, labels in groups.items())
    if guessed and len(classes) == len(plain) == len(lacking) == 2:
        turned = spelt([([_name(plain[1])], classes[0]), ([_name(plain[0])], classes[1])])
        return Proposal(text, "", turned, "it is the other way round")
    return Proposal(text)
