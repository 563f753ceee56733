"""Checkpoints: PyTorch's format, a large one in several files of less than 16 MiB.

Repositories and services limit the size of a file, and a language model with Adam's moments is
far beyond it. A large checkpoint is a small index under the name itself, and beside it parts whose
names carry the digest of the whole. The index is written last and replaces the one before at once,
so after a crash the old checkpoint or the new one is there whole.
"""

from __future__ import annotations

import hashlib
import io
import json
import pickle
from pathlib import Path
from typing import Any

from opinia.files import write_atomically

PART_BYTES = 15 << 20
INDEX = b"opinia checkpoint in parts\n"
DAMAGE = (OSError, RuntimeError, KeyError, TypeError, ValueError, EOFError, pickle.UnpicklingError)
"""What :func:`load_checkpoint`, or taking what it returns, raises where the file is not what it should be."""


def save_checkpoint(path: Path, content: bytes) -> None:
    """Write a checkpoint, in parts where it is large; what stood there before is removed last.

    Args:
        path: of the checkpoint, or of its index.
        content: of ``torch.save``.

    Raises:
        OSError: the folder cannot be written, or the disk is full; the checkpoint before is kept.
    """
    digest = hashlib.sha256(content).hexdigest()
    names: list[str] = []
    try:
        if len(content) > PART_BYTES:
            for start in range(0, len(content), PART_BYTES):
                names.append(f"{path.name}.{digest[:12]}.{len(names):03}")
                write_atomically(path.with_name(names[-1]), content[start : start + PART_BYTES])
            index = json.dumps({"sha256": digest, "parts": names}, indent=2) + "\n"
            write_atomically(path, INDEX + index.encode())
        else:
            write_atomically(path, content)
    except OSError:
        _remove(path, [name for name in names if name not in _parts(path)])
        raise
    _remove_others(path, names)


def load_checkpoint(path: Path, *, device: str = "cpu") -> Any:
    """Return what was saved, its tensors on ``device``.

    Raises:
        OSError: the file or one of its parts is missing.
        ValueError: the parts are not those that were written.
        RuntimeError, pickle.UnpicklingError: it is not a checkpoint.
    """
    import torch  # whoever only deletes checkpoints need not wait for it

    content = path.read_bytes()
    if content.startswith(INDEX):
        index = json.loads(content.removeprefix(INDEX))
        content = b"".join(path.with_name(name).read_bytes() for name in index["parts"])
        if hashlib.sha256(content).hexdigest() != index["sha256"]:
            raise ValueError(f"the parts of {path.name} are not those that were written")
    return torch.load(io.BytesIO(content), weights_only=True, map_location=device)


def delete_checkpoint(path: Path) -> None:
    """Delete a checkpoint with its parts, if it is there."""
    path.unlink(missing_ok=True)
    _remove_others(path, [])


def _parts(path: Path) -> list[str]:
    """Return the names of the parts that the index stands for."""
    if not path.is_file():
        return []
    content = path.read_bytes()
    parts: list[str] = json.loads(content.removeprefix(INDEX))["parts"] if content.startswith(INDEX) else []
    return parts


def _remove_others(path: Path, kept: list[str]) -> None:
    pattern = f"{path.name}.{'[0-9a-f]' * 12}.[0-9][0-9][0-9]"
    _remove(path, [part.name for part in path.parent.glob(pattern) if part.name not in kept])


def _remove(path: Path, names: list[str]) -> None:
    for name in names:
        path.with_name(name).unlink(missing_ok=True)
