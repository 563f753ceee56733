"""Where the tables of a cluster lie: in folders, or in object stores by their addresses (``s3://…``)."""

from __future__ import annotations

import contextlib
import glob
import io
import os
import re
import shutil
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO, Protocol, cast
from urllib.parse import unquote

from opinia.errors import DataError
from opinia.system.files import side_path, write_atomically
from opinia.tables.addresses import check_address, escaped, is_address, uri_of
from opinia.tables.formats import is_table
from opinia.tables.streams import Source, open_source, unpacked

_MAGIC = re.compile(r"[*[]")
_HIDDEN = ("_", ".")
_SHOWING_HALVES = ("hdfs://", "viewfs://")
TEMPORARY = ".opinia-tmp"
REMOTE_BYTES = 8 << 20
"""Bytes that are asked of an object store at once."""


@dataclass(frozen=True)
class Found:
    """An input that is there.

    Args:
        name: its path or address.
        size: in bytes.
        stamp: of its last change; with the size it tells whether it is still the same.
    """

    name: str
    size: int
    stamp: str

    @property
    def stamp_and_size(self) -> str:
        """Both, as one text."""
        return f"{self.stamp}:{self.size}"


def find_tables(sources: Sequence[str]) -> list[Found]:
    """Return the tables that names, patterns, folders and addresses stand for, each of them sorted.

    Of a folder those tables are taken whose names say that they are such, also in folders below; what begins
    with ``_`` or ``.`` is left out, as Spark, Hive and pyarrow do.

    Raises:
        DataError: nothing is there, or it cannot be looked at.
    """
    found: dict[str, Found] = {}
    for source in sources:
        source = plain_path(source)
        each = _remote_tables(source) if is_address(source) else _local_tables(source)
        for table in each:
            if table.name in found:
                raise DataError(f"{table.name} is named twice among the inputs", hint="name it once")
            found[table.name] = table
    return list(found.values())


def find_table(name: str) -> Found:
    """Return the one table of a path or an address, as it is now.

    Raises:
        DataError: it is not there, or cannot be looked at.
    """
    if is_address(name):
        from pyarrow import fs

        with _said(name):
            system, path = fs.FileSystem.from_uri(uri_of(name))
            (info,) = system.get_file_info([path])
            if info.type != fs.FileType.File:
                raise FileNotFoundError(name)
            return _remote(info, name)
    try:
        return _local(name)
    except FileNotFoundError:
        raise DataError(f"there is no file {name}") from None
    except OSError as error:
        raise DataError(f"{name} cannot be read: {error.strerror or error}") from error


def _local_tables(source: str) -> list[Found]:
    if source == "-":
        raise DataError("a cluster cannot read standard input", hint="name files, folders or addresses")
    paths = [source]
    if glob.has_magic(source) and not Path(source).exists():
        paths = sorted(glob.glob(source, recursive=True))
        if not paths:
            raise DataError(f"no file fits {source}")
    found: list[Found] = []
    for path in paths:
        try:
            if os.path.isdir(path):
                inside = sorted(_walk(path))
                if not inside:
                    raise DataError(f"no tables are in {path}", hint="name the files, or a pattern")
                found += [_local(each) for each in inside]
            else:
                found.append(_local(path))
        except FileNotFoundError:
            raise DataError(f"there is no file {path}") from None
        except (OSError, ValueError) as error:
            raise DataError(
                f"{path!r} cannot be read: {getattr(error, 'strerror', None) or error}"
            ) from error
    return found


def _walk(folder: str) -> Iterator[str]:
    for place, folders, names in os.walk(folder):
        folders[:] = [name for name in folders if not name.startswith(_HIDDEN)]
        yield from (
            os.path.join(place, name) for name in names if not name.startswith(_HIDDEN) and is_table(name)
        )


def _local(path: str) -> Found:
    status = os.stat(path)
    return Found(os.path.abspath(path), status.st_size, str(status.st_mtime_ns))


