"""The server around the application: its socket, its log, its signals."""

from __future__ import annotations

import logging
import signal
import socket
import sys
from collections.abc import Callable
from types import FrameType

import uvicorn

from opinia.errors import InputError
from opinia.serve.app import create_app
from opinia.serve.connection import Server, check_uvicorn, connection_type
from opinia.serve.failures import describe_error
from opinia.serve.models import Models
from opinia.serve.options import ServeOptions

BACKLOG = 2048
SWITCH_SECONDS = 0.0005
"""A thread back from ONNX Runtime would wait for the interpreter ten times as long by default."""


def serve(models: Models, options: ServeOptions, *, on_start: Callable[[str], None]) -> None:
    """Answer requests until SIGTERM or SIGINT, then finish what was accepted.

    Args:
        models: that answer.
        options: where to listen, limits and the rest.
        on_start: called with the address once connections are taken.

    Raises:
        InputError: the address cannot be listened on.
        OpiniaError: uvicorn is of a version that is not known.
        KeyboardInterrupt: SIGINT ended it, after all was finished.
    """
    listener = listen(options)
    _set_up_log()
    switch = sys.getswitchinterval()
    sys.setswitchinterval(SWITCH_SECONDS)
    # Uvicorn raises the signal that ended it again, once all is done: that is no reason to die of it.
    terminated = signal.signal(signal.SIGTERM, _do_nothing)
    try:
        server = make_server(models, options)
        on_start(address_of(listener, options))
        server.run(sockets=[listener])
    finally:
        signal.signal(signal.SIGTERM, terminated)
        sys.setswitchinterval(switch)
        listener.close()


def make_server(models: Models, options: ServeOptions) -> uvicorn.Server:
    """Return a server that is ready to run on a socket of :func:`listen`.

    Raises:
        OpiniaError: uvicorn is of a version that is not known.
    """
    check_uvicorn()
    app = create_app(models, options)
    return Server(
        uvicorn.Config(
            app,
            http=connection_type(options, app.metrics),
            ws="none",
            loop="asyncio",
            lifespan="on",
            log_config=None,
            access_log=False,
            server_header=False,
            proxy_headers=False,
            backlog=BACKLOG,
            timeout_keep_alive=int(options.idle_seconds),
            timeout_graceful_shutdown=int(options.grace_seconds),
        )
    )


def listen(options: ServeOptions) -> socket.socket:
    """Return a socket that listens, so that a client may connect from now on.

    Raises:
        InputError: the address is none of this machine, or the port is taken or not allowed.
    """
    try:
        family, _, _, _, address = socket.getaddrinfo(
            options.host, options.port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
        return socket.create_server(address[:2], family=family, backlog=BACKLOG)
    except (OSError, UnicodeError, OverflowError) as error:
        reason = error.strerror if isinstance(error, OSError) and error.strerror else error
        raise InputError(
            f"cannot listen on {options.host} port {options.port}: {reason}",
            hint="name another --port (0 takes a free one), or a --host of this machine",
        ) from error


def address_of(listener: socket.socket, options: ServeOptions) -> str:
    """Return the address of the page."""
    host = f"[{options.host}]" if ":" in options.host else options.host
    return f"http://{host}:{listener.getsockname()[1]}/"


class _Formatter(logging.Formatter):
    """Writes of an exception its type and place: its message may hold what a request holds."""

    def formatException(self, ei: object) -> str:  # noqa: N802
        error = ei[1] if isinstance(ei, tuple) else None
        return describe_error(error) if isinstance(error, BaseException) else "an unknown error"


def _set_up_log() -> None:
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(_Formatter("%(asctime)s %(levelname)s %(message)s"))
    for name, level in (("opinia.serve", logging.INFO), ("uvicorn", logging.ERROR)):
        logger = logging.getLogger(name)
        logger.handlers = [handler]
        logger.setLevel(level)
        logger.propagate = False


def _do_nothing(number: int, frame: FrameType | None) -> None:
    pass
