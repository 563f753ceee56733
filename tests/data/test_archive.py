"""Archives that are damaged or hostile end in one clear error, and cost little."""

from __future__ import annotations

import gzip
import io
import tarfile
import tracemalloc
from collections.abc import Callable
from pathlib import Path

import pytest

from opinia.data import imdb
from opinia.errors import DataError

Build = Callable[..., Path]
FIRST = "aclImdb/train/pos/0_9.txt"


def refusal(source: Path) -> str:
    with pytest.raises(DataError) as caught:
        imdb.load_splits(["train", "test"], source=source)
    assert str(source) in caught.value.message
    assert caught.value.hint
    return caught.value.message


def header(name: str, kind: bytes = tarfile.REGTYPE, *, link: str = "", size: int = 0) -> tarfile.TarInfo:
    info = tarfile.TarInfo(name)
    info.type, info.linkname, info.size = kind, link, size
    return info


@pytest.mark.parametrize(
    "name",
    ["../outside.txt", "/etc/outside.txt", "aclImdb/train/pos/../../../../x.txt", "..\\x.txt", "C:/x.txt"],
)
def test_a_path_that_leads_out_is_refused(archive: Build, name: str, tmp_path: Path) -> None:
    assert "leads out of the archive" in refusal(archive(None, header(name)))
    assert [path.name for path in tmp_path.iterdir()] == ["copy.tar.gz"]


@pytest.mark.parametrize(
    "kind", [tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.CHRTYPE, tarfile.BLKTYPE, tarfile.FIFOTYPE]
)
def test_a_link_or_device_is_refused(archive: Build, kind: bytes) -> None:
    assert "link, a device" in refusal(archive({FIRST: None}, header(FIRST, kind, link="/etc/passwd")))


def test_a_huge_review_is_refused(archive: Build) -> None:
    most = 1 << 20
    assert len(imdb.load("train", source=archive({FIRST: b"x" * most})).texts[0]) == most
    assert "claims 1,048,577 bytes" in refusal(archive({FIRST: b"x" * (most + 1)}))


def test_a_member_that_claims_terabytes_is_refused(archive: Build, tmp_path: Path) -> None:
    path = tmp_path / "claims.tar.gz"
    for name in (FIRST, "aclImdb/imdb.vocab"):
        path.write_bytes(gzip.compress(header(name, size=1 << 42).tobuf(tarfile.GNU_FORMAT) + bytes(2048)))
        assert "bytes" in refusal(path)


@pytest.mark.parametrize("kind", [tarfile.GNUTYPE_LONGNAME, tarfile.XHDTYPE, tarfile.XGLTYPE])
def test_a_bomb_in_a_long_header_is_refused(tmp_path: Path, kind: bytes) -> None:
    size = 200 << 20
    path = tmp_path / "bomb.tar.gz"
    with gzip.open(path, "wb", compresslevel=1) as packed:
        packed.write(header("././@LongLink", kind, size=size).tobuf(tarfile.GNU_FORMAT))
        for _ in range(size >> 20):
            packed.write(bytes(1 << 20))
    tracemalloc.start()
    assert "a header claims" in refusal(path)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 10 << 20


def test_long_headers_without_end_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "chain.tar.gz"
    link = header("././@LongLink", tarfile.GNUTYPE_LONGNAME, size=4).tobuf(tarfile.GNU_FORMAT)
    path.write_bytes(gzip.compress((link + b"name".ljust(512, b"\0")) * 5000))
    refusal(path)


def test_a_decompression_bomb_is_refused(tmp_path: Path) -> None:
    # 1.2 GB of zeros behind a sound tar, as members of a gzip file: 1.2 MB on disk.
    path = tmp_path / "bomb.tar.gz"
    zeros = gzip.compress(bytes(64 << 20), compresslevel=9)
    with path.open("wb") as file:
        file.write(gzip.compress(header("aclImdb/README").tobuf() + bytes(1024)))
        file.writelines([zeros] * 19)
    assert "unpacks to more than 1,073,741,824 bytes" in refusal(path)


