"""Language models on unlabelled reviews: what a classifier starts from when labels are few.

An LSTM predicts each next word (forward) or each word before (backward). Its embedding is also its
output layer, through a projection (Press & Wolf 2017), and recurrent weights are dropped (Merity et
al. 2018, section 2). Training runs over one long stream of reviews in windows, the state carried
from window to window (truncated back-propagation).

The softmax is sampled: over the window's own words and a few random ones, each logit corrected by
the log of the probability that its word is among the candidates (Bengio & Senécal 2008), so that
its sum estimates the full one. Perplexity is measured with the full softmax.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional as F  # noqa: N812

State = tuple[Tensor, Tensor]

END_ID = 0
"""Padding elsewhere; in a stream it stands between two reviews."""
FULL_SOFTMAX_ROWS = 1024


@dataclass(frozen=True)
class LanguageModelShape:
    """The shape of a language model.

    Args:
        embedding: numbers a word.
        units: LSTM units.
        input_dropout: share of the input's numbers dropped, the same ones at each step of a window.
        weight_dropout: share of the recurrent weights dropped, drawn anew for each window.
        output_dropout: share of the projected numbers dropped.
    """

    embedding: int = 192
    units: int = 384
    input_dropout: float = 0.1
    weight_dropout: float = 0.1
    output_dropout: float = 0.1


class LanguageModel(nn.Module):
    """Embedding → LSTM → projection → softmax over the embedding's own words.

    Args:
        vocabulary: number of ids; id 0 ends a review.
        shape: its sizes and dropouts.
    """

    def __init__(self, vocabulary: int, shape: LanguageModelShape) -> None:
        super().__init__()
        self.shape = shape
        self.embedding = nn.Embedding(vocabulary, shape.embedding)
        self.lstm = nn.LSTM(shape.embedding, shape.units)
        self.projection = nn.Linear(shape.units, shape.embedding)
        self.bias = nn.Parameter(torch.zeros(vocabulary))
        nn.init.normal_(self.embedding.weight, std=shape.embedding**-0.5)

    def forward(self, ids: Tensor, state: State | None = None) -> tuple[Tensor, State]:
        """Read a window.

        Args:
            ids: ``(time, batch)`` integers.
            state: of the window before, or None at the beginning of the stream.

        Returns:
            What the next words are predicted from, ``(time, batch, embedding)``, and the state.
        """
        words = self.embedding(ids)  # (time, batch, embedding)
        if self.training and self.shape.input_dropout:
            # One mask a stream and window: what is dropped stays dropped (Gal & Ghahramani 2016).
            words = words * F.dropout(torch.ones_like(words[:1]), self.shape.input_dropout)
        outputs, state = self._read(words, state)  # (time, batch, units)
        hidden = F.dropout(self.projection(outputs), self.shape.output_dropout, self.training)
        return hidden, state

    def _read(self, words: Tensor, state: State | None) -> tuple[Tensor, State]:
        if not (self.training and self.shape.weight_dropout):
            outputs, new_state = self.lstm(words, state)
            return outputs, new_state
        kept = F.dropout(self.lstm.get_parameter("weight_hh_l0"), self.shape.weight_dropout)
        outputs, new_state = torch.func.functional_call(self.lstm, {"weight_hh_l0": kept}, (words, state))
        return outputs, new_state

    def sampled_loss(self, hidden: Tensor, targets: Tensor, sampler: CandidateSampler) -> Tensor:
        """Return the mean cross-entropy of a window over sampled candidates.

        Args:
            hidden: ``(time, batch, embedding)`` of :meth:`forward`.
            targets: ``(time, batch)`` the words to predict.
            sampler: draws the candidates.
        """
        candidates, log_inclusion, places = sampler.draw(targets)
        logits = hidden.flatten(0, 1) @ self.embedding(candidates).T  # (time * batch, candidates)
        logits = logits + (self.bias[candidates] - log_inclusion)
        return F.cross_entropy(logits, places.flatten())

    def full_log_likelihood(self, hidden: Tensor, targets: Tensor) -> Tensor:
        """Return the log-likelihood of each target over the whole vocabulary, ``(time * batch,)``."""
        rows, wanted = hidden.flatten(0, 1), targets.flatten()
        parts = []
        for start in range(0, len(rows), FULL_SOFTMAX_ROWS):
            part = slice(start, start + FULL_SOFTMAX_ROWS)
            logits = rows[part] @ self.embedding.weight.T + self.bias
            parts.append(-F.cross_entropy(logits, wanted[part], reduction="none"))
        return torch.cat(parts)


class CandidateSampler:
    """Draws the words that a window's softmax runs over.

    Args:
        frequencies: ``(vocabulary,)`` how often each id occurs in the training stream.
        random_words: drawn uniformly beside the window's own words.
        seed: of the drawing.
    """

    def __init__(self, frequencies: NDArray[np.int64], *, random_words: int = 400, seed: int = 0) -> None:
        share = torch.from_numpy(frequencies / max(1, frequencies.sum()))
        self._log_absent = torch.log1p(-share.clamp(max=1 - 1e-9))  # of one drawn word
        self._vocabulary = len(frequencies)
        self._random_words = min(random_words, self._vocabulary)
        self._generator = torch.Generator().manual_seed(seed)

    def draw(self, targets: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Return the candidates of a window.

        Returns:
            ``candidates (n,)`` sorted ids; ``log_inclusion (n,)`` log of the probability that each
            is among the candidates of a random window; ``places`` of the targets among them, in
            the shape of ``targets``.
        """
        extra = torch.randperm(self._vocabulary, generator=self._generator)[: self._random_words]
        candidates = torch.unique(torch.cat([targets.flatten(), extra.to(targets.device)]))
        log_absent = self._log_absent[candidates.cpu()] * targets.numel()
        log_absent = log_absent + math.log1p(-self._random_words / (self._vocabulary + 1e-9))
        log_inclusion = torch.log(-torch.expm1(log_absent)).float().to(targets.device)
        return candidates, log_inclusion, torch.searchsorted(candidates, targets)


