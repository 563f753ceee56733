"""Errors as HTTP shows them, a status and ``{"error": {"code", "message", "hint"}}``, and as the log does."""

from __future__ import annotations

import logging
import re
from collections.abc import Mapping

from pydantic_core import to_json
from starlette.responses import Response

from opinia.errors import InputError, JudgementError, OpiniaError, TooLongError

logger = logging.getLogger("opinia.serve")

CODES = {
    400: "bad_request",
    401: "unauthorised",
    404: "not_found",
    405: "method_not_allowed",
    408: "too_slow",
    413: "too_large",
    415: "unsupported_media_type",
    422: "invalid_request",
    500: "internal_error",
    503: "unavailable",
}


GONE = 499
"""What requests are counted as whose client left; nobody receives it."""


class Refusal(Exception):
    """A request that is not answered as asked.

    Args:
        status: of HTTP.
        code: a name of the reason for programs, such as ``"too_many_texts"``.
        message: what failed and what was received; never the text of a request.
        hint: what to do about it, or None.
        retry_after: seconds after which to try again, or None.
        close: end the connection after the answer, because the rest of the request is not read.
    """

    def __init__(
        self,
        status: int,
        code: str,
        message: str,
        *,
        hint: str | None = None,
        retry_after: int | None = None,
        close: bool = False,
    ) -> None:
        super().__init__(code)
        self.status = status
        self.code = code
        self.message = message
        self.hint = hint
        self.retry_after = retry_after
        self.close = close

    def response(self) -> Response:
        """Return the answer that says so."""
        headers = {} if self.retry_after is None else {"retry-after": str(self.retry_after)}
        if self.close:
            headers["connection"] = "close"
        if self.status == 401:
            headers["www-authenticate"] = 'Bearer realm="opinia"'
        return error_response(self.status, self.code, self.message, self.hint, headers)


_FIELDS = {
    "--text-column": "texts",
    "--label-column": "label",
    "--label-map": "label_map",
    "--delimiter": "delimiter",
    "--encoding": "encoding",
    "--header or --no-header": "header (true or false)",
    "--no-header": "header (false)",
    "--header": "header (true)",
    "--model": "model",
}
"""What the options of the command line are called in requests about tables."""
_PART = re.compile(r"name one, as in .*?::(.+)", re.DOTALL)
_OPTION = re.compile(r"(?<![\w-])--[a-z][a-z-]+")


def in_fields(said: str | None) -> str | None:
    """Return what is said to a person at a command line, for one who sends requests.

    Options are called by the fields of requests. Of a hint's clauses those are left out that speak of options
    for which requests have no field; None where nothing is left, or nothing was said.
    """
    if said is None:
        return None
    said = _PART.sub(lambda found: f"part names one, such as {found[1]!r}", said)
    for option, name in _FIELDS.items():
        said = re.sub(rf"(?<![\w-]){option}(?![\w-])", name, said)
    return "; ".join(clause for clause in said.split("; ") if not _OPTION.search(clause)) or None


def internal_error() -> Refusal:
    """Return the refusal that is no fault of the client."""
    return Refusal(500, CODES[500], "the server failed on this request", hint="its log says where")


class ClientGone(Exception):
    """The client closed the connection before the answer."""


def error_response(
    status: int, code: str, message: str, hint: str | None = None, headers: Mapping[str, str] | None = None
) -> Response:
    """Return an error in the shape that all errors have."""
    error = {"code": code, "message": message, "hint": hint}
    return Response(to_json({"error": error}), status, headers, "application/json")


def as_refusal(error: OpiniaError) -> Refusal:
    """Return the refusal for an error: 413 and 422 for the client's text, 503 for what the server lacks."""
    if isinstance(error, TooLongError):
        return Refusal(413, "text_too_long", error.message, hint=error.hint)
    if isinstance(error, InputError):
        return Refusal(422, "invalid_request", error.message, hint=error.hint)
    if isinstance(error, JudgementError):  # what ONNX Runtime says belongs into the log
        message = "the network failed on a text of this request, for want of memory perhaps"
        return Refusal(
            503, "unavailable", message, hint="send less at once, or shorter texts", retry_after=60
        )
    return Refusal(503, "unavailable", error.message, hint=error.hint, retry_after=60)


def describe_error(error: BaseException) -> str:
    """Return type and place of an error, without its message, which may hold a text."""
    place, trace = "", error.__traceback__
    while trace is not None:
        place = f"{trace.tb_frame.f_code.co_filename}:{trace.tb_lineno} in {trace.tb_frame.f_code.co_name}"
        trace = trace.tb_next
    return f"{type(error).__name__} at {place or 'an unknown place'}"
