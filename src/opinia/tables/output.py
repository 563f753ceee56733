"""Where the scored rows go: a file that is whole or not there, or a stream.

A file grows as ``OUT.part``, in segments that end at rows chosen by their content alone; after each
one ``OUT.part.json`` says how far it is safe. At the end the part is renamed. Continued from the
last safe place, it comes to the same bytes as if nothing had happened.
"""

from __future__ import annotations

import contextlib
import json
import os
import stat
import sys
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any, BinaryIO, Literal, Protocol, cast

from opinia.errors import DataError
from opinia.files import write_atomically
from opinia.tables.rows import Writer
from opinia.tables.streams import Source, compress

SEGMENT_BYTES = 2 << 20
"""Bytes, before compression, after which a segment ends."""

Existing = Literal["refuse", "replace", "resume"]
State = dict[str, Any]
"""What the run wants to find again when it is continued."""


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
        yield from _streamed(path, writer, compression)
        return
    target = Path(path).resolve()
    _check_target(target, Path(path), source, existing)
    part = _Part(target, writer=writer, compression=compression, identity=identity)
    try:
        part.open(existing)
        yield part
    except OSError as error:
        raise DataError(f"{path} cannot be written: {error.strerror or error}") from error
    finally:
        part.close()


def _is_stream(path: Path) -> bool:
    try:
        mode = path.stat().st_mode
    except (OSError, ValueError):
        return False
    return not stat.S_ISREG(mode) and not stat.S_ISDIR(mode)


def _check_target(target: Path, named: Path, source: Source, existing: Existing) -> None:
    if target.is_dir():
        raise DataError(f"{named} is a folder", hint="name a file in it")
    if not target.parent.is_dir():
        raise DataError(f"there is no folder {named.parent}", hint="make it first")
    if not target.exists():
        return
    if source.path is not None and target.samefile(source.path):
        raise DataError(f"{named} is the input itself", hint="write to another file")
    if existing == "refuse" or (existing == "resume" and not _part_path(target).exists()):
        raise DataError(f"{named} exists already", hint="--force replaces it")


def _part_path(target: Path) -> Path:
    return target.with_name(target.name + ".part")


@dataclass
class _Part:
    target: Path
    writer: Writer[Any]
    compression: str
    identity: Mapping[str, Any]
    state: State | None = None
    _file: IO[bytes] | None = None
    _waiting: list[bytes] = field(default_factory=list)
    _size: int = 0
    _last: State = field(default_factory=dict)
    _is_finished: bool = False

    @property
    def _path(self) -> Path:
        return _part_path(self.target)

    @property
    def _journal(self) -> Path:
        return self.target.with_name(self.target.name + ".part.json")

    def open(self, existing: Existing) -> None:
        there = self._path.exists() and self._journal.exists()
        if there and existing == "refuse":
            raise DataError(
                f"an unfinished {self.target.name} is there: {self._path}",
                hint="--resume continues it, --force starts again",
            )
        file = self._path.open("r+b" if self._path.exists() else "w+b")
        _lock(file, self._path)
        self._file = file
        offset = 0
        if there and existing == "resume":
            offset, self.state = self._read_journal()
        else:
            self._journal.unlink(missing_ok=True)
        self._file.truncate(offset)
        self._file.seek(offset)
        if not offset:
            self._append(self.writer.header())

    def _read_journal(self) -> tuple[int, State]:
        try:
            journal = json.loads(self._journal.read_bytes())
            offset, state, identity = int(journal["bytes"]), dict(journal["state"]), dict(journal["identity"])
        except (ValueError, KeyError, TypeError, OSError) as error:
            raise DataError(f"{self._journal} is damaged", hint="--force starts again") from error
        changed = [name for name, value in self.identity.items() if identity.get(name) != value]
        if changed:
            raise DataError(
                f"the unfinished {self.target.name} was made otherwise: {', '.join(changed)} changed since",
                hint="call it as before to continue, or start again with --force",
            )
        if self._path.stat().st_size < offset:
            raise DataError(f"{self._path} is shorter than it was", hint="--force starts again")
        return offset, state

    def _append(self, data: bytes) -> None:
        if data:
            self._waiting.append(data)
            self._size += len(data)

    def write(self, data: bytes, state: State) -> None:
        self._append(data)
        self._last = dict(state)
        if self._size >= SEGMENT_BYTES:
            self._save()

    def _save(self) -> None:
        assert self._file is not None  # noqa: S101
        data = b"".join(self._waiting)
        self._waiting, self._size = [], 0
        self._file.write(compress(data, self.compression))
        self._file.flush()
        os.fsync(self._file.fileno())
        journal = {"bytes": self._file.tell(), "state": self._last, "identity": dict(self.identity)}
        write_atomically(self._journal, json.dumps(journal, indent=2))

    def finish(self) -> None:
        assert self._file is not None  # noqa: S101
        if self._waiting or not self._file.tell():
            self._save()
        if self.writer.is_assembled:
            self._assemble()
        else:
            self._close_file()
            self._path.replace(self.target)
        self._is_finished = True
        self._close_file()
        self._path.unlink(missing_ok=True)
        self._journal.unlink(missing_ok=True)

    def _assemble(self) -> None:
        assert self._file is not None  # noqa: S101
        whole = self.target.with_name(self.target.name + ".part.whole")
        self._file.seek(0)
        try:
            with whole.open("wb") as file:
                self.writer.assemble(cast(BinaryIO, self._file), file)
                file.flush()
                os.fsync(file.fileno())
            whole.replace(self.target)
        finally:
            whole.unlink(missing_ok=True)

    def close(self) -> None:
        """Let go of the part; without anything saved in it, it goes too."""
        if self._file is None:
            return
        self._close_file()
        if not self._is_finished and not self._journal.exists():
            self._path.unlink(missing_ok=True)

    def _close_file(self) -> None:
        if self._file is not None:
            with contextlib.suppress(OSError):  # what a full disk did not take is of no use any more
                self._file.close()


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
        if not self.compression or self._size >= SEGMENT_BYTES:
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


def _streamed(path: str, writer: Writer[Any], compression: str) -> Iterator[Output]:
    with contextlib.ExitStack() as stack:
        if path != "-":
            target: BinaryIO = stack.enter_context(Path(path).open("wb"))
        elif sys.stdout is None:
            raise DataError("standard output is closed: the rows have nowhere to go")
        else:
            target = sys.stdout.buffer
        pieces = stack.enter_context(tempfile.TemporaryFile()) if writer.is_assembled else None
        output = _Stream(target, writer, compression, pieces)
        output.write(writer.header(), {})
        yield output


def _lock(file: IO[bytes], path: Path) -> None:
    """Hold the part alone; the system lets go of it however this process ends."""
    try:
        import fcntl
    except ImportError:  # Windows refuses to rename or remove an open file anyway
        return
    try:
        fcntl.flock(file.fileno(), fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        file.close()
        raise DataError(f"another run is writing {path}", hint="wait for it, or stop it") from error
