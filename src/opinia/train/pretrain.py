"""Pretraining: language models over all reviews, from the start or from their checkpoints.

``python -m opinia.train.pretrain FOLDER forward cpu`` does it from the files that :func:`write_job` left
in a folder. They hold all that it needs, so the folder can be carried to another machine and back. On a GPU
two models can learn side by side, and nothing of a step waits for it.
"""

from __future__ import annotations

import contextlib
import io
import json
import math
import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from opinia.errors import OpiniaError, TrainingError
from opinia.runs.arrays import read_arrays
from opinia.runs.checkpoint import DAMAGE, load_checkpoint, reason_of, save_checkpoint
from opinia.runs.recipe import Recipe, read_recipe
from opinia.runs.settings import PretrainingRecipe
from opinia.system.files import write_atomically
from opinia.system.lock import alone_in
from opinia.train.language_model import CandidateSampler, LanguageModel, LanguageModelShape, perplexity
from opinia.train.recurrent import State, precision_of
from opinia.train.stream import TokenReviews, windows
from opinia.train.texts import Task
from opinia.train.torch_setup import keep_freed_memory, no_compiler_cache
from opinia.train.weights import take_optimizer, take_weights

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
        steps: to take; None takes ``settings.epochs`` over the reviews.

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
            negative_samples=settings.negative_samples,
            device=device,
            room=settings.candidates,
        )
        columns = (reviews.stream_length - 1) // settings.batch_size
        self.steps_per_epoch = math.ceil(columns / settings.bptt)
        self.steps = settings.epochs * self.steps_per_epoch if steps is None else steps
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
        return self.is_finished or (self.done > 0 and self.done % self.steps_per_epoch == 0)

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
            return perplexity(self.model, stream, batch=min(MOST_COLUMNS, self.settings.batch_size))

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
        number, place = divmod(self.done, self.steps_per_epoch)
        if number != self._pass:
            stream = self.reviews.stream(backward=self.backward, seed=self.settings.seed + number)
            self._windows = windows(
                stream, batch=self.settings.batch_size, time=self.settings.bptt, first=place
            )
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
        return highest * min((done + 1) / (settings.warmup * steps), 1 - done / steps)
    rising = settings.warmup * steps
    if done < rising:
        return highest * _between(FIRST_SHARE, 1.0, done / rising)
    return highest * _between(1.0, LAST_SHARE, (done - rising) / max(1e-9, steps - rising))


def _between(first: float, last: float, progress: float) -> float:
    """Return a point on half a cosine from one number to another."""
    return last + (first - last) * (1 + math.cos(math.pi * progress)) / 2


DIRECTIONS = ("forward", "backward")
SECONDS_BETWEEN_LOOKS = 0.2
MINUTES_BETWEEN_CHECKPOINTS = 5.0
SECONDS_BETWEEN_REPORTS = 60.0
HELD_OUT = 300
"""Validation reviews for the perplexity: 70,000 words are enough, and the full softmax is slow."""


def pretrain(
    settings: PretrainingRecipe,
    shape: LanguageModelShape,
    reviews: list[NDArray[np.int32]],
    held_out: list[NDArray[np.int32]],
    *,
    vocabulary: int,
    backward: bool,
    checkpoint: Path,
    threads: int = 1,
    bfloat16: bool = False,
    device: str = "cpu",
    report: Callable[[dict[str, Any]], None] = lambda _: None,
) -> tuple[LanguageModel, list[dict[str, Any]]]:
    """Train a language model, or continue where the checkpoint stands.

    The state starts anew where a checkpoint is continued, which is the only difference to a run
    that was not stopped.

    Args:
        settings: how long and how.
        shape: of the model.
        reviews: the ids of each review that is learnt from.
        held_out: reviews for the perplexity, outside ``reviews``.
        vocabulary: number of ids.
        backward: read from the end.
        checkpoint: written every few minutes and at the end.
        threads: of PyTorch's operators.
        bfloat16: take the products in bfloat16 (autocast).
        device: ``"cpu"`` or ``"cuda"``.
        report: hears of the progress, about once a minute.

    Returns:
        The model, and the perplexity on held-out reviews after each pass.

    Raises:
        TrainingError: the loss is not finite, or the checkpoint is damaged.
    """
    torch.set_num_threads(threads)
    keep_freed_memory()
    trainer = LanguageTrainer(
        settings,
        shape,
        TokenReviews.of(reviews, device=device),
        vocabulary=vocabulary,
        backward=backward,
        bfloat16=bfloat16,
    )
    if checkpoint.is_file():
        try:
            trainer.restore(_saved(checkpoint, device=device))
        except DAMAGE as error:
            raise _unusable(checkpoint, error) from error
    judged = TokenReviews.of(held_out, device=device)
    begin = saved_at = said_at = time.perf_counter()
    while not trainer.is_finished:
        trainer.step()
        now = time.perf_counter()
        over = trainer.ends_a_pass
        late = now - saved_at > MINUTES_BETWEEN_CHECKPOINTS * 60
        if now - said_at > SECONDS_BETWEEN_REPORTS or over or late:
            loss = trainer.read_loss()
            report({"step": trainer.done, "steps": trainer.steps, "loss": loss, "seconds": now - begin})
            said_at = now
        if over:
            entry = {
                "pass": math.ceil(trainer.done / trainer.steps_per_epoch),
                "perplexity": trainer.perplexity(judged),
                "seconds": now - begin,
            }
            trainer.log.append(entry)
            report(entry)
        if over or late:
            buffer = io.BytesIO()
            torch.save(trainer.content(), buffer)
            save_checkpoint(checkpoint, buffer.getvalue())
            saved_at = time.perf_counter()
    return trainer.model.eval(), trainer.log


