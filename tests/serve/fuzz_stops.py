"""Servers that are told to stop under load: ``python tests/serve/fuzz_stops.py 20`` stops so many.

Each has 64 clients that send one request after another. A request is lost if it was sent on a connection
whose end the server had not announced, and no whole answer came. A connection that is refused loses none.
"""

import json
import random
import signal
import socket
import sys
import tempfile
import threading
import time
from collections import Counter
from pathlib import Path

CLIENTS = 64
REQUESTS = 400
"""That are answered before the server is told to stop."""
SECONDS = 120
TEXTS = ["a good film", "a bad film", "good"]
SIGNALS = [[signal.SIGTERM], [signal.SIGINT], [signal.SIGTERM, signal.SIGTERM]]
MANNERS = ["keeps", "keeps", "keeps", "pauses", "pieces", "anew", "two in a row"]


class Load:
    """What the clients of one server have met.

    Args:
        address: of the server.
        answers: what the body of an answer has to be.
    """

    def __init__(self, address, answer):
        self.counts = Counter()
        self.lost = []
        self._address = address
        self._answer = answer
        self._guard = threading.Lock()

    def count(self, what, detail=None):
        with self._guard:
            self.counts[what] += 1
            if detail is not None:
                self.lost.append(detail)

    def client(self, number):
        """Send until the server is gone."""
        chance = random.Random(number)
        manner = MANNERS[number % len(MANNERS)]
        while True:
            try:
                connection = socket.create_connection(self._address, timeout=SECONDS)
            except ConnectionRefusedError:
                self.count("refused")
                return
            except OSError as error:
                self.count("not connected", f"{manner}: {error!r}")
                return
            with connection:
                while self._ask(connection, manner, chance):
                    if manner == "pauses":
                        time.sleep(chance.random() * 0.3)

    def _ask(self, connection, manner, chance):
        """Send a request, or two; tell whether another one may follow."""
        number = 2 if manner == "two in a row" else 1
        is_last = manner == "anew"
        data = request(close=is_last) * number
        got = 0
        try:
            if manner == "pieces":
                place = chance.randrange(1, len(data))
                connection.sendall(data[:place])
                time.sleep(chance.random() * 0.02)
                data = data[place:]
            connection.sendall(data)
            rest = b""
            for _ in range(number):
                status, headers, body, rest = answer_of(connection, rest)
                got += 1
                if status != 200 or body != self._answer:
                    self.count("wrong", f"{manner}: {status} {body[:200]}")
                self.count("answered")
                if b"connection: close" in headers:
                    self.count("announced")
                    return False
        except OSError as error:
            self.count("lost", f"{manner}, {got} of {number}: {error!r}")
            return False
        return True


def request(*, close=False):
    body = json.dumps({"texts": TEXTS}).encode()
    end = b"Connection: close\r\n" if close else b""
    head = b"POST /v1/analyse HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
    return head + end + b"Content-Length: %d\r\n\r\n" % len(body) + body


def answer_of(connection, rest=b""):
    """Status, headers and body of an answer, and what follows it."""
    while b"\r\n\r\n" not in rest:
        rest += more(connection, rest)
    head, _, body = rest.partition(b"\r\n\r\n")
    head = head.lower()
    length = int(head.partition(b"content-length: ")[2].split(b"\r\n")[0])
    while len(body) < length:
        body += more(connection, head)
    return int(head.split()[1]), head, body[:length], body[length:]


def more(connection, so_far):
    data = connection.recv(65_536)
    if not data:
        raise ConnectionError(f"the end came after {len(so_far)} bytes")
    return data


def stop(number, folder):
    """Stop one server under load, and return what its clients have met and what is wrong."""
    from servers import started

    signals = SIGNALS[number % len(SIGNALS)]
    with started(folder, "--model", "seed") as process:
        host, port = process.address.removeprefix("http://").split(":")
        with socket.create_connection((host, int(port))) as connection:
            connection.sendall(request())
            expected = answer_of(connection)[2]
        load = Load((host, int(port)), expected)
        threads = [
            threading.Thread(target=load.client, args=(CLIENTS * number + place,)) for place in range(CLIENTS)
        ]
        for thread in threads:
            thread.start()
        until = time.monotonic() + SECONDS
        while load.counts["answered"] < REQUESTS and time.monotonic() < until:
            time.sleep(0.01)
        begin = time.monotonic()
        for each in signals:
            process.popen.send_signal(each)
            time.sleep(0.05)
        for thread in threads:
            thread.join(SECONDS)
        code = process.popen.wait(SECONDS)
        seconds = time.monotonic() - begin
        log = process.log.read_text()
    wrong = list(load.lost)
    if code != (130 if signals[0] == signal.SIGINT else 0):
        wrong.append(f"exit {code}")
    if "Traceback" in log or "ERROR" in log:
        wrong.append(log[-500:])
    return load.counts, wrong, seconds


def fuzz(stops, *, first=0):
    """Stop so many servers; return what their clients have met, what is wrong, and the longest stop."""
    counts, wrong, longest = Counter(), [], 0.0
    for number in range(first, first + stops):
        with tempfile.TemporaryDirectory() as folder:
            met, faults, seconds = stop(number, Path(folder))
        counts += met
        wrong += [f"stop {number}: {fault}" for fault in faults]
        longest = max(longest, seconds)
    return counts, wrong, longest


if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "support"))
    counts, wrong, longest = fuzz(int(sys.argv[1]))
    counted = {"counts": dict(counts), "longest_stop_seconds": round(longest, 1), "wrong": wrong}
    sys.stdout.write(json.dumps(counted, indent=2) + "\n")
    sys.exit(bool(wrong))
