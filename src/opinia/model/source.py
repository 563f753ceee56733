"""The bytes of a model, wherever they come from: a path, bytes in memory, or an open file."""

from __future__ import annotations

import io
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from opinia.errors import ModelFileError
from opinia.model.foreign import KERAS, Foreign, recognise, recognise_folder

MAX_BYTES = 1 << 30
Source = Path | bytes | bytearray | memoryview | BinaryIO
_NAME_ONE = "name a model file (.onnx or .keras) or a run folder"


@dataclass(frozen=True)
class ModelBytes:
    """The whole content of a file that may be a model.

    Args:
        content: its bytes.
        name: for messages.
        path: where it lies; None where it came as bytes or as an open file.
    """

    content: bytes
    name: str
    path: Path | None


def read_bytes(source: Source) -> ModelBytes:
    """Return the bytes behind a path, bytes, or a file that is open in binary mode, from where it stands.

    Raises:
        ModelFileError: it is missing, unreadable, too large, or a file of another kind; or the source
            is none of these.
    """
    if isinstance(source, Path):
        return ModelBytes(_from_path(source), str(source), source)
    if isinstance(source, bytes | bytearray | memoryview):
        content, name = bytes(source), "what was given as bytes"
    elif callable(getattr(source, "read", None)):
        content, name = _from_file(source)
    else:
        shown = repr(source)
        raise ModelFileError(
            "a model is a path, a name, bytes or a file open in binary mode. Received: "
            f"{type(source).__name__} {shown if len(shown) <= 40 else shown[:37] + '...'}"
        )
    if len(content) > MAX_BYTES:
        raise _too_large(name, len(content))
    _refuse(name, recognise(io.BytesIO(content)))
    return ModelBytes(content, name, None)


def _from_path(path: Path) -> bytes:
    try:
        size = path.stat().st_size
        if path.is_dir():
            _refuse(str(path), recognise_folder(path))
            raise ModelFileError(f"{path} is a folder without a model", hint=_NAME_ONE)
        if not path.is_file():  # reading a pipe or a device might never end
            raise ModelFileError(f"{path} is not a regular file", hint="name a model file (.onnx)")
        with path.open("rb") as file:
            _refuse(str(path), recognise(file))
            if size > MAX_BYTES:
                raise _too_large(str(path), size)
            file.seek(0)
            return file.read()
    except FileNotFoundError as error:
        raise ModelFileError(f"there is no model at {path}", hint=_NAME_ONE) from error
    except (OSError, ValueError) as error:  # a NUL in the name is a ValueError
        reason = error.strerror if isinstance(error, OSError) and error.strerror else error
        raise ModelFileError(f"{str(path)!r} cannot be read: {reason}") from error


def _from_file(file: BinaryIO) -> tuple[bytes, str]:
    named = getattr(file, "name", None)
    name = named if isinstance(named, str) and named else "the file that was given"
    pieces, size = list[bytes](), 0
    try:
        while size <= MAX_BYTES and (piece := file.read(MAX_BYTES + 1 - size)):
            if not isinstance(piece, bytes):
                raise ModelFileError(
                    f"{name} is open as text, and a model is read as bytes", hint='open it with mode "rb"'
                )
            pieces.append(piece)
            size += len(piece)
    except (OSError, ValueError) as error:  # one that is closed is a ValueError
        raise ModelFileError(f"{name} cannot be read: {error}") from error
    if not pieces:
        raise ModelFileError(
            f"{name} is empty, or has been read to its end", hint="seek(0) goes to its start"
        )
    return b"".join(pieces), name


def _too_large(name: str, size: int) -> ModelFileError:
    return ModelFileError(f"{name} is too large for a model: {size:,} bytes, at most {MAX_BYTES:,} are read")


def _refuse(name: str, foreign: Foreign | None) -> None:
    if foreign is not None and foreign is not KERAS:
        raise ModelFileError(
            f"{name} is {foreign.what}; a model of opinia is an .onnx file", hint=foreign.hint
        )