def stream_of(reviews: list[NDArray[np.int32]], *, backward: bool, seed: int) -> NDArray[np.int32]:
    """Join reviews in random order into one stream, an end after each.

    Args:
        reviews: the ids of each review, ``(time,)``.
        backward: reverse each review, for a model that reads from the end.
        seed: of the order.
    """
    pieces: list[NDArray[np.int32]] = []
    end = np.array([END_ID], np.int32)
    for i in np.random.default_rng(seed).permutation(len(reviews)):
        pieces += [reviews[i][::-1] if backward else reviews[i], end]
    return np.concatenate(pieces)


def windows(stream: NDArray[np.int32], *, batch: int, time: int) -> Iterator[tuple[Tensor, Tensor]]:
    """Lay a stream in parallel columns and yield it window by window.

    Yields:
        ``ids`` and ``targets``, ``(time, batch) int64`` each; the targets are the words that follow.
        The last window may be shorter; what does not fill a row of columns is left out.
    """
    length = (len(stream) - 1) // batch
    ids, targets = (
        torch.from_numpy(stream[offset : offset + length * batch].reshape(batch, length).T.astype(np.int64))
        for offset in (0, 1)
    )
    for start in range(0, length, time):
        yield ids[start : start + time].contiguous(), targets[start : start + time].contiguous()


def train_pass(
    model: LanguageModel,
    optimizer: torch.optim.Optimizer,
    stream: NDArray[np.int32],
    sampler: CandidateSampler,
    *,
    batch: int = 128,
    time: int = 64,
    clip: float = 0.5,
) -> float:
    """Train on a stream once.

    Returns:
        The mean sampled loss in nats.
    """
    model.train()
    device = model.bias.device
    state: State | None = None
    total, count = 0.0, 0
    for ids, targets in windows(stream, batch=batch, time=time):
        hidden, state = model(ids.to(device), state)
        state = (state[0].detach(), state[1].detach())
        loss = model.sampled_loss(hidden, targets.to(device), sampler)
        optimizer.zero_grad()
        torch.autograd.backward(loss)
        nn.utils.clip_grad_norm_(model.parameters(), clip)
        optimizer.step()
        total += loss.item() * targets.numel()
        count += targets.numel()
    return total / max(1, count)


def perplexity(model: LanguageModel, stream: NDArray[np.int32], *, batch: int = 32, time: int = 64) -> float:
    """Return ``exp`` of the mean negative log-likelihood a word, over the full vocabulary."""
    model.eval()
    device = model.bias.device
    state: State | None = None
    total, count = 0.0, 0
    with torch.inference_mode():
        for ids, targets in windows(stream, batch=batch, time=time):
            hidden, state = model(ids.to(device), state)
            total -= model.full_log_likelihood(hidden, targets.to(device)).sum().item()
            count += targets.numel()
    return math.exp(total / max(1, count))
