"""PyTorch's threads spin a bounded time wherever PyTorch comes in, unless a person wants it otherwise."""

from __future__ import annotations

import ast
import json
import os
import re
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest

from opinia.train.torch_setup import CHOICES, SPINNING

ROOT = Path(__file__).resolve().parents[2]
OURS = SPINNING["GOMP_SPINCOUNT"]
TINY = """
name = "tiny"
[text]
max_tokens = 200
[network]
embedding = 8
units = 8
dense = 8
[training]
epochs = 1
threads = 1
[data]
source = "sample"
validation = 1700
"""


def gnu_runtime() -> Path | None:
    spec = find_spec("torch")
    found = [] if spec is None else sorted((Path(spec.origin).parent / "lib").glob("libgomp*"))
    return found[0] if found else None


RUNTIME = f"import ctypes, opinia.train; ctypes.CDLL({str(gnu_runtime())!r})"
"""The runtime alone is loaded, as PyTorch loads it."""

FIRST_IMPORT = f"""
import ctypes, importlib.machinery, os, sys

class Runtime:
    def find_spec(self, name, path=None, target=None):
        return importlib.machinery.ModuleSpec(name, self) if name == "torch" else None

    def create_module(self, spec):
        ctypes.CDLL({str(gnu_runtime())!r})
        os._exit(0)

    def exec_module(self, module):
        pass

sys.meta_path.insert(0, Runtime())
"""
"""Where PyTorch would be imported first, its runtime alone is loaded; it says what it read, and all ends."""

pytestmark = pytest.mark.skipif(gnu_runtime() is None, reason="this PyTorch has no GNU OpenMP to ask")


def spins(*command: object, cwd: Path = ROOT, more: dict[str, str] | None = None) -> list[str]:
    """Run a command, and return how long each OpenMP runtime that it loaded says that it spins."""
    clean = {name: value for name, value in os.environ.items() if name not in CHOICES}
    environment = {**clean, "OMP_DISPLAY_ENV": "VERBOSE", **(more or {})}
    done = subprocess.run(
        [sys.executable, *map(str, command)], cwd=cwd, env=environment, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    return re.findall(r"GOMP_SPINCOUNT = '(\d+)'", done.stderr)


def test_pytorch_is_imported_below_train_and_remote_alone() -> None:
    """Whatever imports it there has run ``opinia/train/__init__.py`` before."""
    for path in (ROOT / "src/opinia").rglob("*.py"):
        names = set()
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Import):
                names |= {alias.name.partition(".")[0] for alias in node.names}
            elif isinstance(node, ast.ImportFrom):
                names.add((node.module or "").partition(".")[0])
        if "torch" in names:
            places = [ROOT / "src/opinia" / place for place in ("train", "remote", "runs/checkpoint.py")]
            assert any(path.is_relative_to(place) for place in places), path


def test_our_package_alone_loads_no_pytorch_and_changes_nothing() -> None:
    code = "import os, opinia, opinia.cli.main; print([n for n in os.environ if 'SPIN' in n or 'KMP' in n])"
    # Whatever has loaded PyTorch in this process may have left its own.
    clean = {n: value for n, value in os.environ.items() if n not in CHOICES and not n.startswith("KMP")}
    done = subprocess.run([sys.executable, "-c", code], env=clean, capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"


def test_pytorch_by_itself_spins_longer() -> None:
    """Otherwise the tests here would see nothing."""
    assert spins("-c", "import torch") not in ([OURS], [])


@pytest.mark.parametrize("module", ["train.network", "remote.stages", "study.grid"])
def test_in_python(module: str) -> None:
    """Whatever lies in ``train/`` is imported after its ``__init__``, so one module of it stands for all."""
    assert spins("-c", f"{FIRST_IMPORT}import opinia.{module}, torch") == [OURS]


def test_in_the_workers_of_a_study(tmp_path: Path) -> None:
    study = 'name = "s"\nseeds = [1]\n[runs.one.training]\nbatch_size = 128\n'
    shared = TINY.replace('name = "tiny"', "").replace("[", "[recipe.")
    (tmp_path / "study.toml").write_text(study + shared, encoding="utf-8")
    asked = f"{FIRST_IMPORT}import runpy\nsys.argv = ['opinia', 'study', 'study.toml']\n"
    assert spins("-c", f"{asked}runpy.run_module('opinia', run_name='__main__')", cwd=tmp_path) == [OURS]
    train = "from pathlib import Path; from opinia.study.grid import run_study\n"
    train += "from opinia.study.recipe import read_study\n"
    found = spins("-c", f"{train}run_study(read_study(Path('study.toml')), Path('runs'))", cwd=tmp_path)
    assert set(found) == {OURS}
    assert len(found) >= 2  # the study and a process a training


def test_in_a_training_from_the_command_line_and_its_pretraining(tmp_path: Path) -> None:
    more = TINY + "[pretraining]\nepochs = 1\n"
    more = more.replace("dense = 8", "dense = 8\nseparate_embeddings = true")
    (tmp_path / "tiny.toml").write_text(more, encoding="utf-8")
    found = spins("-m", "opinia", "train", "tiny.toml", "-o", "run", cwd=tmp_path)
    assert set(found) == {OURS}
    assert len(found) >= 3  # the run and a process a direction


def test_in_the_notebook() -> None:
    notebook = ROOT / "docs/notebooks/first_training.ipynb"
    cells = json.loads(notebook.read_text(encoding="utf-8"))["cells"]
    first = next("".join(cell["source"]) for cell in cells if cell["cell_type"] == "code")
    assert spins("-c", FIRST_IMPORT + first, more={"MPLBACKEND": "agg"}) == [OURS]


def test_in_the_tests() -> None:
    asked = ["--collect-only", "-q", "-s", "-p", "no:cacheprovider", "tests/train/test_network.py"]
    assert spins("-c", f"{FIRST_IMPORT}import pytest\nsys.exit(pytest.main({asked}))") == [OURS]


@pytest.mark.parametrize("name", ["allocator", "spinning"])
def test_in_the_benchmarks_that_train(name: str) -> None:
    assert spins("-c", f"{FIRST_IMPORT}import {name}, torch", cwd=ROOT / "benchmarks") == [OURS]


@pytest.mark.parametrize(
    ("name", "value", "expected"),
    [
        ("GOMP_SPINCOUNT", "77", "77"),
        ("OMP_WAIT_POLICY", "PASSIVE", "0"),
        ("OMP_WAIT_POLICY", "ACTIVE", "30000000000"),
    ],
)
def test_what_a_person_sets_stays(name: str, value: str, expected: str) -> None:
    assert spins("-c", RUNTIME, more={name: value}) == [expected]


def test_what_a_person_does_not_set_is_ours() -> None:
    assert spins("-c", RUNTIME) == [OURS]
