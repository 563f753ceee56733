"""Nothing is sent, and nothing written but what was asked for: by every command, by Python, by children."""

import functools
import http.client
import os
import re
import shutil
import signal
import sys
from importlib.util import find_spec
from pathlib import Path

import pyarrow.parquet
import pytest
import tomli_w

import no_sockets
from opinia.cli.data import command as data_group
from opinia.cli.main import COMMANDS
from opinia.cli.runs import command as runs_group
from watching import SECONDS, Watched, has_strace

pytestmark = pytest.mark.skipif(os.name != "posix", reason="folders of a person are found otherwise there")

ROOT = Path(__file__).parents[1]
OPINIA = [sys.executable, "-m", "opinia"]
REVIEWS = """text,label
A warm and funny film.,positive
"Dull, and far too long.",negative
One of the best.,positive
The worst of all.,negative
"""
TINY = {
    "text": {"max_tokens": 200},
    "network": {"embedding": 8, "units": 8, "dense": 8},
    "training": {"learning_rate": 0.01, "threads": 1, "epochs": 1},
    "data": {"source": "sample", "validation": 300},
}
STUDY = {
    "name": "tiny",
    "seeds": [1],
    "recipe": TINY,
    "runs": {"a": {"training": {"batch_size": 128}}},
}
STAGES = {
    **TINY,
    "text": {"max_tokens": 200, "kind": "words", "unlabelled": True},
    "network": {**TINY["network"], "separate_embeddings": True},
    "pretraining": {"epochs": 1, "batch_size": 64},
    "distillation": {"ngrams": True},
    "linear": {"ngrams": 100},
}

HAS_RUNTIME = (ROOT / "js/node_modules/onnxruntime-web").is_dir()
# name: arguments, standard input, and what it may leave where it runs.
QUICK = {
    "analyse": (["analyse", "A warm film.", "--json"], "", set()),
    "behave": (["behave", "seed"], "", set()),
    "check": (["check", "reviews.csv"], "", set()),
    "check parquet": (["check", "reviews.parquet", "--json"], "", set()),
    "completion": (["completion", "bash"], "", set()),
    "console": ([], "A warm film.\nA dull one.\n", set()),
    "convert": (["convert", "seed", "-o", "seed.keras"], "", {"seed.keras"}),
    "data sample": (["data", "sample", "-o", "sample.jsonl"], "", {"sample.jsonl"}),
    "errors": (["errors", "seed", "reviews.csv", "-o", "errors.html"], "", {"errors.html"}),
    "evaluate": (["evaluate", "seed", "reviews.csv", "--json"], "", set()),
    "evaluate --ledger": (["evaluate", "seed", "sample:test", "--ledger", "all.csv"], "", {"all.csv"}),
    "evaluate --plots": (["evaluate", "seed", "reviews.csv", "--plots", "pictures"], "", {"pictures"}),
    "explain": (["explain", "Slow, then funny.", "--html", "why.html"], "", {"why.html"}),
    "help": (["--help"], "", set()),
    "info": (["info", "base"], "", set()),
    "page": (["page", "--model", "seed", "-o", "site"], "", {"site"} if HAS_RUNTIME else set()),
    "score": (["score", "reviews.csv", "-o", "out.csv", "--prefix", "new_"], "", {"out.csv"}),
    "score parquet": (["score", "reviews.parquet", "-o", "out.parquet"], "", {"out.parquet"}),
    "score a pipe": (["score", "-", "-o", "-", "--format", "csv"], "text\ngood\n", set()),
    "summary": (["summary"], "", set()),
    "a mistake": (["analyse", "x", "--model", "nowhere.onnx"], "", set()),
}


@pytest.fixture
def watched(tmp_path):
    return make_watched(tmp_path)


def make_watched(folder, **options):
    made = Watched(folder, **options)
    (made.place / "reviews.csv").write_text(REVIEWS)
    pyarrow.parquet.write_table(pyarrow.table({"text": ["A warm film."]}), made.place / "reviews.parquet")
    return made