def test_a_truncated_archive_is_refused_wherever_it_breaks_off(archive: Build) -> None:
    path = archive()
    whole = path.read_bytes()
    for length in (
        1,
        9,
        40,
        len(whole) // 3,
        len(whole) // 2,
        len(whole) - 60,
        len(whole) - 8,
        len(whole) - 1,
    ):
        path.write_bytes(whole[:length])
        refusal(path)


def test_a_flipped_bit_is_noticed(archive: Build) -> None:
    path = archive()
    whole = bytearray(path.read_bytes())
    whole[-6] ^= 1  # in the checksum of the whole stream
    path.write_bytes(whole)
    assert "CRC" in refusal(path)


@pytest.mark.parametrize(
    "content", [b"", b"<html>not found</html>", gzip.compress(b"no tar at all" * 100, mtime=0)]
)
def test_a_file_that_is_no_such_archive_is_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "page.tar.gz"
    path.write_bytes(content)
    refusal(path)


def test_a_repeated_member_is_refused(archive: Build, members: dict[str, bytes], tmp_path: Path) -> None:
    assert "review 0 twice. Received: " in refusal(archive({"aclImdb/train/pos/0_8.txt": b"again"}))
    path = tmp_path / "twice.tar.gz"
    with gzip.open(path, "wb") as packed, tarfile.open(fileobj=packed, mode="w") as tar:
        for name, content in [*members.items(), (FIRST, members[FIRST])]:
            tar.addfile(header(name, size=len(content)), io.BytesIO(content))
    assert "twice" in refusal(path)


def test_a_missing_review_is_named(archive: Build) -> None:
    message = refusal(archive({"aclImdb/test/neg/1_2.txt": None}))
    assert "1 of 3 reviews of test/neg are missing; the first has the running number 1" in message


def test_a_missing_class_is_named(archive: Build, members: dict[str, bytes]) -> None:
    gone = {name: None for name in members if name.startswith("aclImdb/test/neg/")}
    assert "test/neg holds no reviews" in refusal(archive(gone))


def test_a_review_with_no_movie_is_named(archive: Build) -> None:
    assert "1 reviews of train/pos have no movie; the first is '17_9'" in refusal(
        archive({"aclImdb/train/pos/17_9.txt": b"stray"})
    )
    assert "11 reviews" not in refusal(archive({"aclImdb/train/urls_pos.txt": None}))


@pytest.mark.parametrize(
    "line", ["", "http://www.imdb.com/name/nm0000001/", "https://evil.example/title/tt1/"]
)
def test_a_line_that_names_no_movie_is_refused(archive: Build, members: dict[str, bytes], line: str) -> None:
    lines = members["aclImdb/train/urls_pos.txt"].decode().split("\n")
    lines[2] = line
    message = refusal(archive({"aclImdb/train/urls_pos.txt": "\n".join(lines).encode()}))
    assert "train/pos review 2 is no IMDb title" in message


def test_invalid_utf8_is_named(archive: Build) -> None:
    assert f"{FIRST} is not valid UTF-8 (byte 4)" in refusal(archive({FIRST: b"good\xff"}))


def test_members_of_other_names_are_passed_over(archive: Build) -> None:
    others = {
        "aclImdb/train/pos/._0_9.txt": b"\xff",
        "aclImdb/train/pos/0_9.txt.bak": b"\xff",
        "elsewhere/aclImdb/train/pos/0_9.txt": b"\xff",
        "aclImdb/train/pos/sub/0_9.txt": b"\xff",
        "aclImdb/test/unsup/0_0.txt": b"\xff",
        "aclImdb/train/pos/\u0661_9.txt": b"\xff",
    }
    assert len(imdb.load("train", source=archive(others))) == 11


def test_paths_that_begin_with_a_dot_are_understood(tmp_path: Path, members: dict[str, bytes]) -> None:
    path = tmp_path / "dot.tar.gz"
    with tarfile.open(path, "w:gz") as tar:
        for name, content in members.items():
            tar.addfile(header(f"./{name}", size=len(content)), io.BytesIO(content))
    assert len(imdb.load("train", source=path)) == 11
