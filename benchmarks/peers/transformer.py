"""The shape of DistilBERT (Sanh et al. 2019), in plain PyTorch: 66 million parameters.

Its weights are random, for speed does not depend on them; it reads 512 tokens of a text at most, as the
published one does, so of long texts it does less. Batches are padded to their longest text.
"""

from __future__ import annotations

import re
import warnings
import zlib

import torch
from padded import Judge, in_batches
from torch import Tensor, nn

PIECES = re.compile(r"\w+|[^\w\s]")
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


def judge_of(*, int8: bool) -> Judge:
    """Return what judges texts with DistilBERT's shape.

    Its tokenizer is a cheap stand-in: words and punctuation marks by their checksum, fewer than word
    pieces would be.
    """
    torch.manual_seed(0)
    model: nn.Module = DistilBert().eval()
    if int8:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # PyTorch is about to move it to another package
            model = torch.ao.quantization.quantize_dynamic(model, {nn.Linear}, dtype=torch.qint8)

    def encode(text: str) -> list[int]:
        pieces = PIECES.findall(text.lower())[: MAX_TOKENS - 2]
        return [101, *(1000 + zlib.crc32(piece.encode()) % (VOCABULARY - 1000) for piece in pieces), 102]

    return in_batches(encode, lambda ids, _: torch.softmax(model(ids, ids != 0), dim=1)[:, 1])
