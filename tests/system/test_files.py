"""Files that are whole or not there: permissions, killed writers, and the process left as it is."""

import os
import signal
import stat
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import pytest

from opinia.system.files import create, write_atomically

KILLED = """
import os, signal, sys
from pathlib import Path
from opinia.system import files
real = os.fsync
os.fsync = lambda fd: os.kill(os.getpid(), signal.SIGKILL)
files.write_atomically(Path(sys.argv[1]), "half")
"""


def mode(path):
    return stat.S_IMODE(path.stat().st_mode)


def names(folder):
    return sorted(path.name for path in folder.iterdir())


def test_permissions_of_a_file_that_was_there_stay(tmp_path):
    path = tmp_path / "a"
    for each in (0o600, 0o640, 0o444, 0o666):
        path.write_text("old")
        path.chmod(each)
        write_atomically(path, "new")
        assert (path.read_text(), mode(path)) == ("new", each)
        path.unlink()


@pytest.mark.parametrize(("umask", "made"), [(0o022, 0o644), (0o077, 0o600), (0o002, 0o664)])
def test_a_new_file_obeys_the_umask(umask, made, tmp_path):
    script = "import os, sys; from pathlib import Path; from opinia.system.files import write_atomically\n"
    script += f"os.umask({umask}); write_atomically(Path(sys.argv[1]), 'x')"
    subprocess.run([sys.executable, "-c", script, str(tmp_path / "a")], check=True)
    assert mode(tmp_path / "a") == made


def test_the_umask_of_the_process_is_never_touched(tmp_path, monkeypatch):
    def refuse(mask):
        raise AssertionError("other threads would write files for all to read")

    monkeypatch.setattr(os, "umask", refuse)
    write_atomically(tmp_path / "a", "x")
    write_atomically(tmp_path / "a", "y")


def test_what_a_killed_writer_left_goes_with_the_next(tmp_path):
    path = tmp_path / "a.json"
    path.write_text("old")
    foreign = [".a.json.note", ".a.json.0123456789abcdef", ".b.json.0123456789abcdef.opinia-tmp"]
    for name in foreign:
        (tmp_path / name).write_text("mine")
    for _ in range(3):
        killed = subprocess.run([sys.executable, "-c", KILLED, str(path)], check=False)
        assert killed.returncode == -signal.SIGKILL
    assert path.read_text() == "old"
    assert len(names(tmp_path)) == 5  # each tidied what the one before it left
    write_atomically(path, "new")
    assert path.read_text() == "new"
    assert names(tmp_path) == sorted([*foreign, "a.json"])


def test_a_living_writer_keeps_its_temporary_file(tmp_path):
    path = tmp_path / "a"
    script = KILLED.replace("os.kill(os.getpid(), signal.SIGKILL)", "(print('here', flush=True), input())")
    writer = subprocess.Popen(
        [sys.executable, "-c", script, str(path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    assert writer.stdout.readline() == b"here\n"
    write_atomically(path, "other")
    assert len(names(tmp_path)) == 2
    writer.communicate(b"\n")
    assert writer.returncode == 0
    assert path.read_text() == "half"
    assert names(tmp_path) == ["a"]


def test_many_writers_of_one_file(tmp_path):
    """Threads and processes write the same file; each version is whole, and nothing stays."""
    path = tmp_path / "a"
    script = "import sys; from pathlib import Path; from opinia.system import files\n"
    script += (
        "for i in range(100): files._tidied.clear(); files.write_atomically(Path(sys.argv[1]), 'x' * 9999)"
    )
    runs = [subprocess.Popen([sys.executable, "-c", script, str(path)]) for _ in range(3)]
    with ThreadPoolExecutor(3) as pool:
        list(pool.map(lambda _: write_atomically(path, "y" * 9999), range(300)))
    assert [run.wait() for run in runs] == [0, 0, 0]
    assert path.read_text() in ("x" * 9999, "y" * 9999)
    assert names(tmp_path) == ["a"]


def test_created_files_are_new(tmp_path):
    (tmp_path / "there").write_text("mine")
    (tmp_path / "link").symlink_to("nowhere")
    for name in ("there", "link"):
        with pytest.raises(FileExistsError):
            create(tmp_path / name)
    assert names(tmp_path) == ["link", "there"]
    assert (tmp_path / "there").read_text() == "mine"
