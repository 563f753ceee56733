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
from typing import TYPE_CHECKING, Any

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
        session: the graph, ready to run.
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


def read_model(path: Path, *, threads: int = 0) -> Model:
    """Read and check a model file.

    Args:
        path: the file.
        threads: threads of the graph's larger operators; 0 takes one a core.

    Raises:
        ModelFileError: the file is missing, truncated, foreign, too new, too large or inconsistent.
    """
    content = _read_bytes(path)
    session = _open_session(path, content, threads)
    entry = session.get_modelmeta().custom_metadata_map.get(METADATA_KEY)
    if entry is None:
        raise ModelFileError(
            f"{path} is an ONNX model, but not one of opinia's: its metadata has no {METADATA_KEY!r}",
            hint="train one with `opinia train`",
        )
    description = _read_description(path, entry)
    _check_graph(path, session, description)
    return Model(session, description, path, hashlib.sha256(content).hexdigest(), len(content))


def _read_bytes(path: Path) -> bytes:
    try:
        size = path.stat().st_size
        if path.is_dir():
            raise ModelFileError(
                f"{path} is a folder without a model", hint="name a model file (.onnx) or a run folder"
            )
        if size > MAX_BYTES:
            raise ModelFileError(
                f"{path} is too large for a model: {size:,} bytes, at most {MAX_BYTES:,} are read"
            )
        return path.read_bytes()
    except FileNotFoundError as error:
        raise ModelFileError(
            f"there is no model at {path}", hint="name a model file (.onnx) or a run folder"
        ) from error
    except OSError as error:
        raise ModelFileError(f"{path} cannot be read: {error.strerror or error}") from error


def _open_session(path: Path, content: bytes, threads: int) -> InferenceSession:
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.log_severity_level = 4
    options.intra_op_num_threads = threads
    # A graph must not make the reader open other files: with this folder named, external data is
    # looked for where there can be none.
    options.add_session_config_entry("session.model_external_initializers_file_folder_path", "/dev/null")
    try:
        return onnxruntime.InferenceSession(content, options, providers=["CPUExecutionProvider"])
    except Exception as error:  # ONNX Runtime's errors share no base class
        reason = str(error).strip().splitlines()[0][:200]
        raise ModelFileError(
            f"{path} is not a model that can be opened ({len(content):,} bytes): {reason}",
            hint="the file may be truncated, foreign or written by a newer version: copy or train it again",
        ) from error


def _read_description(path: Path, entry: str) -> Description:
    try:
        values = json.loads(entry)
        version = values["format"]
    except (ValueError, KeyError, TypeError) as error:
        raise ModelFileError(f"the metadata of {path} is damaged: {error!r}") from error
    if version != FORMAT:
        raise ModelFileError(
            f"{path} has format {version!r}; this version reads format {FORMAT}",
            hint="pip install --upgrade opinia",
        )
    try:
        tokenizer = Tokenizer.from_config(values["tokenizer"])
        labels = tuple(str(label) for label in values["labels"])
        temperature = float(values["temperature"])
        card = dict(values["card"])
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise ModelFileError(f"the metadata of {path} is damaged: {error!r}") from error
    if not (math.isfinite(temperature) and temperature > 0):
        raise ModelFileError(f"{path} has an impossible temperature. Received: {temperature}")
    if len(labels) < 2 or len(set(labels)) != len(labels):
        raise ModelFileError(f"{path} must name at least two different labels. Received: {labels}")
    return Description(tokenizer, labels, temperature, card)


def _check_graph(path: Path, session: InferenceSession, description: Description) -> None:
    """Run the graph once on the highest id, to see that graph and description belong together."""
    names = {value.name: value.type for value in session.get_inputs()}
    outputs = [value.name for value in session.get_outputs()]
    if names != {"ids": "tensor(int32)", "lengths": "tensor(int32)"} or outputs != ["logits"]:
        raise ModelFileError(
            f"the graph of {path} must take ids and lengths (int32) and give logits. "
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
