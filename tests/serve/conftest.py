"""A server with the shipped model and a counting one, for all tests that leave it as it is."""

import pytest

from models import write_counting_model
from opinia.serve.models import load_models
from servers import running


@pytest.fixture(scope="session")
def counting_path(tmp_path_factory):
    """A model file that counts good against bad."""
    return write_counting_model(tmp_path_factory.mktemp("serve") / "counting.onnx")


@pytest.fixture(scope="session")
def models(counting_path):
    """The shipped model, and a counting one."""
    shipped = load_models([])
    return load_models([f"seed={shipped.classifiers['seed'].model.path}", f"counting={counting_path}"])


@pytest.fixture(scope="session")
def server(models):
    """A client of a server with two models."""
    with running(models) as client:
        yield client
