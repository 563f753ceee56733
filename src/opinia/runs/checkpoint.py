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
import zipfile
from pathlib import Path
from typing import Any

from opinia.system.files import write_atomically

PART_BYTES = 15 << 20
INDEX = b"opinia checkpoint in parts\n"
DAMAGE = (OSError, RuntimeError, KeyError, TypeError, ValueError, AttributeError)
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
        ValueError: it is not what was written, or no checkpoint at all.
    """
    import torch  # whoever only deletes checkpoints need not wait for it

    content = path.read_bytes()
    if content.startswith(INDEX):
        content = _join_parts(path, content)
    else:
        _check_sums(path.name, content)
    try:
        return torch.load(io.BytesIO(content), weights_only=True, map_location=device)
    except torch.OutOfMemoryError:
        raise
    except Exception:
        # Never in PyTorch's own words: they advise to load whatever is there without its protection.
        raise ValueError(f"{path.name} is no checkpoint that opinia wrote") from None


def reason_of(error: Exception) -> str:
    """Return in a few words what one of :data:`DAMAGE` says is wrong with a checkpoint."""
    if isinstance(error, KeyError):
        return f"it lacks {error}"
    if isinstance(error, OSError):
        return f"{Path(error.filename).name}: {error.strerror}" if error.filename else str(error)
    if isinstance(error, RuntimeError):
        return "its weights are of another network"
    return str(error) if isinstance(error, ValueError) else "it holds other things than a checkpoint"


def _join_parts(path: Path, content: bytes) -> bytes:
    try:
        index = json.loads(content.removeprefix(INDEX))
        names, digest = list(map(str, index["parts"])), index["sha256"]
    except (ValueError, KeyError, TypeError) as error:
        raise ValueError(f"the index {path.name} is damaged") from error
    joined = b"".join(path.with_name(name).read_bytes() for name in names)
    if hashlib.sha256(joined).hexdigest() != digest:
        raise ValueError(f"the parts of {path.name} are not those that were written")
    return joined


def _check_sums(name: str, content: bytes) -> None:
    """Look that a file of ``torch.save`` is whole; PyTorch takes weights as they are, changed or not."""
    if not content.strip(b"\0"):
        raise ValueError(f"{name} is {'full of zeros' if content else 'empty'}, as after a power cut")
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            damaged = archive.testzip()
    except Exception as error:  # zipfile raises what its many steps do
        raise ValueError(f"{name} is damaged, or no checkpoint") from error
    if damaged is not None:
        raise ValueError(f"{name} is damaged: its checksums are wrong")


def delete_checkpoint(path: Path) -> None:
    """Delete a checkpoint with its parts, if it is there."""
    path.unlink(missing_ok=True)
    _remove_others(path, [])


def _parts(path: Path) -> list[str]:
    """Return the names of the parts that the index stands for."""
    if not path.is_file():
        return []
    content = path.read_bytes()
    if not content.startswith(INDEX):
        return []
    try:
        return list(map(str, json.loads(content.removeprefix(INDEX))["parts"]))
    except (ValueError, KeyError, TypeError):  # a damaged index stands for none
        return []


def _remove_others(path: Path, kept: list[str]) -> None:
    pattern = f"{path.name}.{'[0-9a-f]' * 12}.[0-9][0-9][0-9]"
    _remove(path, [part.name for part in path.parent.glob(pattern) if part.name not in kept])


def _remove(path: Path, names: list[str]) -> None:
    for name in names:
        path.with_name(name).unlink(missing_ok=True)
