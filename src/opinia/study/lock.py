"""One process at a time in a folder."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Iterator
from pathlib import Path

from opinia.errors import TrainingError

LOCK = ".lock"


@contextlib.contextmanager
def alone_in(folder: Path) -> Iterator[None]:
    """Hold the folder's lock; the system lets go of it however this process ends.

    Raises:
        TrainingError: another process holds it, or the folder cannot be written.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        lock = (folder / LOCK).open("w")
    except OSError as error:
        raise TrainingError(
            f"{folder} cannot be written: {error.strerror or error}", hint="name another folder with --output"
        ) from error
    with lock:
        if not _try_lock(lock.fileno()):
            raise TrainingError(
                f"another process is training the study in {folder}",
                hint="wait for it, or stop it: what it has finished is kept",
            )
        yield


def _try_lock(descriptor: int) -> bool:
    try:
        if sys.platform == "win32":
            import msvcrt

            msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
        else:
            import fcntl

            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True
