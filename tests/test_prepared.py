"""Processes of the tests that have imported already what they need: in all else as a fresh interpreter's."""

import os
import signal
import subprocess
import sys

import pytest

import prepared

SAYS = {
    "what it was given": "import os, sys\nprint(os.getcwd(), sys.argv, sys.path[0], __name__)",
    "what it reads": "import sys; print(repr(sys.stdin.read()))",
    "variables": "import os; print([os.environ.get(n) for n in ('GIVEN', 'HOME', 'LC_ALL', 'TAKEN')])",
    "streams": "import sys; print([(s.encoding, s.errors, s.line_buffering, s.fileno()) for s in"
    " (sys.stdin, sys.stdout, sys.stderr)])",
    "an end": "import sys; print('some'); sys.exit('no more')",
    "a status": "import atexit, sys; atexit.register(print, 'at the end'); sys.exit(7)",
    "a thread": "import threading; threading.Timer(0.05, print, ['late']).start()",
    "signals": "import signal; print([signal.getsignal(n) for n in (2, 13, 15)])",
    "a kill": "import os; print('said', flush=True); os.kill(os.getpid(), 9)",
    "limits": "import resource; print([resource.getrlimit(n) for n in range(10)])",
    "a group": "import os; print(os.getsid(0) == os.getpid())",
    "polish": "print('zażółć')",
}


def test_a_script_is_run_by_its_path(tmp_path):
    script = tmp_path / "script.py"
    script.write_text("import sys; print(sys.argv, sys.path[0], __file__, __name__)")
    command = [sys.executable, str(script), "one"]
    ready, fresh = (begin(command, capture_output=True) for begin in (prepared.run, subprocess.run))
    assert (ready.returncode, ready.stdout, ready.stderr) == (0, fresh.stdout, b"")


LOCALES = [
    {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"},
    {"PYTHONIOENCODING": "cp1250"},
    {"PYTHONUTF8": "1", "LANG": "pl_PL.UTF-8"},
]


@pytest.mark.parametrize("changes", LOCALES)
def test_it_is_as_a_fresh_process_in_its_locale(tmp_path, changes):
    variables = {**{k: v for k, v in os.environ.items() if not k.startswith(("LC_", "LANG"))}, **changes}
    code = "import os, sys; print(ascii([sys.argv, os.getcwd(), os.environ['GIVEN'], sys.flags.utf8_mode]))\n"
    code += SAYS["streams"] + "\nprint('za\\u017c\\xf3'.encode(sys.stdout.encoding, 'replace'))"
    folder = tmp_path / "zażółć"
    folder.mkdir()
    command = [sys.executable, "-c", code, "zażółć", os.fsdecode(b"\xff")]
    options = {"capture_output": True, "cwd": folder, "env": {**variables, "GIVEN": "ż"}}
    fresh = subprocess.run(command, **options)
    assert (fresh.returncode, fresh.stderr) == (0, b"")
    ready = prepared.run(command, kind=prepared.popen_in(options["env"]), **options)
    assert (ready.returncode, ready.stdout, ready.stderr) == (0, fresh.stdout, b"")


@pytest.mark.parametrize("name", SAYS)
def test_it_is_as_a_fresh_process(name, tmp_path, monkeypatch):
    monkeypatch.setenv("GIVEN", "yes")
    monkeypatch.delenv("TAKEN", raising=False)
    command = [sys.executable, "-c", SAYS[name], "one", "two words"]
    options = {"capture_output": True, "cwd": tmp_path, "input": "ąę\r\n".encode(), "start_new_session": True}
    ready, fresh = (begin(command, **options) for begin in (prepared.run, subprocess.run))
    assert (ready.returncode, ready.stdout, ready.stderr) == (fresh.returncode, fresh.stdout, fresh.stderr)


def test_modules_are_run_by_their_names(tmp_path):
    command = [sys.executable, "-m", "opinia", "analyse", "A warm film.", "--model", "seed"]
    ready, fresh = (
        begin(command, capture_output=True, cwd=tmp_path) for begin in (prepared.run, subprocess.run)
    )
    assert fresh.stdout.startswith(b"positive")
    assert (ready.returncode, ready.stdout, ready.stderr) == (0, fresh.stdout, fresh.stderr)


WHETHER_IT_WAS_PREPARED = [sys.executable, "-c", "import sys; print('onnxruntime' in sys.modules)"]


@pytest.mark.skipif(not prepared.IS_AVAILABLE, reason="every process is a fresh one here")
def test_it_is_prepared_but_where_variables_ask_for_another_interpreter():
    of_this_process = {**os.environ, **dict.fromkeys(prepared.SET_BY_LIBRARIES, "set")}
    for variables, was_prepared in ((of_this_process, True), ({**os.environ, "LC_ALL": "C"}, False)):
        done = prepared.run(WHETHER_IT_WAS_PREPARED, capture_output=True, env=variables)
        assert done.stdout == f"{was_prepared}\n".encode()


def test_signals_reach_it_and_time_can_run_out():
    code = [sys.executable, "-c", "import time; print('here', flush=True); time.sleep(300)"]
    for sent in (signal.SIGINT, signal.SIGTERM, signal.SIGKILL):
        with prepared.Popen(code, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
            assert process.stdout.readline() == b"here\n"
            assert process.poll() is None
            process.send_signal(sent)
            assert process.wait() == -sent
    with pytest.raises(subprocess.TimeoutExpired):
        prepared.run(code, capture_output=True, timeout=0.2)
