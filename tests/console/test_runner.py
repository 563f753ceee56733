"""runner.py under a Python that cannot judge: it hands over, or says what to do."""

import ast
import os
import shlex
import shutil
import subprocess
import sys

import pytest

from terminals import ROOT, RUNNER, environment

pytestmark = pytest.mark.skipif(os.name == "nt", reason="the stand-in for an environment is a shell script")

# Without `site` a Python finds none of the installed packages, as a system's own Python does.
BARE = [sys.executable, "-S"]


@pytest.fixture
def checkout(tmp_path):
    """A folder with runner.py, and a way to give it an environment of a kind."""

    class Checkout:
        runner = tmp_path / "our project" / "runner.py"

        def environment(self, *command):
            python = self.runner.parent / ".venv" / "bin" / "python"
            python.parent.mkdir(parents=True)
            python.write_text(f'#!/bin/sh\necho handed over >&2\nexec {shlex.join(command)} "$@"\n')
            python.chmod(0o755)
            return python

        def run(self, *options, python=BARE, **changes):
            command = [*python, str(self.runner), *options]
            return subprocess.run(
                command,
                input=b"good\n",
                capture_output=True,
                env=environment(**changes),
                timeout=60,
                check=False,
            )

    Checkout.runner.parent.mkdir()
    shutil.copy(RUNNER, Checkout.runner)
    return Checkout()


def test_it_hands_over_with_its_arguments(checkout, model):
    checkout.environment(sys.executable)
    result = checkout.run("--path", str(model), "--lang", "en")
    assert result.stdout == b"positive (95.0%)\n"
    assert result.stderr == b"handed over\n"
    assert result.returncode == 0


def test_the_status_comes_back(checkout, tmp_path):
    checkout.environment(sys.executable)
    assert checkout.run("--path", str(tmp_path / "none.onnx")).returncode == 1
    assert checkout.run("--no-such-option").returncode == 2


def test_half_an_installation_hands_over(checkout, model):
    checkout.environment(sys.executable)
    result = checkout.run("--path", str(model), PYTHONPATH=str(ROOT / "src"))
    assert result.stdout == b"pozytywna (95,0%)\n"
    assert result.stderr == b"handed over\n"


def test_a_python_that_can_judge_stays(checkout, model):
    checkout.environment(sys.executable)
    result = checkout.run("--path", str(model), python=[sys.executable])
    assert result.stdout == b"pozytywna (95,0%)\n"
    assert result.stderr == b""


def test_without_an_environment_it_names_make_run(checkout):
    result = checkout.run()
    assert result.returncode == 1
    assert result.stderr.count(b"\n") == 1
    assert result.stderr.endswith(f"make run (in {checkout.runner.parent})\n".encode())
    there = [*BARE, "runner.py"]
    result = subprocess.run(there, cwd=checkout.runner.parent, capture_output=True, input=b"", check=False)
    assert result.stderr.endswith(b"set it up with: make run\n")


def test_half_an_installation_without_an_environment_names_what_it_lacks(checkout):
    result = checkout.run(PYTHONPATH=str(ROOT / "src"))
    assert result.returncode == 1
    assert b"it lacks click, numpy, onnxruntime" in result.stderr
    assert b"make run" in result.stderr


def test_an_environment_that_cannot_judge_either_does_not_go_round_in_circles(checkout):
    checkout.environment(*BARE)
    result = checkout.run()
    assert result.returncode == 1
    assert result.stderr.count(b"handed over") == 1
    assert b"make run" in result.stderr


def test_an_environment_whose_python_is_gone_or_broken(checkout):
    python = checkout.environment(sys.executable)
    python.unlink()
    python.symlink_to(python.parent / "nowhere")
    assert b"make run" in checkout.run().stderr
    python.unlink()
    python.write_bytes(b"\x7fELF of another machine")
    python.chmod(0o755)
    result = checkout.run()
    assert result.returncode == 1
    assert b"make run" in result.stderr


def test_a_link_to_it_finds_the_environment(checkout, model, tmp_path):
    checkout.environment(sys.executable)
    link = tmp_path / "opinia-runner"
    link.symlink_to(checkout.runner)
    command = [*BARE, str(link), "--path", str(model)]
    result = subprocess.run(command, input=b"bad\n", capture_output=True, env=environment(), check=False)
    assert result.stdout == b"negatywna (92,0%)\n"


def test_an_old_python_can_read_it():
    ast.parse(RUNNER.read_text(encoding="utf-8"), feature_version=(3, 6))
