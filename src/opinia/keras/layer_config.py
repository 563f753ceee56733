"""One layer of a Keras model: what its configuration says, and where its weights are."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from opinia.errors import ModelFileError
from opinia.keras.archive import AGAIN, Archive
from opinia.keras.hdf5 import Hdf5Error
from opinia.system.printable import one_line, quoted

MOST_UNITS = 1 << 16
_OWN_MODULES = ("keras", "keras.layers", "builtins")
_FLOAT32 = ("float32", None)


class Refusal(ModelFileError):
    """A layer that is not read."""

    @classmethod
    def of(cls, layer: Layer, what: str, accepted: str) -> Refusal:
        """Return the refusal of a layer.

        Args:
            layer: which one.
            what: it has that is not read.
            accepted: what would be.
        """
        named = f"the layer {quoted(layer.name[:60])} ({one_line(layer.kind, 60)})"
        return cls(
            f"{layer.archive.name} has {named}, of which {one_line(what, 200)} is not read",
            hint=f"what is read: {accepted}",
        )


@dataclass(frozen=True)
class Layer:
    """One layer.

    Args:
        archive: that it is in.
        kind: its class, such as ``"LSTM"``.
        name: its own.
        config: of it.
        path: of its weights in the archive, such as ``"layers/lstm"``.
        prefix: of the names of its weights in the graph; None where the path gives it.
    """

    archive: Archive
    kind: str
    name: str
    config: Mapping[str, Any]
    path: str
    prefix: str | None = None

    def weight_name(self) -> str:
        """Return what the names of its weights begin with."""
        if self.prefix is not None:
            return self.prefix
        return re.sub(r"\W+", "_", self.path.removeprefix("layers/")) + "_"

    def inner(self, key: str, path: str) -> Layer:
        """Return a layer that stands in the configuration of this one."""
        return read_layer(self.archive, self.config.get(key), f"{self.path}/{path}")

    def whole(self, key: str, config: Mapping[str, Any] | None = None, *, most: int = MOST_UNITS) -> int:
        """Return a whole number of the configuration, from 1 up."""
        value = (self.config if config is None else config).get(key)
        if type(value) is not int or not 1 <= value <= most:
            raise Refusal.of(self, f"{key}={str(value)[:40]}", f"a whole number from 1 to {most:,}")
        return value

    def array(self, place: str, name: str, shape: tuple[int, ...]) -> NDArray[np.float32]:
        """Return weights of the archive.

        Args:
            place: of what holds them, such as the path of the layer.
            name: of the weights there, such as ``"0"``.
            shape: that the configuration asks for.

        Raises:
            ModelFileError: they are missing, broken, or of another shape.
        """
        path = f"{place}/vars/{name}"
        try:
            found = self.archive.weights.array(path)
        except Hdf5Error as error:
            raise self._broken(str(error)) from error
        if found is None:
            raise self._broken(f"there are no weights at {path}")
        if found.shape != shape:
            raise self._broken(f"the weights at {path} have the shape {found.shape} and not {shape}")
        return found

    def _broken(self, reason: str) -> ModelFileError:
        return ModelFileError(
            f"the weights of {self.archive.name} cannot be read: {one_line(reason, 200)}", hint=AGAIN
        )


def read_layer(archive: Archive, value: object, path: str) -> Layer:
    """Return a layer as Keras serialises it.

    Raises:
        ModelFileError: it is none of Keras's own, or computes in another kind of number than 32 bits.
    """
    if not isinstance(value, dict) or not isinstance(value.get("class_name"), str):
        raise broken(archive, "a layer without a class")
    config = value.get("config")
    if not isinstance(config, dict):
        raise broken(archive, f"the layer {value['class_name'][:60]!r} without a configuration")
    name = config.get("name", value.get("name", value["class_name"]))
    layer = Layer(archive, value["class_name"], str(name), config, path)
    module, registered = value.get("module"), value.get("registered_name")
    is_own = module in (*_OWN_MODULES, None) or str(module).startswith(("keras.src.", "keras.layers."))
    if not is_own or (registered is not None and registered != layer.kind):
        raise Refusal.of(layer, "code of its own", "layers of Keras itself; nothing of a file is run")
    if layer.kind == "Lambda":
        raise Refusal.of(layer, "code", "layers of Keras itself; nothing of a file is run")
    dtype = config.get("dtype")
    if isinstance(dtype, dict):
        inner = dtype.get("config")
        dtype = inner.get("name") if isinstance(inner, dict) else str(dtype.get("class_name"))
    is_operation = str(module).startswith("keras.src.ops.")
    if (
        dtype not in _FLOAT32
        and not is_operation
        and layer.kind not in ("InputLayer", "TextVectorization", "StringLookup")
    ):
        raise Refusal.of(layer, f"dtype={str(dtype)[:40]}", "float32")
    for key in ("lora_rank", "quantization_config"):
        if config.get(key) is not None:
            raise Refusal.of(layer, key, "layers without it")
    return layer


def broken(archive: Archive, reason: str) -> ModelFileError:
    """Return the error for a configuration that Keras would not have written."""
    shown = one_line(reason, 300)
    return ModelFileError(f"{archive.name} is a Keras model that cannot be read: {shown}", hint=AGAIN)
