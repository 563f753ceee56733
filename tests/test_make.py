"""The two commands that a newcomer runs, in a copy of the project with a space in its path."""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

FILES = ("Makefile", "pyproject.toml", "constraints.txt", "README.md", "LICENSE", "runner.py")
FOLDERS = ("scripts", "recipes", "src", "js")
REVIEWS = "A warm, funny and beautifully acted film.\nDull, far too long, and badly written.\n"
ANSWER = r"(pozytywna|negatywna) \(\d{1,3},\d%\)"

pytestmark = pytest.mark.skipif(
    shutil.which("make") is None or os.name == "nt", reason="make and a POSIX system are needed"
)


@pytest.fixture
def copy(root: Path, tmp_path: Path) -> Path:
    """A fresh copy of what ``make run`` needs."""
    house = tmp_path / "a house"
    house.mkdir()
    for name in FILES:
        shutil.copy2(root / name, house / name)
    for name in FOLDERS:
        shutil.copytree(
            root / name, house / name, ignore=shutil.ignore_patterns("__pycache__", "node_modules")
        )
    return house


def environment() -> dict[str, str]:
    # The tests themselves run below `make test`, whose variables are not those of a newcomer.
    theirs = ("MAKE", "MFLAGS", "OPINIA", "PYTHON", "VIRTUAL_ENV")
    variables = {key: value for key, value in os.environ.items() if not key.startswith(theirs)}
    return {**variables, "PIP_COMPILE": "0"}  # compiling what nobody imports takes half of the time


def make(house: Path, text: str, python: str = sys.executable) -> subprocess.CompletedProcess[str]:
    command = ["make", "run", f"PYTHON={python}"]
    return subprocess.run(
        command, cwd=house, env=environment(), input=text, capture_output=True, text=True, check=False
    )


def odd_python(folder: Path, module: str, code: str) -> str:
    """Return a real Python that runs with one module of the standard library replaced."""
    shadow = folder / "shadow"
    shadow.mkdir()
    (shadow / f"{module}.py").write_text(code)
    script = folder / "python3"
    script.write_text(f"#!/bin/sh\nPYTHONPATH='{shadow}' exec '{sys.executable}' \"$@\"\n")
    script.chmod(0o755)
    return str(script)


def said(done: subprocess.CompletedProcess[str]) -> list[str]:
    return [line for line in done.stderr.splitlines() if not line.startswith("make")]


def test_old_python_is_named(copy: Path, tmp_path: Path) -> None:
    old = odd_python(tmp_path, "sitecustomize", "import sys\nsys.version_info = (3, 9, 18, 'final', 0)\n")
    done = make(copy, REVIEWS, old)
    assert done.returncode != 0
    (line,) = said(done)
    assert "3.11" in line
    assert "3.9.18" in line
    assert not (copy / ".venv").exists()


def test_missing_python_is_named(copy: Path) -> None:
    done = make(copy, REVIEWS, "python3-of-nowhere")
    assert done.returncode != 0
    (line,) = said(done)
    assert "python3-of-nowhere" in line


def test_python_without_ensurepip_gets_one_line(copy: Path, tmp_path: Path) -> None:
    done = make(copy, REVIEWS, odd_python(tmp_path, "ensurepip", "raise ImportError('as on Debian')\n"))
    assert done.returncode != 0
    (line,) = said(done)
    assert "apt install python3-venv" in line
    assert not (copy / ".venv").exists()


@pytest.mark.slow
@pytest.mark.usefixtures("package_index")
def test_make_run(copy: Path) -> None:
    first = subprocess.Popen(
        ["make", "run", f"PYTHON={sys.executable}"],
        cwd=copy,
        env=environment(),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    until = time.monotonic() + 60
    while not (copy / ".venv/bin/python").exists() and time.monotonic() < until:
        time.sleep(0.01)
    os.killpg(first.pid, signal.SIGKILL)
    first.wait()
    assert (copy / ".venv/.unfinished").exists()

    recovered = make(copy, REVIEWS)
    assert recovered.returncode == 0, recovered.stderr
    assert re.fullmatch(f"{ANSWER}\n{ANSWER}\n", recovered.stdout)
    assert not list(copy.glob(".venv/lib/*/site-packages/torch"))

    again = make(copy, REVIEWS)
    assert (again.returncode, again.stdout) == (0, recovered.stdout)
    assert "setting up" not in again.stderr

    examples = make(copy, "")
    assert examples.returncode == 0
    assert len(re.findall(ANSWER, examples.stdout)) == 3
    closed = subprocess.run(
        ["sh", "-c", "make run <&-"], cwd=copy, env=environment(), capture_output=True, text=True, check=False
    )
    assert (closed.returncode, closed.stdout) == (0, examples.stdout)

    moved = copy.rename(copy.with_name("moved"))
    after = make(moved, REVIEWS)
    assert (after.returncode, after.stdout) == (0, recovered.stdout)
