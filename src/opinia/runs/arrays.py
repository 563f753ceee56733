"""NumPy's archives of arrays that a run keeps from one stage to the next."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from opinia.errors import TrainingError


def read_arrays(path: Path, *names: str) -> dict[str, NDArray[Any]]:
    """Return the arrays of an ``.npz`` file by their names.

    Args:
        path: the file.
        names: those that must be there.

    Raises:
        TrainingError: the file is missing, damaged or none of the run's.
    """
    try:
        with path.open("rb") as file, np.load(file, allow_pickle=False) as archive:
            arrays = {name: archive[name] for name in archive.files}
    except Exception:
        # Never in NumPy's own words: they advise to load whatever is there without its protection.
        arrays = {}
    if not arrays or any(name not in arrays for name in names):
        raise TrainingError(
            f"{path} is damaged, or was not written by this run",
            hint=f"delete {path}: the run makes it anew when it is continued",
        ) from None
    return arrays
