"""The command as people run it: start, signals, errors; nothing accepted is lost."""

import contextlib
import re
import signal
import socket
import subprocess
import sys
import threading
import time

import httpx
import pytest
from click.testing import CliRunner

from opinia import shell
from opinia.cli.serve import command
from opinia.errors import OpiniaError
from servers import SECONDS, connect, request_bytes, started, wait_until

SEED = ("--model", "seed")
"""One small model, where nothing is asked of the others: to load them all takes longer than the test."""
BODY = {"texts": ["a good film", "a bad film"] * 8}


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_under_load_loses_no_request(tmp_path, number):
    outcomes: list[str] = []
    answered = threading.Event()

    def ask(client):
        # Each client goes on until it cannot connect any more.
        while True:
            try:
                response = client.post("/v1/analyse", json=BODY)
                assert len(response.json()["results"]) == len(BODY["texts"])
                outcomes.append(str(response.status_code))
            except httpx.ConnectError:
                outcomes.append("refused")
                return
            if len(outcomes) > 100:
                answered.set()

    with started(tmp_path, *SEED, "--log-requests") as process:
        clients = [process.client() for _ in range(12)]
        threads = [threading.Thread(target=ask, args=(client,)) for client in clients]
        for thread in threads:
            thread.start()
        assert answered.wait(SECONDS)
        process.popen.send_signal(number)
        for thread in threads:
            thread.join(SECONDS)
        assert process.popen.wait(SECONDS) == (0 if number == signal.SIGTERM else 130)
        for client in clients:
            client.close()
        log = process.log.read_text()
    assert "Traceback" not in log
    assert "ERROR" not in log
    assert outcomes.count("refused") == len(clients)
    assert set(outcomes) == {"200", "refused"}
    # Every request that the server took was answered, and every answer arrived.
    assert set(re.findall(r"POST /v1/analyse (\d+)", log)) == {"200"}
    assert log.count("POST /v1/analyse 200") == outcomes.count("200") > 50


def test_a_long_request_is_finished_and_new_ones_are_refused(tmp_path):
    with started(tmp_path, "--model", "base", "--deadline", "150") as process, process.client() as client:
        found = []
        text = "the film was good and bad " * 500
        slow = threading.Thread(
            target=lambda: found.append(client.post("/v1/explain", json={"text": text}).status_code)
        )
        slow.start()
        with process.client() as other:
            wait_until(lambda: "opinia_http_requests_in_progress 2.0" in other.get("/metrics").text)
        process.popen.terminate()

        def is_refused():
            try:
                with process.client() as other:
                    other.get("/healthz")
            except (httpx.ConnectError, httpx.ReadError, httpx.RemoteProtocolError):
                return True
            return False

        wait_until(is_refused)
        assert not found
        slow.join(SECONDS)
        assert found == [200]
        assert process.popen.wait(SECONDS) == 0


def test_idle_connections_do_not_keep_a_server_that_stops(tmp_path):
    with started(tmp_path, *SEED) as process, process.client() as client:
        assert client.get("/healthz").status_code == 200
        process.popen.terminate()
        assert process.popen.wait(10) == 0


def received(connection) -> bytes:
    """Everything until the server ends the connection, which it has to do without a reset."""
    return b"".join(iter(lambda: connection.recv(65_536), b""))


def test_what_comes_after_the_signal_is_answered_on_connections_that_are_there(tmp_path):
    whole = request_bytes(b'{"texts": ["good"]}')
    with started(tmp_path, *SEED) as process, contextlib.ExitStack() as stack, process.client() as client:
        idle, fresh, begun, asked, silent = (stack.enter_context(connect(client)) for _ in range(5))
        idle.sendall(whole)
        assert idle.recv(65_536).startswith(b"HTTP/1.1 200 ")
        begun.sendall(whole[:30])
        asked.sendall(whole[:-5])
        client.get("/healthz")  # what was sent before has been read
        process.popen.terminate()

        def is_refused():
            with contextlib.suppress(ConnectionRefusedError), connect(client):
                return False
            return True

        wait_until(is_refused)
        idle.sendall(whole)
        fresh.sendall(whole * 2)
        time.sleep(1.5)  # longer than a connection is read that seems idle
        begun.sendall(whole[30:])
        asked.sendall(whole[-5:])
        answers = [received(connection).lower() for connection in (idle, fresh, begun, asked)]
        assert [answer.count(b"http/1.1 200 ") for answer in answers] == [1, 2, 1, 1]
        for answer in answers:
            assert answer.count(b"connection: close") == 1
            assert b"connection: close" in answer[answer.rindex(b"http/1.1 ") :]
        assert received(silent) == b""
        assert process.popen.wait(SECONDS) == 0


