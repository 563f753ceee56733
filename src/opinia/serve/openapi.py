"""What the OpenAPI document says of the answers of a route."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel

from opinia.serve.schemas import ErrorAnswer

_SAYS = {
    400: "The body is not JSON, or the Host header names another host.",
    401: "The key is missing or wrong.",
    404: "There is no such model or path.",
    408: "The body came too slowly.",
    413: "The body, a text, or their number is too large.",
    415: "The body is not of the type application/json, or it is compressed.",
    422: "The body has not the fields that are expected, or a text cannot be judged.",
    500: "The server failed.",
    503: "Too much waits already, or the deadline has passed.",
}
_RETRY = {"Retry-After": {"description": "Seconds after which to try again.", "schema": {"type": "integer"}}}


def answers(model: type[BaseModel] | str, *errors: int, says: str) -> dict[int | str, dict[str, Any]]:
    """Return the answers of a route: the good one, by its shape or media type, and the errors it may give."""
    found: dict[int | str, dict[str, Any]] = {}
    if isinstance(model, str):
        found[200] = {"description": says, "content": {model: {"schema": {"type": "string"}}}}
    else:
        found[200] = {"description": says, "model": model}
    for status in errors:
        found[status] = {"model": ErrorAnswer, "description": _SAYS[status]}
        if status == 503:
            found[status]["headers"] = _RETRY
    return found
