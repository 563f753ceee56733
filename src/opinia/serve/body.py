"""Reading the body of a request: within a size, a time, and what all bodies may take together."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Mapping

from starlette.types import Message, Receive, Send

from opinia.serve.failures import ClientGone, Refusal
from opinia.serve.options import ServeOptions

LINGER_SECONDS = 2.0
"""A client that is still sending has so long to come to an end and read why its body is not taken."""


class Body:
    """The body of a request as it comes: a ``receive`` that knows where it is.

    Args:
        receive: of the server.
    """

    def __init__(self, receive: Receive) -> None:
        self._receive = receive
        self._is_over = False

    async def __call__(self) -> Message:
        """Return the next message."""
        message = await self._receive()
        self._is_over = not message.get("more_body", False)
        return message

    def before_the_end_of(self, send: Send) -> Send:
        """Return a ``send`` that ends an answer once the body has ended, or after :data:`LINGER_SECONDS`.

        The end of the answer closes the connection. To close one with bytes unread resets it, and takes
        from the client what it has not read yet (RFC 9112, 9.6). What comes is thrown away.
        """

        async def sending(message: Message) -> None:
            if message["type"] == "http.response.body" and not message.get("more_body", False):
                await send({**message, "more_body": True})
                await self._throw_away()
                message = {"type": "http.response.body"}
            await send(message)

        return sending

    async def _throw_away(self) -> None:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(LINGER_SECONDS):
                while not self._is_over:
                    await self()


class BodyReader:
    """Reads bodies of requests.

    Args:
        options: the bounds.
    """

    def __init__(self, options: ServeOptions) -> None:
        self._options = options
        self._buffered = 0

    @contextlib.asynccontextmanager
    async def reading(self, headers: Mapping[str, str], receive: Receive) -> AsyncIterator[Receive]:
        """Read a body, and give the application a ``receive`` that hands it over in one piece.

        Raises:
            Refusal: the body is too large (413) or too slow (408), or there is no room for it (503).
            ClientGone: the client left before its end.
        """
        body = await self._read(headers, receive)
        try:
            yield _replay(body, receive)
        finally:
            self._buffered -= len(body)

    async def _read(self, headers: Mapping[str, str], receive: Receive) -> bytes:
        if _declared_length(headers) > self._options.max_body_bytes:
            raise self._too_large()
        body = bytearray()
        try:
            async with asyncio.timeout(self._options.body_seconds):
                more = True
                while more:
                    message = await _next(receive)
                    chunk, more = message.get("body", b""), message.get("more_body", False)
                    if len(body) + len(chunk) > self._options.max_body_bytes:
                        raise self._too_large()
                    if self._buffered + len(chunk) > self._options.max_buffered_bytes:
                        raise _no_room()
                    self._buffered += len(chunk)
                    body += chunk
        except BaseException as error:
            self._buffered -= len(body)
            if isinstance(error, TimeoutError):
                raise self._too_slow() from None
            raise
        return bytes(body)

    def _too_slow(self) -> Refusal:
        return Refusal(
            408,
            "too_slow",
            f"the body did not arrive within {self._options.body_seconds:g} seconds",
            hint="send less at once",
            close=True,
        )

    def _too_large(self) -> Refusal:
        most = self._options.max_body_bytes
        return Refusal(
            413,
            "body_too_large",
            f"the body of a request has at most {most:,} bytes",
            hint="send the texts in several requests",
            close=True,
        )


def _declared_length(headers: Mapping[str, str]) -> int:
    value = headers.get("content-length", "")
    return int(value[:18]) if value.isascii() and value.isdigit() else 0


async def _next(receive: Receive) -> Message:
    message = await receive()
    if message["type"] == "http.disconnect":
        raise ClientGone
    return message


def _replay(body: bytes, receive: Receive) -> Receive:
    waiting: list[Message] = [{"type": "http.request", "body": body, "more_body": False}]

    async def replayed() -> Message:
        return waiting.pop() if waiting else await receive()

    return replayed


def _no_room() -> Refusal:
    return Refusal(
        503,
        "queue_full",
        "too many large requests arrive at once",
        hint="try again after the seconds in Retry-After",
        retry_after=1,
        close=True,
    )
