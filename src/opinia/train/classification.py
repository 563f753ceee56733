"""Learning what opinion a review holds: cross-entropy, on changed words and on short pieces too if wanted.

The reviews stand on the device, and the rows of an epoch's batches are brought there at once.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional as F  # noqa: N812

from opinia.data.corpus import Corpus, companions, divided, shuffled_batches
from opinia.data.sentences import cut_sentences
from opinia.runs.history import Epoch, learning_rate
from opinia.runs.settings import TrainingRecipe
from opinia.train.loop.distributed import ALONE, World
from opinia.train.loop.optimizer import adam, prepare_step
from opinia.train.loop.stream import TokenReviews
from opinia.train.loop.trainer import Learnt, Objective, Span
from opinia.train.network.draws import Part, drawing, drawing_others, drawn
from opinia.train.network.recurrent import precision_of
from opinia.train.network.sentiment_network import SentimentNetwork


@dataclass(frozen=True)
class Batch:
    """Reviews side by side, on the device of the network.

    Args:
        ids: ``(batch, time)``, padded on the right with 0.
        lengths: ``(batch,)`` words a review.
        targets: ``(batch,)`` what is learnt: of two classes the probability of the second, positive; of
            more the number of the class, from 0.
    """

    ids: Tensor
    lengths: Tensor
    targets: Tensor

    def at(self, rows: Tensor) -> Batch:
        """Return some of them, padded as all of them are."""
        return Batch(self.ids[rows], self.lengths[rows], self.targets[rows])


@dataclass(frozen=True)
class _Plan:
    """The batches of an epoch: rows of labelled reviews, behind them of unlabelled ones.

    Args:
        batches: rows of the labelled reviews of each batch.
        numbers: rows of each batch; unlabelled reviews are numbered on.
        rows: of all batches one after the other, on the device.
        bounds: where each batch begins among them, and the last ends.
        words: of the longest review of each batch.
    """

    batches: list[NDArray[np.intp]]
    numbers: list[NDArray[np.intp]]
    rows: Tensor
    bounds: list[int]
    words: list[int]


class Classification(Objective[SentimentNetwork]):
    """The classes of labelled reviews, and what unlabelled ones beside them teach if wanted.

    Args:
        settings: how it is learnt.
        labelled: reviews with labels, or with a probability for one.
        unlabelled: their labels count where the settings give soft labels a weight.
        marks: the ids that end a sentence, where sentences are cut.
        device: of the network.
        world: the processes that learn together; each takes some reviews of a batch.
    """

    def __init__(
        self,
        settings: TrainingRecipe,
        labelled: Corpus,
        *,
        unlabelled: Corpus | None = None,
        marks: NDArray[np.int32] | None = None,
        device: str = "cpu",
        world: World = ALONE,
    ) -> None:
        self._world = world
        self.settings, self.epochs = settings, settings.epochs
        self.learning_rate, self.max_grad_norm = settings.learning_rate, settings.max_grad_norm
        self._labelled, self._marks, self._device = labelled, marks, torch.device(device)
        self._lengths = labelled.lengths
        self._others = unlabelled.lengths if unlabelled is not None else None
        both = labelled if unlabelled is None else labelled.joined(unlabelled)
        self._all_lengths = both.lengths
        self._reviews = TokenReviews.of_arrays(both.ids, both.starts, device=device)
        self._targets = torch.from_numpy(both.labels).to(device)
        self._weights = row_weights(labelled, balanced=settings.class_weight == "balanced")
        if self._weights is not None:
            self._weights = self._weights.to(device)

    def optimizer(self, network: SentimentNetwork) -> torch.optim.Optimizer:
        """Return Adam with the steps of Keras's."""
        return adam(
            network, learning_rate=self.learning_rate, encoder_lr_scale=self.settings.encoder_lr_scale
        )

    def span(self, number: int) -> Span:
        """Return how many steps an epoch has; the others are taken to have as many."""
        steps = len(self._batches(self._random(number)[0]))
        return Span(steps, (number - 1) * steps, self.epochs * steps)

    def prepare(
        self, optimizer: torch.optim.Optimizer, done: int, total: int, history: Sequence[Epoch]
    ) -> None:
        """Set the step size of the recipe's schedule."""
        prepare_step(optimizer, done + 1, learning_rate=learning_rate(self.settings, history, done / total))

    def gradients(self, network: SentimentNetwork, number: int, *, first: int = 0) -> Iterator[Learnt]:
        """Learn from every labelled review once."""
        random, seed = self._random(number)
        plan = self._plan(random, self._batches(random))
        torch.manual_seed(seed + first)  # what was drawn before a cut is not drawn again
        for step in range(first, len(plan.batches)):
            rows = plan.rows[plan.bounds[step] : plan.bounds[step + 1]]
            here = count = len(plan.batches[step])
            pieces = self._pieces(plan.batches[step], random)
            part = None
            if self._world.size > 1:
                part = self._part(plan, step)
                rows, here = rows[part.rows], part.labelled
                pieces = None if pieces is None else pieces.at(part.rows[:here])
            batch = Batch(*self._reviews.batch(rows, plan.words[step]), self._targets[rows])
            weights = None if self._weights is None else self._weights[rows[:here]]
            loss, logits = accumulate_gradients(
                network, self.settings, batch, pieces, labelled=here, weights=weights, part=part
            )
            right = hits(logits.detach(), batch.targets[:here])
            if part is not None and not part.share:  # a review that another process learns from
                right = torch.zeros_like(right)
            yield Learnt(loss.detach(), right, count)

    def check(self) -> None:
        """Check nothing: a loss that is finite says enough."""

    def sizes(self, number: int) -> list[int]:
        """Return the words of each step of an epoch, padding and unlabelled reviews included."""
        random, _ = self._random(number)
        plan = self._plan(random, self._batches(random))
        return [rows * words for rows, words in zip(np.diff(plan.bounds).tolist(), plan.words, strict=True)]

    def _random(self, number: int) -> tuple[np.random.Generator, int]:
        """Return what draws the order of an epoch, and the seed of what its steps draw."""
        random = np.random.default_rng([self.settings.seed, number])
        return random, int(random.integers(2**62))

    def _batches(self, random: np.random.Generator) -> list[NDArray[np.intp]]:
        settings = self.settings
        return shuffled_batches(self._lengths, settings.batch_size, random, most_words=settings.batch_words)

    def _part(self, plan: _Plan, step: int) -> Part:
        """Return which reviews of a batch are learnt from here, as many labelled and others as elsewhere.

        Where there are too few for all processes, the first one stands here, too, and counts nothing: what
        is computed and drawn has the same form everywhere.
        """
        world, labelled, lengths = self._world, len(plan.batches[step]), self._all_lengths[plan.numbers[step]]
        places, shares = [], []
        # Who gets one more of the labelled gets one less of the others.
        for first, last, turn in ((0, labelled, world.rank), (labelled, len(lengths), -1 - world.rank)):
            own = divided(lengths[first:last], world.size)[turn] + first
            shares.append(len(own) / max(1, last - first))
            places.append(own if len(own) else np.arange(first, min(first + 1, last)))
        rows = torch.from_numpy(np.concatenate(places).astype(np.int64)).to(self._device)
        return Part(rows, len(places[0]), len(lengths), labelled, *shares)

    def _plan(self, random: np.random.Generator, batches: list[NDArray[np.intp]]) -> _Plan:
        words = [max(1, int(self._lengths[batch].max(initial=0))) for batch in batches]
        rows = batches
        if self._others is not None:
            beside = companions(batches, self._lengths, self._others, self.settings.unlabelled, random)
            rows = [np.concatenate([a, b + len(self._lengths)]) for a, b in zip(batches, beside, strict=True)]
            words = [max(a, int(self._others[b].max())) for a, b in zip(words, beside, strict=True)]
        bounds = [0, *np.cumsum([len(each) for each in rows]).tolist()]
        order = torch.from_numpy(np.concatenate(rows).astype(np.int64)).to(self._device)
        return _Plan(batches, rows, order, bounds, words)

    def _pieces(self, rows: NDArray[np.intp], random: np.random.Generator) -> Batch | None:
        if self._marks is None:
            return None
        cut = cut_sentences(*self._labelled.batch(rows), self._marks, random)
        return batch_of(*cut, self._labelled.labels[rows], self._device)


