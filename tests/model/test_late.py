"""Texts are judged while the interpreter ends, too, and where no thread can be started."""

import pytest

from scripts import run_script

COMMON = """
import atexit, sys, threading, time
import numpy as np
import opinia
from opinia.model.explain import explain
from opinia.score import ScoreOptions, score_table

TEXTS = ["a warm and funny film", "dull, and far too long"] * 200
classifier = opinia.load("seed", threads=2)
expected = classifier.predict_proba(TEXTS)
with open("in.csv", "w") as file:
    file.write("text\\n" + "".join(f'"{text}"\\n' for text in TEXTS))

def judge():
    np.testing.assert_array_equal(classifier.predict_proba(TEXTS), expected)
    assert len(classifier.classify(TEXTS)) == len(TEXTS)
    assert classifier.predict("good") == ["positive"]
    assert explain(classifier, "Slow at first, then funny.").label

def score():
    score_table("in.csv", f"{threading.get_ident()}.csv", classifier=classifier)
    rows = open(f"{threading.get_ident()}.csv").read().splitlines()[1:]
    labels = ["positive" if row[1] > 0.5 else "negative" for row in expected]
    assert [row.split(",")[-3] for row in rows] == labels

WORK = {"judge": judge, "score": score}[sys.argv[1]]

def work():
    WORK()
    print("done", flush=True)
"""

AFTER_MAIN = """
def late():
    threading.main_thread().join()
    time.sleep(0.2)  # the pools of threads have heard of it
    work()

threading.Thread(target=late).start()
"""
WHILE_MAIN_ENDS = """
begun = threading.Event()

def texts():
    for text in TEXTS * 5:
        yield text
        begun.set()
        if not threading.main_thread().is_alive():
            time.sleep(0.0001)

def late():
    got = classifier.predict_proba(texts())
    np.testing.assert_array_equal(got, np.concatenate([expected] * 5))
    work()

threading.Thread(target=late).start()
begun.wait()
"""
AT_EXIT = """
atexit.register(work)
"""
NO_MORE_THREADS = """
threading.stack_size(1 << 46)  # more than there is room for: no thread can be started
try:
    threading.Thread(target=print).start()
except RuntimeError:
    work()
"""


@pytest.mark.parametrize("what", ["judge", "score"])
@pytest.mark.parametrize(
    "when",
    [AFTER_MAIN, WHILE_MAIN_ENDS, AT_EXIT, NO_MORE_THREADS],
    ids=["after", "while", "atexit", "no threads"],
)
def test_late_calls_are_answered(when, what, tmp_path):
    assert run_script(COMMON + when, what, folder=tmp_path) == "done\n"


@pytest.mark.parametrize("texts", ["TEXTS", "TEXTS[:2]", "['good ' * 10_000]"], ids=["many", "few", "long"])
def test_daemon_threads_that_judge_do_not_abort_the_process(texts, tmp_path):
    code = f"""
def forever(begun):
    while True:
        classifier.predict_proba({texts})
        begun.set()

for _ in range(3):
    begun = threading.Event()
    threading.Thread(target=forever, args=(begun,), daemon=True).start()
    begun.wait()
atexit.register(work)
"""
    for _ in range(2):
        assert run_script(COMMON + code, "judge", folder=tmp_path) == "done\n"


@pytest.mark.parametrize("daemon", [False, True])
def test_the_last_exit_handlers_are_answered(daemon, tmp_path):
    """Those that were registered first: they come after opinia's own, and beside daemons that judge."""
    code = f"""
import atexit, threading

def last():
    work()
    thread = threading.Thread(target=work, daemon={daemon})
    try:
        thread.start()
    except RuntimeError:  # from Python 3.12 on none begins so late
        return work()
    thread.join()

atexit.register(last)
{COMMON}
begun = threading.Event()

def forever():
    while True:
        classifier.predict_proba(["good " * 10_000])
        begun.set()

threading.Thread(target=forever, daemon=True).start()
begun.wait()
TEXTS.append("good " * 10_000)
expected = classifier.predict_proba(TEXTS)
"""
    assert run_script(code, "judge", folder=tmp_path) == "done\n" * 2


def test_an_error_of_a_late_call_is_heard_of(tmp_path):
    code = """
def fail():
    try:
        classifier.predict_proba([*TEXTS, None])
    except opinia.InputError as error:
        print(error.message)

atexit.register(fail)
"""
    assert "at position 400" in run_script(COMMON + code, "judge", folder=tmp_path)
