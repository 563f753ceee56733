"""Commands that a person can type: quoted for the shell, and right for how opinia came to this machine."""

from __future__ import annotations

import importlib.util
import json
import os
import re
import shlex
import shutil
import subprocess
import sys
from importlib import metadata
from pathlib import Path
from urllib.parse import urlsplit
from urllib.request import url2pathname

_NAME = "opinia"


def command(*words: object) -> str:
    """Return a command line that the shell takes apart into these words again.

    Args:
        words: program and arguments; paths may hold spaces and whatever else.
    """
    texts = [os.fspath(word) if isinstance(word, os.PathLike) else str(word) for word in words]
    return subprocess.list2cmdline(texts) if os.name == "nt" else shlex.join(texts)


def opinia(*words: object) -> str:
    """Return a command line of opinia, begun as this process was: by its script, or by ``python -m``."""
    return command(*_program(), *words)


def torchrun(processes: int, *words: object) -> str:
    """Return a command line by which so many processes of this machine train together."""
    return command("torchrun", "--standalone", "--nproc-per-node", processes, "-m", _NAME, *words)


def install(extra: str) -> str:
    """Return the command line that adds an extra to the opinia that runs here.

    opinia is installed from a checkout, a repository or a file, as pip notes (PEP 610), and the same place
    is named again. Where it is gone, the packages are named one by one.

    Args:
        extra: such as ``"train"``, or several with commas between.
    """
    return command(*_pip(), "install", *_sources(extra))


def _program() -> list[str]:
    started = sys.argv[0] if sys.argv else ""
    if Path(started).stem == _NAME:
        return [_NAME if _is_found_as(_NAME, started) else started]
    if Path(started).name == "__main__.py" or not shutil.which(_NAME):
        return [*_python(), "-m", _NAME]
    return [_NAME]


def _python() -> list[str]:
    return ["python" if _is_found_as("python", sys.executable) else sys.executable]


def _is_found_as(name: str, path: str) -> bool:
    """Tell whether a name alone starts this program; links are not followed: environments consist of them."""
    found = shutil.which(name)
    places = [os.path.normcase(os.path.abspath(place)) for place in (found or "", path)]
    return found is not None and places[0].removesuffix(".exe") == places[1].removesuffix(".exe")


def _pip() -> list[str]:
    if importlib.util.find_spec("pip"):
        return [*_python(), "-m", "pip"]
    installer = ["uv", "pip"] if shutil.which("uv") else ["pip"]  # such environments are made without pip
    return [*installer, *(["--python", sys.executable] if installer == ["pip"] else [])]


def _sources(extra: str) -> list[str]:
    try:
        distribution = metadata.distribution(_NAME)
    except metadata.PackageNotFoundError:  # run from its source
        checkout = Path(__file__).resolve().parents[2]
        return ["-e", f"{checkout}[{extra}]"]
    origin = json.loads(distribution.read_text("direct_url.json") or "{}")
    url = str(origin.get("url", ""))
    if not url:
        return [f"{_NAME}[{extra}]"]  # from an index, which has it
    place = url2pathname(urlsplit(url).path) if url.startswith("file:") else None
    if place is not None and not Path(place).exists():
        return _packages(distribution, extra)
    if "vcs_info" in origin:
        about = origin["vcs_info"]
        return [f"{_NAME}[{extra}] @ {about['vcs']}+{url}@{about['commit_id']}"]
    if place is None or not Path(place).is_dir():
        return [f"{_NAME}[{extra}] @ {url}"]
    editable = ["-e"] if origin.get("dir_info", {}).get("editable") else []
    return [*editable, f"{place}[{extra}]"]


def _packages(distribution: metadata.Distribution, extra: str) -> list[str]:
    """Return the requirements of an extra, with their conditions of other kinds."""
    asked = re.compile(rf"\s*(?:and\s+)?extra\s*==\s*['\"](?:{extra.replace(',', '|')})['\"]\s*")
    found = [line for line in distribution.requires or [] if asked.search(line)]
    return [asked.sub("", line).rstrip(" ;") for line in found]
