"""What is said where packages of an extra are missing: which, by what line they come, before the work."""

import re
import subprocess
import sys
import tomllib

import pytest

import prepared
from models import write_counting_model
from opinia import extras, shell
from opinia.errors import MissingExtraError

SAMPLE = '[data]\nsource = "sample"\nvalidation = 300\n[text]\nkind = "words"\n'
RECIPES = {
    "a teacher": f"{SAMPLE}[teacher]\nngrams = true\n[training]\nepochs = 1\n",
    "a say": f"{SAMPLE}[linear]\nngrams = 100\n[training]\nepochs = 1\n",
}


def without(modules, *arguments, cwd, run=subprocess.run, **options):
    """Run the command line where some modules are not installed."""
    code = f"import sys\nfor name in {list(modules)}: sys.modules[name] = None\n"
    code += "from opinia.cli.main import main\nmain()"
    return run(
        [sys.executable, "-c", code, *map(str, arguments)],
        **options,
        cwd=cwd,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )


def check(done, what, package, extra):
    assert done.returncode == 1, done.stderr
    assert "Traceback" not in done.stderr
    said, hint = done.stderr.splitlines()[-2:]
    assert said == f"error: {what} needs {package}, which is not installed"
    assert hint == f"hint: {shell.install(extra)}"


def test_every_package_of_an_extra_stands_there_under_its_extra(root):
    project = tomllib.loads((root / "pyproject.toml").read_text("utf-8"))["project"]
    for extra, lines in project["optional-dependencies"].items():
        for line in lines:
            package = re.match(r"[\w-]+", line)[0]
            assert package in extras._EXTRAS[extra].values(), (extra, package)
    assert set(extras._EXTRAS) == set(project["optional-dependencies"])


@pytest.mark.parametrize(
    "module",
    [*extras.TRAINING, *extras.TEACHING, *extras.DRAWING, *extras.SERVING, *extras.PARQUET, *extras.ZSTD]
    + [*extras.DOWNLOADING, *extras.TENSORBOARD, *extras.RAY, *extras.SPARK],
)
def test_what_is_required_is_named_when_it_is_missing(module, monkeypatch):
    monkeypatch.setitem(sys.modules, module, None)
    with pytest.raises(MissingExtraError) as error:
        extras.require("this work", module)
    extra = extras.extra_of(module)
    assert error.value.message == f"this work needs {extras._EXTRAS[extra][module]}, which is not installed"
    assert error.value.hint == shell.install(extra)


def test_several_are_named_together_with_one_line(monkeypatch):
    for module in ("sklearn", "torch", "onnx"):
        monkeypatch.setitem(sys.modules, module, None)
    with pytest.raises(MissingExtraError) as error:
        extras.require("this work", "torch", "onnx", "sklearn", "numpy")
    assert error.value.message == "this work needs torch, onnx, scikit-learn, which are not installed"
    assert error.value.hint == shell.install("train,teacher")
    assert "[train,teacher]" in error.value.hint


def test_what_is_there_is_not_imported():
    code = "import sys; from opinia import extras; extras.require('it', *extras.TRAINING, *extras.DRAWING)\n"
    code += "print('torch' in sys.modules, 'matplotlib' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "False False\n"


@pytest.mark.parametrize("recipe", RECIPES)
@pytest.mark.parametrize("module", ["sklearn", "scipy"])
def test_a_recipe_with_ngrams_says_so_before_anything_is_read(tmp_path, recipe, module):
    (tmp_path / "own.toml").write_text(RECIPES[recipe])
    prepared_for_it = {"run": prepared.run, "kind": prepared.TrainingPopen}
    done = without([module], "train", "own.toml", "-o", "run", cwd=tmp_path, **prepared_for_it)
    package = {"sklearn": "scikit-learn", "scipy": "scipy"}[module]
    check(done, "the recipe 'seed', with its n-grams,", package, "teacher")
    assert not (tmp_path / "run/recipe.toml").exists()


def test_a_recipe_without_ngrams_needs_no_teacher(tmp_path):
    sizes = "[network]\nembedding = 2\nunits = 2\ndense = 2\n"
    (tmp_path / "own.toml").write_text(SAMPLE + sizes + "[training]\nepochs = 1\nthreads = 1\n")
    done = without(["sklearn", "scipy"], "train", "own.toml", "-o", "run", cwd=tmp_path)
    assert done.returncode == 0, done.stderr


def test_a_missing_onnx_runtime_is_named_and_not_the_model(tmp_path):
    done = without(["onnxruntime"], "analyse", "A warm film.", "--model", "seed", cwd=tmp_path)
    said, hint = done.stderr.splitlines()
    assert (done.returncode, done.stdout) == (1, "")
    assert said.startswith("error: ONNX Runtime cannot be imported: ")
    assert hint.endswith(" -m pip install --force-reinstall onnxruntime")


CALLS = {
    "train": ("torch", ("train", "--sample"), "training", "torch", "train"),
    "tensorboard": (
        "tensorboard",
        ("train", "--sample", "--tensorboard"),
        "--tensorboard",
        "tensorboard",
        "tensorboard",
    ),
    "study": ("matplotlib", ("study", "--sample"), "the report", "matplotlib", "train"),
    "a study's trainings": ("torch", ("study", "--sample"), "training", "torch", "train"),
    "plots": (
        "matplotlib",
        ("evaluate", "seed", "sample:test", "--plots", "p"),
        "--plots",
        "matplotlib",
        "train",
    ),
    "quantise": ("onnx", ("quantise", "seed", "-o", "q.onnx"), "opinia quantise", "onnx", "train"),
    "serve": ("uvicorn", ("serve", "--port", "0"), "opinia serve", "uvicorn", "serve"),
    "parquet": ("pyarrow", ("score", "in.parquet", "-o", "o.parquet"), "Parquet", "pyarrow", "files"),
}


@pytest.mark.parametrize("name", CALLS)
def test_commands_say_so_before_they_begin(tmp_path, name):
    module, arguments, what, package, extra = CALLS[name]
    write_counting_model(tmp_path / "model.onnx")
    (tmp_path / "in.parquet").write_bytes(b"PAR1" + bytes(64) + b"PAR1")
    done = without([module], *arguments, cwd=tmp_path)
    check(done, what, package, extra)
    assert not list(tmp_path.glob("runs/*/history.csv"))
    assert not (tmp_path / "o.parquet").exists()