def test_a_second_ctrl_c_ends_at_once(tmp_path):
    with started(tmp_path, *SEED) as process, process.client() as client, connect(client) as connection:
        connection.sendall(request_bytes(b'{"texts": [', length=1000))
        client.get("/healthz")
        process.popen.send_signal(signal.SIGINT)
        with pytest.raises(subprocess.TimeoutExpired):  # the body may take 30 s
            process.popen.wait(3)
        process.popen.send_signal(signal.SIGINT)
        assert process.popen.wait(10) == 130
        assert "Traceback" not in process.log.read_text()


def test_connections_that_wait_to_be_taken_are_answered(tmp_path):
    with started(tmp_path, *SEED) as process, contextlib.ExitStack() as stack, process.client() as client:
        process.popen.send_signal(signal.SIGSTOP)
        waiting = [stack.enter_context(connect(client)) for _ in range(20)]
        for connection in waiting:
            connection.sendall(request_bytes(b'{"texts": ["good"]}'))
        process.popen.terminate()
        process.popen.send_signal(signal.SIGCONT)
        assert [received(connection)[:13] for connection in waiting] == [b"HTTP/1.1 200 "] * 20
        assert process.popen.wait(SECONDS) == 0


@pytest.mark.parametrize(
    ("arguments", "key", "says"),
    [
        (["--model", "missing.onnx"], None, "there is no model at missing.onnx"),
        (["--model", "a b={model}"], None, "Received: 'a b'"),
        (["--model", "{model}", "--model", "{model}"], None, "two models are named 'counting'"),
        (["--host", "256.1.1.1"], None, "cannot listen on 256.1.1.1"),
        ([], "", "OPINIA_API_KEY is set, but holds no key"),
        ([], " key", "OPINIA_API_KEY is set, but holds no key"),
    ],
)
def test_errors_before_the_start(counting_path, monkeypatch, arguments, key, says):
    if key is not None:
        monkeypatch.setenv("OPINIA_API_KEY", key)
    filled = [argument.format(model=counting_path) for argument in arguments]
    result = CliRunner().invoke(command, ["--port", "0", *filled])
    assert isinstance(result.exception, OpiniaError)
    assert says in result.exception.message
    assert result.exception.hint


def test_a_port_that_is_taken(tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        done = subprocess.run(
            [sys.executable, "-m", "opinia", "serve", *SEED, "--port", str(taken.getsockname()[1])],
            capture_output=True,
            text=True,
            cwd=tmp_path,
            timeout=SECONDS,
            check=False,
        )
    assert done.returncode == 1
    assert done.stdout == ""
    assert re.fullmatch(r"error: cannot listen on 127\.0\.0\.1 port \d+: .+\nhint: .+\n", done.stderr)


def test_the_start_is_told_and_names_no_key(tmp_path):
    key = {"OPINIA_API_KEY": "a-very-secret-key"}
    with started(tmp_path, "--model", "seed", variables=key) as process, process.client() as client:
        assert client.get("/v1/models").status_code == 401
        assert client.get("/v1/models", headers={"authorization": "Bearer a-very-secret-key"}).is_success
        written = process.log.read_text()
        assert re.fullmatch(r"seed at http://127\.0\.0\.1:\d+/   Ctrl-C ends\.\n", written)
    with started(tmp_path, "--host", "0.0.0.0") as process:
        assert "OPINIA_API_KEY is not set" in process.log.read_text()


@pytest.mark.parametrize("package", ["fastapi", "httptools"])
def test_missing_packages_are_named_by_their_extra(package):
    code = f"import sys; sys.modules[{package!r}] = None; sys.argv[1:] = ['serve', '--port', '0']\n"
    code += "from opinia.cli.main import main; main()"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert done.stderr.endswith(f"hint: {shell.install('serve')}\n")
    assert "Traceback" not in done.stderr
