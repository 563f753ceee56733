"""The training of a network, epoch by epoch, on the processor or on a GPU.

What is learnt, and from what, is an objective's: :class:`~opinia.train.classification.Classification` for
labelled reviews, :class:`~opinia.train.language_model.LanguageModelling` for the words of any. What is not
learning is done by callbacks. On a GPU nothing of a step waits for it: the figures are read every hundred
steps.
"""

from __future__ import annotations

import contextlib
import copy
import math
import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Generic, NamedTuple, TypeVar

import torch
from torch import Tensor, nn

from opinia.errors import TrainingError
from opinia.runs.health import Fault
from opinia.runs.history import Epoch
from opinia.train.loop.distributed import ALONE, World
from opinia.train.loop.optimizer import Average

if TYPE_CHECKING:
    from opinia.train.loop.callbacks import Callback

STEPS_BETWEEN_READINGS = {"cpu": 1, "cuda": 100}

Network = TypeVar("Network", bound=nn.Module)


class Span(NamedTuple):
    """Where an epoch stands among the steps of a training.

    Args:
        steps: of the epoch.
        before: of the epochs before it.
        total: of all epochs.
    """

    steps: int
    before: int
    total: int


@dataclass(frozen=True)
class Learnt:
    """What a step gave, on the device.

    Args:
        loss: mean cross-entropy, ``()``.
        correct: how many answers were right, ``()``; None where nobody counts.
        count: answers that the loss is the mean of, or 1 where each step counts the same.
    """

    loss: Tensor
    correct: Tensor | None
    count: int


class Objective(ABC, Generic[Network]):
    """What a network learns, and from what.

    Attributes:
        epochs: how long.
        learning_rate: the largest step size.
        max_grad_norm: greatest norm of a gradient; 0 lets any pass.
    """

    epochs: int
    learning_rate: float
    max_grad_norm: float

    @abstractmethod
    def optimizer(self, network: Network) -> torch.optim.Optimizer:
        """Return what changes the network."""

    @abstractmethod
    def span(self, number: int) -> Span:
        """Return how many steps an epoch has, numbered from 1; that may differ from one to the next."""

    @abstractmethod
    def prepare(
        self, optimizer: torch.optim.Optimizer, done: int, total: int, history: Sequence[Epoch]
    ) -> None:
        """Set the step size after so many steps of so many."""

    @abstractmethod
    def gradients(self, network: Network, number: int, *, first: int = 0) -> Iterator[Learnt]:
        """Go through an epoch, from its step ``first`` on; each time, gradients stand in the parameters.

        What is drawn follows from the seed, the epoch's number, and ``first``.
        """

    @abstractmethod
    def check(self) -> None:
        """Check, when figures are read, whether anything went wrong.

        Raises:
            TrainingError: it did.
        """


@dataclass(frozen=True)
class Step:
    """How far an epoch is.

    Args:
        epoch: its number, from 1.
        number: of the step, from 1.
        steps: of the epoch.
        loss: mean of the steps taken here, up to the last one that was read; nan before.
        accuracy: on what was learnt from, likewise; nan where nobody counts.
        is_read: the figures are those of this step: each one's on a processor, on a GPU every
            hundredth's and the last one's.
    """

    epoch: int
    number: int
    steps: int
    loss: float
    accuracy: float
    is_read: bool


