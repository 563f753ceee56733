"""A loaded model works in children: forked at any moment, from a fork server, spawned; and beside asyncio."""

import multiprocessing
import os

import pytest

import opinia
from models import write_counting_model
from opinia.model.batches import BATCH_TOKENS
from scripts import run_script
from watching import BUILD_MACHINES

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="there is no fork here")

COMMON = f"""
import multiprocessing, os, sys, threading, time
import numpy as np
import numpy.testing  # before a thread does: a child waits for ever for what another thread imports
import opinia

FEW = ["a warm and funny film", "dull, and far too long"]
MANY = [*FEW, "bad " * 100] * 50  # more than the first chunk
LONG = "the film was good and bad " * ({3 * BATCH_TOKENS} // 12)  # one and a half times a batch
MODEL = "seed"
classifier = expected = None

def load():
    global classifier, expected
    classifier = opinia.load(MODEL, threads=2)
    expected = [classifier.predict_proba(texts) for texts in (FEW, MANY, LONG)]

def check():
    for texts, wanted in zip((FEW, MANY, LONG), expected):
        np.testing.assert_allclose(classifier.predict_proba(texts), wanted, atol=1e-5)

def busy(texts):
    # Threads that judge until the process ends, and have begun when this returns.
    def work():
        while True:
            classifier.predict_proba(texts)
            begun.set()
    begun = threading.Event()
    threading.Thread(target=work, daemon=True).start()
    begun.wait()

def fork(body, *, leave=sys.exit):
    # Run a function in a forked child, and return its pid.
    pid = os.fork()
    if pid == 0:
        status = 1
        try:
            body()
            status = 0
        except Exception:
            import traceback
            traceback.print_exc()
        if leave is os._exit:
            sys.stderr.flush()
        leave(status)
    return pid

def wait(pid):
    assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 0
"""


@pytest.mark.parametrize("leave", ["sys.exit", "os._exit"])
def test_a_child_forked_while_threads_judge_answers_and_ends(leave, tmp_path):
    code = f"""
load()
busy(LONG)  # holds the lock of long texts nearly all the time
busy(MANY)
for number in range(3):
    time.sleep(0.015 * number)
    wait(fork(check, leave={leave}))
"""
    run_script(COMMON + code, folder=tmp_path)


def test_children_of_children_of_threads_and_many_at_once(tmp_path):
    code = """
load()
wait(fork(check))  # while nothing runs
busy(LONG)

def family():
    check()
    busy(LONG)
    wait(fork(check))
    check()

wait(fork(family))
children = [fork(check) for _ in range(3)]
for child in children:
    wait(child)
worker = threading.Thread(target=lambda: wait(fork(check, leave=os._exit)))
worker.start()
worker.join()
check()
"""
    run_script(COMMON + code, folder=tmp_path)


@pytest.mark.parametrize("kind", multiprocessing.get_all_start_methods())
def test_processes_of_multiprocessing(kind, tmp_path):
    code = f"""
def predict(texts):
    if classifier is None:  # a fresh interpreter has loaded nothing
        load()
    return classifier.predict(texts)

if __name__ == "__main__":
    load()
    busy(LONG)
    context = multiprocessing.get_context({kind!r})
    with context.Pool(2) as pool:
        assert pool.map(predict, [FEW] * 4) == [classifier.predict(FEW)] * 4
    from concurrent.futures import ProcessPoolExecutor
    with ProcessPoolExecutor(2, mp_context=context) as pool:
        assert list(pool.map(predict, [FEW] * 4)) == [classifier.predict(FEW)] * 4
    check()
"""
    run_script(COMMON + code, folder=tmp_path)


def test_a_fork_while_another_thread_loads_models(tmp_path):
    code = """
def open_models():
    while True:
        opinia.load("seed")

threading.Thread(target=open_models, daemon=True).start()  # imports ONNX Runtime first

def load_and_check():
    load()
    check()

for number in range(4):
    time.sleep(0.04 * number)
    wait(fork(load_and_check))
"""
    run_script(COMMON + code, folder=tmp_path)


def test_asyncio_and_forks_out_of_it(tmp_path):
    code = """
import asyncio

async def main():
    loop = asyncio.get_running_loop()
    calls = [asyncio.to_thread(classifier.predict_proba, texts) for texts in (FEW, LONG, MANY)]
    answers = asyncio.gather(*calls)
    await asyncio.sleep(0.05)
    pid = fork(check, leave=os._exit)
    for got, texts in zip(await answers, (0, 2, 1)):
        np.testing.assert_allclose(got, expected[texts], atol=1e-5)
    await asyncio.to_thread(wait, pid)
    await loop.run_in_executor(None, check)

load()
asyncio.run(main())
"""
    run_script(COMMON + code, folder=tmp_path)


