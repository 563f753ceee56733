"""What a file is that is no model of opinia, told by its first bytes; nothing of it is run or unpickled.

Signatures are those of each format's own specification.
"""

from __future__ import annotations

import codecs
import io
import re
import string
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

HEAD = 1 << 16

_TRAIN = "opinia reads its own model files (.onnx) alone; `opinia train` makes one"
_UNPACK = "unpack it, and name the model file (.onnx) that is in it"
_UNPACK_KERAS = "save the model itself: model.save('model.keras') in Keras 3"
_AGAIN = "copy or download it again"
_OTHER = "name a model file (.onnx)"


@dataclass(frozen=True)
class Foreign:
    """What a file or folder is instead of a model.

    Args:
        what: such as ``"a Keras model (.keras)"``.
        hint: what to do about it.
    """

    what: str
    hint: str = _TRAIN


KERAS = Foreign("a Keras model (.keras)")
"""The one kind that is read: :mod:`opinia.keras`."""
_TO_KERAS = "in Keras: model = keras.models.load_model({}); then model.save('model.keras'), which is read"
_H5 = Foreign("an HDF5 file, as Keras writes models (.h5)", _TO_KERAS.format("'model.h5'"))
_SAVED_MODEL = (
    "where the Keras model is still at hand: model.save('model.keras'), which is read; TensorFlow 2.15 and "
    "older open the folder: model = tf.keras.models.load_model('folder'); then the same"
)

_SIGNATURES: tuple[tuple[int, bytes, Foreign], ...] = (
    *((place, b"\x89HDF\r\n\x1a\n", _H5) for place in (0, 512)),
    (4, b"TFL3", Foreign("a TensorFlow Lite model (.tflite)")),
    (4, b"ORTM", Foreign("a model in ONNX Runtime's own format (.ort)")),
    (4, b"ET12", Foreign("an ExecuTorch model (.pte)")),
    (0, b"\x08\x01\x12", Foreign("a TensorFlow SavedModel (saved_model.pb)", _SAVED_MODEL)),
    (0, b"GGUF", Foreign("a GGUF model, as llama.cpp reads them")),
    *((0, magic, Foreign("a GGML model, as llama.cpp read them")) for magic in (b"lmgg", b"fmgg", b"tjgg")),
    (0, b"\xba\x16\x4f\x2f", Foreign("a fastText model")),
    (0, b"CBM1", Foreign("a CatBoost model")),
    (0, b"\x93NUMPY", Foreign("a NumPy array (.npy)")),
    (0, b"\xfd7zXZ\x00", Foreign("packed with xz", _UNPACK)),
    (4, b"1AY&SY", Foreign("packed with bzip2", _UNPACK)),
    (0, b"\x28\xb5\x2f\xfd", Foreign("packed with zstd", _UNPACK)),
    (0, b"\x04\x22\x4d\x18", Foreign("packed with lz4", _UNPACK)),
    (0, b"7z\xbc\xaf\x27\x1c", Foreign("a 7-Zip archive", _UNPACK)),
    (0, b"Rar!\x1a\x07", Foreign("a RAR archive", _UNPACK)),
    (257, b"ustar", Foreign("a tar archive", _UNPACK)),
    (0, b"PAR1", Foreign("a Parquet table", _OTHER)),
    (0, b"ARROW1", Foreign("an Arrow table", _OTHER)),
    (0, b"SQLite format 3\x00", Foreign("an SQLite database", _OTHER)),
    (0, b"%PDF-", Foreign("a PDF document", _OTHER)),
    (0, b"\x89PNG\r\n\x1a\n", Foreign("a picture (PNG)", _OTHER)),
    (0, b"\xff\xd8\xff", Foreign("a picture (JPEG)", _OTHER)),
    (0, b"GIF8", Foreign("a picture (GIF)", _OTHER)),
    (0, b"\x7fELF", Foreign("a program or library", _OTHER)),
    (0, b"MZ\x90\x00", Foreign("a program or library of Windows", _OTHER)),
)
_FROZEN_GRAPH = re.compile(rb"\n.{1,3}\n.{1,200}?\x12.(Placeholder|Const|VariableV2)", re.DOTALL)
# From protocol 2 on a mark and its number; before, lines of text.
_PICKLE = re.compile(
    rb"\x80[\x02-\x05]|\(?[dl]p\d+\n|[\]}]q\x00"
    rb"|\(?[ci](__main__|builtins|__builtin__|copy_?reg|collections|(numpy|pandas|sklearn|torch)[\w.]*)\n"
)
# Possessive: what stands before the first tag can be read in one way alone.
_WEB_PAGE = re.compile(
    r"(?:(?:<\?xml[^>]*+>|<!--(?:[^-]|-(?!->))*+-->)\s*+)*+<(?:!doctype html|html|head|body)\b"
)
# The number that older PyTorch begins with, as its pickle writes it.
_OLD_PYTORCH = b"\x8a\nl\xfc\x9cF\xf9 j\xa8P\x19"
_LAYERS = 3
_SAFETENSORS_HEADER = 100_000_000
_LETTERS = string.ascii_letters + " "
_CONTROLS = frozenset(range(32)) - frozenset(b"\t\n\r\f\x1b")


