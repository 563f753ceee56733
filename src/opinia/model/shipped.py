"""Models by their names and paths, without ONNX Runtime: a shell may ask for those that come with opinia."""

from __future__ import annotations

import re
from collections.abc import Sequence
from difflib import get_close_matches
from itertools import islice
from os import PathLike
from pathlib import Path

from opinia.errors import ModelFileError

DEFAULT_MODEL = "general"
AUTO = "auto"
"""Stands for the models of :data:`BY_LANGUAGE`: each text is read by that of its language."""
BY_LANGUAGE = {"en": "general", "pl": "polish"}
"""The models of each language, the first of which also reads what is in no other."""
_ADDRESS = re.compile(r"[a-z][a-z0-9+.-]+:/", re.IGNORECASE)
MOST_NEIGHBOURS = 1000
"""Names in a folder that are looked at to find the one that was meant."""


def shipped() -> dict[str, Path]:
    """Return the files of the models that come with opinia, by their names, sorted."""
    folder = Path(__file__).parents[1] / "models"
    return {path.stem: path for path in sorted(folder.glob("*.onnx"))}


def find_model(path: str | PathLike[str] | None = None) -> Path:
    """Return the model file that a path stands for: itself, a run's best model, or a shipped one.

    Raises:
        ModelFileError: the path is empty, or nothing is there; the hint names the nearest that is,
            and to a name those that come with opinia.
    """
    known = shipped()
    if path is None:
        return known[DEFAULT_MODEL]
    if path == "":
        raise ModelFileError(
            "the path of the model is empty", hint="leave it out for the model that comes with opinia"
        )
    path = Path(path)
    try:
        path.lstat()
        best = path / "best.onnx"
        return best if best.is_file() else path
    except FileNotFoundError:
        if path.name == str(path) and path.name in known:
            return known[path.name]
    except (OSError, ValueError):  # what reads it says what is wrong
        return path
    if str(path) == AUTO:
        both = " and ".join(BY_LANGUAGE.values())
        raise ModelFileError(f"{AUTO} is two models, {both}", hint="name one of them here")
    names = list(known)
    is_name = path.name == str(path)
    near = _nearest(path, names if is_name else [])
    hint = f"name a model file (.onnx), a run folder or one of {', '.join(names)}"
    if near is not None:
        hint = f"did you mean {near}?" + (f" opinia comes with {', '.join(names)}" if is_name else "")
    elif _ADDRESS.match(str(path)):
        hint = "download it first: models are read from files alone"
    raise ModelFileError(f"there is no model at {path}", hint=hint)


def _nearest(path: Path, names: Sequence[str]) -> str | None:
    """Return what is there under a name like that of a path: a shipped model, a file or a run beside it."""
    known = {name: name for name in names}
    try:
        for entry in islice(path.parent.iterdir(), MOST_NEIGHBOURS):
            if entry.suffix == ".onnx" or (entry / "best.onnx").is_file():
                known.setdefault(entry.name, str(entry))
    except (OSError, ValueError):  # no folder; a NUL in the name is a ValueError
        pass
    plain = {name.lower().removesuffix(".onnx"): name for name in known}
    found = get_close_matches(path.name.lower().removesuffix(".onnx"), plain, n=1)
    return known[plain[found[0]]] if found else None
