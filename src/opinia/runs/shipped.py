"""Recipes and studies by their names: those that come with opinia, wherever it is installed."""

from __future__ import annotations

import difflib
import tomllib
from importlib import resources
from os import PathLike
from pathlib import Path

from opinia import shell
from opinia.errors import RecipeError

RECIPE = "recipe"
STUDY = "study"


def shipped(kind: str = RECIPE) -> dict[str, Path]:
    """Return the files of the recipes, or of the studies, that come with opinia, by their names, sorted.

    An installed package holds them as ``opinia/recipes``; in a checkout they are ``recipes/`` at its root.

    Args:
        kind: ``"recipe"`` or ``"study"``, which has a table of runs.
    """
    packaged = Path(str(resources.files("opinia") / "recipes"))
    folder = packaged if packaged.is_dir() else Path(__file__).parents[3] / "recipes"
    return {path.stem: path for path in sorted(folder.glob("*.toml"), key=_stem) if _kind(path) == kind}


def find(named: str | PathLike[str], kind: str = RECIPE) -> Path:
    """Return the file that is meant: one that lies there or, by its name alone, one that comes with opinia.

    Args:
        named: a path, or such a name; what lies here under that name comes first.
        kind: ``"recipe"`` or ``"study"``.

    Raises:
        RecipeError: it is neither; the hint lists the names, and the nearest.
    """
    path = Path(named)
    is_name = str(named) == path.name
    if path.suffix not in ("", ".toml", ".txt") and _is_table(path):
        raise RecipeError(
            f"{path} is a table and no {kind}, which is a .toml file or one of {', '.join(shipped(kind))}",
            hint=f"{shell.opinia('train', '--data', path)} trains on it",
        )
    try:
        if path.is_file() or (path.exists() and not (is_name and path.is_dir())):
            return path
    except OSError:  # what reads it says what is wrong
        return path
    known = shipped(kind)
    if is_name and path.name in known:
        return known[path.name]
    if path.is_dir():
        return path
    if is_name and not path.suffix:
        other = STUDY if kind == RECIPE else RECIPE
        if path.name in shipped(other):
            command = "opinia study" if other == STUDY else "opinia train"
            raise RecipeError(f"{path} is a {other} and no {kind}", hint=f"{command} {path}")
        message = f"there is no {kind} {str(path)!r}"
    else:
        message = f"{path} cannot be read: there is no such file"
    near = difflib.get_close_matches(path.stem.lower(), known, n=1)
    question = f"did you mean {near[0]}? " if near else ""
    raise RecipeError(message, hint=f"{question}opinia comes with {', '.join(known)}; a path names your own")


def _stem(path: Path) -> str:
    return path.stem


def _is_table(path: Path) -> bool:
    from opinia.tables.formats import is_table  # here: its room needs NumPy, and names do not

    return is_table(path.name)


def _kind(path: Path) -> str:
    with path.open("rb") as file:
        return STUDY if "runs" in tomllib.load(file) else RECIPE
