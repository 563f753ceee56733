"""Killed runs, continued to the same bytes; nothing half, nothing lost."""

import array
import fcntl
import json
import os
import signal
import subprocess
import sys
import termios
import time

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import prepared
from opinia.score import ScoreOptions, score_table, windows
from opinia.tables import partfile as output_module
from scoring import TIMEOUT, csv_bytes, jsonl, packed, run, texts

ROWS = 1500
SMALL = "import opinia.score.windows as w, opinia.tables.partfile as o; w.ROWS, o.SEGMENT_BYTES = 64, 4096\n"
# SIGKILL at the n-th call of something, from within: the point is exact, and the death real.
DIE = """
import os, signal
def dying(real, at, calls=[0]):
    def call(*arguments, **options):
        calls[0] += 1
        if calls[0] == at:
            os.kill(os.getpid(), signal.SIGKILL)
        return real(*arguments, **options)
    return call
"""
POINTS = {
    "before the first segment": "o.compress = dying(o.compress, 1)",
    "in the middle": "o.compress = dying(o.compress, 6)",
    "between data and journal": "o.write_atomically = dying(o.write_atomically, 4)",
    "within a segment's write": "o.PartFile._append = dying(o.PartFile._append, 15)",
    "before the end": "o.PartFile.finish = dying(o.PartFile.finish, 1)",
    "while it is put together": "o.PartFile._assemble = dying(o.PartFile._assemble, 1)",
}
COUNT = """
import atexit, opinia.score.pool as p
real, judged = p.Classifier.probabilities, []
p.Classifier.probabilities = lambda self, batch: (judged.append(len(batch)), real(self, batch))[1]
atexit.register(lambda: print('judged', sum(judged), file=sys.stderr))
"""


@pytest.fixture
def tables(tmp_path):
    """The same texts in several formats."""
    rows = texts(ROWS)
    data = csv_bytes([["id", "text"], *([f"{i:05d}", text] for i, text in enumerate(rows))])
    lines = jsonl({"id": i, "text": text} for i, text in enumerate(rows))
    (tmp_path / "in.csv").write_bytes(data)
    (tmp_path / "in.csv.gz").write_bytes(packed(data, "gz"))
    (tmp_path / "in.jsonl.zst").write_bytes(packed(lines, "zst"))
    pq.write_table(pa.table({"id": range(ROWS), "text": rows}), tmp_path / "in.parquet", row_group_size=500)
    return tmp_path


@pytest.fixture(scope="module")
def undisturbed(model_path):
    """Return what an undisturbed run makes of the tables of a folder, made once for each kind."""
    made = {}

    def make(kind, folder):
        if kind not in made:
            words = ("score", f"in.{kind}", "-o", f"whole.{kind}", "--model", model_path)
            assert run(*words, folder=folder, before=SMALL).returncode == 0
            made[kind] = (folder / f"whole.{kind}").read_bytes()
        return made[kind]

    return make


@pytest.mark.parametrize(
    ("kind", "point"),
    [
        *(("csv", point) for point in POINTS if "together" not in point),
        ("csv.gz", "in the middle"),
        ("csv.gz", "between data and journal"),
        ("jsonl.zst", "in the middle"),
        ("parquet", "in the middle"),
        ("parquet", "while it is put together"),
    ],
)
def test_a_killed_run_continues_to_the_same_bytes(kind, point, tables, score, undisturbed):
    whole = undisturbed(kind, tables)
    killed = score(f"in.{kind}", "-o", f"out.{kind}", before=SMALL + DIE + POINTS[point])
    assert killed.returncode == -signal.SIGKILL
    assert not (tables / f"out.{kind}").exists()
    journal = tables / f".out.{kind}.opinia-part.json"
    saved = json.loads(journal.read_text())["journal"]["state"].get("rows", 0) if journal.exists() else 0
    assert (saved > 0) == (point not in ("before the first segment",))
    resumed = score(f"in.{kind}", "-o", f"out.{kind}", "--resume", before=SMALL + COUNT)
    assert resumed.returncode == 0, resumed.stderr
    assert f"judged {ROWS - saved}\n" in resumed.stderr.decode()
    assert (tables / f"out.{kind}").read_bytes() == whole
    assert sorted(path.name for path in tables.glob("*part*")) == []