def check(watched, *, leaves=frozenset()):
    """See that nothing was left or written but what may be, and that nobody was called."""
    assert watched.left() == set()
    assert watched.strays() == []
    assert watched.calls() == []
    assert watched.made() - {"reviews.csv", "reviews.parquet"} == set(leaves)


@pytest.fixture(scope="module")
def usual(tmp_path_factory):
    """Run one of the quick commands, once: return what watched it, and what it said."""

    @functools.cache
    def run(name):
        arguments, text, _ = QUICK[name]
        watched = make_watched(tmp_path_factory.mktemp("usual"))
        return watched, watched.run([*OPINIA, *arguments], text)

    return run


@pytest.mark.parametrize("name", QUICK)
def test_a_command_writes_what_it_is_asked_for_and_calls_nobody(usual, name):
    _, _, leaves = QUICK[name]
    watched, done = usual(name)
    fails = name == "a mistake" or (name == "page" and not HAS_RUNTIME)
    assert done.returncode == int(fails), done.stderr
    check(watched, leaves=leaves)


@pytest.mark.parametrize("name", ["analyse", "console", "evaluate --plots", "score", "info"])
def test_an_unwritable_home_changes_nothing(tmp_path, usual, name):
    arguments, text, leaves = QUICK[name]
    closed = make_watched(tmp_path)
    closed.home.rmdir()
    closed.home.touch()  # no folder can be made below a file, not even by root
    _, expected = usual(name)
    done = closed.run([*OPINIA, *arguments], text)
    assert (done.returncode, done.stdout, done.stderr) == (0, expected.stdout, expected.stderr)
    check(closed, leaves=leaves)


def test_the_runner(watched):
    done = watched.run([sys.executable, ROOT / "runner.py", "--lang", "en"], "A warm film.\n")
    assert done.returncode == 0, done.stderr
    assert "positive" in done.stdout
    check(watched)


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    """A run of ``opinia train``, and what was watched while it was made."""
    watched = make_watched(tmp_path_factory.mktemp("trained"))
    (watched.folder / "tiny.toml").write_text(tomli_w.dumps(TINY))
    done = watched.run([*OPINIA, "train", watched.folder / "tiny.toml", "-o", "run", "--tensorboard"])
    assert done.returncode == 0, done.stderr
    return watched


def test_training_writes_into_the_folder_of_the_run_alone(trained):
    check(trained, leaves={"run"})


@pytest.mark.parametrize(
    ("arguments", "leaves"),
    [
        (["runs", "list", "run"], {"run"}),
        (["runs", "show", "run"], {"run"}),
        (["runs", "compare", "run", "run"], {"run"}),
        (["runs", "plot", "run", "-o", "curves"], {"run", "curves"}),
        (["quantise", "run", "-o", "small.onnx"], {"run", "small.onnx"}),
        (["train", "--resume", "run"], {"run"}),
    ],
    ids=lambda value: " ".join(value[:2]) if isinstance(value, list) else "",
)
def test_commands_on_a_run_write_what_they_are_asked_for(watched, trained, arguments, leaves):
    shutil.copytree(trained.place / "run", watched.place / "run")
    done = watched.run([*OPINIA, *arguments])
    assert done.returncode == 0, done.stderr
    check(watched, leaves=leaves)


@pytest.mark.slow
def test_a_study_and_its_processes(watched):
    (watched.folder / "study.toml").write_text(tomli_w.dumps(STUDY))
    done = watched.run([*OPINIA, "study", watched.folder / "study.toml", "-o", "study", "--jobs", "2"])
    assert done.returncode == 0, done.stderr
    check(watched, leaves={"study"})


