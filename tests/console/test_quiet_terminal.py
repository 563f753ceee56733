"""The console on a terminal, with its line editor, writes nothing and calls nobody."""

import os
import sys

import pytest

from terminals import RUNNER
from watching import BUILD_MACHINES, Watched

pytestmark = pytest.mark.skipif(os.name == "nt", reason="Windows has no pseudo-terminals of this kind")


@pytest.mark.parametrize("kind", ["xterm-256color", "dumb"])
def test_a_session_leaves_nothing(terminal, tmp_path, kind):
    watched = Watched(tmp_path)
    command = watched.command([sys.executable, RUNNER, "--path", "seed", "--lang", "en"])
    unset = dict.fromkeys((*BUILD_MACHINES, "ORT_DISABLE_TELEMETRY"), "")
    shown = terminal(command=command, TERM=kind, **unset, **watched.folders())
    if kind == "dumb":
        shown.expect("> ")
        shown.send("A warm and funny film.\r")
    else:
        shown.ask("A warm and funny film.")
    shown.expect(r"positive \(")
    assert shown.end(key="\x04") == 0
    watched.wait_for_trace(shown.process.pid)
    assert (watched.left(), watched.strays(), watched.calls()) == (set(), [], [])
