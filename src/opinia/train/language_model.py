"""Language models on unlabelled reviews: what a classifier starts from when labels are few.

LSTMs, one above the other, predict each next word (forward) or each word before (backward). The embedding
is also the output layer, through a projection (Press & Wolf 2017). Recurrent weights, words, and what goes
into and out of each layer are dropped (Merity et al. 2018). Training runs over one long stream of reviews
in windows, the state carried from window to window (truncated back-propagation).

In training the softmax is full, or sampled: it then runs over the window's own words and a few random ones,
each logit corrected by the log of the probability that its word is among the candidates (Bengio & Senécal
2008), so that its sum estimates the full one. Perplexity is measured with the full one.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional as F  # noqa: N812

from opinia.errors import TrainingError
from opinia.runs.history import Epoch
from opinia.runs.settings import PretrainingRecipe
from opinia.train.loop.distributed import ALONE, World
from opinia.train.loop.optimizer import Adam
from opinia.train.loop.stream import TokenReviews, windows
from opinia.train.loop.trainer import Learnt, Objective, Span
from opinia.train.network.draws import Part, drawing, dropout
from opinia.train.network.recurrent import State, drop_numbers, drop_words, precision_of, run_lstm
from opinia.train.network.sentiment_network import SentimentNetwork

BETAS = (0.8, 0.99)
MAX_GRAD_NORM = 0.5
FIRST_SHARE, LAST_SHARE = 1 / 25, 1e-4
"""Of the largest step size, where a one-cycle schedule begins and ends."""
MOST_COLUMNS = 64
"""That held-out reviews are read in: each begins knowing nothing, so more of them are less well predicted."""
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
            words = words * drop_words(self.embedding.weight, self.shape.embedding_dropout)[ids]
        if self.training and self.shape.input_dropout:
            words = drop_numbers(words, self.shape.input_dropout)
        outputs, state = run_lstm(  # (time, batch, units)
            self.lstm,
            words,
            state,
            weight_dropout=self.shape.weight_dropout if self.training else 0.0,
            layer_dropout=self.shape.layer_dropout if self.training else 0.0,
        )
        hidden = self.projection(outputs)
        if self.training:
            hidden = dropout(hidden, self.shape.output_dropout, rows=1)
        return hidden, state

    def sampled_loss(
        self,
        hidden: Tensor,
        targets: Tensor,
        sampler: CandidateSampler,
        columns: slice = slice(None),
    ) -> Tensor:
        """Return the mean cross-entropy of a window over sampled candidates.

        Args:
            hidden: ``(time, batch, embedding)`` of :meth:`forward`.
            targets: ``(time, batch)`` the words to predict.
            sampler: draws the candidates.
            columns: of the targets, which the hidden numbers stand for; the others only name candidates.
        """
        candidates, log_inclusion, places = sampler.draw(targets)
        bias = self.bias[candidates] - log_inclusion
        wanted = places[:, columns].flatten()
        return tied_cross_entropy(hidden.flatten(0, 1), self.embedding(candidates), bias, wanted)

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


class LanguageModelling(Objective[LanguageModel]):
    """The next word of a long stream of reviews, or the word before, window by window.

    Where a training goes on within an epoch the state is begun anew, at zero: the only difference to one
    that was not cut off.

    Args:
        settings: how long and how.
        reviews: what is learnt from; they name the device.
        vocabulary: number of ids.
        backward: read each review from its end.
        bfloat16: take the products in bfloat16 (autocast).
        steps: to take; None takes ``settings.epochs`` over the reviews.
        world: the processes that learn together; each reads some of the columns.

    Attributes:
        windows: of a whole epoch.
    """

    def __init__(
        self,
        settings: PretrainingRecipe,
        reviews: TokenReviews,
        *,
        vocabulary: int,
        backward: bool,
        bfloat16: bool = False,
        steps: int | None = None,
        world: World = ALONE,
    ) -> None:
        self.settings, self.reviews, self.backward = settings, reviews, backward
        self._columns, self._part = _share_of_columns(settings.batch_size, world, reviews.ids.device)
        self.learning_rate, self.max_grad_norm = settings.learning_rate, MAX_GRAD_NORM
        self._device, self._bfloat16 = reviews.ids.device, bfloat16
        self._sampler = CandidateSampler(
            reviews.frequencies(vocabulary),
            negative_samples=settings.negative_samples,
            device=self._device,
            room=settings.candidates,
        )
        columns = (reviews.stream_length - 1) // settings.batch_size
        self.windows = math.ceil(columns / settings.bptt)
        self._total = settings.epochs * self.windows if steps is None else steps
        self.epochs = math.ceil(self._total / max(1, self.windows))

    def optimizer(self, network: LanguageModel) -> torch.optim.Optimizer:
        """Return Adam."""
        return Adam(network.parameters(), lr=self.learning_rate, betas=BETAS, fused=True)

    def span(self, number: int) -> Span:
        """Return how many windows an epoch has; the last one may be cut short."""
        before = (number - 1) * self.windows
        return Span(min(self.windows, self._total - before), before, self._total)

    def prepare(
        self,
        optimizer: torch.optim.Optimizer,
        done: int,
        total: int,
        history: Sequence[Epoch],  # noqa: ARG002
    ) -> None:
        """Set the step size of the settings' schedule."""
        for group in optimizer.param_groups:
            group["lr"] = learning_rate(self.settings, done, total)

    def gradients(self, network: LanguageModel, number: int, *, first: int = 0) -> Iterator[Learnt]:
        """Learn from every window once, the state carried along."""
        settings, (steps, before, _) = self.settings, self.span(number)
        stream = self.reviews.stream(backward=self.backward, seed=settings.seed + number - 1)
        laid = windows(stream, batch=settings.batch_size, time=settings.bptt, first=first)
        state: State | None = None
        for step in range(first, steps):
            ids, targets = next(laid)
            torch.manual_seed(settings.seed * 1_000_003 + before + step)
            with drawing(self._part), precision_of(self._device.type, bfloat16=self._bfloat16):
                hidden, after = network(ids[:, self._columns], state)
                if settings.softmax == "full":
                    loss = network.full_loss(hidden, targets[:, self._columns])
                else:
                    loss = network.sampled_loss(hidden, targets, self._sampler, self._columns)
            if self._part is not None:
                loss = loss * self._part.share
            state = after[0].detach(), after[1].detach()
            torch.autograd.backward(loss)
            yield Learnt(loss.detach(), None, 1)

    def check(self) -> None:
        """Check whether a sampled softmax on a GPU had room for all of its words."""
        left_out = int(self._sampler.left_out.item())
        if left_out:
            raise TrainingError(
                f"{left_out:,} words of a window found no room among {self.settings.candidates:,} candidates",
                hint="a larger pretraining.candidates, or 0",
            )

    def validate(self, model: LanguageModel, held_out: TokenReviews) -> tuple[float, float]:
        """Return the mean negative log-likelihood a word, over the full vocabulary, and nan for an accuracy.

        On a GPU its products are in bfloat16 too where those of training are, lest it take longer than that.
        """
        stream = held_out.stream(backward=self.backward, seed=0)
        columns = min(MOST_COLUMNS, self.settings.batch_size)
        with precision_of(self._device.type, bfloat16=self._bfloat16 and self._device.type == "cuda"):
            return mean_loss(model, stream, batch=columns), math.nan


