"""What the peers in PyTorch have in common: texts judged in padded batches, in their own order."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor
from torch.nn.utils.rnn import pad_sequence

BATCH_SIZE = 32

Judge = Callable[[list[str]], list[float]]


def in_batches(encode: Callable[[str], list[int]], answer: Callable[[Tensor, Tensor], Tensor]) -> Judge:
    """Return what judges texts.

    Args:
        encode: gives the ids of a text, at least one.
        answer: gives the probabilities of positive ``(batch,)`` of ids ``(batch, time)``, padded with 0, and
            their lengths ``(batch,)``.
    """

    @torch.inference_mode()
    def judge(texts: list[str]) -> list[float]:
        shares: list[float] = []
        for start in range(0, len(texts), BATCH_SIZE):
            encoded = [torch.tensor(encode(text)) for text in texts[start : start + BATCH_SIZE]]
            lengths = torch.tensor([len(ids) for ids in encoded])
            shares += answer(pad_sequence(encoded, batch_first=True), lengths).tolist()
        return shares

    return judge
