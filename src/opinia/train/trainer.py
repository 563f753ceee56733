"""The training of a network, epoch by epoch, on the processor or on a GPU.

The reviews stand on the device, and the rows of an epoch's batches are brought there at once. On a GPU
nothing of a step waits for it: loss and accuracy are read every hundred steps.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import torch
from numpy.typing import NDArray

from opinia.data.corpus import Corpus, companions, shuffled_batches
from opinia.data.sentences import cut_sentences
from opinia.errors import TrainingError
from opinia.runs.health import Fault
from opinia.runs.history import Epoch, learning_rate
from opinia.runs.settings import TrainingRecipe
from opinia.train.evaluate import batch_of
from opinia.train.network import SentimentNetwork
from opinia.train.objective import Batch, accumulate_gradients, hits
from opinia.train.optimizer import Average, adam, prepare_step
from opinia.train.stream import TokenReviews

if TYPE_CHECKING:
    from opinia.train.callbacks import Callback

STEPS_BETWEEN_READINGS = {"cpu": 1, "cuda": 100}


@dataclass(frozen=True)
class Step:
    """How far an epoch is.

    Args:
        epoch: its number, from 1.
        number: of the step, from 1.
        steps: of the epoch.
        loss: mean cross-entropy of the labelled reviews so far.
        accuracy: on them so far, as they were learnt from.
    """

    epoch: int
    number: int
    steps: int
    loss: float
    accuracy: float


@dataclass(frozen=True)
class _Plan:
    """The batches of an epoch: rows of labelled reviews, behind them of unlabelled ones.

    Args:
        batches: rows of the labelled reviews of each batch.
        rows: of all batches one after the other, on the device; unlabelled reviews are numbered on.
        bounds: where each batch begins among them, and the last ends.
        words: of the longest review of each batch.
    """

    batches: list[NDArray[np.intp]]
    rows: torch.Tensor
    bounds: list[int]
    words: list[int]


class Trainer:
    """Owns a network in training, its optimizer, its averaged weights and its history.

    It learns from labelled reviews, and from unlabelled ones beside them if wanted. What is not learning,
    such as checkpoints, early stopping and progress, is done by callbacks.

    Args:
        network: what is trained; it names the device.
        recipe: how it is trained.
        labelled: reviews with labels, or with a probability for one.
        unlabelled: their labels count where the recipe gives soft labels a weight.
        marks: the ids that end a sentence, where sentences are cut.

    Attributes:
        optimizer: Adam, with its moments.
        average: the averaged weights, or None.
        history: metrics of the epochs so far.
        seconds: how long each of them took.
        fault: what was wrong with the network after the last epoch, or None.
        stop_training: a callback sets it to end the training after this epoch.
    """

    def __init__(
        self,
        network: SentimentNetwork,
        recipe: TrainingRecipe,
        labelled: Corpus,
        *,
        unlabelled: Corpus | None = None,
        marks: NDArray[np.int32] | None = None,
    ) -> None:
        self.network, self.recipe = network, recipe
        self.optimizer = adam(
            network, learning_rate=recipe.learning_rate, encoder_lr_scale=recipe.encoder_lr_scale
        )
        self.average = Average(network, recipe.ema_decay) if recipe.ema_decay else None
        self.history: list[Epoch] = []
        self.seconds: list[float] = []
        self.fault: Fault | None = None
        self.stop_training = False
        self._labelled, self._marks = labelled, marks
        self._device = next(network.parameters()).device
        self._lengths = labelled.lengths
        self._others = unlabelled.lengths if unlabelled is not None else None
        both = labelled if unlabelled is None else labelled.joined(unlabelled)
        self._reviews = TokenReviews.of_arrays(both.ids, both.starts, device=str(self._device))
        self._targets = torch.from_numpy(both.labels).to(self._device)

    @property
    def kept(self) -> SentimentNetwork:
        """The weights that are validated and kept: the averaged ones, where there are any."""
        return self.network if self.average is None else self.average.network

    def fit(
        self,
        validate: Callable[[SentimentNetwork], tuple[float, float]],
        callbacks: Sequence[Callback] = (),
    ) -> list[Epoch]:
        """Train until the recipe's epochs are over, or a callback stops the training.

        Args:
            validate: returns loss and accuracy on validation.
            callbacks: are called in this order.

        Returns:
            The metrics of each epoch.

        Raises:
            TrainingError: the loss is not finite; or whatever a callback raises.
        """

        def tell(step: Step) -> None:
            for callback in callbacks:
                callback.on_batch_end(self, step)

        for callback in callbacks:
            callback.on_train_begin(self)
        while len(self.history) < self.recipe.epochs and not self.stop_training:
            begin = time.perf_counter()
            number = len(self.history) + 1
            means = self.epoch(number, on_step=tell)
            metrics = Epoch(number, *means, *validate(self.kept))
            self.history.append(metrics)
            self.seconds.append(time.perf_counter() - begin)
            for callback in callbacks:
                callback.on_epoch_end(self, metrics)
        for callback in callbacks:
            callback.on_train_end(self)
        return self.history

    def steps(self, number: int) -> int:
        """Return how many steps an epoch has; it may differ from one to the next."""
        return len(self.sizes(number))

    def sizes(self, number: int) -> list[int]:
        """Return the words of each step of an epoch, padding and unlabelled reviews included."""
        random, _ = self._random(number)
        plan = self._plan(random, self._batches(random))
        return [rows * words for rows, words in zip(np.diff(plan.bounds).tolist(), plan.words, strict=True)]

    def epoch(
        self,
        number: int,
        *,
        first: int = 0,
        on_step: Callable[[Step], None] = lambda _: None,
        after_step: Callable[[int], None] = lambda _: None,
    ) -> tuple[float, float]:
        """Learn from every labelled review once.

        Args:
            number: of the epoch, from 1; with the seed it decides what is drawn.
            first: steps that were taken before, by a training that was cut off.
            on_step: hears how far it is: of each step, on a GPU of every hundredth and the last.
            after_step: is called after each step with the number of those taken.

        Returns:
            Mean loss and accuracy on the labelled reviews of the steps taken here.

        Raises:
            TrainingError: the loss is not finite.
        """
        random, seed = self._random(number)
        torch.manual_seed(seed)
        plan = self._plan(random, self._batches(random))
        steps, every = len(plan.batches), STEPS_BETWEEN_READINGS[self._device.type]
        loss_sum = torch.zeros((), dtype=torch.float64, device=self._device)
        correct = torch.zeros((), dtype=torch.int64, device=self._device)
        seen, means = 0, (math.nan, math.nan)
        self.network.train()
        for step in range(first, steps):
            if first and step == first:
                torch.manual_seed(seed + first)  # what was drawn before the cut is not drawn again
            before = (number - 1) * steps + step
            rate = learning_rate(self.recipe, self.history, before / (self.recipe.epochs * steps))
            prepare_step(self.optimizer, before + 1, learning_rate=rate)
            count = len(plan.batches[step])
            batch = self._batch(plan, step)
            self.optimizer.zero_grad()
            loss, logits = accumulate_gradients(
                self.network, self.recipe, batch, self._pieces(plan, step, random), labelled=count
            )
            loss_sum += loss.detach().double() * count
            correct += hits(logits.detach(), batch.targets[:count])
            seen += count
            if (step + 1) % every == 0 or step + 1 == steps:
                means = loss_sum.item() / seen, correct.item() / seen
                self._check(means[0], number, step)
            if self.recipe.max_grad_norm:
                torch.nn.utils.clip_grad_norm_(self.network.parameters(), self.recipe.max_grad_norm)
            self.optimizer.step()
            if self.average is not None:
                self.average.follow(self.network, before + 1)
            if (step + 1) % every == 0 or step + 1 == steps:
                on_step(Step(number, step + 1, steps, *means))
            after_step(step + 1)
        return means

    def _random(self, number: int) -> tuple[np.random.Generator, int]:
        """Return what draws the order of an epoch, and the seed of what its steps draw."""
        random = np.random.default_rng([self.recipe.seed, number])
        return random, int(random.integers(2**62))

    def _batches(self, random: np.random.Generator) -> list[NDArray[np.intp]]:
        return shuffled_batches(
            self._lengths, self.recipe.batch_size, random, most_words=self.recipe.batch_words
        )

    def _plan(self, random: np.random.Generator, batches: list[NDArray[np.intp]]) -> _Plan:
        words = [max(1, int(self._lengths[batch].max(initial=0))) for batch in batches]
        rows = batches
        if self._others is not None:
            beside = companions(batches, self._lengths, self._others, self.recipe.unlabelled, random)
            rows = [np.concatenate([a, b + len(self._lengths)]) for a, b in zip(batches, beside, strict=True)]
            words = [max(a, int(self._others[b].max())) for a, b in zip(words, beside, strict=True)]
        bounds = [0, *np.cumsum([len(each) for each in rows]).tolist()]
        flat = torch.from_numpy(np.concatenate(rows).astype(np.int64)).to(self._device)
        return _Plan(batches, flat, bounds, words)

    def _batch(self, plan: _Plan, step: int) -> Batch:
        rows = plan.rows[plan.bounds[step] : plan.bounds[step + 1]]
        ids, lengths = self._reviews.batch(rows, plan.words[step])
        return Batch(ids, lengths, self._targets[rows])

    def _pieces(self, plan: _Plan, step: int, random: np.random.Generator) -> Batch | None:
        if self._marks is None:
            return None
        rows = plan.batches[step]
        cut = cut_sentences(*self._labelled.batch(rows), self._marks, random)
        return batch_of(*cut, self._labelled.labels[rows], self._device)

    def _check(self, loss: float, epoch: int, step: int) -> None:
        if not math.isfinite(loss):
            raise TrainingError(
                f"the loss became {loss} in epoch {epoch}, step {step + 1}; "
                "the models of the epochs before are kept",
                hint=f"a smaller learning rate than {self.recipe.learning_rate} may help",
            )
