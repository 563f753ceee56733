"""The one-file model: an ONNX graph with everything needed to use it in its metadata.

The graph takes ``ids (batch, time) int32`` and ``lengths (batch,) int32`` and gives uncalibrated
``logits (batch, 1)`` for two labels, the logit of the second, or ``(batch, n)`` for n labels. The
metadata entry ``opinia`` is a JSON object with the tokenizer, the labels, the temperature that the
logits are divided by, the model card, and a digest of the file. There is no pickle and no second file.

A file may come from a stranger: it is read and bounded here before ONNX Runtime sees it
(:mod:`opinia.graph.parse`, :mod:`opinia.graph.shapes`, :mod:`opinia.model.description`).
"""

from __future__ import annotations

import copy
import dataclasses
import hashlib
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from opinia import extras
from opinia.errors import ModelFileError, OpiniaError
from opinia.graph.parse import REPLACE_IT, GraphFile, check_graph, read_graph
from opinia.graph.shapes import ShapeError, shape_of_answers
from opinia.graph.writer import with_metadata
from opinia.model.description import (
    LABELS,
    METADATA_KEY,
    Description,
    check_digest,
    read_entry,
    to_entry,
    with_digest,
)
from opinia.model.long_texts import LongTexts
from opinia.model.runtime import Session
from opinia.model.source import ModelBytes, Source, read_bytes
from opinia.system.files import write_atomically

if TYPE_CHECKING:
    from onnx import ModelProto

    from opinia.keras.texts import Told

__all__ = ["LABELS", "METADATA_KEY", "Description", "Model", "read_model", "write_model"]

PROBES = ((1, 1), (2, 3), (3, 9))
"""Sizes ``(batch, time)`` at which a graph is run before it is taken."""
SIZES = (*PROBES, (5, 17), (64, 257), (1, 1 << 20), (1 << 26, 1), (1 << 13, 1 << 11))
"""Sizes at which is worked out what the graph would make: small and large ones, and between."""
TAKE_OURS = "load models that opinia wrote"
TOLERANCE = 0.02
"""Of a logit in a batch, against the same one alone: 8 bits of other makers are rounded by the batch."""


@dataclass(frozen=True)
class Model:
    """A model file that has been read and checked.

    Args:
        session: the graph, ready to run, on the one thread that calls it.
        description: tokenizer, labels, temperature and card.
        path: where it was read from; None where it came as bytes or as an open file.
        sha256: digest of the file, 64 hexadecimal digits.
        size: bytes of the file.
        long: the graph for texts of any length.
        content: of the file, where no path leads to it.
    """

    session: Session
    description: Description
    path: Path | None
    sha256: str
    size: int
    long: LongTexts = field(repr=False)
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
    """Write a graph, its description and a digest of both as one file, atomically.

    Raises:
        MissingExtraError: the package ``onnx`` is not installed.
        ModelFileError: no reader would take the description.
        OSError: the file cannot be written.
    """
    extras.require("writing a model file", *extras.WRITING_MODELS)
    import onnx

    entry = to_entry(path.name, description)
    model = type(graph)()
    model.CopyFrom(graph)
    onnx.helper.set_model_props(model, {METADATA_KEY: entry})
    write_atomically(path, with_digest(model.SerializeToString(), entry))


def read_model(source: Source) -> Model:
    """Read and check a model.

    Args:
        source: a path; or the bytes of a model file, or one that is open in binary mode.

    Raises:
        ModelFileError: the file is missing, truncated, foreign, too new, too large or inconsistent.
    """
    read = read_bytes(source)
    return from_keras(read) if is_keras(read) else _checked(read)


def is_keras(read: ModelBytes) -> bool:
    """Tell whether what was read is a model of Keras; other zip archives are refused before."""
    return read.content.startswith(b"PK")


def from_keras(read: ModelBytes, told: Told | None = None) -> Model:
    """Make a model of what Keras has saved: see :mod:`opinia.keras`.

    Args:
        read: the content of a ``.keras`` file.
        told: what the file leaves open, such as names of classes.

    Returns:
        The model, whose content is that of a model file of opinia.

    Raises:
        ModelFileError: it has layers that are not read, or is damaged.
        InputError: what was told does not fit.
    """
    from opinia.keras.convert import convert

    made = convert(read.name, read.content, told)
    description = Description(made.tokenizer, made.labels, 1.0, made.card)
    entry = to_entry(read.name, description)
    model = _checked(
        ModelBytes(with_digest(with_metadata(made.graph, METADATA_KEY, entry), entry), read.name, None)
    )
    return dataclasses.replace(model, path=read.path)


