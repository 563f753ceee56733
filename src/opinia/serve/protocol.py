"""A connection that does not wait for ever, and that ends without losing a request or an answer.

Uvicorn ends connections that are idle between requests, and nothing else waits for a bounded time. A body
that comes slowly is ended where it is read (:mod:`opinia.serve.body`).

A server that stops may close a connection just as a request leaves its client, who then cannot know whether
it was taken. So each answer from then on announces the end, and a connection that seems idle is read for
some time before it ends (RFC 9112, sections 9.3 to 9.6).
"""

from __future__ import annotations

import asyncio
import selectors

from prometheus_client import Gauge
from uvicorn.protocols.http.httptools_impl import RequestResponseCycle

from opinia.serve.framing import FramedProtocol
from opinia.serve.lingering import Lingering
from opinia.serve.metrics import Metrics
from opinia.serve.options import ServeOptions

MAX_HEADER_BYTES = 64 << 10
DRAIN_SECONDS = 1.0
"""A server that stops still answers what comes within this time on connections that seemed idle."""


def connection_type(options: ServeOptions, metrics: Metrics) -> type[Connection]:
    """Return the protocol of a server's connections."""

    class OwnConnection(Connection):
        _options = options
        _open = metrics.connections
        _turned_away = set[Connection]()

    return OwnConnection


class Connection(FramedProtocol):
    """One connection of one client."""

    _options: ServeOptions
    _open: Gauge
    _turned_away: set[Connection]
    _waiting: asyncio.TimerHandle | None = None
    _writing: asyncio.TimerHandle | None = None
    _draining: asyncio.TimerHandle | None = None
    _lingering: Lingering
    _in_headers = True
    _header_bytes = 0
    _has_begun = False
    _is_draining = False
    _last: RequestResponseCycle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Begin to wait for headers, unless there are too many connections."""
        self._lingering = Lingering(transport, self.loop)
        super().connection_made(self._lingering)
        self._open.inc()
        # Any byte that cannot be written at once makes the transport say so: see pause_writing.
        transport.set_write_buffer_limits(0)
        if len(self.connections) > self._options.max_connections:
            self._turn_away()
            return
        self._wait_for_headers()

    def connection_lost(self, exc: Exception | None) -> None:
        """Stop all clocks."""
        self._open.dec()
        self._turned_away.discard(self)
        self._cancel()
        if self._draining is not None:
            self._draining.cancel()
        self._lingering.lost()
        self.resume_writing()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Take what the client sent."""
        if self._is_broken or self.transport.is_closing():
            return
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
        self._in_headers, self._header_bytes, self._has_begun = True, 0, True
        self._wait_for_headers()

    def on_headers_complete(self) -> None:
        """Go on with a request whose headers are there."""
        earlier = None if self._is_idle() else self.cycle
        super().on_headers_complete()
        if self._upgrades:
            return
        self._in_headers = self._has_begun = False
        self._cancel()
        if self._is_draining:
            if earlier is not None and earlier is self._last and not earlier.response_started:
                earlier.keep_alive = True
            self._announce_the_end()

    def on_response_complete(self) -> None:
        """Wait for the next request, or end."""
        super().on_response_complete()
        if self._is_idle() and not self.transport.is_closing():
            if self._is_broken:
                self.transport.close()
            elif self._is_draining:
                # The end could not be announced: the answer had begun.
                self._end_soon()

    def send_400_response(self, msg: str) -> None:
        """Refuse bytes that are no request."""
        self._cancel()
        super().send_400_response(msg)

    def timeout_keep_alive_handler(self) -> None:
        """End a connection that was idle for long."""
        self._end_if_quiet()

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
        """Answer what is here or on its way, and end."""
        self._is_draining = True
        if self._is_idle():
            self._end_soon()
        else:
            self._announce_the_end()

    def _announce_the_end(self) -> None:
        # Of several requests in a row this is the last.
        if not self.cycle.response_started and self.cycle.keep_alive:
            self._last = self.cycle
        super()._announce_the_end()

    def _end_soon(self) -> None:
        if self._draining is None:
            self._draining = self.loop.call_later(DRAIN_SECONDS, self._end_if_quiet)

    def _end_if_quiet(self) -> None:
        # A request that has begun is waited for as long as its headers may take.
        if not self._is_idle() or self._has_begun or self.transport.is_closing():
            return
        if self._has_unread():
            self._draining = self.loop.call_later(0, self._end_if_quiet)
        else:
            self.transport.close()

    def _has_unread(self) -> bool:
        with selectors.DefaultSelector() as selector:
            selector.register(self.transport.get_extra_info("socket").fileno(), selectors.EVENT_READ)
            return bool(selector.select(0))

    def _turn_away(self) -> None:
        # It takes nobody's place while it waits to be closed, and only so many wait.
        self.connections.discard(self)
        if len(self._turned_away) >= self._options.max_connections:
            self.transport.abort()
            return
        self._turned_away.add(self)
        self._say_and_close(503, b"retry-after: 5\r\n")

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
