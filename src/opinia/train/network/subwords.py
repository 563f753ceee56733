"""Embeddings that share what words have in common: their character n-grams (Bojanowski et al. 2017).

A word's embedding is a vector of its own and the sum of those of its n-grams, through the square root of
their number. So the many forms of an inflected word learn together, and those that training hardly shows
mean what the others mean. The vocabulary is closed: once trained, the sums stand in the model file as an
ordinary embedding, and nothing of this is computed where a model is used.
"""

from __future__ import annotations

import zlib
from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F  # noqa: N812

from opinia.text.tokenizer import FIRST_WORD_ID
from opinia.text.words import without_diacritics

LENGTHS = (3, 4, 5)


def ngrams_of(word: str, buckets: int) -> list[int]:
    """Return the buckets of a word's n-grams, from 0; none of a mark or a number.

    Diacritics are left away, for people leave them away, and the ends of the word are marked.

    Args:
        word: in lower case.
        buckets: how many there are; n-grams that fall into one share its vector.
    """
    if not word[0].isalpha():
        return []
    marked = f"<{without_diacritics(word)}>"
    pieces = (marked[i : i + length] for length in LENGTHS for i in range(len(marked) - length + 1))
    return [zlib.crc32(piece.encode()) % buckets for piece in pieces]


class SubwordEmbedding(nn.Module):
    """An embedding of words and their n-grams, for a closed vocabulary; it stands in for ``nn.Embedding``.

    Args:
        words: the vocabulary, without padding and unknown.
        dimension: of the embedding.
        buckets: of n-grams.
    """

    _grams: Tensor
    _starts: Tensor

    def __init__(self, words: Sequence[str], dimension: int, buckets: int) -> None:
        super().__init__()
        self.own = nn.Embedding(len(words) + FIRST_WORD_ID, dimension)
        self.shared = nn.Embedding(buckets, dimension)
        for table in (self.own, self.shared):
            nn.init.uniform_(table.weight, -0.05, 0.05)
        grams: list[list[int]] = [[]] * FIRST_WORD_ID + [ngrams_of(word, buckets) for word in words]
        starts = np.concatenate([[0], np.cumsum([len(each) for each in grams])])
        flat = np.array([gram for each in grams for gram in each], np.int64)
        # Both follow from the words: no checkpoint needs them.
        self.register_buffer("_grams", torch.from_numpy(flat), persistent=False)
        self.register_buffer("_starts", torch.from_numpy(starts.astype(np.int64)), persistent=False)

    @property
    def weight(self) -> Tensor:
        """The whole table, ``(vocabulary, dimension)``."""
        return self._rows(torch.arange(self.own.num_embeddings, device=self._starts.device))

    def forward(self, ids: Tensor) -> Tensor:
        """Return the embeddings of ids of any shape, ``(*shape, dimension)``."""
        different, places = torch.unique(ids, return_inverse=True)
        return self._rows(different)[places]

    def _rows(self, ids: Tensor) -> Tensor:
        first, counts = self._starts[ids], self._starts[ids + 1] - self._starts[ids]
        offsets = counts.cumsum(0) - counts
        within = torch.arange(int(counts.sum()), device=ids.device) - offsets.repeat_interleave(counts)
        grams = self._grams[first.repeat_interleave(counts) + within]
        sums = F.embedding_bag(grams, self.shared.weight, offsets, mode="sum")
        rows: Tensor = self.own(ids) + sums / counts.clamp(min=1).sqrt().unsqueeze(1)
        return rows