def batch_of(
    ids: NDArray[np.int32], lengths: NDArray[np.int64], targets: NDArray[np.float32], device: torch.device
) -> Batch:
    """Put reviews on the device of a network."""
    return Batch(
        torch.from_numpy(ids).long().to(device),
        torch.from_numpy(lengths).to(device),
        torch.from_numpy(targets).to(device),
    )


def accumulate_gradients(
    network: SentimentNetwork,
    recipe: TrainingRecipe,
    batch: Batch,
    pieces: Batch | None = None,
    *,
    labelled: int | None = None,
    weights: Tensor | None = None,
    part: Part | None = None,
) -> tuple[Tensor, Tensor]:
    """Add the gradients of a step's losses to the network's parameters.

    Args:
        network: in training mode.
        recipe: names the losses and the precision.
        batch: the reviews, unlabelled ones behind the labelled.
        pieces: sentences cut from them; their loss has the weight ``recipe.sentences``.
        labelled: how many are labelled; None where all are.
        weights: ``(labelled,)``, of each labelled review's losses; None weighs all alike.
        part: which reviews of a whole batch these are, where others stand in other processes; None where
            they are all. What is added is then their share of the whole batch's gradients.

    Returns:
        The cross-entropy, and the logits, of the labelled reviews as they are: ``(labelled,)`` for two
        classes, ``(labelled, classes)`` for more. Of a part it is what they add to that of the whole batch.

    Raises:
        ValueError: the recipe wants virtual adversaries or soft labels of more than two classes.
    """
    if network.output.out_features > 1 and (recipe.virtual_adversarial or recipe.soft_labels):
        raise ValueError("virtual adversaries and soft labels are for two classes alone")
    device = batch.ids.device.type
    count = len(batch.targets) if labelled is None else labelled
    other_share = 1.0
    if part is not None:
        other_share = part.other_share
        weights = (torch.ones(count, device=batch.ids.device) if weights is None else weights) * part.share
    with drawing(part), precision_of(device, bfloat16=recipe.precision == "bfloat16"):
        if recipe.adversarial or recipe.virtual_adversarial:
            loss, logits = _with_adversaries(network, recipe, batch, count, weights, part)
        else:
            logits = flat(network(batch.ids, batch.lengths))
            loss = cross_entropy(logits[:count], batch.targets[:count], weights)
            beside = _of_unlabelled(recipe, logits[count:], batch.targets[count:])
            torch.autograd.backward(loss + other_share * beside)
        if pieces is not None:
            alone = part and part.only(labelled=True, others=False)
            with drawing(alone):
                judged = flat(network(pieces.ids, pieces.lengths))
            of_pieces = cross_entropy(judged, pieces.targets, weights)
            torch.autograd.backward(recipe.sentences * of_pieces)
    return loss, logits[:count]


