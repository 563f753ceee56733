"""A few hundred damaged checkpoints; ``python tests/runs/fuzz_checkpoints.py 10000`` makes more."""

import subprocess
import sys
from pathlib import Path

FUZZER = Path(__file__).with_name("fuzz_checkpoints.py")


def test_a_damaged_checkpoint_is_refused_or_gives_the_weights_that_were_written():
    run = [sys.executable, str(FUZZER), "200", "--first", "1000000"]
    done = subprocess.run(run, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    assert {line.split("  ")[-1].strip() for line in done.stdout.splitlines()} >= {"refused", "the same"}
