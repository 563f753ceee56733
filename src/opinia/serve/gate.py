"""What every request passes: Host and key are checked, its body is read within limits, it is counted.

Plain ASGI around the application, so that nothing reaches it that is too large, too slow or not
allowed in, and no answer leaves without its security headers.
"""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import ipaddress
import re
import time
from collections.abc import Collection, Mapping
from dataclasses import dataclass

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from opinia.serve.body import Body, BodyReader
from opinia.serve.failures import GONE, ClientGone, Refusal, internal_error
from opinia.serve.metrics import Metrics
from opinia.serve.options import ServeOptions
from opinia.serve.work import describe_error, logger

POSTS = ("/v1/analyse", "/v1/explain")
ROUTES = (
    *POSTS,
    "/v1/models",
    "/v1/studies",
    "/healthz",
    "/readyz",
    "/metrics",
    "/openapi.json",
    "/",
)
ASSETS = "/assets"
OPEN_ROUTES = ("/", ASSETS, "/healthz", "/readyz")
"""What needs no key: the page, which asks for it, and the probes."""
SECURITY_HEADERS = {
    "content-security-policy": "default-src 'none'; script-src 'self'; style-src 'self'; "
    "img-src 'self' data:; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
}
_LOOPBACK_NAMES = ("localhost", "localhost.localdomain", "ip6-localhost", "ip6-loopback")
_HOST = re.compile(r"(\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9._~%-]+)(:[0-9]{0,5})?")


@dataclass
class _Course:
    """How far a request has come.

    Args:
        route: what it asks for, one of a fixed few.
        status: of the answer; 0 before it begins.
    """

    route: str
    status: int = 0


