"""A connection that reads requests without a doubt, waits for nothing for ever, and ends without a loss.

Uvicorn reads and answers; what it leaves out stands here, by overriding what its connections are made of.
That is no public interface, so nothing else in opinia touches it, only versions that were tried are taken
(:func:`check_uvicorn`), and ``tests/serve/test_serve_uvicorn.py`` names all that is needed of them.

Where a request begins and ends is read so that no two readers can differ about it: a proxy that sees other
borders than the server behind it lets one client's bytes pass for the request of another (RFC 9112, section
11.2). Most of what is ambiguous llhttp refuses: Content-Length twice, or beside Transfer-Encoding, spaces
before a colon, folded lines, lone line ends. What it leaves is refused here.

Uvicorn ends connections that are idle between requests, and nothing else waits for a bounded time. A body
that comes slowly is ended where it is read (:mod:`opinia.serve.requests`).

A server that stops may close a connection just as a request leaves its client, who then cannot know whether
it was taken. So each answer from then on announces the end, and a connection that seems idle is read for
some time before it ends (RFC 9112, sections 9.3 to 9.6).

To close a socket with bytes unread, or to which bytes still come, resets the connection, and a reset takes
from the client what it has not read yet. So the end is said first, and what still comes is read and thrown
away until the client ends its side, too, for some time at most (RFC 9112, section 9.6).
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import re
import selectors
import socket
from typing import TYPE_CHECKING, Any

import httptools
import uvicorn
from prometheus_client import Gauge
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle

from opinia.errors import OpiniaError
from opinia.serve.metrics import Metrics
from opinia.serve.options import ServeOptions

if TYPE_CHECKING:
    from uvicorn._types import ASGI3Application

FIRST_UVICORN, NEXT_UVICORN = (0, 53), (0, 55)
"""Of those before, answers do not announce the end of their connection; those after are not known."""
MAX_OVERHEAD_BYTES = 1 << 20
"""Of the frames and trailers of a chunked body, beside 16 bytes for each byte of the body."""
MAX_HEADER_BYTES = 64 << 10
DRAIN_SECONDS = 1.0
"""A server that stops still answers what comes within this time on connections that seemed idle."""
LINGER_SECONDS = 2.0
"""A client that has been told of the end has so long to end its side."""
INVALID = "Invalid HTTP request received."


class FramedProtocol(HttpToolsProtocol):
    """Reads requests, and refuses with 400 what may mean more than one thing."""

    _running: RequestResponseCycle | None = None
    _in_body = False
    _upgrades = False
    _is_broken = False
    _overhead = 0

    def data_received(self, data: bytes) -> None:
        """Take what the client sent, up to the first thing that is no request."""
        if self._is_broken or self.transport.is_closing():
            return
        self._unset_keepalive_if_required()
        size = len(data)
        try:
            while True:
                try:
                    self.parser.feed_data(data)
                    break
                except httptools.HttpParserUpgrade as upgrade:
                    data = self._without_upgrade() + data[upgrade.args[0] :]
        except httptools.HttpParserError:
            self.send_400_response(INVALID)
            return
        if self._in_body:
            self._overhead += size
            if self._overhead > MAX_OVERHEAD_BYTES:
                self.send_400_response(INVALID)

    def on_message_begin(self) -> None:
        """Begin with a request."""
        super().on_message_begin()
        self._in_body = self._upgrades = False
        self._overhead = 0

    def on_header(self, name: bytes, value: bytes) -> None:
        """Take a header; one that follows the body must not pass for one before it."""
        if not self._in_body:
            super().on_header(name, value)

    def on_headers_complete(self) -> None:
        """Look at the borders of a request whose headers are there, and let it in.

        Raises:
            ValueError: they are not clear; the parser makes its own error of it.
        """
        version, method = self.parser.get_http_version(), self.parser.get_method()
        encodings = [value.strip().lower() for name, value in self.headers if name == b"transfer-encoding"]
        if version not in ("1.0", "1.1") or method == b"CONNECT":
            raise ValueError("another protocol")
        if encodings and (encodings != [b"chunked"] or version == "1.0"):
            raise ValueError("another encoding than chunked")
        if self.parser.should_upgrade():
            self._upgrades = True
            return
        super().on_headers_complete()
        self._in_body = True

    def on_body(self, body: bytes) -> None:
        """Take a piece of a body."""
        self._overhead -= 17 * len(body)
        super().on_body(body)

    def on_message_complete(self) -> None:
        """Have all of a request."""
        if not self._upgrades:
            self._in_body = False
            super().on_message_complete()

    def send_400_response(self, msg: str) -> None:
        """Refuse bytes that are no request, after the answers to those that were."""
        self._is_broken = True
        if self._in_body:
            self._give_up_the_body()
        if self.transport.is_closing():
            return
        if self._is_idle():
            super().send_400_response(msg)
        else:
            # Sent at once, the refusal would pass for the answer that is still to come.
            self._announce_the_end()

    def _give_up_the_body(self) -> None:
        broken = self.cycle
        if broken is not self._running:
            self.pipeline.popleft()
            self.cycle = self.pipeline[0][0] if self.pipeline else self._running  # type: ignore[assignment]
        elif broken.response_complete or broken.response_started:
            self.transport.close()
        if not broken.response_complete:
            broken.disconnected = True
            broken.message_event.set()
            broken.response_complete = broken is self.cycle

    def _announce_the_end(self) -> None:
        if not self.cycle.response_started:
            self.cycle.keep_alive = False

    def _is_idle(self) -> bool:
        return self.cycle is None or self.cycle.response_complete

    def _start_asgi_task(self, cycle: RequestResponseCycle, app: ASGI3Application) -> None:
        self._running = cycle
        super()._start_asgi_task(cycle, app)

    def _without_upgrade(self) -> bytes:
        """Return the head of a request again, without the wish for another protocol.

        A server may ignore that wish (RFC 9110, section 7.8). The parser does not: it takes the body for
        the other protocol, and what comes later for the next request.
        """
        lines = [b"%s %s HTTP/1.1" % (self.parser.get_method(), self.url)]
        lines += [b"%s: %s" % each for each in self.headers if each[0] != b"upgrade"]
        self.parser = httptools.HttpRequestParser(self)
        self.parser.set_dangerous_leniencies(lenient_data_after_close=True)
        return b"\r\n".join([*lines, b"", b""])


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


def check_uvicorn() -> None:
    """Check that uvicorn is one whose connections these are.

    Raises:
        OpiniaError: it is older or newer.
    """
    numbers = [int(part) for part in re.findall(r"\d+", uvicorn.__version__)[:2]]
    if not FIRST_UVICORN <= tuple(numbers) < NEXT_UVICORN:
        first, following = (".".join(map(str, version)) for version in (FIRST_UVICORN, NEXT_UVICORN))
        raise OpiniaError(
            f"opinia serve works with uvicorn from {first} on, below {following}. "
            f"Received: {uvicorn.__version__}",
            hint=f"pip install 'uvicorn>={first},<{following}'",
        )


def connection_type(options: ServeOptions, metrics: Metrics) -> type[Connection]:
    """Return the protocol of a server's connections."""

    class OwnConnection(Connection):
        _options = options
        _open = metrics.connections
        _turned_away = set[Connection]()

    return OwnConnection


