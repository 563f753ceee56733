"""The package as a whole: what it imports, what it exports, what its wheel holds."""

from __future__ import annotations

import ast
import functools
import os
import re
import shutil
import subprocess
import sys
import tarfile
import tomllib
import venv
import zipfile
from collections.abc import Iterator
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

import opinia
import prepared
from blocked import without

SOURCE = Path(__file__).resolve().parents[1] / "src"
HEAVY = (
    "torch",
    "fastapi",
    "pyarrow",
    "matplotlib",
    "ray",
    "pyspark",
    "onnx",
    "pandas",
    "pooch",
    "jinja2",
    "sklearn",
)

# The rooms of the house, from the ground up: a room imports from itself and from those named before it.
ROOMS = (
    "shell",
    "errors",
    "extras",
    "palette",
    "system",
    "language",
    "text",
    "graph",
    "keras",
    "tables",
    "data",
    "runs",
    "model",
    "evaluate",
    "train",
    "study",
    "report",
    "remote",
    "console",
    "score",
    "serve",
    "__init__",
    "cli",
    "__main__",
)
TRAINING = {
    f"opinia.{name}"
    for name in (
        "graph.build",
        "graph.builder",
        "graph.cascade",
        "graph.ngrams",
        "graph.quantise",
        "graph.weights",
        "study.grid",
        "study.ray",
        "study.workers",
        "cli.helpers.study_view",
    )
}
"""Outside of ``train`` and ``remote``, what needs the packages of training."""
MODULES = {
    ".".join(path.relative_to(SOURCE).with_suffix("").parts): path for path in SOURCE.glob("opinia/**/*.py")
}


def room_of(module: str) -> str:
    return (module.split(".") + ["__init__"])[1]


def module_of(name: str) -> str | None:
    """Return the key in MODULES of an imported name, or None if it is not ours."""
    while name:
        for key in (name, f"{name}.__init__"):
            if key in MODULES:
                return key
        name = name.rpartition(".")[0]
    return None


def statements(tree: ast.AST, *, run_at_import: bool) -> Iterator[ast.AST]:
    """Walk a module; without bodies of functions and TYPE_CHECKING where only import time counts."""
    for node in ast.iter_child_nodes(tree):
        lazy = isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda)
        for_types = isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test)
        if run_at_import and (lazy or for_types):
            continue
        yield node
        yield from statements(node, run_at_import=run_at_import)


@functools.cache
def imported_names(module: str, *, run_at_import: bool) -> frozenset[str]:
    """Return the dotted names that a module imports, ``from a import b`` as ``a.b``."""
    tree = ast.parse(MODULES[module].read_text("utf-8"))
    names: set[str] = set()
    for node in statements(tree, run_at_import=run_at_import):
        if isinstance(node, ast.Import):
            names.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{module} has a relative import"
            names.update(f"{node.module}.{alias.name}" for alias in node.names)
    # Any room may state the version; it needs nothing else of the package for that.
    attributes = [node for node in ast.walk(tree) if isinstance(node, ast.Attribute)]
    used = {n.attr for n in attributes if isinstance(n.value, ast.Name) and n.value.id == "opinia"}
    return frozenset(names - {"opinia.__version__"} - ({"opinia"} if used == {"__version__"} else set()))


def ours(names: frozenset[str]) -> set[str]:
    return {found for name in names if name.split(".")[0] == "opinia" and (found := module_of(name))}


def test_import_opinia_costs_next_to_nothing() -> None:
    code = "import sys; before = set(sys.modules); import opinia; print(*sorted(set(sys.modules) - before))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    theirs = {name.split(".")[0] for name in done.stdout.split()} - {"opinia"} - sys.stdlib_module_names
    assert theirs == set()
    forks = {"opinia.system", "opinia.system.fork_lock"}
    assert {name for name in done.stdout.split() if name.startswith("opinia")} == {
        "opinia",
        "opinia.errors",
        *forks,
    }


@pytest.mark.parametrize("module", ["opinia.runs.folder", "opinia.cli.main", "opinia.cli.runs"])
def test_reading_runs_needs_no_model(module: str) -> None:
    code = f"import sys, {module}; print(*[n for n in ('onnxruntime', *{HEAVY}) if n in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == ""


