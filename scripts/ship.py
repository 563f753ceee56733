"""Put a run's model into the package, or into a folder: python scripts/ship.py RUN NAME [FOLDER] [--last].

It is that of the best epoch, or with ``--last`` of the last one, whichever was tested. In the place of RUN
the model file of a training that was done elsewhere can stand, as `opinia remote join` writes it.

What a card must say of a shipped model is measured here, on validation: accuracy and calibration of
the file itself, and how far a text's probability can move with the texts beside it. Where a final training
has learnt from validation, accuracy and calibration are those of the run that it repeats.
"""

from __future__ import annotations

import dataclasses
import sys
from pathlib import Path

import numpy as np
import onnx

import opinia
from opinia.evaluate.metrics import evaluate
from opinia.model.classifier import Classifier
from opinia.model.file import read_model, write_model
from opinia.runs.folder import RunFolder
from opinia.runs.recipe import recipe_from_dict
from opinia.runs.settings import GROWING
from opinia.train.pipeline import chosen_run
from opinia.train.texts import known_of, load_texts, needs_unlabelled, tokenise

MODELS = Path(opinia.__file__).parent / "models"
ALONE = 500
"""Reviews that are judged once more, each alone."""


def ship(place: Path, name: str, folder: Path, *, last: bool = False) -> Path:
    """Write the model file of a run, or one that is ready, as ``NAME.onnx`` into a folder."""
    run = RunFolder(place)
    source = place if place.is_file() else run.last if last else run.best
    model = read_model(source)
    recipe = recipe_from_dict(model.description.card["recipe"]) if place.is_file() else run.recipe()
    recipe = dataclasses.replace(recipe, name=name)
    trained = None if place.is_file() else run
    known = known_of(recipe, trained) if recipe.data.source in GROWING else None
    task = tokenise(recipe.text, load_texts(recipe.data, unlabelled=needs_unlabelled(recipe)), known=known)
    if model.description.tokenizer != task.tokenizer:
        raise SystemExit(f"{source} has another vocabulary than its recipe gives")
    classifier = Classifier(model)
    reviews = task.validation.reviews()
    together = classifier.probabilities(reviews)
    alone = np.array([classifier.probabilities([review])[0] for review in reviews[:ALONE]])
    held_out = together
    if recipe.data.final:
        held_out = Classifier(read_model(chosen_run(recipe).last)).probabilities(reviews)
    found = evaluate(task.validation.labels, held_out, task.validation.lengths, model.description.labels)
    measured = {
        "accuracy": round(found.accuracy, 4),
        "nll": round(found.nll, 4),
        "ece": round(found.ece, 4),
        **({"of": "the run that was chosen, without validation"} if recipe.data.final else {}),
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
    write_model(target, onnx.load(source), dataclasses.replace(model.description, card=card))
    print(f"{target.name}: {target.stat().st_size:,} bytes, {measured}")
    return target


if __name__ == "__main__":
    run, name, *folder = [argument for argument in sys.argv[1:] if argument != "--last"]
    ship(Path(run), name, Path(folder[0]) if folder else MODELS, last="--last" in sys.argv)