def write_job(folder: Path, recipe: Recipe, task: Task) -> None:
    """Write down which language models a recipe wants, and the ids of the reviews they are trained on."""
    if (folder / "reviews.npz").is_file():
        return
    parts = {"training": task.training, "unlabelled": task.unlabelled, "held_out": task.validation}
    kind = np.uint16 if len(task.tokenizer) <= np.iinfo(np.uint16).max else np.uint32
    arrays: dict[str, NDArray[Any]] = {"vocabulary": np.array(len(task.tokenizer))}
    for name, corpus in parts.items():
        if corpus is not None:
            arrays |= {name: corpus.ids.astype(kind), f"{name}_lengths": corpus.lengths.astype(np.uint32)}
    write_atomically(folder / "recipe.toml", recipe.to_toml())
    buffer = io.BytesIO()
    np.savez_compressed(buffer, **arrays)  # type: ignore[arg-type]
    write_atomically(folder / "reviews.npz", buffer.getvalue())


def pretrain_both(
    recipe: Recipe, task: Task, folder: Path, *, device: str, say: Callable[[str], None]
) -> tuple[LanguageModel, LanguageModel]:
    """Return a forward and a backward language model; what is not there is trained in a process of its own.

    Args:
        recipe: is written down for these processes.
        task: the tokenised reviews.
        folder: receives the files of :func:`write_job`, checkpoints and logs.
        device: ``"cpu"`` or ``"cuda"``.
        say: hears how far they are.

    Raises:
        TrainingError: a process failed, or a checkpoint is damaged.
    """
    folder.mkdir(exist_ok=True)
    write_job(folder, recipe, task)
    checkpoints = [folder / f"{direction}.pt" for direction in DIRECTIONS]
    side_by_side = device == "cpu" and recipe.training.threads > 1
    if not all(is_pretrained(checkpoint) for checkpoint in checkpoints):
        say(f"pretraining two language models, in {folder}; each writes a log")
        # A process each: a core for either, because two threads on one model mostly wait for each other.
        groups = [DIRECTIONS] if side_by_side else [(direction,) for direction in DIRECTIONS]
        for group in groups:
            _run_side_by_side(folder, group, device)
    for direction, checkpoint in zip(DIRECTIONS, checkpoints, strict=True):
        say(f"{direction}: perplexity {perplexities(checkpoint)[-1]:.1f} on held-out reviews")
    forward, backward = (load_language_model(checkpoint) for checkpoint in checkpoints)
    return forward, backward


def _run_side_by_side(folder: Path, directions: Sequence[str], device: str) -> None:
    command = [sys.executable, "-m", "opinia.train.pretrain", str(folder)]
    running = [
        # Its standard input is a pipe that ends with this process, however that ends, and it ends with that.
        subprocess.Popen([*command, direction, device, "--child"], stdin=subprocess.PIPE)  # noqa: S603
        for direction in directions
    ]
    try:
        codes = [process.poll() for process in running]
        while None in codes and not any(codes):  # one that fails ends the other
            time.sleep(SECONDS_BETWEEN_LOOKS)
            codes = [process.poll() for process in running]
    finally:
        for process in running:
            process.terminate()
            process.wait()
            if process.stdin is not None:
                process.stdin.close()
    if any(codes):
        raise TrainingError(
            f"pretraining in {folder} ended with status {next(filter(None, codes))}",
            hint="its reason stands above; continuing the run begins at the last checkpoint",
        )


