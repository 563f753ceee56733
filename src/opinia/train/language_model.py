"""Language models on unlabelled reviews: what a classifier starts from when labels are few.

An LSTM predicts each next word (forward) or each word before (backward). Its embedding is also its
output layer, through a projection (Press & Wolf 2017), and recurrent weights are dropped (Merity et
al. 2018, section 2). Training runs over one long stream of reviews in windows, the state carried
from window to window (truncated back-propagation).

In training the softmax is sampled (:mod:`opinia.train.softmax`); perplexity is measured with the
full one.
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

from opinia.train.network import SentimentNetwork
from opinia.train.softmax import CandidateSampler, tied_cross_entropy

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
        bias = self.bias[candidates] - log_inclusion
        return tied_cross_entropy(hidden.flatten(0, 1), self.embedding(candidates), bias, places.flatten())

    def full_log_likelihood(self, hidden: Tensor, targets: Tensor) -> Tensor:
        """Return the log-likelihood of each target over the whole vocabulary, ``(time * batch,)``."""
        rows, wanted = hidden.flatten(0, 1), targets.flatten()
        parts = []
        for start in range(0, len(rows), FULL_SOFTMAX_ROWS):
            part = slice(start, start + FULL_SOFTMAX_ROWS)
            logits = rows[part] @ self.embedding.weight.T + self.bias
            parts.append(-F.cross_entropy(logits, wanted[part], reduction="none"))
        return torch.cat(parts)


def start_from(network: SentimentNetwork, models: tuple[LanguageModel, LanguageModel]) -> None:
    """Give a network the words and weights of a forward and a backward language model.

    PyTorch's two biases of a gate become one.
    """
    assert network.backward_embedding is not None  # noqa: S101
    embeddings = (network.embedding, network.backward_embedding)
    with torch.no_grad():
        for lstm, embedding, model in zip(network.bidirectional.directions, embeddings, models, strict=True):
            embedding.weight.copy_(model.embedding.weight)
            for name in ("weight_ih_l0", "weight_hh_l0"):
                lstm.get_parameter(name).copy_(model.lstm.get_parameter(name))
            biases = (model.lstm.get_parameter(name) for name in ("bias_ih_l0", "bias_hh_l0"))
            lstm.get_parameter("bias_ih_l0").copy_(sum(biases, torch.zeros(())))


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
