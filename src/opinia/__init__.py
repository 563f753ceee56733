"""Recurrent networks that judge opinions: train them, compare them, put them to work.

What people import stands in ``__all__``. All but the errors is fetched when it is first asked for (PEP 562),
so ``import opinia`` costs next to nothing: neither NumPy nor ONNX Runtime, and PyTorch for ``fit`` alone.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from opinia.errors import (
    DataError,
    DownloadError,
    InputError,
    JudgementError,
    MissingExtraError,
    ModelFileError,
    OpiniaError,
    RecipeError,
    TooLongError,
    TrainingError,
)
from opinia.system.fork_lock import fork_lock

if TYPE_CHECKING:
    from opinia.model.classifier import Classifier, Prediction, load
    from opinia.model.explain import Explanation, explain
    from opinia.model.keras_export import keras_weights, to_keras
    from opinia.runs.recipe import Recipe, read_recipe
    from opinia.score import ScoreOptions, score_table
    from opinia.train.own_texts.estimator import SentimentClassifier
    from opinia.train.pipeline import fit

__version__ = "0.1.0"

__all__ = [
    "Classifier",
    "DataError",
    "DownloadError",
    "Explanation",
    "InputError",
    "JudgementError",
    "MissingExtraError",
    "ModelFileError",
    "OpiniaError",
    "Prediction",
    "Recipe",
    "RecipeError",
    "ScoreOptions",
    "SentimentClassifier",
    "TooLongError",
    "TrainingError",
    "explain",
    "fit",
    "keras_weights",
    "load",
    "read_recipe",
    "score_table",
    "to_keras",
]

# No name here may be that of a room: importing the room would put the module in its place.
_PLACES = {
    "Classifier": "opinia.model.classifier",
    "Explanation": "opinia.model.explain",
    "Prediction": "opinia.model.classifier",
    "Recipe": "opinia.runs.recipe",
    "ScoreOptions": "opinia.score",
    "SentimentClassifier": "opinia.train.own_texts.estimator",
    "explain": "opinia.model.explain",
    "fit": "opinia.train.pipeline",
    "keras_weights": "opinia.model.keras_export",
    "load": "opinia.model.classifier",
    "read_recipe": "opinia.runs.recipe",
    "score_table": "opinia.score",
    "to_keras": "opinia.model.keras_export",
}


if not TYPE_CHECKING:  # to a type checker it would give every misspelt name

    def __getattr__(name: str) -> object:
        """Fetch a public name; of one whose packages are not installed, what says so when it is called."""
        if name not in _PLACES:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        with fork_lock:  # over the import of importlib, too: each leaves a lock behind in a child
            from importlib import import_module

            from opinia.system.imports import without_collection

            try:
                with without_collection():
                    value = getattr(import_module(_PLACES[name]), name)
            except ModuleNotFoundError as error:
                from opinia import extras

                return extras.unavailable(f"opinia.{name}", error)
        globals()[name] = value
        return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
