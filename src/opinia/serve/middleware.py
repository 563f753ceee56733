"""What every request passes, one duty after the other, before the application sees it.

Plain ASGI, so that nothing reaches the application that is too large, too slow or not allowed in, and no
answer leaves without its security headers.
"""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import ipaddress
import re
import time
from collections.abc import Collection, Mapping

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from opinia.serve.failures import GONE, ClientGone, Refusal, describe_error, internal_error, logger
from opinia.serve.metrics import Metrics
from opinia.serve.options import ServeOptions
from opinia.serve.requests import Body, BodyReader

_TABLE = "/v1/tables/{name}"
POSTS = ("/v1/analyse", "/v1/explain", *(f"{_TABLE}/{what}" for what in ("look", "judge", "rows", "search")))
"""Routes that take JSON."""
_TABLES = (_TABLE, *(f"{_TABLE}/{what}" for what in ("look", "judge", "rows", "search", "answers", "output")))
ROUTES = (
    "/v1/analyse",
    "/v1/explain",
    "/v1/models",
    "/v1/measured",
    "/v1/tables",
    "/v1/studies",
    "/healthz",
    "/readyz",
    "/metrics",
    "/openapi.json",
    "/",
)
ASSETS = "/assets"
LASTING = re.compile(rf"{ASSETS}/opinia\.[0-9a-f]{{16}}\.(?:js|css)")
"""Files that are named after their content, and never change."""
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
_OF_TABLE = re.compile(r"/v1/tables/[\w-]{1,64}(/[a-z]+)?")
_LOOPBACK_NAMES = ("localhost", "localhost.localdomain", "ip6-localhost", "ip6-loopback")
_HOST = re.compile(r"(\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9._~%-]+)(:[0-9]{0,5})?")


