"""From the configuration of a Keras model to a graph: sequential, functional and nested models."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from opinia.errors import ModelFileError
from opinia.keras.archive import Archive
from opinia.keras.emit import Graph, Reading, Value
from opinia.keras.layer_config import Layer, Refusal, broken, read_layer
from opinia.keras.layers import LAYERS, MERGES, merge
from opinia.keras.texts import Reader, Told, of_ids, of_lookup, of_vectorization

MODELS = ("Sequential", "Functional", "Model")
MOST_LAYERS = 1_000
DEEPEST = 20
_MASK_OPERATIONS = frozenset(
    ("NotEqual", "Any", "LogicalOr", "OnesLike", "ZerosLike", "ExpandDims", "Concatenate", "Squeeze", "Cast")
)
"""Of :mod:`keras.ops`, which a functional model speaks of where Keras hands masks from layer to layer."""
ACCEPTED = ", ".join(
    sorted({"InputLayer", "TextVectorization", "StringLookup", *MODELS[:2], *LAYERS, *MERGES})
)


@dataclass
class Network:
    """A model on its way into a graph.

    Args:
        archive: that it is in.
        told: what the person says of it.
        graph: what is made of it.
        reader: how texts become ids; None until a layer says so.
        published: its layers are those of the published network, whose weights have names of their own.
    """

    archive: Archive
    told: Told
    graph: Graph
    reader: Reader | None = None
    published: bool = False
    _layers: int = field(default=0, init=False)

    def build(self) -> Value:
        """Return what the whole model makes."""
        root = read_layer(self.archive, self.archive.config, "")
        value = self._model(root, None, "", 0)
        if not isinstance(value, Value):
            raise broken(self.archive, "a model without an output")
        return value

    def _model(self, layer: Layer, given: Value | None, path: str, depth: int) -> Value:
        if depth > DEEPEST:
            raise broken(self.archive, f"models inside models, more than {DEEPEST} deep")
        if layer.kind not in MODELS:
            raise Refusal.of(layer, "a class of its own", f"Sequential and functional models of {ACCEPTED}")
        listed = layer.config.get("layers")
        if not isinstance(listed, list) or not listed:
            raise broken(self.archive, f"the model {layer.name[:60]!r} without layers")
        self._layers += len(listed)
        if self._layers > MOST_LAYERS:
            raise broken(self.archive, f"more than {MOST_LAYERS:,} layers")
        inside = list(self._named(listed, f"{path}layers/"))
        if layer.kind == "Sequential":
            return self._sequential(layer, inside, given, depth)
        return self._functional(layer, list(zip(inside, listed, strict=True)), given, depth)

    def _named(self, listed: list[Any], path: str) -> Iterator[Layer]:
        """Yield layers with the paths of their weights: Keras counts those of one class."""
        counts: dict[str, int] = {}
        for each in listed:
            named = _snake(each["class_name"]) if isinstance(each, dict) and "class_name" in each else ""
            number = counts[named] = counts.get(named, -1) + 1
            layer = read_layer(self.archive, each, path + (f"{named}_{number}" if number else named))
            yield replace(layer, prefix=self._prefix(layer))

    def _prefix(self, layer: Layer) -> str | None:
        if not self.published:
            return None
        if layer.kind == "Dense":
            return "dense_" if layer.path.endswith("/dense") else "output_"
        return ""

    def _sequential(self, layer: Layer, inside: list[Layer], given: Value | None, depth: int) -> Value:
        value = given
        if value is None and inside[0].kind != "InputLayer":
            shape = layer.config.get("build_input_shape")
            value = self._input(shape, kind=inside[0].kind)
        for each in inside:
            if each.kind == "InputLayer":
                value = self._given(each, value, inside)
            else:
                value = self._apply(each, [value] if value is not None else [], depth)
        if value is None:
            raise broken(self.archive, "a model without layers")
        return value

    def _given(self, layer: Layer, value: Value | None, inside: list[Layer]) -> Value:
        """Return what an input layer hands on: of the whole model, or of one inside."""
        shape = layer.config.get("batch_shape", layer.config.get("shape"))
        if value is None:
            if layer.config.get("ragged") or layer.config.get("sparse"):
                raise Refusal.of(layer, "ragged or sparse input", "dense input")
            kind = "TextVectorization" if layer.config.get("dtype") == "string" else "Embedding"
            if kind == "TextVectorization" and _second(shape) != 1 and _rank(shape) > 1:
                kind = "StringLookup"
            return self._input(shape, kind=kind)
        length = _second(shape)
        is_another = self.graph.reading is Reading.ALONE or value.time not in (None, length)
        if value.kind in ("ids", "sequence") and length is not None and is_another:
            raise Refusal.of(layer, f"an input of {length} steps", "as many as texts have")
        return value

    def _input(self, shape: object, *, kind: str) -> Value:
        """Begin with the input of the whole model."""
        if kind in MODELS:  # the first layer is a model, whose own input says what it is
            return Value("", "open", time=_second(shape))
        if kind == "TextVectorization":
            return Value("", "text", features=_rank(shape))
        if kind == "StringLookup":
            return Value("", "tokens", time=_second(shape))
        return Value("", "open", time=_second(shape))

    def _apply(self, layer: Layer, values: list[Value], depth: int) -> Value:
        if layer.kind in MODELS:
            if len(values) != 1:
                raise Refusal.of(layer, f"{len(values)} inputs", "one input")
            given = None if values[0].kind == "open" else values[0]
            return self._model(layer, given, f"{layer.path}/", depth + 1)
        if layer.kind in ("TextVectorization", "StringLookup"):
            return self._text(layer, values)
        if layer.kind in MERGES:
            if not values:
                raise Refusal.of(layer, "no inputs", "inputs")
            return merge(self.graph, layer, values)
        emit = LAYERS.get(layer.kind)
        if emit is None:
            raise Refusal.of(layer, "the class", ACCEPTED)
        if len(values) != 1:
            raise Refusal.of(layer, f"{len(values)} inputs", "one input")
        value = values[0]
        if value.kind == "open":
            if layer.kind in ("Masking", "Identity", "Dropout"):
                raise Refusal.of(layer, "its place before the words", "an Embedding before it")
            value = self._ids(layer, value)
        return emit(self.graph, layer, value)

    def _ids(self, layer: Layer, value: Value) -> Value:
        """Begin with ids, whose words the person names."""
        if layer.kind != "Embedding":
            raise Refusal.of(
                layer,
                "input of numbers that are no words",
                "a TextVectorization, a StringLookup or an Embedding as the first layer",
            )
        if self.reader is None:
            self.reader = of_ids(self.archive, self.told, value.time, layer.whole("input_dim", most=1 << 26))
            self._begin()
        return self._fed

    def _text(self, layer: Layer, values: list[Value]) -> Value:
        wanted = "text" if layer.kind == "TextVectorization" else "tokens"
        if len(values) != 1 or values[0].kind not in (wanted, "open"):
            raise Refusal.of(layer, "its place behind other layers", "texts as they are")
        if layer.kind == "TextVectorization":
            if self.told.about_texts:
                raise ModelFileError(
                    f"{self.archive.name} says itself how texts become ids",
                    hint="leave --vocabulary and its like out",
                )
            reader = of_vectorization(layer)
            if layer.config.get("split", "whitespace") is None and values[0].features == 1:
                raise Refusal.of(
                    layer, "split=None for texts without an axis of their own", "Input(shape=(1,))"
                )
        else:
            reader = of_lookup(layer, self.told, values[0].time)
        if self.reader is None:
            self.reader = reader
            self._begin()
        elif not _same(reader, self.reader):
            raise Refusal.of(
                layer, "another way of reading the text than the one before", "one for the whole model"
            )
        return self._fed

    def _begin(self) -> None:
        if self.reader is None:
            raise ValueError("no reader")
        self._fed = self.reader.feed(self.graph)

    def _functional(
        self, layer: Layer, inside: list[tuple[Layer, Any]], given: Value | None, depth: int
    ) -> Value:
        """Work through the nodes of a functional model, each as soon as what it reads is there."""
        made: dict[tuple[str, int, int], Value] = {}
        pending: list[tuple[Layer, str, int, dict[str, Any]]] = []
        (start,) = _tensors_of(self.archive, layer.config.get("input_layers"), "inputs")
        for each, config in inside:
            name = config.get("name", each.name)
            nodes = config.get("inbound_nodes")
            if not isinstance(nodes, list):
                raise broken(self.archive, f"the layer {str(name)[:60]!r} without inputs")
            if each.kind == "InputLayer":
                if (name, 0, 0) != start:
                    raise Refusal.of(each, "a second input", "one input, the text")
                made[name, 0, 0] = self._given(each, given, [layer for layer, _ in inside])
                continue
            for number, node in enumerate(nodes):
                if not isinstance(node, dict):
                    raise broken(self.archive, f"an input of {str(name)[:60]!r} in a form that is not known")
                pending.append((each, str(name), number, node))
        if len(pending) > MOST_LAYERS:
            raise broken(self.archive, f"more than {MOST_LAYERS:,} nodes")
        while pending:
            left = []
            for each, name, number, node in pending:
                read = [_history(self.archive, tensor) for tensor in _tensors(node.get("args"))]
                masks = [_history(self.archive, t) for t in _tensors(node.get("kwargs"))]
                if all(key in made for key in (*read, *masks)):
                    value = self._node(each, [made[key] for key in read], node, made, depth)
                    made[name, number, 0] = value
                    made |= {(name, number, i): state for i, state in enumerate(value.states, start=1)}
                else:
                    left.append((each, name, number, node))
            if len(left) == len(pending):
                raise broken(self.archive, "layers that wait for each other, or for what is not there")
            pending = left
        (end,) = _tensors_of(self.archive, layer.config.get("output_layers"), "outputs")
        if end not in made:
            raise broken(self.archive, "an output that nothing makes")
        return made[end]

    def _node(
        self,
        layer: Layer,
        values: list[Value],
        node: dict[str, Any],
        made: Mapping[tuple[str, int, int], Value],
        depth: int,
    ) -> Value:
        if layer.kind in _MASK_OPERATIONS and layer.kind not in LAYERS and _is_operation(node, values, layer):
            return _mask_operation(layer, values, node)
        kwargs = node.get("kwargs") or {}
        for key, value in kwargs.items():
            if key == "mask":
                values = _masked(layer, values, [made[_history(self.archive, t)] for t in _tensors(value)])
            elif key == "training" or value is None:
                continue
            elif key == "inputs":
                raise Refusal.of(layer, "inputs by name", "layer(x)")
            else:
                raise Refusal.of(layer, f"the argument {str(key)[:40]}", "layer(x)")
        extra = [each for each in node.get("args") or [] if not list(_tensors(each)) and each is not None]
        if extra:
            raise Refusal.of(layer, f"the argument {str(extra[0])[:40]}", "layer(x)")
        return self._apply(layer, values, depth)


def _is_operation(node: dict[str, Any], values: list[Value], layer: Layer) -> bool:
    """Tell an operation on masks from a layer of the same name."""
    del node
    return layer.kind not in MERGES or all(each.kind in ("mask", "flags") for each in values)


def _mask_operation(layer: Layer, values: list[Value], node: dict[str, Any]) -> Value:
    """Follow how Keras says that a mask is made; the layers themselves make it."""
    arguments = [each for each in node.get("args") or [] if not list(_tensors(each))]
    if layer.kind == "NotEqual" and len(values) == 1 and len(arguments) == 1:
        number = arguments[0]
        if values[0].kind == "open" and number == 0:  # ids that nothing has read yet
            return Value("", "mask", key=("open",))
        if type(number) in (int, float):
            kind = "mask" if values[0].kind == "ids" else "flags"
            return Value("", kind, key=("unequal", values[0].name, float(number)))
    elif layer.kind == "Any" and len(values) == 1 and layer.config.get("axis") == -1:
        return Value("", "mask", key=("any", values[0].key))
    elif (
        layer.kind != "NotEqual"
        and values
        and all(each.kind in ("mask", "flags", "sequence") for each in values)
    ):
        return Value("", "mask", key=("merged",))
    raise Refusal.of(layer, "the operation", "masks as Keras itself hands them on")


def _masked(layer: Layer, values: list[Value], masks: list[Value]) -> list[Value]:
    """Check that the mask that a layer is handed is the one that its input has."""
    if not masks:
        return values
    if len(masks) != 1 and len(masks) != len(values):
        raise Refusal.of(layer, f"{len(masks)} masks", "one for each input")
    for value, mask in zip(values, masks if len(masks) == len(values) else masks * len(values), strict=True):
        loose = (("merged",), ("any", ("merged",)), None)
        is_open = mask.key == ("open",) and value.key is not None and value.key[::2] == ("unequal", 0.0)
        if mask.kind != "mask" or (mask.key != value.key and mask.key not in loose and not is_open):
            raise Refusal.of(
                layer, "a mask that is not that of its input", "masks as Keras itself hands them on"
            )
        if value.key is None:
            raise Refusal.of(layer, "a mask for an input without one", "masks as Keras itself hands them on")
    return values


def _tensors(value: object) -> Iterator[dict[str, Any]]:
    """Yield what stands for tensors in arguments, in order."""
    if isinstance(value, dict):
        if value.get("class_name") == "__keras_tensor__":
            yield value
            return
        for each in value.values():
            yield from _tensors(each)
    elif isinstance(value, list):
        for each in value:
            yield from _tensors(each)


def _history(archive: Archive, tensor: dict[str, Any]) -> tuple[str, int, int]:
    config = tensor.get("config")
    return _place(archive, config.get("keras_history") if isinstance(config, dict) else None)


def _place(archive: Archive, history: object) -> tuple[str, int, int]:
    if isinstance(history, list) and len(history) == 3:
        name, node, output = history
        if isinstance(name, str) and type(node) is int and type(output) is int:
            return name, node, output
    raise broken(archive, f"a place that is none: {str(history)[:60]}")


def _tensors_of(archive: Archive, value: object, what: str) -> list[tuple[str, int, int]]:
    while isinstance(value, list | dict) and len(value) == 1:
        (value,) = value.values() if isinstance(value, dict) else value
    if isinstance(value, list) and len(value) == 3 and isinstance(value[0], str):
        return [_place(archive, value)]
    count = len(value) if isinstance(value, list | dict) else 0
    raise ModelFileError(
        f"{archive.name} has a model of {count} {what}: only models with one of each are read",
        hint="make a model of the text and of the classes alone: keras.Model(text, classes)",
    )


def _same(one: Reader, other: Reader) -> bool:
    return (
        one.tokenizer == other.tokenizer
        and one.length == other.length
        and one.counts == other.counts
        and one.width == other.width
        and (one.ids is None) == (other.ids is None)
        and one.weights is None
    )


def _second(shape: object) -> int | None:
    """Return the second size of a shape, where it is one."""
    if isinstance(shape, list) and len(shape) == 2 and type(shape[1]) is int and shape[1] >= 1:
        return int(shape[1])
    return None


def _rank(shape: object) -> int:
    return len(shape) if isinstance(shape, list) else 2


def _snake(name: str) -> str:
    """Return the name of a class as Keras writes it in paths; see ``keras.src.utils.naming``."""
    name = re.sub(r"\W+", "", name[:200])
    name = re.sub(r"(.)([A-Z][a-z]+)", r"\1_\2", name)
    return re.sub(r"([a-z])([A-Z])", r"\1_\2", name).lower()