@pytest.mark.parametrize(
    "module", ["opinia", "opinia.model.classifier", "opinia.console.session", "opinia.cli.main"]
)
def test_import_is_light(module: str) -> None:
    code = f"import sys, {module}; print(*[name for name in {HEAVY} if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == ""


def test_public_names_are_sorted_and_there() -> None:
    assert list(opinia.__all__) == sorted(opinia.__all__)
    for name in opinia.__all__:
        assert getattr(opinia, name) is not None
    public = {name for name, value in vars(opinia).items() if not name.startswith("_") and callable(value)}
    assert public == set(opinia.__all__)
    assert set(opinia.__all__) <= set(dir(opinia))
    with pytest.raises(AttributeError, match="module 'opinia' has no attribute 'lead'"):
        opinia.lead  # noqa: B018


IMPORT_ALL = """
from opinia import *
try: fit(1, "")
except MissingExtraError as error: print(error)
except TypeError: print("there")
"""


def test_no_public_name_is_that_of_a_room() -> None:
    """Importing the room would put the module in the place of what people import.

    And all can be imported at once, after it as before.
    """
    rooms = {room_of(module) for module in MODULES}
    assert rooms & set(opinia.__all__) == set()
    code = "import opinia.model.explain, opinia.score, opinia.train.pipeline\n"
    code += "from opinia import explain, fit, load\n"
    code += "print(*(each.__module__ + ':' + each.__qualname__ for each in (explain, fit, load)))\n"
    code += IMPORT_ALL
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    *places, at_once = done.stdout.split()
    assert at_once == "there"
    assert places == [
        "opinia.model.explain:explain",
        "opinia.train.pipeline:fit",
        "opinia.model.classifier:load",
    ]


def test_type_checkers_see_every_public_name_where_it_is_fetched_from() -> None:
    tree = ast.parse((SOURCE / "opinia/__init__.py").read_text("utf-8"))
    seen = {
        alias.name: node.module
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom) and node.module != "opinia.errors"
        for alias in node.names
    }
    fetched = opinia._PLACES
    assert {name: seen[name] for name in fetched} == fetched
    assert set(seen) - set(fetched) == {
        "TYPE_CHECKING",
        "annotations",
        "extras",
        "fork_lock",
        "import_module",
        "without_collection",
    }


def test_everything_can_be_imported_at_once_without_pytorch() -> None:
    """What needs it says so when it is called."""
    code = without("torch") + IMPORT_ALL
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    said, hint = done.stdout.splitlines()
    assert said == "opinia.fit needs torch, which is not installed"
    assert "install" in hint
    assert "[train]" in hint


def test_version_is_one(root: Path) -> None:
    newest = re.search(r"^## \[(\d[^\]]*)\]", (root / "CHANGELOG.md").read_text("utf-8"), re.MULTILINE)
    cited = re.search(r"^version: (\S+)$", (root / "CITATION.cff").read_text("utf-8"), re.MULTILINE)
    assert newest is not None
    assert cited is not None
    assert newest[1] == cited[1] == opinia.__version__


def test_constraints_pin_what_the_project_asks_for(root: Path) -> None:
    project = tomllib.loads((root / "pyproject.toml").read_text("utf-8"))
    asked = [
        *project["project"]["dependencies"],
        *(line for extra in project["project"]["optional-dependencies"].values() for line in extra),
        *(line for group in project["dependency-groups"].values() for line in group),
    ]
    lines = (root / "constraints.txt").read_text("utf-8").splitlines()
    pins = [line for line in lines if line and not line.startswith("#")]
    assert all(re.fullmatch(r"[a-z0-9-]+==[\w.]+( ; .+)?", pin) for pin in pins)
    assert {re.match(r"[\w-]+", line)[0] for line in asked} <= {pin.partition("==")[0] for pin in pins}


