"""Files beside the output: only our own are touched, and none of them is left behind."""

import json
import os
import signal
import stat
import subprocess
import sys

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from test_score_resume import DIE, SMALL

import prepared
from scoring import TIMEOUT, csv_bytes, run, texts

DATA = csv_bytes([["id", "text"], *([f"{i:05d}", text] for i, text in enumerate(texts(600)))])
PART, JOURNAL = ".q.csv.opinia-part", ".q.csv.opinia-part.json"
FORCED = [[], ["--force"], ["--resume"]]


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory, model_path):
    """What an undisturbed run makes of the input."""
    folder = tmp_path_factory.mktemp("undisturbed")
    (folder / "in.csv").write_bytes(DATA)
    words = ("score", "in.csv", "-o", "whole.csv", "--model", model_path)
    assert run(*words, folder=folder, before=SMALL).returncode == 0
    return (folder / "whole.csv").read_bytes()


@pytest.fixture
def whole(tmp_path, undisturbed):
    """The input, and what an undisturbed run makes of it."""
    (tmp_path / "in.csv").write_bytes(DATA)
    return undisturbed


def names(folder):
    return sorted(path.name for path in folder.iterdir())


def test_a_download_in_the_making_is_an_input_like_any_other(tmp_path, whole, score):
    (tmp_path / "q.csv.part").write_bytes(DATA)
    assert score("q.csv.part", "--format", "csv", "-o", "q.csv").returncode == 0
    assert (tmp_path / "q.csv.part").read_bytes() == DATA
    assert (tmp_path / "q.csv").read_bytes() == whole


@pytest.mark.parametrize("mode", FORCED)
@pytest.mark.parametrize("name", [PART, JOURNAL])
@pytest.mark.parametrize("way", ["itself", "link", "other name"])
def test_a_side_file_that_is_the_input_is_refused(way, name, mode, tmp_path, score):
    (tmp_path / name).write_bytes(DATA)
    given = name
    if way == "link":
        (tmp_path / "in.csv").symlink_to(name)
        given = "in.csv"
    elif way == "other name":
        os.link(tmp_path / name, tmp_path / "in.csv")
        given = "in.csv"
    before = names(tmp_path)
    result = score(given, "--format", "csv", "-o", "q.csv", *mode)
    assert result.returncode == 1
    assert f"{name} is the input itself".encode() in result.stderr
    assert (tmp_path / name).read_bytes() == DATA
    assert names(tmp_path) == before


@pytest.mark.parametrize("mode", FORCED)
@pytest.mark.parametrize("name", [PART, JOURNAL])
def test_what_is_not_ours_stays(name, mode, tmp_path, score):
    (tmp_path / "in.csv").write_bytes(DATA)
    for content in (b"mine", b'{"bytes": 5, "state": {}, "identity": {}}'):
        (tmp_path / name).write_bytes(content)
        result = score("in.csv", "-o", "q.csv", *mode)
        assert result.returncode == 1
        assert f"{name} is there already\nhint: it is not what opinia score writes".encode() in result.stderr
        assert (tmp_path / name).read_bytes() == content
        assert names(tmp_path) == sorted(["in.csv", name])


@pytest.mark.parametrize("mode", FORCED)
@pytest.mark.parametrize("name", [PART, JOURNAL])
@pytest.mark.parametrize("kind", ["link", "dangling link", "second name", "pipe", "folder"])
def test_links_are_not_followed_and_nothing_waits(kind, name, mode, tmp_path, score):
    (tmp_path / "in.csv").write_bytes(DATA)
    (tmp_path / "precious").write_bytes(b"precious")
    path = tmp_path / name
    if kind == "link":
        path.symlink_to("precious")
    elif kind == "dangling link":
        path.symlink_to("nowhere")
    elif kind == "second name":
        os.link(tmp_path / "precious", path)
    elif kind == "pipe":
        os.mkfifo(path)
    else:
        path.mkdir()
    before = names(tmp_path)
    result = score("in.csv", "-o", "q.csv", *mode)
    assert result.returncode == 1
    assert b"hint: it is not what opinia score writes" in result.stderr
    assert b"Traceback" not in result.stderr
    assert (tmp_path / "precious").read_bytes() == b"precious"
    assert names(tmp_path) == before


