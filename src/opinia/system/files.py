"""Files that are whole or not there at all."""

from __future__ import annotations

import contextlib
import errno
import hashlib
import importlib.util
import os
import re
import secrets
import stat
import sys
from pathlib import Path
from typing import IO

HAS_LOCKS = importlib.util.find_spec("fcntl") is not None
"""Not on Windows, which refuses to rename or remove an open file anyway."""

_BUSY = (errno.EWOULDBLOCK, errno.EAGAIN, errno.EACCES, errno.EDEADLK)
_TEMPORARY = ".opinia-tmp"
_LONGEST_NAME = 255
# Neither follow a link nor wait for the other end of a pipe.
_EXISTING = os.O_RDWR | sum(getattr(os, name, 0) for name in ("O_NOFOLLOW", "O_NONBLOCK", "O_BINARY"))
_READING = os.O_RDONLY | sum(getattr(os, name, 0) for name in ("O_NONBLOCK", "O_NOCTTY", "O_BINARY"))
_tidied: set[str] = set()


def write_atomically(path: Path, content: bytes | str) -> None:
    """Write a file under a temporary name beside its own, then rename it.

    After a crash the old file or the new one stands there, never a half. A file that was there keeps
    its permissions; a new one gets those that the process gives to any. What earlier writers of the
    same file left behind when they were killed is removed.

    Raises:
        OSError: the folder cannot be written, or the disk is full.
    """
    data = content.encode("utf-8") if isinstance(content, str) else content
    path.parent.mkdir(parents=True, exist_ok=True)
    _tidy(path)
    file, temporary = _temporary(path)
    try:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
        if not HAS_LOCKS:
            file.close()
        temporary.replace(path)  # while it is locked, so that nobody tidies it away
    except BaseException:
        with contextlib.suppress(OSError):
            file.close()
        temporary.unlink(missing_ok=True)
        raise
    finally:
        file.close()


def create(path: Path, *, like: Path | None = None) -> IO[bytes]:
    """Create a file that must not be there, never through a link, and open it to read and write.

    Args:
        path: of the new file.
        like: a file whose permissions and, where possible, owner it gets, if that is a regular one.
            Otherwise the system decides, by the process's umask, which is not touched.

    Raises:
        FileExistsError: something of that name is there.
        OSError: it cannot be created.
    """
    known = _status(like) if like is not None else None
    descriptor = os.open(path, _EXISTING | os.O_CREAT | os.O_EXCL, 0o666 if known is None else 0o600)
    if known is not None:
        mode = stat.S_IMODE(known.st_mode) & 0o777
        try:
            if os.chmod in os.supports_fd:
                with contextlib.suppress(OSError):  # only root may give files away
                    os.fchown(descriptor, known.st_uid, known.st_gid)
                os.fchmod(descriptor, mode)
            else:
                path.chmod(mode)
        except OSError:
            os.close(descriptor)
            path.unlink(missing_ok=True)
            raise
    return os.fdopen(descriptor, "w+b")


def open_own(path: Path, *, like: Path) -> tuple[IO[bytes], bool]:
    """Open a file to read and write, and create it if it is not there; never through a link.

    Args:
        path: of the file.
        like: as for :func:`create`.

    Returns:
        The file, and whether it is new.

    Raises:
        FileExistsError: it is a link, has other names too, or is no regular file.
        OSError: it cannot be opened.
    """
    while True:
        with contextlib.suppress(FileExistsError):
            return create(path, like=like), True
        with contextlib.suppress(FileNotFoundError):  # removed in this moment
            there = path.lstat()
            if not stat.S_ISREG(there.st_mode) or there.st_nlink != 1:
                raise FileExistsError(errno.EEXIST, "a link, or no regular file", str(path))
            file = os.fdopen(os.open(path, _EXISTING), "r+b")
            if os.path.samestat(there, os.fstat(file.fileno())):
                return file, False
            file.close()


def side_path(path: Path, ending: str) -> Path:
    """Return the hidden name beside a file's own, such as ``.NAME.opinia-part``.

    A name too long for that stands as its digest.
    """
    name = f".{path.name}{ending}"
    if len(os.fsencode(name)) > _LONGEST_NAME:
        name = f".{hashlib.sha256(os.fsencode(path.name)).hexdigest()[:16]}{ending}"
    return path.with_name(name)


def lock(file: IO[bytes]) -> bool:
    """Hold a file alone; the system lets go of it however this process ends.

    Returns:
        False if another process, or another opening of the file, holds it.
    """
    try:
        return not HAS_LOCKS or try_lock(file.fileno())
    except OSError:
        return False


def try_lock(descriptor: int) -> bool:
    """Lock an open file until it is closed, or return False where another has locked it.

    Raises:
        OSError: the file system has no locks, or no more of them.
    """
    try:
        if sys.platform == "win32":
            import msvcrt

            msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
        else:
            import fcntl

            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        if error.errno in _BUSY:
            return False
        raise
    return True


def is_same(file: IO[bytes], path: Path) -> bool:
    """Say whether an open file still bears a name, itself and not through a link."""
    try:
        there = path.lstat()
    except OSError:
        return False
    return os.path.samestat(os.fstat(file.fileno()), there)


def read_regular(path: Path, *, most: int | None = None) -> bytes:
    """Return what is in a file, and never wait for a pipe, a device or a socket that bears its name.

    Args:
        path: of the file; a link to one will do.
        most: bytes that it may have at most; None sets no bound.

    Raises:
        OSError: it is missing, no regular file, larger, or cannot be read.
    """
    descriptor = os.open(path, _READING)
    with os.fdopen(descriptor, "rb") as file:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            raise OSError(errno.EINVAL, "it is no regular file", str(path))
        content = file.read(-1 if most is None else most + 1)
    if most is not None and len(content) > most:
        raise OSError(errno.EFBIG, f"it has more than {most:,} bytes", str(path))
    return content


def sha256_of(path: Path) -> str:
    """Return the SHA-256 of a file, as 64 hexadecimal digits."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _status(path: Path) -> os.stat_result | None:
    try:
        status = path.lstat()
    except OSError:
        return None
    return status if stat.S_ISREG(status.st_mode) else None


def _temporary(path: Path) -> tuple[IO[bytes], Path]:
    """Create a file to be renamed, and lock it."""
    while True:
        temporary = side_path(path, f".{secrets.token_hex(8)}{_TEMPORARY}")
        file = create(temporary, like=path)
        try:
            held = not HAS_LOCKS or try_lock(file.fileno())
        except OSError:  # the file system has no locks, and so nobody tidies
            held = True
        if held and is_same(file, temporary):
            return file, temporary
        file.close()  # taken for a dead writer's in the moment before it was locked, and tidied away


def _tidy(path: Path) -> None:
    """Remove, once a process, the temporary files of a file that no living writer holds."""
    whole = os.path.abspath(path)
    if not HAS_LOCKS or whole in _tidied:
        return
    _tidied.add(whole)
    ending = f".{'0' * 16}{_TEMPORARY}"
    start = side_path(path, ending).name.removesuffix(ending)
    ours = re.compile(re.escape(start) + r"\.[0-9a-f]{16}" + re.escape(_TEMPORARY))
    with os.scandir(path.parent) as entries:
        left = [path.with_name(entry.name) for entry in entries if ours.fullmatch(entry.name)]
    for temporary in left:
        with contextlib.suppress(OSError):
            descriptor = os.open(temporary, _EXISTING)
            with os.fdopen(descriptor, "r+b") as file:
                if stat.S_ISREG(os.fstat(descriptor).st_mode) and lock(file) and is_same(file, temporary):
                    temporary.unlink()
