"""The OpenAPI document: shapes of bodies with the server's own limits, and of every answer."""

from __future__ import annotations

from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from pydantic import BaseModel

from opinia.serve.gate import OPEN_ROUTES
from opinia.serve.options import ServeOptions
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


def body_of(model: type[BaseModel], options: ServeOptions) -> dict[str, Any]:
    """Return the description of a body, with the limits that this server has."""
    schema = model.model_json_schema()
    fields = schema["properties"]
    if "text" in fields:
        fields["text"]["maxLength"] = options.max_characters
    if "texts" in fields:
        fields["texts"]["maxItems"] = options.max_texts
        fields["texts"]["items"]["maxLength"] = options.max_characters
    return {"requestBody": {"required": True, "content": {"application/json": {"schema": schema}}}}


def add_document(app: FastAPI, *, has_key: bool) -> None:
    """Let the application describe itself at ``/openapi.json``.

    Args:
        app: with all its routes.
        has_key: whether requests have to show a key.
    """

    def document() -> dict[str, Any]:
        if app.openapi_schema is None:
            found = get_openapi(title=app.title, version=app.version, summary=app.summary, routes=app.routes)
            if has_key:
                _ask_for_key(found)
            app.openapi_schema = found
        return app.openapi_schema

    app.openapi = document  # type: ignore[method-assign]


def _ask_for_key(document: dict[str, Any]) -> None:
    schemes = {"key": {"type": "http", "scheme": "bearer"}}
    document.setdefault("components", {})["securitySchemes"] = schemes
    for path, operations in document["paths"].items():
        for operation in operations.values():
            operation["security"] = [] if path in OPEN_ROUTES else [{"key": []}]
