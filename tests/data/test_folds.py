"""Folds and shares of texts of one's own: every class in each, what belongs together in one."""

from collections import Counter

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from opinia.data.duplicates import near_pairs, plain_text
from opinia.data.folds import assign_folds, take_share
from opinia.data.labelled import LabelledTexts
from opinia.errors import DataError

SAID = "the room staff food was very good bad clean loud we had a and it hotel bed sea view price"
WORDS = SAID.split()


def texts_of(count, classes=("neg", "pos"), *, seed=0, groups=(), labels=None):
    random = np.random.default_rng(seed)
    return LabelledTexts(
        texts=tuple(f"{n} " + " ".join(random.choice(WORDS, 12)) for n in range(count)),
        labels=tuple(labels or (n % len(classes) for n in range(count))),
        classes=classes,
        groups=groups,
    )


@pytest.mark.parametrize("folds", [2, 3, 5, 10])
@pytest.mark.parametrize("classes", [("a", "b"), ("a", "b", "c")])
def test_each_class_is_spread_evenly(folds, classes):
    texts = texts_of(307, classes)
    found = assign_folds(texts, folds=folds)
    assert {*found.tolist()} == {*range(1, folds + 1)}
    for label in range(len(classes)):
        counts = np.bincount(found[np.array(texts.labels) == label], minlength=folds + 1)[1:]
        assert counts.max() - counts.min() <= 1
    sizes = np.bincount(found)[1:]
    assert sizes.max() - sizes.min() <= len(classes)


def test_a_rare_class_is_in_every_fold():
    found = assign_folds(texts_of(200, labels=[int(n % 29 == 0) for n in range(200)]), folds=5)
    rare = Counter(found[[n for n in range(200) if n % 29 == 0]].tolist())
    assert rare == {1: 2, 2: 2, 3: 1, 4: 1, 5: 1} or sorted(rare.values()) == [1, 1, 1, 2, 2]


@settings(derandomize=True, max_examples=40, deadline=None)
@given(st.integers(0, 10**6), st.integers(2, 5), st.integers(8, 40))
def test_what_belongs_together_stands_in_one_fold(seed, folds, groups):
    random = np.random.default_rng(seed)
    plain = texts_of(120, seed=seed)
    said = list(plain.texts)
    for copy, of in random.integers(0, 120, (10, 2)):
        said[copy] = said[of].upper() + "!!"  # a copy but for case and marks
    for copy, of in random.integers(0, 120, (10, 2)):
        said[copy] = said[of] + " indeed"  # nearly one
    members = tuple(map(str, random.integers(0, groups, 120)))
    texts = LabelledTexts(tuple(said), plain.labels, plain.classes, groups=members)
    try:
        found = assign_folds(texts, folds=folds)
    except DataError:  # of few groups, which others test
        return
    for pairs in ([plain_text(text) for text in said], members):
        place = {}
        for key, fold in zip(pairs, found, strict=True):
            assert place.setdefault(key, fold) == fold
    assert all(found[one] == found[other] for one, other in near_pairs([plain_text(t) for t in said]))


@settings(derandomize=True, max_examples=20, deadline=None)
@given(st.permutations(range(60)))
def test_the_order_of_the_rows_does_not_matter(order):
    texts = texts_of(60)
    found = assign_folds(texts, folds=4)
    assert assign_folds(texts.take(order), folds=4).tolist() == found[list(order)].tolist()


def test_another_seed_makes_other_folds():
    texts = texts_of(100)
    assert assign_folds(texts, folds=5, seed=1).tolist() != assign_folds(texts, folds=5).tolist()


@pytest.mark.parametrize(("rare", "folds"), [(4, 5), (2, 2), (3, 2), (1, 2)])
def test_a_class_too_small_is_named(rare, folds):
    texts = texts_of(60, ("common", "rare"), labels=[int(n < rare) for n in range(60)])
    with pytest.raises(DataError, match=f"'rare' has {rare} texts .* too few for {folds} folds"):
        assign_folds(texts, folds=folds)


def test_copies_count_once():
    said = texts_of(40, labels=[n % 2 for n in range(40)])
    copies = LabelledTexts(
        tuple(t if n % 2 else "the very same words again" for n, t in enumerate(said.texts)),
        said.labels,
        ("copied", "own"),
    )
    with pytest.raises(DataError, match="'copied' has 1 texts"):
        assign_folds(copies, folds=3)


@pytest.mark.parametrize("share", [0.001, 0.1, 0.2, 0.5, 1.0])
def test_a_share_has_each_class_alike_and_is_part_of_a_larger_one(share):
    texts = texts_of(200, ("a", "b", "c"), labels=[0 if n < 150 else 1 if n < 190 else 2 for n in range(200)])
    fewer = take_share(texts, share)
    wanted = [max(1, int(np.ceil(share * size - 1e-9))) for size in (150, 40, 10)]
    assert [fewer.labels.count(label) for label in range(3)] == wanted
    larger = take_share(texts, min(1.0, share * 1.5))
    assert {*fewer.ids} <= {*larger.ids}
    assert list(map(int, fewer.ids)) == sorted(map(int, fewer.ids))
    if share == 1:
        assert fewer == texts
