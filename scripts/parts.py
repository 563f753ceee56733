"""Split a checkpoint for a place that takes small files only: python scripts/parts.py split|join CHECKPOINT.

Repositories and services limit the size of a file, and a language model with Adam's moments is far beyond it.
``split`` puts a small index in the place of the checkpoint, and parts beside it whose names carry the digest
of the whole. ``join`` makes it one file again, byte for byte, and one that opinia itself once wrote in parts,
too. What bears the checkpoint's name changes after the parts are written and before they go: whatever ends
this, nothing is lost.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import re
import sys
from pathlib import Path

from opinia.runs.checkpoint import INDEX, check_seal, sealed
from opinia.system.files import read_regular, write_atomically

PART_BYTES = 15 << 20
MOST_PART_BYTES = 64 << 20
"""That a part may have when it is read: whoever wrote it may have cut it otherwise."""
MOST_INDEX_BYTES = 4 << 20


def split(path: Path, part_bytes: int = PART_BYTES) -> None:
    """Put an index in the place of a checkpoint, and its parts beside it.

    Raises:
        ValueError: it is split already, is damaged, or is no checkpoint.
        OSError: it cannot be read, or the folder cannot be written.
    """
    content = read_regular(path)
    if content.startswith(INDEX):
        raise ValueError(f"{path} is in parts already")
    check_seal(path, content)
    digest = hashlib.sha256(content).hexdigest()
    starts = range(0, len(content), part_bytes)
    names = [f"{path.name}.{digest[:12]}.{number:03}" for number in range(len(starts))]
    for name, start in zip(names, starts, strict=True):
        write_atomically(path.with_name(name), content[start : start + part_bytes])
    write_atomically(path, index(digest, names))


def join(path: Path) -> None:
    """Put a checkpoint in the place of its index, and delete its parts.

    Raises:
        ValueError: it is no index, or its parts are not those that were written; nothing has changed.
        OSError: it or a part cannot be read, or the folder cannot be written.
    """
    digest, names = read_index(path)
    content = b"".join(read_regular(path.with_name(name), most=MOST_PART_BYTES) for name in names)
    if hashlib.sha256(content).hexdigest() != digest:
        raise ValueError(f"{path} is damaged: its parts are not those that were written")
    try:
        check_seal(path, content)
    except ValueError:  # opinia kept the digest of one in parts in the index alone
        content = sealed(content)
    write_atomically(path, content)
    for name in names:
        path.with_name(name).unlink()


def index(digest: str, names: list[str]) -> bytes:
    """Return the bytes of an index."""
    return INDEX + (json.dumps({"sha256": digest, "parts": names}, indent=2) + "\n").encode()


def read_index(path: Path) -> tuple[str, list[str]]:
    """Return the digest of the whole and the names of its parts.

    Raises:
        ValueError: the index is not, byte for byte, one that :func:`split` writes.
    """
    content = read_regular(path)
    if not content.startswith(INDEX):
        raise ValueError(f"{path} is not in parts")
    try:
        found = json.loads(content[len(INDEX) : MOST_INDEX_BYTES])
        digest, count = str(found["sha256"]), len(found["parts"])
    except (ValueError, LookupError, TypeError, RecursionError):
        raise ValueError(f"{path} is damaged: it is no index of parts") from None
    names = [f"{path.name}.{digest[:12]}.{number:03}" for number in range(count)]
    if content != index(digest, names) or not re.fullmatch("[0-9a-f]{64}", digest):
        raise ValueError(f"{path} is damaged: it is no index of parts")
    return digest, names


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("what", choices=("split", "join"))
    parser.add_argument("files", nargs="+", type=Path, metavar="CHECKPOINT")
    parser.add_argument("--bytes", type=int, default=PART_BYTES, help="of a part, at most %(default)s")
    arguments = parser.parse_args()
    if not 0 < arguments.bytes <= MOST_PART_BYTES:
        parser.error(f"--bytes must be from 1 to {MOST_PART_BYTES}")
    for file in arguments.files:
        try:
            split(file, arguments.bytes) if arguments.what == "split" else join(file)
        except (OSError, ValueError) as error:
            sys.exit(f"error: {error}")
