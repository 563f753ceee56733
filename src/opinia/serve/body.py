"""Reading the body of a request: within a size, a time, and what all bodies may take together."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Mapping

from starlette.types import Message, Receive

from opinia.serve.failures import ClientGone, Refusal
from opinia.serve.options import ServeOptions

DRAIN_SECONDS = 2.0
DRAIN_FACTOR = 8
"""A body up to so many times too large is read to its end, and thrown away as it comes: a client that
is still sending when the connection closes may never see why."""


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
        self._check_length(_declared_length(headers), headers)
        body = bytearray()
        try:
            async with asyncio.timeout(self._options.body_seconds):
                more = True
                while more:
                    message = await _next(receive)
                    chunk, more = message.get("body", b""), message.get("more_body", False)
                    if len(body) + len(chunk) > self._options.max_body_bytes:
                        await self._drain(receive, more=more)
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

    def _check_length(self, declared: int, headers: Mapping[str, str]) -> None:
        # Who asks before sending, as curl does, or would send without end, is told at once.
        far = declared > DRAIN_FACTOR * self._options.max_body_bytes
        if far or (declared > self._options.max_body_bytes and "expect" in headers):
            raise self._too_large()

    async def _drain(self, receive: Receive, *, more: bool) -> None:
        left = DRAIN_FACTOR * self._options.max_body_bytes
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(DRAIN_SECONDS):
                while more and left > 0:
                    message = await _next(receive)
                    left -= len(message.get("body", b""))
                    more = message.get("more_body", False)

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