def test_imports_run_downward() -> None:
    assert {room_of(module) for module in MODULES} == set(ROOMS), "a new room gets its place in ROOMS"
    upward = []
    for module in MODULES:
        here = ROOMS.index(room_of(module))
        for target in ours(imported_names(module, run_at_import=False)):
            if target != module and ROOMS.index(room_of(target)) > here:
                upward.append(f"{module} imports {target}")
    assert upward == []


def test_imports_run_in_no_circle() -> None:
    graph = {module: ours(imported_names(module, run_at_import=True)) - {module} for module in MODULES}
    TopologicalSorter(graph).prepare()


def test_only_the_training_half_imports_torch() -> None:
    """Followed through all that a module imports, and all that this imports."""
    direct = {module: imported_names(module, run_at_import=True) for module in MODULES}

    def reached(module: str, seen: set[str]) -> set[str]:
        for target in ours(direct[module]) - seen:
            seen.add(target)
            reached(target, seen)
        return seen

    halves = {m for m in MODULES if room_of(m) in ("train", "remote") or m in TRAINING}
    for module in set(MODULES) - halves:
        heavy = {
            m for m in reached(module, {module}) if {n.split(".")[0] for n in direct[m]} & {"torch", "onnx"}
        }
        assert heavy == set(), f"{module} imports torch or onnx through {sorted(heavy)}"


COMMANDS_WITHOUT_TORCH = {
    "summary": ["summary"],
    "runs list": ["runs", "list", "docs/results"],
    "runs show": ["runs", "show", "docs/results/study/runs/batch64-epochs10/seed-1"],
    "runs compare": ["runs", "compare", "docs/results"],
    "study": ["study", "--report-only", "-o", "{}/runs", "--report", "{}/report"],
    "evaluate": ["evaluate", "seed", "sample:test", "--plots", "{}/plots"],
    "info": ["info", "base"],
}


