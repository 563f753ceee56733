"""A counting model, and the command line on real files."""

import pytest

from commands import call_bytes
from models import write_counting_model
from opinia.model.classifier import load
from opinia.score import parts
from scoring import run


@pytest.fixture(scope="session")
def model_path(tmp_path_factory):
    """A model file that counts good against bad."""
    return write_counting_model(tmp_path_factory.mktemp("score") / "counting.onnx")


@pytest.fixture(scope="session")
def model():
    """The published network, as a worker has it."""
    return load("seed", threads=1)


@pytest.fixture
def small_parts(monkeypatch):
    """Parts as small as a test needs them."""
    monkeypatch.setattr(parts, "PART_ROWS", (100, 100))
    monkeypatch.setattr(parts, "PART_BYTES", (4000, 1 << 20))


@pytest.fixture(scope="session")
def classifier(model_path):
    return load(model_path)


@pytest.fixture
def score(model_path, tmp_path):
    """Run ``opinia score`` within the test's folder: with options of :func:`scoring.run`, or with standard
    streams for tables, in a process of its own."""

    def call(*arguments, **options):
        words = ("score", *arguments, "--model", model_path)
        if options or "-" in arguments:
            return run(*words, folder=tmp_path, **options)
        return call_bytes(*words, cwd=tmp_path)

    return call
