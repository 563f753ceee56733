"""A counting model, and the command line on real files."""

import pytest

from commands import call_bytes
from models import write_counting_model
from opinia.model.classifier import load
from scoring import run


@pytest.fixture(scope="session")
def model_path(tmp_path_factory):
    """A model file that counts good against bad."""
    return write_counting_model(tmp_path_factory.mktemp("score") / "counting.onnx")


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
