"""Bytes and characters in and out: compression, encodings, and what can be wrong with them."""

from __future__ import annotations

import bz2
import codecs
import contextlib
import csv
import gzip
import io
import lzma
import os
import stat
import sys
import zipfile
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from types import ModuleType
from typing import Any, BinaryIO, TypeVar

from opinia import extras
from opinia.errors import DataError
from opinia.tables.addresses import check_address, is_address
from opinia.tables.encodings import Found, Late
from opinia.tables.limits import MAX_RECORD, too_large

Inode = tuple[int, int]
"""Device and number of a file, which all its names have in common."""

_Item = TypeVar("_Item")
_BUFFER = 1 << 18
_GZIP = b"\x1f\x8b"
_BZIP2 = b"BZh"
_XZ = b"\xfd7zXZ\0"
_ZSTD = b"\x28\xb5\x2f\xfd"
_WIDE = ("utf-16", "utf-32")
# A file made of parts may say its byte order only once.
_WITHOUT_MARK = {name: f"{name}-{sys.byteorder[0]}e" for name in _WIDE}


@dataclass(frozen=True)
class Source:
    """An input that is open.

    Args:
        name: for messages: the path, or ``standard input``.
        stream: its bytes, unpacked.
        path: of the regular file behind it, None for a pipe or a device.
        status: of that file when it was opened.
        descriptor: of that file.
        inode: of a regular file, under whatever name or through standard input.
    """

    name: str
    stream: BinaryIO
    path: Path | None = None
    status: os.stat_result | None = None
    descriptor: int = -1
    inode: Inode | None = None

    def share(self) -> float | None:
        """Return how much of the input has been read, from 0 to 1; None where nobody knows."""
        if self.status is None or not self.status.st_size:
            return None
        try:
            place = os.lseek(self.descriptor, 0, os.SEEK_CUR)
        except OSError:
            return None
        return min(1.0, place / self.status.st_size)

    def beginning(self, size: int) -> tuple[bytes, bool, Source]:
        """Return the first bytes, whether they are all, and a source that has them still before it.

        What is wrong with the source behind them is raised where a reader comes to it.

        Args:
            size: the most bytes to return.
        """
        read = getattr(self.stream, "read1", self.stream.read)
        pieces: list[bytes] = []
        held, fault, is_whole = 0, None, False
        while held < size:
            try:
                piece = read(min(_BUFFER, size - held))
            except Exception as error:  # of any kind of compression; said where the rows come to it
                fault = error
                break
            if not piece:
                is_whole = True
                break
            pieces.append(piece)
            held += len(piece)
        start = b"".join(pieces)
        if fault is not None and not start:
            with reading(self.name, "", 0):
                raise fault
        stream = io.BufferedReader(_Restarted(start, self.stream, fault), _BUFFER)
        return start, is_whole, replace(self, stream=stream)

    def check_whole(self) -> None:
        """Check, at the end of the rows, that the file did not become shorter while it was read.

        Raises:
            DataError: it did.
        """
        if self.status is None:
            return
        size = os.fstat(self.descriptor).st_size
        if size < self.status.st_size:
            raise DataError(
                f"{self.name} became shorter while it was read: {self.status.st_size:,} to {size:,} bytes",
                hint="score it again once nothing writes to it",
            )


class _Restarted(io.RawIOBase):
    """Bytes that were read already, and the stream behind them."""

    def __init__(self, start: bytes, stream: BinaryIO, fault: Exception | None) -> None:
        self._start, self._stream, self._fault = memoryview(start), stream, fault

    def readable(self) -> bool:
        """Return that it is."""
        return True

    def readinto(self, buffer: Any) -> int:
        """Fill a buffer, as far as there is something at once."""
        if self._start:
            taken = self._start[: len(buffer)]
            buffer[: len(taken)] = taken
            self._start = self._start[len(taken) :]
            return len(taken)
        if self._fault is not None:
            raise self._fault
        read = getattr(self._stream, "readinto1", None) or self._stream.readinto  # type: ignore[attr-defined]
        return int(read(buffer) or 0)


