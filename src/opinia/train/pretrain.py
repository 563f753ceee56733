"""Pretraining: a language model over all reviews, from the start or from its checkpoint.

``python -m opinia.train.pretrain FOLDER forward cpu`` does it from the files that :func:`write_job` left
in a folder. They hold all that it needs, so the folder can be carried to another machine and back.
"""

from __future__ import annotations

import io
import json
import math
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from opinia.errors import TrainingError
from opinia.files import write_atomically
from opinia.train.checkpoint import load_checkpoint, save_checkpoint
from opinia.train.language_model import LanguageModel, LanguageModelShape, perplexity, stream_of, windows
from opinia.train.memory import keep_freed_memory
from opinia.train.precision import precision_of
from opinia.train.recipe import Recipe, read_recipe
from opinia.train.sections import PretrainingRecipe
from opinia.train.softmax import CandidateSampler
from opinia.train.task import Task

BETAS = (0.8, 0.99)
WARM_UP = 0.02
CLIP = 0.5
MINUTES_BETWEEN_CHECKPOINTS = 5.0
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
        TrainingError: the loss is not finite.
    """
    torch.set_num_threads(threads)
    keep_freed_memory()
    torch.manual_seed(settings.seed)
    model = LanguageModel(vocabulary, shape).to(device)
    optimizer = torch.optim.Adam(model.parameters(), lr=settings.learning_rate, betas=BETAS, fused=True)
    frequencies = np.bincount(np.concatenate(reviews), minlength=vocabulary)
    frequencies[0] += len(reviews)  # the ends
    sampler = CandidateSampler(frequencies, random_words=settings.random_words)
    tokens = int(frequencies.sum())
    steps = settings.passes * math.ceil(((tokens - 1) // settings.batch) / settings.time)
    done, log = 0, list[dict[str, Any]]()
    if checkpoint.is_file():
        saved = load_checkpoint(checkpoint, device=device)
        model.load_state_dict(saved["model"])
        done, log = saved["done"], saved["log"]
        if done == steps:
            return model.eval(), log
        optimizer.load_state_dict(saved["optimizer"])

    begin = saved_at = said_at = time.perf_counter()
    losses: list[float] = []
    per_pass = steps // max(1, settings.passes)
    while done < steps:
        number, skip = divmod(done, per_pass)
        stream = stream_of(reviews, backward=backward, seed=settings.seed + number)
        state = None
        for place, (ids, targets) in enumerate(windows(stream, batch=settings.batch, time=settings.time)):
            if place < skip:
                continue  # the state starts anew where a checkpoint is continued
            rate = settings.learning_rate * min((done + 1) / (WARM_UP * steps), 1 - done / steps)
            for group in optimizer.param_groups:
                group["lr"] = rate
            model.train()
            torch.manual_seed(settings.seed * 1_000_003 + done)
            with precision_of(device, bfloat16=bfloat16):
                hidden, state = model(ids.to(device), state)
                loss = model.sampled_loss(hidden, targets.to(device), sampler)
            state = (state[0].detach(), state[1].detach())
            optimizer.zero_grad()
            torch.autograd.backward(loss)
            nn.utils.clip_grad_norm_(model.parameters(), CLIP)
            optimizer.step()
            done += 1
            losses.append(loss.item())
            if not math.isfinite(losses[-1]):
                raise TrainingError(f"the loss became {losses[-1]} in step {done:,} of {steps:,}")
            now = time.perf_counter()
            if now - said_at > 60 or done == steps:
                report({"step": done, "steps": steps, "loss": float(np.mean(losses)), "seconds": now - begin})
                losses, said_at = [], now
            if now - saved_at > MINUTES_BETWEEN_CHECKPOINTS * 60 or done in (steps, (number + 1) * per_pass):
                if done in (steps, (number + 1) * per_pass):
                    reached = perplexity(
                        model, stream_of(held_out, backward=backward, seed=0), batch=settings.batch
                    )
                    log.append({"pass": number + 1, "perplexity": reached, "seconds": now - begin})
                    report(log[-1])
                buffer = io.BytesIO()
                content = {"model": model.state_dict(), "done": done, "log": log}
                if done < steps:
                    content["optimizer"] = optimizer.state_dict()
                torch.save(content, buffer)
                save_checkpoint(checkpoint, buffer.getvalue())
                saved_at = time.perf_counter()
    return model.eval(), log


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
    with np.load(folder / "reviews.npz") as arrays:
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
    dropout = recipe.pretraining.dropout
    return LanguageModelShape(
        recipe.network.embedding,
        recipe.network.units,
        input_dropout=dropout,
        weight_dropout=recipe.pretraining.weight_dropout,
        output_dropout=dropout,
    )


def is_pretrained(checkpoint: Path) -> bool:
    """Tell whether a language model is finished."""
    return checkpoint.is_file() and "optimizer" not in load_checkpoint(checkpoint)


def perplexities(checkpoint: Path) -> list[float]:
    """Return the perplexity on held-out reviews after each pass."""
    return [entry["perplexity"] for entry in load_checkpoint(checkpoint)["log"]]


def load_language_model(checkpoint: Path) -> LanguageModel:
    """Return a finished language model."""
    weights = load_checkpoint(checkpoint)["model"]
    vocabulary, embedding = weights["embedding.weight"].shape
    model = LanguageModel(vocabulary, LanguageModelShape(embedding, weights["lstm.weight_hh_l0"].shape[1]))
    model.load_state_dict(weights)
    return model.eval()


if __name__ == "__main__":
    run_job(Path(sys.argv[1]), sys.argv[2], sys.argv[3])
