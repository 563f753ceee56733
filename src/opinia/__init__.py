"""Recurrent networks that judge opinions: train them, compare them, put them to work."""

from opinia.classifier import Classifier, Prediction, load
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
