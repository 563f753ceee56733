"""The shape of DistilBERT (Sanh et al. 2019), in plain PyTorch: 66 million parameters."""

from __future__ import annotations

import torch
from torch import Tensor, nn

VOCABULARY, MAX_TOKENS = 30_522, 512
LAYERS, WIDTH, HEADS, HIDDEN = 6, 768, 12, 3072


class Layer(nn.Module):
    """Attention and a feed-forward part, each added to its input and normalised after it."""

    def __init__(self) -> None:
        super().__init__()
        self.query, self.key, self.value, self.out = (nn.Linear(WIDTH, WIDTH) for _ in range(4))
        self.first, self.second = nn.Linear(WIDTH, HIDDEN), nn.Linear(HIDDEN, WIDTH)
        self.norm, self.last_norm = nn.LayerNorm(WIDTH, eps=1e-12), nn.LayerNorm(WIDTH, eps=1e-12)

    def forward(self, words: Tensor, mask: Tensor) -> Tensor:
        """Return words ``(batch, time, 768)``; the mask ``(batch, 1, 1, time)`` is true for real tokens."""
        batch, time, _ = words.shape

        def heads(projected: Tensor) -> Tensor:
            return projected.view(batch, time, HEADS, WIDTH // HEADS).transpose(1, 2)

        attended = nn.functional.scaled_dot_product_attention(
            heads(self.query(words)), heads(self.key(words)), heads(self.value(words)), attn_mask=mask
        )
        words = self.norm(words + self.out(attended.transpose(1, 2).reshape(batch, time, WIDTH)))
        return self.last_norm(words + self.second(nn.functional.gelu(self.first(words))))


class DistilBert(nn.Module):
    """Embeddings, six layers, and a classifier of two classes on the first token."""

    def __init__(self) -> None:
        super().__init__()
        self.words, self.places = nn.Embedding(VOCABULARY, WIDTH), nn.Embedding(MAX_TOKENS, WIDTH)
        self.norm = nn.LayerNorm(WIDTH, eps=1e-12)
        self.layers = nn.ModuleList(Layer() for _ in range(LAYERS))
        self.classifier, self.output = nn.Linear(WIDTH, WIDTH), nn.Linear(WIDTH, 2)

    def forward(self, ids: Tensor, mask: Tensor) -> Tensor:
        """Return logits ``(batch, 2)`` of ids ``(batch, time)``; the mask is true for real tokens."""
        words = self.norm(self.words(ids) + self.places(torch.arange(ids.shape[1])))
        for layer in self.layers:
            words = layer(words, mask[:, None, None, :])
        return self.output(torch.relu(self.classifier(words[:, 0])))
