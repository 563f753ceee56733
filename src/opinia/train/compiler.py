"""Keep PyTorch's compiler, which nothing here uses, from making a folder for itself."""

from __future__ import annotations

import contextlib
import os
import tempfile
from collections.abc import Iterator

CACHE_FOLDER = "TORCHINDUCTOR_CACHE_DIR"


@contextlib.contextmanager
def no_compiler_cache() -> Iterator[None]:
    """Make the first optimiser of a process within this context.

    It imports the compiler, and that makes ``torchinductor_USER`` in the temporary folder, after it has
    asked the system's name service who the user is. Here it is told of a folder that exists, unless the
    user has named one.
    """
    if os.environ.get(CACHE_FOLDER):
        yield
        return
    os.environ[CACHE_FOLDER] = tempfile.gettempdir()
    try:
        yield
    finally:
        del os.environ[CACHE_FOLDER]
