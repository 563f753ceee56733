"""Where a request begins and ends, read so that no two readers can differ about it.

A proxy that sees other borders than the server behind it lets one client's bytes pass for the request of
another (RFC 9112, section 11.2). Most of what is ambiguous llhttp refuses: Content-Length twice, or beside
Transfer-Encoding, spaces before a colon, folded lines, lone line ends. What it leaves is refused here.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import httptools
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle

if TYPE_CHECKING:
    from uvicorn._types import ASGI3Application

MAX_OVERHEAD_BYTES = 1 << 20
"""Of the frames and trailers of a chunked body, beside 16 bytes for each byte of the body."""
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
