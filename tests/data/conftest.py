"""The small data set, and a real server that hands it out."""

from __future__ import annotations

import tarfile
import threading
from collections.abc import Callable, Iterator, Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from data_forms import Server, pack, small_members


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            shared.requests += 1
            content = shared.content
            self.send_response(shared.status)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content[: shared.cut.pop(0)] if shared.cut else content)

        def log_message(self, *args: object) -> None:
            pass

    listening = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    shared = Server(f"http://127.0.0.1:{listening.server_port}/aclImdb_v1.tar.gz")
    thread = threading.Thread(target=listening.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield shared
    finally:
        listening.shutdown()
        listening.server_close()
        thread.join()


@pytest.fixture
def members() -> dict[str, bytes]:
    return small_members()


@pytest.fixture
def archive(tmp_path: Path, members: dict[str, bytes]) -> Callable[..., Path]:
    """Return a function that packs the small data set, with changed, added or (None) left-out members."""

    def build(changes: Mapping[str, bytes | None] | None = None, *extra: tarfile.TarInfo) -> Path:
        changed = {**members, **(changes or {})}
        kept = {name: content for name, content in changed.items() if content is not None}
        return pack(tmp_path / "copy.tar.gz", kept, *extra)

    return build


@pytest.fixture(autouse=True)
def _no_named_source(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let OPINIA_DATA reach only the tests of the real data."""
    if request.module.__name__.rpartition(".")[2] != "test_official":
        monkeypatch.delenv("OPINIA_DATA", raising=False)
