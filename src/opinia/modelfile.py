"""The one-file model: an ONNX graph with everything needed to use it in its metadata.

The graph takes ``ids (batch, time) int32`` and ``lengths (batch,) int32`` and gives uncalibrated
``logits (batch, 1)`` for two labels, the logit of the second, or ``(batch, n)`` for n labels. The
metadata entry ``opinia`` is a JSON object with the tokenizer, the labels, the temperature that the
logits are divided by, and the model card. There is no pickle and no second file.
"""

from __future__ import annotations

import hashlib
import json
import math
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeGuard

import numpy as np

from opinia.errors import MissingExtraError, ModelFileError
from opinia.files import write_atomically
from opinia.text import Tokenizer

if TYPE_CHECKING:
    from onnx import ModelProto
    from onnxruntime import InferenceSession

FORMAT = 1
METADATA_KEY = "opinia"
MAX_BYTES = 1 << 30
LABELS = ("negative", "positive")

_REPLACE_IT = "the file may be truncated, foreign or written by a newer version: copy or train it again"

# ONNX is a protobuf message: of its fields only the metadata is known here, and how long each is.
_METADATA_FIELD = 14
_LENGTH_DELIMITED = 2
_FIXED_WIDTHS = {1: 8, 5: 4}


@dataclass(frozen=True)
class Description:
    """What a model file says beside its graph.

    Args:
        tokenizer: turns a text into the ids that the graph reads.
        labels: machine names of the classes, in the order of the probabilities.
        temperature: the logits are divided by it; above 0, and 1 for an uncalibrated model.
        card: what a person wants to know of the model, as a JSON object.
    """

    tokenizer: Tokenizer
    labels: tuple[str, ...] = LABELS
    temperature: float = 1.0
    card: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Model:
    """A model file that has been read and checked.

    Args:
        session: the graph, ready to run, on the one thread that calls it.
        description: tokenizer, labels, temperature and card.
        path: where it was read from.
        sha256: digest of the file, 64 hexadecimal digits.
        size: bytes of the file.
    """

    session: InferenceSession
    description: Description
    path: Path
    sha256: str
    size: int


def write_model(path: Path, graph: ModelProto, description: Description) -> None:
    """Write a graph and its description as one file, atomically.

    Raises:
        MissingExtraError: the package ``onnx`` is not installed.
        OSError: the file cannot be written.
    """
    try:
        import onnx
    except ImportError as error:
        raise MissingExtraError("writing a model file", "train") from error
    entry = {
        "format": FORMAT,
        "tokenizer": description.tokenizer.to_config(),
        "labels": list(description.labels),
        "temperature": description.temperature,
        "card": description.card,
    }
    model = type(graph)()
    model.CopyFrom(graph)
    onnx.helper.set_model_props(model, {METADATA_KEY: json.dumps(entry, ensure_ascii=False)})
    write_atomically(path, model.SerializeToString())


def read_model(path: Path) -> Model:
    """Read and check a model file.

    Args:
        path: the file.

    Raises:
        ModelFileError: the file is missing, truncated, foreign, too new, too large or inconsistent.
    """
    content = _read_bytes(path)
    _refuse_external_data(path, content)
    session = _open_session(path, content)
    try:
        description = _read_description(path, session)
        _check_graph(path, session, description)
    except UnicodeDecodeError as error:  # ONNX Runtime decodes names and metadata as they are asked for
        raise ModelFileError(f"{path} is damaged: its metadata is not UTF-8 ({error.reason})") from error
    return Model(session, description, path, hashlib.sha256(content).hexdigest(), len(content))


def _read_bytes(path: Path) -> bytes:
    try:
        size = path.stat().st_size
        if path.is_dir():
            raise ModelFileError(
                f"{path} is a folder without a model", hint="name a model file (.onnx) or a run folder"
            )
        if not path.is_file():  # reading a pipe or a device might never end
            raise ModelFileError(f"{path} is not a regular file", hint="name a model file (.onnx)")
        if size > MAX_BYTES:
            raise ModelFileError(
                f"{path} is too large for a model: {size:,} bytes, at most {MAX_BYTES:,} are read"
            )
        return path.read_bytes()
    except FileNotFoundError as error:
        raise ModelFileError(
            f"there is no model at {path}", hint="name a model file (.onnx) or a run folder"
        ) from error
    except (OSError, ValueError) as error:  # a NUL in the name is a ValueError
        reason = error.strerror if isinstance(error, OSError) and error.strerror else error
        raise ModelFileError(f"{str(path)!r} cannot be read: {reason}") from error


