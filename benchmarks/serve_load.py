"""The server under load: 64 connections, 16 texts and 1 text a request, against the scorer's own rate.

    python benchmarks/serve_load.py

Server, clients and scorer are processes of their own; clients and server share the machine, so what the
clients take is missing to the server. The texts have the lengths of IMDB's reviews, and words of the
built-in sample. Then 100,000 requests of one text, for the server's memory. Writes
``benchmarks/results/serve.json``. A first look:

    python benchmarks/serve_load.py --seconds 1 --requests 500 --texts 200 --output /tmp/serve.json
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import os
import re
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from measure import RESULTS, answer, ask, machine, write_json

CONNECTIONS = 64
A_REQUEST = (16, 1)
WARM_UP_SECONDS = 3.0
MEMORY_POINTS = 20


def make_texts(count: int) -> list[str]:
    """Return texts with about the lengths of IMDB's reviews; the same ones every time."""
    import numpy as np

    from opinia.data import sample

    words = " ".join(sample.load("train").texts).split()
    random = np.random.default_rng(0)
    lengths = np.minimum(random.lognormal(5.2, 0.7, count).astype(int) + 8, 2400)
    starts = random.integers(0, len(words) - 2400, count)
    return [" ".join(words[start : start + length]) for start, length in zip(starts, lengths, strict=True)]


def measure_scorer(texts: list[str]) -> dict[str, float]:
    """Return texts a second of the classifier alone, in this process: the better of three passes."""
    import opinia

    def rate(threads: int) -> float:
        classifier = opinia.load(threads=threads)
        classifier.predict_proba(texts[:200])
        seconds = []
        for _ in range(3):
            begin = time.perf_counter()
            classifier.predict_proba(texts)
            seconds.append(time.perf_counter() - begin)
        return len(texts) / min(seconds)

    return {"all_threads": round(rate(0), 1), "one_thread": round(rate(1), 1)}


def measure_pool(texts: list[str]) -> float:
    """Return texts a second of ``opinia score`` on a file: reading, tokenising and writing included."""
    from opinia.score import score_table

    with tempfile.TemporaryDirectory() as folder:
        source, output = Path(folder) / "in.txt", Path(folder) / "out.csv"
        source.write_text("\n".join(texts * 2) + "\n", encoding="utf-8")
        seconds = []
        for _ in range(3):
            begin = time.perf_counter()
            score_table(source, output)
            seconds.append(time.perf_counter() - begin)
            output.unlink()
    return round(2 * len(texts) / min(seconds), 1)


@contextlib.contextmanager
def server(threads: int) -> Iterator[tuple[str, int, int]]:
    """Start ``opinia serve``; give host, port and process number."""
    with tempfile.TemporaryDirectory() as folder, (Path(folder) / "log").open("w+b") as log:
        command = [sys.executable, "-m", "opinia", "serve", "--port", "0", "--threads", str(threads)]
        clean = {key: value for key, value in os.environ.items() if key != "OPINIA_API_KEY"}
        process = subprocess.Popen(command, stderr=log, env=clean)
        try:
            while (found := re.search(rb"http://([\d.]+):(\d+)", Path(log.name).read_bytes())) is None:
                if process.poll() is not None:
                    raise SystemExit(Path(log.name).read_text(encoding="utf-8"))
                time.sleep(0.05)
            yield found[1].decode(), int(found[2]), process.pid
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait()


class Load:
    """Closed-loop clients: each connection sends its next request when the last one is answered.

    Args:
        requests: bytes of the requests that are sent, in turn.
    """

    def __init__(self, requests: list[bytes]) -> None:
        self.requests = requests
        self.sent = 0
        self.seconds: list[float] = []
        self.errors: list[str] = []

    async def client(self, host: str, port: int, *, until: float, most: int) -> None:
        """Send requests over one connection until a time is over, or so many were sent."""
        clock = time.perf_counter
        reader, writer = await asyncio.open_connection(host, port)
        try:
            while clock() < until and self.sent < most:
                request = self.requests[self.sent % len(self.requests)]
                self.sent += 1
                begin = clock()
                writer.write(request)
                head = await reader.readuntil(b"\r\n\r\n")
                length = re.search(rb"content-length: (\d+)", head)
                body = await reader.readexactly(int(length[1]) if length else 0)
                self.seconds.append(clock() - begin)
                if not head.startswith(b"HTTP/1.1 200 "):
                    self.errors.append(f"{head[9:12].decode()} {body[:80].decode(errors='replace')}")
        except (OSError, asyncio.IncompleteReadError) as error:
            self.errors.append(repr(error))
        finally:
            writer.close()

    async def run(self, host: str, port: int, *, seconds: float = 1e9, most: int = 1 << 60) -> float:
        """Run all clients; return how long it took."""
        begin = time.perf_counter()
        until = begin + seconds
        await asyncio.gather(*(self.client(host, port, until=until, most=most) for _ in range(CONNECTIONS)))
        return time.perf_counter() - begin


