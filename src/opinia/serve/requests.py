"""From the bytes of a request to what it asks for, or to the refusal that says what is wrong."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from opinia.serve.failures import Refusal
from opinia.serve.options import ServeOptions

Asked = TypeVar("Asked", bound=BaseModel)

_JSON_TYPES = ((bool, "true or false"), (int | float, "a number"), (str, "a text"), (list, "a list"))
_WANTED = {"string_type": "a text", "bool_type": "true or false", "list_type": "a list of texts"}


def parse(model: type[Asked], body: bytes) -> Asked:
    """Return a request.

    Raises:
        Refusal: the body is not JSON (400), or not of the shape that is expected (422).
    """
    try:
        return model.model_validate_json(body)
    except ValidationError as error:
        raise _refusal(error.errors(include_url=False)[0], model) from None


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


def _refusal(error: Mapping[str, Any], model: type[BaseModel]) -> Refusal:
    kind, place = str(error["type"]), tuple(error["loc"])
    if kind == "json_invalid":
        reason = str(error.get("ctx", {}).get("error", "it cannot be read"))
        return Refusal(
            400, "invalid_json", f"the body is not JSON: {reason}", hint="send UTF-8 text in JSON's spelling"
        )
    fields = ", ".join(model.model_fields)
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
