"""Malformed and odd requests by the thousand over raw sockets: ``python tests/serve/fuzz_http.py 10000``.

A real server is asked by several clients at once. Well-formed requests have to be answered, whatever they
hold; answers are compared with what the models say in Python of what Python's own JSON reads. Of malformed
ones each has to be refused, answered rightly, or given up as unfinished once its client ends. Meanwhile
/healthz has to answer, and at the end the log has to be clean.
"""

import contextlib
import json
import random
import re
import socket
import sys
import tempfile
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "support"))

import fuzzing

GOOD = ("2xx", "4xx", "5xx", "unfinished")
"""Of the server's errors, only 503 is none of a fault: too much waits."""
CLIENTS = 8
SECONDS = 60
"""No answer for so long is a hang."""
UNFINISHED_SECONDS = 0.5
"""So long a client waits for the answer to a request that may be unfinished before it ends its side."""
TOLERANCE = 2e-5
MOST_CHARACTERS = 3000
HOST = b"Host: localhost\r\n"
ROUTES = [
    "/",
    "/assets/app.js",
    "/v1/models",
    "/v1/measured",
    "/v1/studies",
    "/healthz",
    "/readyz",
    "/metrics",
    "/openapi.json",
]
PATHS = [
    "/no",
    "/assets/../../app.py",
    "/assets/%2e%2e/%2e%2e/app.py",
    "/%00",
    "/assets/%ff",
    "//",
    "/v1/analyse/",
]
PATHS += [
    "/assets/" + "a" * 5000,
    "/?texts=good",
    "/healthz#a",
    "/v1/explain?a=%zz",
    "*",
    "http://localhost/healthz",
]
METHODS = [
    "GET",
    "HEAD",
    "POST",
    "PUT",
    "PATCH",
    "DELETE",
    "OPTIONS",
    "TRACE",
    "PROPFIND",
    "M-SEARCH",
    "CONNECT",
]
LINES = [
    *(b"Host: localhost", b"Host: evil.example", b"Host : localhost", b"Host: localhost:x"),
    *(b"Content-Length: 3", b"Content-Length: -1", b"Content-Length: 5, 5", b"Content-Length : 5"),
    *(b"Content-Length: 0x5", b"Transfer-Encoding: chunked", b"Transfer-Encoding: xchunked"),
    *(b"Transfer-Encoding : chunked", b"Transfer-Encoding: gzip, chunked", b"X: a\n b", b" folded"),
    *(b"X: a\rY: b", b"X: a\nY: b", b"X: \0", b": a", b"no colon", b"Expect: 100-continue"),
    *(b"Connection: Upgrade\r\nUpgrade: h2c", b"Connection: close", b"Connection: \xff"),
    *(b"Content-Encoding: gzip", b"Content-Type: text/plain", b"Content-Type: application/json; charset=x"),
    *(b"X: " + b"a" * 70_000, b"Cookie: \xff\xfe", b"Range: bytes=0-1,5-", b"Range: bytes=-1"),
    *(b"If-None-Match: *", b"If-Modified-Since: never", b"Accept: \xff", b"Authorization: Basic \xff"),
]
BITS = [b"\0", b"\r", b"\n", b"\r\n", b" ", b"\t", b":", b"\xff", b"%", b'"', b"\\", b"{", b"[", b"0"]
BITS += [b"\r\n\r\n"]


class Meant:
    """A request: its bytes, and whether it is well-formed.

    Args:
        data: as it goes over the wire.
        bodies: what its requests have as bodies, in order.
        kind: of attack.
        is_sound: a server has to answer each of them.
    """

    def __init__(self, data, bodies, kind, *, is_sound):
        self.data, self.bodies, self.kind, self.is_sound = data, bodies, kind, is_sound