def flat(logits: Tensor) -> Tensor:
    """Return a network's logits in 32 bits: ``(n,)`` for two classes, ``(n, classes)`` for more."""
    return (logits[:, 0] if logits.shape[1] == 1 else logits).float()


def row_weights(labelled: Corpus, *, balanced: bool) -> Tensor | None:
    """Return how much each review counts in what is learnt, ``(reviews,)``, in the mean of all 1.

    Args:
        labelled: the reviews; their own weights count.
        balanced: all classes count alike beside that.

    Returns:
        None where all reviews count alike.
    """
    own = None
    if labelled.weights is not None:
        wide = labelled.weights.astype(np.float64)
        own = torch.from_numpy((wide / wide.mean()).astype(np.float32))
    if not balanced:
        return own
    of_classes, targets = balanced_weights(labelled.labels, own), torch.from_numpy(labelled.labels)
    if len(of_classes) == 2:  # the labels may be probabilities
        weights = torch.lerp(of_classes[0], of_classes[1], targets)
    else:
        weights = of_classes[targets.long()]
    return weights if own is None else weights * own


def balanced_weights(labels: NDArray[np.float32], weights: Tensor | None = None) -> Tensor:
    """Return a weight for each class, ``(classes,)``, with which all count alike, in the mean of all texts 1.

    Args:
        labels: ``(n,)`` numbers of the classes; of two classes it may be the probability of the second.
        weights: ``(n,)`` of each text, in the mean 1; None weighs all alike.
    """
    numbers = torch.from_numpy(labels).round().long()
    counts = torch.bincount(numbers, minlength=2)
    if weights is None:
        return (len(labels) / (len(counts) * counts.clamp(min=1))).float()
    sums = torch.bincount(numbers, weights.double(), minlength=2)
    return torch.where(counts > 0, len(labels) / (len(counts) * sums), 0.0).float()


