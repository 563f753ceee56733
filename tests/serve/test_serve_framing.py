"""Requests that two readers may understand in two ways are refused, and nothing passes for the next one."""

import re
import time

import pytest

from servers import connect, request_bytes

HOST = b"Host: localhost\r\n"
GET = b"GET /healthz HTTP/1.1\r\n"
BODY = b'{"texts": ["good"]}'
LENGTH = b"Content-Length: 19\r\n"
CHUNKED = b"Transfer-Encoding: chunked\r\n"
CHUNKS = b"13\r\n" + BODY + b"\r\n0\r\n\r\n"
NEXT = b"GET /readyz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"


def post(*headers, body=BODY, version=b"1.1"):
    line = b"POST /v1/analyse HTTP/" + version + b"\r\n"
    return line + HOST + b"Content-Type: application/json\r\n" + b"".join(headers) + b"\r\n" + body


def chunks(body):
    return post(CHUNKED, body=body)


def statuses(server, sent):
    """The statuses of all answers until the server ends the connection."""
    with connect(server) as connection:
        for part in sent:
            connection.sendall(part)
            time.sleep(0.05 if len(sent) > 1 else 0)
        answers = b"".join(iter(lambda: connection.recv(65_536), b""))
    return [int(each) for each in re.findall(rb"HTTP/1\.1 (\d+) ", answers)]


@pytest.mark.parametrize(
    "head",
    [
        GET + HOST * 2,
        GET + HOST + b"Host: evil.example\r\n",
        GET + b"Host: evil.example\r\n" + HOST,
        GET.replace(b"1.1", b"1.0") + HOST * 2,
        GET,
        GET + b"Host: \r\n",
        GET + b"Host: localhost:evil\r\n",
        GET + b"Host: localhost:80:90\r\n",
        GET + b"Host: localhost, evil.example\r\n",
        GET + b"Host: localhost evil.example\r\n",
        GET + b"Host: evil.example@localhost\r\n",
        GET + b"Host: localhost/evil\r\n",
        GET + b"Host: [::1]evil\r\n",
        GET + b"Host: localhost\r\n evil.example\r\n",
        GET + b"Host : localhost\r\n",
        GET + HOST + b"X: a\r\n b\r\n",
        GET + b" X: a\r\n" + HOST,
        GET + HOST + b"X: a\nY: b\r\n",
        GET + HOST + b"X: a\rY: b\r\n",
        GET + HOST + b"X: a\r\r\n",
        GET + HOST + b"X: a\0b\r\n",
        GET + HOST + b"X\0: a\r\n",
        GET + HOST + b": a\r\n",
        GET + HOST + b"a\r\n",
        GET.replace(b"1.1", b"2.0") + HOST,
        b"CONNECT localhost:80 HTTP/1.1\r\n" + HOST,
        b"GET\t/healthz HTTP/1.1\r\n" + HOST,
        b"GET /" + b"a" * 70_000 + b" HTTP/1.1\r\n" + HOST,
    ],
)
def test_heads_with_two_meanings(server, head):
    assert statuses(server, [head + b"\r\n" + NEXT]) == [400]