def _checked(read: ModelBytes) -> Model:
    name, content = read.name, read.content
    graph = read_graph(name, content)
    description, place_of_digest = read_entry(name, content, graph.metadata.get(METADATA_KEY))
    check_graph(name, graph)
    columns = _check_sizes(name, graph, description)
    session = _open_session(read)
    _check_answers(name, session, description, columns)
    if place_of_digest is not None:
        check_digest(name, content, place_of_digest)
    digest = hashlib.sha256(content).hexdigest()
    kept = content if read.path is None else None
    long = LongTexts(session, _again(read), len(description.tokenizer))
    return Model(session, description, read.path, digest, len(content), long, kept)


def _restored(content: bytes, path: Path | None, description: Description) -> Model:
    """Return a model that comes out of a pickle, perhaps where its path leads nowhere."""
    model = _checked(ModelBytes(content, str(path or "a pickled model"), None))
    return dataclasses.replace(model, description=description, path=path)


def _open_session(read: ModelBytes) -> Session:
    name, content = read.name, read.content

    try:
        return Session(content, _again(read))
    except OpiniaError:
        raise
    except Exception as error:  # ONNX Runtime's errors share no base class
        reason = (str(error).strip() or type(error).__name__).splitlines()[0][:200]
        raise ModelFileError(
            f"{name} is not a model that can be opened ({len(content):,} bytes): {reason}",
            hint=REPLACE_IT,
        ) from error


def _again(read: ModelBytes) -> Callable[[], bytes]:
    """Return what reads a model once more, for a forked process that has to open it anew."""
    if read.path is None:
        content = read.content
        return lambda: content
    whole, digest = (
        read.path.absolute(),
        hashlib.sha256(read.content).digest(),
    )  # whoever forks may change folder

    def read_again() -> bytes:
        again = read_bytes(whole).content
        if hashlib.sha256(again).digest() != digest:
            raise ModelFileError(
                f"{whole} is another model than when it was loaded, before this process was forked",
                hint="load it again in the forked process",
            )
        return again

    return read_again


def _check_sizes(name: str, graph: GraphFile, description: Description) -> int:
    """Work out what the graph makes of batches of several sizes, and return the columns of its logits."""
    columns = set[int]()
    for batch, time in SIZES:
        try:
            shape = shape_of_answers(graph, batch, time)
        except ShapeError as error:
            raise ModelFileError(f"the graph of {name} is refused: {error}", hint=TAKE_OURS) from error
        if len(shape) != 2 or shape[0] != batch:
            raise ModelFileError(
                f"the graph of {name} must give logits (batch, n), and gives {shape} for {batch} texts"
            )
        columns.add(shape[1])
    labels = len(description.labels)
    if not columns <= {labels, 1 if labels == 2 else labels} or len(columns) > 1:
        raise ModelFileError(
            f"{name} names {labels} labels, but its graph gives logits of {sorted(columns)} columns"
        )
    return columns.pop()


def _check_answers(name: str, session: Session, description: Description, columns: int) -> None:
    """Run the graph on a few batches, to see that graph and description belong together.

    The highest id is in the vocabulary, each text has a row of finite numbers, and a text's answer is the
    same alone as in a batch, but for rounding.
    """
    declared = session.get_outputs()[0].shape
    if declared[1:] != [columns]:
        raise ModelFileError(f"the graph of {name} gives logits (batch, {columns}), but declares {declared}")
    words = len(description.tokenizer)
    for batch, time in PROBES:
        lengths = (time - np.arange(batch) % time).astype(np.int32)
        ids = (words - 1 - np.arange(batch * time) * 7919 % words).astype(np.int32).reshape(batch, time)
        ids[np.arange(time) >= lengths[:, None]] = 0
        together = _logits(name, session, ids, lengths, columns)
        if batch == 2:
            alone = [_logits(name, session, ids[[row]], lengths[[row]], columns)[0] for row in range(batch)]
            if np.abs(together - alone).max() > TOLERANCE * (1 + np.abs(together).max()):
                raise ModelFileError(
                    f"the graph of {name} mixes texts: its answer to a text hangs on those beside it",
                    hint=TAKE_OURS,
                )


def _logits(
    name: str, session: Session, ids: NDArray[np.int32], lengths: NDArray[np.int32], columns: int
) -> NDArray[np.float32]:
    try:
        (logits,) = session.run(None, {"ids": ids, "lengths": lengths})
    except Exception as error:  # ONNX Runtime's errors share no base class
        raise ModelFileError(f"graph and vocabulary of {name} do not belong together") from error
    if logits.shape != (len(ids), columns):
        raise ModelFileError(
            f"the graph of {name} must give logits {(len(ids), columns)}, and gives {logits.shape}"
        )
    if not np.isfinite(logits).all():
        raise ModelFileError(
            f"the graph of {name} gives logits that are not finite. Received: {logits[:2].tolist()}",
            hint="its weights are damaged, or its training failed: copy or train it again",
        )
    return logits  # type: ignore[no-any-return]
