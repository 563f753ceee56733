"""A console on a real terminal or in a real pipe, judging with a model that counts words."""

import sys

import pytest

import prepared
from models import write_counting_model
from terminals import RUNNER, TIMEOUT, Terminal, environment


@pytest.fixture(scope="session")
def model(tmp_path_factory):
    """A model file that counts good against bad."""
    return write_counting_model(tmp_path_factory.mktemp("model") / "counting.onnx")


@pytest.fixture
def terminal(model):
    """Start runner.py on a pseudo-terminal: ``terminal("--lang", "en", TERM="dumb")``."""
    open_ones = []

    def start(*options, path=model, command=None, **changes):
        command = command or [sys.executable, str(RUNNER), "--path", str(path), *options]
        open_ones.append(Terminal(*command, **changes))
        return open_ones[-1]

    yield start
    for one in open_ones:
        one.close()


@pytest.fixture
def pipe(model):
    """Run runner.py with bytes on its standard input and return the finished process."""

    def run(data, *options, path=model, **changes):
        command = [sys.executable, str(RUNNER), "--path", str(path), *options]
        variables = environment(**changes)
        kind = prepared.popen_in(variables)
        return prepared.run(
            command, kind=kind, input=data, capture_output=True, env=variables, timeout=TIMEOUT, check=False
        )

    return run
