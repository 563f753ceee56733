"""Embeddings made narrower: what the LSTMs receive changes as little as it can."""

import pytest
import torch

from opinia.train.network.weights import narrow_embeddings

WORDS, WIDTH, GATES = 50, 6, 16
NAMES = [
    ("embedding.weight", "bidirectional.directions.0.weight_ih_l0"),
    ("backward_embedding.weight", "bidirectional.directions.1.weight_ih_l0"),
]


@pytest.fixture
def weights():
    generator = torch.Generator().manual_seed(3)
    drawn = {"head.weight": torch.randn(2, 3, generator=generator)}
    for embedding, kernel in NAMES:
        drawn[embedding] = torch.randn(WORDS, WIDTH, generator=generator)
        drawn[kernel] = torch.randn(GATES, WIDTH, generator=generator)
    return drawn


@pytest.fixture
def counts():
    return torch.arange(WORDS)


def received(weights, embedding, kernel):
    return weights[embedding] @ weights[kernel].T


def test_at_full_width_nothing_changes(weights, counts):
    same = narrow_embeddings(weights, WIDTH, counts)
    for names in NAMES:
        assert torch.allclose(received(same, *names), received(weights, *names), atol=1e-5)
    assert torch.equal(same["head.weight"], weights["head.weight"])


@pytest.mark.parametrize("width", [1, 2, 4])
def test_no_product_of_this_width_is_nearer_over_the_words_of_the_texts(weights, counts, width):
    narrow = narrow_embeddings(weights, width, counts)
    shares = ((counts + 1) / (counts + 1).sum()).sqrt().unsqueeze(1)
    for embedding, kernel in NAMES:
        assert narrow[embedding].shape == (WORDS, width)
        assert narrow[kernel].shape == (GATES, width)
        wide = received(weights, embedding, kernel)
        error = (shares * (wide - received(narrow, embedding, kernel))).square().sum()
        least = torch.linalg.svdvals(shares * wide)[width:].square().sum()
        assert error == pytest.approx(least.item(), rel=1e-4)


def test_numbers_are_of_the_size_they_were(weights, counts):
    narrow = narrow_embeddings(weights, 3, counts)
    for embedding, _ in NAMES:
        assert narrow[embedding].square().mean() == pytest.approx(weights[embedding].square().mean().item())
