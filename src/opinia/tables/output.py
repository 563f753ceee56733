"""Where scored rows go: a file that is whole or not there, or a stream."""

from __future__ import annotations

import contextlib
import os
import stat
import sys
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any, BinaryIO, Protocol, cast

from opinia.errors import DataError
from opinia.tables import partfile
from opinia.tables.partfile import Existing, PartFile, State
from opinia.tables.rows import Writer
from opinia.tables.streams import Source, compress

__all__ = ["Existing", "Output", "State", "open_output"]


class Output(Protocol):
    """Takes the bytes of the rows in order."""

    state: State | None
    """The state at the last safe place of an earlier run, or None for a new one."""

    def write(self, data: bytes, state: State) -> None:
        """Take some rows; the state is that behind them."""

    def finish(self) -> None:
        """Make the output whole."""


@contextlib.contextmanager
def open_output(
    path: str,
    *,
    writer: Writer[Any],
    compression: str,
    source: Source,
    identity: Mapping[str, Any],
    existing: Existing,
) -> Iterator[Output]:
    """Open an output, ``-`` for standard output.

    Args:
        path: the file; a pipe or a device is written to directly.
        writer: of the format.
        compression: ``"gz"``, ``"zst"`` or nothing.
        source: the input, which must not be the same file.
        identity: all that decides what the output will be; an unfinished one of another is not resumed.
        existing: what to do about a file, or a part of one, that is there.

    Raises:
        DataError: the file is there, is the input, cannot be written, or cannot be resumed.
    """
    if path == "-" or _is_stream(Path(path)):
        if existing == "resume":
            raise DataError(f"a stream cannot be resumed. Received: {path}", hint="name a file")
        yield from _streamed(path, writer, compression, source)
        return
    try:
        target = Path(path).resolve()
        _check_place(target, Path(path))
    except (OSError, ValueError, RuntimeError) as error:  # a NUL in the name, a loop of links
        reason = getattr(error, "strerror", None) or error
        raise DataError(f"{path!r} cannot be written: {reason}") from error
    part = PartFile(target, writer=writer, compression=compression, identity=identity, source=source.inode)
    try:
        part.open(existing)
        yield part
    except OSError as error:
        raise DataError(f"{path} cannot be written: {error.strerror or error}") from error
    finally:
        part.close()


def _check_place(target: Path, named: Path) -> None:
    if target.is_dir():
        raise DataError(f"{named} is a folder", hint="name a file in it")
    if not target.parent.is_dir():
        raise DataError(f"there is no folder {named.parent}", hint="make it first")


def _is_stream(path: Path) -> bool:
    try:
        mode = path.stat().st_mode
    except (OSError, ValueError):
        return False
    return not stat.S_ISREG(mode) and not stat.S_ISDIR(mode)


@dataclass
class _Stream:
    target: BinaryIO
    writer: Writer[Any]
    compression: str
    pieces: IO[bytes] | None
    state: State | None = None
    _waiting: list[bytes] = field(default_factory=list)
    _size: int = 0
    _began: bool = False

    def write(self, data: bytes, state: State) -> None:
        self._waiting.append(data)
        self._size += len(data)
        if not self.compression or self._size >= partfile.SEGMENT_BYTES:
            self._pass_on()

    def _pass_on(self) -> None:
        data = b"".join(self._waiting)
        self._waiting, self._size, self._began = [], 0, True
        target = self.pieces or self.target
        target.write(compress(data, self.compression))
        target.flush()

    def finish(self) -> None:
        if self._waiting or not self._began:
            self._pass_on()
        if self.pieces is not None:
            self.pieces.seek(0)
            self.writer.assemble(cast(BinaryIO, self.pieces), self.target)
            self.target.flush()


def _streamed(path: str, writer: Writer[Any], compression: str, source: Source) -> Iterator[Output]:
    with contextlib.ExitStack() as stack:
        if path != "-":
            target: BinaryIO = stack.enter_context(Path(path).open("wb"))
        elif sys.stdout is None:
            raise DataError("standard output is closed: the rows have nowhere to go")
        else:
            target = sys.stdout.buffer
            with contextlib.suppress(OSError, ValueError):  # no real file, as in tests
                status = os.fstat(target.fileno())
                if stat.S_ISREG(status.st_mode) and (status.st_dev, status.st_ino) == source.inode:
                    raise DataError("standard output is the input itself", hint="write to another file")
        pieces = stack.enter_context(tempfile.TemporaryFile()) if writer.is_assembled else None
        output = _Stream(target, writer, compression, pieces)
        output.write(writer.header(), {})
        yield output
