"""Pretraining: a language model over all reviews, from the start or from its checkpoint.

``python -m opinia.train.pretrain FOLDER forward cpu`` does it from the files that :func:`write_job` left
in a folder. They hold all that it needs, so the folder can be carried to another machine and back.
"""

from __future__ import annotations

import io
import json
import math
import os
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from opinia.errors import OpiniaError, TrainingError
from opinia.runs.arrays import read_arrays
from opinia.runs.checkpoint import DAMAGE, load_checkpoint, reason_of, save_checkpoint
from opinia.runs.recipe import Recipe, read_recipe
from opinia.runs.settings import PretrainingRecipe
from opinia.system.files import write_atomically
from opinia.system.lock import alone_in
from opinia.train.allocator import keep_freed_memory
from opinia.train.language_model import LanguageModel, LanguageModelShape
from opinia.train.language_trainer import LanguageTrainer
from opinia.train.stream import TokenReviews
from opinia.train.task import Task

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
                "pass": math.ceil(trainer.done / trainer.steps_per_pass),
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
