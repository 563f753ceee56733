"""A softmax over a sample of the vocabulary: what makes a language model affordable.

The softmax runs over the window's own words and a few random ones, each logit corrected by the log
of the probability that its word is among the candidates (Bengio & Senécal 2008), so that its sum
estimates the full one.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

ROWS = 512
"""Rows of logits at a time: few enough for the cache, many enough for a fast product."""


class CandidateSampler:
    """Draws the words that a window's softmax runs over.

    Args:
        frequencies: ``(vocabulary,)`` how often each id occurs in the training stream.
        random_words: drawn uniformly beside the window's own words.
    """

    def __init__(self, frequencies: NDArray[np.int64], *, random_words: int = 400) -> None:
        share = torch.from_numpy(frequencies / max(1, frequencies.sum()))
        self._log_absent = torch.log1p(-share.clamp(max=1 - 1e-9))  # of one drawn word
        self._vocabulary = len(frequencies)
        self._random_words = min(random_words, self._vocabulary)

    def draw(self, targets: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Return the candidates of a window, drawn with PyTorch's generator.

        Returns:
            ``candidates (n,)`` sorted ids; ``log_inclusion (n,)`` log of the probability that each
            is among the candidates of a random window; ``places`` of the targets among them, in
            the shape of ``targets``.
        """
        device = targets.device
        extra = torch.randperm(self._vocabulary, device=device)[: self._random_words]
        candidates = torch.unique(torch.cat([targets.flatten(), extra]))
        log_absent = self._log_absent.to(device)[candidates] * targets.numel()
        log_absent = log_absent + math.log1p(-self._random_words / (self._vocabulary + 1e-9))
        log_inclusion = torch.log(-torch.expm1(log_absent)).float()
        return candidates, log_inclusion, torch.searchsorted(candidates, targets)


def tied_cross_entropy(hidden: Tensor, words: Tensor, bias: Tensor, places: Tensor) -> Tensor:
    """Return the mean cross-entropy of ``softmax(hidden @ words.T + bias)``.

    Loss and gradient are taken together, some rows at a time, so the logits never leave the cache
    and are passed over twice instead of eight times; the bias rides along in the product. There is
    no shift by the maximum: logits beyond 88 give a loss that is not finite. Under autocast the
    products are in bfloat16, the sums in float32.

    Args:
        hidden: ``(rows, features)``.
        words: ``(candidates, features)`` the embedding of the candidates.
        bias: ``(candidates,)``.
        places: ``(rows,)`` the target of each row, as a place among the candidates.
    """
    loss: Tensor = _TiedCrossEntropy.apply(hidden.float(), words, bias, places)  # type: ignore[no-untyped-call]
    return loss


class _TiedCrossEntropy(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, hidden: Tensor, words: Tensor, bias: Tensor, places: Tensor) -> Tensor:
        device = hidden.device.type
        kind = torch.get_autocast_dtype(device) if torch.is_autocast_enabled(device) else hidden.dtype
        high = bias.to(kind)
        low = (bias - high).to(kind)  # two numbers keep what one of few bits would lose
        weights = torch.cat([words.to(kind), high.unsqueeze(1), low.unsqueeze(1)], dim=1)
        inputs = torch.cat([hidden.to(kind), hidden.new_ones(len(hidden), 2, dtype=kind)], dim=1)
        turned = weights.T.contiguous()
        for_hidden = torch.empty_like(hidden)
        for_weights = torch.zeros(weights.shape, device=hidden.device)
        total = torch.zeros((), device=hidden.device)
        for start in range(0, len(hidden), ROWS):
            part = slice(start, start + ROWS)
            scores = torch.mm(inputs[part], turned)  # (ROWS, candidates)
            wanted = scores.gather(1, places[part].unsqueeze(1)).float()
            scores.exp_()
            sums = scores.sum(1, keepdim=True, dtype=torch.float32)
            total += (sums.log() - wanted).sum()
            for_hidden[part] = torch.mm(scores, weights)[:, :-2] / sums
            for_weights += torch.mm(scores.T, (inputs[part] / sums).to(kind))
        for_hidden -= words[places]
        for_weights.index_add_(0, places, -inputs.float())
        ctx.save_for_backward(for_hidden, for_weights)
        return total / len(hidden)

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Tensor, Tensor, Tensor, None]:
        for_hidden, for_weights = ctx.saved_tensors
        scale = gradients[0] / len(for_hidden)
        return for_hidden * scale, for_weights[:, :-2] * scale, for_weights[:, -2] * scale, None
