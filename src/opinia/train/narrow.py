"""Narrower embeddings for a network that is trained: what its LSTMs are told of a word, in fewer numbers.

An LSTM sees a word through one product, that of its embedding and the input kernel. The best product of two
narrower matrices takes their place: what the kernel receives changes least, in the mean over the words of the
training texts (Eckart & Young 1936, weighted by frequency).
"""

from __future__ import annotations

import torch
from torch import Tensor

_PAIRS = {
    "embedding.weight": "bidirectional.directions.0.weight_ih_l0",
    "backward_embedding.weight": "bidirectional.directions.1.weight_ih_l0",
}
"""The embedding that each direction has to itself, and the kernel that reads it."""


def narrow_embeddings(weights: dict[str, Tensor], width: int, counts: Tensor) -> dict[str, Tensor]:
    """Return the weights of a network of separate embeddings with embeddings of fewer numbers.

    Args:
        weights: of a :class:`~opinia.train.network.SentimentNetwork`, by name; they stay as they are.
        width: numbers a word, at most as many as there are now.
        counts: how often each id occurs, ``(vocabulary,)``.
    """
    narrowed = dict(weights)
    for embedding, kernel in _PAIRS.items():
        narrowed[embedding], narrowed[kernel] = _factorise(
            weights[embedding].double(), weights[kernel].double(), width, counts.double()
        )
    return narrowed


def _factorise(embedding: Tensor, kernel: Tensor, width: int, counts: Tensor) -> tuple[Tensor, Tensor]:
    """Return an embedding ``(vocabulary, width)`` and a kernel ``(gates, width)`` of nearly their product."""
    # With root @ root.T = kernel.T @ kernel, distances between rows of embedding @ root are those between
    # what the gates receive, so that the directions of most variance there are the ones to keep.
    values, vectors = torch.linalg.eigh(kernel.T @ kernel)
    scales = values.clamp(min=values.max() * 1e-12).sqrt()
    words = embedding @ (vectors * scales)
    shares = (counts + 1) / (counts + 1).sum()  # a word that training does not hold counts a little, too
    _, directions = torch.linalg.eigh(words.T @ (shares.unsqueeze(1) * words))
    # Turned at random, all columns weigh alike: dropout and 8 bits treat them so.
    generator = torch.Generator().manual_seed(0)
    turn, _ = torch.linalg.qr(torch.randn(width, width, generator=generator, dtype=torch.float64))
    kept = directions[:, -width:] @ turn.to(words.device)
    narrow, read = words @ kept, kernel @ (vectors / scales) @ kept
    size = (embedding.square().mean() / narrow.square().mean()).sqrt()
    return (narrow * size).float(), (read / size).float()
