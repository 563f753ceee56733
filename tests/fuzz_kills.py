"""SIGKILL at random moments: ``python tests/fuzz_kills.py 60`` ends a hundred processes in some minutes.

A training, a study, a table that is scored, a file that is written and an
archive that is downloaded are killed up to three times each and then brought to their end. That must come to
the same bits as without a kill; in between a file is whole or not there, and at the end nothing is left over.
"""

from __future__ import annotations

import functools
import hashlib
import http.server
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent / "support"))

import fuzzing
import prepared

MOST_KILLS = 3
SECONDS = 300
ROWS = 4000
TINY = """
[{0}text]
max_tokens = 200
[{0}network]
embedding = 8
units = 8
dense = 8
[{0}training]
epochs = {1}
threads = 1
[{0}data]
source = "sample"
validation = 300
"""
STUDY = 'name = "tiny"\nseeds = [1]\n' + TINY.format("runs.short.", 1) + TINY.format("runs.long.", 2)
MAIN = "from opinia.cli.main import main; main()"
IN_SEGMENTS = (
    "import opinia.score.windows as w, opinia.tables.partfile as p; w.ROWS, p.SEGMENT_BYTES = 64, 4096; "
)
FETCH = """
import sys
from pathlib import Path
from opinia.data.imdb.download import fetch_archive
fetch_archive(Path("cache"), url=sys.argv[1], checksum=sys.argv[2])
"""


class Bench:
    """What is killed, and what comes of it undisturbed.

    Args:
        folder: for models, tables and references.
    """

    def __init__(self, folder):
        from models import write_counting_model

        self.folder = folder
        write_counting_model(folder / "model.onnx")
        (folder / "recipe.toml").write_text(TINY.format("", 3))
        (folder / "study.toml").write_text(STUDY)
        draw = random.Random(1)
        lines = [" ".join(draw.choices(["good", "bad", "film"], k=draw.randrange(40))) for _ in range(ROWS)]
        (folder / "in.csv").write_text("text\n" + "\n".join(f'"{line}"' for line in lines) + "\n")
        (folder / "served").mkdir()
        content = draw.randbytes(8 << 20)
        (folder / "served" / "archive").write_bytes(content)
        handler = functools.partial(Quiet, directory=str(folder / "served"))
        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        url = f"http://127.0.0.1:{self.server.server_port}/archive"
        self.fetch = [FETCH, url, f"sha256:{hashlib.sha256(content).hexdigest()}"]
        self.known = {}

    def command(self, subject, place):
        """Return what brings a subject on, from wherever it stands."""
        if subject == "train":
            started = (place / "run" / "recipe.toml").exists()
            again = ["--resume", "run"] if started else [self.folder / "recipe.toml", "-o", "run"]
            return [MAIN, "train", *again]
        if subject == "study":
            return [MAIN, "study", self.folder / "study.toml", "-o", "runs"]
        if subject == "score":
            again = ["--resume"] if any(place.iterdir()) else []
            path = ["--model", self.folder / "model.onnx", "--threads", "1"]
            return [IN_SEGMENTS + MAIN, "score", self.folder / "in.csv", "-o", "out.csv", *path, *again]
        if subject == "sample":
            return [MAIN, "data", "sample", "-o", "sample.jsonl", "--reviews", "50000", "--force"]
        return self.fetch

    def reference(self, subject):
        """Return the files that a subject ends with, and the seconds that it took."""
        if subject not in self.known:
            place = self.folder / f"reference-{subject}"
            place.mkdir()
            begin = time.monotonic()
            finish(self.command(subject, place), place)
            self.known[subject] = contents(place), time.monotonic() - begin
        return self.known[subject]

    def outcome(self, number):
        draw = random.Random(number)
        subject = draw.choice(SUBJECTS)
        expected, seconds = self.reference(subject)
        place = self.folder / "killed"
        shutil.rmtree(place, ignore_errors=True)
        place.mkdir()
        kills = 0
        for _ in range(draw.randrange(1, MOST_KILLS + 1)):
            if not was_killed(self.command(subject, place), place, draw.uniform(0.2, 1.0) * seconds):
                break
            kills += 1
            for name in WHOLE & {path.name for path in place.rglob("*")}:
                for path in place.rglob(name):
                    if digest(path) != expected[str(path.relative_to(place))]:
                        return f"{subject}: {name} is half after a kill"
        if (place / "out.csv").exists():  # whole, and there is nothing to resume
            return f"score, killed {kills} times: the same"
        if failed := finish(self.command(subject, place), place):
            return f"{subject}: does not go on: {failed}"
        found = contents(place)
        wrong = sorted(
            name for name in expected.keys() | found.keys() if expected.get(name) != found.get(name)
        )
        return f"{subject}, killed {kills} times: {'the same' if not wrong else f'other files: {wrong}'}"


SUBJECTS = ("train", "train", "study", "score", "score", "sample", "fetch")
WHOLE = {"out.csv", "sample.jsonl", "aclImdb_v1.tar.gz"}
TIMED = ("timings.csv", "run.json", "checkpoint.pt")
"""Files that hold or follow from times, which differ: they are looked at for being there alone."""
GOOD = tuple(
    f"{subject}, killed {kills} times: the same" for subject in SUBJECTS for kills in range(MOST_KILLS + 1)
)


class Quiet(http.server.SimpleHTTPRequestHandler):
    """Serves a folder without a word."""

    def log_message(self, *_):
        pass


def was_killed(command, place, seconds):
    """Begin something and kill it after so long, with all that it began; say whether it came to that."""
    process = begun(command, place)
    try:
        process.communicate(timeout=seconds)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        process.communicate()
        return True
    return False


def finish(command, place):
    """Bring something to its end; return what it said if it failed."""
    process = begun(command, place)
    said = process.communicate()[1]
    return said.strip().splitlines()[-2:] if process.returncode else None


def begun(command, place):
    return prepared.TrainingPopen(
        [sys.executable, "-c", *map(str, command)],
        cwd=place,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )


def contents(place):
    """Return the digest of each file below a folder; of those that hold times, only that they are there."""
    found = {}
    for path in sorted(place.rglob("*")):
        name = str(path.relative_to(place))
        if path.is_file() and not name.startswith("cache/tmp"):  # those stay for a day
            timed = path.name.startswith(TIMED) or "report" in path.parts
            found[name] = "there" if timed else digest(path)
    return found


def digest(path):
    return hashlib.sha256(path.read_bytes()).hexdigest()


def worker(first, last):
    with tempfile.TemporaryDirectory() as folder:
        bench = Bench(Path(folder))
        fuzzing.work(first, last, bench.outcome)


if __name__ == "__main__":
    sys.exit(fuzzing.main(__file__, __doc__, worker, good=GOOD, seconds=SECONDS))
