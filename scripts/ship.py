"""Put the best model of a run into the package, or into a folder: python scripts/ship.py RUN NAME [FOLDER].

What a card must say of a shipped model is measured here, on validation: accuracy and calibration of
the file itself, and how far a text's probability can move with the texts beside it.
"""

from __future__ import annotations

import dataclasses
import sys
from pathlib import Path

import numpy as np
import onnx

import opinia
from opinia.classifier import Classifier
from opinia.evaluation import evaluate
from opinia.modelfile import read_model, write_model
from opinia.train.runs import RunFolder
from opinia.train.task import load_texts, tokenise

MODELS = Path(opinia.__file__).parent / "models"
ALONE = 500
"""Reviews that are judged once more, each alone."""


def ship(run: RunFolder, name: str, folder: Path) -> Path:
    """Write the model file of a run as ``NAME.onnx`` into a folder."""
    recipe = dataclasses.replace(run.recipe(), name=name)
    task = tokenise(recipe, load_texts(recipe))
    model = read_model(run.best, threads=2)
    if model.description.tokenizer != task.tokenizer:
        raise SystemExit(f"{run.best} has another vocabulary than its recipe gives")
    classifier = Classifier(model)
    reviews = task.validation.reviews()
    together = classifier.probabilities(reviews)[:, -1]
    alone = np.array([classifier.probabilities([review])[0, -1] for review in reviews[:ALONE]])
    found = evaluate(task.validation.labels, together, task.validation.lengths)
    measured = {
        "accuracy": round(found.accuracy, 4),
        "nll": round(found.nll, 4),
        "ece": round(found.ece, 4),
        "batch_difference": float(f"{np.abs(alone - together[:ALONE]).max():.1e}"),
    }
    card = {
        **model.description.card,
        **task.card,
        "name": name,
        "recipe": recipe.to_dict(),
        "validation": measured,
    }
    folder.mkdir(exist_ok=True)
    target = folder / f"{name}.onnx"
    write_model(target, onnx.load(run.best), dataclasses.replace(model.description, card=card))
    print(f"{target.name}: {target.stat().st_size:,} bytes, {measured}")
    return target


if __name__ == "__main__":
    run, name, *folder = sys.argv[1:]
    ship(RunFolder(Path(run)), name, Path(folder[0]) if folder else MODELS)
