"""Pretraining: language models over all reviews, from the start or from their checkpoints.

``python -m opinia.train.pretrain FOLDER forward cpu`` does it from the files that :func:`write_job` left
in a folder. They hold all that it needs, so the folder can be carried to another machine and back.
"""

from __future__ import annotations

import io
import json
import math
import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, cast

import numpy as np
import torch
from numpy.typing import NDArray

from opinia.errors import OpiniaError, TrainingError
from opinia.runs.arrays import read_arrays
from opinia.runs.checkpoint import DAMAGE, delete_hint, load_checkpoint, reason_of, save_checkpoint
from opinia.runs.history import Epoch
from opinia.runs.recipe import read_recipe
from opinia.runs.settings import NetworkRecipe, PretrainingRecipe
from opinia.system.files import write_atomically
from opinia.system.folder_lock import alone_in
from opinia.train.language_model import LanguageModel, LanguageModelling, LanguageModelShape
from opinia.train.loop.callbacks import Callback
from opinia.train.loop.distributed import ALONE, World
from opinia.train.loop.stream import TokenReviews
from opinia.train.loop.trainer import Step, Trainer
from opinia.train.network.weights import take_optimizer, take_weights
from opinia.train.texts import Task
from opinia.train.torch_setup import keep_freed_memory

DIRECTIONS = ("forward", "backward")
SECONDS_BETWEEN_LOOKS = 0.2
MINUTES_BETWEEN_CHECKPOINTS = 5.0
SECONDS_BETWEEN_REPORTS = 60.0
HELD_OUT = 300
"""Validation reviews for the perplexity: 70,000 words are enough, and the full softmax is slow."""


@dataclass(frozen=True)
class PretrainingJob:
    """The settings of a recipe that decide its language models; their processes receive them in a file.

    Args:
        network: which begins with the language models.
        pretraining: how they learn.
        precision: of the products, ``"float32"`` or ``"bfloat16"``.
        threads: of PyTorch's operators, of both language models together.
    """

    network: NetworkRecipe
    pretraining: PretrainingRecipe
    precision: str
    threads: int

    @property
    def shape(self) -> LanguageModelShape:
        """Of the language models."""
        return shape_of(self.network, self.pretraining)

    def write(self, path: Path) -> None:
        """Write it as those sections of a recipe."""
        import tomli_w

        training = {"precision": self.precision, "threads": self.threads}
        sections = {"network": asdict(self.network), "pretraining": asdict(self.pretraining)}
        write_atomically(path, tomli_w.dumps({**sections, "training": training}))

    @classmethod
    def read(cls, path: Path) -> PretrainingJob:
        """Read it from what :meth:`write` wrote, or from a whole recipe."""
        recipe = read_recipe(path)
        training = recipe.training
        return cls(recipe.network, recipe.pretraining, training.precision, training.threads)


def language_trainer(
    shape: LanguageModelShape, objective: LanguageModelling, *, vocabulary: int, world: World = ALONE
) -> Trainer[LanguageModel]:
    """Return the trainer of a language model, before its first epoch.

    Args:
        shape: of the model.
        objective: what it learns; its settings have the seed of the first weights.
        vocabulary: number of ids.
        world: the processes that train together, as the objective knows them.
    """
    torch.manual_seed(objective.settings.seed)
    model = LanguageModel(vocabulary, shape).to(objective.reviews.ids.device)
    return Trainer(model, objective, world=world)


class LanguageLog(Callback):
    """Reports the loss about once a minute, and the perplexity after each epoch.

    Args:
        report: called with each line, as a dictionary.
    """

    def __init__(self, report: Callable[[dict[str, Any]], None]) -> None:
        self._report = report
        self._begin = self._said = time.perf_counter()

    def on_batch_end(self, trainer: Trainer[Any], step: Step) -> None:
        """Report the loss."""
        now = time.perf_counter()
        if now - self._said > SECONDS_BETWEEN_REPORTS or step.number == step.steps:
            _, before, total = trainer.objective.span(step.epoch)
            done, self._said = before + step.number, now
            self._report({"step": done, "steps": total, "loss": step.loss, "seconds": now - self._begin})

    def on_epoch_end(self, trainer: Trainer[Any], epoch: Epoch) -> None:  # noqa: ARG002
        """Report the perplexity."""
        self._report(log_of(trainer)[-1])