def test_killed_from_outside_again_and_again(tables, model_path, score):
    slow = SMALL + "import time; real = o.PartFile.write\n"
    slow += "o.PartFile.write = lambda *a: (time.sleep(0.1), real(*a))[1]\n"
    script = f"import sys\n{slow}\nfrom opinia.cli.main import main\nmain()"
    command = [sys.executable, "-c", script, "score", "in.csv", "-o", "out.csv", "--model", str(model_path)]
    places = []
    for _ in range(3):
        process = prepared.Popen([*command, "--resume"], cwd=tables, stderr=subprocess.DEVNULL)
        wait_for(lambda: saved_rows(tables) > (places[-1] if places else 0), process)
        process.kill()
        process.wait()
        places.append(saved_rows(tables))
    assert 0 < places[0] < places[1] < places[2] < ROWS
    assert score("in.csv", "-o", "out.csv", "--resume", before=SMALL).returncode == 0
    assert score("in.csv", "-o", "whole.csv", before=SMALL).returncode == 0
    assert (tables / "out.csv").read_bytes() == (tables / "whole.csv").read_bytes()


def saved_rows(folder):
    try:
        return json.loads((folder / ".out.csv.opinia-part.json").read_text())["journal"]["state"].get(
            "rows", 0
        )
    except FileNotFoundError:
        return 0


def wait_for(condition, process):
    end = time.monotonic() + TIMEOUT
    while not condition():
        assert process.poll() is None, "it ended by itself"
        assert time.monotonic() < end
        time.sleep(0.005)


def test_ctrl_c_keeps_what_is_done_and_says_how_to_go_on(tables, model_path):
    slow = SMALL + "import time; real = o.PartFile.write\n"
    slow += "o.PartFile.write = lambda *a: (time.sleep(0.1), real(*a))[1]\n"
    script = f"import sys\n{slow}\nfrom opinia.cli.main import main\nmain()"
    command = [sys.executable, "-c", script, "score", "in.csv", "-o", "out.csv", "--model", str(model_path)]
    process = prepared.Popen(command, cwd=tables, stderr=subprocess.PIPE)
    wait_for(lambda: saved_rows(tables) > 0, process)
    process.send_signal(signal.SIGINT)
    _, said = process.communicate(timeout=TIMEOUT)
    assert process.returncode == 130
    assert b"--resume continues" in said
    assert b"Traceback" not in said
    assert (tables / ".out.csv.opinia-part").exists()


def waiting_in(pipe):
    """Return how many bytes of a pipe nobody has taken yet."""
    count = array.array("i", [0])
    fcntl.ioctl(pipe, termios.FIONREAD, count)
    return count[0]


