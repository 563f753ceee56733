"""Three servers are stopped under load; ``python tests/serve/fuzz_stops.py 40`` stops more."""

import socket
import threading

import fuzz_stops


def test_no_request_is_lost_when_a_server_stops():
    counts, wrong, _ = fuzz_stops.fuzz(3)
    assert wrong == []
    assert set(counts) == {"answered", "announced", "refused"}
    assert counts["answered"] > 3 * fuzz_stops.REQUESTS
    assert counts["refused"] == 3 * fuzz_stops.CLIENTS


def test_the_fuzzer_sees_a_lost_request():
    def answer_once():
        connection, _ = listener.accept()
        listener.close()
        with connection:
            connection.recv(65_536)
            connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}")
            connection.recv(65_536)

    listener = socket.create_server(("127.0.0.1", 0))
    load = fuzz_stops.Load(listener.getsockname(), b"{}")
    server = threading.Thread(target=answer_once)
    server.start()
    load.client(0)
    server.join()
    assert load.counts == {"answered": 1, "lost": 1, "refused": 1}
    assert load.lost == ["keeps, 0 of 1: ConnectionError('the end came after 0 bytes')"]
