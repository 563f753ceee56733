"""A file in the making: its part, and a journal of how far that is safe.

``.OUT.opinia-part`` grows in segments that end at rows chosen by their content alone; after each one
``.OUT.opinia-part.json`` says how far it is safe. Both are created here and never through a link; what
bears such a name and is not known for ours is left alone. Continued from the last safe place, the part
comes to the same bytes as if nothing had happened.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import secrets
import stat
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any, BinaryIO, Literal, cast

from opinia.errors import DataError
from opinia.system.files import HAS_LOCKS, create, is_same, lock, open_own, side_path, write_atomically
from opinia.tables.journal import Journal, is_ours, read_journal
from opinia.tables.rows import Writer
from opinia.tables.streams import Inode, compress

SEGMENT_BYTES = 2 << 20
"""Bytes, before compression, after which a segment ends."""

Existing = Literal["refuse", "replace", "resume"]
State = dict[str, Any]
"""What the run wants to find again when it is continued."""

_ENDING = ".opinia-part"
_AWAY = "it is not what opinia score writes: move it away, or name another output"


@dataclass
class PartFile:
    """Takes the bytes of the rows in order, and becomes the output.

    Args:
        target: the output.
        writer: of the format.
        compression: ``"gz"``, ``"zst"`` or nothing.
        identity: all that decides what the output will be.
        source: device and number of the input's file, None for a pipe.
    """

    target: Path
    writer: Writer[Any]
    compression: str
    identity: Mapping[str, Any]
    source: Inode | None
    state: State | None = None
    _file: IO[bytes] | None = None
    _waiting: list[bytes] = field(default_factory=list)
    _size: int = 0
    _last: State = field(default_factory=dict)
    _digest: Any = field(default_factory=hashlib.sha256)
    _saved: int = 0
    _whole: str = ""
    _replaces: bool = False
    _is_finished: bool = False

    def __post_init__(self) -> None:
        self._path = side_path(self.target, _ENDING)
        self._journal = side_path(self.target, _ENDING + ".json")

    def open(self, existing: Existing) -> None:
        """Begin the part, or find it again.

        Raises:
            DataError: the output is there or is the input, the part is not ours, belongs to another
                run, or cannot be continued.
            OSError: it cannot be written.
        """
        while True:
            self._check_files(existing)
            file, is_new = self._opened()
            if not lock(file):
                file.close()
                raise DataError(f"another run is writing {self._path}", hint="wait for it, or stop it")
            if not is_same(file, self._path):  # finished or given up in this moment
                file.close()
                continue
            try:
                self._begin(file, existing, is_new=is_new)
            except BaseException:
                if is_new:
                    self._path.unlink(missing_ok=True)
                file.close()
                raise
            return

    def _check_files(self, existing: Existing) -> None:
        """Check that no file of ours is the input, and that the output may be made."""
        for path in (self.target, self._path, self._journal):
            with contextlib.suppress(FileNotFoundError):
                self._check_input(path)
        if self.target.exists() and is_ours(self._journal):
            left = self._path.lstat() if os.path.lexists(self._path) else None
            if left is None or os.path.samestat(left, self.target.stat()):
                self._path.unlink(missing_ok=True)  # killed when all was done but this
                self._journal.unlink(missing_ok=True)
        if self.target.exists() and (
            existing == "refuse" or (existing == "resume" and not os.path.lexists(self._path))
        ):
            raise DataError(f"{self.target} exists already", hint="--force replaces it")

    def _check_input(self, path: Path) -> None:
        status = path.stat()
        if (status.st_dev, status.st_ino) == self.source:
            raise DataError(f"{path} is the input itself", hint="write to another file")

    def _opened(self) -> tuple[IO[bytes], bool]:
        """Return the part, locked by nobody yet, and whether it is new."""
        try:
            file, is_new = open_own(self._path, like=self.target)
            if is_new and self.target.exists():  # to be continued even if the output is only for reading
                self._path.chmod(stat.S_IMODE(self._path.stat().st_mode) | 0o600)
            return file, is_new
        except FileExistsError as error:
            raise DataError(f"{self._path} is a link, or no regular file", hint=_AWAY) from error

    def _begin(self, file: IO[bytes], existing: Existing, *, is_new: bool) -> None:
        size = os.fstat(file.fileno()).st_size
        if not is_ours(self._journal) or (size and not os.path.lexists(self._journal)):
            foreign = self._path if os.path.lexists(self._path) and not is_new else self._journal
            raise DataError(f"{foreign} is there already", hint=_AWAY)
        try:
            journal = read_journal(self._journal)
        except DataError:
            if existing != "replace":
                raise
            journal = None
        if journal is not None and journal.whole:
            self._remove_whole(journal.whole)
        if journal is not None and journal.place and not is_new and existing != "replace":
            if existing == "refuse":
                raise DataError(
                    f"an unfinished {self.target.name} is there: {self._path}",
                    hint="--resume continues it, --force starts again",
                )
            self._continue(file, journal, size)
            self._file = file
            return
        if existing == "resume" and self.target.exists():
            raise DataError(f"{self.target} exists already", hint="--force replaces it")
        self._replaces = existing == "replace"
        self._whole = side_path(self.target, f"{_ENDING}.{secrets.token_hex(8)}").name
        file.truncate(0)
        self._record(0)
        self._file = file
        self._append(self.writer.header())

    def _continue(self, file: IO[bytes], journal: Journal, size: int) -> None:
        """Go to the last safe place of an earlier run."""
        identity = json.loads(json.dumps(dict(self.identity)))
        changed = [name for name, value in identity.items() if journal.identity.get(name) != value]
        if changed:
            raise DataError(
                f"the unfinished {self.target.name} was made otherwise: {', '.join(changed)} changed since",
                hint="call it as before to continue, or start again with --force",
            )
        if self.target.exists() and not journal.replaces:
            raise DataError(
                f"{self.target} was made while the unfinished one lay there",
                hint="move it away and call again, or start again with --force",
            )
        if size < journal.place:
            raise DataError(f"{self._path} is shorter than it was", hint="--force starts again")
        left = journal.place
        file.seek(0)
        while left and (data := file.read(min(left, 1 << 20))):
            self._digest.update(data)
            left -= len(data)
        if self._digest.hexdigest() != journal.sha256:
            raise DataError(f"{self._path} is damaged", hint="--force starts again")
        self._saved, self._whole, self._replaces = journal.place, journal.whole, journal.replaces
        self.state = self._last = journal.state
        file.truncate(journal.place)
        file.seek(journal.place)

    def _remove_whole(self, name: str) -> None:
        """Remove what a run killed while it put the file together left behind."""
        path = self.target.with_name(name)
        if path.parent == self.target.parent and _ENDING in name and os.path.lexists(path):
            with contextlib.suppress(FileNotFoundError):
                self._check_input(path)
            path.unlink(missing_ok=True)

    def _append(self, data: bytes) -> None:
        if data:
            self._waiting.append(data)
            self._size += len(data)

    def write(self, data: bytes, state: State) -> None:
        """Take some rows; the state is that behind them."""
        self._append(data)
        self._last = dict(state)
        if self._size >= SEGMENT_BYTES:
            self._save()

    def _save(self) -> None:
        assert self._file is not None  # noqa: S101
        data = compress(b"".join(self._waiting), self.compression)
        self._waiting, self._size = [], 0
        self._file.write(data)
        self._file.flush()
        os.fsync(self._file.fileno())
        self._digest.update(data)
        self._record(self._file.tell())

    def _record(self, place: int) -> None:
        journal = Journal(
            place=place,
            sha256=self._digest.hexdigest(),
            state=self._last,
            identity=dict(self.identity),
            whole=self._whole,
            replaces=self._replaces,
        )
        self._saved = place  # first: from here on the journal may say so
        write_atomically(self._journal, journal.encoded())

    def finish(self) -> None:
        """Make the output whole.

        Raises:
            DataError: a file of its name was made meanwhile; the part stays.
        """
        assert self._file is not None  # noqa: S101
        if self._waiting or not self._file.tell():
            self._save()
        if self.writer.is_assembled:
            self._assemble()
        else:
            # Locked until it has its name: another run would take it for an unfinished one.
            if not HAS_LOCKS:
                self._close_file()
            self._publish(self._path)
        self._is_finished = True
        self._path.unlink(missing_ok=True)
        self._journal.unlink(missing_ok=True)
        self._close_file()

    def _assemble(self) -> None:
        assert self._file is not None  # noqa: S101
        whole = self.target.with_name(self._whole)
        self._file.seek(0)
        file = create(whole, like=self._path)
        try:
            with file:
                self.writer.assemble(cast(BinaryIO, self._file), cast(BinaryIO, file))
                file.flush()
                os.fsync(file.fileno())
            self._publish(whole)
        finally:
            whole.unlink(missing_ok=True)

    def _publish(self, made: Path) -> None:
        """Give a file the output's name; without --force, only if nobody has it by now."""
        if self._replaces:
            with contextlib.suppress(FileNotFoundError):
                made.chmod(stat.S_IMODE(self.target.stat().st_mode) & 0o777)
            made.replace(self.target)
            return
        try:
            os.link(made, self.target)
        except FileExistsError:
            pass
        except OSError:  # a file system without hard links
            if not os.path.lexists(self.target):
                made.replace(self.target)
                return
        else:
            made.unlink(missing_ok=True)
            return
        raise DataError(
            f"{self.target} was made by another while its rows were judged",
            hint="move it away; --resume then finishes what is saved",
        )

    def close(self) -> None:
        """Let go of the part; without anything saved in it, it goes too."""
        if self._file is None:
            return
        if not self._is_finished and not self._saved:
            if not HAS_LOCKS:
                self._close_file()
            self._path.unlink(missing_ok=True)
            self._journal.unlink(missing_ok=True)
        self._close_file()

    def _close_file(self) -> None:
        with contextlib.suppress(OSError):  # what a full disk did not take is of no use any more
            if self._file is not None:
                self._file.close()
