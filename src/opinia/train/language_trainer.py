"""A language model in training: one window a step, on the processor or on a GPU.

Reviews, windows and losses stay on the device. Nothing of a step waits for it: losses are read now and
then, so a GPU always has work waiting.
"""

from __future__ import annotations

import contextlib
import math
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager
from typing import Any

import torch
from torch import Tensor, nn

from opinia.errors import TrainingError
from opinia.runs.settings import PretrainingRecipe
from opinia.train.compiler import no_compiler_cache
from opinia.train.language_model import LanguageModel, LanguageModelShape, perplexity
from opinia.train.precision import precision_of
from opinia.train.recurrent import State
from opinia.train.sampled_softmax import CandidateSampler
from opinia.train.stream import TokenReviews, windows
from opinia.train.taking import take_optimizer, take_weights

BETAS = (0.8, 0.99)
CLIP = 0.5
STEPS_BETWEEN_LOSSES = 100
MOST_COLUMNS = 64
"""That held-out reviews are read in: each begins knowing nothing, so more of them are less well predicted."""
FIRST_SHARE, LAST_SHARE = 1 / 25, 1e-4
"""Of the largest step size, where a one-cycle schedule begins and ends."""


class LanguageTrainer:
    """Owns a language model, its optimizer and its place in the reviews.

    Args:
        settings: how long and how.
        shape: of the model.
        reviews: what is learnt from; they name the device.
        vocabulary: number of ids.
        backward: read each review from its end.
        bfloat16: take the products in bfloat16 (autocast).
        steps: to take; None takes ``settings.passes`` over the reviews.

    Attributes:
        done: steps taken.
        log: what has been reported, one entry a pass.
    """

    def __init__(
        self,
        settings: PretrainingRecipe,
        shape: LanguageModelShape,
        reviews: TokenReviews,
        *,
        vocabulary: int,
        backward: bool,
        bfloat16: bool = False,
        steps: int | None = None,
    ) -> None:
        torch.manual_seed(settings.seed)
        device = reviews.ids.device
        self.settings, self.reviews, self.backward = settings, reviews, backward
        self.device, self._bfloat16 = device.type, bfloat16
        self.model = LanguageModel(vocabulary, shape).to(device)
        with no_compiler_cache():
            self.optimizer = torch.optim.Adam(
                self.model.parameters(), lr=settings.learning_rate, betas=BETAS, fused=True
            )
        self._sampler = CandidateSampler(
            reviews.frequencies(vocabulary),
            random_words=settings.random_words,
            device=device,
            room=settings.candidates,
        )
        columns = (reviews.stream_length - 1) // settings.batch
        self.steps_per_pass = math.ceil(columns / settings.time)
        self.steps = settings.passes * self.steps_per_pass if steps is None else steps
        self.done = 0
        self.log: list[dict[str, Any]] = []
        self._windows: Iterator[tuple[Tensor, Tensor]] = iter(())
        self._pass = -1
        self._state: State | None = None
        self._loss, self._losses = torch.zeros((), device=device), 0

    @property
    def is_finished(self) -> bool:
        """Whether all steps are taken."""
        return self.done >= self.steps

    @property
    def ends_a_pass(self) -> bool:
        """Whether the last step was the last one over the reviews, or of all."""
        return self.is_finished or (self.done > 0 and self.done % self.steps_per_pass == 0)

    def step(self) -> None:
        """Learn from one window."""
        ids, targets = self._next_window()
        for group in self.optimizer.param_groups:
            group["lr"] = learning_rate(self.settings, self.done, self.steps)
        self.model.train()
        torch.manual_seed(self.settings.seed * 1_000_003 + self.done)
        with precision_of(self.device, bfloat16=self._bfloat16):
            hidden, state = self.model(ids, self._state)
            if self.settings.softmax == "full":
                loss = self.model.full_loss(hidden, targets)
            else:
                loss = self.model.sampled_loss(hidden, targets, self._sampler)
        self._state = (state[0].detach(), state[1].detach())
        self.optimizer.zero_grad()
        torch.autograd.backward(loss)
        nn.utils.clip_grad_norm_(self.model.parameters(), CLIP)
        self.optimizer.step()
        self._loss += loss.detach()
        self._losses += 1
        self.done += 1
        if self._losses >= STEPS_BETWEEN_LOSSES and self.device == "cpu":
            self._check(self._loss.item())

    def read_loss(self) -> float:
        """Return the mean loss of the steps since the last call; it waits for the device.

        Raises:
            TrainingError: it is not finite, or a sampled softmax had no room for all of its words.
        """
        mean = self._loss.item() / max(1, self._losses)
        self._check(mean)
        left_out = int(self._sampler.left_out.item())
        if left_out:
            raise TrainingError(
                f"{left_out:,} words of a window found no room among {self.settings.candidates:,} candidates",
                hint="a larger pretraining.candidates, or 0",
            )
        self._loss.zero_()
        self._losses = 0
        return mean

    def perplexity(self, held_out: TokenReviews) -> float:
        """Return the perplexity on reviews that are not learnt from."""
        stream = held_out.stream(backward=self.backward, seed=0)
        with self._exact():
            return perplexity(self.model, stream, batch=min(MOST_COLUMNS, self.settings.batch))

    def content(self) -> dict[str, Any]:
        """Return what a checkpoint keeps; the optimizer only where there is more to do."""
        kept = {"model": self.model.state_dict(), "done": self.done, "log": self.log}
        if not self.is_finished:
            kept["optimizer"] = self.optimizer.state_dict()
        return kept

    def restore(self, saved: dict[str, Any]) -> None:
        """Go on where a checkpoint stands; only the state is begun anew, at zero."""
        done, log = saved["done"], saved["log"]
        if type(done) is not int or done < 0 or not isinstance(log, list):
            raise ValueError("it does not say how far it came")
        if "optimizer" not in saved and done < self.steps:
            raise ValueError("it lacks its optimizer")
        take_weights(self.model, saved["model"])
        if "optimizer" in saved:
            take_optimizer(self.optimizer, saved["optimizer"])
        self.done, self.log = done, log
        self._pass = -1

    def _next_window(self) -> tuple[Tensor, Tensor]:
        number, place = divmod(self.done, self.steps_per_pass)
        if number != self._pass:
            stream = self.reviews.stream(backward=self.backward, seed=self.settings.seed + number)
            self._windows = windows(stream, batch=self.settings.batch, time=self.settings.time, first=place)
            self._pass, self._state = number, None
        return next(self._windows)

    def _check(self, loss: float) -> None:
        if not math.isfinite(loss):
            raise TrainingError(f"the loss became {loss} by step {self.done:,} of {self.steps:,}")

    def _exact(self) -> AbstractContextManager[object]:
        """On a GPU products of the full softmax are in bfloat16, too, lest it take longer than training."""
        if self.device == "cuda":
            return precision_of(self.device, bfloat16=self._bfloat16)
        return contextlib.nullcontext()