@pytest.mark.slow
def test_language_models_and_teachers(watched):
    (watched.folder / "stages.toml").write_text(tomli_w.dumps(STAGES))
    done = watched.run([*OPINIA, "train", watched.folder / "stages.toml", "-o", "run"])
    assert done.returncode == 0, done.stderr
    assert (watched.place / "run/pretrained/forward.pt").is_file()
    check(watched, leaves={"run"})


@pytest.mark.slow
def test_a_training_elsewhere(watched):
    text = {"max_tokens": 300, "kind": "words", "unlabelled": True}
    network = {"embedding": 8, "units": 8, "dense": 8, "separate_embeddings": True}
    training = {"batch_size": 64, "epochs": 1, "threads": 1}
    recipe = {"text": text, "network": network, "pretraining": {"epochs": 1}, "training": training}
    recipe["data"] = {"source": "sample", "validation": 300}
    (watched.folder / "away.toml").write_text(tomli_w.dumps(recipe))
    done = watched.run([*OPINIA, "remote", "pack", watched.folder / "away.toml", "-o", "away.pack"])
    assert done.returncode == 0, done.stderr
    there = [sys.executable, "-m", "opinia.remote", "away.pack", "--work", "work", "--out", "out"]
    done = watched.run([*there, "--device", "cpu", "--steps", "2"])
    assert done.returncode == 0, done.stderr
    done = watched.run([*OPINIA, "remote", "join", "away.pack", "out", "-o", "away.onnx"])
    assert done.returncode == 0, done.stderr
    check(watched, leaves={"away.pack", "work", "out", "away.onnx", "away.npz"})


@pytest.mark.parametrize("variables", [{}, {"FASTAPI_OTEL_AUTO_CONFIGURE": "true"}], ids=["plain", "told to"])
def test_the_server_answers_and_calls_nobody(tmp_path, variables):
    elsewhere = {"OTEL_EXPORTER_OTLP_ENDPOINT": "http://127.0.0.1:9"} if variables else {}
    watched = make_watched(tmp_path, sockets="listen", variables={**variables, **elsewhere})
    with watched.start([*OPINIA, "serve", "--port", "0"]) as process:
        try:
            line = process.stderr.readline()
            address = re.search(r"http://(127\.0\.0\.1:\d+)/", line)
            assert address is not None, line
            for path, body in [
                ("/", None),
                ("/metrics", None),
                ("/openapi.json", None),
                ("/v1/analyse", '{"texts": ["A warm film."]}'),
                ("/v1/explain", '{"text": "A warm film."}'),
            ]:
                connection = http.client.HTTPConnection(address[1], timeout=SECONDS)
                headers = {"Content-Type": "application/json"}
                connection.request("GET" if body is None else "POST", path, body, headers)
                assert connection.getresponse().status == 200, path
                connection.close()
        finally:
            process.send_signal(signal.SIGTERM)
        out, err = process.communicate(timeout=SECONDS)
    assert (process.returncode, out, err) == (0, "", "")
    watched.wait_for_trace(process.pid)
    opened = {"socket", "bind"}  # that it listens on
    assert [call for call in watched.calls() if call.partition("(")[0] not in opened] == []
    assert len([call for call in watched.calls() if call.startswith("bind(")]) == (1 if has_strace() else 0)
    assert watched.left() == set()
    assert watched.strays() == []


def test_every_command_is_watched():
    names = {name.split()[0] for name in QUICK} | {"runs", "quantise", "train", "remote", "study", "serve"}
    assert set(COMMANDS) <= names
    assert set(runs_group.commands) == {"list", "show", "compare", "plot"}
    assert set(data_group.commands) == {"imdb", "sample"}  # the first is the one that fetches


PYTHON = """
import multiprocessing, os, sys

def judge(ask=None):
    import opinia
    from opinia.model.explain import explain
    classifier = opinia.load("seed")
    assert classifier.predict(["A warm and funny film."] * 40 + ["bad"] * 40)[0] == "positive"
    explain(classifier, "Slow, then funny.")

def in_process(kind):
    process = multiprocessing.get_context(kind).Process(target=judge)
    process.start()
    process.join()
    return process.exitcode

if __name__ == "__main__":
    assert in_process("spawn") == 0
    assert in_process("fork") == 0
    judge()
    assert in_process("spawn") == 0
    assert in_process("fork") == 0
    child = os.fork()
    if child == 0:
        judge()
        sys.exit(0)
    assert os.waitpid(child, 0)[1] == 0
"""


