"""The recurrent network: Embedding → bidirectional LSTM → Dense → Dense → logit.

Masking is exact and costs nothing: reviews are padded on the right, so the forward direction has
read a whole review when it stands at its last word; the backward direction is a second forward
LSTM over the review reversed within its own length. Both states are read at ``length - 1``, before
any padding, or pooled over the words alone, and the fused kernels of oneDNN and cuDNN stay in use.
"""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor, nn
from torch.nn import functional as F  # noqa: N812

from opinia.text import UNKNOWN_ID
from opinia.train.sections import NetworkRecipe


class BidirectionalLSTM(nn.Module):
    """Two LSTMs of one layer, one reading forward and one backward.

    The weights are laid out as PyTorch's (gates i, f, g, o) and initialised as Keras's: kernels
    Glorot uniform, recurrent kernels orthogonal, biases 0 and that of the forget gate 1. There is
    one bias a gate, as in Keras: PyTorch's second one stays at zero and is not trained.

    Args:
        inputs: numbers a word.
        units: units a direction.
    """

    def __init__(self, inputs: int, units: int) -> None:
        super().__init__()
        self.units = units
        self.directions = nn.ModuleList([nn.LSTM(inputs, units), nn.LSTM(inputs, units)])
        for lstm in self.directions:
            _initialise_lstm(lstm, inputs, units)

    def forward(
        self, words: Tensor, reversed_words: Tensor, lengths: Tensor, *, weight_dropout: float = 0.0
    ) -> list[Tensor]:
        """Return what each direction has after each word.

        Args:
            words: ``(time, batch, inputs)``, padded on the right.
            reversed_words: the same, each review reversed within its own length.
            lengths: ``(batch,)``.
            weight_dropout: share of the recurrent weights that are dropped (Merity et al. 2018).

        Returns:
            ``(time, batch, units)`` of each direction, each in its own order of reading.
        """
        outputs = []
        for lstm, sequence in zip(self.directions, (words, reversed_words), strict=True):
            if weight_dropout:
                kept = F.dropout(lstm.get_parameter("weight_hh_l0"), weight_dropout)
                read, _ = torch.func.functional_call(lstm, {"weight_hh_l0": kept}, (sequence,))
            else:
                read, _ = lstm(sequence)
            outputs.append(read)
        return outputs


class SentimentNetwork(nn.Module):
    """The network of a recipe; the published one has 138,369 parameters.

    Args:
        vocabulary: number of ids, padding and unknown included.
        recipe: the shape of the network.
    """

    def __init__(self, vocabulary: int, recipe: NetworkRecipe) -> None:
        super().__init__()
        self.recipe = recipe
        self.embedding = nn.Embedding(vocabulary, recipe.embedding)
        self.bidirectional = BidirectionalLSTM(recipe.embedding, recipe.units)
        self.dense = nn.Linear((2 if recipe.pooling == "last" else 6) * recipe.units, recipe.dense)
        self.output = nn.Linear(recipe.dense, 1)
        self.backward_embedding: nn.Embedding | None = None
        if recipe.separate_embeddings:
            self.backward_embedding = nn.Embedding(vocabulary, recipe.embedding)
            nn.init.uniform_(self.backward_embedding.weight, -0.05, 0.05)
        nn.init.uniform_(self.embedding.weight, -0.05, 0.05)
        for layer in (self.dense, self.output):
            nn.init.xavier_uniform_(layer.weight)
            nn.init.zeros_(layer.bias)

    def forward(self, ids: Tensor, lengths: Tensor) -> Tensor:
        """Return uncalibrated logits.

        Args:
            ids: ``(batch, time)`` integers, padded on the right with 0.
            lengths: ``(batch,)`` words a review.

        Returns:
            ``(batch, 1)``; above 0 means positive.
        """
        return self.judge(*self.embed(ids, lengths), lengths)

    def embed(self, ids: Tensor, lengths: Tensor) -> tuple[Tensor, Tensor]:
        """Return the words for each direction, in its order of reading, ``(time, batch, embedding)``."""
        if self.training and self.recipe.word_dropout:
            dropped = torch.rand(ids.shape, device=ids.device) < self.recipe.word_dropout
            ids = ids.masked_fill(dropped, UNKNOWN_ID)
        backward = self.embedding if self.backward_embedding is None else self.backward_embedding
        words = self.embedding(ids.T)
        reversed_words = backward(reverse_each(ids, lengths).T)
        if self.training and self.recipe.input_dropout:
            # One mask a review: what is dropped stays dropped (Gal & Ghahramani 2016).
            words, reversed_words = (
                sequence * F.dropout(torch.ones_like(sequence[:1]), self.recipe.input_dropout)
                for sequence in (words, reversed_words)
            )
        return words, reversed_words

    def judge(self, words: Tensor, reversed_words: Tensor, lengths: Tensor) -> Tensor:
        """Return the logits ``(batch, 1)`` of embedded reviews; see :meth:`embed`."""
        weight_dropout = self.recipe.weight_dropout if self.training else 0.0
        outputs = self.bidirectional(words, reversed_words, lengths, weight_dropout=weight_dropout)
        if self.recipe.pooling == "last":
            pooled = [last_state(read, lengths) for read in outputs]
        else:
            inside = torch.arange(len(words), device=lengths.device).unsqueeze(1) < lengths  # (time, batch)
            pooled = [pool(read, lengths) for pool in _pools(inside) for read in outputs]
        not_empty = (lengths > 0).unsqueeze(1)  # (batch, 1)
        features = torch.cat(pooled, dim=1) * not_empty
        hidden = F.relu(self.dense(self._drop(features)))
        logits: Tensor = self.output(self._drop(hidden))
        return logits

    def _drop(self, numbers: Tensor) -> Tensor:
        return F.dropout(numbers, self.recipe.output_dropout, self.training)