@contextlib.contextmanager
def open_source(path: str, *, compression: str = "", part: str = "") -> Iterator[Source]:
    """Open an input, ``-`` for standard input. What begins as gzip, bzip2, xz or zstd is unpacked.

    Of a zip archive ``part`` is the file in it.

    Raises:
        DataError: it is missing, a folder, or cannot be read.
        MissingExtraError: it is zstd, and the package for that is not installed.
    """
    if path == "-":
        if sys.stdin is None:
            raise DataError("standard input is closed")
        name, inode = "standard input", None
        try:
            # Not sys.stdin itself: at its end Python would fail on one that a thread still waits for.
            stdin = io.BufferedReader(io.FileIO(sys.stdin.fileno(), closefd=False), _BUFFER)
            inode = _inode(os.fstat(stdin.fileno()))
        except (OSError, ValueError):  # no real file, as in tests
            stdin = io.BufferedReader(sys.stdin.buffer, _BUFFER)  # type: ignore[arg-type]
        yield Source(name, unpacked(stdin, compression, name, part), inode=inode)
        return
    try:
        file = io.BufferedReader(io.FileIO(path), _BUFFER)
    except IsADirectoryError:
        raise DataError(f"{path} is a folder", hint="name one file") from None
    except FileNotFoundError:
        check_address(path)
        hint = "addresses are read by opinia score --engine ray or spark alone" if is_address(path) else None
        raise DataError(f"there is no file {path}", hint=hint) from None
    except (OSError, ValueError) as error:  # a NUL in the name is a ValueError
        raise DataError(f"{path!r} cannot be read: {getattr(error, 'strerror', None) or error}") from error
    status = os.fstat(file.fileno())
    if not stat.S_ISREG(status.st_mode):
        yield Source(path, unpacked(file, compression, path, part))
        file.close()  # not where that failed: a thread may still read, and closing would wait for its writer
        return
    with file:
        stream = unpacked(file, compression, path, part)
        yield Source(path, stream, Path(path), status, file.fileno(), _inode(status))


def _inode(status: os.stat_result) -> Inode | None:
    return (status.st_dev, status.st_ino) if stat.S_ISREG(status.st_mode) else None


def unpacked(file: io.BufferedReader[Any], compression: str, name: str, part: str) -> BinaryIO:
    """Return the unpacked bytes of a file.

    Args:
        file: its own bytes.
        compression: of it; what begins as gzip, bzip2, xz or zstd is unpacked in any case.
        name: for messages.
        part: the file in a zip archive.

    Raises:
        DataError: it cannot be read.
        MissingExtraError: it is zstd, and the package for that is not installed.
    """
    try:
        start = file.peek(6)[:6]
    except OSError as error:
        raise DataError(f"{name} cannot be read: {error.strerror or error}") from error
    stream: Any = file
    if not start:
        return stream  # type: ignore[no-any-return]
    if compression == "gz" or start.startswith(_GZIP):
        stream = gzip.GzipFile(fileobj=file)
    elif compression == "zst" or start.startswith(_ZSTD):
        stream = zstd().ZstdFile(file)
    elif compression == "bz2" or start.startswith(_BZIP2):
        stream = bz2.BZ2File(file)
    elif compression == "xz" or start.startswith(_XZ):
        stream = lzma.LZMAFile(file)  # noqa: SIM115
    elif compression == "zip":
        stream = _member(file, name, part)
    return stream  # type: ignore[no-any-return]


