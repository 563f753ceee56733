"""Models loaded before a server forks its workers: they answer, and end when they are told to."""

import os
import re
import signal
import subprocess
import sys

import httpx
import pytest

from servers import SECONDS, wait_until

pytest.importorskip("gunicorn", reason="gunicorn is not installed")

PLAIN = """
import json, os
import opinia

classifier = opinia.load("seed")
classifier.predict(["warm it up"] * 100)

def app(environ, start_response):
    text = environ["wsgi.input"].read().decode()
    label, = classifier.predict(text)
    start_response("200 OK", [("Content-Type", "application/json")])
    return [json.dumps({"label": label, "pid": os.getpid()}).encode()]
"""
SERVICE = """
from opinia.serve.app import create_app
from opinia.serve.models import load_models

app = create_app(load_models(["seed"]))
"""
TEXTS = {
    "a warm and funny film": "positive",
    "dull, bad, and far too long": "negative",
    "good " * 40_000: "positive",
}


def serve(folder, code, *options):
    (folder / "application.py").write_text(code)
    log = (folder / "log").open("wb")
    # Workers that do not end by themselves would be waited for as long as it takes.
    command = [
        sys.executable,
        "-m",
        "gunicorn",
        "--preload",
        "--workers",
        "2",
        "--graceful-timeout",
        "100000",
    ]
    process = subprocess.Popen(
        [*command, "--bind", "127.0.0.1:0", "--timeout", "0", *options, "application:app"],
        cwd=folder,
        env={**os.environ, "HOME": str(folder)},
        stdout=log,
        stderr=log,
    )
    log.close()
    try:
        wait_until(lambda: "Listening at" in (folder / "log").read_text() or process.poll() is not None)
        address = re.search(r"http://127\.0\.0\.1:\d+", (folder / "log").read_text())
        assert address is not None, (folder / "log").read_text()
    except BaseException:
        process.kill()
        raise
    return process, httpx.Client(base_url=address[0], timeout=SECONDS, trust_env=False)


def end(process, folder):
    try:
        process.send_signal(signal.SIGTERM)
        assert process.wait(SECONDS) == 0, (folder / "log").read_text()
    finally:
        if process.poll() is None:
            process.kill()
    assert "Traceback" not in (folder / "log").read_text()


@pytest.mark.parametrize("kind", ["sync", "gthread"])
def test_a_program_of_ones_own(tmp_path, kind):
    process, client = serve(tmp_path, PLAIN, "-k", kind)
    workers = set()
    with client:
        try:
            for text, label in [*TEXTS.items()] * 4:
                # A connection of its own, for either worker to take.
                answer = client.post("/", content=text, headers={"Connection": "close"}).json()
                assert answer["label"] == label
                workers.add(answer["pid"])
        finally:
            end(process, tmp_path)
    assert process.pid not in workers


def test_the_service(tmp_path):
    pytest.importorskip("uvicorn.workers", reason="this uvicorn has no workers for gunicorn")
    process, client = serve(tmp_path, SERVICE, "-k", "uvicorn.workers.UvicornWorker")
    with client:
        try:
            for _ in range(8):
                found = client.post("/v1/analyse", json={"texts": list(TEXTS)[:2]}).json()["results"]
                assert [each["label"] for each in found] == ["positive", "negative"]
                client.post("/v1/explain", json={"text": "good"}).raise_for_status()
                assert client.get("/healthz", headers={"Connection": "close"}).status_code == 200
        finally:
            end(process, tmp_path)
