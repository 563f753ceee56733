"""Layers of Keras that are not recurrent, as operators of ONNX, with what each does to a mask.

A layer of Keras that does not know of masks loses them, and what it makes of padding is a part of the answer:
where padding was left out so far, :class:`opinia.keras.emit.NeedsPaddingError` says that it must not be.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

import numpy as np

from opinia.keras.emit import FLOAT, VERY_LOW, Graph, NeedsPaddingError, Reading, Value
from opinia.keras.layer_config import Layer, Refusal, read_layer
from opinia.keras.recurrent import bidirectional, recurrent

Emit = Callable[[Graph, Layer, Value], Value]
MOST_WINDOW = 256
_STEPWISE = ("Dense", "Activation", "Dropout")
_SIMPLE = {
    "relu": "Relu",
    "sigmoid": "Sigmoid",
    "tanh": "Tanh",
    "softplus": "Softplus",
    "softsign": "Softsign",
    "selu": "Selu",
    "exponential": "Exp",
}
ACTIVATIONS = (
    "linear", *_SIMPLE, "softmax", "log_softmax", "elu", "gelu", "silu", "swish", "leaky_relu", "relu6",
    "hard_sigmoid", "hard_silu", "hard_swish", "hard_tanh", "mish",
)  # fmt: skip


def activate(graph: Graph, layer: Layer, value: Value, activation: object) -> Value:
    """Put an activation behind what a layer has made."""
    name = "linear" if activation is None else activation
    if not isinstance(name, str) or name not in ACTIVATIONS:
        shown = name.get("config", name.get("class_name")) if isinstance(name, Mapping) else name
        raise Refusal.of(layer, f"the activation {str(shown)[:60]!r}", ", ".join(ACTIVATIONS))
    if name == "linear":
        return value if value.last else replace(value, last="linear")
    made = _activated(graph, value.name, name)
    logits = value.name if name in ("sigmoid", "softmax") else None
    return replace(value, name=made, logits=logits, last=name)


def _activated(graph: Graph, x: str, name: str) -> str:
    if name in _SIMPLE:
        return graph.add(_SIMPLE[name], [x])
    if name in ("softmax", "log_softmax"):
        return graph.add("Softmax" if name == "softmax" else "LogSoftmax", [x], axis=-1)
    if name == "elu":
        return graph.add("Elu", [x], alpha=1.0)
    if name == "leaky_relu":
        return graph.add("LeakyRelu", [x], alpha=0.2)
    if name == "relu6":
        return graph.add("Clip", [x, graph.number(0), graph.number(6)])
    if name == "hard_tanh":
        return graph.add("Clip", [x, graph.number(-1), graph.number(1)])
    if name == "hard_sigmoid":
        return graph.add("HardSigmoid", [x], alpha=1 / 6, beta=0.5)
    if name in ("silu", "swish"):
        return graph.add("Mul", [x, graph.add("Sigmoid", [x])])
    if name in ("hard_silu", "hard_swish"):
        return graph.add("Mul", [x, graph.add("HardSigmoid", [x], alpha=1 / 6, beta=0.5)])
    if name == "mish":
        return graph.add("Mul", [x, graph.add("Tanh", [graph.add("Softplus", [x])])])
    inner = graph.add("Erf", [graph.add("Mul", [x, graph.number(2**-0.5, "sqrt_half")])])
    half = graph.add("Mul", [x, graph.number(0.5)])
    return graph.add("Mul", [half, graph.add("Add", [inner, graph.number(1)])])


def _embedding(graph: Graph, layer: Layer, value: Value) -> Value:
    if value.kind != "ids":
        raise Refusal.of(layer, f"input that is {value.kind}", "ids of words")
    rows, features = layer.whole("input_dim", most=1 << 26), layer.whole("output_dim")
    if value.features > rows:
        raise Refusal.of(layer, f"input_dim={rows:,} for a vocabulary of {value.features:,}", "as many rows")
    table = layer.array(layer.path, "0", (rows, features))[: value.features]
    made = graph.add(
        "Gather", [graph.constant(f"{layer.weight_name()}embedding".lstrip("_"), table), value.name]
    )
    masks = bool(layer.config.get("mask_zero", False))
    if graph.reading is Reading.TRIMMED and not masks:
        raise NeedsPaddingError
    given = replace(value, name=made, kind="sequence", features=features)
    return given if masks else given.unmasked()


def _dense(graph: Graph, layer: Layer, value: Value) -> Value:
    units = layer.whole("units")
    name = layer.weight_name()
    _check_numbers(layer, value)
    kernel = layer.array(layer.path, "0", (value.features, units))
    bias = np.zeros(units, np.float32)
    if layer.config.get("use_bias", True):
        bias = layer.array(layer.path, "1", (units,))
    if value.kind == "vector":
        weights = [graph.constant(f"{name}kernel", kernel.T.copy()), graph.constant(f"{name}bias", bias)]
        made = graph.add("Gemm", [value.name, *weights], transB=1)
    else:
        made = graph.add("MatMul", [value.name, graph.constant(f"{name}kernel", kernel)])
        made = graph.add("Add", [made, graph.constant(f"{name}bias", bias)])
    result = replace(value, name=made, features=units, logits=None, last=None)
    return activate(graph, layer, result, layer.config.get("activation", "linear"))


def _identity(graph: Graph, layer: Layer, value: Value) -> Value:  # noqa: ARG001
    return value


def _distributed(graph: Graph, layer: Layer, value: Value) -> Value:
    """Emit a layer that works on each step by itself anyway."""
    inner = read_layer(layer.archive, layer.config.get("layer"), f"{layer.path}/layer")
    if inner.kind not in _STEPWISE or value.kind != "sequence":
        raise Refusal.of(
            layer, f"the layer {inner.kind[:60]}", f"{', '.join(_STEPWISE)} over the steps of a text"
        )
    return LAYERS[inner.kind](graph, inner, value)


def _activation(graph: Graph, layer: Layer, value: Value) -> Value:
    _check_numbers(layer, value)
    return activate(graph, layer, value, layer.config.get("activation"))


def _softmax(graph: Graph, layer: Layer, value: Value) -> Value:
    if value.kind != "vector" or layer.config.get("axis", -1) not in (-1, 1, [-1], [1]):
        raise Refusal.of(layer, "an axis that is not the last of a text's numbers", "axis=-1")
    return activate(graph, layer, value, "softmax")


def _relu(graph: Graph, layer: Layer, value: Value) -> Value:
    _check_numbers(layer, value)
    top, slope = layer.config.get("max_value"), layer.config.get("negative_slope", 0.0)
    if slope or layer.config.get("threshold", 0.0) or not isinstance(top, int | float | None):
        raise Refusal.of(layer, "a slope or a threshold", "negative_slope=0 and threshold=0")
    made = graph.add("Relu", [value.name])
    if top is not None:
        made = graph.add("Clip", [made, graph.number(0), graph.number(float(top))])
    return replace(value, name=made, logits=None, last="relu")


def _sloped(operator: str, key: str, usual: float) -> Emit:
    def emit(graph: Graph, layer: Layer, value: Value) -> Value:
        _check_numbers(layer, value)
        alpha = layer.config.get(key, usual)
        if type(alpha) not in (int, float) or not abs(alpha) < 1e6:
            raise Refusal.of(layer, f"{key}={str(alpha)[:40]}", "a number")
        made = graph.add(operator, [value.name], alpha=float(alpha))
        return replace(value, name=made, logits=None, last=operator)

    return emit


def _masking(graph: Graph, layer: Layer, value: Value) -> Value:
    if value.kind != "sequence":
        raise Refusal.of(layer, f"input that is {value.kind}", "a sequence")
    wanted = layer.config.get("mask_value", 0.0)
    if type(wanted) not in (int, float):
        raise Refusal.of(layer, f"mask_value={str(wanted)[:40]}", "a number")
    number = graph.constant(f"mask_value_{float(wanted):g}", wanted, np.float32)
    same = graph.cast(graph.add("Equal", [value.name, number]), FLOAT)
    same = graph.add("ReduceMin", [same], axes=[2], keepdims=0)
    mask = graph.add("Less", [same, graph.number(0.5)])  # some number of the step is another
    if value.lengths is not None:
        mask = graph.add("And", [mask, graph.valid(value.name, value.lengths)])
    elif graph.reading is Reading.TRIMMED:
        raise NeedsPaddingError
    kept = graph.add("Mul", [value.name, graph.cast(graph.last_axis(mask), FLOAT)])
    key = ("any", ("unequal", value.name, float(wanted)))
    return replace(value, name=kept, mask=mask, at_end=False, key=key, logits=None)


def _average(graph: Graph, layer: Layer, value: Value) -> Value:
    _check_pooling(layer, value)
    counting = graph.counting(value)
    if counting is None:
        made = graph.add("ReduceMean", [value.name], axes=[0], keepdims=0)
        return Value(made, "vector", value.features)
    numbers = graph.cast(counting, FLOAT)
    kept = graph.add("Mul", [value.name, graph.add("Unsqueeze", [numbers, graph.ints(2)])])
    total = graph.add("ReduceSum", [kept, graph.ints(0)], keepdims=0)
    count = graph.add("ReduceSum", [numbers, graph.ints(0)], keepdims=0)
    count = graph.add("Unsqueeze", [graph.add("Max", [count, graph.number(1)]), graph.ints(1)])
    return Value(graph.add("Div", [total, count]), "vector", value.features)


def _maximum(graph: Graph, layer: Layer, value: Value) -> Value:
    _check_pooling(layer, value)
    if graph.reading is Reading.TRIMMED:
        raise NeedsPaddingError
    name = value.name
    if value.lengths is not None:  # a text alone has no more steps than these
        inside = graph.last_axis(graph.valid(name, value.lengths))
        name = graph.add("Where", [inside, name, graph.number(float(VERY_LOW), "very_low")])
    made = graph.add("ReduceMax", [name], axes=[0], keepdims=0)
    if value.lengths is not None:  # of no step at all the maximum is taken as 0
        some = graph.add("Greater", [value.lengths, graph.constant("zero_int32", 0, np.int32)])
        some = graph.add("Unsqueeze", [graph.cast(some, FLOAT), graph.ints(1)])
        made = graph.add("Mul", [made, some])
    return Value(made, "vector", value.features)


def _check_pooling(layer: Layer, value: Value) -> None:
    if value.kind != "sequence":
        raise Refusal.of(layer, f"input that is {value.kind}", "a sequence")
    if layer.config.get("keepdims") or layer.config.get("data_format", "channels_last") != "channels_last":
        raise Refusal.of(layer, "keepdims or channels_first", "keepdims=False and channels_last")


def _flatten(graph: Graph, layer: Layer, value: Value) -> Value:
    if value.kind == "vector":
        return value
    if graph.reading is Reading.TRIMMED:
        raise NeedsPaddingError
    if value.kind != "sequence" or value.time is None:
        raise Refusal.of(
            layer,
            "a text of any length",
            "texts of one length: TextVectorization(output_sequence_length=…), or --length for ids",
        )
    size = value.time * value.features
    made = graph.add("Transpose", [value.name], perm=[1, 0, 2])
    return Value(graph.add("Reshape", [made, graph.ints(0, size)]), "vector", size)


def _batch_normalization(graph: Graph, layer: Layer, value: Value) -> Value:
    _check_numbers(layer, value)
    axis = layer.config.get("axis", -1)
    if axis not in (-1, 2 if value.kind == "sequence" else 1):
        raise Refusal.of(layer, f"axis={str(axis)[:40]}", "axis=-1")
    epsilon, number = _epsilon(layer), 0
    scale, shift = np.ones(value.features, np.float32), np.zeros(value.features, np.float32)
    if layer.config.get("scale", True):
        scale, number = layer.array(layer.path, str(number), (value.features,)), number + 1
    if layer.config.get("center", True):
        shift, number = layer.array(layer.path, str(number), (value.features,)), number + 1
    mean, variance = (layer.array(layer.path, str(number + i), (value.features,)) for i in range(2))
    with np.errstate(all="ignore"):
        factor = (scale / np.sqrt(variance.astype(np.float64) + epsilon)).astype(np.float32)
        offset = (shift - mean * factor.astype(np.float64)).astype(np.float32)
    name = layer.weight_name()
    made = graph.add("Mul", [value.name, graph.constant(f"{name}factor", factor)])
    made = graph.add("Add", [made, graph.constant(f"{name}offset", offset)])
    return replace(value, name=made, logits=None, last="normalized")


def _layer_normalization(graph: Graph, layer: Layer, value: Value) -> Value:
    _check_numbers(layer, value)
    axis, last = layer.config.get("axis", -1), 2 if value.kind == "sequence" else 1
    if axis not in (-1, last, [-1], [last]) or layer.config.get("rms_scaling"):
        raise Refusal.of(layer, f"axis={str(axis)[:40]} or rms_scaling", "axis=-1 without rms_scaling")
    name = layer.weight_name()
    number = int(bool(layer.config.get("scale", True)))
    scale, shift = np.ones(value.features, np.float32), np.zeros(value.features, np.float32)
    if number:
        scale = layer.array(layer.path, "0", (value.features,))
    if layer.config.get("center", True):
        shift = layer.array(layer.path, str(number), (value.features,))
    weights = [graph.constant(f"{name}scale", scale), graph.constant(f"{name}shift", shift)]
    made = graph.add("LayerNormalization", [value.name, *weights], axis=-1, epsilon=_epsilon(layer))
    return replace(value, name=made, logits=None, last="normalized")


def _epsilon(layer: Layer) -> float:
    epsilon = layer.config.get("epsilon", 1e-3)
    if type(epsilon) not in (int, float) or not 0 <= epsilon <= 1:
        raise Refusal.of(layer, f"epsilon={str(epsilon)[:40]}", "a number from 0 to 1")
    return float(epsilon)


def _convolution(graph: Graph, layer: Layer, value: Value) -> Value:
    config = layer.config
    filters, width = layer.whole("filters"), _one(layer, "kernel_size", MOST_WINDOW)
    stride, spread = _one(layer, "strides", MOST_WINDOW, 1), _one(layer, "dilation_rate", MOST_WINDOW, 1)
    padding = config.get("padding", "valid")
    if config.get("groups", 1) != 1 or config.get("data_format", "channels_last") != "channels_last":
        raise Refusal.of(layer, "groups or channels_first", "groups=1 and channels_last")
    if padding not in ("valid", "same", "causal"):
        raise Refusal.of(layer, f"padding={str(padding)[:40]}", "valid, same or causal")
    kernel = layer.array(layer.path, "0", (width, value.features, filters))
    windows, made = _windows(graph, layer, value, (width, stride, spread, padding), 0.0)
    name = layer.weight_name()
    flat = graph.constant(f"{name}kernel", kernel.reshape(width * value.features, filters))
    result = graph.add("MatMul", [windows, flat])
    if config.get("use_bias", True):
        result = graph.add(
            "Add", [result, graph.constant(f"{name}bias", layer.array(layer.path, "1", (filters,)))]
        )
    made = replace(made, name=result, features=filters, logits=None, last=None)
    return activate(graph, layer, made, config.get("activation", "linear"))


def _pooling(operator: str) -> Emit:
    def emit(graph: Graph, layer: Layer, value: Value) -> Value:
        width = _one(layer, "pool_size", MOST_WINDOW, 2)
        stride = width if layer.config.get("strides") is None else _one(layer, "strides", MOST_WINDOW)
        padding = layer.config.get("padding", "valid")
        if layer.config.get("data_format", "channels_last") != "channels_last":
            raise Refusal.of(layer, "channels_first", "channels_last")
        if padding not in (("valid", "same") if operator == "ReduceMax" else ("valid",)):
            raise Refusal.of(layer, f"padding={str(padding)[:40]}", "valid")
        windows, made = _windows(graph, layer, value, (width, stride, 1, padding), float(VERY_LOW))
        parted = graph.add("Reshape", [windows, graph.ints(0, 0, width, value.features)])
        result = graph.add(operator, [parted], axes=[2], keepdims=0)
        return replace(made, name=result, features=value.features, logits=None, last=None)

    return emit


def _windows(
    graph: Graph, layer: Layer, value: Value, form: tuple[int, int, int, str], filling: float
) -> tuple[str, Value]:
    """Put the steps of each window side by side, ``(windows, batch, width * features)``.

    Args:
        graph: the graph.
        layer: which asks.
        value: a sequence.
        form: width, stride, dilation and padding.
        filling: what stands beyond the ends.
    """
    width, stride, spread, padding = form
    if value.kind != "sequence":
        raise Refusal.of(layer, f"input that is {value.kind}", "a sequence")
    if graph.reading is Reading.TRIMMED:
        raise NeedsPaddingError
    reach = (width - 1) * spread + 1
    edge = graph.constant(f"edge_{filling:g}", filling, np.float32)
    if value.time is not None:
        time = value.time
        if padding == "same":
            count = -(-time // stride)
            missing = max(0, (count - 1) * stride + reach - time)
            before = missing // 2
        else:
            before = reach - 1 if padding == "causal" else 0
            count = (time + before - reach) // stride + 1
        if count < 1:
            raise Refusal.of(layer, f"a window of {reach} steps for texts of {time}", "a shorter one")
        places = np.arange(count)[:, None] * stride + np.arange(width) * spread - before
        places = np.where((places < 0) | (places >= time), time, places)
        row = graph.add(
            "Expand",
            [edge, graph.add("Concat", [graph.ints(1), graph.size(value.name, start=1, end=3)], axis=0)],
        )
        longer = graph.add("Concat", [value.name, row], axis=0)
        index = graph.constant(f"{layer.weight_name()}places", places.ravel(), np.int64)
        picked = graph.add("Gather", [longer, index])  # (count * width, batch, features)
        parted = graph.add("Reshape", [picked, graph.ints(count, width, -1, value.features)])
        turned = graph.add("Transpose", [parted], perm=[0, 2, 1, 3])
        made = graph.add("Reshape", [turned, graph.ints(0, 0, width * value.features)])
        return made, replace(value.unmasked(), time=count)
    if stride != 1 or layer.kind == "AveragePooling1D":
        raise Refusal.of(layer, "strides or pooling for texts of any length", "texts of one length")
    lengths = value.lengths
    if lengths is None:
        raise ValueError("no lengths")
    inside = graph.last_axis(graph.valid(value.name, lengths))
    name = graph.add("Where", [inside, value.name, edge])
    before = {"valid": 0, "causal": reach - 1, "same": (reach - 1) // 2}[padding]
    # A text that is shorter than a window is read as if something stood behind it.
    after = reach - 1 - before
    parts = [name]
    sizes = graph.size(value.name, start=1, end=3)
    for is_before, missing in ((True, before), (False, after)):
        if missing:
            shape = graph.add("Concat", [graph.ints(missing), sizes], axis=0)
            beyond = graph.add("Expand", [edge, shape])
            parts = [beyond, *parts] if is_before else [*parts, beyond]
    longer = graph.add("Concat", parts, axis=0) if len(parts) > 1 else name
    count_of_steps = graph.size(value.name, start=0, end=1)
    shifted = []
    for step in range(width):
        start = graph.ints(step * spread)
        end = graph.add("Add", [count_of_steps, graph.ints(step * spread)])
        shifted.append(graph.add("Slice", [longer, start, end, graph.ints(0)]))
    made = graph.add("Concat", shifted, axis=2) if width > 1 else shifted[0]
    if padding == "valid" and reach > 1:
        fewer = graph.add("Sub", [lengths, graph.constant(f"fewer_{reach}", reach - 1, np.int32)])
        some = graph.add("Min", [lengths, graph.constant("one_int32", 1, np.int32)])
        lengths = graph.add("Max", [fewer, some])
    return made, replace(value.unmasked(), lengths=lengths)


def _one(layer: Layer, key: str, most: int, usual: int | None = None) -> int:
    value = layer.config.get(key, usual)
    if isinstance(value, list) and len(value) == 1:
        value = value[0]
    if type(value) is not int or not 1 <= value <= most:
        raise Refusal.of(layer, f"{key}={str(value)[:40]}", f"one whole number from 1 to {most}")
    return value


def _check_numbers(layer: Layer, value: Value) -> None:
    if value.kind not in ("sequence", "vector"):
        raise Refusal.of(
            layer, f"input that is {value.kind}", "numbers of an Embedding or of layers behind it"
        )


def merge(graph: Graph, layer: Layer, values: list[Value]) -> Value:
    """Bring several values together: Concatenate, Add, Multiply, Average, Maximum, Minimum, Subtract."""
    first = values[0]
    for each in values:
        _check_numbers(layer, each)
    if len({each.kind for each in values}) > 1 or len({(each.time, each.lengths) for each in values}) > 1:
        raise Refusal.of(layer, "inputs of different lengths or kinds", "inputs of one kind")
    names = [each.name for each in values]
    if layer.kind == "Concatenate":
        axis, last = layer.config.get("axis", -1), 2 if first.kind == "sequence" else 1
        if axis not in (-1, last):
            raise Refusal.of(layer, f"axis={str(axis)[:40]}", "axis=-1")
        made, features = graph.add("Concat", names, axis=last), sum(each.features for each in values)
    else:
        features = max(each.features for each in values)
        if any(each.features != features for each in values):
            raise Refusal.of(layer, "inputs of different sizes", "inputs of one size")
        made = _reduced(graph, layer, names)
    result = replace(first, name=made, features=features, logits=None, last="merged", states=()).unmasked()
    keys = [each.key for each in values]
    has_mask = any(keys) if layer.kind == "Concatenate" else all(keys)
    if not has_mask:
        return result
    result = replace(result, key=keys[0] if len(set(keys)) == 1 else ("merged",))
    masks = [each.mask for each in values]
    if any(mask is None for mask in masks):  # one that counts everywhere
        return result
    mask = masks[0] or ""
    for other in filter(None, masks[1:]):
        mask = mask if other == mask else graph.add("Or", [mask, other])
    return replace(result, mask=mask, at_end=all(each.at_end for each in values))


def _reduced(graph: Graph, layer: Layer, names: list[str]) -> str:
    if layer.kind == "Subtract":
        if len(names) != 2:
            raise Refusal.of(layer, f"{len(names)} inputs", "two inputs")
        return graph.add("Sub", names)
    operator = {"Add": "Add", "Average": "Add", "Multiply": "Mul", "Maximum": "Max", "Minimum": "Min"}[
        layer.kind
    ]
    made = names[0]
    for each in names[1:]:
        made = graph.add(operator, [made, each])
    return graph.add("Mul", [made, graph.number(1 / len(names))]) if layer.kind == "Average" else made


LAYERS: dict[str, Emit] = {
    "Embedding": _embedding,
    "Masking": _masking,
    **dict.fromkeys(("LSTM", "GRU", "SimpleRNN", "RNN"), recurrent),
    "Bidirectional": bidirectional,
    "Dense": _dense,
    "TimeDistributed": _distributed,
    **dict.fromkeys(
        ("Dropout", "SpatialDropout1D", "GaussianNoise", "GaussianDropout", "AlphaDropout",
         "ActivityRegularization", "Identity"),
        _identity,
    ),
    "Activation": _activation,
    "Softmax": _softmax,
    "ReLU": _relu,
    "LeakyReLU": _sloped("LeakyRelu", "negative_slope", 0.3),
    "ELU": _sloped("Elu", "alpha", 1.0),
    "GlobalAveragePooling1D": _average,
    "GlobalMaxPooling1D": _maximum,
    "Flatten": _flatten,
    "BatchNormalization": _batch_normalization,
    "LayerNormalization": _layer_normalization,
    "Conv1D": _convolution,
    "MaxPooling1D": _pooling("ReduceMax"),
    "AveragePooling1D": _pooling("ReduceMean"),
}  # fmt: skip
MERGES = frozenset(("Concatenate", "Add", "Subtract", "Multiply", "Average", "Maximum", "Minimum"))