def last_state(read: Tensor, lengths: Tensor) -> Tensor:
    """Return the state after the last word, ``(batch, units)``, of ``(time, batch, units)``."""
    rows = torch.arange(len(lengths), device=lengths.device)
    return read[(lengths - 1).clamp(min=0), rows]


def _pools(inside: Tensor) -> tuple[Callable[[Tensor, Tensor], Tensor], ...]:
    """Return last state, maximum and mean over time, given which places are inside of a review.

    The maximum takes in the zero state before the first word, so that a graph which puts zeros into
    the padding, as ONNX Runtime does, needs no mask.
    """

    def highest(read: Tensor, _: Tensor) -> Tensor:
        return read.masked_fill(~inside.unsqueeze(2), 0.0).amax(0).clamp(min=0.0)

    def mean(read: Tensor, lengths: Tensor) -> Tensor:
        share = inside / lengths.clamp(min=1)  # (time, batch)
        return torch.bmm(share.T.unsqueeze(1), read.transpose(0, 1)).squeeze(1)

    return last_state, highest, mean


def reverse_each(ids: Tensor, lengths: Tensor) -> Tensor:
    """Reverse each row within its own length; the padding stays on the right.

    Args:
        ids: ``(batch, time)``.
        lengths: ``(batch,)``.
    """
    time = torch.arange(ids.shape[1], device=ids.device)  # (time,)
    mirrored = lengths.unsqueeze(1) - 1 - time  # (batch, time), negative in the padding
    return ids.gather(1, torch.where(mirrored >= 0, mirrored, time))


def trainable_parameters(network: nn.Module) -> int:
    """Return how many numbers training changes."""
    return sum(p.numel() for p in network.parameters() if p.requires_grad)


def _initialise_lstm(lstm: nn.Module, inputs: int, units: int) -> None:
    kernel, recurrent, bias, second_bias = lstm.parameters()
    # Keras draws one matrix for all four gates: its fans count 4 * units outputs.
    limit = (6.0 / (inputs + 4 * units)) ** 0.5
    nn.init.uniform_(kernel, -limit, limit)
    nn.init.orthogonal_(recurrent)  # (4 * units, units): orthonormal columns, as Keras's rows
    nn.init.zeros_(bias)
    nn.init.ones_(bias[units : 2 * units])
    nn.init.zeros_(second_bias)
    second_bias.requires_grad_(False)
