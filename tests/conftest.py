"""What tests of several rooms share."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

# Some tests import ONNX Runtime themselves, and before opinia, which would see to this.
os.environ.setdefault("ORT_DISABLE_TELEMETRY", "1")

# The networks of the tests are tiny: a second thread would mostly spin, on the core of the tests beside.
os.environ.setdefault("OMP_NUM_THREADS", "1")

from opinia.language.locale import locale_language  # noqa: E402

if locale_language() != "en":  # what tests expect of commands without --lang
    os.environ["LC_ALL"] = "C.UTF-8"

import opinia.train  # noqa: E402, F401 - before any test imports PyTorch: it bounds the spinning of its threads

pytest_plugins = ("train_fixtures", "study_fixtures")

ROOT = Path(__file__).resolve().parents[1]


@pytest.fixture(scope="session", autouse=True)
def interrupts_are_heard():
    """Let the processes that tests start hear Ctrl-C, as a person's would.

    A shell starts background jobs deaf to it, and whatever those start inherits that.
    """
    signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture(scope="session")
def root() -> Path:
    """The root of the repository."""
    return ROOT


@pytest.fixture(scope="session")
def imdb_source() -> Path:
    """The folder with the IMDB reviews, in whichever form: a test that asks for it skips without."""
    named = os.environ.get("OPINIA_DATA", "")
    if not named or not Path(named).is_dir():
        pytest.skip("OPINIA_DATA does not name a folder with the IMDB reviews")
    return Path(named)


@pytest.fixture(scope="session")
def package_index() -> None:
    """Skip what installs packages where pip reaches no index; on CI it has to."""
    asked = [sys.executable, "-m", "pip", "index", "versions", "--retries", "0", "--timeout", "15", "click"]
    if subprocess.run(asked, capture_output=True, check=False).returncode != 0 and not os.environ.get("CI"):
        pytest.skip("pip reaches no package index")