def made(seed):
    """Return the request of a number."""
    chance = random.Random(seed)
    kind = chance.choice(["odd body", "odd body", "odd path", "odd lines", "damaged", "damaged", "several"])
    if kind == "odd body":
        body = some_body(chance)
        return Meant(post(body, chance), [body], kind, is_sound=True)
    if kind == "several":
        bodies = [some_body(chance) for _ in range(chance.randrange(2, 5))]
        return Meant(b"".join(post(body, chance) for body in bodies), bodies, kind, is_sound=True)
    if kind == "odd path":
        path = chance.choice(ROUTES if chance.random() < 0.6 else PATHS)
        line = f"{chance.choice(METHODS if chance.random() < 0.3 else ['GET'])} {path} HTTP/1.1\r\n".encode()
        return Meant(line + HOST + b"\r\n", [b""], kind, is_sound=False)
    body = some_body(chance)
    data = post(body, chance)
    if chance.random() < 0.3:
        body, data = b"", f"GET {chance.choice(ROUTES)} HTTP/1.1\r\n".encode() + HOST + b"\r\n"
    if kind == "odd lines":
        lines = data.split(b"\r\n")
        for _ in range(chance.randrange(1, 4)):
            lines.insert(chance.randrange(1, 3), chance.choice(LINES))
        return Meant(b"\r\n".join(lines), [body], kind, is_sound=False)
    return Meant(damaged(data, chance), [body], kind, is_sound=False)


def post(body, chance):
    """A well-formed request, its body in one piece or in chunks."""
    path = chance.choice(("/v1/analyse", "/v1/analyse", "/v1/explain"))
    if body.startswith(b'{"text":'):
        path = "/v1/explain"
    elif body.startswith(b'{"texts":'):
        path = "/v1/analyse"
    head = f"POST {path} HTTP/1.1\r\n".encode() + HOST + b"Content-Type: application/json\r\n"
    if chance.random() < 0.7:
        return head + b"Content-Length: %d\r\n\r\n" % len(body) + body
    chunks = b""
    while body:
        size = chance.randrange(1, 200)
        chunks += b"%x%s\r\n%s\r\n" % (len(body[:size]), chance.choice((b"", b";a=b")), body[:size])
        body = body[size:]
    trailer = chance.choice((b"", b"X: a\r\n", b"Host: evil.example\r\nContent-Type: text/plain\r\n"))
    return head + b"Transfer-Encoding: chunked\r\n\r\n" + chunks + b"0\r\n" + trailer + b"\r\n"


def some_body(chance):
    """A body: a request that is right, one that is nearly, or damaged bytes of one."""
    from odd_texts import odd_text

    texts = [odd_text(chance, MOST_CHARACTERS + 50) for _ in range(chance.choice((0, 1, 1, 2, 5, 20)))]
    if chance.random() < 0.7:
        texts = [text.encode(errors="ignore").decode() for text in texts]
    fields = {"texts": texts} if chance.random() < 0.7 else {"text": texts[0] if texts else ""}
    odd = [None, 1, 1.5, True, "", "seed", "counting", "\0", [], {}, [[]], [1], "a" * 500, 10**400, {"a": 1}]
    if chance.random() < 0.3:
        fields["model"] = chance.choice(("seed", "counting", None))
    if chance.random() < 0.3 and "texts" in fields:
        fields["details"] = chance.random() < 0.7
    way = chance.randrange(16)
    if way == 0:
        fields[chance.choice(("texts", "text", "model", "details", "\ud800", "other"))] = chance.choice(odd)
    elif way == 1 and fields.get("texts"):
        fields["texts"][chance.randrange(len(texts))] = chance.choice(odd)
    elif way == 2:
        deep = chance.choice((1, 200, 5000))
        return b'{"texts":' + b"[" * deep + b"]" * deep + b"}"
    elif way == 3:
        return json.dumps(chance.choice([*odd, float("nan")])).encode()
    is_ascii = chance.random() < 0.5 or way == 0
    body = json.dumps(fields, ensure_ascii=is_ascii).encode("utf-8", "surrogatepass")
    if way == 4:
        body = b"\xef\xbb\xbf" + body
    elif way == 5:
        body = body.decode(errors="ignore").encode("utf-16")
    elif way == 6:
        body = damaged(body, chance)
    elif way == 7:
        body = body[:-1] + chance.choice((b',"texts":["good"]}', b',"text":"bad"}', b",}", b"} ", b"}}"))
    return body


