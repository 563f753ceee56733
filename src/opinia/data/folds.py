"""Folds of texts of one's own for cross-validation, and shares of them for learning curves."""

from __future__ import annotations

import hashlib
import math
from collections import Counter
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from opinia.data.duplicates import Union, near_pairs, plain_text
from opinia.data.labelled import LabelledTexts
from opinia.errors import DataError


def assign_folds(texts: LabelledTexts, *, folds: int, seed: int = 0) -> NDArray[np.intp]:
    """Return the fold of each text, ``(n,)`` from 1: each class spread evenly, what belongs together in one.

    Texts belong together by their group, or because one is a copy of the other, or nearly. The largest sets
    of them are placed first, each where its classes are fewest (as scikit-learn's ``StratifiedGroupKFold``
    does); of like sets the order is that of the SHA-256 of ``"SEED:TEXT"``. The outcome depends on the rows
    alone, not on their order.

    Args:
        texts: labelled ones.
        folds: at least 2.
        seed: of the choice.

    Raises:
        DataError: a class is too small to be learnt, chosen on and tested in every fold.
    """
    plain = [plain_text(text) for text in texts.texts]
    joined = Union(len(texts))
    joined.join_equal(plain)
    for one, other in near_pairs(plain):
        joined.join(one, other)
    joined.join_equal(texts.groups)
    sets = joined.sets()
    counts = [Counter(texts.labels[row] for row in rows) for rows in sets]
    totals = Counter(texts.labels)
    _check_classes(texts, counts, folds)
    names = [_order("\n".join(sorted(plain[row] for row in rows)), seed) for rows in sets]
    order = sorted(range(len(sets)), key=lambda place: (-len(sets[place]), names[place]))
    inside = [Counter[int]() for _ in range(folds)]
    found = np.zeros(len(texts), np.intp)
    for place in order:

        def load(fold: int, labels: Counter[int] = counts[place]) -> tuple[float, int, int]:
            own = inside[fold]
            return (
                max((own[label] + more) / totals[label] for label, more in labels.items()),
                own.total(),
                fold,
            )

        best = min(range(folds), key=load)
        inside[best].update(counts[place])
        found[sets[place]] = best + 1
    return found


def take_share(texts: LabelledTexts, share: float, *, seed: int = 0) -> LabelledTexts:
    """Return a share of the texts, of each class alike; a smaller share is a part of a larger one.

    Texts are taken in the order of the SHA-256 of ``"SEED:TEXT"``, at least one of each class.

    Args:
        texts: labelled ones.
        share: above 0, up to 1.
        seed: of the choice.
    """
    names = [_order(text, seed) for text in texts.texts]
    chosen: list[int] = []
    for label in sorted(set(texts.labels)):
        rows = sorted(
            (row for row, own in enumerate(texts.labels) if own == label), key=lambda row: names[row]
        )
        chosen += rows[: max(1, math.ceil(share * len(rows) - 1e-9))]
    return texts.take(sorted(chosen))


def _order(text: str, seed: int) -> bytes:
    return hashlib.sha256(f"{seed}:{text}".encode("utf-8", "surrogatepass")).digest()


def _check_classes(texts: LabelledTexts, counts: Sequence[Counter[int]], folds: int) -> None:
    """Check that beside any fold there are two sets of each class: to learn from, and to choose on."""
    for number, name in enumerate(texts.classes):
        there = sum(1 for labels in counts if labels[number])
        if there < folds or there - math.ceil(there / folds) < 2:
            raise DataError(
                f"the class {name!r} has {there:,} texts that do not belong together, by group or as copies, "
                f"too few for {folds} folds",
                hint="ask for fewer folds, add texts, or leave the class out by --label-map, as skip",
            )