def _remote_tables(source: str) -> list[Found]:
    from pyarrow import fs

    base, mark, options = source.partition("?")
    ending = mark + options
    pattern = ""
    if _MAGIC.search(base):
        start = base[: cast(re.Match[str], _MAGIC.search(base)).start()]
        base = start.rpartition("/")[0]
        pattern = source.partition("?")[0][len(base) + 1 :]
    with _said(source):
        system, path = fs.FileSystem.from_uri(uri_of(base + ending))
        (info,) = system.get_file_info([path])
        if info.type == fs.FileType.File and not pattern:
            return [_remote(info, base + ending)]
        selector = fs.FileSelector(path, allow_not_found=True, recursive=not pattern or "/" in pattern)
        fits = re.compile(_regex(pattern)).fullmatch if pattern else _is_shown_table
        found = []
        for each in system.get_file_info(selector):
            rest = each.path.removeprefix(path).lstrip("/")
            if each.is_file and fits(rest):
                found.append(_remote(each, f"{base.rstrip('/')}/{escaped(rest)}{ending}"))
    if not found and pattern:
        raise DataError(f"no file fits {source}")
    if not found:
        there = info.type == fs.FileType.Directory
        raise DataError(f"no tables are in {source}" if there else f"there is no file {source}")
    return sorted(found, key=lambda each: each.name)


def _remote(info: Any, address: str) -> Found:
    return Found(address, info.size or 0, str(info.mtime_ns))


def _is_shown_table(path: str) -> bool:
    return is_table(path) and not any(part.startswith(_HIDDEN) for part in path.split("/"))


def _regex(pattern: str) -> str:
    """Return the regular expression of a pattern in which ``*`` stays in a folder and ``**`` does not."""
    made = ""
    for part in re.split(r"(\*\*/|\*\*|\*|\[[^]]*\])", pattern):
        known = {"**/": "(?:.*/)?", "**": ".*", "*": "[^/]*"}
        made += known.get(part) or (
            part.replace("[!", "[^") if part.startswith("[") else re.escape(unquote(part))
        )
    return made


@contextlib.contextmanager
def _said(name: str) -> Iterator[None]:
    """Say in one sentence what is wrong with an address."""
    try:
        yield
    except FileNotFoundError:
        raise DataError(f"there is no file {name}") from None
    except (OSError, ValueError, NotImplementedError) as error:  # pyarrow's errors are among them
        reason = str(error).strip().splitlines()[0][:300] if str(error).strip() else type(error).__name__
        raise DataError(f"{name} cannot be used: {reason}") from error


@contextlib.contextmanager
def open_place(name: str, *, compression: str = "", is_parquet: bool = False) -> Iterator[Source]:
    """Open a table by its path or address.

    Args:
        name: the path or the address.
        compression: of it.
        is_parquet: leave it so that any part of it can be read.

    Raises:
        DataError: it is missing, or cannot be read.
    """
    if not is_address(name):
        with open_source(name, compression=compression) as source:
            yield source
        return
    from pyarrow import fs

    with _said(name):
        system, path = fs.FileSystem.from_uri(uri_of(name))
        stream = system.open_input_file(path)
    with stream:
        if is_parquet:
            yield Source(name, cast(BinaryIO, stream))
            return
        buffered = io.BufferedReader(cast(io.RawIOBase, stream), REMOTE_BYTES)
        yield Source(name, unpacked(buffered, compression, name, ""))


class Folder(Protocol):
    """Where parts are written."""

    name: str

    def names(self, below: str = "") -> dict[str, int]:
        """Return the files in the folder, or in one below it, with their sizes."""

    def read(self, name: str) -> bytes | None:
        """Return what is in a file; None where there is none."""

    def write(self, name: str, content: bytes) -> None:
        """Write a small file, whole or not at all."""

    def put(self, name: str, made: Path) -> None:
        """Move a file that was made by :meth:`temporary` to its name, whole or not at all."""

    def temporary(self, name: str) -> Path:
        """Return a new path for the making of a file."""

    def remove(self, name: str) -> None:
        """Remove a file that may be there."""


