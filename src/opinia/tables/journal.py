"""The journal of an unfinished output: how far it is safe, and what it is to become."""

from __future__ import annotations

import hashlib
import json
import os
import stat
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from opinia.errors import DataError

_START = b'{"opinia": "score", '
_MOST_BYTES = 1 << 20
_DAMAGED = "--force starts again"


@dataclass(frozen=True)
class Journal:
    """What is known of an unfinished output.

    Args:
        place: the last safe one in the part, in bytes.
        sha256: of the bytes before it.
        state: what the run wants to find again there.
        identity: all that decides what the output will be.
        whole: name of the file that is put together from the part at the end, where one is.
        replaces: whether an output that is there was to be replaced.
    """

    place: int
    sha256: str
    state: dict[str, Any]
    identity: dict[str, Any]
    whole: str
    replaces: bool

    def encoded(self) -> bytes:
        """Return the journal as JSON, with a digest of its own."""
        body = _plain(vars(self))
        return _START + f'"digest": "{_digest(body)}", "journal": {body}}}\n'.encode()


def is_ours(path: Path) -> bool:
    """Say whether a journal is one by its first bytes; none at all is as good."""
    data = _read(path)
    return data is None or data.startswith(_START)


def read_journal(path: Path) -> Journal | None:
    """Return a journal, None if there is none.

    Raises:
        DataError: it is damaged, or was changed by hand.
    """
    data = _read(path)
    if data is None:
        return None
    try:
        found = json.loads(data)
        body = found["journal"]
        if found["digest"] != _digest(_plain(body)):
            raise ValueError("the digest is another")
        return Journal(**body)
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise DataError(f"{path} is damaged", hint=_DAMAGED) from error


def _read(path: Path) -> bytes | None:
    """Return the first bytes of a regular file, nothing for what is none, None if nothing is there."""
    try:
        if not stat.S_ISREG(path.lstat().st_mode):
            return b""
        flags = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0)
        with os.fdopen(os.open(path, flags | getattr(os, "O_BINARY", 0)), "rb") as file:
            return file.read(_MOST_BYTES)
    except FileNotFoundError:
        return None


def _plain(body: object) -> str:
    return json.dumps(body, sort_keys=True)


def _digest(body: str) -> str:
    return hashlib.sha256(body.encode()).hexdigest()
