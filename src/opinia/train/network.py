"""The recurrent network: Embedding → bidirectional LSTM → Dense → Dense → logit.

Masking is exact and costs nothing: reviews are padded on the right, so the forward direction has
read a whole review when it stands at its last word; the backward direction is a second forward
LSTM over the review reversed within its own length. Both states are read at ``length - 1``, before
any padding, and the fused kernels of oneDNN and cuDNN stay in use.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional as F  # noqa: N812

from opinia.train.recipe import NetworkRecipe


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

    def forward(self, words: Tensor, reversed_words: Tensor, lengths: Tensor) -> Tensor:
        """Return the state of both directions after their last word.

        Args:
            words: ``(time, batch, inputs)``, padded on the right.
            reversed_words: the same, each review reversed within its own length.
            lengths: ``(batch,)``; 0 gives the zero state.

        Returns:
            ``(batch, 2 * units)``.
        """
        last = (lengths - 1).clamp(min=0)  # (batch,)
        rows = torch.arange(len(lengths), device=lengths.device)
        states = []
        for lstm, sequence in zip(self.directions, (words, reversed_words), strict=True):
            outputs, _ = lstm(sequence)  # (time, batch, units)
            states.append(outputs[last, rows])  # (batch, units)
        not_empty = (lengths > 0).unsqueeze(1)  # (batch, 1)
        return torch.cat(states, dim=1) * not_empty


class SentimentNetwork(nn.Module):
    """The network of a recipe; the published one has 138,369 parameters.

    Args:
        vocabulary: number of ids, padding and unknown included.
        recipe: the shape of the network.
    """

    def __init__(self, vocabulary: int, recipe: NetworkRecipe) -> None:
        super().__init__()
        self.embedding = nn.Embedding(vocabulary, recipe.embedding)
        self.bidirectional = BidirectionalLSTM(recipe.embedding, recipe.units)
        self.dense = nn.Linear(2 * recipe.units, recipe.dense)
        self.output = nn.Linear(recipe.dense, 1)
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
        words = self.embedding(ids.T)  # (time, batch, embedding)
        reversed_words = self.embedding(reverse_each(ids, lengths).T)  # (time, batch, embedding)
        states = self.bidirectional(words, reversed_words, lengths)  # (batch, 2 * units)
        logits: Tensor = self.output(F.relu(self.dense(states)))  # (batch, 1)
        return logits


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
