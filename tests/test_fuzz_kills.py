"""A few kills at random moments; ``python tests/fuzz_kills.py 60`` makes more than a hundred."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

FUZZER = Path(__file__).with_name("fuzz_kills.py")


@pytest.mark.slow
@pytest.mark.skipif(os.name != "posix", reason="no SIGKILL")
def test_what_is_killed_comes_to_the_same_bits():
    run = [sys.executable, str(FUZZER), "3", "--first", "1000000"]
    done = subprocess.run(run, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "the same" in done.stdout