def test_the_input_through_standard_input_or_output_is_known(tmp_path, model_path):
    path = tmp_path / "q.csv"
    path.write_bytes(DATA)
    command = [sys.executable, "-m", "opinia", "score", "--model", str(model_path)]
    with path.open("rb") as stdin:
        more = ["-", "-o", "q.csv", "--format", "csv", "--force"]
        done = prepared.run([*command, *more], stdin=stdin, capture_output=True, cwd=tmp_path, check=False)
    assert b"q.csv is the input itself" in done.stderr
    with path.open("ab") as stdout:
        more = ["q.csv", "-o", "-"]
        done = prepared.run(
            [*command, *more], stdout=stdout, stderr=subprocess.PIPE, cwd=tmp_path, check=False
        )
    assert b"standard output is the input itself" in done.stderr
    assert path.read_bytes() == DATA
    assert names(tmp_path) == ["q.csv"]


@pytest.mark.parametrize("link", [True, False])
def test_an_output_made_meanwhile_is_kept(link, tmp_path, whole, score):
    """Another makes the file between the first row and the last, on file systems with and without links."""
    other = "real = o.PartFile.finish\n"
    other += "o.PartFile.finish = lambda s: (s.target.write_bytes(b'other'), real(s))[1]\n"
    if not link:
        other += "import os\ndef link(*_): raise PermissionError(1, 'no links')\nos.link = link\n"
    result = score("in.csv", "-o", "q.csv", before=SMALL + other)
    assert result.returncode == 1
    assert b"q.csv was made by another while its rows were judged\nhint: move it away" in result.stderr
    assert (tmp_path / "q.csv").read_bytes() == b"other"
    again = score("in.csv", "-o", "q.csv", "--resume", before=SMALL)
    assert b"was made while the unfinished one lay there" in again.stderr
    (tmp_path / "q.csv").rename(tmp_path / "other.csv")
    nobody = "" if link else other[other.index("import os") :]
    assert score("in.csv", "-o", "q.csv", "--resume", before=SMALL + nobody).returncode == 0
    assert (tmp_path / "q.csv").read_bytes() == whole
    assert names(tmp_path) == ["in.csv", "other.csv", "q.csv"]


POINTS = {
    "before the first journal": "o.write_atomically = dying(o.write_atomically, 1)",
    "within the first journal": "o.os.fsync = dying(o.os.fsync, 1)",
    "within a later journal": "o.os.fsync = dying(o.os.fsync, 5)",
    "when the name is given": "o.Path.unlink = dying(o.Path.unlink, 1)",
    "before the journal goes": "o.Path.unlink = dying(o.Path.unlink, 3)",
}


@pytest.mark.parametrize("point", POINTS)
@pytest.mark.parametrize("mode", ["--force", "--resume"])
def test_nothing_stays_of_a_killed_run(mode, point, tmp_path, whole, score):
    """Continued or begun again, the next run removes what the killed one left."""
    killed = score("in.csv", "-o", "q.csv", before=SMALL + DIE + POINTS[point])
    assert killed.returncode == -signal.SIGKILL
    assert len(names(tmp_path)) > 1
    is_done = (tmp_path / "q.csv").exists()
    assert is_done == (point in ("when the name is given", "before the journal goes"))
    result = score("in.csv", "-o", "q.csv", mode, before=SMALL)
    if is_done and mode == "--resume":
        assert b"q.csv exists already" in result.stderr
    else:
        assert result.returncode == 0, result.stderr
    assert (tmp_path / "q.csv").read_bytes() == whole
    assert names(tmp_path) == ["in.csv", "q.csv"]


