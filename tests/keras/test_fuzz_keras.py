"""A few seconds of damaged ``.keras`` files; ``python tests/keras/fuzz_keras.py 10000`` makes more."""

import subprocess
import sys
from pathlib import Path

FUZZER = Path(__file__).with_name("fuzz_keras.py")


def test_no_archive_crashes_hangs_or_answers_wrongly():
    run = [sys.executable, str(FUZZER), "200", "--first", "1000000"]
    done = subprocess.run(run, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    counts = {line.split("  ")[-1].strip(): line.split()[0] for line in done.stdout.splitlines()}
    assert set(counts) == {"refused", "read"}
