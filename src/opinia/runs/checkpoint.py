"""Checkpoints: PyTorch's format with a digest of it, a large one in several files of less than 16 MiB.

A small one is a file of ``torch.save`` whose digest stands in the comment that a ZIP archive may end
with, so that PyTorch reads it, too.

Repositories and services limit the size of a file, and a language model with Adam's moments is
far beyond it. A large checkpoint is a small index under the name itself, and beside it parts whose
names carry the digest of the whole. The index is written last and replaces the one before at once,
so after a crash the old checkpoint or the new one is there whole.
"""

from __future__ import annotations

import hashlib
import io
import json
import re
import zipfile
from pathlib import Path
from typing import Any

from opinia.system.files import read_regular, write_atomically

PART_BYTES = 15 << 20
MOST_PART_BYTES = 64 << 20
"""That a part may have when it is read: whoever wrote it may have cut it otherwise."""
INDEX = b"opinia checkpoint in parts\n"
DAMAGE = (OSError, RuntimeError, LookupError, TypeError, ValueError, AttributeError, ArithmeticError)
"""What :func:`load_checkpoint`, or taking what it returns, raises where the file is not what it should be."""

_SEAL = b"opinia checkpoint sha256:"
_SEAL_BYTES = len(_SEAL) + 64
_END = b"PK\5\6"  # the record that ends a ZIP archive: 22 bytes, the last two of which count its comment
_END_BYTES = 22
_MOST_INDEX_BYTES = 4 << 20


def sealed(content: bytes) -> bytes:
    """Return a file of ``torch.save`` with its digest at its end."""
    assert content[-_END_BYTES:].startswith(_END), "not a file of torch.save"  # noqa: S101
    whole = content[:-2] + _SEAL_BYTES.to_bytes(2, "little")
    return whole + _SEAL + hashlib.sha256(whole).hexdigest().encode()


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
            write_atomically(path, _index(digest, names))
        else:
            write_atomically(path, sealed(content))
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

    content = read_regular(path)
    if content.startswith(INDEX):
        content = _join_parts(path, content)
    else:
        _check_seal(path.name, content)
    try:
        _check_unpacked(content)
        return torch.load(io.BytesIO(content), weights_only=True, map_location=device)
    except torch.OutOfMemoryError:
        raise
    except Exception:
        # Never in PyTorch's own words: they advise to load whatever is there without its protection.
        raise ValueError(f"{path.name} is no checkpoint that opinia wrote") from None


def reason_of(error: Exception) -> str:
    """Return in a few words what one of :data:`DAMAGE` says is wrong with a checkpoint."""
    other = "it holds other things than a checkpoint"
    if isinstance(error, KeyError):
        return f"it lacks {str(error)[:80]}"
    if isinstance(error, OSError):
        named = f"{Path(error.filename).name}: " if isinstance(error.filename, str) else ""
        return f"{named}{error.strerror or 'it cannot be read'}"
    if isinstance(error, RuntimeError):
        return "its weights are of another network"
    return (str(error).partition("\n")[0] or other) if isinstance(error, ValueError) else other


def _index(digest: str, names: list[str]) -> bytes:
    return INDEX + (json.dumps({"sha256": digest, "parts": names}, indent=2) + "\n").encode()


def _read_index(path: Path, content: bytes) -> tuple[str, list[str]]:
    """Return the digest of the whole and the names of its parts.

    Raises:
        ValueError: the index is not, byte for byte, one that :func:`save_checkpoint` writes.
    """
    try:
        index = json.loads(content[len(INDEX) : _MOST_INDEX_BYTES])
        digest, count = str(index["sha256"]), len(index["parts"])
    except (ValueError, LookupError, TypeError, RecursionError):
        raise ValueError(f"{path.name} is damaged: it is no index of parts") from None
    names = [f"{path.name}.{digest[:12]}.{number:03}" for number in range(count)]
    if content != _index(digest, names) or not re.fullmatch("[0-9a-f]{64}", digest):
        raise ValueError(f"{path.name} is damaged: it is no index of parts")
    return digest, names


def _join_parts(path: Path, content: bytes) -> bytes:
    digest, names = _read_index(path, content)
    joined = b"".join(read_regular(path.with_name(name), most=MOST_PART_BYTES) for name in names)
    if hashlib.sha256(joined).hexdigest() != digest:
        raise ValueError(f"{path.name} is damaged: its parts are not those that were written")
    return joined


def _check_seal(name: str, content: bytes) -> None:
    """Look that a file is what was written; PyTorch takes weights as they are, changed or not."""
    if not content.strip(b"\0"):
        raise ValueError(f"{name} is {'full of zeros' if content else 'empty'}, as after a power cut")
    whole, seal = content[:-_SEAL_BYTES], content[-_SEAL_BYTES:]
    if not seal.startswith(_SEAL):
        raise ValueError(f"{name} has no digest: it is damaged, or older than the digests of checkpoints")
    if seal != _SEAL + hashlib.sha256(whole).hexdigest().encode():
        raise ValueError(f"{name} is damaged: it is not what was written")


def _check_unpacked(content: bytes) -> None:
    """Look that an archive holds nothing that unfolds to more than it takes itself: PyTorch packs nothing."""
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        if any(member.compress_type != zipfile.ZIP_STORED for member in archive.infolist()):
            raise ValueError


def tidy_checkpoint(path: Path) -> None:
    """Delete the parts that a writer left behind who was killed before it came to that."""
    _remove_others(path, _parts(path))


def delete_checkpoint(path: Path) -> None:
    """Delete a checkpoint with its parts, if it is there."""
    path.unlink(missing_ok=True)
    _remove_others(path, [])


def _parts(path: Path) -> list[str]:
    """Return the names of the parts that the index stands for."""
    try:
        content = read_regular(path)
        return _read_index(path, content)[1] if content.startswith(INDEX) else []
    except (OSError, ValueError):  # what is missing or damaged stands for none
        return []


def _remove_others(path: Path, kept: list[str]) -> None:
    pattern = f"{path.name}.{'[0-9a-f]' * 12}.[0-9][0-9][0-9]"
    _remove(path, [part.name for part in path.parent.glob(pattern) if part.name not in kept])


def _remove(path: Path, names: list[str]) -> None:
    for name in names:
        path.with_name(name).unlink(missing_ok=True)
