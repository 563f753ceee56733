"""Reviews on a device, as streams and batches, against slow ways of saying the same."""

import numpy as np
import pytest
import torch

from opinia.data.corpus import Corpus
from opinia.train.loop.stream import END_ID, TokenReviews, windows


def some_reviews(count=40, *, seed=0):
    random = np.random.default_rng(seed)
    return [random.integers(1, 90, size).astype(np.int32) for size in random.integers(0, 30, count)]


def slow_stream(reviews, *, backward, seed):
    pieces = []
    for i in np.random.default_rng(seed).permutation(len(reviews)):
        pieces += [*(reviews[i][::-1] if backward else reviews[i]), END_ID]
    return pieces


@pytest.mark.parametrize("backward", [False, True])
@pytest.mark.parametrize("seed", [0, 3])
def test_a_stream_holds_each_review_and_an_end(backward, seed):
    reviews = some_reviews(seed=seed)
    joined = TokenReviews.of(reviews)
    stream = joined.stream(backward=backward, seed=seed)
    assert stream.tolist() == slow_stream(reviews, backward=backward, seed=seed)
    assert len(stream) == joined.stream_length
    counted = np.bincount(stream.numpy(), minlength=95)
    np.testing.assert_array_equal(joined.frequencies(95), counted)


def test_windows_cover_the_stream_in_columns_and_targets_follow():
    stream = torch.arange(23, dtype=torch.int32)
    ids, targets = zip(*windows(stream, batch=2, time=4), strict=True)
    assert torch.cat(ids).T.tolist() == [list(range(11)), list(range(11, 22))]
    assert torch.cat(targets).T.tolist() == [list(range(1, 12)), list(range(12, 23))]
    assert [len(part) for part in ids] == [4, 4, 3]
    later, _ = zip(*windows(stream, batch=2, time=4, first=1), strict=True)
    assert all(torch.equal(a, b) for a, b in zip(ids[1:], later, strict=True))


def test_a_batch_is_that_of_the_corpus():
    reviews = some_reviews()
    starts = np.cumsum([0, *map(len, reviews)])
    corpus = Corpus(np.concatenate(reviews), starts, np.zeros(len(reviews), np.float32))
    joined = TokenReviews.of(reviews)
    for rows in (np.array([3, 39, 0]), np.array([7]), np.arange(40)):
        ids, lengths = corpus.batch(rows)
        found = joined.batch(torch.from_numpy(rows), ids.shape[1])
        assert found[0].tolist() == ids.tolist()
        assert found[1].tolist() == lengths.tolist()
