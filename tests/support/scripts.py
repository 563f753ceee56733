"""Run a piece of Python in a process of its own, which may hang: a test then fails, and does not."""

import subprocess
import sys
from pathlib import Path

SECONDS = 300
"""Nothing comes near it; what hangs would hang for ever."""


def run_script(code: str, *arguments: object, folder: Path) -> str:
    """Run a script, see that it ended well and said nothing on standard error, and return what it printed."""
    path = folder / "script.py"
    # From Python 3.12 on a fork beside threads is warned of.
    path.write_text(code)
    done = subprocess.run(
        [sys.executable, "-W", "ignore::DeprecationWarning", path, *map(str, arguments)],
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=SECONDS,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, ""), done.stderr
    return done.stdout
