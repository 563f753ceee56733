"""The one-file model: an ONNX graph with everything needed to use it in its metadata.

The graph takes ``ids (batch, time) int32`` and ``lengths (batch,) int32`` and gives uncalibrated
``logits (batch, 1)`` for two labels, the logit of the second, or ``(batch, n)`` for n labels. The
metadata entry ``opinia`` is a JSON object with the tokenizer, the labels, the temperature that the
logits are divided by, and the model card. There is no pickle and no second file.
"""

from __future__ import annotations

import copy
import dataclasses
import hashlib
import json
import math
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeGuard

import numpy as np

from opinia.errors import MissingExtraError, ModelFileError
from opinia.externaldata import REPLACE_IT, refuse_external_data
from opinia.files import write_atomically
from opinia.modelbytes import ModelBytes, Source, read_bytes
from opinia.text import Tokenizer

if TYPE_CHECKING:
    from onnx import ModelProto
    from onnxruntime import InferenceSession

FORMAT = 1
METADATA_KEY = "opinia"
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
        session: the graph, ready to run, on the one thread that calls it.
        description: tokenizer, labels, temperature and card.
        path: where it was read from; None where it came as bytes or as an open file.
        sha256: digest of the file, 64 hexadecimal digits.
        size: bytes of the file.
        content: of the file, where no path leads to it.
    """

    session: InferenceSession
    description: Description
    path: Path | None
    sha256: str
    size: int
    content: bytes | None = field(default=None, repr=False)

    def to_bytes(self) -> bytes:
        """Return the model file.

        Raises:
            ModelFileError: it has been changed or deleted since it was read.
        """
        content = self.content
        try:
            if content is None and self.path is not None:
                content = self.path.read_bytes()
        except OSError as error:
            raise self._gone(error.strerror or str(error)) from error
        if content is None or hashlib.sha256(content).hexdigest() != self.sha256:
            raise self._gone("it is not the file that was read")
        return content

    def _gone(self, reason: str) -> ModelFileError:
        return ModelFileError(
            f"the model file {self.path}, which pickling needs, is no longer there: {reason}",
            hint="load it anew, or load it from its bytes, which are kept: opinia.load(path.read_bytes())",
        )

    def __reduce__(self) -> tuple[Any, ...]:
        """Pickle the model as its file: sessions of ONNX Runtime cannot be pickled."""
        return _restored, (self.to_bytes(), self.path, self.description)

    def __copy__(self) -> Model:
        """Return the model itself, which never changes."""
        return self

    def __deepcopy__(self, memo: dict[int, Any]) -> Model:
        """Return a model with a description of its own, and the same session, which threads may share."""
        return dataclasses.replace(self, description=copy.deepcopy(self.description, memo))


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


def read_model(source: Source) -> Model:
    """Read and check a model.

    Args:
        source: a path; or the bytes of a model file, or one that is open in binary mode.

    Raises:
        ModelFileError: the file is missing, truncated, foreign, too new, too large or inconsistent.
    """
    return _checked(read_bytes(source))


def _checked(read: ModelBytes) -> Model:
    name, content = read.name, read.content
    refuse_external_data(name, content)
    session = _open_session(name, content)
    try:
        description = _read_description(name, session)
        _check_graph(name, session, description)
    except UnicodeDecodeError as error:  # ONNX Runtime decodes names and metadata as they are asked for
        raise ModelFileError(f"{name} is damaged: its metadata is not UTF-8 ({error.reason})") from error
    digest = hashlib.sha256(content).hexdigest()
    kept = content if read.path is None else None
    return Model(session, description, read.path, digest, len(content), kept)


def _restored(content: bytes, path: Path | None, description: Description) -> Model:
    """Return a model that comes out of a pickle, perhaps where its path leads nowhere."""
    model = _checked(ModelBytes(content, str(path or "a pickled model"), path))
    return dataclasses.replace(model, description=description, content=content)


def _open_session(name: str, content: bytes) -> InferenceSession:
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
            f"{name} is not a model that can be opened ({len(content):,} bytes): {reason}",
            hint=REPLACE_IT,
        ) from error


def _read_description(name: str, session: InferenceSession) -> Description:
    entry = session.get_modelmeta().custom_metadata_map.get(METADATA_KEY)
    if entry is None:
        raise ModelFileError(
            f"{name} is an ONNX model, but not one of opinia's: its metadata has no {METADATA_KEY!r}",
            hint="train one with `opinia train`",
        )
    try:
        values = json.loads(entry)
        version = values["format"]
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise ModelFileError(f"the metadata of {name} is damaged: {error!r}") from error
    if version != FORMAT:
        raise ModelFileError(
            f"{name} has format {version!r}; this version reads format {FORMAT}",
            hint="a newer opinia reads it: update yours",
        )
    try:
        tokenizer = Tokenizer.from_config(values["tokenizer"])
        labels, temperature, card = values["labels"], float(values["temperature"]), values["card"]
    except (KeyError, TypeError, ValueError, AttributeError, OverflowError) as error:
        raise ModelFileError(f"the metadata of {name} is damaged: {error!r}") from error
    if not (math.isfinite(temperature) and temperature > 0):
        raise ModelFileError(f"{name} has an impossible temperature. Received: {temperature}")
    if not _are_labels(labels):
        raise ModelFileError(f"{name} must name at least two different labels. Received: {labels!r}")
    if not isinstance(card, dict):
        raise ModelFileError(f"the card of {name} must be a JSON object. Received: {type(card).__name__}")
    return Description(tokenizer, tuple(labels), temperature, card)


def _are_labels(labels: object) -> TypeGuard[list[str]]:
    if not isinstance(labels, list) or not all(isinstance(label, str) for label in labels):
        return False
    return len(labels) >= 2 and len(set(labels)) == len(labels)


def _check_graph(name: str, session: InferenceSession, description: Description) -> None:
    """Run the graph once on the highest id, to see that graph and description belong together."""
    inputs = {value.name: value.type for value in session.get_inputs()}
    outputs = {value.name: value.type for value in session.get_outputs()}
    expected_names = {"ids": "tensor(int32)", "lengths": "tensor(int32)"}
    if inputs != expected_names or outputs != {"logits": "tensor(float)"}:
        raise ModelFileError(
            f"the graph of {name} must take ids and lengths (int32) and give logits (float). "
            f"Received: {inputs} and {outputs}"
        )
    highest = len(description.tokenizer) - 1
    feed = {"ids": np.array([[highest]], np.int32), "lengths": np.array([1], np.int32)}
    try:
        (logits,) = session.run(None, feed)
    except Exception as error:  # ONNX Runtime's errors share no base class
        raise ModelFileError(f"graph and vocabulary of {name} do not belong together") from error
    expected = 1 if len(description.labels) == 2 else len(description.labels)
    if logits.shape != (1, expected) and logits.shape != (1, len(description.labels)):
        raise ModelFileError(
            f"{name} names {len(description.labels)} labels, but its graph gives logits {logits.shape}"
        )
    declared = session.get_outputs()[0].shape
    if declared[1:] != [logits.shape[1]]:
        raise ModelFileError(f"the graph of {name} gives logits {logits.shape}, but declares {declared}")
    if not np.isfinite(logits).all():
        raise ModelFileError(
            f"the graph of {name} gives logits that are not finite. Received: {logits.tolist()}",
            hint="its weights are damaged, or its training failed: copy or train it again",
        )
