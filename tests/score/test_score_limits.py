"""Rows on which the network fails or which have too many words are bad rows: the run goes on."""

import csv
import sys

import pytest

from models import write_failing_model, write_uncut_model
from opinia.errors import DataError
from opinia.model.classifier import load
from opinia.score import ScoreOptions, score_table
from scoring import cells, csv_bytes, run

LONGEST = 40
DIE_ONCE = """
import os, signal
import opinia.score.windows as w, opinia.tables.partfile as o
w.ROWS, o.SEGMENT_BYTES = 4, 16
real, calls = o.write_atomically, []
def dying(*arguments, **options):
    calls.append(1)
    if len(calls) == 3:
        os.kill(os.getpid(), signal.SIGKILL)
    return real(*arguments, **options)
o.write_atomically = dying
"""
SMALL = "import opinia.score.windows as w, opinia.tables.partfile as o; w.ROWS, o.SEGMENT_BYTES = 4, 16\n"
PEAK = """
import atexit
def told():
    status = dict(line.split(":", 1) for line in open("/proc/self/status"))
    print("peak", int(status["VmHWM"].split()[0]) * 1024, file=sys.stderr)
atexit.register(told)
"""


ANY = ("--max-bad", "1")
"""Any number of bad rows is fine here."""


@pytest.fixture(scope="module")
def failing(tmp_path_factory):
    """A model on whose long texts ONNX Runtime fails."""
    return write_failing_model(tmp_path_factory.mktemp("failing") / "failing.onnx", longest=LONGEST)


def rows_of(count):
    """Texts of 1 to 60 words, those of more than :data:`LONGEST` among the others of their batches."""
    return [" ".join(["good" if number % 2 else "bad"] * (1 + number * 7 % 60)) for number in range(count)]


def judged_alone(path, texts):
    classifier = load(path)
    return [None if len(text.split()) > LONGEST else classifier.predict(text)[0] for text in texts]


def test_a_text_on_which_the_network_fails_is_a_bad_row(failing, tmp_path):
    texts = rows_of(200)
    (tmp_path / "in.csv").write_bytes(csv_bytes([["text"], *([text] for text in texts)]))
    done = run("score", "in.csv", "-o", "out.csv", "--details", *ANY, "--model", failing, folder=tmp_path)
    assert done.returncode == 0, done.stderr
    assert b"Traceback" not in done.stderr
    rows = cells((tmp_path / "out.csv").read_bytes())
    expected = judged_alone(failing, texts)
    assert [row["label"] or None for row in rows] == expected
    bad = [row for row, label in zip(rows, expected, strict=True) if label is None]
    assert len(bad) > 20
    for row in bad:
        assert row["error"].startswith("the network failed: ")
        assert row["probability"] == row["tokens"] == row["unknown"] == ""
    assert f"{len(bad)} of 200 rows could not be judged".encode() in done.stderr
    assert all(not row["error"] for row, label in zip(rows, expected, strict=True) if label)


def test_a_killed_run_goes_on_over_rows_on_which_the_network_fails(failing, tmp_path):
    texts = rows_of(60)
    (tmp_path / "in.csv").write_bytes(csv_bytes([["text"], *([text] for text in texts)]))
    call = ("score", "in.csv", *ANY, "--model", failing)
    whole = run(*call, "-o", "whole.csv", folder=tmp_path, before=SMALL)
    killed = run(*call, "-o", "out.csv", folder=tmp_path, before=DIE_ONCE)
    assert (whole.returncode, killed.returncode) == (0, -9)
    assert not (tmp_path / "out.csv").exists()
    resumed = run(*call, "-o", "out.csv", "--resume", folder=tmp_path, before=SMALL)
    assert resumed.returncode == 0, resumed.stderr
    assert (tmp_path / "out.csv").read_bytes() == (tmp_path / "whole.csv").read_bytes()
    assert b"rows could not be judged" in resumed.stderr


