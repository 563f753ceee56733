"""A connection that does not wait for ever: for headers, between requests, or for its answer to be read.

Uvicorn ends connections that are idle between requests, and nothing else. A body that comes slowly is
ended where it is read (:mod:`opinia.serve.body`).
"""

from __future__ import annotations

import asyncio

from prometheus_client import Gauge
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from opinia.serve.metrics import Metrics
from opinia.serve.options import ServeOptions

MAX_HEADER_BYTES = 64 << 10
LINGER_SECONDS = 0.5
"""A server that stops still answers what was on its way on connections that seemed idle."""


def connection_type(options: ServeOptions, metrics: Metrics) -> type[HttpToolsProtocol]:
    """Return the protocol of a server's connections."""

    class OwnConnection(Connection):
        _options = options
        _open = metrics.connections

    return OwnConnection


class Connection(HttpToolsProtocol):
    """One connection of one client."""

    _options: ServeOptions
    _open: Gauge
    _waiting: asyncio.TimerHandle | None = None
    _writing: asyncio.TimerHandle | None = None
    _in_headers = True
    _header_bytes = 0

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Begin to wait for headers, unless there are too many connections."""
        super().connection_made(transport)
        self._open.inc()
        # Any byte that cannot be written at once makes the transport say so: see pause_writing.
        transport.set_write_buffer_limits(0)
        if len(self.connections) > self._options.max_connections:
            self._say_and_close(503, b"retry-after: 5\r\n")
            return
        self._wait_for_headers()

    def connection_lost(self, exc: Exception | None) -> None:
        """Stop all clocks."""
        self._open.dec()
        self._cancel()
        self.resume_writing()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Take what the client sent."""
        was_in_headers = self._in_headers
        super().data_received(data)
        if self.transport.is_closing():
            return
        if was_in_headers and self._in_headers:
            self._header_bytes += len(data)
            if self._header_bytes > MAX_HEADER_BYTES:
                self._say_and_close(431)
                return
        # Blank lines, or the rest of a body that nobody reads, count as waiting for headers.
        if self._waiting is None and self.timeout_keep_alive_task is None and self._is_idle():
            self._wait_for_headers()

    def on_message_begin(self) -> None:
        """Begin with a request."""
        super().on_message_begin()
        self._in_headers, self._header_bytes = True, 0
        self._wait_for_headers()

    def on_headers_complete(self) -> None:
        """Go on with a request whose headers are there."""
        self._in_headers = False
        self._cancel()
        super().on_headers_complete()

    def pause_writing(self) -> None:
        """Give the client some time to read what it was sent."""
        super().pause_writing()
        self._writing = self.loop.call_later(self._options.write_seconds, self.transport.abort)

    def resume_writing(self) -> None:
        """Go on: the client has read everything."""
        if self._writing is not None:
            self._writing.cancel()
            self._writing = None
        super().resume_writing()

    def shutdown(self) -> None:
        """Take no further request, but answer the one that is here or on its way."""
        if self._is_idle():
            self.loop.call_later(LINGER_SECONDS, self._close_if_idle)
        else:
            super().shutdown()

    def _close_if_idle(self) -> None:
        super().shutdown()

    def _is_idle(self) -> bool:
        return self.cycle is None or self.cycle.response_complete

    def _wait_for_headers(self) -> None:
        self._cancel()
        self._waiting = self.loop.call_later(self._options.header_seconds, self.transport.abort)

    def _cancel(self) -> None:
        if self._waiting is not None:
            self._waiting.cancel()
            self._waiting = None

    def _say_and_close(self, status: int, headers: bytes = b"") -> None:
        self._cancel()
        phrases = {431: "Request Header Fields Too Large", 503: "Service Unavailable"}
        line = f"HTTP/1.1 {status} {phrases[status]}\r\n".encode()
        self.transport.write(line + headers + b"content-length: 0\r\nconnection: close\r\n\r\n")
        self.transport.close()
