"""A model on its way to other processes: as the bytes of its file, or of both, and opened once in each."""

from __future__ import annotations

import pickle
import threading
from dataclasses import dataclass, field

from opinia.errors import ModelFileError
from opinia.model.classifier import Classifier

_opened: dict[str, Classifier] = {}
_opening = threading.Lock()


@dataclass(frozen=True)
class Shipped:
    """A model as bytes; no session of ONNX Runtime is among them.

    Args:
        sha256: digest of the model file; of two models both, with + between.
        content: the classifier as :meth:`opinia.model.classifier.Classifier.__getstate__` gives it.
    """

    sha256: str
    content: bytes = field(repr=False)


def ship(model: Classifier) -> Shipped:
    """Return a model as bytes; where they are opened, one thread runs it.

    Raises:
        ModelFileError: its file has been changed or deleted since it was read.
    """
    state = {**model.__getstate__(), "threads": 1}
    return Shipped(model.sha256, pickle.dumps((type(model), state)))


def opened(shipped: Shipped) -> Classifier:
    """Return the classifier of a model that was shipped; a process opens each model once.

    Raises:
        ModelFileError: it is damaged, or another than was shipped.
    """
    with _opening:
        found = _opened.get(shipped.sha256)
        if found is None:
            kind, state = pickle.loads(shipped.content)  # noqa: S301 - from the process that asks for the work
            found = kind(**state)
            if found.sha256 != shipped.sha256:
                raise ModelFileError("the model that came is another than was sent", hint="run it again")
            _opened[shipped.sha256] = found
        return found