def test_a_file_that_has_gone_is_needed_by_a_child_forked_in_the_middle_alone(tmp_path):
    write_counting_model(tmp_path / "model.onnx")
    code = """
import shutil
MODEL = "model.onnx"
load()
shutil.move("model.onnx", "elsewhere.onnx")
wait(fork(check))  # nothing ran: what was loaded is as good there
ids = np.full(20_000, 2, np.int32)

def run():
    while True:
        classifier.probabilities([ids])

for _ in range(2):
    threading.Thread(target=run, daemon=True).start()

def refused(said):
    try:
        check()
    except opinia.ModelFileError as error:
        assert said in error.message and error.hint, error
    else:
        os._exit(7)  # it was forked between two runs

def wait_for_refusal(said):
    for _ in range(100):
        status = os.waitstatus_to_exitcode(os.waitpid(fork(lambda: refused(said)), 0)[1])
        if status != 7:
            break
    assert status == 0

wait_for_refusal("no model at /")
shutil.copy(opinia.load("seed").model.path, "model.onnx")
wait_for_refusal("another model than when it was loaded")
shutil.move("elsewhere.onnx", "model.onnx")
os.mkdir("below")
os.chdir("below")
for _ in range(4):
    wait(fork(check))
"""
    run_script(COMMON + code, folder=tmp_path)


def test_a_fork_in_the_generator_of_the_texts_is_refused_in_the_child(tmp_path):
    code = """
load()

def texts():
    yield from MANY
    pid = os.fork()
    if pid:
        wait(pid)
    yield from MANY * 10

try:
    got = classifier.predict_proba(texts())
except opinia.InputError as error:
    assert "forked in the middle of a call" in error.message and error.hint
    os._exit(0)
np.testing.assert_allclose(got, np.concatenate([expected[1]] * 11), atol=1e-5)
print("answered")
"""
    assert run_script(COMMON + code, folder=tmp_path) == "answered\n"


def test_threads_share_a_model_while_one_forks(tmp_path):
    code = """
load()
failures = []

def work():
    try:
        for _ in range(3):
            check()
    except BaseException as error:
        failures.append(error)

threads = [threading.Thread(target=work) for _ in range(4)]
for thread in threads:
    thread.start()
for _ in range(3):
    wait(fork(check, leave=os._exit))
for thread in threads:
    thread.join()
assert not failures, failures
"""
    run_script(COMMON + code, folder=tmp_path)


@pytest.mark.parametrize("first", ["os.environ['ORT_DISABLE_TELEMETRY'] = '0'", "import onnxruntime"])
def test_children_end_where_the_reports_of_the_runtime_are_on(first, tmp_path):
    code = f"""
import ctypes, os
os.environ.pop("ORT_DISABLE_TELEMETRY", None)
os.environ |= dict.fromkeys({BUILD_MACHINES!r}, "") | {{"HOME": os.getcwd()}}
os.environ["https_proxy"] = "http://127.0.0.1:9"  # where nobody listens: no report leaves a test
{first}
{COMMON}
load()

def answer():
    check()
    print("answered")  # and not lost, though nobody flushes it
    ctypes.CDLL(None).puts(b"from C")
    sys.exit(3)

assert os.waitstatus_to_exitcode(os.waitpid(fork(answer), 0)[1]) == 3
"""
    assert sorted(run_script(code, folder=tmp_path).split("\n")) == ["", "answered", "from C"]


def test_sessions_are_forgotten_with_their_models():
    import gc
    import weakref

    classifier = opinia.load("seed")
    session = weakref.ref(classifier.model.session)
    del classifier
    gc.collect()
    assert session() is None


def test_a_fork_while_another_thread_fetches_public_names(tmp_path):
    """Each try is a new process, which forks a little later in the thread's imports than the one before."""
    code = """
import os, sys, threading, time
import opinia

threading.Thread(target=lambda: opinia.load, daemon=True).start()
time.sleep(float(sys.argv[1]))
pid = os.fork()
if pid == 0:
    opinia.load("seed").predict("a warm and funny film")
    os._exit(0)
until = time.monotonic() + 60
while not (done := os.waitpid(pid, os.WNOHANG))[0] and time.monotonic() < until:
    time.sleep(0.01)
if not done[0]:
    os.kill(pid, 9)
    sys.exit("the child hangs")
assert done[1] == 0, done
"""
    for tenth in range(8):
        run_script(code, str(0.02 * tenth), folder=tmp_path)