def _share_of_columns(columns: int, world: World, device: torch.device) -> tuple[slice, Part | None]:
    """Return which columns of a window are read here, and the same as a part; None where that is all."""
    if world.size == 1:
        return slice(None), None
    first, last = (columns * rank // world.size for rank in (world.rank, world.rank + 1))
    rows = torch.arange(first, last, device=device)
    return slice(first, last), Part(rows, len(rows), columns, columns, len(rows) / columns)


def learning_rate(settings: PretrainingRecipe, done: int, steps: int) -> float:
    """Return the step size after so many steps."""
    highest = settings.learning_rate
    if settings.schedule == "linear":
        return highest * min((done + 1) / (settings.warmup * steps), 1 - done / steps)
    rising = settings.warmup * steps
    if done < rising:
        return highest * _between(FIRST_SHARE, 1.0, done / rising)
    return highest * _between(1.0, LAST_SHARE, (done - rising) / max(1e-9, steps - rising))


def _between(first: float, last: float, progress: float) -> float:
    """Return a point on half a cosine from one number to another."""
    return last + (first - last) * (1 + math.cos(math.pi * progress)) / 2


def mean_loss(model: LanguageModel, stream: Tensor, *, batch: int = 32, time: int = 64) -> float:
    """Return the mean negative log-likelihood a word, over the full vocabulary; ``exp`` of it is perplexity.

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
    return float(total.item() / max(1, count))


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
        negative_samples: drawn uniformly beside the window's own words.
        device: on which words are drawn.
        room: most candidates on a GPU; 0 makes room for as many as a window can hold.
    """

    def __init__(
        self,
        frequencies: NDArray[np.int64],
        *,
        negative_samples: int = 400,
        device: str | torch.device = "cpu",
        room: int = 0,
    ) -> None:
        share = torch.from_numpy(frequencies / max(1, frequencies.sum()))
        self._log_absent = torch.log1p(-share.clamp(max=1 - 1e-9)).to(device)  # of one drawn word
        self._vocabulary = len(frequencies)
        self._negative_samples = min(negative_samples, self._vocabulary)
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
        extra = torch.randperm(self._vocabulary, device=targets.device)[: self._negative_samples]
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
        log_absent = log_absent + math.log1p(-self._negative_samples / (self._vocabulary + 1e-9))
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
