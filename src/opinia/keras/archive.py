"""Opens the zip archive that Keras 3 saves (``.keras``), bounded, for it may come from a stranger.

It holds ``metadata.json``, ``config.json`` (the layers), ``model.weights.h5`` and perhaps ``assets/`` with
vocabularies. Nothing is unpacked to the disk, and each part is read up to a size that its packed size
justifies.
"""

from __future__ import annotations

import io
import json
import zipfile
import zlib
from dataclasses import dataclass
from typing import Any

from opinia.errors import ModelFileError
from opinia.keras.hdf5 import Hdf5Error, Hdf5File
from opinia.system.printable import one_line

WEIGHTS = "model.weights.h5"
MOST_ENTRIES = 4_096
MOST_JSON = 1 << 23
MOST_ASSET = 1 << 24
MOST_WEIGHTS = 1 << 30
MOST_UNPACKED = 50
"""So many bytes may come of one that is packed, beyond :data:`FREE` of an entry: weights hardly pack."""
FREE = 1 << 20
DEEPEST_JSON = 100
_REASON = 200
SMALLER = (
    'forget it before the model is saved: model.get_layer("embedding").embeddings_initializer = '
    'keras.initializers.get("uniform"); model.save("model.keras")'
)
AGAIN = "copy it again, or save it again with Keras 3: model.save('model.keras')"


@dataclass(frozen=True)
class Archive:
    """What a ``.keras`` file holds.

    Args:
        name: of the file, for messages.
        version: of Keras that saved it, as it says.
        config: the model, as Keras serialises it.
        weights: by the paths of :mod:`keras.saving`.
        labels: names of classes that opinia has put beside what Keras reads; empty for none.
        assets: texts by their names, such as ``"layers/text_vectorization/vocabulary.txt"``.
    """

    name: str
    version: str
    config: dict[str, Any]
    weights: Hdf5File
    assets: dict[str, bytes]
    labels: tuple[str, ...] = ()


def read_archive(name: str, content: bytes) -> Archive:
    """Open an archive.

    Args:
        name: of the file, for messages.
        content: its bytes.

    Raises:
        ModelFileError: it is damaged, too large, or holds what Keras does not put there.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as opened:
            entries = _entries(name, opened)
            config = _json(name, "config.json", _read(name, opened, entries, "config.json", MOST_JSON))
            metadata = {}
            if "metadata.json" in entries:
                metadata = _json(
                    name, "metadata.json", _read(name, opened, entries, "metadata.json", 1 << 16)
                )
            weights = _read(name, opened, entries, WEIGHTS, MOST_WEIGHTS)
            assets = {
                each.removeprefix("assets/"): _read(name, opened, entries, each, MOST_ASSET)
                for each in entries
                if each.startswith("assets/") and each.endswith("vocabulary.txt")
            }
    except (zipfile.BadZipFile, zlib.error, OSError, EOFError, RuntimeError, ValueError) as error:
        # RuntimeError is a password or a nesting; NotImplementedError, a kind of packing, is one as well.
        raise _damaged(name, str(error) or type(error).__name__) from error
    try:
        file = Hdf5File(weights)
    except Hdf5Error as error:
        raise _damaged(name, f"{WEIGHTS}: {error}") from error
    version = metadata.get("keras_version")
    version = version[:40] if isinstance(version, str) else ""
    return Archive(name, version, config, file, assets, _labels(metadata))


def _labels(metadata: dict[str, Any]) -> tuple[str, ...]:
    ours = metadata.get("opinia")
    labels = ours.get("labels") if isinstance(ours, dict) else None
    is_list = isinstance(labels, list) and all(isinstance(label, str) for label in labels)
    return tuple(labels) if is_list and isinstance(labels, list) else ()


def _entries(name: str, opened: zipfile.ZipFile) -> dict[str, zipfile.ZipInfo]:
    listed = opened.infolist()
    if len(listed) > MOST_ENTRIES:
        raise _damaged(name, f"it holds {len(listed):,} entries")
    entries = {each.filename: each for each in listed}
    if len(entries) < len(listed):
        raise _damaged(name, "it holds two entries of the same name")
    for each in entries:
        parts = each.replace("\\", "/").split("/")
        if each.startswith(("/", "\\")) or ".." in parts or ":" in parts[0] or "\0" in each:
            raise _damaged(name, f"it holds an entry that leads out of it, {each[:60]!r}")
    for wanted in ("config.json", WEIGHTS):
        if wanted not in entries:
            raise _damaged(name, f"it holds no {wanted}")
    return entries


def _read(
    name: str, opened: zipfile.ZipFile, entries: dict[str, zipfile.ZipInfo], wanted: str, most: int
) -> bytes:
    entry = entries[wanted]
    bound = min(most, FREE + MOST_UNPACKED * entry.compress_size)
    if entry.flag_bits & 1 or entry.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        raise _damaged(name, f"{wanted} is packed in a way that Keras does not use")
    if entry.file_size <= bound:
        with opened.open(entry) as file:
            content = file.read(bound + 1)
        if len(content) == entry.file_size:
            return content
    if wanted == "config.json" and entry.file_size > most:
        raise ModelFileError(
            f"{name} has a configuration of {entry.file_size:,} bytes, and at most {most:,} are read: "
            "an initializer may hold a whole matrix",
            hint=SMALLER,
        )
    raise _damaged(name, f"{wanted} would have {entry.file_size:,} bytes, and at most {bound:,} are read")


def _json(name: str, part: str, content: bytes) -> dict[str, Any]:
    try:
        value = json.loads(content.decode())
        _check_depth(value)
    except (ValueError, RecursionError) as error:
        reason = "nested too deeply" if isinstance(error, RecursionError) else str(error)
        raise _damaged(name, f"{part}: {reason}"[:200]) from error
    if not isinstance(value, dict):
        raise _damaged(name, f"{part} is no JSON object")
    return value


def _check_depth(value: object) -> None:
    level, depth = [value], 0
    while level:
        depth += 1
        if depth > DEEPEST_JSON:
            raise ValueError("nested too deeply")
        level = [
            inner
            for each in level
            if isinstance(each, dict | list)
            for inner in (each.values() if isinstance(each, dict) else each)
            if isinstance(inner, dict | list)
        ]


def _damaged(name: str, reason: str) -> ModelFileError:
    shown = one_line(reason, _REASON)  # it may quote a name, which may be all of the file
    return ModelFileError(f"{name} is a Keras model that cannot be opened: {shown}", hint=AGAIN)
