"""Read the original distribution of the IMDB reviews: the ``.tar.gz``, or the folder it unpacks to.

The archive is read as a stream and never unpacked: no member's path ever names a file on this
machine. Only members of the expected names are read, each within a bound of its own.
"""

from __future__ import annotations

import gzip
import re
import tarfile
import zlib
from pathlib import Path
from typing import IO, Any, cast

from opinia.data.imdb.gather import CLASSES, MAX_REVIEW_BYTES, Gathering
from opinia.errors import DataError

TOP = "aclImdb"
MAX_ARCHIVE_BYTES = 1 << 30
"""Most bytes an archive may unpack to; the official one stays well below half of it."""
MAX_MEMBERS = 500_000
MAX_URLS_BYTES = 16 << 20
_BLOCK_BYTES = 512
_MAX_HEADER_BYTES = 1 << 10
_MAX_LONG_HEADERS_BYTES = 16 << 20
_MAX_SHARED_HEADERS = 100
_DRAIN_BYTES = 1 << 20

_REVIEW = re.compile(rf"{TOP}/(train|test)/(pos|neg|unsup)/([0-9]{{1,7}}_[0-9]{{1,2}})\.txt")
_URLS = re.compile(rf"{TOP}/(train|test)/urls_(pos|neg|unsup)\.txt")
_URL = re.compile(r"https?://(?:www\.|m\.)?imdb\.com/title/(tt[0-9]{1,12})(?:/[!-~]*)?")


class _HeaderStream:
    """What ``tarfile`` sees of the unpacked stream: headers alone, and never past the bound.

    ``tarfile`` reads an extended header (a long name) whole, whatever size it claims, and in time and
    memory that grow with the square of it; here it cannot.
    """

    def __init__(self, stream: IO[bytes]) -> None:
        self._stream = stream
        self._long = 0

    def read(self, size: int) -> bytes:
        if not 0 <= size <= _MAX_HEADER_BYTES:
            raise tarfile.ReadError(f"a header claims {size:,} bytes")
        self._long += size if size > _BLOCK_BYTES else 0
        if self._long > _MAX_LONG_HEADERS_BYTES:
            raise tarfile.ReadError(f"its long headers have more than {_MAX_LONG_HEADERS_BYTES:,} bytes")
        return self._stream.read(size)

    def seek(self, position: int) -> int:
        if position > MAX_ARCHIVE_BYTES:
            raise tarfile.ReadError(f"it unpacks to more than {MAX_ARCHIVE_BYTES:,} bytes")
        return self._stream.seek(position)

    def tell(self) -> int:
        return self._stream.tell()


def read_archive(path: Path, gathering: Gathering) -> None:
    """Read the wanted reviews and their movies from a local copy of the archive.

    The whole stream is read once, up to its checksum, so a damaged copy never passes for a good one.

    Args:
        path: a gzip-compressed tar whose members stand below ``aclImdb/``.
        gathering: takes the reviews in, and says which splits are wanted.

    Raises:
        DataError: the file is no such archive, is damaged or truncated, unpacks to more than 1 GiB,
            or holds a link, a device, a path that leads elsewhere, or a review of more than 1 MiB.
    """
    try:
        with gzip.open(path, "rb") as opened:
            stream = cast("IO[bytes]", opened)
            _read_members(stream, gathering)
            while stream.read(_DRAIN_BYTES):
                if stream.tell() > MAX_ARCHIVE_BYTES:
                    raise gathering.broken(f"it unpacks to more than {MAX_ARCHIVE_BYTES:,} bytes")
    except DataError:
        raise
    except EOFError:
        raise gathering.broken("the archive is truncated") from None
    except (tarfile.TarError, OSError, zlib.error, ValueError, RecursionError) as error:
        raise gathering.broken(f"it is no sound .tar.gz archive ({error})") from error


