"""From a ``.keras`` file to a model file of opinia, without Keras, TensorFlow or the package ``onnx``."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from opinia.errors import InputError, ModelFileError
from opinia.graph.parse import Node
from opinia.graph.writer import INT32, write_graph
from opinia.keras.archive import Archive, read_archive
from opinia.keras.emit import Graph, NeedsPaddingError, Reading, Value
from opinia.keras.layer_config import broken, read_layer
from opinia.keras.network import Network
from opinia.keras.texts import Told
from opinia.text.language import vocabulary_language
from opinia.text.tokenizer import UNKNOWN_ID, Tokenizer

IR_VERSION, OPSET = 8, 17
LABELS = ("negative", "positive")
CROSS_ENTROPIES = frozenset(
    (
        "binary_crossentropy",
        "categorical_crossentropy",
        "sparse_categorical_crossentropy",
        "binary_focal_crossentropy",
    )
)
_COMMON = 500


@dataclass(frozen=True)
class Converted:
    """A model of Keras as opinia has models.

    Args:
        graph: an ONNX file without metadata.
        tokenizer: turns texts into ids.
        labels: names of the classes.
        card: what the file says of itself.
        said: what was assumed, for people; empty where the file says all.
    """

    graph: bytes
    tokenizer: Tokenizer
    labels: tuple[str, ...]
    card: dict[str, Any]
    said: str


def convert(name: str, content: bytes, told: Told | None = None) -> Converted:
    """Make a graph of a Keras model.

    Args:
        name: of the file, for messages.
        content: of it.
        told: what the file leaves open.

    Raises:
        ModelFileError: the file is damaged, or has layers or options that are not read; it names them.
        InputError: what was told does not fit.
    """
    archive = read_archive(name, content)
    told = told or Told()
    try:
        return _converted(archive, told, hashlib.sha256(content).hexdigest())
    except (
        KeyError,
        IndexError,
        TypeError,
        ValueError,
        AttributeError,
        ArithmeticError,
        RecursionError,
    ) as error:
        # What Keras writes does not lead here; what somebody else has put into the archive may.
        raise broken(archive, f"its configuration is of another form ({type(error).__name__})") from error


def _converted(archive: Archive, told: Told, digest: str) -> Converted:
    published = is_published(archive)
    network, value = _network(archive, told, published=published)
    reader = network.reader
    if reader is None:
        raise broken(archive, "a model that reads no text")
    logits, columns, assumed = _logits(archive, value)
    graph = network.graph
    nodes = _needed(graph, logits)
    used = {each for node in nodes for each in node.inputs}
    content = write_graph(
        nodes,
        {key: array for key, array in graph.weights.items() if key in used},
        {"ids": INT32, "lengths": INT32},
        ["logits"],
        ir_version=IR_VERSION,
        opsets={"": OPSET},
    )
    labels = _labels(archive, told, columns)
    words = reader.tokenizer
    language = vocabulary_language(words.words[:_COMMON], lambda word: words.id_of(word) != UNKNOWN_ID)
    card: dict[str, Any] = {
        "made_by": f"Keras {archive.version}".strip(),
        "keras": {"sha256": digest, "read": graph.reading.value},
        "language": language,
    }
    said = "; ".join(filter(None, (reader.said, assumed)))
    if said:
        card["keras"]["assumed"] = said
    return Converted(content, words, labels, card, said)


def _network(archive: Archive, told: Told, *, published: bool) -> tuple[Network, Value]:
    reading: Reading | None = Reading.ALONE
    tried: list[Reading] = []
    while reading is not None:
        tried.append(reading)
        network = Network(archive, told, Graph(reading), published=published)
        try:
            value = network.build()
            wanted = network.reader.readings() if network.reader is not None else (reading,)
            if reading in wanted:
                return network, value
        except NeedsPaddingError:
            wanted = network.reader.readings() if network.reader is not None else ()
        except ModelFileError:
            # A layer may refuse texts of any length, of which there are none here.
            wanted = network.reader.readings() if network.reader is not None else ()
            if reading in wanted or not wanted:
                raise
        reading = next((each for each in wanted if each not in tried), None)
    raise broken(archive, "padding that cannot be told")


def is_published(archive: Archive) -> bool:
    """Tell whether a model has the layers of the published network, as opinia names and trains them."""
    config = archive.config.get("config")
    listed = config.get("layers") if isinstance(config, dict) else None
    if archive.config.get("class_name") != "Sequential" or not isinstance(listed, list):
        return False
    layers = []
    for each in listed:
        layer = read_layer(archive, each, "")
        if layer.kind not in ("InputLayer", "Dropout"):
            layers.append(layer)
    if [layer.kind for layer in layers] != [
        "TextVectorization",
        "Embedding",
        "Bidirectional",
        "Dense",
        "Dense",
    ]:
        return False
    text, embedding, both, dense, output = (layer.config for layer in layers)
    if text.get("output_sequence_length") is not None and not embedding.get("mask_zero"):
        return False
    if text.get("output_mode", "int") != "int" or both.get("merge_mode") != "concat":
        return False
    for key in ("layer", "backward_layer"):
        inner = both.get(key)
        own = inner.get("config") if isinstance(inner, dict) else None
        if not isinstance(inner, dict) or not isinstance(own, dict) or inner.get("class_name") != "LSTM":
            return False
        usual = {
            "activation": "tanh",
            "recurrent_activation": "sigmoid",
            "return_sequences": False,
            "units": _units(both),
        }
        if any(own.get(name) != value for name, value in usual.items()):
            return False
    return dense.get("activation") == "relu" and output.get("activation") in (
        "linear",
        "sigmoid",
        "softmax",
        None,
    )


def _units(both: Mapping[str, Any]) -> object:
    layer = both.get("layer")
    config = layer.get("config") if isinstance(layer, dict) else None
    return config.get("units") if isinstance(config, dict) else None


def _logits(archive: Archive, value: Value) -> tuple[str, int, str]:
    """Return the name of the logits, their columns, and what was assumed."""
    if value.kind != "vector":
        raise ModelFileError(
            f"{archive.name} gives an output for each word: only models with one for the whole text are read",
            hint="the last recurrent layer has return_sequences=False, or a pooling stands behind it",
        )
    columns = value.features
    one_or_more = "one unit with sigmoid or none, or a unit a class with softmax or none"
    if value.last == "softmax" and value.logits is not None and columns >= 2:
        return value.logits, columns, ""
    if value.last == "sigmoid" and value.logits is not None and columns == 1:
        return value.logits, 1, ""
    if value.last != "linear":
        raise ModelFileError(
            f"the last layer of {archive.name} has {columns} unit{'s' * (columns > 1)} and the activation "
            f"{value.last}, which gives no probabilities of classes",
            hint=f"what is read: {one_or_more}",
        )
    loss, from_logits = _loss(archive.config.get("compile_config"))
    if loss is not None and not (loss in CROSS_ENTROPIES and from_logits):
        raise ModelFileError(
            f"the last layer of {archive.name} has no activation, and the loss {loss} (from_logits=False) "
            "does not take its numbers for logits: what they mean cannot be told",
            hint="compile with from_logits=True, or put Activation('sigmoid') behind it, and save again",
        )
    said = "taken for logits, as its loss does" if loss else "taken for logits, as nothing else is said"
    return value.name, columns, f"the last layer has no activation; its numbers are {said}"


def _loss(config: object) -> tuple[str | None, bool]:
    """Return the name of the loss and whether it takes logits; None where there is no loss."""
    loss = config.get("loss") if isinstance(config, dict) else None
    while isinstance(loss, dict | list) and len(loss) == 1:
        (loss,) = loss.values() if isinstance(loss, dict) else loss
    if loss is None:
        return None, False
    if isinstance(loss, str):
        return _plain(loss), False
    if isinstance(loss, dict):
        inner = loss.get("config")
        if isinstance(inner, dict):
            return _plain(str(loss.get("class_name"))), inner.get("from_logits") is True
        return _plain(str(inner or loss.get("class_name"))), False
    return str(loss)[:40], False


def _plain(name: str) -> str:
    names = {
        "BinaryCrossentropy": "binary_crossentropy",
        "CategoricalCrossentropy": "categorical_crossentropy",
        "SparseCategoricalCrossentropy": "sparse_categorical_crossentropy",
        "BinaryFocalCrossentropy": "binary_focal_crossentropy",
    }
    return names.get(name, name)[:60]


def _labels(archive: Archive, told: Told, columns: int) -> tuple[str, ...]:
    count = max(2, columns)
    if told.classes is not None:
        if isinstance(told.classes, str) or len(told.classes) != count:
            raise InputError(
                f"{archive.name} has {count} classes, and {len(told.classes)} were named: "
                f"{', '.join(map(str, told.classes))[:100]}"
            )
        return tuple(told.classes)
    if len(archive.labels) == count:
        return archive.labels
    return LABELS if count == 2 else tuple(map(str, range(count)))


def _needed(graph: Graph, logits: str) -> list[Node]:
    """Return the nodes without which the logits are not made, the last of which gives them their name."""
    wanted, needed = {logits}, list[Node]()
    for node in reversed(graph.nodes):
        if wanted.intersection(filter(None, node.outputs)):
            needed.append(node)
            wanted.update(node.inputs)
    last = needed[0]
    needed[0] = Node(last.operator, last.inputs, ["logits"], last.attributes)
    return needed[::-1]