def cross_entropy(logits: Tensor, targets: Tensor, weights: Tensor | None = None) -> Tensor:
    """Return the mean cross-entropy, in nats, of each text times its weight.

    Args:
        logits: as of :func:`flat`.
        targets: as of :class:`Batch`.
        weights: ``(n,)``; None weighs all alike.
    """
    if weights is None:
        if logits.ndim == 1:
            return F.binary_cross_entropy_with_logits(logits, targets)
        return F.cross_entropy(logits, targets.long())
    if logits.ndim == 1:
        return F.binary_cross_entropy_with_logits(logits, targets, weight=weights)
    losses = F.cross_entropy(logits, targets.long(), reduction="none")
    return (losses * weights).mean()


def hits(logits: Tensor, targets: Tensor) -> Tensor:
    """Return how many answers are right, as a tensor; logits and targets as for :func:`cross_entropy`."""
    right = (logits > 0) == (targets > 0.5) if logits.ndim == 1 else logits.argmax(1) == targets
    return right.sum()


def _of_unlabelled(recipe: TrainingRecipe, logits: Tensor, targets: Tensor) -> Tensor:
    """Return what the answers to unlabelled reviews, as they are, add to the loss."""
    loss = logits.new_zeros(())
    if recipe.entropy and len(logits):
        loss = loss + recipe.entropy * entropy(logits).mean()
    if recipe.soft_labels and len(logits):
        loss = loss + recipe.soft_labels * cross_entropy(logits, targets)
    return loss


def entropy(logits: Tensor) -> Tensor:
    """Return the entropy of the answers, ``(n,)``, in nats; logits as of :func:`flat`."""
    if logits.ndim == 2:
        return -(logits.softmax(1) * logits.log_softmax(1)).sum(1)
    return F.binary_cross_entropy_with_logits(logits, logits.sigmoid(), reduction="none")


def divergence(before: Tensor, after: Tensor) -> Tensor:
    """Return the mean Kullback-Leibler divergence of the answers of two logits ``(n,)``.

    Only ``after`` is changed by it: the gradient stops at ``before``.
    """
    expected = before.detach()
    return F.binary_cross_entropy_with_logits(after, expected.sigmoid()) - entropy(expected).mean()


