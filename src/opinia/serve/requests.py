"""From the bytes of a request to what it asks for, or to the refusal that says what is wrong."""

from __future__ import annotations

import json
from collections.abc import Callable, Coroutine, Mapping, Sequence
from typing import Any

from fastapi import Request
from fastapi.exceptions import RequestValidationError
from fastapi.routing import APIRoute
from pydantic import BaseModel
from pydantic_core import from_json
from starlette.responses import Response

from opinia.serve.failures import Refusal
from opinia.serve.options import ServeOptions

_JSON_TYPES = ((bool, "true or false"), (int | float, "a number"), (str, "a text"), (list, "a list"))
_WANTED = {"string_type": "a text", "bool_type": "true or false", "list_type": "a list of texts"}


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
        known = () if body is None else _fields_of(body.field_info.annotation)

        async def handle_json(request: Request) -> Response:
            if body is None:
                return await handle(request)
            request = JSONRequest(request.scope, request.receive)
            if not await request.body():
                raise _invalid_json("EOF while parsing a value at line 1 column 0")
            try:
                return await handle(request)
            except RequestValidationError as error:
                raise _refusal(error.errors()[0], known) from None

        return handle_json


def check_texts(texts: Sequence[str], options: ServeOptions) -> None:
    """Look that texts are within the limits.

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
        received = f"{_type_of(error['input'])} at position {place[1]}"
        message = f"every entry of {place[0]} must be a text. Received: {received}"
    else:
        wanted = _WANTED.get(kind, "of another kind")
        message = f"{place[0]} must be {wanted}. Received: {_type_of(error['input'])}"
    return Refusal(422, "invalid_request", message, hint=f"its fields are: {fields}")


def _type_of(value: object) -> str:
    if value is None:
        return "null"
    return next((name for types, name in _JSON_TYPES if isinstance(value, types)), "an object")


def _shown(name: object) -> str:
    text = repr(name)
    return text if len(text) <= 40 else text[:37] + "..."