def damaged(data, chance):
    """Bytes with some changed, cut out, doubled or put in."""
    for _ in range(chance.choice((1, 1, 1, 2, 5, 20))):
        place = chance.randrange(len(data) + 1)
        if chance.random() < 0.5:
            place = chance.randrange(min(len(data) + 1, 150))
        end = min(len(data), place + chance.randrange(1, 20))
        way = chance.randrange(6)
        if way == 0 and place < len(data):
            data = data[:place] + bytes([data[place] ^ (1 << chance.randrange(8))]) + data[place + 1 :]
        elif way == 1:
            data = data[:place] + data[end:]
        elif way == 2:
            data = data[:end] + data[place:]
        elif way == 3:
            data = data[:place] + chance.randbytes(chance.randrange(1, 9)) + data[place:]
        elif way == 4:
            data = data[:place] + chance.choice(BITS) + data[place:]
        elif chance.random() < 0.2:
            data = data[:place]
    return data


def exchange(address, meant, chance):
    """Send a request, perhaps in pieces, and return all that comes back, and how it ended."""
    received, end = b"", "closed"
    with socket.create_connection(address, timeout=SECONDS) as connection:
        try:
            if chance.random() < 0.2:
                place = chance.randrange(len(meant.data) + 1)
                connection.sendall(meant.data[:place])
                time.sleep(0.01)
                connection.sendall(meant.data[place:])
            else:
                connection.sendall(meant.data)
            if not meant.is_sound:
                connection.settimeout(UNFINISHED_SECONDS)
            while meant.is_sound is False or len(answers_of(received)) < len(meant.bodies):
                try:
                    part = connection.recv(1 << 16)
                except TimeoutError:
                    if end == "ended" or meant.is_sound:
                        return received, "a hang"
                    end = "ended"
                    connection.shutdown(socket.SHUT_WR)
                    connection.settimeout(SECONDS)
                    continue
                if not part:
                    break
                received += part
        except OSError as error:
            return received, f"{type(error).__name__}"
    return received, end


def answers_of(data):
    """Status, headers and body of each whole answer; a body of None where it is not all there."""
    answers = []
    while data.startswith(b"HTTP/1.1 ") and b"\r\n\r\n" in data:
        head, _, data = data.partition(b"\r\n\r\n")
        status = int(head[9:12])
        if status == 100:
            continue
        length = re.search(rb"(?i)\r\ncontent-length: (\d+)", head)
        size = int(length[1]) if length else 0
        if len(data) < size:
            break
        answers.append((status, head, data[:size]))
        data = data[size:]
    return answers


class Judge:
    """Knows what the right answers are.

    Args:
        classifiers: by name, the default one first.
        index: the page.
    """

    def __init__(self, classifiers, index):
        self._classifiers, self._index = classifiers, index

    def fault(self, status, head, body, asked):
        """What is wrong with an answer, or None."""
        if status >= 500 and status != 503:
            return f"status {status}: {body[:200]}"
        if b"Traceback" in body:
            return f"a traceback: {body[-300:]}"
        if status >= 400:
            if b"application/json" not in head:
                return None if b"text/plain" in head or not body else "an error of another shape"
            error = json.loads(body)["error"]
            return None if error["code"] and error["message"] else "an error that says nothing"
        if b"application/json" not in head or not body:
            if b"text/html" not in head or body in (b"", self._index):
                return None
            return None if status == 206 and body in self._index else "another page"
        found = json.loads(body, parse_constant=lambda name: 1 / 0)  # NaN is no JSON
        if "results" in found or "curve" in found:
            try:
                fields = json.loads(asked)
            except ValueError:
                return "an answer to what is no JSON"
            return (
                self._fault_of_results(found, fields)
                if "results" in found
                else self._fault_of_why(found, fields)
            )
        return None

    def _fault_of_results(self, found, fields):
        classifier = self._classifiers[fields.get("model") or next(iter(self._classifiers))]
        texts, results = fields["texts"], found["results"]
        if len(texts) != len(results):
            return "another number of answers"
        rows = classifier.predict_proba(texts) if texts else []
        for text, row, result in zip(texts, rows, results, strict=True):
            near = abs(result["positive"] - row[-1]) < 1e-4 and abs(result["probability"] - row.max()) < 1e-4
            if not near or (
                result["label"] != classifier.classes_[row.argmax()] and abs(row[-1] - 0.5) > 1e-4
            ):
                return f"a wrong answer: {result} where {row} is right"
            if fields.get("details") and result["tokens"] != len(
                classifier.model.description.tokenizer.encode(text)
            ):
                return "another number of tokens"
        return None

    def _fault_of_why(self, found, fields):
        from opinia.model.explain import explain

        classifier = self._classifiers[fields.get("model") or next(iter(self._classifiers))]
        right = explain(classifier, fields["text"])
        pieces = [(each["start"], each["end"]) for each in found["contributions"]]
        if pieces != [(each.start, each.end) for each in right.contributions]:
            return "an explanation of other words"
        pairs = [(found["positive"], right.positive)]
        pairs += [
            (each["contribution"], own.contribution)
            for each, own in zip(found["contributions"], right.contributions, strict=True)
        ]
        pairs += [
            (each["positive"], own.positive) for each, own in zip(found["curve"], right.curve, strict=True)
        ]
        return None if all(abs(one - other) < TOLERANCE for one, other in pairs) else "a wrong explanation"


