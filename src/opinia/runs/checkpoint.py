"""Checkpoints: PyTorch's format with a digest of it.

The digest stands in the comment that a ZIP archive may end with, so that PyTorch reads the file, too.
"""

from __future__ import annotations

import contextlib
import hashlib
import io
import re
import zipfile
from pathlib import Path
from typing import Any

from opinia import shell
from opinia.system.files import read_regular, write_atomically

INDEX = b"opinia checkpoint in parts\n"
"""How the index begins of one that ``scripts/parts.py`` has split, as opinia itself once did."""
DAMAGE = (OSError, RuntimeError, LookupError, TypeError, ValueError, AttributeError, ArithmeticError)
"""What :func:`load_checkpoint`, or taking what it returns, raises where the file is not what it should be."""

_SEAL = b"opinia checkpoint sha256:"
_SEAL_BYTES = len(_SEAL) + 64
_END = b"PK\5\6"  # the record that ends a ZIP archive: 22 bytes, the last two of which count its comment
_END_BYTES = 22


def sealed(content: bytes) -> bytes:
    """Return a file of ``torch.save`` with its digest at its end."""
    assert content[-_END_BYTES:].startswith(_END), "not a file of torch.save"  # noqa: S101
    own, comment = memoryview(content)[:-2], _SEAL_BYTES.to_bytes(2, "little")
    digest = hashlib.sha256(own)
    digest.update(comment)
    return b"".join((own, comment, _SEAL, digest.hexdigest().encode()))


def check_seal(path: Path, content: bytes) -> None:
    """Check that a file is what was written; PyTorch takes weights as they are, changed or not.

    Args:
        path: names it in messages.
        content: of the file.

    Raises:
        ValueError: it is not, or is in parts.
    """
    name = path.name
    if content.startswith(INDEX):
        command = shell.command("python", "scripts/parts.py", "join", path)
        raise ValueError(f"{name} is in parts: `{command}`, in a checkout of opinia, makes one file of them")
    if not content.strip(b"\0"):
        raise ValueError(f"{name} is {'full of zeros' if content else 'empty'}, as after a power cut")
    whole, seal = memoryview(content)[:-_SEAL_BYTES], content[-_SEAL_BYTES:]
    if not seal.startswith(_SEAL):
        raise ValueError(f"{name} has no digest: it is damaged, or older than the digests of checkpoints")
    if seal != _SEAL + hashlib.sha256(whole).hexdigest().encode():
        raise ValueError(f"{name} is damaged: it is not what was written")


def save_checkpoint(path: Path, content: bytes) -> None:
    """Write a checkpoint in the place of the one before.

    Args:
        path: of the checkpoint.
        content: of ``torch.save``.

    Raises:
        OSError: the folder cannot be written, or the disk is full; the checkpoint before is kept.
    """
    write_atomically(path, sealed(content))


def load_checkpoint(path: Path, *, device: str = "cpu") -> Any:
    """Return what was saved, its tensors on ``device``.

    Raises:
        OSError: the file is missing.
        ValueError: it is not what was written, or no checkpoint at all.
    """
    import torch  # whoever only deletes checkpoints need not wait for it

    content = read_regular(path)
    check_seal(path, content)
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


def delete_hint(path: Path, *, purpose: str) -> str:
    """Return which files to delete where a checkpoint cannot be continued: it, and its parts, if any.

    Args:
        path: of the checkpoint.
        purpose: what is possible without it, such as ``"to train this run from the start"``.
    """
    part = re.compile(re.escape(path.name) + r"\.([0-9a-f]{12})\.[0-9]{3,}")
    found, in_parts = list[str](), False
    with contextlib.suppress(OSError):
        found = [match[1] for each in path.parent.iterdir() if (match := part.fullmatch(each.name))]
        in_parts = read_regular(path).startswith(INDEX)
    files = [
        str(path),
        *(f"{path}.{digest}.* (parts: {found.count(digest)})" for digest in sorted(set(found))),
    ]
    join = "join its parts, or " if in_parts and found else ""
    return f"{join}delete {' and '.join(files)} {purpose}"


def _check_unpacked(content: bytes) -> None:
    """Check that an archive holds nothing compressed: PyTorch compresses nothing."""
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        if any(member.compress_type != zipfile.ZIP_STORED for member in archive.infolist()):
            raise ValueError
