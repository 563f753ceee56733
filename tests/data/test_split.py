"""Validation by movie: what must never happen, for any reviews."""

from __future__ import annotations

import json
import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from opinia.data import sample
from opinia.data.labelled import LabelledTexts
from opinia.data.split import split_train_validation
from opinia.errors import DataError


def reviews(rows: list[tuple[str, int, str]]) -> LabelledTexts:
    """Make reviews of (text, label, movie)."""
    texts, labels, movies = zip(*rows, strict=True) if rows else ((), (), ())
    return LabelledTexts(
        ids=tuple(f"{number}_{9 if label else 1}" for number, label in enumerate(labels)),
        texts=texts,
        labels=labels,
        classes=("negative", "positive"),
        groups=movies,
    )


def singles(count: int, *, movies: int) -> LabelledTexts:
    return reviews([(f"text {n}", n % 2, f"tt{n % movies}") for n in range(count)])


rows = st.lists(
    st.tuples(
        st.sampled_from([f"text {n}" for n in range(40)]), st.integers(0, 1), st.sampled_from("abcdefgh")
    ),
    min_size=2,
    max_size=60,
)


@settings(deadline=None)  # a busy machine is no failure
@given(train=rows, test=rows, validation=st.integers(1, 30), seed=st.integers(0, 5), shuffled=st.randoms())
def test_nothing_leaks(
    train: list[tuple[str, int, str]],
    test: list[tuple[str, int, str]],
    validation: int,
    seed: int,
    shuffled: random.Random,
) -> None:
    whole, held_out = reviews(train), reviews(test)
    order = list(range(len(whole)))
    shuffled.shuffle(order)
    try:
        split = split_train_validation(whole, held_out, validation=validation, seed=seed)
    except DataError:
        with pytest.raises(DataError):
            split_train_validation(whole.take(order), held_out, validation=validation, seed=seed)
        return
    assert not set(split.train.groups) & set(split.validation.groups)
    assert not set(split.train.texts) & set(split.validation.texts)
    assert not (set(split.train.texts) | set(split.validation.texts)) & set(held_out.texts)
    assert len(split.validation) >= validation
    dropped = split.dropped_in_test + split.dropped_in_validation
    assert len(split.train) + len(split.validation) + dropped == len(whole)
    assert split.dropped_in_test == sum(text in held_out.texts for text in whole.texts)
    usable = [row for row in train if row[0] not in held_out.texts]
    for movie in set(split.validation.groups):
        assert split.validation.groups.count(movie) == sum(row[2] == movie for row in usable)
    again = split_train_validation(whole.take(order), held_out, validation=validation, seed=seed)
    assert again == split
    assert again.fingerprint() == split.fingerprint()


def test_the_size_is_met_exactly_where_movies_allow() -> None:
    nothing = reviews([("else", 1, "z")])
    assert len(split_train_validation(singles(100, movies=50), nothing, validation=31).validation) == 32
    mixed = reviews([(f"text {n}", n % 2, "big" if n < 30 else f"small{n}") for n in range(60)])
    for seed in range(10):
        assert len(split_train_validation(mixed, nothing, validation=17, seed=seed).validation) == 17


def test_the_smallest_movie_that_covers_the_rest_is_taken() -> None:
    sizes = {"a": 10, "b": 14, "c": 20}
    train = reviews([(f"{movie} {n}", n % 2, movie) for movie, size in sizes.items() for n in range(size)])
    split = split_train_validation(train, reviews([("else", 1, "z")]), validation=5)
    assert set(split.validation.groups) == {"a"}


def test_seeds_draw_other_movies_and_the_draw_is_pinned() -> None:
    train, test = sample.load("train"), sample.load("test")
    parts = [split_train_validation(train, test, validation=200, seed=seed) for seed in (0, 1)]
    assert set(parts[0].validation.groups) != set(parts[1].validation.groups)
    assert sorted(set(parts[0].validation.groups))[:3] == [
        "synthetic_train_0005",
        "synthetic_train_0011",
        "synthetic_train_0024",
    ]