class LanguageCheckpoint(Callback):
    """Writes the checkpoint of a language model after each epoch and every few minutes, and goes on from it.

    Args:
        path: of the checkpoint.
    """

    def __init__(self, path: Path) -> None:
        self._path, self._saved = path, time.perf_counter()

    def on_train_begin(self, trainer: Trainer[Any]) -> None:
        """Continue from the checkpoint, where there is one.

        Raises:
            TrainingError: it is damaged, or of another language model.
        """
        if self._path.is_file():
            try:
                restore(trainer, _saved(self._path, device=trainer.network.embedding.weight.device.type))
            except DAMAGE as error:
                raise _unusable(self._path, error) from error

    def on_batch_end(self, trainer: Trainer[Any], step: Step) -> None:
        """Write it, where the last one is some minutes old; after the last step it is written anyway."""
        late = time.perf_counter() - self._saved > MINUTES_BETWEEN_CHECKPOINTS * 60
        if late and step.number < step.steps:
            self._save(trainer, step.number)

    def on_epoch_end(self, trainer: Trainer[Any], epoch: Epoch) -> None:  # noqa: ARG002
        """Write it."""
        self._save(trainer, 0)

    def _save(self, trainer: Trainer[Any], taken: int) -> None:
        buffer = io.BytesIO()
        torch.save(content_of(trainer, taken=taken), buffer)
        save_checkpoint(self._path, buffer.getvalue())
        self._saved = time.perf_counter()


def log_of(trainer: Trainer[LanguageModel]) -> list[dict[str, Any]]:
    """Return what a checkpoint says of each epoch; the perplexity is None where nothing was held out."""
    return [
        {
            "pass": epoch.epoch,
            "perplexity": None if math.isnan(epoch.val_loss) else math.exp(epoch.val_loss),
            **{name: epoch.figures()[name] for name in ("loss", "val_loss")},
            "seconds": seconds,
        }
        for epoch, seconds in zip(trainer.history, trainer.seconds, strict=True)
    ]


def content_of(trainer: Trainer[LanguageModel], *, taken: int = 0) -> dict[str, Any]:
    """Return what a checkpoint keeps; the optimizer only where there is more to do.

    Args:
        trainer: of :func:`language_trainer`.
        taken: steps of the epoch that is not over.
    """
    steps, before, total = trainer.objective.span(len(trainer.history) + 1)
    kept = {"model": trainer.network.state_dict(), "done": min(total, before + taken), "log": log_of(trainer)}
    if not trainer.is_finished:
        kept["optimizer"] = trainer.optimizer.state_dict()
    return kept


def restore(trainer: Trainer[LanguageModel], saved: dict[str, Any]) -> None:
    """Continue a trainer from a checkpoint.

    Args:
        trainer: of :func:`language_trainer`, before its first epoch.
        saved: of :func:`content_of`.

    Raises:
        ValueError: it does not say how far it came, or lacks its optimizer.
        RuntimeError, LookupError, TypeError, AttributeError: it is of another model, or of none.
    """
    done, log = saved["done"], saved["log"]
    if type(done) is not int or done < 0 or not isinstance(log, list):
        raise ValueError("it does not say how far it came")
    epochs, left = 0, done
    while epochs < trainer.objective.epochs and left >= trainer.objective.span(epochs + 1).steps:
        left -= trainer.objective.span(epochs + 1).steps
        epochs += 1
    history = [_epoch_of(number, **entry) for number, entry in enumerate(log, 1)]
    if len(history) != epochs or (left and epochs == trainer.objective.epochs):
        raise ValueError("it does not say how far it came")
    if "optimizer" not in saved and epochs < trainer.objective.epochs:
        raise ValueError("it lacks its optimizer")
    take_weights(trainer.network, saved["model"])
    if "optimizer" in saved:
        take_optimizer(trainer.optimizer, saved["optimizer"])
    trainer.history, trainer.taken = history, left
    trainer.seconds = [entry.get("seconds", math.nan) for entry in log]


def _epoch_of(
    number: int,
    *,
    perplexity: float | None,
    val_loss: float | None = None,
    loss: float | None = None,
    **_: Any,
) -> Epoch:
    """Return an epoch of a checkpoint's log; older ones tell the perplexity alone."""
    if val_loss is None:
        val_loss = math.nan if perplexity is None else math.log(perplexity)
    return Epoch(number, math.nan if loss is None else loss, math.nan, val_loss, math.nan)


def write_job(folder: Path, job: PretrainingJob, task: Task) -> None:
    """Write down which language models are wanted, and the ids of the reviews they are trained on."""
    if (folder / "reviews.npz").is_file():
        return
    parts = {"training": task.training, "unlabelled": task.unlabelled, "held_out": task.validation}
    kind = np.uint16 if len(task.tokenizer) <= np.iinfo(np.uint16).max else np.uint32
    arrays: dict[str, NDArray[Any]] = {"vocabulary": np.array(len(task.tokenizer))}
    for name, corpus in parts.items():
        if corpus is not None:
            arrays |= {name: corpus.ids.astype(kind), f"{name}_lengths": corpus.lengths.astype(np.uint32)}
    job.write(folder / "recipe.toml")
    buffer = io.BytesIO()
    np.savez_compressed(buffer, **arrays)  # type: ignore[arg-type]
    write_atomically(folder / "reviews.npz", buffer.getvalue())


