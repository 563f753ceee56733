"""Recurrent networks that judge opinions: train them, compare them, put them to work."""

from opinia.errors import (
    DataError,
    DownloadError,
    InputError,
    MissingExtraError,
    ModelFileError,
    OpiniaError,
    RecipeError,
    TrainingError,
)
from opinia.model.classifier import Classifier, Prediction, load

__version__ = "0.1.0"

__all__ = [
    "Classifier",
    "DataError",
    "DownloadError",
    "InputError",
    "MissingExtraError",
    "ModelFileError",
    "OpiniaError",
    "Prediction",
    "RecipeError",
    "TrainingError",
    "load",
]