@pytest.mark.parametrize("mode", ["--force", "--resume"])
def test_nothing_stays_of_parquet_half_put_together(mode, tmp_path, score):
    pq.write_table(pa.table({"text": texts(600)}), tmp_path / "in.parquet")
    assert score("in.parquet", "-o", "whole.parquet", before=SMALL).returncode == 0
    half = "import os; real = o.os.fsync\n"
    half += "o.os.fsync = lambda fd: os.kill(os.getpid(), 9) if o.stop else real(fd)\no.stop = False\n"
    half += "import opinia.tables.parquet_writer as w\nput = w.ParquetWriter.assemble\n"
    half += "def assemble(*a):\n    put(*a)\n    o.stop = True\nw.ParquetWriter.assemble = assemble\n"
    killed = score("in.parquet", "-o", "q.parquet", before=SMALL + half)
    assert killed.returncode == -signal.SIGKILL
    assert len(names(tmp_path)) == 5  # input, whole, part, journal, and what was put together
    assert score("in.parquet", "-o", "q.parquet", mode, before=SMALL).returncode == 0
    assert names(tmp_path) == ["in.parquet", "q.parquet", "whole.parquet"]
    assert (tmp_path / "q.parquet").read_bytes() == (tmp_path / "whole.parquet").read_bytes()


def test_two_runs_at_once_make_one_file(tmp_path, whole, model_path):
    script = f"import sys\n{SMALL}\nfrom opinia.cli.main import main\nmain()"
    command = [sys.executable, "-c", script, "score", "in.csv", "-o", "q.csv", "--model", str(model_path)]
    runs = [prepared.Popen(command, cwd=tmp_path, stderr=subprocess.PIPE) for _ in range(4)]
    said = [run.communicate(timeout=TIMEOUT)[1] for run in runs]
    assert sorted(run.returncode for run in runs).count(0) == 1, said
    for ended, line in zip(runs, said, strict=True):
        known = (b"another run is writing", b"exists already", b"an unfinished q.csv is there")
        assert ended.returncode == 0 or any(each in line for each in known), line
    assert (tmp_path / "q.csv").read_bytes() == whole
    assert names(tmp_path) == ["in.csv", "q.csv"]


@pytest.mark.parametrize(
    ("kind", "modes", "umasks"),
    [
        ("csv", (0o444, 0o640, 0o666), {0o027: 0o640, 0o077: 0o600, 0o000: 0o666}),
        ("parquet", (0o444,), {0o027: 0o640}),  # which is put together anew in the end
    ],
)
def test_permissions(kind, modes, umasks, tmp_path, score):
    """A replaced file keeps its own, its part has no wider ones, and a new one obeys the umask."""
    table = pa.table({"text": texts(300)})
    (tmp_path / "in.csv").write_bytes(DATA)
    pq.write_table(table, tmp_path / "in.parquet")
    out = tmp_path / f"q.{kind}"
    out.write_bytes(b"old")
    out.chmod(0o600)
    look = "import stat, atexit; real, seen = o.PartFile.finish, set()\n"
    look += "def mode(p): seen.add(oct(stat.S_IMODE(p.stat().st_mode)))\n"
    look += "o.PartFile.finish = lambda s: (mode(s._path), real(s))[1]\n"
    look += "atexit.register(lambda: print('seen', seen, file=sys.stderr))\n"
    result = score(f"in.{kind}", "-o", out.name, "--force", before=SMALL + look)
    assert result.returncode == 0, result.stderr
    assert b"seen {'0o600'}" in result.stderr
    assert stat.S_IMODE(out.stat().st_mode) == 0o600
    for kept in modes:
        out.chmod(kept)
        killed = score(
            f"in.{kind}", "-o", out.name, "--force", before=SMALL + DIE + "o.compress = dying(o.compress, 2)"
        )
        assert killed.returncode == -signal.SIGKILL
        assert stat.S_IMODE((tmp_path / f".{out.name}.opinia-part").stat().st_mode) == kept | 0o600
        assert score(f"in.{kind}", "-o", out.name, "--resume", before=SMALL).returncode == 0
        assert stat.S_IMODE(out.stat().st_mode) == kept
    for umask, mode in umasks.items():
        out.unlink()
        assert score(f"in.{kind}", "-o", out.name, before=f"import os; os.umask({umask})\n").returncode == 0
        assert stat.S_IMODE(out.stat().st_mode) == mode


