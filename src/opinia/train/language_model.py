"""Language models on unlabelled reviews: what a classifier starts from when labels are few.

LSTMs, one above the other, predict each next word (forward) or each word before (backward). The embedding
is also the output layer, through a projection (Press & Wolf 2017). Recurrent weights, words, and what goes
into and out of each layer are dropped (Merity et al. 2018). Training runs over one long stream of reviews
in windows, the state carried from window to window (truncated back-propagation).

In training the softmax is sampled (:mod:`opinia.train.sampled_softmax`) or full; perplexity is measured
with the full one.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional as F  # noqa: N812

from opinia.train.network import SentimentNetwork
from opinia.train.recurrent import State, drop_numbers, drop_words, run_lstm
from opinia.train.sampled_softmax import CandidateSampler, tied_cross_entropy
from opinia.train.stream import windows

FULL_SOFTMAX_ROWS = {"cpu": 1024, "cuda": 8192}


@dataclass(frozen=True)
class LanguageModelShape:
    """The shape of a language model.

    Args:
        embedding: numbers a word.
        units: LSTM units a layer.
        layers: LSTMs, one above the other.
        embedding_dropout: share of the vocabulary dropped in a window.
        input_dropout: share of the input's numbers dropped, the same ones at each step of a window.
        layer_dropout: the same between one LSTM and the next.
        weight_dropout: share of the recurrent weights dropped, drawn anew for each window.
        output_dropout: share of the projected numbers dropped.
    """

    embedding: int = 192
    units: int = 384
    layers: int = 1
    embedding_dropout: float = 0.0
    input_dropout: float = 0.1
    layer_dropout: float = 0.0
    weight_dropout: float = 0.1
    output_dropout: float = 0.1


class LanguageModel(nn.Module):
    """Embedding → LSTMs → projection → softmax over the embedding's own words.

    Args:
        vocabulary: number of ids; id 0 ends a review.
        shape: its sizes and dropouts.
    """

    def __init__(self, vocabulary: int, shape: LanguageModelShape) -> None:
        super().__init__()
        self.shape = shape
        self.embedding = nn.Embedding(vocabulary, shape.embedding)
        self.lstm = nn.LSTM(shape.embedding, shape.units, shape.layers)
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
        if self.training and self.shape.embedding_dropout:
            words = words * drop_words(self.embedding, self.shape.embedding_dropout)[ids]
        if self.training and self.shape.input_dropout:
            words = drop_numbers(words, self.shape.input_dropout)
        outputs, state = run_lstm(  # (time, batch, units)
            self.lstm,
            words,
            state,
            weight_dropout=self.shape.weight_dropout if self.training else 0.0,
            layer_dropout=self.shape.layer_dropout if self.training else 0.0,
        )
        hidden = F.dropout(self.projection(outputs), self.shape.output_dropout, self.training)
        return hidden, state

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

    def full_loss(self, hidden: Tensor, targets: Tensor) -> Tensor:
        """Return the mean cross-entropy of a window over the whole vocabulary; see :meth:`sampled_loss`."""
        return tied_cross_entropy(hidden.flatten(0, 1), self.embedding.weight, self.bias, targets.flatten())

    def full_log_likelihood(self, hidden: Tensor, targets: Tensor) -> Tensor:
        """Return the log-likelihood of each target over the whole vocabulary, ``(time * batch,)``."""
        rows, wanted = hidden.flatten(0, 1), targets.flatten()
        parts = []
        step = FULL_SOFTMAX_ROWS[rows.device.type]
        for start in range(0, len(rows), step):
            part = slice(start, start + step)
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
            for layer in range(model.shape.layers):
                for name in (f"weight_ih_l{layer}", f"weight_hh_l{layer}"):
                    lstm.get_parameter(name).copy_(model.lstm.get_parameter(name))
                first, second = (model.lstm.get_parameter(f"bias_{way}_l{layer}") for way in ("ih", "hh"))
                lstm.get_parameter(f"bias_ih_l{layer}").copy_(first + second)


def perplexity(model: LanguageModel, stream: Tensor, *, batch: int = 32, time: int = 64) -> float:
    """Return ``exp`` of the mean negative log-likelihood a word, over the full vocabulary.

    Args:
        model: on any device.
        stream: ``(words,)``, on the same.
        batch: columns read side by side.
        time: words a window.
    """
    model.eval()
    state: State | None = None
    total, count = torch.zeros((), dtype=torch.float64, device=stream.device), 0
    with torch.inference_mode():
        for ids, targets in windows(stream, batch=batch, time=time):
            hidden, state = model(ids, state)
            total -= model.full_log_likelihood(hidden, targets).sum()
            count += targets.numel()
    return math.exp(total.item() / max(1, count))
