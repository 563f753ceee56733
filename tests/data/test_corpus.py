"""Batches of like length, and reviews that stand beside them."""

import numpy as np
import pytest

from opinia.data.corpus import companions, shuffled_batches


def lengths_of(count, seed=0):
    return np.random.default_rng(seed).geometric(1 / 60, count)


@pytest.mark.parametrize("most_words", [0, 300, 4000])
def test_every_review_stands_in_one_batch(most_words):
    lengths = lengths_of(700)
    batches = shuffled_batches(lengths, 16, np.random.default_rng(1), most_words=most_words)
    assert sorted(np.concatenate(batches).tolist()) == list(range(700))
    assert max(len(batch) for batch in batches) <= 16
    if most_words:
        sizes = [(len(batch), len(batch) * lengths[batch].max()) for batch in batches]
        assert all(size == 1 or words <= most_words for size, words in sizes)
        assert any(size == 1 for size, _ in sizes) == (lengths.max() > most_words / 2)
    again = shuffled_batches(lengths, 16, np.random.default_rng(1), most_words=most_words)
    assert all(np.array_equal(a, b) for a, b in zip(batches, again, strict=True))


@pytest.mark.parametrize("share", [0.1, 1.0, 2.5])
def test_companions_are_of_like_length_and_each_is_drawn_once(share):
    lengths, others = lengths_of(300), lengths_of(900, seed=1)
    random = np.random.default_rng(2)
    batches = shuffled_batches(lengths, 16, random)
    beside = companions(batches, lengths, others, share, random)
    drawn = np.concatenate(beside).tolist()
    assert len(set(drawn)) == len(drawn)
    for batch, rows in zip(batches, beside, strict=True):
        assert len(rows) == max(1, round(share * len(batch)))
    padded = sum(
        max(lengths[a].max(), others[b].max()) * len(a) for a, b in zip(batches, beside, strict=True)
    )
    assert padded < 2 * lengths.sum()


def test_few_reviews_are_drawn_more_than_once():
    lengths = lengths_of(50)
    batches = shuffled_batches(lengths, 8, np.random.default_rng(0))
    beside = companions(batches, lengths, lengths_of(7), 1.0, np.random.default_rng(0))
    assert sorted(np.unique(np.concatenate(beside))) == list(range(7))
