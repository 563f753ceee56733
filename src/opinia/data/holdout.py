"""Validation cut from texts of one's own: by class, whole groups at a time, copies on one side."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from opinia.data.duplicates import Union, near_pairs, plain_text
from opinia.data.labelled import LabelledTexts
from opinia.data.split import Split
from opinia.errors import DataError
from opinia.system.printable import quoted
from opinia.tables.labels.maps import SKIPPED, named, option
from opinia.tables.labels.spelling import nearest
from opinia.tables.labels.words import plain_label, polarity_of

RULE = "stratified by class; groups and near-duplicates stay together"
_SMALL, _MOST = 1000, 5000
_MOST_LABELS = 30
"""Labels up to which a hint names a whole map."""


@dataclass(frozen=True)
class Copies:
    """What stands in the texts more than once.

    Args:
        same: texts that are another one's copy, but for case and marks.
        near: texts that are nearly another one's copy, beside those.
        disputed: texts that stand there with different labels.
        examples: rows of the first of those, by their names.
    """

    same: int
    near: int
    disputed: int
    examples: tuple[str, ...] = ()


def default_size(count: int) -> int:
    """Return how many texts validation gets of so many: a fifth of up to 1,000, a tenth of more."""
    return max(1, min(_MOST, round(count * (0.2 if count <= _SMALL else 0.1))))


def hold_out(
    texts: LabelledTexts,
    *,
    validation: int = 0,
    seed: int = 0,
    test: LabelledTexts | None = None,
    meanings: Mapping[str, str] | None = None,
) -> tuple[Split, Copies]:
    """Cut validation out of labelled texts.

    Texts that stand in test, too, are dropped. What belongs together, by its group or because one is nearly
    a copy of the other, stays together. Sets are taken in the order of the SHA-256 of ``"SEED:TEXT"``, as
    long as no class gets more than its part. The outcome depends on the rows alone, not on their order.

    Args:
        texts: all labelled ones.
        validation: texts wanted in validation; 0 leaves it to :func:`default_size`.
        seed: of the choice.
        test: texts that are tested on later.
        meanings: each label of their table and its class, or ``skip``, for hints; None where each label is
            a class.

    Raises:
        DataError: a class has fewer than two texts, or cannot stand in both parts.
    """
    plain = [_compared(text) for text in texts.texts]
    in_test = _in_test(plain, test)
    usable = [row for row in range(len(texts)) if row not in in_test]
    counts = Counter(texts.labels[row] for row in usable)
    wanted = validation or default_size(len(usable))
    _check_sizes(texts, counts, wanted, len(usable), meanings)
    kept = texts.take(usable)
    plain = [plain[row] for row in usable]
    joined = Union(len(kept))
    joined.join_equal(plain)
    same = len(kept) - len(joined.sets())
    for one, other in near_pairs(plain):
        joined.join(one, other)
    near = len(kept) - len(joined.sets()) - same
    copies = Copies(same, near, *_disputed(kept, plain))
    _check_different(joined, kept)
    joined.join_equal(kept.groups)
    held = _choose(kept, plain, joined.sets(), wanted, seed)
    train = [row for row in range(len(kept)) if row not in held]
    split = Split(
        train=kept.take(train),
        validation=kept.take(sorted(held)),
        seed=seed,
        dropped_in_test=len(in_test),
        dropped_in_validation=0,
        rule=RULE,
    )
    return split, copies


def _compared(text: str) -> str:
    """Return a text as it is compared; one without words, such as a thumb, is compared as it stands."""
    return plain_text(text) or text or " "


def _check_different(joined: Union, texts: LabelledTexts) -> None:
    """Check that not all texts are copies of so few that there is nothing to learn from them."""
    different = len(joined.sets())
    if different < 2 * len(texts.classes):
        raise DataError(
            f"the {len(texts):,} labelled texts are copies of {different}, too few for {len(texts.classes)} "
            "classes",
            hint="--text-column names another column",
        )


def _in_test(plain: Sequence[str], test: LabelledTexts | None) -> set[int]:
    """Return the rows that are a copy of a text of test, or nearly."""
    if test is None:
        return set()
    others = [_compared(text) for text in test.texts]
    joined = Union(len(plain) + len(others))
    joined.join_equal([*others, *plain])
    for one, other in near_pairs([*others, *plain]):
        joined.join(one, other)
    roots = {joined.root(place) for place in range(len(others))}
    return {row for row in range(len(plain)) if joined.root(len(others) + row) in roots}


def _check_sizes(
    texts: LabelledTexts, counts: Counter[int], wanted: int, usable: int, meanings: Mapping[str, str] | None
) -> None:
    rows = {name: counts[number] for number, name in enumerate(texts.classes)}
    for name, count in rows.items():
        if count < 2:
            raise DataError(
                f"the class {quoted(name)} has {('no text', 'one text')[count]}; two are needed at least, "
                "one to learn from and one to validate on",
                hint=_without_small(rows, meanings),
            )
    if wanted >= usable:
        raise DataError(
            f"{wanted:,} texts of validation leave nothing to learn from: there are {usable:,}",
            hint="ask for fewer, or leave the number away",
        )


def _without_small(rows: Mapping[str, int], meanings: Mapping[str, str] | None) -> str:
    """Return the hint for classes that are too small: a map that leaves two or more which are not.

    A small class that is a misspelling of another one is joined with it, and others are left out.

    Args:
        rows: of each class.
        meanings: as in :func:`hold_out`.
    """
    target = {name: name for name in rows}
    plain = {plain_label(name): name for name in rows}
    for label, name in plain.items():
        near = [plain[each] for each in nearest(label, plain)]
        if rows[name] < 2 and len(near) == 1 and (rows[near[0]] > 1 or polarity_of(label) is None):
            target[name] = target[near[0]]
    sums = Counter[str]()
    for name, count in rows.items():
        sums[target[name]] += count
    target = {name: joined if sums[joined] > 1 else SKIPPED for name, joined in target.items()}
    kept = [name for name in rows if name in target.values()]
    if len(kept) < 2:
        return "add texts, until two classes have two each at least"
    labels = {name: name for name in rows} if meanings is None else meanings
    if len(labels) > _MOST_LABELS:
        return "leave it out by --label-map, as skip, or join it with another class"
    parts: dict[str, list[str]] = {name: [] for name in (*kept, SKIPPED)}
    for label, name in labels.items():
        parts[target.get(name, SKIPPED)].append(named(label))
    how = "leave it out" if parts[SKIPPED] else "it may be misspelt"
    said = option((labels, name) for name, labels in parts.items())
    return f"{how}: {said}; or join it with another class"


def _disputed(texts: LabelledTexts, plain: Sequence[str]) -> tuple[int, tuple[str, ...]]:
    labels: dict[str, set[int]] = {}
    for text, label in zip(plain, texts.labels, strict=True):
        labels.setdefault(text, set()).add(label)
    rows = [row for row, text in enumerate(plain) if len(labels[text]) > 1]
    return len(rows), tuple(texts.ids[row] for row in rows[:10])


def _choose(
    texts: LabelledTexts, plain: Sequence[str], sets: list[list[int]], wanted: int, seed: int
) -> set[int]:
    """Return the rows of validation."""
    totals = Counter(texts.labels)
    room = {label: max(1, round(count * wanted / len(texts))) for label, count in totals.items()}
    room = {label: min(size, totals[label] - 1) for label, size in room.items()}
    names = ["\n".join(sorted(plain[row] for row in rows)) for rows in sets]
    order = sorted(
        range(len(sets)),
        key=lambda place: hashlib.sha256(f"{seed}:{names[place]}".encode("utf-8", "surrogatepass")).digest(),
    )
    counts = [Counter(texts.labels[row] for row in rows) for rows in sets]
    chosen: list[int] = []
    for place in order:
        if all(count <= room[label] for label, count in counts[place].items()):
            chosen.append(place)
            for label, count in counts[place].items():
                room[label] -= count
    held = {row for place in chosen for row in sets[place]}
    _add_missing(texts, sets, counts, order, held)
    return held


def _add_missing(
    texts: LabelledTexts,
    sets: list[list[int]],
    counts: list[Counter[int]],
    order: list[int],
    held: set[int],
) -> None:
    """Give validation the smallest set of each class that it lacks, if all classes remain to be learnt."""
    totals = Counter(texts.labels)
    inside = Counter(texts.labels[row] for row in held)
    for label in sorted(totals):
        if inside[label]:
            continue
        fitting = [
            place
            for place in order
            if counts[place][label]
            and sets[place][0] not in held
            and all(inside[each] + count < totals[each] for each, count in counts[place].items())
        ]
        if not fitting:
            grouped = len({*texts.groups}) < len(texts)
            raise DataError(
                f"the class {texts.classes[label]!r} cannot stand in validation and in what is learnt from: "
                f"all its texts belong together, {'by their group or ' if grouped else ''}as copies of each "
                "other",
                hint=("leave out --group-column, or add texts of other groups" if grouped else "add others")
                + "; or leave the class out by --label-map, as skip, or join it with another",
            )
        best = min(fitting, key=lambda place: len(sets[place]))
        held.update(sets[best])
        inside.update(counts[best])
