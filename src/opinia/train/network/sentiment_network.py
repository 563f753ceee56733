"""The recurrent network: Embedding → bidirectional LSTMs → Dense → Dense → logit.

Masking is exact and costs nothing: reviews are padded on the right, so the forward direction has
read a whole review when it stands at its last word; the backward direction is a second forward
LSTM over the review reversed within its own length. Both states are read at ``length - 1``, before
any padding, or pooled over the words alone, and the fused kernels of oneDNN and cuDNN stay in use.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import cast

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional as F  # noqa: N812

from opinia.graph.weights import DenseWeights, LSTMWeights, NetworkWeights
from opinia.runs.settings import NetworkRecipe
from opinia.text.tokenizer import FIRST_WORD_ID, UNKNOWN_ID
from opinia.train.network.draws import chances, dropout
from opinia.train.network.recurrent import drop_numbers, drop_words, run_lstm
from opinia.train.network.subwords import SubwordEmbedding

_LSTM_NAMES = ("weight_ih", "weight_hh", "bias_ih")


class BidirectionalLSTM(nn.Module):
    """Two stacks of LSTMs, one reading forward and one backward; each layer reads its own direction's last.

    The weights are laid out as PyTorch's (gates i, f, g, o) and initialised as Keras's: kernels
    Glorot uniform, recurrent kernels orthogonal, biases 0 and that of the forget gate 1. There is
    one bias a gate, as in Keras: PyTorch's second one stays at zero and is not trained.

    Args:
        inputs: dimension of the inputs.
        units: units a direction and layer.
        layers: of each direction.

    Attributes:
        two_streams: read both directions at the same time on a GPU.
    """

    def __init__(self, inputs: int, units: int, layers: int = 1) -> None:
        super().__init__()
        self.units = units
        self.two_streams = False
        self._side: torch.cuda.Stream | None = None
        self.directions = nn.ModuleList([nn.LSTM(inputs, units, layers), nn.LSTM(inputs, units, layers)])
        for lstm in self.pair:
            for layer in range(layers):
                _initialise_lstm(lstm, layer)

    @property
    def pair(self) -> tuple[nn.LSTM, nn.LSTM]:
        """The LSTMs that read forward and those that read backward."""
        forward, backward = self.directions
        return cast(nn.LSTM, forward), cast(nn.LSTM, backward)

    def forward(
        self,
        words: Tensor,
        reversed_words: Tensor,
        *,
        weight_dropout: float = 0.0,
        layer_dropout: float = 0.0,
    ) -> list[Tensor]:
        """Return what the last layer of each direction has after each word.

        Args:
            words: ``(time, batch, inputs)``, padded on the right.
            reversed_words: the same, each review reversed within its own length.
            weight_dropout: share of the recurrent weights that are dropped.
            layer_dropout: share of the numbers dropped between layers.

        Returns:
            ``(time, batch, units)`` of each direction, each in its own order of reading.
        """
        forward, backward = self.pair

        def run(lstm: nn.LSTM, sequence: Tensor) -> Tensor:
            return run_lstm(lstm, sequence, weight_dropout=weight_dropout, layer_dropout=layer_dropout)[0]

        if not (self.two_streams and words.is_cuda):
            return [run(forward, words), run(backward, reversed_words)]
        current, side = torch.cuda.current_stream(), self._side_stream()
        side.wait_stream(current)
        with torch.cuda.stream(side):
            read_backward = run(backward, reversed_words)
        read_forward = run(forward, words)
        current.wait_stream(side)
        # Its memory belongs to the other stream, which must not use it again before this one has read it.
        read_backward.record_stream(current)
        return [read_forward, read_backward]

    def _side_stream(self) -> torch.cuda.Stream:
        if self._side is None:
            self._side = torch.cuda.Stream()  # type: ignore[no-untyped-call]
        return self._side


class SentimentNetwork(nn.Module):
    """The network of a recipe; the published one has 138,369 parameters.

    Args:
        vocabulary: number of ids, padding and unknown included.
        recipe: the shape of the network.
        classes: how many it tells apart, at least 2. Two have one logit, that of the second; more have
            one each.
        words: the vocabulary without padding and unknown, where the recipe has subwords.

    Raises:
        ValueError: there are fewer classes than two, or the words are not as many as the vocabulary has.
    """

    def __init__(
        self, vocabulary: int, recipe: NetworkRecipe, classes: int = 2, *, words: Sequence[str] = ()
    ) -> None:
        super().__init__()
        if classes < 2:
            raise ValueError(f"a network tells two classes apart, or more. Received: {classes}")
        self.recipe = recipe
        self.embedding: nn.Embedding | SubwordEmbedding = nn.Embedding(vocabulary, recipe.embedding)
        self.bidirectional = BidirectionalLSTM(recipe.embedding, recipe.units, recipe.layers)
        self.dense = nn.Linear((2 if recipe.pooling == "last" else 6) * recipe.units, recipe.dense)
        self.output = nn.Linear(recipe.dense, 1 if classes == 2 else classes)
        self.backward_embedding: nn.Embedding | None = None
        if recipe.separate_embeddings:
            self.backward_embedding = nn.Embedding(vocabulary, recipe.embedding)
            nn.init.uniform_(self.backward_embedding.weight, -0.05, 0.05)
        nn.init.uniform_(self.embedding.weight, -0.05, 0.05)
        if recipe.subwords:
            if len(words) + FIRST_WORD_ID != vocabulary:
                raise ValueError(f"a vocabulary of {vocabulary} has other words. Received: {len(words)}")
            self.embedding = SubwordEmbedding(words, recipe.embedding, recipe.subwords)
        for layer in (self.dense, self.output):
            nn.init.xavier_uniform_(layer.weight)
            nn.init.zeros_(layer.bias)

    def forward(self, ids: Tensor, lengths: Tensor) -> Tensor:
        """Return uncalibrated logits.

        Args:
            ids: ``(batch, time)`` integers, padded on the right with 0.
            lengths: ``(batch,)`` words a review.

        Returns:
            ``(batch, 1)`` for two classes, above 0 for the second, positive; ``(batch, classes)`` for more.
        """
        return self.judge(*self.embed(ids, lengths), lengths)

    def embed(self, ids: Tensor, lengths: Tensor) -> tuple[Tensor, Tensor]:
        """Return the words for each direction, in its order of reading, ``(time, batch, embedding)``."""
        if self.training and self.recipe.word_dropout:
            dropped = chances(ids) < self.recipe.word_dropout
            ids = ids.masked_fill(dropped, UNKNOWN_ID)
        backward = self.embedding if self.backward_embedding is None else self.backward_embedding
        mirrored = reverse_each(ids, lengths)
        words, reversed_words = self.embedding(ids.T), backward(mirrored.T)
        if self.training and self.recipe.embedding_dropout:
            kept = drop_words(
                self.embedding.weight, self.recipe.embedding_dropout
            )  # the same words both ways
            words, reversed_words = words * kept[ids.T], reversed_words * kept[mirrored.T]
        if self.training and self.recipe.input_dropout:
            words, reversed_words = (
                drop_numbers(sequence, self.recipe.input_dropout) for sequence in (words, reversed_words)
            )
        return words, reversed_words

    def judge(self, words: Tensor, reversed_words: Tensor, lengths: Tensor) -> Tensor:
        """Return the logits of embedded reviews, as :meth:`forward` does; see :meth:`embed`."""
        logits: Tensor = self.output(self._drop(self.hidden(words, reversed_words, lengths)))
        return logits

    def hidden(self, words: Tensor, reversed_words: Tensor, lengths: Tensor) -> Tensor:
        """Return what the dense layer makes of embedded reviews, ``(batch, dense)``."""
        features = self.features(words, reversed_words, lengths)
        return F.relu(self.dense(self._drop(features)))

    def features(self, words: Tensor, reversed_words: Tensor, lengths: Tensor) -> Tensor:
        """Return what the dense layer receives of embedded reviews, ``(batch, features)``."""
        outputs = self.bidirectional(
            words,
            reversed_words,
            weight_dropout=self.recipe.weight_dropout if self.training else 0.0,
            layer_dropout=self.recipe.layer_dropout if self.training else 0.0,
        )
        if self.recipe.pooling == "last":
            pooled = [last_state(read, lengths) for read in outputs]
        else:
            inside = torch.arange(len(words), device=lengths.device).unsqueeze(1) < lengths  # (time, batch)
            pooled = [pool(read, lengths) for pool in _pools(inside) for read in outputs]
        not_empty = (lengths > 0).unsqueeze(1)  # (batch, 1)
        return torch.cat(pooled, dim=1) * not_empty

    def to_numpy(self) -> NetworkWeights:
        """Return copies of the weights; see :func:`state_dict_of`."""
        embeddings = [each for each in (self.embedding, self.backward_embedding) if each is not None]
        forward, backward = (
            tuple(
                LSTMWeights(*(_array(lstm.get_parameter(f"{name}_l{layer}")) for name in _LSTM_NAMES))
                for layer in range(lstm.num_layers)
            )
            for lstm in self.bidirectional.pair
        )
        dense, output = (
            DenseWeights(_array(layer.weight), _array(layer.bias)) for layer in (self.dense, self.output)
        )
        return NetworkWeights(tuple(_array(e.weight) for e in embeddings), forward, backward, dense, output)

    def _drop(self, numbers: Tensor) -> Tensor:
        return dropout(numbers, self.recipe.output_dropout, rows=0) if self.training else numbers


def state_dict_of(weights: NetworkWeights) -> dict[str, Tensor]:
    """Return weights under the names that a :class:`SentimentNetwork` has for them."""
    names = ("embedding", "backward_embedding")
    found = {f"{name}.weight": table for name, table in zip(names, weights.embeddings, strict=False)}
    for number, stack in enumerate((weights.forward, weights.backward)):
        for layer, lstm in enumerate(stack):
            prefix = f"bidirectional.directions.{number}"
            arrays = (lstm.kernel, lstm.recurrent, lstm.bias)
            found |= {f"{prefix}.{name}_l{layer}": a for name, a in zip(_LSTM_NAMES, arrays, strict=True)}
            found[f"{prefix}.bias_hh_l{layer}"] = np.zeros_like(lstm.bias)
    for name, dense in (("dense", weights.dense), ("output", weights.output)):
        found |= {f"{name}.weight": dense.kernel, f"{name}.bias": dense.bias}
    return {name: torch.from_numpy(array.copy()) for name, array in found.items()}


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
        share = (inside / lengths.clamp(min=1)).to(read.dtype)  # (time, batch)
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


def _array(tensor: Tensor) -> NDArray[np.float32]:
    return tensor.detach().float().cpu().numpy().copy()


def _initialise_lstm(lstm: nn.LSTM, layer: int) -> None:
    names = ("weight_ih", "weight_hh", "bias_ih", "bias_hh")
    kernel, recurrent, bias, second_bias = (lstm.get_parameter(f"{name}_l{layer}") for name in names)
    units = lstm.hidden_size
    # Keras draws one matrix for all four gates: its fans count 4 * units outputs.
    limit = (6.0 / (kernel.shape[1] + 4 * units)) ** 0.5
    nn.init.uniform_(kernel, -limit, limit)
    nn.init.orthogonal_(recurrent)  # (4 * units, units): orthonormal columns, as Keras's rows
    nn.init.zeros_(bias)
    nn.init.ones_(bias[units : 2 * units])
    nn.init.zeros_(second_bias)
    second_bias.requires_grad_(False)
