"""A few seconds of damaged and hostile model files; ``python tests/model/fuzz_models.py 5000`` makes more."""

import subprocess
import sys
from pathlib import Path

FUZZER = Path(__file__).with_name("fuzz_models.py")


def test_no_file_crashes_hangs_or_answers_wrongly():
    run = [sys.executable, str(FUZZER), "200", "--first", "1000000"]
    done = subprocess.run(run, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    counts = {line.split("  ")[-1].strip(): line.split()[0] for line in done.stdout.splitlines()}
    assert set(counts) == {"refused", "read"}