def run_job(folder: Path, direction: str, device: str) -> None:
    """Train one language model from the files of :func:`write_job`; the log goes beside it."""
    recipe = read_recipe(folder / "recipe.toml")
    arrays = read_arrays(folder / "reviews.npz", "training", "held_out", "vocabulary")
    parts = {
        name: np.split(arrays[name].astype(np.int32), np.cumsum(arrays[f"{name}_lengths"])[:-1])
        for name in ("training", "unlabelled", "held_out")
        if name in arrays
    }
    vocabulary = int(arrays["vocabulary"])
    with (folder / f"{direction}.jsonl").open("a", encoding="utf-8") as log:

        def report(line: dict[str, Any]) -> None:
            log.write(json.dumps(line) + "\n")
            log.flush()

        pretrain(
            recipe.pretraining,
            shape_of(recipe),
            parts["training"] + parts.get("unlabelled", []),
            parts["held_out"][:HELD_OUT],
            vocabulary=vocabulary,
            backward=direction == "backward",
            checkpoint=folder / f"{direction}.pt",
            threads=max(1, recipe.training.threads // 2) if device == "cpu" else recipe.training.threads,
            bfloat16=recipe.training.precision == "bfloat16",
            device=device,
            report=report,
        )


def shape_of(recipe: Recipe) -> LanguageModelShape:
    """Return the shape of a recipe's language models."""
    network, pretraining = recipe.network, recipe.pretraining
    return LanguageModelShape(
        network.embedding,
        network.units,
        network.layers,
        embedding_dropout=pretraining.embedding_dropout,
        input_dropout=pretraining.dropout,
        layer_dropout=pretraining.layer_dropout,
        weight_dropout=pretraining.weight_dropout,
        output_dropout=pretraining.dropout,
    )


def is_pretrained(checkpoint: Path) -> bool:
    """Tell whether a language model is finished."""
    return checkpoint.is_file() and "optimizer" not in _saved(checkpoint)


def perplexities(checkpoint: Path) -> list[float]:
    """Return the perplexity on held-out reviews after each pass."""
    return [entry["perplexity"] for entry in _saved(checkpoint)["log"]]


def load_language_model(checkpoint: Path) -> LanguageModel:
    """Return a finished language model."""
    try:
        return language_model_of(_saved(checkpoint)["model"])
    except DAMAGE as error:
        raise _unusable(checkpoint, error) from error


def language_model_of(weights: dict[str, torch.Tensor]) -> LanguageModel:
    """Return the language model that has these weights."""
    vocabulary, embedding = weights["embedding.weight"].shape
    layers = sum(name.startswith("lstm.weight_hh_l") for name in weights)
    shape = LanguageModelShape(embedding, weights["lstm.weight_hh_l0"].shape[1], layers)
    model = LanguageModel(vocabulary, shape)
    model.load_state_dict(weights)
    return model.eval()


def _saved(checkpoint: Path, *, device: str = "cpu") -> dict[str, Any]:
    """Return what a checkpoint of a language model holds.

    Raises:
        TrainingError: it is damaged, or none of a language model.
    """
    try:
        saved: dict[str, Any] = load_checkpoint(checkpoint, device=device)
        _ = saved["model"]["embedding.weight"].shape, saved["model"]["lstm.weight_hh_l0"].shape
        _ = saved["done"], [entry["perplexity"] for entry in saved["log"]]
    except DAMAGE as error:
        raise _unusable(checkpoint, error) from error
    return saved


def _unusable(checkpoint: Path, error: Exception) -> TrainingError:
    return TrainingError(
        f"the language model in {checkpoint} cannot be continued: {reason_of(error)}",
        hint="delete it to pretrain it from the start",
    )


def main(folder: Path, direction: str, device: str, *, as_child: bool) -> None:
    """Train one language model alone in its place; the body of a process.

    Args:
        folder: of :func:`write_job`.
        direction: ``"forward"`` or ``"backward"``.
        device: ``"cpu"`` or ``"cuda"``.
        as_child: end when standard input does, which the parent keeps open as long as it lives.
    """
    if as_child:
        threading.Thread(target=_end_with_parent, daemon=True).start()
    try:
        with alone_in(folder, doing=f"pretraining {direction}", name=f".{direction}.lock"):
            run_job(folder, direction, device)
    except OpiniaError as error:
        sys.exit(f"error: {error}")
    except KeyboardInterrupt:  # the parent hears it, too, and says what to do
        sys.exit(130)


def _end_with_parent() -> None:
    while os.read(0, 1):  # not sys.stdin, whose lock would be in the way of an ordinary end
        pass
    os._exit(1)


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2], sys.argv[3], as_child="--child" in sys.argv[4:])
