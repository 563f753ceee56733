"""An embedding teacher: multilingual-e5-small, taken on with the texts of both collections.

    python scripts/collect/teacher.py runs/english.jsonl.gz runs/polish.jsonl.gz -o runs/teacher.pt

It is for teaching alone: what it says of texts becomes soft labels in :mod:`collect`. It learns from the
train parts; how right it is on the validation parts is printed. Half an hour on two cores with
bfloat16.
"""

from __future__ import annotations

import gzip
import json
import random
from collections import defaultdict
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import click
import numpy as np
import torch
from encoder import load_encoder
from torch import nn
from torch.nn import functional as F  # noqa: N812

from opinia.train.network.recurrent import precision_of

SHARES = {
    "vader_words": 0.3, "polvader_words": 0.1, "wordnet_examples": 0.3, "imdb": 0.4, "imdb_unlabelled": 0.0,
    "imdb_sentences": 0.0, "grammar": 0.3, "pros_cons": 0.5, "goemotions": 0.8, "medicine": 0.8,
}  # fmt: skip
"""Of the texts of a set that it learns from; of the others all."""
EPOCHS = 0.6
LEARNING_RATE, HEAD_RATE = 1.2e-4, 1.2e-3
WARM_UP = 100
FROZEN = 4
"""Layers that stay as they are, with the embeddings."""
LONGEST, LONGEST_READ = 128, 256
"""Pieces of a text that it learns from, and that it reads."""
AT_ONCE, READ_AT_ONCE = 4096, 8192
"""Pieces of a batch, padding included."""
SORTED = 4000
"""Texts among which those of a batch are of about one length."""
CHECKED = 250


class Teacher:
    """The encoder with one output, the log-odds that a text is positive.

    Args:
        weights: a file of :meth:`save`; None begins with the encoder as it is published.
    """

    def __init__(self, weights: Path | None = None) -> None:
        self.encoder, self.pieces = load_encoder()
        self.head = nn.Linear(self.encoder.kind.numel(), 1)
        nn.init.zeros_(self.head.weight)
        nn.init.zeros_(self.head.bias)
        if weights is not None:
            saved = torch.load(weights, weights_only=True)
            self.encoder.load_state_dict(saved["encoder"])
            self.head.load_state_dict(saved["head"])

    def save(self, path: Path) -> None:
        """Write the weights."""
        torch.save({"encoder": self.encoder.state_dict(), "head": self.head.state_dict()}, path)

    def judge(self, texts: Sequence[str]) -> np.ndarray[Any, Any]:
        """Return the probability that each text is positive, ``(n,) float32``."""
        rows = self.pieces.encode(texts, most=LONGEST_READ)
        found = np.zeros(len(rows), np.float32)
        self.encoder.eval()
        with torch.inference_mode(), precision_of("cpu", bfloat16=True):
            for batch in _batches(rows, sorted(range(len(rows)), key=lambda i: len(rows[i])), READ_AT_ONCE):
                read = self.encoder(*self.pieces.batch([rows[i] for i in batch]))
                found[batch] = torch.sigmoid(self.head(read.float())[:, 0].float()).numpy()
        return found

    def learn(self, rows: Sequence[dict[str, Any]]) -> None:
        """Learn from texts with targets and weights."""
        ids = self.pieces.encode([row["text"] for row in rows], most=LONGEST)
        held = (
            "word.",
            "position.",
            "kind",
            "normalise.",
            *(f"layers.{number}." for number in range(FROZEN)),
        )
        learnt = [each for name, each in self.encoder.named_parameters() if not name.startswith(held)]
        groups = [{"params": learnt, "lr": LEARNING_RATE, "weight_decay": 0.01}]
        groups.append({"params": list(self.head.parameters()), "lr": HEAD_RATE})
        optimizer = torch.optim.AdamW(groups, betas=(0.9, 0.98), fused=True)
        steps = [*_shuffled(ids)]
        steps = steps[: int(EPOCHS * len(steps))]
        schedule = torch.optim.lr_scheduler.LambdaLR(
            optimizer, lambda step: min(1.0, (step + 1) / WARM_UP) * max(0.02, 1 - step / len(steps))
        )
        self.encoder.train()
        for batch in steps:
            with precision_of("cpu", bfloat16=True):
                read = self.encoder(*self.pieces.batch([ids[i] for i in batch]), frozen=FROZEN)
            logits = self.head(F.dropout(read.float(), 0.1))[:, 0]
            targets, weights = (
                torch.tensor([float(rows[i][name]) for i in batch]) for name in ("target", "weight")
            )
            losses = F.binary_cross_entropy_with_logits(logits, targets, reduction="none")
            optimizer.zero_grad(set_to_none=True)
            ((losses * weights).sum() / weights.sum()).backward()
            nn.utils.clip_grad_norm_(learnt, 1.0)
            optimizer.step()
            schedule.step()


def _batches(rows: Sequence[list[int]], order: Sequence[int], most: int) -> Iterator[list[int]]:
    batch: list[int] = []
    longest = 0
    for i in order:
        if batch and max(longest, len(rows[i])) * (len(batch) + 1) > most:
            yield batch
            batch, longest = [], 0
        batch.append(i)
        longest = max(longest, len(rows[i]))
    if batch:
        yield batch


def _shuffled(rows: Sequence[list[int]]) -> list[list[int]]:
    order = random.sample(range(len(rows)), len(rows))
    found: list[list[int]] = []
    for start in range(0, len(order), SORTED):
        near = sorted(order[start : start + SORTED], key=lambda i: len(rows[i]))
        found += _batches(rows, near, AT_ONCE)
    random.shuffle(found)
    return found


def read_rows(path: Path) -> list[dict[str, Any]]:
    """Return the texts of a collection."""
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        next(lines)
        return [json.loads(line) for line in lines]


@click.command(context_settings={"help_option_names": ["-h", "--help"]})
@click.argument("collections", nargs=-1, required=True, type=click.Path(exists=True, path_type=Path))
@click.option("-o", "--output", required=True, type=click.Path(path_type=Path), help="A .pt file.")
def main(collections: tuple[Path, ...], output: Path) -> None:
    """Take the encoder on with the texts of COLLECTIONS."""
    random.seed(1)
    torch.manual_seed(1)
    rows = [row for path in collections for row in read_rows(path)]
    teacher = Teacher()
    teacher.learn(
        [row for row in rows if row["part"] == "train" and random.random() < SHARES.get(row["set"], 1.0)]
    )
    teacher.save(output)
    held = defaultdict(list)
    for row in rows:
        if row["part"] == "validation":
            held[row["set"]].append(row)
    for name, found in held.items():
        some = random.sample(found, min(len(found), CHECKED))
        positive = np.array([row["target"] > 0.5 for row in some])
        said = teacher.judge([row["text"] for row in some]) > 0.5
        right = (np.mean(said[positive]), np.mean(~said[~positive]))
        print(f"{name}: balanced accuracy {np.mean(right):.1%} of {len(some)} texts of validation")


if __name__ == "__main__":
    main()