class SideBySide:
    """Takes steps of several language models in turn, on a GPU each on a stream of its own.

    Args:
        trainers: of models on the same device.
        streams: give each a stream; elsewhere than on a GPU there are none.
    """

    def __init__(self, trainers: Sequence[LanguageTrainer], *, streams: bool) -> None:
        self.trainers = trainers
        self._streams: list[torch.cuda.Stream | None] = [None] * len(trainers)
        if streams and all(trainer.device == "cuda" for trainer in trainers):
            self._streams = [torch.cuda.Stream() for _ in trainers]  # type: ignore[no-untyped-call]

    def step(self) -> None:
        """Take a step of each that is not finished."""
        for trainer, stream in zip(self.trainers, self._streams, strict=True):
            if trainer.is_finished:
                continue
            with torch.cuda.stream(stream) if stream is not None else contextlib.nullcontext():
                trainer.step()

    def wait(self) -> None:
        """Let the work that stands in line afterwards wait for all streams."""
        for stream in self._streams:
            if stream is not None:
                torch.cuda.current_stream().wait_stream(stream)

    def begin(self) -> None:
        """Let all streams wait for the work that stands in line before."""
        for stream in self._streams:
            if stream is not None:
                stream.wait_stream(torch.cuda.current_stream())


def learning_rate(settings: PretrainingRecipe, done: int, steps: int) -> float:
    """Return the step size after so many steps."""
    highest = settings.learning_rate
    if settings.schedule == "linear":
        return highest * min((done + 1) / (settings.warm_up * steps), 1 - done / steps)
    rising = settings.warm_up * steps
    if done < rising:
        return highest * _between(FIRST_SHARE, 1.0, done / rising)
    return highest * _between(1.0, LAST_SHARE, (done - rising) / max(1e-9, steps - rising))


def _between(first: float, last: float, progress: float) -> float:
    """Return a point on half a cosine from one number to another."""
    return last + (first - last) * (1 + math.cos(math.pi * progress)) / 2