def pretrain_both(
    job: PretrainingJob,
    task: Task,
    folder: Path,
    *,
    device: str,
    say: Callable[[str], None],
    world: World = ALONE,
) -> tuple[LanguageModel, LanguageModel]:
    """Return a forward and a backward language model; what is not there is trained in a process of its own.

    Where several processes train together they train one after the other.

    Args:
        job: is written down for these processes.
        task: the tokenised reviews.
        folder: receives the files of :func:`write_job`, checkpoints and logs.
        device: ``"cpu"`` or ``"cuda"``.
        say: called with a line on how far they are.
        world: the processes that train together.

    Raises:
        TrainingError: a process failed, or a checkpoint is damaged.
    """
    folder.mkdir(exist_ok=True)
    write_job(folder, job, task)
    checkpoints = [folder / f"{direction}.pt" for direction in DIRECTIONS]
    side_by_side = device == "cpu" and job.threads > 1
    if not all(is_pretrained(checkpoint) for checkpoint in checkpoints):
        say(f"pretraining two language models, in {folder}; each writes a log")
        # A process each: a core for either, because two threads on one model mostly wait for each other.
        groups = [DIRECTIONS] if side_by_side else [(direction,) for direction in DIRECTIONS]
        for group in groups if world.size == 1 else ():
            _run_side_by_side(folder, group, device)
        for direction in DIRECTIONS if world.size > 1 else ():
            with _alone(folder, direction):
                run_job(folder, direction, device, world=world)
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


def _alone(folder: Path, direction: str) -> AbstractContextManager[None]:
    return alone_in(folder, doing=f"pretraining {direction}", name=f".{direction}.lock")


def run_job(folder: Path, direction: str, device: str, *, world: World = ALONE) -> None:
    """Train one language model from the files of :func:`write_job`; the log goes beside it."""
    job = PretrainingJob.read(folder / "recipe.toml")
    arrays = read_arrays(folder / "reviews.npz", "training", "held_out", "vocabulary")
    parts = {
        name: np.split(arrays[name].astype(np.int32), np.cumsum(arrays[f"{name}_lengths"])[:-1])
        for name in ("training", "unlabelled", "held_out")
        if name in arrays
    }
    vocabulary = int(arrays["vocabulary"])
    reviews = TokenReviews.of(parts["training"] + parts.get("unlabelled", []))
    held_out = TokenReviews.of(parts["held_out"][:HELD_OUT], device=device)
    backward = direction == "backward"
    world.call(_learn_along, job, reviews, vocabulary, backward)
    threads = max(1, job.threads // 2) if device == "cpu" and world.size == 1 else job.threads
    trainer = _trainer_of(
        job, reviews, vocabulary, backward=backward, device=device, threads=threads, world=world
    )
    objective = cast(LanguageModelling, trainer.objective)
    with (folder / f"{direction}.jsonl").open("a", encoding="utf-8") as log:

        def report(line: dict[str, Any]) -> None:
            log.write(json.dumps(line) + "\n")
            log.flush()

        trainer.fit(
            lambda model: objective.validate(model, held_out),
            [LanguageLog(report), LanguageCheckpoint(folder / f"{direction}.pt")],
        )


def _trainer_of(
    job: PretrainingJob,
    reviews: TokenReviews,
    vocabulary: int,
    *,
    backward: bool,
    device: str,
    threads: int,
    world: World,
) -> Trainer[LanguageModel]:
    torch.set_num_threads(threads)
    keep_freed_memory()
    objective = LanguageModelling(
        job.pretraining,
        TokenReviews(reviews.ids.to(device), reviews.starts.to(device)),
        vocabulary=vocabulary,
        backward=backward,
        bfloat16=job.precision == "bfloat16",
        world=world,
    )
    return language_trainer(job.shape, objective, vocabulary=vocabulary, world=world)


def _learn_along(
    world: World, job: PretrainingJob, reviews: TokenReviews, vocabulary: int, backward: bool
) -> None:
    """Train a language model with the first process; see :meth:`opinia.train.loop.distributed.World.call`."""
    _trainer_of(
        job,
        reviews,
        vocabulary,
        backward=backward,
        device=world.device,
        threads=job.threads,
        world=world,
    ).follow()


def shape_of(network: NetworkRecipe, pretraining: PretrainingRecipe) -> LanguageModelShape:
    """Return the shape of the language models that a network begins with."""
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
        hint=delete_hint(checkpoint, purpose="to pretrain it from the start"),
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
        with _alone(folder, direction):
            run_job(folder, direction, device)
    except OpiniaError as error:
        sys.exit(f"error: {error}")
    except KeyboardInterrupt:  # the parent process receives it, too, and says what to do
        sys.exit(130)


def _end_with_parent() -> None:
    while os.read(0, 1):  # not sys.stdin, whose lock would be in the way of an ordinary end
        pass
    os._exit(1)


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2], sys.argv[3], as_child="--child" in sys.argv[4:])