class Trainer(Generic[Network]):
    """Owns a network in training, its optimizer, its averaged weights and its history.

    Args:
        network: what is trained; it names the device.
        objective: what it learns.
        ema_decay: decay of its averaged weights; 0 has none.
        start: a network with the weights that the training begins with, where some of them are kept.
        start_weight: their weight in those that are kept, below 1 (Wortsman et al. 2022, "Robust fine-tuning
            of zero-shot models"): what was known before is forgotten less.
        world: the processes that train together; the first one alone validates and has callbacks.

    Attributes:
        optimizer: the objective's, with its moments.
        average: the averaged weights, or None.
        history: metrics of the epochs so far.
        seconds: how long each of them took.
        taken: steps of the next epoch that were taken before, by a training that was cut off.
        fault: what was wrong with the network after the last epoch, or None.
        stop_training: a callback sets it to end the training after this epoch.
    """

    def __init__(
        self,
        network: Network,
        objective: Objective[Network],
        *,
        ema_decay: float = 0.0,
        start: Network | None = None,
        start_weight: float = 0.0,
        world: World = ALONE,
    ) -> None:
        self.network, self.objective, self.world = network, objective, world
        self.optimizer = objective.optimizer(network)
        self.average = Average(network, ema_decay) if ema_decay else None
        self.history: list[Epoch] = []
        self.seconds: list[float] = []
        self.taken = 0
        self.fault: Fault | None = None
        self.stop_training = False
        self._device = next(network.parameters()).device
        self._start, self._start_weight = start, start_weight

    @property
    def kept(self) -> Network:
        """The weights that are validated and kept: averaged, and mixed with those of the start, if wanted."""
        learnt = self.network if self.average is None else self.average.network
        if self._start is None:
            return learnt
        mixed = copy.deepcopy(learnt)
        with torch.no_grad():
            torch._foreach_lerp_(list(mixed.parameters()), list(self._start.parameters()), self._start_weight)
        return mixed

    @property
    def is_finished(self) -> bool:
        """Whether all epochs are over."""
        return len(self.history) >= self.objective.epochs

    def fit(
        self,
        validate: Callable[[Network], tuple[float, float]],
        callbacks: Sequence[Callback] = (),
    ) -> list[Epoch]:
        """Train until all epochs are over, or a callback stops the training.

        Args:
            validate: returns loss and accuracy on validation.
            callbacks: are called in this order.

        Returns:
            The metrics of each epoch.

        Raises:
            TrainingError: the loss is not finite; or whatever a callback raises.
        """
        for callback in callbacks:
            callback.on_train_begin(self)
        self.world.begin(self)
        while not self.is_finished and not self.stop_training:
            begin, number = time.perf_counter(), len(self.history) + 1
            first, self.taken = self.taken, 0
            means = math.nan, math.nan
            for step in self.epoch(number, first=first):
                means = step.loss, step.accuracy
                for callback in callbacks if step.is_read else ():
                    callback.on_batch_end(self, step)
            held_out = self.world.from_first(lambda: validate(self.kept))
            self.record(Epoch(number, *means, *held_out), time.perf_counter() - begin)
            for callback in callbacks:
                callback.on_epoch_end(self, self.history[-1])
            self.world.end_epoch(self)
        for callback in callbacks:
            callback.on_train_end(self)
        return self.history

    def follow(self) -> None:
        """Train with the first of several processes, which alone validates and has callbacks."""

        def nobody(_: Network) -> tuple[float, float]:
            raise AssertionError

        self.fit(nobody)

    def record(self, epoch: Epoch, seconds: float) -> None:
        """Take an epoch into the history."""
        self.history.append(epoch)
        self.seconds.append(seconds)

    def epoch(self, number: int, *, first: int = 0) -> Iterator[Step]:
        """Go through an epoch, a step at a time.

        Args:
            number: of the epoch, from 1; with the seed it decides what is drawn.
            first: steps that were taken before, by a training that was cut off.

        Yields:
            How far it is, after each step.

        Raises:
            TrainingError: the loss is not finite.
        """
        steps, before, total = self.objective.span(number)
        every = STEPS_BETWEEN_READINGS[self._device.type]
        loss_sum = torch.zeros((), dtype=torch.float64, device=self._device)
        correct = torch.zeros((), dtype=torch.int64, device=self._device)
        seen, means = 0, (math.nan, math.nan)
        self.network.train()
        gradients = self.objective.gradients(self.network, number, first=first)
        for step in range(first + 1, steps + 1):
            self.optimizer.zero_grad()
            learnt = self.world.summed(self.network, next(gradients))
            is_read = step % every == 0 or step == steps
            seen += learnt.count
            loss_sum += learnt.loss.double() * learnt.count
            if learnt.correct is not None:
                correct += learnt.correct
            if is_read:
                right = math.nan if learnt.correct is None else correct.item() / seen
                means = loss_sum.item() / seen, right
                self._check(means[0], number, step)
            if self.objective.max_grad_norm:
                nn.utils.clip_grad_norm_(self.network.parameters(), self.objective.max_grad_norm)
            self.objective.prepare(self.optimizer, before + step - 1, total, self.history)
            self.optimizer.step()
            if self.average is not None:
                self.average.follow(self.network, before + step)
            yield Step(number, step, steps, *means, is_read)

    def _check(self, loss: float, epoch: int, step: int) -> None:
        if not math.isfinite(loss):
            raise TrainingError(
                f"the loss became {loss} in epoch {epoch}, step {step}; what was saved before it is kept",
                hint=f"a smaller learning rate than {self.objective.learning_rate} may help",
            )
        self.objective.check()


class SideBySide(Generic[Network]):
    """Takes steps of several trainings in turn, on a GPU each on a stream of its own.

    Args:
        trainers: of networks on the same device, and of equally many steps.
        streams: give each a stream; elsewhere than on a GPU there are none.
    """

    def __init__(self, trainers: Sequence[Trainer[Network]], *, streams: bool) -> None:
        self.trainers = trainers
        on_gpu = all(next(trainer.network.parameters()).is_cuda for trainer in trainers)
        self._streams: list[Any] = [None] * len(trainers)
        if streams and on_gpu:
            self._streams = [torch.cuda.Stream() for _ in trainers]  # type: ignore[no-untyped-call]

    def epoch(self, number: int, *, first: int = 0) -> Iterator[list[Step]]:
        """Go through an epoch of each; see :meth:`Trainer.epoch`.

        Whoever looks at the networks meanwhile calls :meth:`wait` before and :meth:`begin` after.
        """
        epochs = [trainer.epoch(number, first=first) for trainer in self.trainers]
        self.begin()
        for _ in range(first, self.trainers[0].objective.span(number).steps):
            steps = []
            for epoch, stream in zip(epochs, self._streams, strict=True):
                with torch.cuda.stream(stream) if stream is not None else contextlib.nullcontext():
                    steps.append(next(epoch))
            yield steps
        self.wait()

    def wait(self) -> None:
        """Let the work that stands in line afterwards wait for all streams."""
        for stream in filter(None, self._streams):
            torch.cuda.current_stream().wait_stream(stream)

    def begin(self) -> None:
        """Let all streams wait for the work that stands in line before."""
        for stream in filter(None, self._streams):
            stream.wait_stream(torch.cuda.current_stream())
