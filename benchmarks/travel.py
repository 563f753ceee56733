"""Count how a recipe travels through `opinia.train`, from `fit` to the model file.

Trains a tiny network on the sample, with pretraining, teachers and a linear model, and prints how many files
of the training room were called from others, and how often a call led back into one of them; then the same of
calls that handed the whole recipe on. A call from one function to another counts once, whatever is repeated.
"""

from __future__ import annotations

import json
import sys
import tempfile
from pathlib import Path
from types import CodeType, FrameType
from typing import Any

from opinia.runs.recipe import Recipe
from opinia.train.pipeline import fit

ROOM = "opinia/train"
RECIPE = Recipe().replace(
    {
        "text.max_tokens": 200,
        "network.embedding": 8,
        "network.units": 8,
        "network.separate_embeddings": True,
        "pretraining.epochs": 1,
        "distillation.ngrams": True,
        "distillation.self_training": True,
        "distillation.epochs": 1,
        "linear.ngrams": 300,
        "training.epochs": 1,
        "training.ema_decay": 0.9,
        "training.calibrate": True,
        "training.threads": 1,
        "data.source": "sample",
        "data.validation": 300,
    }
)


def main() -> None:
    """Train, and print what was counted as JSON."""
    edges: dict[tuple[CodeType, CodeType], None] = {}
    stays: dict[str, list[str]] = {"calls": [], "with the whole recipe": []}

    def on_call(frame: FrameType, event: str, _: Any) -> None:
        caller, callee = frame.f_back, frame.f_code
        if event != "call" or caller is None or (caller.f_code, callee) in edges:
            return
        here, there = Path(caller.f_code.co_filename), Path(callee.co_filename)
        if f"/{ROOM}/" in there.as_posix() and here != there:
            edges[caller.f_code, callee] = None
            stays["calls"].append(there.stem)
            if any(isinstance(value, Recipe) for value in frame.f_locals.values()):
                stays["with the whole recipe"].append(there.stem)

    with tempfile.TemporaryDirectory() as folder:
        sys.setprofile(on_call)
        fit(RECIPE, Path(folder) / "run")
        sys.setprofile(None)
    counted = {name: (len({*each}), len(each) - len({*each})) for name, each in stays.items()}
    print(json.dumps({name: {"modules": m, "returns": r} for name, (m, r) in counted.items()}))


if __name__ == "__main__":
    main()