def test_strict_stops_at_a_text_on_which_the_network_fails(failing, tmp_path):
    texts = ["good", "bad " * 3, "good " * (LONGEST + 1), "bad"]
    (tmp_path / "in.csv").write_bytes(csv_bytes([["text"], *([text] for text in texts)]))
    with pytest.raises(DataError, match="row 3: the network failed"):
        score_table(
            tmp_path / "in.csv",
            tmp_path / "out.csv",
            classifier=load(failing),
            options=ScoreOptions(strict=True),
        )


def test_words_and_marks_have_a_limit(classifier, tmp_path):
    texts = ["good", "good " * 11, "bad " * 10]
    (tmp_path / "in.csv").write_bytes(csv_bytes([["text"], *([text] for text in texts)]))
    summary = score_table(
        tmp_path / "in.csv", tmp_path / "out.csv", classifier=classifier, options=ScoreOptions(max_tokens=10)
    )
    assert (summary.bad, summary.wordless) == (1, 0)
    assert summary.first_bad == "row 2: too long: 11 words and marks, at most 10"
    rows = cells((tmp_path / "out.csv").read_bytes())
    assert [row["label"] for row in rows] == ["positive", "", "negative"]


def test_a_text_beyond_what_a_foreign_graph_reads_is_a_bad_row(tmp_path):
    path = write_uncut_model(tmp_path / "uncut.onnx")
    texts = ["good", "good " * 32_769, "bad"]
    (tmp_path / "in.csv").write_bytes(csv_bytes([["text"], *([text] for text in texts)]))
    score_table(tmp_path / "in.csv", tmp_path / "out.csv", classifier=load(path))
    rows = cells((tmp_path / "out.csv").read_bytes())
    assert [bool(row["label"]) for row in rows] == [True, False, True]
    assert rows[1]["error"] == "too long: 32,769 words and marks, at most 32,768 with this model"


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="limits the address space")
def test_a_text_for_which_there_is_no_memory_is_a_bad_row(tmp_path):
    """The real thing: an allocation that the system refuses, within ONNX Runtime."""
    path = write_uncut_model(tmp_path / "uncut.onnx", units=512)
    texts = ["good", "good " * 32_768, "bad"]
    (tmp_path / "in.csv").write_bytes(csv_bytes([["text"], *([text] for text in texts)]))
    limit = "import resource; resource.setrlimit(resource.RLIMIT_AS, (900 << 20, 900 << 20))\n"
    done = run(
        "score",
        "in.csv",
        "-o",
        "out.csv",
        "--threads",
        "1",
        *ANY,
        "--model",
        path,
        folder=tmp_path,
        before=limit,
        fresh=True,
    )
    assert done.returncode == 0, done.stderr
    assert b"Traceback" not in done.stderr
    rows = cells((tmp_path / "out.csv").read_bytes())
    assert [bool(row["label"]) for row in rows] == [True, False, True]
    assert "the network failed" in rows[1]["error"]


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="reads /proc")
@pytest.mark.parametrize("model", ["seed", "small"])
def test_a_row_of_very_many_marks_takes_little_memory(model, tmp_path, request):
    before = csv.field_size_limit(1 << 24)
    request.addfinalizer(lambda: csv.field_size_limit(before))
    mark = "," if model == "small" else "a,"  # the published tokenizer knows words alone
    for name, count in (("few", 10_000), ("many", 400_000 // len(mark))):
        texts = ["a good film", mark * count, "x " * (count // 2), "a bad film"]
        (tmp_path / f"{name}.csv").write_bytes(csv_bytes([["text"], *([text] for text in texts)]))
    peaks = []
    for name in ("few", "many"):
        call = ("score", f"{name}.csv", "-o", f"{name}_out.csv", "--model", model, "--details")
        done = run(*call, folder=tmp_path, before=PEAK, fresh=True)
        assert done.returncode == 0, done.stderr
        peaks.append(int(done.stderr.split()[-1]))
        rows = cells((tmp_path / f"{name}_out.csv").read_bytes())
        assert [row["error"] for row in rows] == [""] * 4
        assert all(row["label"] for row in rows)
    # What is held of the table itself, a row and its words, is about a third of this; read as a whole, the
    # row would take more than a gigabyte.
    assert peaks[1] - peaks[0] < 36_000_000, peaks