class Gate:
    """The application as seen from outside.

    Args:
        app: what answers the requests that are let in.
        options: who and how much is let in.
        metrics: hears of every request.
    """

    def __init__(self, app: ASGIApp, options: ServeOptions, metrics: Metrics) -> None:
        self._app = app
        self._options = options
        self.metrics = metrics
        self._bodies = BodyReader(options)
        self._key = None if options.api_key is None else _digest(options.api_key.encode())

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let a request in, or say why not."""
        if scope["type"] == "lifespan":
            await self._app(scope, receive, send)
            return
        if scope["type"] != "http":
            await send({"type": "websocket.close", "code": 1003})
            return
        begin = time.perf_counter()
        course = _Course(route_of(scope["path"]))
        headers = _own_headers(course.route)

        async def answer(message: Message) -> None:
            if message["type"] == "http.response.start":
                course.status = message["status"]
                message["headers"] = [*message.get("headers", ()), *headers]
            await send(message)

        self.metrics.in_progress.inc()
        try:
            await self._answer(scope, Body(receive), answer, course)
        finally:
            self.metrics.in_progress.dec()
            self._count(scope, course, time.perf_counter() - begin)

    async def _answer(self, scope: Scope, receive: Body, send: Send, course: _Course) -> None:
        try:
            headers = Headers(scope=scope)
            self._check_host(headers, scope["http_version"])
            self._check_key(headers, course.route)
            if scope["method"] == "POST" and course.route in POSTS:
                check_content(headers)
                async with self._bodies.reading(headers, receive) as replayed:
                    await self._app(scope, replayed, send)
            else:
                is_head = scope["method"] == "HEAD" and course.route not in POSTS
                # The server itself leaves out the body of the answer.
                await self._app({**scope, "method": "GET"} if is_head else scope, receive, send)
        except Refusal as refusal:
            self.metrics.rejected.labels(refusal.code).inc()
            send = receive.before_the_end_of(send) if refusal.close else send
            await refusal.response()(scope, receive, send)
        except ClientGone:
            self.metrics.disconnected.inc()
        except Exception as error:
            logger.error("%s %s failed: %s", scope["method"], course.route, describe_error(error))
            if not course.status:
                await internal_error().response()(scope, receive, send)

    def _check_host(self, headers: Headers, version: str) -> None:
        options, hosts = self._options, headers.getlist("host")
        # One reader may take the first Host and another the last (RFC 9112, section 3.2).
        if len(hosts) != 1 and (hosts or version != "1.0") or not all(map(_HOST.fullmatch, hosts)):
            raise Refusal(
                400,
                "invalid_host",
                "a request must have one Host header, with a name or an address and perhaps a port. "
                f"Received: {len(hosts)}",
                hint="send one Host header",
                close=True,
            )
        if not is_allowed(headers.get("host", ""), own=options.host, allowed=options.allowed_hosts):
            raise Refusal(
                400,
                "host_not_allowed",
                "the Host header names a host that this server does not answer to",
                hint="start it with --allow-host NAME",
                close=True,
            )

    def _check_key(self, headers: Mapping[str, str], route: str) -> None:
        if self._key is None or route in OPEN_ROUTES:
            return
        scheme, _, given = headers.get("authorization", "").partition(" ")
        digest = _digest(given.strip().encode("latin-1", "replace"))
        if not hmac.compare_digest(digest, self._key) or scheme.lower() != "bearer":
            raise Refusal(
                401, "unauthorised", "this server asks for a key", hint="send Authorization: Bearer KEY"
            )

    def _count(self, scope: Scope, course: _Course, seconds: float) -> None:
        self.metrics.requests.labels(course.route, str(course.status or GONE)).inc()
        self.metrics.seconds.labels(course.route).observe(seconds)
        if self._options.log_requests:
            # Never the path itself or its query, which may hold a text.
            what = (_method(scope["method"]), course.route, course.status or GONE, 1000 * seconds)
            logger.info("%s %s %d %.1f ms", *what)


def route_of(path: str) -> str:
    """Return which route a path belongs to, ``other`` for none."""
    if path in ROUTES:
        return path
    return ASSETS if path.startswith(ASSETS + "/") else "other"


def is_allowed(host: str, *, own: str, allowed: Collection[str]) -> bool:
    """Tell whether a Host header may be answered to.

    A page of another site can make its own name point at this machine (DNS rebinding) and so reach a
    server that listens here alone. Its requests carry that name, though. So names have to be known:
    those of the loopback, the one listened on, and what was allowed. Addresses have no name to
    rebind; a server that listens beyond the loopback answers to any, one on the loopback to its own.

    Args:
        host: the header's value, perhaps with a port.
        own: name or address that the server listens on.
        allowed: further names; ``*`` allows all.
    """
    if "*" in allowed:
        return True
    name = _without_port(host.strip().lower()).rstrip(".")
    if name in _LOOPBACK_NAMES or name.endswith(".localhost"):
        return True
    if name and name in (own.lower(), *(each.lower() for each in allowed)):
        return True
    try:
        address = ipaddress.ip_address(name)
    except ValueError:
        return False
    return address.is_loopback or not is_loopback(own)


def is_loopback(host: str) -> bool:
    """Tell whether a server that listens on a host is reached from this machine alone."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host.lower() in _LOOPBACK_NAMES


def check_content(headers: Mapping[str, str]) -> None:
    """Look that a body is JSON as it stands.

    Raises:
        Refusal: it says that it is something else.
    """
    kind = headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind != "application/json":
        raise Refusal(
            415,
            "unsupported_media_type",
            "the body must be JSON, and its Content-Type must say so",
            hint="send Content-Type: application/json",
            close=True,
        )
    if headers.get("content-encoding", "identity").strip().lower() not in ("", "identity"):
        raise Refusal(
            415,
            "unsupported_encoding",
            "the body must not be compressed",
            hint="send it without Content-Encoding",
            close=True,
        )


def _own_headers(route: str) -> list[tuple[bytes, bytes]]:
    keep = "no-cache" if route in ("/", ASSETS) else "no-store"
    headers = {**SECURITY_HEADERS, "cache-control": keep}
    return [(name.encode(), value.encode()) for name, value in headers.items()]


def _method(name: str) -> str:
    return name if name in ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS") else "OTHER"


def _without_port(host: str) -> str:
    if host.startswith("["):
        return host[1:].partition("]")[0]
    return host.partition(":")[0] if host.count(":") <= 1 else host


def _digest(key: bytes) -> bytes:
    return hashlib.sha256(key).digest()


async def until_gone(receive: Receive) -> None:
    """Return once the client has closed the connection."""
    while (await receive())["type"] != "http.disconnect":
        await asyncio.sleep(0)