def _with_adversaries(
    network: SentimentNetwork,
    recipe: TrainingRecipe,
    batch: Batch,
    labelled: int,
    weights: Tensor | None,
    part: Part | None,
) -> tuple[Tensor, Tensor]:
    """Learn from the reviews, and from those whose words are moved in the worst direction.

    For labelled reviews that is the one that hurts most, the gradient of their loss (Miyato, Dai &
    Goodfellow 2017, section 3); for unlabelled ones the one that moves the answer most, whatever it is
    (there, equation 5). With two classes the divergence has, near the words as they are, one direction
    alone in which it grows, the gradient of the logit; the power iteration of the paper would end there
    after one step, with a sign at random.

    All reviews are read together, three times: as they are, the gradients there being used twice, and
    as moved. Its length is a share of the norm of all the review's embedded words.
    """
    embedded = network.embed(batch.ids, batch.lengths)
    words = [sequence.detach().requires_grad_() for sequence in embedded]
    logits = flat(network.judge(words[0], words[1], batch.lengths))
    loss = cross_entropy(logits[:labelled], batch.targets[:labelled], weights)
    moves = recipe.virtual_adversarial and labelled < len(logits)
    other_share = 1.0 if part is None else part.other_share
    slopes: tuple[Tensor, ...] = ()
    if moves and not (recipe.entropy or recipe.soft_labels):
        slopes = torch.autograd.grad(logits[labelled:].sum(), words, retain_graph=True)
    logits.retain_grad()
    beside = _of_unlabelled(recipe, logits[labelled:], batch.targets[labelled:])
    torch.autograd.backward(loss + other_share * beside)
    if moves and not slopes:
        # The loss of a review depends on its words through its logit alone: its gradient is the slope of the
        # logit times a number, that of the loss by the logit.
        by_logit = _gradient(logits)
        by_logit = torch.where(by_logit == 0, torch.ones_like(by_logit), by_logit)[:, None]
        slopes = tuple(_gradient(sequence) / by_logit for sequence in words)
    read_again = part and part.only(labelled=bool(recipe.adversarial), others=bool(slopes))
    rows, moved = _moved_rows(recipe, words, slopes, labelled)
    with drawing(read_again):
        judged = flat(network.judge(moved[0], moved[1], batch.lengths[rows]))
    hurt = labelled if recipe.adversarial else 0
    losses = judged.new_zeros(())
    if recipe.adversarial:
        of_moved = cross_entropy(judged[:hurt], batch.targets[:labelled], weights)
        losses = losses + recipe.adversarial_weight * of_moved
    if moves:
        moved_apart = divergence(logits[labelled:], judged[hurt:])
        losses = losses + other_share * (recipe.virtual_weight * moved_apart)
    torch.autograd.backward(losses)
    gradients = []
    for still, changed in zip(words, moved, strict=True):
        total = _gradient(still)
        total[:, rows] += _gradient(changed)
        gradients.append(total)
    torch.autograd.backward(embedded, gradients)
    return loss, logits[:labelled]


def _moved_rows(
    recipe: TrainingRecipe, words: list[Tensor], slopes: tuple[Tensor, ...], labelled: int
) -> tuple[slice, list[Tensor]]:
    """Return which reviews are read once more, and their words moved; see :func:`_with_adversaries`."""
    rows = slice(0 if recipe.adversarial else labelled, None if slopes else labelled)
    moved = []
    signs = _signs(words[0], labelled) if slopes else None
    for place, sequence in enumerate(words):
        still, parts = sequence.detach(), []
        if recipe.adversarial:
            gradient = _gradient(sequence)[:, :labelled]
            parts.append(_moved(still[:, :labelled], gradient, recipe.adversarial))
        if signs is not None:
            slope = slopes[place][:, labelled:] * signs[:, None]
            parts.append(_moved(still[:, labelled:], slope, recipe.virtual_adversarial))
        moved.append((parts[0] if len(parts) == 1 else torch.cat(parts, 1)).requires_grad_())
    return rows, moved


def _signs(words: Tensor, labelled: int) -> Tensor:
    """Return -1 or 1 at random for each unlabelled review."""
    count = words.shape[1] - labelled
    with drawing_others():
        coins = drawn((count,), lambda shape: words.new_empty(shape).bernoulli_())
    return coins.mul_(2).sub_(1)


def _moved(still: Tensor, direction: Tensor, size: float) -> Tensor:
    """Move words ``(time, batch, embedding)`` by a share of each review's norm."""
    norms = [(value.float() ** 2).sum((0, 2)).sqrt() for value in (still, direction)]
    scale = size * norms[0] / norms[1].clamp(min=1e-30)  # (batch,)
    return still + scale[:, None] * direction


def _gradient(tensor: Tensor) -> Tensor:
    assert tensor.grad is not None  # noqa: S101
    return tensor.grad
