"""One process at a time in a folder, with real processes, threads, forks and kills."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from opinia.errors import TrainingError
from opinia.system.folder_lock import LOCK, alone_in

HOLD = """
import sys
from pathlib import Path
from opinia.system.folder_lock import alone_in

with alone_in(Path(sys.argv[1]), doing="training the run"):
    print("held", flush=True)
    sys.stdin.read()
"""
COUNT = """
import sys, time
from pathlib import Path
from opinia.errors import TrainingError
from opinia.system.folder_lock import alone_in

folder, counter = Path(sys.argv[1]), Path(sys.argv[2])
done = 0
while done < 40:
    try:
        with alone_in(folder, doing="counting"):
            number = int(counter.read_text())
            time.sleep(0.0005)
            counter.write_text(str(number + 1))
            done += 1
    except TrainingError as error:
        assert "another process is counting" in error.message, error
        time.sleep(0.0005)
"""


def holder(folder: Path) -> subprocess.Popen[str]:
    process = subprocess.Popen(
        [sys.executable, "-c", HOLD, folder], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert process.stdout.readline() == "held\n"
    return process


def refused(folder: Path) -> TrainingError:
    with pytest.raises(TrainingError) as error, alone_in(folder, doing="training the run"):
        pytest.fail("two are in one folder")
    return error.value


def test_another_process_is_refused_until_the_first_has_ended(tmp_path: Path) -> None:
    folder = tmp_path / "run"
    with holder(folder) as process:
        error = refused(folder)
        assert error.message == f"another process is training the run in {folder}"
        assert "wait for it" in error.hint
        process.communicate()
    with alone_in(folder, doing="training the run"):
        assert [path.name for path in folder.iterdir()] == [LOCK]


def test_the_lock_of_a_killed_process_is_free(tmp_path: Path) -> None:
    with holder(tmp_path) as process:
        process.kill()
    assert (tmp_path / LOCK).is_file()
    with alone_in(tmp_path, doing="training the run"):
        pass
    assert not (tmp_path / LOCK).exists()


def test_nothing_is_left_behind(tmp_path: Path) -> None:
    kept, empty = tmp_path / "kept", tmp_path / "deep" / "empty"
    with alone_in(kept, doing="x"), alone_in(empty, doing="x"):
        (kept / "file").touch()
    assert [path.name for path in kept.iterdir()] == ["file"]
    assert not empty.exists()


def test_who_holds_it_may_take_it_again_and_another_thread_may_not(tmp_path: Path) -> None:
    errors = []

    def other() -> None:
        errors.append(refused(tmp_path))

    with alone_in(tmp_path, doing="training the run"):
        with alone_in(tmp_path, doing="training the run"):
            pass
        thread = threading.Thread(target=other)
        thread.start()
        thread.join()
    assert errors[0].message == f"another thread is training the run in {tmp_path}"


def test_the_folder_is_one_by_whichever_path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "run").mkdir()
    (tmp_path / "link").symlink_to("run")
    monkeypatch.chdir(tmp_path)
    with holder(tmp_path / "link") as process:
        refused(Path("run"))
        process.communicate()
    with alone_in(Path("run"), doing="x"), alone_in(tmp_path / "link", doing="x"):
        pass


@pytest.mark.skipif(not hasattr(os, "fork"), reason="there is no fork here")
def test_a_forked_child_does_not_inherit_the_right(tmp_path: Path) -> None:
    with alone_in(tmp_path, doing="training the run"):
        child = os.fork()
        if child == 0:
            try:
                refused(tmp_path)
            except BaseException:
                os._exit(1)
            os._exit(0)
        assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0


def test_many_processes_never_meet(tmp_path: Path) -> None:
    """The lock's file comes and goes, and its folder with it: none may hold one that is gone."""
    folder, counter = tmp_path / "run", tmp_path / "counter"
    counter.write_text("0")
    processes = [subprocess.Popen([sys.executable, "-c", COUNT, folder, counter]) for _ in range(5)]
    assert [process.wait() for process in processes] == [0] * len(processes)
    assert counter.read_text() == str(40 * len(processes))
    assert not folder.exists()


def test_a_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with (
        pytest.raises(TrainingError, match="cannot be written"),
        alone_in(tmp_path / "file" / "x", doing="x"),
    ):
        pass


def test_what_a_link_in_place_of_the_lock_names_keeps_its_content(tmp_path: Path) -> None:
    precious = tmp_path / "precious"
    precious.write_text("kept")
    (tmp_path / "run").mkdir()
    (tmp_path / "run" / LOCK).symlink_to(precious)
    with alone_in(tmp_path / "run", doing="x"):
        pass
    assert precious.read_text() == "kept"


def test_ctrl_c_frees_it(tmp_path: Path) -> None:
    with holder(tmp_path) as process:
        process.send_signal(signal.SIGINT)
        process.wait()
        with alone_in(tmp_path, doing="x"):
            pass
