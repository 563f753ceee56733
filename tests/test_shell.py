"""Commands that hints name: whatever a path holds, and wherever opinia came from, they work as they stand."""

import json
import os
import shlex
import shutil
import subprocess
import sys
import venv
from pathlib import Path

import pip
import pytest

from opinia import shell

ODD = [
    "plain",
    "with spaces",
    "it's",
    'say "x"',
    "a;b",
    "$HOME",
    "*",
    "-o",
    "ż ó ł",
    "back\\slash",
    "new\nline",
]

pytestmark = pytest.mark.skipif(os.name == "nt", reason="the commands are taken to a POSIX shell")


def run(text: str, **options) -> subprocess.CompletedProcess[str]:
    return subprocess.run(["sh", "-c", text], capture_output=True, text=True, check=False, **options)


@pytest.mark.parametrize("word", ODD)
def test_a_shell_takes_a_command_apart_into_the_same_words(word):
    show = "import json, sys; print(json.dumps(sys.argv[1:]))"
    line = shell.command(sys.executable, "-c", show, word, Path("folder") / word)
    assert json.loads(run(line).stdout) == [word, f"folder/{word}"]


def test_opinia_is_called_as_it_was_called(tmp_path):
    code = "from opinia import shell; print(shell.opinia('info', 'a b'))"
    script = tmp_path / "a place" / "opinia"
    script.parent.mkdir()
    script.write_text(f"#!{sys.executable}\n{code}\n")
    script.chmod(0o755)

    def said(*command, path):
        done = subprocess.run(
            command, env={**os.environ, "PATH": path}, capture_output=True, text=True, check=True
        )
        return shlex.split(done.stdout)

    elsewhere, there = os.defpath, f"{script.parent}{os.pathsep}{os.defpath}"
    assert said(script, path=elsewhere) == [str(script), "info", "a b"]
    assert said(script, path=there) == ["opinia", "info", "a b"]
    assert said(sys.executable, "-c", code, path=elsewhere) == [sys.executable, "-m", "opinia", "info", "a b"]
    assert said(sys.executable, "-c", code, path=there) == ["opinia", "info", "a b"]


@pytest.fixture
def installed(tmp_path):
    """Tell what is said of an extra where the metadata of opinia, as pip writes it, are these."""
    metadata = "Metadata-Version: 2.4\nName: opinia\nVersion: 0.1.0\n"
    metadata += "Requires-Dist: pyarrow>=17; extra == 'files'\n"
    metadata += "Requires-Dist: backports-zstd>=1.0; (python_version < '3.14') and extra == 'files'\n"
    metadata += "Requires-Dist: torch>=2.6; extra == 'train'\n"

    def said(origin):
        folder = tmp_path / "metadata" / "opinia-0.1.0.dist-info"
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        (folder / "METADATA").write_text(metadata)
        if origin is not None:
            (folder / "direct_url.json").write_text(json.dumps(origin))
        code = "from opinia import shell; print(shell.install('files'))"
        environment = {**os.environ, "PYTHONPATH": str(folder.parent)}
        done = subprocess.run(
            [sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True
        )
        words = shlex.split(done.stdout)
        assert words[1:4] == ["-m", "pip", "install"]
        return words[4:]

    return said


def test_an_extra_comes_from_where_opinia_came_from(installed, tmp_path):
    house = tmp_path / "a house"
    house.mkdir()
    there, gone = house.as_uri(), (tmp_path / "gone").as_uri()
    wheel = house / "opinia-0.1.0-py3-none-any.whl"
    wheel.touch()
    git = {"url": "https://example.org/opinia.git", "vcs_info": {"vcs": "git", "commit_id": "abc123"}}
    separately = ["pyarrow>=17", "backports-zstd>=1.0; (python_version < '3.14')"]
    assert installed(None) == ["opinia[files]"]
    assert installed({"url": there, "dir_info": {"editable": True}}) == ["-e", f"{house}[files]"]
    assert installed({"url": there, "dir_info": {}}) == [f"{house}[files]"]
    assert installed({"url": gone, "dir_info": {"editable": True}}) == separately
    assert installed({"url": wheel.as_uri(), "archive_info": {}}) == [f"opinia[files] @ {wheel.as_uri()}"]
    wheel.unlink()
    assert installed({"url": wheel.as_uri(), "archive_info": {}}) == separately
    assert installed(git) == ["opinia[files] @ git+https://example.org/opinia.git@abc123"]


@pytest.fixture(scope="module")
def environment(tmp_path_factory):
    """An environment of its own, with the pip of the tests: to unpack another takes seconds."""
    folder = tmp_path_factory.mktemp("environment") / "env"
    venv.create(folder)
    (packages,) = folder.glob("lib/*/site-packages")
    for part in ("pip", f"pip-{pip.__version__}.dist-info"):
        shutil.copytree(Path(pip.__file__).parents[1] / part, packages / part)
    return folder


@pytest.mark.slow
@pytest.mark.usefixtures("package_index")
@pytest.mark.parametrize("editable", [True, False], ids=["editable", "copied"])
def test_the_hint_of_a_missing_extra_brings_it(root, tmp_path, environment, editable):
    """From a checkout whose path holds a space: the hint is typed as it is."""
    house = tmp_path / "a house"
    house.mkdir()
    for name in ("pyproject.toml", "README.md", "LICENSE"):
        shutil.copy2(root / name, house / name)
    for name in ("recipes", "src", "js/src"):
        shutil.copytree(root / name, house / name, ignore=shutil.ignore_patterns("__pycache__"))
    python = str(environment / "bin/python")
    theirs = ("PYTHON", "OPINIA", "VIRTUAL_ENV")
    clean = {key: value for key, value in os.environ.items() if not key.startswith(theirs)}
    clean |= {"PIP_CONSTRAINT": str(root / "constraints.txt"), "PIP_QUIET": "1", "PIP_COMPILE": "0"}
    options = {"cwd": tmp_path, "env": clean}
    before = run(shell.command(python, "-m", "pip", "uninstall", "-y", "opinia", "fastapi"), **options)
    assert before.returncode == 0, before.stderr
    made = run(shell.command(python, "-m", "pip", "install", *(["-e"] if editable else []), house), **options)
    assert made.returncode == 0, made.stderr
    missing = run(shell.command(environment / "bin/opinia", "serve", "--port", "0"), **options)
    assert missing.returncode == 1
    hint = missing.stderr.splitlines()[-1].removeprefix("hint: ")
    followed = run(hint, **options)
    assert followed.returncode == 0, followed.stderr
    assert run(shell.command(python, "-c", "import fastapi, opinia.serve.app"), **options).returncode == 0
    place = run(shell.command(python, "-c", "import opinia; print(opinia.__file__)"), **options).stdout
    assert place.startswith(str(house)) == editable