def members(path: str | BinaryIO) -> list[str]:
    """Return the names of the files in a zip archive, without what macOS puts beside them.

    Raises:
        DataError: it is no such archive.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            names = [each.filename for each in archive.infolist() if not each.is_dir()]
    except (zipfile.BadZipFile, OSError, ValueError) as error:
        raise DataError(
            f"{path} is damaged, or no zip archive: {getattr(error, 'strerror', None) or error}"
        ) from error
    return [name for name in names if not name.startswith("__MACOSX/") and not name.endswith(".DS_Store")]


def _member(file: io.BufferedReader[Any], name: str, part: str) -> Any:
    try:
        return zipfile.ZipFile(file).open(part)
    except KeyError:
        raise DataError(f"{name} has no file {part!r} in it") from None
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, OSError, ValueError) as error:
        raise DataError(f"{name} cannot be unpacked: {error}") from error


def zstd() -> ModuleType:
    """Return the module for zstd: the standard library's, from Python 3.14 on, or its backport.

    Raises:
        MissingExtraError: there is none.
    """
    extras.require("zstd", *extras.ZSTD)
    if sys.version_info >= (3, 14):
        from compression import zstd as module
    else:
        from backports import zstd as module
    return module


def compress(data: bytes, compression: str) -> bytes:
    """Return data as one whole stream of a compression; such can stand one behind the other."""
    if compression == "gz":
        return gzip.compress(data, 6, mtime=0)
    if compression == "bz2":
        return bz2.compress(data)
    if compression == "xz":
        return lzma.compress(data)
    return bytes(zstd().compress(data)) if compression == "zst" else data


@dataclass(frozen=True)
class Encoding:
    """How characters become bytes and back.

    Wrong bytes pass through unchanged, as lone surrogates, so that a wrong cell costs one row at
    most, and nothing where it is not the text. Only of rarer encodings that do not hold ASCII, and
    of UTF-16 and UTF-32 that break off within a character, nothing can be saved.

    Args:
        name: such as ``"utf-8"``.
        codec: what writes it behind the first bytes, without a byte order mark.
        errors: what becomes of wrong bytes, as for :func:`open`.
        late: decides later on, where the beginning leaves open which encoding it is; None where it does not.
    """

    name: str
    codec: str
    errors: str
    late: Late | None = None

    @classmethod
    def found(cls, found: Found) -> Encoding:
        """Return an encoding that was found, and may still show to be another."""
        named = cls.named(found.name)
        return replace(named, late=Late(found)) if found.rivals else named

    @classmethod
    def named(cls, name: str) -> Encoding:
        """Look up an encoding.

        Raises:
            DataError: Python knows none of that name.
        """
        try:
            found = codecs.lookup(name).name
            errors = "surrogateescape" if "a,\n".encode(found) == b"a,\n" else "strict"
            errors = "surrogatepass" if found.startswith(_WIDE) else errors
        except (LookupError, ValueError, TypeError) as error:
            raise DataError(
                f"there is no encoding {name!r}", hint="such as utf-8, cp1250, latin-1 or utf-16"
            ) from error
        if found == "utf-8-sig":  # the mark is kept as it is anyway
            found, errors = "utf-8", "surrogateescape"
        return cls(found, _WITHOUT_MARK.get(found, found), errors)

    def reader(self, source: Source, *, newline: str) -> io.TextIOWrapper:
        """Return the characters of a source; ``newline`` as for :func:`open`.

        Raises:
            DataError: it begins like UTF-16, and that is not the encoding.
        """
        stream = source.stream
        buffered = stream if isinstance(stream, io.BufferedReader) else io.BufferedReader(stream, _BUFFER)  # type: ignore[type-var]
        with reading(source.name, self.name, 0):
            start = buffered.peek(2)[:2]
        self._check(start, source.name)
        if self.late is not None:
            late = io.BufferedReader(self.late.over(buffered), _BUFFER)
            return io.TextIOWrapper(late, "utf-8", "surrogateescape", newline=newline)
        return io.TextIOWrapper(buffered, self.name, self.errors, newline=newline)

    def beginning(self, start: bytes, *, is_whole: bool, name: str) -> str:
        """Return the text of the first bytes of a source, as far as its characters are whole.

        Raises:
            DataError: it begins like UTF-16, and that is not the encoding.
        """
        self._check(start, name)
        try:
            decoder = codecs.getincrementaldecoder(self.name)(self.errors)
            text = decoder.decode(start)
            if is_whole:
                with contextlib.suppress(UnicodeError):  # said where the rows come to it
                    text += decoder.decode(b"", final=True)
        except UnicodeError:  # said where the rows come to it
            return start.decode(self.name, "replace")
        return text

    def _check(self, start: bytes, name: str) -> None:
        wide = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
        if start.startswith(wide) and self.errors == "surrogateescape":
            raise DataError(f"{name} is UTF-16, not {self.name}", hint="--encoding utf-16")

    def encode(self, text: str) -> bytes:
        """Return the bytes of a text that does not stand first.

        Raises:
            DataError: the encoding lacks a character; it can only be in a label.
        """
        try:
            return text.encode(self.late.encoding if self.late else self.codec, self.errors)
        except UnicodeEncodeError as error:
            raise DataError(
                f"{self.name} has no {text[error.start]!r}, which stands in the name of a class",
                hint="write another format, such as .jsonl or .xlsx, or convert the table to UTF-8 first",
            ) from error

    def mark(self) -> bytes:
        """Return the byte order mark, where the encoding has one."""
        return "".encode(self.name)

    def fault(self, text: str) -> str | None:
        """Return what is wrong with a text that holds undecoded bytes; None if it holds none."""
        if text.isascii():
            return None
        try:
            text.encode()
        except UnicodeEncodeError as error:
            what = (
                f"byte 0x{ord(text[error.start]) & 0xFF:02x}"
                if self.errors == "surrogateescape"
                else "half a pair"
            )
            return (
                f"not {self.late.name if self.late else self.name}: {what} at character {error.start + 1:,}"
            )
        return None


def late_encodings(reader: object) -> dict[str, int]:
    """Return the encoding of a table that showed only later than in its beginning, and the line where.

    Args:
        reader: of the table, after its rows.
    """
    late = _late(reader)
    return {late.name: late.line} if late is not None and late.line else {}


def settle_encoding(reader: object, written: Iterable[str]) -> None:
    """Leave the encoding of a table as its beginning shows it, if what is to be written needs it.

    Args:
        reader: of the table, before its rows.
        written: names of columns and labels that are added.
    """
    late = _late(reader)
    if late is not None and not all(map(str.isascii, written)):
        late.settle()


def _late(reader: object) -> Late | None:
    for name in ("_table", "table", "_plain"):
        reader = getattr(reader, name, reader)
    encoding = getattr(reader, "encoding", None)
    return encoding.late if isinstance(encoding, Encoding) else None


_SURELY = MAX_RECORD // 8
"""Characters up to which a line is never too large."""


def lines(stream: io.TextIOWrapper, name: str) -> Iterator[str]:
    """Yield each line with its end.

    Raises:
        DataError: one is too long for any table.
    """
    number = 0
    while line := stream.readline(MAX_RECORD + 2):
        number += 1
        if len(line) > _SURELY and sys.getsizeof(line) > MAX_RECORD:
            raise too_large(f"line {number:,}", name)
        yield line


def guarded(rows: Iterator[_Item], *, name: str, encoding: str) -> Iterator[_Item]:
    """Yield the rows, and name the row where the source turns out to be damaged.

    Raises:
        DataError: the source breaks off, is damaged, or is in another encoding.
    """
    done = 0
    with reading(name, encoding, 0) as place:
        for row in rows:
            done += 1
            place[0] = done
            yield row


@contextlib.contextmanager
def reading(name: str, encoding: str, done: int) -> Iterator[list[int]]:
    """Translate what can go wrong while a source is read; the list holds the rows that were read."""
    place = [done]
    try:
        yield place
    except UnicodeError as error:
        raise DataError(
            f"{name} is not {encoding}, near row {place[0] + 1:,}: {getattr(error, 'reason', error)}",
            hint="--encoding names another encoding",
        ) from error
    except csv.Error as error:
        raise DataError(
            f"row {place[0] + 1:,} of {name} cannot be read: {error}", hint="is a quote never closed?"
        ) from error
    except (EOFError, zlib.error, lzma.LZMAError, zipfile.BadZipFile, gzip.BadGzipFile) as error:
        raise DataError(f"{name} is damaged or breaks off after row {place[0]:,}: {error}") from error
    except OSError as error:
        raise DataError(f"{name} cannot be read after row {place[0]:,}: {error.strerror or error}") from error
    except Exception as error:
        # Not imported where no zstd is read.
        if type(error).__name__ != "ZstdError":
            raise
        raise DataError(f"{name} is damaged after row {place[0]:,}: {error}") from error
