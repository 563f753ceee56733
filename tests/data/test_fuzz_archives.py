"""A few hundred hostile archives; ``python tests/data/fuzz_archives.py 100000`` makes more."""

import gzip
import io
import subprocess
import sys
from pathlib import Path

import pytest
from fuzz_archives import block

from data_forms import pack, small_members
from opinia.data.imdb import load_splits
from opinia.errors import DataError

FUZZER = Path(__file__).with_name("fuzz_archives.py")


def test_a_hostile_archive_is_refused_or_read_as_another_reader_does():
    run = [sys.executable, str(FUZZER), "300", "--first", "1000000"]
    done = subprocess.run(run, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    assert {line.split("  ")[-1].strip() for line in done.stdout.splitlines()} == {"refused", "read"}


def with_headers(path, content, kind, count):
    """An archive that begins with extended headers, each about a member of its own."""
    extra = (block("pax", content, kind=kind) + block("more", b"")) * count
    pack(path, small_members())
    path.write_bytes(gzip.compress(extra + gzip.decompress(path.read_bytes()), 1))
    return path


@pytest.mark.parametrize("content", [b"1" * 60_000, b"2 " * 30_000])
def test_long_headers_are_refused_before_they_cost_time(tmp_path, content):
    """Python's own reader takes time in proportion to the square of a header's length."""
    path = with_headers(tmp_path / "a.tar.gz", content, b"x", 100)
    with pytest.raises(DataError, match="a header claims 6"):
        load_splits(["train"], source=path)


def test_many_long_headers_are_refused(tmp_path):
    path = with_headers(tmp_path / "a.tar.gz", b"1024 comment=" + b"a" * 1010 + b"\n", b"x", 20_000)
    with pytest.raises(DataError, match="its long headers have more than"):
        load_splits(["train"], source=path)


def test_headers_for_all_members_do_not_pile_up(tmp_path):
    path, stream = tmp_path / "a.tar.gz", io.BytesIO()
    for number in range(300):
        record = f"20 key{number:05d}=value\n".encode()
        stream.write(block("pax", record, kind=b"g") + block("more", b""))
    path.write_bytes(gzip.compress(stream.getvalue() + bytes(1024)))
    with pytest.raises(DataError, match="more than 100 headers for all members"):
        load_splits(["train"], source=path)


def test_an_archive_with_short_headers_is_read(tmp_path):
    path = with_headers(tmp_path / "a.tar.gz", b"24 comment=hello again\n", b"x", 20)
    assert len(load_splits(["train"], source=path)["train"].ids) == 11
