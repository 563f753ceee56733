"""The archive is fetched from a real server: whole under its name, or not there at all."""

from __future__ import annotations

import hashlib
import os
import re
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from data_forms import Server
from opinia.data import imdb
from opinia.data.imdb.download import ARCHIVE_NAME, ARCHIVE_URL, fetch_archive
from opinia.errors import DataError, DownloadError, MissingExtraError


@pytest.fixture
def checksum(server: Server, archive: Callable[..., Path]) -> str:
    """Let the server hand out the small archive, and return its checksum."""
    path = archive()
    server.content = path.read_bytes()
    path.unlink()
    return f"md5:{hashlib.md5(server.content).hexdigest()}"


def test_a_good_archive_is_fetched_once(server: Server, checksum: str, tmp_path: Path) -> None:
    cache = tmp_path / "new" / "cache"
    path = fetch_archive(cache, url=server.url, checksum=checksum)
    assert path == cache / ARCHIVE_NAME
    assert path.read_bytes() == server.content
    assert len(imdb.load("train", source=path)) == 11
    assert fetch_archive(cache, url=server.url, checksum=checksum) == path
    assert server.requests == 1
    assert [file.name for file in cache.iterdir()] == [ARCHIVE_NAME]


def test_a_download_that_breaks_off_is_started_again(server: Server, checksum: str, tmp_path: Path) -> None:
    server.cut = [len(server.content) // 2]
    path = fetch_archive(tmp_path, url=server.url, checksum=checksum, retries=1)
    assert path.read_bytes() == server.content
    assert server.requests == 2


def test_a_server_that_goes_half_way_leaves_nothing(server: Server, checksum: str, tmp_path: Path) -> None:
    server.cut = [len(server.content) // 2, 10]
    with pytest.raises(DownloadError) as caught:
        fetch_archive(tmp_path, url=server.url, checksum=checksum, retries=1)
    assert server.requests == 2
    assert list(tmp_path.iterdir()) == []
    assert server.url in caught.value.message
    assert str(tmp_path / ARCHIVE_NAME) in str(caught.value.hint)
    assert "OPINIA_DATA" in str(caught.value.hint)


def test_a_wrong_checksum_leaves_nothing(server: Server, checksum: str, tmp_path: Path) -> None:
    server.content += b"?"
    with pytest.raises(DownloadError, match="(?i)hash"):
        fetch_archive(tmp_path, url=server.url, checksum=checksum, retries=0)
    assert list(tmp_path.iterdir()) == []


def test_a_damaged_copy_in_the_cache_is_fetched_anew(server: Server, checksum: str, tmp_path: Path) -> None:
    (tmp_path / ARCHIVE_NAME).write_bytes(server.content[:100])
    assert fetch_archive(tmp_path, url=server.url, checksum=checksum).read_bytes() == server.content


def test_a_truncated_archive_with_its_own_checksum_is_refused_on_reading(
    server: Server, checksum: str, tmp_path: Path
) -> None:
    server.content = server.content[: len(server.content) // 2]
    named = f"md5:{hashlib.md5(server.content).hexdigest()}"
    path = fetch_archive(tmp_path, url=server.url, checksum=named)
    with pytest.raises(DataError, match="truncated"):
        imdb.load("train", source=path)


def test_an_answer_of_failure_is_an_error_of_ours(server: Server, tmp_path: Path) -> None:
    server.status = 404
    with pytest.raises(DownloadError, match="404"):
        fetch_archive(tmp_path, url=server.url, retries=0)


def test_a_server_that_is_not_there_is_an_error_of_ours(tmp_path: Path) -> None:
    with pytest.raises(DownloadError, match="could not be fetched"):
        fetch_archive(tmp_path, url="http://127.0.0.1:9/aclImdb_v1.tar.gz", retries=0)


def test_a_folder_that_cannot_be_made_is_an_error_of_ours(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(DownloadError, match="could not be fetched"):
        fetch_archive(tmp_path / "file" / "cache", url="http://127.0.0.1:9/x", retries=0)


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere the cache folder is named by other means")
def test_reviews_that_are_nowhere_are_fetched_into_the_cache(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # A cache folder that cannot be made ends the attempt before anything goes over the network.
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "file"))
    with pytest.raises(DownloadError, match=re.escape(f"{ARCHIVE_URL} to {tmp_path / 'file' / 'opinia'}")):
        imdb.load("train")


def test_progress_goes_to_standard_error(
    server: Server, checksum: str, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    server.cut = [100]
    fetch_archive(tmp_path / "a", url=server.url, checksum=checksum, progress=True, retries=1)
    shown = capfd.readouterr()
    assert "IMDB reviews" in shown.err
    assert shown.out == ""
    fetch_archive(tmp_path / "b", url=server.url, checksum=checksum)
    assert capfd.readouterr() == ("", "")


def test_without_pooch_the_extra_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pooch", None)
    with pytest.raises(MissingExtraError, match="fetching the reviews needs pooch, which") as error:
        fetch_archive(tmp_path)
    assert "[train]" in error.value.hint  # of wherever this opinia came from


def test_what_a_killed_download_left_is_removed_after_a_day(server, tmp_path):
    old, fresh, other = tmp_path / "tmpabcd1234", tmp_path / "tmpabcd1235", tmp_path / "mine"
    for path in (old, fresh, other):
        path.write_bytes(b"half")
    yesterday = time.time() - 100_000
    for path in (old, other):
        os.utime(path, (yesterday, yesterday))
    fetch_archive(tmp_path, url=server.url, checksum=f"md5:{hashlib.md5(server.content).hexdigest()}")
    assert not old.exists()
    assert fresh.exists()
    assert other.exists()
