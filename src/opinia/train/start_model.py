"""The model file that a training begins with: read and checked once, however many ask for it."""

from __future__ import annotations

import functools
from os import PathLike
from pathlib import Path

from opinia.model.file import Model, read_model
from opinia.model.shipped import find_model


def start_model(named: str | PathLike[str]) -> Model:
    """Return the model that a training begins with.

    Args:
        named: a model file, a run folder or the name of a model that comes with opinia.

    Raises:
        ModelFileError: there is none, or it cannot be read.
    """
    path = find_model(named)
    try:
        about = path.stat()
    except OSError:  # what reads it says what is wrong
        return read_model(path)
    return _read(path, about.st_size, about.st_mtime_ns)


@functools.lru_cache(maxsize=1)
def _read(path: Path, size: int, changed: int) -> Model:  # noqa: ARG001 - another file under the name is read anew
    return read_model(path)