def _read_members(stream: IO[bytes], gathering: Gathering) -> None:
    with tarfile.open(fileobj=cast("IO[bytes]", _HeaderStream(stream)), mode="r:", encoding="utf-8") as tar:
        count = 0
        while (member := tar.next()) is not None:
            cast("Any", tar).members.clear()  # or tarfile would keep a record of each of 100,000 members
            if len(tar.pax_headers) > _MAX_SHARED_HEADERS:  # kept, and copied for each member
                raise gathering.broken(f"it has more than {_MAX_SHARED_HEADERS} headers for all members")
            count += 1
            if count > MAX_MEMBERS:
                raise gathering.broken(f"the archive has more than {MAX_MEMBERS:,} members")
            name = _checked_name(member, gathering)
            if found := _REVIEW.fullmatch(name):
                split = _split(found[1], found[2])
                if gathering.wants(split, found[2]):
                    content = _content(stream, member, MAX_REVIEW_BYTES, gathering)
                    gathering.add_review(split, found[2], found[3], gathering.decode(content, name))
            elif found := _URLS.fullmatch(name):
                split = _split(found[1], found[2])
                if gathering.wants(split, found[2]):
                    content = _content(stream, member, MAX_URLS_BYTES, gathering)
                    _add_movies(content, split, found[2], gathering)


def _checked_name(member: tarfile.TarInfo, gathering: Gathering) -> str:
    """Return the member's path without a leading ``./``, or refuse the archive."""
    name = member.name.removeprefix("./")
    if name.startswith(("/", "\\")) or ":" in name[:2] or ".." in re.split(r"[/\\]", name):
        raise gathering.broken(f"a member's path leads out of the archive. Received: {member.name[:200]!r}")
    plain = member.type in (tarfile.REGTYPE, tarfile.AREGTYPE) and not member.issparse()
    if not (plain or member.isdir()):
        raise gathering.broken(
            f"a member is neither a plain file nor a folder, but a link, a device or the like. "
            f"Received: {member.name[:200]!r}"
        )
    if member.size < 0:
        raise gathering.broken(f"a member claims a negative size. Received: {member.name[:200]!r}")
    return name


def _content(stream: IO[bytes], member: tarfile.TarInfo, most: int, gathering: Gathering) -> bytes:
    if member.size > most:
        raise gathering.broken(f"{member.name} claims {member.size:,} bytes; at most {most:,} are read")
    stream.seek(member.offset_data)
    content = stream.read(member.size)
    if len(content) != member.size:
        raise EOFError
    return content


def _split(folder: str, kind: str) -> str:
    """Return the split of ``aclImdb/FOLDER/KIND``: the unlabelled reviews stand below train."""
    return "unsup" if (folder, kind) == ("train", "unsup") else folder


def _add_movies(content: bytes, split: str, kind: str, gathering: Gathering) -> None:
    """Read one ``urls_*.txt``: its line k, from 0, is the page of the review with running number k."""
    text = gathering.decode(content, f"urls_{kind}.txt of {split}")
    for number, line in enumerate(text.rstrip().split("\n")):
        url = _URL.fullmatch(line.strip())
        gathering.add_movie(split, kind, number, url[1] if url else line)


def read_folder(folder: Path, gathering: Gathering) -> None:
    """Read the wanted reviews and their movies from an unpacked ``aclImdb/``.

    Args:
        folder: the folder that holds ``train/`` and ``test/``.
        gathering: takes the reviews in, and says which splits are wanted.

    Raises:
        DataError: a file or folder is missing or unreadable, or a review is of more than 1 MiB.
    """
    for split in gathering.splits:
        for kind in CLASSES[split]:
            part = "train" if kind == "unsup" else split
            try:
                urls = _file(folder / part / f"urls_{kind}.txt", MAX_URLS_BYTES, gathering)
                _add_movies(urls, split, kind, gathering)
                for path in (folder / part / kind).iterdir():
                    found = _REVIEW.fullmatch(f"{TOP}/{part}/{kind}/{path.name}")
                    if found and path.is_file():
                        content = _file(path, MAX_REVIEW_BYTES, gathering)
                        gathering.add_review(split, kind, found[3], gathering.decode(content, str(path)))
            except OSError as error:
                raise gathering.broken(f"{error.filename} cannot be read ({error.strerror})") from error


def _file(path: Path, most: int, gathering: Gathering) -> bytes:
    with path.open("rb") as stream:
        content = stream.read(most + 1)
    if len(content) > most:
        raise gathering.broken(f"{path} holds more than {most:,} bytes")
    return content