@pytest.mark.parametrize(
    "request_",
    [
        post(LENGTH * 2),
        post(LENGTH, b"Content-Length: 3\r\n"),
        post(b"Content-Length: 19, 19\r\n"),
        *(
            post(b"Content-Length: " + each + b"\r\n")
            for each in (b"+19", b"-19", b"0x13", b"", b"1 9", b"9" * 25)
        ),
        post(b"Content-Length : 19\r\n"),
        post(LENGTH, CHUNKED, body=CHUNKS),
        post(CHUNKED, LENGTH, body=CHUNKS),
        post(CHUNKED * 2, body=CHUNKS),
        post(CHUNKED, body=CHUNKS, version=b"1.0"),
        post(b"Transfer-Encoding : chunked\r\n", body=CHUNKS),
        *(
            post(b"Transfer-Encoding: " + each + b"\r\n", body=CHUNKS)
            for each in (
                b"xchunked",
                b"identity",
                b"gzip, chunked",
                b"chunked, identity",
                b"\x0bchunked",
                b"",
            )
        ),
        chunks(CHUNKS.replace(b"\r\n", b"\n")),
        *(
            chunks(each + CHUNKS[2:])
            for each in (b"0x13", b"13 ", b"-13", b"13;a\nb", b"f" * 17, b"", b"\xff")
        ),
        chunks(b"13\r\n" + BODY + b"xx0\r\n\r\n"),
        chunks(b"13\r\n" + BODY + b"\r\n0\r\nContent-Length: 5\r\n\r\n"),
        chunks(b"13\r\n" + BODY + b"\r\n0\r\na\0: 5\r\n\r\n"),
    ],
)
def test_bodies_with_two_ends(server, request_):
    begin = time.monotonic()
    assert statuses(server, [request_ + NEXT]) == [400]
    assert statuses(server, [request_[:-30], request_[-30:] + NEXT]) == [400]
    assert time.monotonic() < begin + 20  # the rest of the body is not waited for


def test_an_unclear_request_does_not_take_the_answer_of_the_one_before(server):
    broken = chunks(b"oh\r\n")
    assert statuses(server, [request_bytes(BODY) + broken + NEXT]) == [200]
    assert statuses(server, [request_bytes(BODY) * 3 + broken + NEXT]) == [200] * 3
    assert statuses(server, [request_bytes(BODY), broken + NEXT]) == [200, 400]
    assert statuses(server, [b"POST /no HTTP/1.1\r\n" + HOST + CHUNKED + b"\r\n", b"oh\r\n" + NEXT]) == [404]


@pytest.mark.parametrize("protocol", [b"h2c", b"websocket", b"other"])
def test_the_wish_for_another_protocol_is_ignored(server, protocol):
    """Java's client utters it with its first request, and Curl where it is told to."""
    wish = (
        b"Connection: Upgrade, HTTP2-Settings\r\nUpgrade: " + protocol + b"\r\nHTTP2-Settings: AAMAAABk\r\n"
    )
    assert statuses(server, [post(wish, LENGTH) + NEXT]) == [200, 200]
    assert statuses(server, [post(wish, LENGTH, body=b""), BODY + NEXT]) == [200, 200]
    assert statuses(server, [post(wish, CHUNKED, body=CHUNKS) * 2 + NEXT]) == [200, 200, 200]
    assert statuses(server, [GET + HOST + wish + b"\r\n" + NEXT]) == [200, 200]
    # A body does not pass for a request, in one piece or in two.
    hidden = b"GET /hidden HTTP/1.1\r\nHost: localhost\r\n\r\n"
    length = b"Content-Length: %d\r\n" % len(hidden)
    assert statuses(server, [post(wish, length, body=hidden) + NEXT]) == [400, 200]
    assert statuses(server, [post(wish, length, body=b""), hidden + NEXT]) == [400, 200]


def test_what_follows_a_body_is_no_header(server):
    trailers = b"Host: evil.example\r\nAuthorization: Bearer x\r\nContent-Type: text/plain\r\n\r\n"
    for _ in range(5):
        assert statuses(server, [chunks(CHUNKS[:-2] + trailers) + NEXT]) == [200, 200]


@pytest.mark.parametrize("endless", [b"1;" + b"a" * 3_000_000, CHUNKS[:-2] + b"X: " + b"a" * 3_000_000])
def test_what_frames_a_body_is_bounded(server, endless):
    assert statuses(server, [chunks(endless)]) == [400]
    tiny = b"".join(b"1\r\n%c\r\n" % each for each in BODY) + b"0\r\n\r\n"
    assert statuses(server, [chunks(tiny) + NEXT]) == [200, 200]
