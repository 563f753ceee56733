"""The synthetic sample: the same everywhere, of a realistic shape, and neither trivial nor hopeless."""

from __future__ import annotations

import pytest

from opinia.data import sample
from opinia.errors import DataError
from opinia.text.tokenizer import Tokenizer, split_tokens

PINNED = {
    "train": "dd0dad17f8a1fe9877d88f3367dfab03ab5c03a62bab2607be65bad64ff5f1ad",
    "test": "b924b917ed1aa4446afd3a3c718e41b338fc92dba3db5283e433dea5018c7f4f",
    "unsup": "52893781b13d3048f2f2f4182179de7e5471beedfcfcc0eee008265343bad3f7",
}


@pytest.mark.parametrize("split", PINNED)
def test_the_sample_is_the_same_everywhere(split: str) -> None:
    assert sample.load(split).fingerprint() == PINNED[split]


def test_sizes_and_labels() -> None:
    assert [len(sample.load(split)) for split in PINNED] == [2000, 500, 1000]
    assert sample.load("train").labels == (1,) * 1000 + (0,) * 1000
    assert sample.load("test", reviews=7).labels == (1, 1, 1, 1, 0, 0, 0)
    assert set(sample.load("unsup").labels) == {-1}


def test_every_row_says_that_it_is_synthetic() -> None:
    made = sample.load("train", reviews=40)
    assert made.ids[12] == "synthetic_00012"
    assert len(set(made.ids)) == 40
    assert all(movie.startswith("synthetic_") for movie in made.groups)


def test_splits_share_no_film() -> None:
    films = [set(sample.load(split).groups) for split in PINNED]
    assert not films[0] & films[1]
    assert not films[0] & films[2]
    assert not films[1] & films[2]
    assert len(films[0]) > 200


def test_another_seed_gives_other_reviews() -> None:
    assert (
        set(sample.load("test").texts).isdisjoint(sample.load("test", seed=1).texts)
        or len(set(sample.load("test").texts) & set(sample.load("test", seed=1).texts)) < 10
    )


def test_shape_of_the_texts() -> None:
    made = sample.load("train")
    lengths = [len(text.replace("<br /><br />", " ").split()) for text in made.texts]
    assert min(lengths) >= 8
    assert max(lengths) <= 120
    assert max(lengths) - min(lengths) > 80
    assert 300 < len(Tokenizer.adapt(made.texts, max_tokens=10_000)) < 1000
    assert 0.2 < sum("<br /><br />" in text for text in made.texts) / len(made) < 0.6
    assert any(" not " in text for text in made.texts)
    assert any("Although" in text for text in made.texts)
    assert not any("{" in text for text in made.texts)
    assert len(set(made.texts)) > 1950


def test_counting_words_gets_most_but_not_all_of_them_right() -> None:
    train, test = sample.load("train"), sample.load("test")
    counts: dict[bytes, list[int]] = {}
    for text, label in zip(train.texts, train.labels, strict=True):
        for word in set(split_tokens(text)):
            counts.setdefault(word, [1, 1])[label] += 1
    right = 0
    for text, label in zip(test.texts, test.labels, strict=True):
        odds = 1.0
        for word in set(split_tokens(text)):
            negative, positive = counts.get(word, (1, 1))
            odds *= positive / negative
        right += (odds > 1) == (label == 1)
    assert 0.78 < right / len(test) < 0.93


@pytest.mark.parametrize("reviews", [-1, 0, 1, 1_000_000])
def test_impossible_sizes_are_refused(reviews: int) -> None:
    with pytest.raises(DataError, match=f"Received: {reviews}"):
        sample.load("train", reviews=reviews)


def test_an_unknown_split_is_refused() -> None:
    with pytest.raises(DataError, match="train, test, unsup. Received: 'dev'"):
        sample.load("dev")
