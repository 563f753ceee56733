"""What a server is told: where it listens, what it lets in, how much it takes on."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from opinia.system.machine import thread_count

DEFAULT_HOST = "127.0.0.1"
DEFAULT_PORT = 8000


@dataclass(frozen=True)
class ServeOptions:
    """How a server behaves.

    Args:
        host: address to listen on.
        port: to listen on; 0 takes a free one.
        allowed_hosts: names that the Host header may carry beside those that always may
            (:func:`opinia.serve.middleware.is_allowed`); ``*`` allows all.
        api_key: what requests have to show as ``Authorization: Bearer KEY``; None asks for nothing.
        studies: folder whose studies ``/v1/studies`` gives; None gives none.
        log_requests: write a line for each request.
        threads: that run the network; see :func:`opinia.system.machine.thread_count`.
        batch_delay: seconds that a batch waits for further texts.
        max_texts: most texts of one request.
        max_characters: most characters of one text.
        max_tokens: most words and marks of one text.
        max_total_characters: most characters of all texts of one request.
        max_body_bytes: most bytes of a request's body.
        max_buffered_bytes: most bytes of bodies held at once, over all requests.
        max_connections: most connections open at once.
        queue_texts: most texts that wait for the network.
        queue_characters: most characters that wait for the network.
        queue_slow_tokens: most tokens of long texts and explanations that wait, about.
        deadline: seconds that a request may take once its body is there.
        header_seconds: that a client may take over the headers of a request.
        body_seconds: that a client may take over its body.
        write_seconds: that a client may leave an answer unread.
        idle_seconds: that a connection may stay open between requests.
        grace_seconds: that a server which is told to stop gives to what it has accepted.
        max_table_bytes: most bytes of a table that is dropped on the page; 0 takes none.
        max_table_rows: most rows of such a table.
        max_tables: most such tables at once.
        table_idle_seconds: after which a table that nobody asks about is deleted.
    """

    host: str = DEFAULT_HOST
    port: int = DEFAULT_PORT
    allowed_hosts: tuple[str, ...] = ()
    api_key: str | None = field(default=None, repr=False)
    studies: Path | None = None
    log_requests: bool = False
    threads: int = 0
    batch_delay: float = 0.002
    max_texts: int = 1000
    max_characters: int = 100_000
    max_tokens: int = 50_000
    max_total_characters: int = 1_000_000
    max_body_bytes: int = 8 << 20
    max_buffered_bytes: int = 128 << 20
    max_connections: int = 1000
    queue_texts: int = 8192
    queue_characters: int = 8_000_000
    queue_slow_tokens: int = 4_000_000
    deadline: float = 30.0
    header_seconds: float = 10.0
    body_seconds: float = 30.0
    write_seconds: float = 30.0
    idle_seconds: float = 30.0
    grace_seconds: float = 60.0
    max_table_bytes: int = 256 << 20
    max_table_rows: int = 200_000
    max_tables: int = 8
    table_idle_seconds: float = 600.0

    def __post_init__(self) -> None:
        """Check that the number of threads is possible.

        Raises:
            InputError: it is not.
        """
        thread_count(self.threads)