class Gate:
    """The application as seen from outside.

    Args:
        app: what answers the requests that are let in.
        options: who and how much is let in.
        metrics: counts every request.
    """

    def __init__(self, app: ASGIApp, options: ServeOptions, metrics: Metrics) -> None:
        self.metrics = metrics
        self._app = app
        bounded = BoundedBodies(HeadAsGet(app), options)
        allowed = KnownHosts(AskedKey(bounded, options), options)
        self._passed = Counted(SecureHeaders(Refusals(allowed, metrics)), options, metrics)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let a request in, or say why not."""
        if scope["type"] == "http":
            await self._passed(scope, receive, send)
        elif scope["type"] == "lifespan":
            await self._app(scope, receive, send)
        else:
            await send({"type": "websocket.close", "code": 1003})


class Counted:
    """Counts each request, by its route and the status of its answer, and logs it where that is asked for.

    Args:
        app: what answers.
        options: say whether lines are written.
        metrics: where it is counted.
    """

    def __init__(self, app: ASGIApp, options: ServeOptions, metrics: Metrics) -> None:
        self._app = app
        self._log = options.log_requests
        self._metrics = metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer, and count."""
        begin, status = time.perf_counter(), GONE

        async def answer(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        self._metrics.in_progress.inc()
        try:
            await self._app(scope, receive, answer)
        finally:
            self._metrics.in_progress.dec()
            self._count(scope["method"], route_of(scope["path"]), status, time.perf_counter() - begin)

    def _count(self, method: str, route: str, status: int, seconds: float) -> None:
        self._metrics.requests.labels(route, str(status)).inc()
        self._metrics.seconds.labels(route).observe(seconds)
        if self._log:
            # Never the path itself or its query, which may hold a text.
            logger.info("%s %s %d %.1f ms", _method(method), route, status, 1000 * seconds)


class SecureHeaders:
    """Gives every answer its security headers.

    Args:
        app: what answers.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app
        keeps = ("no-cache", "no-store", "public, max-age=31536000, immutable")
        self._page, self._rest, self._lasting = map(_own_headers, keeps)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer, with headers."""
        path = scope["path"]
        page = self._lasting if LASTING.fullmatch(path) else self._page
        headers = page if route_of(path) in ("/", ASSETS) else self._rest

        async def answer(message: Message) -> None:
            if message["type"] == "http.response.start":
                own = (
                    headers if message["status"] in (200, 304) or headers is not self._lasting else self._page
                )
                message["headers"] = [*message.get("headers", ()), *own]
            await send(message)

        await self._app(scope, receive, answer)


class Refusals:
    """Makes an answer of what is raised before the application or by it.

    Args:
        app: what answers.
        metrics: where refusals are counted.
    """

    def __init__(self, app: ASGIApp, metrics: Metrics) -> None:
        self._app = app
        self._metrics = metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer, in any case."""
        body, has_begun = Body(receive), False

        async def answer(message: Message) -> None:
            nonlocal has_begun
            has_begun = True
            await send(message)

        try:
            await self._app(scope, body, answer)
        except Refusal as refusal:
            self._metrics.rejected.labels(refusal.code).inc()
            await refusal.response()(scope, body, body.before_the_end_of(send) if refusal.close else send)
        except ClientGone:
            self._metrics.disconnected.inc()
        except Exception as error:
            logger.error("%s %s failed: %s", scope["method"], route_of(scope["path"]), describe_error(error))
            if not has_begun:
                await internal_error().response()(scope, body, send)


class KnownHosts:
    """Lets requests in whose Host header names a host that this server answers to.

    Args:
        app: what answers.
        options: have the names.
    """

    def __init__(self, app: ASGIApp, options: ServeOptions) -> None:
        self._app = app
        self._options = options

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Look at the host, and go on.

        Raises:
            Refusal: there is none, more than one, or another.
        """
        self._check_host(Headers(scope=scope), scope["http_version"])
        await self._app(scope, receive, send)

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


class AskedKey:
    """Lets requests in that show the key, where the server has one.

    Args:
        app: what answers.
        options: have the key.
    """

    def __init__(self, app: ASGIApp, options: ServeOptions) -> None:
        self._app = app
        self._key = None if options.api_key is None else _digest(options.api_key.encode())

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Look at the key, and go on.

        Raises:
            Refusal: it is missing or wrong.
        """
        if self._key is not None and route_of(scope["path"]) not in OPEN_ROUTES:
            self._check_key(self._key, Headers(scope=scope))
        await self._app(scope, receive, send)

    def _check_key(self, key: bytes, headers: Mapping[str, str]) -> None:
        scheme, _, given = headers.get("authorization", "").partition(" ")
        digest = _digest(given.strip().encode("latin-1", "replace"))
        if not hmac.compare_digest(digest, key) or scheme.lower() != "bearer":
            raise Refusal(
                401, "unauthorised", "this server asks for a key", hint="send Authorization: Bearer KEY"
            )


class BoundedBodies:
    """Reads bodies within limits, where one is expected.

    Args:
        app: what answers.
        options: have the limits.
    """

    def __init__(self, app: ASGIApp, options: ServeOptions) -> None:
        self._app = app
        self._bodies = BodyReader(options)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Read the body, and go on.

        Raises:
            Refusal: it is not JSON, is too large or too slow, or there is no room for it.
            ClientGone: the client left before its end.
        """
        if scope["method"] != "POST" or route_of(scope["path"]) not in POSTS:
            await self._app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        check_content(headers)
        async with self._bodies.reading(headers, receive) as replayed:
            await self._app(scope, replayed, send)


class HeadAsGet:
    """Asks for what HEAD asks for as GET does; the server itself leaves out the body of the answer.

    Args:
        app: what answers.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Change the method, and go on."""
        if scope["method"] == "HEAD" and route_of(scope["path"]) not in POSTS:
            scope = {**scope, "method": "GET"}
        await self._app(scope, receive, send)


def route_of(path: str) -> str:
    """Return which route a path belongs to, ``other`` for none."""
    if path in ROUTES:
        return path
    table = _OF_TABLE.fullmatch(path)
    if table is not None and (route := _TABLE + (table[1] or "")) in _TABLES:
        return route
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
    """Check that a body is JSON as it stands.

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


def _own_headers(keep: str) -> list[tuple[bytes, bytes]]:
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