def test_python_and_its_children(watched):
    script = watched.folder / "script.py"
    script.write_text(PYTHON)
    # From Python 3.12 on a fork beside threads is warned of.
    done = watched.run([sys.executable, "-W", "ignore::DeprecationWarning", script])
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    check(watched)


def test_whoever_wants_the_reports_keeps_them(tmp_path):
    """It also shows that the watch sees what ONNX Runtime does when it is let."""
    watched = make_watched(tmp_path, sockets="listen", variables={"ORT_DISABLE_TELEMETRY": "0"})
    watched.run([*OPINIA, "analyse", "A warm film."])  # where there is a network, it may not live to its end
    runtime = Path(find_spec("onnxruntime").origin).parent
    if not any(b"ORT_DISABLE_TELEMETRY" in path.read_bytes() for path in runtime.glob("capi/*.so*")):
        pytest.skip("this ONNX Runtime has no reports")
    assert any("onnxruntime" in name for name in watched.left())


def test_whoever_names_a_folder_for_a_cache_keeps_it(tmp_path):
    watched = make_watched(tmp_path, variables={"MPLCONFIGDIR": str(tmp_path / "cache")})
    assert watched.run([*OPINIA, "evaluate", "seed", "reviews.csv", "--plots", "pictures"]).returncode == 0
    assert (tmp_path / "cache").is_dir()
    assert watched.left() == set()
    assert watched.calls() == []


@pytest.mark.parametrize("value", ["", "1"])
def test_no_value_is_no_wish_for_reports(tmp_path, value):
    watched = make_watched(tmp_path, variables={"ORT_DISABLE_TELEMETRY": value})
    assert watched.run([*OPINIA, "analyse", "A warm film."]).returncode == 0
    check(watched)


@pytest.mark.skipif(not no_sockets.IS_AVAILABLE, reason="the kernel is asked in the language of Linux")
@pytest.mark.parametrize(
    ("sockets", "code"),
    [
        ("none", "import socket; socket.socket()"),
        ("listen", "import socket; socket.create_connection(('127.0.0.1', 9))"),
        ("listen", "import socket as s; s.socket(type=s.SOCK_DGRAM).sendto(b'x', ('127.0.0.1', 9))"),
        (
            "none",
            "import subprocess as s, sys; "
            "sys.exit(s.call([sys.executable, '-c', 'import socket; socket.socket()']))",
        ),
    ],
)
def test_the_watch_sees_a_call(tmp_path, sockets, code):
    watched = Watched(tmp_path, sockets=sockets)
    assert watched.run([sys.executable, "-c", code]).returncode != 0
    assert bool(watched.calls()) == has_strace()


@pytest.mark.skipif(not has_strace(), reason="strace is not here, or not allowed")
@pytest.mark.parametrize(
    "code",
    ["open({path!r}, 'w')", "import os; os.mkdir({path!r})", "import os; os.chdir('/'); open({path!r}, 'a')"],
)
def test_the_watch_sees_a_file_anywhere(tmp_path, code):
    watched, path = Watched(tmp_path), str(tmp_path / "elsewhere")
    assert watched.run([sys.executable, "-c", code.format(path=path)]).returncode == 0
    assert watched.strays() == [path]


def test_onnx_runtime_is_imported_in_one_place():
    imports = re.compile(r"^\s*(?:import|from) onnxruntime\b", re.MULTILINE)
    places = [path.name for path in (ROOT / "src").rglob("*.py") if imports.search(path.read_text("utf-8"))]
    assert places == ["runtime.py"]