def _refuse_external_data(path: Path, content: bytes) -> None:
    """Refuse a graph that would make ONNX Runtime open other files, which older ones do anywhere.

    Weights kept elsewhere are named under the key ``location``, so no part of the file but the
    metadata, where it may be a word of the vocabulary, can hold it.
    """
    place = 0
    try:
        while place < len(content):
            key, start = _varint(content, place)
            if key & 7 == _LENGTH_DELIMITED:
                length, start = _varint(content, start)
                place = start + length
            elif key & 7 == 0:
                _, place = _varint(content, start)
            else:
                place = start + _FIXED_WIDTHS[key & 7]
            if key >> 3 != _METADATA_FIELD and content.find(b"location", start, place) >= 0:
                raise ModelFileError(
                    f"{path} keeps weights in another file, which is never read",
                    hint="a model is one file: write it again with its weights inside",
                )
        broken = place > len(content)
    except (IndexError, KeyError):
        broken = True
    if broken or not content:
        raise ModelFileError(
            f"{path} is not a model that can be opened ({len(content):,} bytes): it breaks off or is no ONNX",
            hint=_REPLACE_IT,
        )


def _varint(content: bytes, place: int) -> tuple[int, int]:
    """Return a number of the protobuf wire format, and the place behind it."""
    value = 0
    for shift in range(0, 70, 7):
        byte = content[place]
        place += 1
        value |= (byte & 0x7F) << shift
        if byte < 0x80:
            return value, place
    raise IndexError("a number of more than ten bytes")


def _open_session(path: Path, content: bytes) -> InferenceSession:
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.log_severity_level = 4
    options.intra_op_num_threads = 1  # several threads wait for each other at every step of an LSTM
    options.enable_mem_pattern = False  # each batch has another shape, and a plan kept for each adds up
    try:
        # Its fallback would print on standard output and try the same again.
        return onnxruntime.InferenceSession(
            content, options, providers=["CPUExecutionProvider"], enable_fallback=0
        )
    except Exception as error:  # ONNX Runtime's errors share no base class
        reason = (str(error).strip() or type(error).__name__).splitlines()[0][:200]
        raise ModelFileError(
            f"{path} is not a model that can be opened ({len(content):,} bytes): {reason}",
            hint=_REPLACE_IT,
        ) from error


def _read_description(path: Path, session: InferenceSession) -> Description:
    entry = session.get_modelmeta().custom_metadata_map.get(METADATA_KEY)
    if entry is None:
        raise ModelFileError(
            f"{path} is an ONNX model, but not one of opinia's: its metadata has no {METADATA_KEY!r}",
            hint="train one with `opinia train`",
        )
    try:
        values = json.loads(entry)
        version = values["format"]
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise ModelFileError(f"the metadata of {path} is damaged: {error!r}") from error
    if version != FORMAT:
        raise ModelFileError(
            f"{path} has format {version!r}; this version reads format {FORMAT}",
            hint="a newer opinia reads it: update yours",
        )
    try:
        tokenizer = Tokenizer.from_config(values["tokenizer"])
        labels, temperature, card = values["labels"], float(values["temperature"]), values["card"]
    except (KeyError, TypeError, ValueError, AttributeError, OverflowError) as error:
        raise ModelFileError(f"the metadata of {path} is damaged: {error!r}") from error
    if not (math.isfinite(temperature) and temperature > 0):
        raise ModelFileError(f"{path} has an impossible temperature. Received: {temperature}")
    if not _are_labels(labels):
        raise ModelFileError(f"{path} must name at least two different labels. Received: {labels!r}")
    if not isinstance(card, dict):
        raise ModelFileError(f"the card of {path} must be a JSON object. Received: {type(card).__name__}")
    return Description(tokenizer, tuple(labels), temperature, card)


def _are_labels(labels: object) -> TypeGuard[list[str]]:
    if not isinstance(labels, list) or not all(isinstance(label, str) for label in labels):
        return False
    return len(labels) >= 2 and len(set(labels)) == len(labels)


def _check_graph(path: Path, session: InferenceSession, description: Description) -> None:
    """Run the graph once on the highest id, to see that graph and description belong together."""
    names = {value.name: value.type for value in session.get_inputs()}
    outputs = {value.name: value.type for value in session.get_outputs()}
    expected_names = {"ids": "tensor(int32)", "lengths": "tensor(int32)"}
    if names != expected_names or outputs != {"logits": "tensor(float)"}:
        raise ModelFileError(
            f"the graph of {path} must take ids and lengths (int32) and give logits (float). "
            f"Received: {names} and {outputs}"
        )
    highest = len(description.tokenizer) - 1
    feed = {"ids": np.array([[highest]], np.int32), "lengths": np.array([1], np.int32)}
    try:
        (logits,) = session.run(None, feed)
    except Exception as error:  # ONNX Runtime's errors share no base class
        raise ModelFileError(f"graph and vocabulary of {path} do not belong together") from error
    expected = 1 if len(description.labels) == 2 else len(description.labels)
    if logits.shape != (1, expected) and logits.shape != (1, len(description.labels)):
        raise ModelFileError(
            f"{path} names {len(description.labels)} labels, but its graph gives logits {logits.shape}"
        )
    declared = session.get_outputs()[0].shape
    if declared[1:] != [logits.shape[1]]:
        raise ModelFileError(f"the graph of {path} gives logits {logits.shape}, but declares {declared}")
    if not np.isfinite(logits).all():
        raise ModelFileError(
            f"the graph of {path} gives logits that are not finite. Received: {logits.tolist()}",
            hint="its weights are damaged, or its training failed: copy or train it again",
        )
