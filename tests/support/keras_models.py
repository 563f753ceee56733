"""Models that real Keras has saved, with its own answers: from ``benchmarks/golden/keras_models.py``."""

from __future__ import annotations

import functools
import io
import json
import lzma
import tarfile
from pathlib import Path

import numpy as np

from opinia.keras.texts import Told
from opinia.model.classifier import Classifier
from opinia.model.file import from_keras
from opinia.model.source import ModelBytes

GOLDEN = Path(__file__).resolve().parents[1] / "golden/keras_models.tar.xz"


@functools.cache
def files():
    """Return all files of the archive by name."""
    with tarfile.open(fileobj=io.BytesIO(lzma.decompress(GOLDEN.read_bytes()))) as archive:
        return {entry.name: archive.extractfile(entry).read() for entry in archive}


@functools.cache
def _facts(name):
    return json.loads(files()[f"{name}.json"])


def texts(name):
    """Return the texts that a model was asked about."""
    return _facts(name)["texts"]


def outputs(name):
    """Return what Keras answered."""
    return np.load(io.BytesIO(files()[f"{name}.npy"]))


def names():
    """Return the names of the models."""
    return sorted(name.removesuffix(".keras") for name in files() if name.endswith(".keras"))


def content(name):
    """Return the file of a model."""
    return files()[f"{name}.keras"]


def told(name):
    """Return what a file leaves open, by the names of ``Told``."""
    return _facts(name)["told"]


def classifier(name):
    """Return a model at work."""
    return Classifier(
        from_keras(ModelBytes(content(name), f"{name}.keras", None), Told(**told(name))), threads=1
    )


def expected(name, *, is_logits):
    """Return the probabilities that Keras's outputs mean, ``(texts, classes)``."""
    found = outputs(name).astype(np.float64)
    if found.shape[1] == 1:
        positive = 1 / (1 + np.exp(-found)) if is_logits else found
        return np.concatenate([1 - positive, positive], axis=1)
    if is_logits:
        found = np.exp(found - found.max(axis=1, keepdims=True))
        found /= found.sum(axis=1, keepdims=True)
    return found
