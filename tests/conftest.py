"""What tests of several rooms share."""

from __future__ import annotations

import compileall
import gc
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import settings

# What is imported stays: looking through it for rubbish, again and again while it grows, takes seconds.
gc.disable()

# No test is timed: on a busy machine any example may take a second.
settings.register_profile("opinia", deadline=None)
settings.load_profile("opinia")

# Where PYTHONDONTWRITEBYTECODE is set, each of hundreds of processes would compile the package anew, and each
# worker every test. What is written is ignored by git, and `make clean` removes it.
sys.dont_write_bytecode = False
compileall.compile_dir(Path(__file__).parents[1] / "src", quiet=2)

# Some tests import ONNX Runtime themselves, and before opinia, which would see to this.
os.environ.setdefault("ORT_DISABLE_TELEMETRY", "1")

# Ray has its workers wait for everything else, here for the tests beside.
os.environ.setdefault("RAY_worker_niceness", "0")

# The networks of the tests are tiny: a second thread would mostly spin, on the core of the tests beside.
os.environ.setdefault("OMP_NUM_THREADS", "1")

from opinia.language.locale import locale_language  # noqa: E402

if locale_language() != "en":  # what tests expect of commands without --lang
    os.environ["LC_ALL"] = "C.UTF-8"

import opinia.train  # noqa: E402, F401 - before any test imports PyTorch: it bounds the spinning of its threads
import prepared  # noqa: E402 - it keeps the variables that are set now, and no test has set any

FIRST = (
    "score/test_score_ray",
    "test_quiet",
    "train/test_distributed",
    "data/test_official",
    "study/test_study_on_ray",
    "train/test_estimator",
    "test_package",
    "test_make",
    "score/test_score_unfolding",
    "score/test_score_spark",
    "train/test_stages",
    "cli/test_own_data",
    "serve/page/test_page_looks",
    "serve/page/test_page_file",
    "train/test_openmp",
    "serve/page/test_page_review",
    "study/test_grid",
    "cli/test_kinds_of_tables",
    "serve/page/test_page_server",
    "test_shell",
    "score/test_score_side_files",
    "remote/test_trip",
    "report/test_report",
    "train/test_repeatable",
    "serve/page/test_page_training",
    "model/test_fork",
    "serve/test_fuzz_http",
    "train/test_extension",
    "model/test_long_texts",
    "cli/test_commands",
    "console/test_terminal",
    "train/test_estimator_checks",
    "test_notebook",
    "test_fuzz_kills",
)
"""The files that take longest begin, so that at the end no worker waits for one of them."""

ROOT = Path(__file__).resolve().parents[1]


def pytest_configure(config: pytest.Config) -> None:
    """Make the fixtures known that need PyTorch, but where tests are only handed out to workers."""
    if hasattr(config, "workerinput") or not config.getoption("numprocesses", None):
        for name in ("train_fixtures", "study_fixtures"):
            config.pluginmanager.import_plugin(name)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put the longest files first."""
    places = {ROOT / "tests" / f"{name}.py": place for place, name in enumerate(FIRST)}
    assert all(path.is_file() for path in places)
    items.sort(key=lambda item: places.get(item.path, len(FIRST)))


def pytest_collection_finish() -> None:
    """Look for rubbish from here on alone: modules and tests are none, and the rest takes little room."""
    gc.freeze()
    gc.enable()


@pytest.fixture(scope="session", autouse=True)
def interrupts_are_heard():
    """Let the processes that tests start hear Ctrl-C, as a person's would.

    A shell starts background jobs deaf to it, and whatever those start inherits that.
    """
    signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture(scope="session", autouse=True)
def prepared_processes_serve_to_the_end():
    """See that no library set a variable for whose sake all later processes were fresh ones, and slow."""
    yield
    before, after = map(prepared.read_at_the_beginning, (prepared.AT_THE_BEGINNING, os.environ))
    assert after == before, (
        f"a library has set {after.items() ^ before.items()}: see prepared.SET_BY_LIBRARIES"
    )


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