def test_copies_of_texts_are_dropped_and_counted() -> None:
    train = singles(60, movies=30)
    doubled = reviews(
        [*zip(train.texts, train.labels, train.groups, strict=True)]
        + [(text, 1, f"copy{n}") for n, text in enumerate(train.texts)]
    )
    test = reviews([("text 3", 1, "z"), ("text 3 ", 1, "z")])
    split = split_train_validation(doubled, test, validation=20)
    assert split.dropped_in_test == 2
    assert split.dropped_in_validation > 0
    assert "text 3" not in split.train.texts + split.validation.texts


def test_parts_stand_in_the_canonical_order() -> None:
    split = split_train_validation(singles(100, movies=40), reviews([("else", 1, "z")]), validation=20)
    for part in (split.train, split.validation):
        keys = [(-label, int(name.split("_")[0])) for label, name in zip(part.labels, part.ids, strict=True)]
        assert keys == sorted(keys)


def test_the_card_says_what_was_used() -> None:
    train, test = sample.load("train"), sample.load("test")
    split = split_train_validation(train, test, validation=300, seed=4)
    card = split.to_card()
    assert json.loads(json.dumps(card)) == card
    assert card["seed"] == 4
    assert card["fingerprint"] == split.fingerprint()
    assert card["train"]["reviews"] == len(split.train)
    assert card["validation"] == {
        "reviews": len(split.validation),
        "positives": sum(split.validation.labels),
        "movies": len(set(split.validation.groups)),
        "fingerprint": split.validation.fingerprint(),
    }
    kept = card["train"]["reviews"] + card["validation"]["reviews"]
    assert kept + sum(card["dropped"].values()) == len(train)


def test_the_fingerprint_changes_with_the_rows() -> None:
    train, test = sample.load("train"), sample.load("test")
    prints = {split_train_validation(train, test, validation=300, seed=s).fingerprint() for s in range(3)}
    prints.add(split_train_validation(train, test, validation=301).fingerprint())
    assert len(prints) == 4


@pytest.mark.parametrize("validation", [-5, 0, 98, 100, 1000])
def test_impossible_sizes_are_refused(validation: int) -> None:
    train = singles(100, movies=10)
    with pytest.raises(DataError, match=f"{validation:,}"):
        split_train_validation(train, reviews([("else", 1, "z")]), validation=validation)


def test_unlabelled_reviews_are_refused() -> None:
    with pytest.raises(DataError, match="label"):
        split_train_validation(sample.load("unsup"), sample.load("test"))


def test_more_classes_than_two_are_split_by_group_and_counted_in_the_card():
    rows = [(f"text {number}", number % 3, f"group {number // 5}") for number in range(60)]
    texts, labels, groups = zip(*rows, strict=True)
    made = LabelledTexts(texts, labels, ("bad", "fine", "good"), groups)
    split = split_train_validation(made, made.take([]), validation=10)
    assert len(split.validation) == 10
    assert not {*split.validation.groups} & {*split.train.groups}
    assert split.train.classes == split.validation.classes == made.classes
    known = dict(zip(texts, labels, strict=True))
    for part in (split.train, split.validation):
        assert [known[text] for text in part.texts] == list(part.labels)
    counts = split.to_card()["validation"]["classes"]
    assert counts == {name: split.validation.labels.count(i) for i, name in enumerate(made.classes)}


def test_labelled_texts_that_do_not_belong_together_are_refused():
    for texts, labels, classes, groups in [
        (("a",), (0, 1), ("no", "yes"), ()),
        (("a",), (2,), ("no", "yes"), ()),
        (("a",), (-2,), ("no", "yes"), ()),
        (("a",), (0,), ("no",), ()),
        (("a",), (0,), ("no", "no"), ()),
        (("a", "b"), (0, 1), ("no", "yes"), ("one",)),
    ]:
        with pytest.raises(ValueError, match="must"):
            LabelledTexts(texts, labels, classes, groups)