def recognise(file: BinaryIO, *, layers: int = _LAYERS) -> Foreign | None:
    """Return what a file is, where it is of a kind that is known and no ONNX; else None.

    Args:
        file: one that can be sought; it is read from its beginning.
        layers: of packing that are opened; a file can be packed so that it unpacks to itself.
    """
    file.seek(0)
    head = file.read(HEAD)
    if not head:
        return Foreign("empty", _AGAIN)
    if not head.strip(b"\0"):
        return Foreign("a file of zeros: it was made, but never filled", _AGAIN)
    if head.startswith((b"PK\x03\x04", b"PK\x05\x06")):
        return _archive(file)
    if _PICKLE.match(head):
        return _pickle(head)
    for place, magic, foreign in _SIGNATURES:
        if head.startswith(magic, place):
            return foreign
    for name, bits in (("gzip", 31), ("zlib", 15)):
        if unpacked := _unpacked(head, bits):
            opened = layers > 0 and not unpacked.startswith(b"PK")
            inner = recognise(io.BytesIO(unpacked), layers=layers - 1) if opened else None
            what = f"{inner.what}, packed with {name}" if inner else f"packed with {name}"
            return Foreign(what, inner.hint if inner else _UNPACK)
    if _FROZEN_GRAPH.match(head):
        return Foreign("a graph of TensorFlow 1 (.pb)")
    if head[8:9] == b"{" and 2 <= int.from_bytes(head[:8], "little") <= _SAFETENSORS_HEADER:
        return Foreign("a file of weights (.safetensors)")
    return _text(head)


def recognise_folder(path: Path) -> Foreign | None:
    """Return what a folder without a model of its own is, or holds; None where it is of no known kind."""
    try:
        names = {entry.name for entry in path.iterdir()}
        nested = sorted(inner.parent for inner in path.glob("*/best.onnx"))
    except OSError:
        return None
    if names & {"saved_model.pb", "saved_model.pbtxt"}:
        return Foreign("a TensorFlow SavedModel", _SAVED_MODEL)
    if "config.json" in names and names & {"model.safetensors", "pytorch_model.bin", "tf_model.h5"}:
        return Foreign("a Hugging Face model")
    if "MLmodel" in names:
        return Foreign("an MLflow model")
    if "checkpoint" in names and any(name.endswith(".index") for name in names):
        return Foreign("a TensorFlow checkpoint")
    if "recipe.toml" in names and "environment.json" in names:
        return Foreign(
            "a run that has no model yet: its first epoch was not finished", f"opinia train --resume {path}"
        )
    models = sorted(name for name in names if name.endswith(".onnx"))
    found = [path / name for name in models] or nested
    if found:
        more = f" and {len(found) - 1} more" if len(found) > 1 else ""
        return Foreign(
            f"a folder, which holds {found[0].name}{more}", f"name one of them, such as {found[0]}"
        )
    return None


