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

ROWS = {"cpu": 512, "cuda": 8192}
"""Rows of logits at a time: few enough for the cache or the memory, many enough for a fast product."""
ALIGNMENT = {"cpu": 1, "cuda": 8}
"""Numbers a row of the products: rows that do not begin at 16 bytes are slow on a GPU."""
_NOBODY = 1e4
"""Log-inclusion of an empty slot: so much is taken from its logit that it adds nothing."""


class CandidateSampler:
    """Draws the words that a window's softmax runs over.

    Args:
        frequencies: ``(vocabulary,)`` how often each id occurs in the training stream.
        random_words: drawn uniformly beside the window's own words.
        device: on which words are drawn.
        room: most candidates on a GPU; 0 makes room for as many as a window can hold.
    """

    def __init__(
        self,
        frequencies: NDArray[np.int64],
        *,
        random_words: int = 400,
        device: str | torch.device = "cpu",
        room: int = 0,
    ) -> None:
        share = torch.from_numpy(frequencies / max(1, frequencies.sum()))
        self._log_absent = torch.log1p(-share.clamp(max=1 - 1e-9)).to(device)  # of one drawn word
        self._vocabulary = len(frequencies)
        self._random_words = min(random_words, self._vocabulary)
        self._room = room
        self.left_out = torch.zeros((), dtype=torch.int64, device=device)
        """How many candidates found no room so far; read it now and then, it must be 0."""

    def draw(self, targets: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Return the candidates of a window, drawn with PyTorch's generator.

        How many words a window holds is not known to the host of a GPU, and asking would make it wait.
        There each window gets the same number of slots, and the slots that stay empty have no weight.

        Returns:
            ``candidates (n,)`` sorted ids, behind them 0 for each empty slot; ``log_inclusion (n,)`` log
            of the probability that each is among the candidates of a random window; ``places`` of the
            targets among them, in the shape of ``targets``.
        """
        extra = torch.randperm(self._vocabulary, device=targets.device)[: self._random_words]
        if targets.is_cuda:
            return self.draw_into_slots(targets, extra)
        candidates = torch.unique(torch.cat([targets.flatten(), extra]))
        return candidates, self._log_inclusion(candidates, targets), torch.searchsorted(candidates, targets)

    def draw_into_slots(self, targets: Tensor, extra: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Do the work of :meth:`draw` with tensors of sizes that are known beforehand."""
        everyone = torch.arange(self._vocabulary, device=targets.device)
        room = min(self._room or targets.numel() + len(extra), self._vocabulary)
        present = torch.zeros(self._vocabulary, dtype=torch.bool, device=targets.device)
        present[targets.flatten()] = True
        present[extra] = True
        place = present.cumsum(0) - 1
        slot = torch.where(present & (place < room), place, room)  # the last one takes whoever has none
        candidates = torch.zeros(room + 1, dtype=torch.int64, device=targets.device)
        candidates = candidates.scatter(0, slot, everyone)[:room]
        count = present.sum()
        self.left_out += (count - room).clamp(min=0)
        empty = torch.arange(room, device=targets.device) >= count
        candidates = candidates.masked_fill(empty, 0)
        log_inclusion = self._log_inclusion(candidates, targets).masked_fill(empty, _NOBODY)
        return candidates, log_inclusion, place[targets].clamp(max=room - 1)

    def _log_inclusion(self, candidates: Tensor, targets: Tensor) -> Tensor:
        log_absent = self._log_absent[candidates] * targets.numel()
        log_absent = log_absent + math.log1p(-self._random_words / (self._vocabulary + 1e-9))
        return torch.log(-torch.expm1(log_absent)).float()


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
        features = hidden.shape[1]
        empty = -(features + 2) % ALIGNMENT[device]
        weights = torch.cat(
            [
                words.to(kind),
                high.unsqueeze(1),
                low.unsqueeze(1),
                words.new_zeros(len(words), empty, dtype=kind),
            ],
            1,
        )
        ones = hidden.new_ones(len(hidden), 2 + empty, dtype=kind)
        inputs = torch.cat([hidden.to(kind), ones], dim=1)
        turned = weights.T.contiguous()
        for_hidden = torch.empty_like(hidden)
        for_weights = torch.zeros(weights.shape, device=hidden.device)
        total = torch.zeros((), device=hidden.device)
        rows = ROWS[device]
        for start in range(0, len(hidden), rows):
            part = slice(start, start + rows)
            scores = torch.mm(inputs[part], turned)  # (rows, candidates)
            wanted = scores.gather(1, places[part].unsqueeze(1)).float()
            scores.exp_()
            sums = scores.sum(1, keepdim=True, dtype=torch.float32)
            total += (sums.log() - wanted).sum()
            for_hidden[part] = torch.mm(scores, weights)[:, :features] / sums
            for_weights += torch.mm(scores.T, (inputs[part] / sums).to(kind))
        for_hidden -= words[places]
        for_weights.index_add_(0, places, -inputs.float())
        ctx.save_for_backward(for_hidden, for_weights)
        return total / len(hidden)

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Tensor, Tensor, Tensor, None]:
        for_hidden, for_weights = ctx.saved_tensors
        scale = gradients[0] / len(for_hidden)
        features = for_hidden.shape[1]
        return for_hidden * scale, for_weights[:, :features] * scale, for_weights[:, features] * scale, None