def odd(journal):
    """Journals with odd values, each with what was changed."""
    for name, value in [
        ("place", -1),
        ("place", 10),
        ("place", True),
        ("place", 10**30),
        ("place", "5"),
        ("sha256", ""),
        ("state", {"rows": 64, "bad": 0, "wordless": 0, "first_bad": None}),
        ("state", {"rows": -5}),
        ("state", {"unknown": 1}),
        ("state", []),
        ("identity", None),
        ("whole", "../in.csv"),
        ("whole", "in.csv"),
        ("replaces", True),
        ("more", 1),
    ]:
        changed = json.loads(journal)
        changed["journal"][name] = value
        yield f"{name}={value}", json.dumps(changed).encode()
    yield "cut", journal[: len(journal) // 2]
    yield "deep", journal.split(b'"digest"')[0] + b'"journal": ' + b"[" * 100_000
    yield "a list", journal.split(b'"digest"')[0] + b'"journal": [], "digest": ""}'
    yield "flipped", journal.replace(b'"rows": 4', b'"rows": 3', 1)


def test_a_journal_with_odd_values_is_damaged(tmp_path, whole, score):
    die = SMALL + DIE + "o.compress = dying(o.compress, 8)"
    assert score("in.csv", "-o", "q.csv", before=die).returncode == -signal.SIGKILL
    part, journal = (tmp_path / PART).read_bytes(), (tmp_path / JOURNAL).read_bytes()
    assert b'"rows": 4' in journal
    for what, content in odd(journal):
        (tmp_path / JOURNAL).write_bytes(content)
        result = score("in.csv", "-o", "q.csv", "--resume", before=SMALL)
        assert result.returncode == 1, what
        assert b"opinia-part.json is damaged\nhint: --force starts again" in result.stderr, what
        assert (tmp_path / PART).read_bytes() == part, what
        assert (tmp_path / "in.csv").read_bytes() == DATA, what
    (tmp_path / JOURNAL).write_bytes(journal)
    (tmp_path / PART).write_bytes(part[:100] + bytes([part[100] ^ 1]) + part[101:])
    assert b"opinia-part is damaged" in score("in.csv", "-o", "q.csv", "--resume", before=SMALL).stderr
    (tmp_path / PART).write_bytes(part)
    assert score("in.csv", "-o", "q.csv", "--resume", before=SMALL).returncode == 0
    assert (tmp_path / "q.csv").read_bytes() == whole


def test_a_damaged_journal_is_no_hindrance_to_force(tmp_path, whole, score):
    die = SMALL + DIE + "o.compress = dying(o.compress, 8)"
    assert score("in.csv", "-o", "q.csv", before=die).returncode == -signal.SIGKILL
    journal = tmp_path / JOURNAL
    journal.write_bytes(journal.read_bytes()[:-20])
    assert score("in.csv", "-o", "q.csv", "--force", before=SMALL).returncode == 0
    assert (tmp_path / "q.csv").read_bytes() == whole
    assert names(tmp_path) == ["in.csv", "q.csv"]


@pytest.mark.parametrize("length", [220, 240, 251, 252])
def test_long_names(length, tmp_path, whole, score):
    name = "q" * (length - 4) + ".csv"
    die = SMALL + DIE + "o.compress = dying(o.compress, 8)"
    assert score("in.csv", "-o", name, before=die).returncode == -signal.SIGKILL
    assert score("in.csv", "-o", name, "--resume", before=SMALL).returncode == 0
    assert (tmp_path / name).read_bytes() == whole
    assert names(tmp_path) == sorted(["in.csv", name])


def test_names_that_cannot_be(tmp_path, score):
    (tmp_path / "in.csv").write_bytes(DATA)
    (tmp_path / "loop.csv").symlink_to("loop.csv")
    for name in ("q" * 300 + ".csv", "loop.csv"):
        result = score("in.csv", "-o", name)
        assert result.returncode == 1
        assert b"cannot be written: " in result.stderr
        assert b"Traceback" not in result.stderr