def test_ctrl_c_while_a_pipe_is_silent(model_path, tmp_path):
    command = [sys.executable, "-m", "opinia", "score", "-", "-o", "-", "--format", "csv"]
    process = prepared.Popen(
        [*command, "--model", str(model_path)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        cwd=tmp_path,
    )
    process.stdin.write(b"id,text\n1,good\n")
    process.stdin.flush()
    # How a table is written is looked for in its beginning: taken from the pipe, and waiting for more of it.
    wait_for(lambda: not waiting_in(process.stdin), process)
    process.send_signal(signal.SIGINT)
    assert process.wait(timeout=TIMEOUT) == 130
    assert process.stderr.read().strip() == b""
    process.communicate()


def stopped(tables, classifier, monkeypatch, **options):
    """Stop a run in the middle, within this process."""
    monkeypatch.setattr(windows, "ROWS", 64)
    monkeypatch.setattr(output_module, "SEGMENT_BYTES", 4096)

    def stop(progress):
        if progress.rows > 700:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        score_table(
            tables / "in.csv",
            tables / "out.csv",
            classifier=classifier,
            options=ScoreOptions(**options),
            on_progress=stop,
        )
    assert (tables / ".out.csv.opinia-part.json").exists()


def test_an_unfinished_output_is_not_overwritten_unasked(tables, classifier, score, monkeypatch):
    stopped(tables, classifier, monkeypatch)
    refused = score("in.csv", "-o", "out.csv")
    assert refused.returncode == 1
    assert b"--resume continues it, --force starts again" in refused.stderr
    assert score("in.csv", "-o", "out.csv", "--force").returncode == 0
    assert sorted(path.name for path in tables.glob("out*")) == ["out.csv"]


@pytest.mark.parametrize(
    ("change", "named"),
    [
        (["--details"], "added columns"),
        (["--text-column", "id"], "column"),
        (["--max-characters", "99"], "limit"),
        ("input", "input"),
        ("runtime", "runtime"),
    ],
)
def test_what_was_begun_otherwise_is_not_resumed(change, named, tables, classifier, score, monkeypatch):
    stopped(tables, classifier, monkeypatch)
    if change == "input":
        os.utime(tables / "in.csv", (1, 1))
        change = []
    other = "import onnxruntime; onnxruntime.__version__ = '0.1'\n" if change == "runtime" else ""
    change = [] if other else change
    result = score("in.csv", "-o", "out.csv", "--resume", *change, before=SMALL + other)
    assert result.returncode == 1
    assert f"was made otherwise: {named} changed since".encode() in result.stderr
    assert (tables / ".out.csv.opinia-part.json").exists()


def test_two_runs_cannot_write_the_same(tables, classifier, score, monkeypatch):
    stopped(tables, classifier, monkeypatch)
    import fcntl

    with (tables / ".out.csv.opinia-part").open("rb") as part:
        fcntl.flock(part, fcntl.LOCK_EX)
        result = score("in.csv", "-o", "out.csv", "--resume", before=SMALL)
    assert result.returncode == 1
    assert b"another run is writing" in result.stderr
    assert score("in.csv", "-o", "out.csv", "--resume", before=SMALL).returncode == 0


@pytest.mark.parametrize("options", [["-", "-o", "out.csv", "--format", "csv"], ["in.csv", "-o", "-"]])
def test_streams_are_not_resumed(options, tables, score):
    result = score(*options, "--resume", data=b"text\ngood\n")
    assert result.returncode == 1
    assert b"resume" in result.stderr


def test_resume_without_a_part_starts_and_without_need_refuses(tables, score):
    assert score("in.csv", "-o", "out.csv", "--resume").returncode == 0
    again = score("in.csv", "-o", "out.csv", "--resume")
    assert again.returncode == 1
    assert b"exists already" in again.stderr


def test_a_full_disk_keeps_the_old_file(tables, model_path):
    (tables / "out.csv").write_text("old")
    limit = "import resource; resource.setrlimit(resource.RLIMIT_FSIZE, (20000, 20000))\n"
    limit += "import signal; signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
    result = run(
        "score",
        "in.csv",
        "-o",
        "out.csv",
        "--force",
        "--model",
        model_path,
        folder=tables,
        before=SMALL + limit,
    )
    assert result.returncode == 1
    assert result.stderr.splitlines()[-1] == b"error: out.csv cannot be written: File too large"
    assert (tables / "out.csv").read_text() == "old"
    assert score_rest(tables, model_path) != b"old"


def score_rest(tables, model_path):
    """What a disk with room makes of it."""
    result = run(
        "score", "in.csv", "-o", "out.csv", "--resume", "--model", model_path, folder=tables, before=SMALL
    )
    assert result.returncode == 0, result.stderr
    return (tables / "out.csv").read_bytes()
