"""From the bytes of a request to what it asks for, or to the refusal that says what is wrong.

A body is read within a size, a time, and what all bodies may take together, before the application sees it;
its JSON by pydantic, into the shapes of :mod:`opinia.serve.schemas`.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator, Callable, Coroutine, Mapping, Sequence
from typing import Any

from fastapi import Request
from fastapi.exceptions import RequestValidationError
from fastapi.routing import APIRoute
from pydantic import BaseModel
from pydantic_core import from_json
from starlette.responses import Response
from starlette.types import Message, Receive, Send

from opinia.serve.failures import ClientGone, Refusal
from opinia.serve.options import ServeOptions

LINGER_SECONDS = 2.0
"""A client that is still sending has so long to come to an end and read why its body is not taken."""

_JSON_TYPES = ((bool, "true or false"), (int | float, "a number"), (str, "a text"), (list, "a list"))
_WANTED = {
    "string_type": "a text",
    "bool_type": "true or false",
    "list_type": "a list of texts",
    "int_type": "a whole number",
}
_NUMBERS = {"rows": "a list of whole numbers"}
"""What lists of others than texts are to be."""
_TOO_LONG = {"too_long": "entries", "string_too_long": "characters"}


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


class JSONRequest(Request):
    """A request whose JSON is read by pydantic's parser.

    FastAPI would read it by :mod:`json`, which takes half of a surrogate pair, UTF-16 and a byte order mark,
    and runs out of stack where lists are deeply nested.
    """

    async def json(self) -> Any:
        """Return what the body says.

        Raises:
            json.JSONDecodeError: it is not JSON.
        """
        try:
            return from_json(await self.body())
        except ValueError as error:
            raise json.JSONDecodeError(str(error), "", 0) from None


class JSONRoute(APIRoute):
    """A route whose wrong bodies are refused in our own words, with the first thing that is wrong."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """Return what answers a request."""
        handle, body = super().get_route_handler(), self.body_field
        if body is None:
            return handle
        known = _fields_of(body.field_info.annotation)

        async def handle_json(request: Request) -> Response:
            request = JSONRequest(request.scope, request.receive)
            if not await request.body():
                raise _invalid_json("EOF while parsing a value at line 1 column 0")
            try:
                return await handle(request)
            except RequestValidationError as error:
                raise _refusal(error.errors()[0], known) from None

        return handle_json


def check_texts(texts: Sequence[str], options: ServeOptions) -> None:
    """Check that texts are within the limits.

    Raises:
        Refusal: they are too many or too long.
    """
    if len(texts) > options.max_texts:
        raise Refusal(
            413,
            "too_many_texts",
            f"a request holds at most {options.max_texts:,} texts. Received: {len(texts):,}",
            hint="send them in several requests",
        )
    lengths = [len(text) for text in texts]
    for position, length in enumerate(lengths):
        if length > options.max_characters:
            most = options.max_characters
            where = f" at position {position}" if len(texts) > 1 else ""
            raise Refusal(
                413,
                "text_too_long",
                f"a text has at most {most:,} characters. Received: {length:,}{where}",
                hint="send a part of it; `opinia score` reads longer ones",
            )
    if sum(lengths) > options.max_total_characters:
        most = options.max_total_characters
        raise Refusal(
            413,
            "texts_too_long",
            f"the texts of a request have at most {most:,} characters together. Received: {sum(lengths):,}",
            hint="send them in several requests",
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


def _fields_of(annotation: Any) -> tuple[str, ...]:
    model: type[BaseModel] = getattr(annotation, "__origin__", annotation)  # what Annotated is about
    return tuple(model.model_fields)


def _invalid_json(reason: str) -> Refusal:
    return Refusal(
        400, "invalid_json", f"the body is not JSON: {reason}", hint="send UTF-8 text in JSON's spelling"
    )


def _refusal(error: Mapping[str, Any], known: Sequence[str]) -> Refusal:
    kind, place = str(error["type"]), tuple(error["loc"])[1:]
    if kind == "json_invalid":
        return _invalid_json(error["ctx"]["error"])
    fields = ", ".join(known)
    if not place:
        message = f"the body must be an object. Received: {_type_of(error['input'])}"
    elif kind == "missing":
        message = f"the field {place[0]!r} is missing"
    elif kind == "extra_forbidden":
        message = f"there is no such field. Received: {_shown(place[0])}"
    elif len(place) > 1 and isinstance(place[1], int):
        wanted = _WANTED.get(kind, "of another kind")
        received = f"{_received(error['input'], kind)} at position {place[1]}"
        message = f"every entry of {place[0]} must be {wanted}. Received: {received}"
    elif kind in _TOO_LONG:
        most, length = error["ctx"]["max_length"], len(error["input"])
        message = f"{place[0]} has at most {most:,} {_TOO_LONG[kind]}. Received: {length:,}"
    else:
        wanted = _NUMBERS.get(str(place[0]), _WANTED.get(kind, "of another kind"))
        message = f"{place[0]} must be {wanted}. Received: {_type_of(error['input'])}"
    return Refusal(422, "invalid_request", message, hint=f"its fields are: {fields}")


def _received(value: object, kind: str) -> str:
    """Return what was received; a number that is not whole as it is, for it is no text of a person's."""
    return f"the number {value!r}" if kind == "int_type" and isinstance(value, float) else _type_of(value)


def _type_of(value: object) -> str:
    if value is None:
        return "null"
    return next((name for types, name in _JSON_TYPES if isinstance(value, types)), "an object")


def _shown(name: object) -> str:
    text = repr(name)
    return text if len(text) <= 40 else text[:37] + "..."