def _unpacked(head: bytes, bits: int) -> bytes:
    """Return the first bytes of what zlib has packed; none where it has not."""
    try:
        return zlib.decompressobj(bits).decompress(head, HEAD)
    except zlib.error:
        return b""


def _archive(file: BinaryIO) -> Foreign:
    import zipfile

    try:
        with zipfile.ZipFile(file) as archive:
            names = archive.namelist()
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError):
        return Foreign("a zip archive that breaks off or is damaged", _AGAIN)
    leaves = {name.rpartition("/")[2] for name in names}
    if "model.weights.h5" in names and "config.json" in names:
        return KERAS
    if "model.weights.h5" in leaves:
        return Foreign("a zip archive with a Keras model in a folder", _UNPACK_KERAS)
    if "data.pkl" in leaves:
        is_script = "constants.pkl" in leaves
        return Foreign("a TorchScript model (.pt)" if is_script else "a file of PyTorch (.pt)")
    if names and all(name.endswith(".npy") for name in names):
        return Foreign("arrays of NumPy (.npz)")
    if "saved_model.pb" in leaves:
        return Foreign("a TensorFlow SavedModel in a zip archive", _SAVED_MODEL)
    if "[Content_Types].xml" in names:
        return Foreign("an office document", _OTHER)
    models = [name for name in names if name.endswith(".onnx")]
    return Foreign(f"a zip archive{_holding(models or names)}", _UNPACK)


def _holding(names: Sequence[str]) -> str:
    if not names:
        return " without anything in it"
    shown = "".join(letter if letter.isprintable() else "?" for letter in names[0][-60:])
    return f" that holds {shown}" + (f" and {len(names) - 1} more" if len(names) > 1 else "")


def _pickle(head: bytes) -> Foreign:
    if _OLD_PYTORCH in head[:32] or b"torch" in head:
        return Foreign("a file of PyTorch (.pt, .pth), which is a pickle")
    if b"sklearn" in head:
        return Foreign("a model of scikit-learn, which is a pickle")
    return Foreign("a pickle of Python, which is never opened")


def _text(head: bytes) -> Foreign | None:
    if head.startswith((b"\xff\xfe", b"\xfe\xff")):
        return Foreign("text in UTF-16", _OTHER)
    try:
        text = codecs.getincrementaldecoder("utf-8-sig")().decode(head)  # the last letter may be cut
    except UnicodeDecodeError:  # another encoding, or no text
        text = head.decode("latin-1")
        if sum(map(text[:4096].count, _LETTERS)) < 0.6 * len(text[:4096]):
            return None
    if _CONTROLS.intersection(head):
        return None
    start = text.lstrip()[:4096].lower()
    if start.startswith("version https://git-lfs.github.com/spec/"):
        return Foreign("a pointer of Git LFS, which stands for a file that was not fetched", "git lfs pull")
    if len(text) < 1024 and "/annex/objects/" in text:
        return Foreign(
            "a pointer of git-annex, which stands for a file that was not fetched", "git annex get"
        )
    if _WEB_PAGE.match(start):
        return Foreign("a web page (HTML)", "the address was that of a page: download the file itself")
    if start.startswith("<"):
        return Foreign("XML", _OTHER)
    if start.startswith(("{", "[")):
        return _json(start)
    return Foreign("text", _OTHER)


def _json(start: str) -> Foreign:
    if '"class_name"' in start and '"config"' in start:
        return Foreign("JSON, such as Keras's description of a network, without weights")
    if '"modeltopology"' in start:
        return Foreign("JSON, the first file of a TensorFlow.js model")
    return Foreign("JSON", _OTHER)
