"""One process at a time in a folder: what it holds is trained by nobody else meanwhile."""

from __future__ import annotations

import contextlib
import errno
import os
import threading
from collections.abc import Iterator
from io import TextIOWrapper
from pathlib import Path

from opinia.errors import TrainingError
from opinia.system.files import try_lock

LOCK = ".lock"
TRIES = 100

_Key = tuple[int, int, str]  # process, thread, file
_held: set[_Key] = set()


@contextlib.contextmanager
def alone_in(folder: Path, *, doing: str, name: str = LOCK) -> Iterator[None]:
    """Hold the folder's lock; the system lets go of it however this process ends.

    A thread that holds it already goes on. The lock's file is deleted at the end, and the folder with it
    where nothing else is there.

    Args:
        folder: made where missing.
        doing: what is done there, for the message to the next one, such as ``"training the study"``.
        name: of the lock's file.

    Raises:
        TrainingError: another process or thread holds it, or the folder cannot be written or locked.
    """
    key = os.getpid(), threading.get_ident(), os.path.join(os.path.realpath(folder), name)
    if key in _held:
        yield
        return
    try:
        file = _acquire(folder / name)
    except OSError as error:
        raise TrainingError(
            f"{folder} cannot be written: {error.strerror or error}", hint="name another folder with --output"
        ) from error
    if file is None:
        here = any(process == key[0] and place == key[2] for process, _, place in _held)
        raise TrainingError(
            f"another {'thread' if here else 'process'} is {doing} in {folder}",
            hint="wait for it, or stop it: what it has finished is kept",
        )
    _held.add(key)
    try:
        yield
    finally:
        _held.discard(key)
        _release(file, folder / name)


def _acquire(place: Path) -> TextIOWrapper | None:
    """Return the locked file, or None where another holds it."""
    for _ in range(TRIES):
        try:
            place.parent.mkdir(parents=True, exist_ok=True)
            file = place.open("a", encoding="utf-8")
        except (FileNotFoundError, FileExistsError):
            if place.parent.exists() and not place.parent.is_dir():
                raise
            continue  # the one before has just deleted the folder that it left empty
        try:
            is_ours = try_lock(file.fileno())
        except OSError as error:
            file.close()
            raise TrainingError(
                f"{place.parent} cannot be locked: {error.strerror or error}",
                hint="name a folder on another disk with --output",
            ) from error
        if is_ours and _is_file_at(place, file.fileno()):
            return file
        file.close()
        if not is_ours:
            return None
        # The one before has just deleted it: whoever comes next would make another, and lock that.
    raise OSError(errno.EBUSY, os.strerror(errno.EBUSY), str(place))


def _release(file: TextIOWrapper, place: Path) -> None:
    with contextlib.suppress(OSError):
        if os.name == "posix":  # while it is held: nobody may lock a file that is about to go
            place.unlink()
        file.close()
        if os.name != "posix":  # an open file cannot be deleted there, nor one that the next one has open
            place.unlink()
    file.close()
    with contextlib.suppress(OSError):
        place.parent.rmdir()


def _is_file_at(place: Path, descriptor: int) -> bool:
    try:
        return os.path.samestat(os.fstat(descriptor), place.stat())
    except FileNotFoundError:
        return False
