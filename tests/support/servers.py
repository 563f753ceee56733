"""Real servers on free ports of the loopback: in a thread of the test, or in a process of their own."""

import contextlib
import os
import re
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import httpx

import prepared
from opinia.serve.models import Models
from opinia.serve.options import ServeOptions
from opinia.serve.server import listen, make_server

SERVING = ("opinia.cli.main", "opinia.cli.serve", "opinia.serve.server", "opinia.serve.models")
SECONDS = 180
"""A request that takes longer is lost; none comes near it."""


@contextlib.contextmanager
def running(models: Models, **changes) -> Iterator[httpx.Client]:
    """A server in a thread, and a client of it."""
    options = replace(ServeOptions(port=0, threads=2), **changes)
    listener = listen(options)
    server = make_server(models, options)
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
    thread.start()
    try:
        wait_until(lambda: server.started)
        address = f"http://127.0.0.1:{listener.getsockname()[1]}"
        with httpx.Client(base_url=address, timeout=SECONDS, trust_env=False) as client:
            yield client
    finally:
        server.should_exit = True
        thread.join(SECONDS)
        assert not thread.is_alive()
        listener.close()


@dataclass
class Process:
    """``python -m opinia serve`` in a process."""

    popen: subprocess.Popen
    address: str
    log: Path

    def client(self) -> httpx.Client:
        return httpx.Client(base_url=self.address, timeout=SECONDS, trust_env=False)

    def resident_bytes(self) -> int:
        status = Path(f"/proc/{self.popen.pid}/status").read_text()
        return int(re.search(r"VmRSS:\s+(\d+)", status)[1]) * 1024


@contextlib.contextmanager
def started(
    folder: Path, *arguments: str, variables: Mapping[str, str] | None = None, is_fresh: bool = False
) -> Iterator[Process]:
    """The command on a free port, with its log in a file.

    Its process is forked from one that has imported what it needs, but where ``is_fresh``: for what is
    measured of its memory.
    """
    log = folder / "serve.log"
    clean = {key: value for key, value in os.environ.items() if not key.startswith("OPINIA")}
    begun = {**clean, "PYTHONUNBUFFERED": "1", **(variables or {})}
    kind = subprocess.Popen if is_fresh else prepared.popen_in(begun, SERVING)
    command = [sys.executable, "-m", "opinia", "serve", "--port", "0", "--threads", "2", *arguments]
    with (
        log.open("wb") as file,
        kind(
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=file,
            cwd=folder,
            env=begun,
        ) as popen,
    ):
        try:
            wait_until(lambda: "http://" in log.read_text() or popen.poll() is not None)
            address = re.search(r"http://\S+:\d+", log.read_text())
            assert address is not None, log.read_text()
            process = Process(popen, address[0], log)
            with process.client() as client:
                assert client.get("/readyz").status_code == 200
            yield process
        finally:
            if popen.poll() is None:
                popen.kill()


def wait_until(is_so, seconds: float = SECONDS) -> None:
    """Wait for something, and fail when it does not come."""
    until = time.monotonic() + seconds
    while not is_so():
        assert time.monotonic() < until, "it did not happen"
        time.sleep(0.01)


def connect(client: httpx.Client) -> socket.socket:
    """A bare connection to the server of a client."""
    return socket.create_connection((client.base_url.host, client.base_url.port), timeout=SECONDS)


def request_bytes(body: bytes, *, path: str = "/v1/analyse", length: int | None = None) -> bytes:
    """A request as it goes over the wire."""
    head = f"POST {path} HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
    return f"{head}Content-Length: {len(body) if length is None else length}\r\n\r\n".encode() + body


def figure(client: httpx.Client, name: str) -> float:
    """One figure of the metrics, 0 where it is not there yet; labels belong to the name."""
    for line in client.get("/metrics").text.splitlines():
        if line.startswith(name + " "):
            return float(line.rpartition(" ")[2])
    return 0.0


def error_of(response: httpx.Response) -> dict:
    """The error of an answer, which has to have the shape of all errors."""
    content = response.json()
    assert set(content) == {"error"}
    assert set(content["error"]) == {"code", "message", "hint"}
    assert "Traceback" not in response.text
    return content["error"]