class Lingering(asyncio.Transport):
    """A transport that ends in two steps.

    Args:
        inner: what does all the rest.
        loop: has the clock.
    """

    def __init__(self, inner: asyncio.Transport, loop: asyncio.AbstractEventLoop) -> None:
        super().__init__()
        self._inner = inner
        self._loop = loop
        self._is_ending = False
        self._clock: asyncio.TimerHandle | None = None

    def close(self) -> None:
        """Write what is left and say the end, then wait for the client's; what comes until then is lost."""
        if self._is_ending or self._inner.is_closing():
            return
        self._is_ending = True
        self._inner.resume_reading()
        try:
            self._inner.write_eof()
        except OSError:  # the client has reset the connection already
            self._inner.abort()
            return
        self._clock = self._loop.call_later(LINGER_SECONDS, self._inner.close)

    def lost(self) -> None:
        """Hear that the connection is no more."""
        self._is_ending = True
        if self._clock is not None:
            self._clock.cancel()

    def abort(self) -> None:
        """End at once, and lose what is not written yet."""
        self._is_ending = True
        self._inner.abort()

    def is_closing(self) -> bool:
        """Tell whether the end was said."""
        return self._is_ending or self._inner.is_closing()

    def write(self, data: bytes | bytearray | memoryview) -> None:
        """Write, unless the end was said."""
        if not self._is_ending:
            self._inner.write(data)

    def pause_reading(self) -> None:
        """Take no more from the client for now; at the end all is taken."""
        if not self._is_ending:
            self._inner.pause_reading()

    def resume_reading(self) -> None:
        """Take from the client again."""
        self._inner.resume_reading()

    def get_extra_info(self, name: str, default: Any = None) -> Any:
        """Return what is known of the connection."""
        return self._inner.get_extra_info(name, default)

    def set_write_buffer_limits(self, high: int | None = None, low: int | None = None) -> None:
        """Say from how many unwritten bytes on the writer is to wait."""
        self._inner.set_write_buffer_limits(high, low)


class Server(uvicorn.Server):
    """A server that, when it stops, first takes the connections that clients have already made."""

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Stop to listen, answer what was accepted, and end."""
        # To close a listening socket resets the connections that wait in its queue, with the requests that
        # they may hold. So a second handle keeps it open until the queue is empty.
        spares = [each.dup() for each in sockets or []]
        for server in self.servers:
            server.close()
        for each in sockets or []:
            each.close()
        accepted = []
        for spare in spares:
            with spare, contextlib.suppress(OSError):
                spare.setblocking(False)
                while True:
                    accepted.append(spare.accept()[0])
        for connection in accepted:
            with contextlib.suppress(OSError):
                connection.setblocking(False)
                await asyncio.get_running_loop().connect_accepted_socket(self._protocol, connection)
        await super().shutdown(sockets)
        if self.force_exit:
            # What is broken off now, on a person's wish, is no error.
            logging.getLogger("uvicorn").setLevel(logging.CRITICAL)

    def _protocol(self) -> asyncio.Protocol:
        # As in uvicorn's own startup.
        return self.config.http_protocol_class(  # type: ignore[call-arg]
            config=self.config, server_state=self.server_state, app_state=self.lifespan.state
        )
