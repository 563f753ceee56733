"""The messages of an ONNX file: the fields that a model of opinia may have, and those that it must not.

Numbers of fields are those of ``onnx.proto``. What is not here is refused by :mod:`opinia.graph.wire`.
"""

from __future__ import annotations

from opinia.graph.wire import Field, Refused, Schema

_ENTRY: Schema = {1: Field("key", "text"), 2: Field("value", "bytes")}
ELSEWHERE = Refused("weights in another file")
_TENSOR: Schema = {
    1: Field("dims", "int", many=True),
    2: Field("type", "int"),
    4: Field("floats", "float", many=True),
    5: Field("int32s", "int", many=True),
    7: Field("int64s", "int", many=True),
    8: Field("name", "text"),
    9: Field("raw", "bytes"),
    12: Field("doc", "bytes"),
    13: ELSEWHERE,
    14: Field("location", "int"),
}
_INSIDE = Refused("a graph inside another")
_ATTRIBUTE: Schema = {
    1: Field("name", "text"),
    2: Field("f", "float"),
    3: Field("i", "int"),
    4: Field("s", "bytes"),
    5: Field("t", _TENSOR),
    6: _INSIDE,
    7: Field("floats", "float", many=True),
    8: Field("ints", "int", many=True),
    9: Field("strings", "bytes", many=True),
    11: _INSIDE,
    13: Field("doc", "bytes"),
    20: Field("type", "int"),
}
_NODE: Schema = {
    1: Field("inputs", "text", many=True),
    2: Field("outputs", "text", many=True),
    3: Field("name", "text"),
    4: Field("operator", "text"),
    5: Field("attributes", _ATTRIBUTE, many=True),
    6: Field("doc", "bytes"),
    7: Field("domain", "text"),
}
_DIMENSION: Schema = {1: Field("value", "int"), 2: Field("parameter", "text"), 3: Field("denotation", "text")}
_SHAPE: Schema = {1: Field("dims", _DIMENSION, many=True)}
_TENSOR_TYPE: Schema = {1: Field("element", "int"), 2: Field("shape", _SHAPE)}
_TYPE: Schema = {1: Field("tensor", _TENSOR_TYPE), 6: Field("denotation", "text")}
_VALUE: Schema = {1: Field("name", "text"), 2: Field("type", _TYPE), 3: Field("doc", "bytes")}
_GRAPH: Schema = {
    1: Field("nodes", _NODE, many=True),
    2: Field("name", "text"),
    5: Field("weights", _TENSOR, many=True),
    10: Field("doc", "bytes"),
    11: Field("inputs", _VALUE, many=True),
    12: Field("outputs", _VALUE, many=True),
    13: Field("between", _VALUE, many=True),
    15: Refused("sparse weights"),
}
_OPSET: Schema = {1: Field("domain", "text"), 2: Field("version", "int")}
MODEL: Schema = {
    1: Field("ir_version", "int"),
    2: Field("producer", "text"),
    3: Field("producer_version", "text"),
    4: Field("domain", "text"),
    5: Field("version", "int"),
    6: Field("doc", "bytes"),
    7: Field("graph", _GRAPH),
    8: Field("opsets", _OPSET, many=True),
    14: Field("metadata", _ENTRY, many=True),
    20: Refused("a training graph"),
    25: Refused("functions"),
}