def open_folder(name: str) -> Folder:
    """Return the folder of a path or an address; nothing is made yet.

    Raises:
        DataError: the address holds credentials, is none that pyarrow knows, or is of a system that shows
            files before they are whole.
    """
    name = plain_path(name)
    if name.lower().startswith(_SHOWING_HALVES):
        raise DataError(
            f"{name.partition('://')[0]}:// is not written to: files can be seen there before they are whole",
            hint="name a folder that all machines share, or an address such as s3://bucket/folder",
        )
    return _Remote(name) if is_address(name) else _Local(name)


def plain_path(name: str) -> str:
    """Return an address ``file://…`` as the path that it is, and other names as they are.

    Raises:
        DataError: the address holds credentials, or is no path of this machine.
    """
    check_address(name)
    if not name.lower().startswith("file://"):
        return name
    from pyarrow import fs

    with _said(name):
        return str(fs.FileSystem.from_uri(uri_of(name))[1])


class _Local:
    def __init__(self, name: str) -> None:
        self.name = os.path.abspath(name)
        self._path = Path(self.name)

    def names(self, below: str = "") -> dict[str, int]:
        try:
            with os.scandir(self._path / below) as entries:
                return {each.name: each.stat().st_size for each in entries}
        except FileNotFoundError:
            return {}
        except OSError as error:
            raise DataError(f"{self.name} cannot be read: {error.strerror or error}") from error

    def read(self, name: str) -> bytes | None:
        try:
            return (self._path / name).read_bytes()
        except FileNotFoundError:
            return None

    def write(self, name: str, content: bytes) -> None:
        try:
            write_atomically(self._path / name, content)
        except OSError as error:
            raise DataError(f"{self.name} cannot be written: {error.strerror or error}") from error

    def temporary(self, name: str) -> Path:
        return side_path(self._path / name, f".{os.urandom(8).hex()}{TEMPORARY}")

    def put(self, name: str, made: Path) -> None:
        with made.open("rb+") as file:
            os.fsync(file.fileno())
        made.replace(self._path / name)

    def remove(self, name: str) -> None:
        (self._path / name).unlink(missing_ok=True)


class _Remote:
    """An object store shows a file once it is whole; it is made here first, and then sent.

    pyarrow would pack a second time what has a name such as ``reviews.csv.gz``, so it is told not to.
    """

    def __init__(self, name: str) -> None:
        from pyarrow import fs

        self.name = name
        base, mark, options = name.partition("?")
        with _said(name):
            self._system, path = fs.FileSystem.from_uri(uri_of(base.rstrip("/") + mark + options))
        self._path = path.rstrip("/")

    def names(self, below: str = "") -> dict[str, int]:
        from pyarrow import fs

        with _said(self.name):
            selector = fs.FileSelector(f"{self._path}/{below}".rstrip("/"), allow_not_found=True)
            return {each.base_name: each.size or 0 for each in self._system.get_file_info(selector)}

    def read(self, name: str) -> bytes | None:
        try:
            with (
                _said(self.name),
                self._system.open_input_stream(f"{self._path}/{name}", compression=None) as stream,
            ):
                return bytes(stream.readall())
        except DataError as error:
            if error.__cause__ is None:  # there is no file
                return None
            raise

    def write(self, name: str, content: bytes) -> None:
        with (
            _said(self.name),
            self._system.open_output_stream(f"{self._path}/{name}", compression=None) as stream,
        ):
            stream.write(content)

    def temporary(self, name: str) -> Path:
        del name
        descriptor, path = tempfile.mkstemp(TEMPORARY)
        os.close(descriptor)
        return Path(path)

    def put(self, name: str, made: Path) -> None:
        with (
            _said(self.name),
            made.open("rb") as file,
            self._system.open_output_stream(f"{self._path}/{name}", compression=None) as stream,
        ):
            shutil.copyfileobj(file, stream, REMOTE_BYTES)
        made.unlink()

    def remove(self, name: str) -> None:
        with contextlib.suppress(DataError), _said(self.name):
            self._system.delete_file(f"{self._path}/{name}")
