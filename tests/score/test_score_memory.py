"""A file of any size takes the memory of a small one, and the work is shared out as meant."""

import subprocess
import sys

import numpy as np
import pytest

from opinia.model.batches import BATCH_ROWS, BATCH_TOKENS
from opinia.score import score_table, windows
from opinia.tables import partfile as output_module
from scoring import csv_bytes, texts

ROWS = 1000
PEAK = """
import resource, sys
from opinia.model.classifier import load
from opinia.score import score_table, windows
from opinia.tables import parquet_writer, partfile
windows.ROWS, partfile.SEGMENT_BYTES, parquet_writer._GROUP_BYTES = 256, 1 << 18, 1 << 20
score_table(sys.argv[1], sys.argv[2], classifier=load(sys.argv[3]))
# Not ru_maxrss, which a child inherits from the process that it was forked from.
status = dict(line.split(":", 1) for line in open("/proc/self/status"))
print(int(status["VmHWM"].split()[0]))
"""


class Called:
    """A session that says first what it is given."""

    def __init__(self, session, say):
        self._session, self._say = session, say

    def run(self, names, feed, **options):
        self._say(feed)
        return self._session.run(names, feed, **options)

    def __getattr__(self, name):
        return getattr(self._session, name)


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="reads /proc")
@pytest.mark.parametrize("kind", ["csv", "jsonl", "parquet"])
def test_twenty_times_the_rows_take_the_same_memory(kind, model_path, tmp_path):
    # Long rows with few words: were they kept, 20,000 would take 40 MB more, a third of all.
    write(tmp_path / f"few.{kind}", ROWS)
    write(tmp_path / f"many.{kind}", 20 * ROWS)
    peaks = []
    for name in ("few", "many"):
        paths = [tmp_path / f"{name}.{kind}", tmp_path / f"{name}_out.{kind}", model_path]
        done = subprocess.run([sys.executable, "-c", PEAK, *map(str, paths)], capture_output=True, check=True)
        peaks.append(int(done.stdout))
    assert peaks[1] / peaks[0] <= 1.2, peaks


def write(path, rows):
    """A table whose rows differ: the same one again and again would take no room in Parquet."""
    random = np.random.default_rng(rows)
    noise = random.integers(97, 123, (rows, 2000), np.uint8)
    made = ["good film " + row.tobytes().decode() for row in noise]
    if path.suffix == ".parquet":
        import pyarrow as pa
        import pyarrow.parquet as pq

        pq.write_table(pa.table({"text": made}), path, row_group_size=rows)  # one, as many writers do
    elif path.suffix == ".jsonl":
        path.write_text("".join(f'{{"text": "{text}"}}\n' for text in made))
    else:
        path.write_text("text\n" + "\n".join(made) + "\n")


def test_a_large_row_group_is_read_in_small_pieces(tmp_path):
    """What Arrow ever held at once, against the bytes of the only row group."""
    write(tmp_path / "one.parquet", 40 * ROWS)
    script = """
import sys, pyarrow
from opinia.tables import open_reader, open_source
with open_source(sys.argv[1]) as source:
    rows = open_reader(source, kind="parquet", out="parquet").rows("text", [])
    print(sum(len(row.text) for row in rows), pyarrow.default_memory_pool().max_memory())
"""
    command = [sys.executable, "-c", script, str(tmp_path / "one.parquet")]
    characters, most = map(int, subprocess.run(command, capture_output=True, check=True).stdout.split())
    assert characters == 40 * ROWS * (2000 + len("good film "))
    assert most < characters / 4


def test_reading_runs_ahead_of_writing_but_not_far(classifier, tmp_path, monkeypatch):
    monkeypatch.setattr(windows, "ROWS", 50)
    read = 0
    encode = type(classifier.model.description.tokenizer).encode

    def counting(self, text):
        nonlocal read
        read += 1
        return encode(self, text)

    monkeypatch.setattr(type(classifier.model.description.tokenizer), "encode", counting)
    (tmp_path / "in.csv").write_bytes(csv_bytes([["text"], *([text] for text in texts(3000))]))
    leads = []
    score_table(
        tmp_path / "in.csv",
        tmp_path / "out.csv",
        classifier=classifier,
        on_progress=lambda progress: leads.append(read - progress.rows),
    )
    assert len(leads) == 60
    assert max(leads) > 0
    assert max(leads) <= 6 * 50


def test_texts_of_a_batch_are_of_a_length(classifier, tmp_path):
    batches = []
    watched = classifier.with_sessions(
        lambda session: Called(session, lambda feed: batches.append(feed["lengths"].tolist()))
    )
    rows = [["good " * (1 + number * 37 % 1000)] for number in range(1000)]
    (tmp_path / "in.csv").write_bytes(csv_bytes([["text"], *rows]))
    score_table(tmp_path / "in.csv", tmp_path / "out.csv", classifier=watched)
    assert sum(map(len, batches)) == 1000
    padding = sum(max(lengths) * len(lengths) - sum(lengths) for lengths in batches)
    assert padding / sum(map(sum, batches)) < 0.05
    assert max(len(lengths) for lengths in batches) == BATCH_ROWS
    assert all(max(lengths) * len(lengths) <= BATCH_TOKENS for lengths in batches)


def test_the_answers_do_not_depend_on_window_or_threads(classifier, tmp_path, monkeypatch):
    from opinia.score import ScoreOptions

    (tmp_path / "in.csv").write_bytes(csv_bytes([["text"], *([text] for text in texts(500))]))
    made = []
    for threads in (1, 2, 5):
        out = tmp_path / f"{threads}.csv"
        score_table(tmp_path / "in.csv", out, classifier=classifier, options=ScoreOptions(threads=threads))
        made.append(out.read_bytes())
    assert made[0] == made[1] == made[2]
    monkeypatch.setattr(output_module, "SEGMENT_BYTES", 100)
    score_table(tmp_path / "in.csv", tmp_path / "pieces.csv", classifier=classifier)
    assert (tmp_path / "pieces.csv").read_bytes() == made[0]


def test_an_error_while_judging_ends_the_run(classifier, tmp_path):
    def fail(feed):
        raise MemoryError("no room")

    failing = classifier.with_sessions(lambda session: Called(session, fail))
    interval = sys.getswitchinterval()
    (tmp_path / "in.csv").write_bytes(csv_bytes([["text"], *([text] for text in texts(9000))]))
    with pytest.raises(MemoryError, match="no room"):
        score_table(tmp_path / "in.csv", tmp_path / "out.csv", classifier=failing)
    assert [path.name for path in tmp_path.iterdir()] == ["in.csv"]
    assert sys.getswitchinterval() == interval