def attack(address, seed, judge):
    """Send the request of a number; return how it ended, and what is wrong, if anything."""
    meant = made(seed)
    received, end = exchange(address, meant, random.Random(seed))
    if end == "a hang":
        return "hang", f"{meant.kind}: no answer to {meant.data[:300]!r}"
    answers = answers_of(received)
    if meant.is_sound and len(answers) != len(meant.bodies):
        statuses = [answer[0] for answer in answers]
        if not answers or answers[-1][0] < 400:  # a refusal may end the connection
            return "wrong", f"{meant.kind}: answers {statuses} to {len(meant.bodies)}, then {end}"
    for place, (status, head, body) in enumerate(answers):
        asked = meant.bodies[min(place, len(meant.bodies) - 1)]
        if meant.kind == "damaged":
            lines, _, asked = meant.data.partition(b"\r\n\r\n")
            length = re.search(rb"(?i)\r\ncontent-length:[ \t]*(\d+)", lines)
            asked = asked[: int(length[1][:9])] if length else asked
            if re.search(rb"(?i)transfer-encoding", meant.data):
                continue
        try:
            fault = judge.fault(status, head, body, asked)
        except Exception as error:
            fault = f"the answer cannot be read: {error!r}"
        if fault:
            return "wrong", f"{meant.kind}: {fault}"
    if not answers:
        return "unfinished" if end != "closed" or not received else "wrong", None
    worst = max(status for status, *_ in answers)
    return f"{worst // 100}xx", None


def worker(first, last):
    from models import write_counting_model
    from opinia import load
    from opinia.serve.app import the_bundle
    from servers import started

    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        path = write_counting_model(folder / "counting.onnx")
        judge = Judge({"seed": load("seed"), "counting": load(path)}, the_bundle().markup.content)
        (folder / "studies").mkdir()
        options = ["--model", "seed", "--model", f"counting={path}", "--studies", str(folder / "studies")]
        with started(folder, *options, "--max-characters", str(MOST_CHARACTERS)) as process:
            host, port = process.address.removeprefix("http://").split(":")
            with healthy(process), ThreadPoolExecutor(CLIENTS) as clients:
                numbers = range(first, last)
                ends = clients.map(lambda number: attack((host, int(port)), number, judge), numbers)
                for number, (end, fault) in zip(numbers, ends, strict=True):
                    fuzzing.say(number, f"{end}: {fault}" if fault else end)
            process.popen.terminate()
            code = process.popen.wait(SECONDS)
            log = process.log.read_text(errors="replace")
    if code or "Traceback" in log or "ERROR" in log:
        sys.exit(f"the server: exit {code}, log: {log[-400:]}")


@contextlib.contextmanager
def healthy(process):
    """Ask /healthz all the while, and tell at the end how long the longest answer took."""
    over, waits, statuses = threading.Event(), [0.0], set()

    def watch():
        with process.client() as client:
            while not over.wait(0.1):
                begin = time.monotonic()
                statuses.add(client.get("/healthz").status_code)
                waits.append(time.monotonic() - begin)

    watcher = threading.Thread(target=watch)
    watcher.start()
    try:
        yield
    finally:
        over.set()
        watcher.join()
    if not statuses <= {200}:
        sys.exit(f"/healthz answered {statuses}")
    sys.stdout.write(f"/healthz answered after {max(waits):.2f} s at most\n")


if __name__ == "__main__":
    sys.exit(fuzzing.main(__file__, __doc__, worker, good=GOOD, seconds=2 * SECONDS))