@pytest.mark.parametrize("name", COMMANDS_WITHOUT_TORCH)
def test_a_command_that_trains_nothing_needs_no_training_package(
    name: str, root: Path, tmp_path: Path
) -> None:
    for each in ("batch64-epochs10/seed-1", "batch64-epochs20/seed-1"):
        shutil.copytree(root / "docs/results/study/runs" / each, tmp_path / "runs" / each)
    arguments = [each.format(tmp_path) for each in COMMANDS_WITHOUT_TORCH[name]]
    blocked = ("torch", "onnx", "sklearn", "scipy")
    code = f"import sys; assert not set({blocked}) & set(sys.modules)\n"  # nor has what comes with them been
    code += without(*blocked) + "from opinia.cli.main import main\nmain()"
    done = prepared.run([sys.executable, "-c", code, *arguments], cwd=root, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


@pytest.fixture(scope="session")
def wheel(root: Path, tmp_path_factory: pytest.TempPathFactory, package_index: None) -> Path:
    """The wheel, built as pip builds it."""
    folder = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--wheel-dir", folder, root]
    subprocess.run(command, check=True, stdin=subprocess.DEVNULL)
    (built,) = folder.glob("*.whl")
    return built


def test_wheel_holds_package_models_and_recipes(wheel: Path, root: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        sizes = {entry.filename: entry.file_size for entry in archive.infolist()}
    names = set(sizes)
    assert {name.split("/")[0] for name in names} == {"opinia", f"opinia-{opinia.__version__}.dist-info"}
    assert "opinia/py.typed" in names
    assert any(name.endswith("/licenses/LICENSE") for name in names)
    assert {f"opinia/recipes/{path.name}" for path in (root / "recipes").glob("*.toml")} <= names
    assert {f"opinia/javascript/{path.name}" for path in (root / "js/src").iterdir()} <= names
    page = [path for path in (SOURCE / "opinia/serve/page").rglob("*.*") if path.suffix != ".pyc"]
    assert {str(path.relative_to(SOURCE)) for path in page} <= names
    assert {f"opinia/models/{path.name}" for path in (SOURCE / "opinia/models").glob("*.onnx")} <= names
    assert any(name.startswith("opinia/recipes/") for name in names)
    assert any(re.fullmatch(r"opinia/models/[^/]+\.onnx", name) for name in names)
    assert not [name for name in names if re.search(r"test|\.jsonl|\.tar|\.pyc$|\.(pt|ckpt)$", name)]
    models = {name for name in sizes if name.endswith(".onnx")}
    assert max(sizes[name] for name in models) <= 12_000_000
    assert max(sizes[name] for name in set(sizes) - models) <= 100_000


@pytest.mark.slow
@pytest.mark.usefixtures("package_index")
def test_source_distribution_holds_the_repository(root: Path, tmp_path: Path) -> None:
    """And gives the same wheel as the checkout."""
    if not (root / ".git").exists():
        pytest.skip("what the repository holds is asked of git")
    builder = tmp_path / "builder"
    quietly = [sys.executable, "-m", "pip", "--quiet", "--disable-pip-version-check"]
    subprocess.run([*quietly, "install", "--target", builder, "hatchling>=1.26"], check=True)
    environment = {**os.environ, "PYTHONPATH": str(builder)}
    build = f"from hatchling.build import build_sdist; build_sdist({str(tmp_path)!r})"
    subprocess.run([sys.executable, "-c", build], cwd=root, env=environment, check=True, capture_output=True)
    (packed,) = tmp_path.glob("*.tar.gz")
    with tarfile.open(packed) as archive:
        archive.extractall(tmp_path, filter="data")
    unpacked = tmp_path / f"opinia-{opinia.__version__}"
    held = {str(path.relative_to(unpacked)) for path in unpacked.rglob("*") if path.is_file()}
    asked = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    listed = subprocess.run(asked, cwd=root, capture_output=True, text=True, check=True).stdout.split("\0")
    tracked = {name for name in listed if name and (root / name).is_file()}
    for_the_repository_alone = {".gitattributes", ".pre-commit-config.yaml", ".ci/run"}
    assert held - {"PKG-INFO"} == tracked - for_the_repository_alone
    build = build.replace("sdist", "wheel")
    subprocess.run(
        [sys.executable, "-c", build], cwd=unpacked, env=environment, check=True, capture_output=True
    )
    (wheel,) = tmp_path.glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        names = {name for name in archive.namelist() if ".dist-info/" not in name}
    sources = {
        f"opinia/{path.relative_to(root / 'src/opinia')}"
        for path in map(root.joinpath, tracked)
        if path.is_relative_to(root / "src/opinia")
    }
    recipes = {f"opinia/recipes/{path.name}" for path in (root / "recipes").glob("*.toml")}
    modules = {f"opinia/javascript/{path.name}" for path in (root / "js/src").iterdir()}
    assert names == sources | recipes | modules


@pytest.mark.slow
def test_wheel_works_in_an_empty_environment(wheel: Path, root: Path, tmp_path: Path) -> None:
    venv.create(tmp_path / "venv")
    scripts = tmp_path / "venv" / ("Scripts" if os.name == "nt" else "bin")
    python = str(scripts / "python")
    # Nothing of the repository may help: neither its folder nor a path to its source.
    theirs = ("PYTHON", "OPINIA", "VIRTUAL_ENV", "LC_", "LANG")
    clean = {key: value for key, value in os.environ.items() if not key.startswith(theirs)}

    def run(*command: str, text: str = "") -> str:
        done = subprocess.run(
            command, input=text, capture_output=True, text=True, cwd=tmp_path, env=clean, check=False
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    # A pip that is there already: to put one into the environment would take longer than all else.
    install = (sys.executable, "-m", "pip", "--python", python, "install", "--quiet", "--no-compile")
    run(*install, "-c", str(root / "constraints.txt"), str(wheel))
    assert opinia.__version__ in run(str(scripts / "opinia"), "--version")
    assert opinia.__version__ in run(python, "-m", "opinia", "--version")
    answer = run(str(scripts / "opinia"), text="A warm, funny and beautifully acted film.\n")
    assert re.fullmatch(r"positive \(\d{1,3}\.\d%\)\n", answer)
    assert "Total params" in run(str(scripts / "opinia"), "summary", "base")
    find = "import importlib.util as u; print([n for n in ('torch', 'onnx', 'pandas') if u.find_spec(n)])"
    assert run(python, "-c", find).strip() == "[]"
