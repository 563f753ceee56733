"""Many clients at once, and many requests one after another: no errors, and memory that stays."""

import asyncio
import re
import sys
from itertools import pairwise

import httpx
import pytest

from opinia.data import sample
from servers import SECONDS, request_bytes, started

CONNECTIONS = 64
ROUND = 600


def load(address: str, *, requests: int, a_request: int, seconds: float = 0.0) -> list[bytes]:
    """Send requests over all connections at once, so many and at least so long; return the statuses."""
    texts = sample.load("test", reviews=512).texts
    bodies = [
        httpx.Request("POST", address, json={"texts": texts[i : i + a_request]}).content
        for i in range(0, len(texts), a_request)
    ]
    url = httpx.URL(address)
    statuses: list[bytes] = []

    async def ask(until):  # by hand: httpx would take longer over a request than the server does
        reader, writer = await asyncio.open_connection(url.host, url.port)
        while len(statuses) < requests or asyncio.get_running_loop().time() < until:
            writer.write(request_bytes(bodies[len(statuses) % len(bodies)]))
            head = await reader.readuntil(b"\r\n\r\n")
            body = await reader.readexactly(int(re.search(rb"content-length: (\d+)", head)[1]))
            assert body.count(b'"label"') == a_request, body
            statuses.append(head[9:12])
        writer.close()

    async def run():
        until = asyncio.get_running_loop().time() + seconds
        await asyncio.wait_for(asyncio.gather(*(ask(until) for _ in range(CONNECTIONS))), SECONDS)

    asyncio.run(run())
    return statuses


@pytest.mark.slow
def test_many_connections_for_some_seconds(tmp_path):
    with started(tmp_path, "--model", "seed", "--deadline", "170") as process:
        for a_request in (1, 16):
            statuses = load(process.address, requests=2 * CONNECTIONS, a_request=a_request, seconds=1.0)
            assert set(statuses) == {b"200"}
        assert "ERROR" not in process.log.read_text()


@pytest.mark.slow
@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="reads /proc")
def test_memory_stays_over_thousands_of_requests(tmp_path):
    with started(tmp_path, "--model", "seed", "--deadline", "170", is_fresh=True) as process:
        resident, statuses = [], set()
        for _ in range(5):
            statuses.update(load(process.address, requests=ROUND, a_request=2))
            resident.append(process.resident_bytes())
    assert statuses == {b"200"}
    # The heap finds its size in jumps, as batches meet that are longer than any before. What stayed
    # behind with every request would add to every round: the bound is 1 kB, a fraction of what one holds.
    assert min(after - before for before, after in pairwise(resident)) < ROUND << 10