def request_of(texts: list[str]) -> bytes:
    """Return a request to judge texts, as it goes over the wire."""
    body = json.dumps({"texts": texts}).encode()
    head = f"POST /v1/analyse HTTP/1.1\r\nHost: localhost\r\nContent-Length: {len(body)}\r\n"
    return head.encode() + b"Content-Type: application/json\r\n\r\n" + body


def measure_load(
    address: tuple[str, int], texts: list[str], a_request: int, seconds: float
) -> dict[str, Any]:
    """Return rates and latencies with so many texts a request."""
    whole = len(texts) - len(texts) % a_request
    requests = [request_of(texts[i : i + a_request]) for i in range(0, whole, a_request)]
    asyncio.run(Load(requests).run(*address, seconds=min(WARM_UP_SECONDS, seconds)))
    load = Load(requests)
    took = asyncio.run(load.run(*address, seconds=seconds))
    ordered = sorted(load.seconds)
    return {
        "texts_a_request": a_request,
        "seconds": round(took, 2),
        "requests": len(ordered),
        "errors": len(load.errors),
        "first_errors": load.errors[:3],
        "requests_a_second": round(len(ordered) / took, 1),
        "texts_a_second": round(len(ordered) * a_request / took, 1),
        "p50_ms": round(1000 * ordered[len(ordered) // 2], 1),
        "p99_ms": round(1000 * ordered[int(0.99 * (len(ordered) - 1))], 1),
    }


def resident_mb(process: int) -> float:
    """Return the memory that a process has resident; 0 where the system does not tell."""
    status = Path(f"/proc/{process}/status")
    if not status.exists():
        return 0.0
    found = re.search(r"VmRSS:\s+(\d+)", status.read_text(encoding="ascii"))
    return round(int(found[1]) / 1024, 1) if found else 0.0


def measure_memory(address: tuple[str, int], process: int, texts: list[str], requests: int) -> dict[str, Any]:
    """Return the server's memory over many requests of one text."""
    prepared = [request_of([text]) for text in texts]
    points, errors, done = [], 0, 0
    for _ in range(MEMORY_POINTS):
        load = Load(prepared)
        asyncio.run(load.run(*address, most=max(1, requests // MEMORY_POINTS)))
        done += len(load.seconds)
        errors += len(load.errors)
        points.append([done, resident_mb(process)])
    return {
        "requests": done,
        "errors": errors,
        "resident_mb": points,
        "growth_mb_after_first_twentieth": round(points[-1][1] - points[0][1], 1),
    }


def main() -> None:
    """Measure scorer, load and memory, and write the result."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--seconds", type=float, default=30.0, help="of each load")
    parser.add_argument("--requests", type=int, default=100_000, help="for the memory")
    parser.add_argument("--texts", type=int, default=4096, help="different ones")
    parser.add_argument("--threads", type=int, default=0, help="of the server; 0: one a core")
    parser.add_argument("--output", type=Path, default=RESULTS / "serve.json")
    parser.add_argument("--measure", choices=["scorer", "pool"], help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    texts = make_texts(arguments.texts)
    if arguments.measure:
        answer(measure_scorer(texts) if arguments.measure == "scorer" else {"rate": measure_pool(texts)})
        return
    information = machine()
    again = [sys.executable, __file__, "--texts", arguments.texts, "--measure"]
    scorer = ask([*again, "scorer"])
    pool = ask([*again, "pool"])["rate"]
    loads = []
    with server(arguments.threads) as (host, port, process):
        for a_request in A_REQUEST:
            measured = measure_load((host, port), texts, a_request, arguments.seconds)
            measured["share_of_classifier"] = round(measured["texts_a_second"] / max(scorer.values()), 3)
            measured["share_of_opinia_score"] = round(measured["texts_a_second"] / pool, 3)
            loads.append(measured)
            print(json.dumps(measured), flush=True)
        memory = measure_memory((host, port), process, texts, arguments.requests)
    result = {
        "machine": information,
        "connections": CONNECTIONS,
        "words_a_text": round(sum(len(text.split()) for text in texts) / len(texts), 1),
        "classifier_texts_a_second": scorer,
        "opinia_score_texts_a_second": pool,
        "loads": loads,
        "memory": memory,
    }
    write_json(arguments.output, result, indent=2)


if __name__ == "__main__":
    main()
