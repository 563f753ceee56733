"""Model files made to hang, to fill the memory or to answer wrongly: each is refused in one line."""

import json
import time

import numpy as np
import onnx
import onnxruntime
import pytest
from onnx import TensorProto, helper, numpy_helper

import opinia
from models import WORDS, counting_network, graph_of, random_network, write_counting_model
from opinia.errors import ModelFileError
from opinia.graph.cascade import is_cascade
from opinia.graph.parse import OPERATORS, read_graph
from opinia.graph.shapes import ShapeError, shape_of_answers
from opinia.model import description
from opinia.model.file import METADATA_KEY, Description, read_model, write_model
from opinia.text.tokenizer import Tokenizer

make = helper.make_node
SECONDS = 20
"""What hung did so for ever; this is for the slowest machine."""


@pytest.fixture(scope="module")
def good(tmp_path_factory):
    return write_counting_model(tmp_path_factory.mktemp("model") / "good.onnx")


@pytest.fixture(scope="module")
def entry():
    """The metadata of a good model, without a digest."""
    config = Tokenizer(WORDS).to_config()
    return {"format": 1, "tokenizer": config, "labels": ["no", "yes"], "temperature": 1.0, "card": {}}


def tensor(name, values):
    return numpy_helper.from_array(np.asarray(values), name)


def model_of(nodes, weights=(), *, functions=(), columns=1):
    values = [
        helper.make_tensor_value_info("ids", TensorProto.INT32, ["batch", "time"]),
        helper.make_tensor_value_info("lengths", TensorProto.INT32, ["batch"]),
    ]
    output = helper.make_tensor_value_info("logits", TensorProto.FLOAT, ["batch", columns])
    graph = helper.make_graph(nodes, "hostile", values, [output], initializer=list(weights))
    opsets = [helper.make_opsetid("", 17), helper.make_opsetid("com.microsoft", 1)]
    opsets += [helper.make_opsetid("mine", 1)] if functions else []
    return helper.make_model(graph, opset_imports=opsets, ir_version=8, functions=list(functions))


def content_of(model, entry):
    helper.set_model_props(model, {METADATA_KEY: json.dumps(entry)})
    return model.SerializeToString()


def refusal(content):
    start = time.monotonic()
    with pytest.raises(ModelFileError) as caught:
        read_model(content)
    assert time.monotonic() - start < SECONDS
    assert "\n" not in caught.value.message
    assert caught.value.message.isprintable()
    return caught.value.message


# A logit for each text out of its length; what comes before it is free to be hostile.
HONEST = [
    make("Cast", ["lengths"], ["counts"], to=TensorProto.FLOAT),
    make("Unsqueeze", ["counts", "axis"], ["logits"]),
]
AXIS = tensor("axis", np.array([1], np.int64))


def test_an_honest_graph_of_two_nodes_is_taken(entry):
    model = read_model(content_of(model_of(HONEST, [AXIS]), entry))
    assert model.description.labels == ("no", "yes")


def loop():
    value = helper.make_tensor_value_info
    body = helper.make_graph(
        [make("Identity", ["go"], ["on"]), make("Identity", ["x"], ["y"])],
        "body",
        [
            value("i", TensorProto.INT64, []),
            value("go", TensorProto.BOOL, []),
            value("x", TensorProto.FLOAT, None),
        ],
        [value("on", TensorProto.BOOL, []), value("y", TensorProto.FLOAT, None)],
    )
    nodes = [
        make("Loop", ["rounds", "true", "counts"], ["spun"], body=body),
        make("Unsqueeze", ["spun", "axis"], ["logits"]),
    ]
    weights = [AXIS, tensor("rounds", np.int64(1 << 62)), tensor("true", np.bool_(True))]
    return model_of([HONEST[0], *nodes], weights)


def functions(depth):
    made = [
        helper.make_function(
            "mine",
            f"f{i}",
            ["x"],
            ["y"],
            [make(f"f{i + 1}", ["x"], ["z"], domain="mine"), make(f"f{i + 1}", ["z"], ["y"], domain="mine")]
            if i + 1 < depth
            else [make("Neg", ["x"], ["y"])],
            [helper.make_opsetid("", 17), helper.make_opsetid("mine", 1)],
        )
        for i in range(depth)
    ]
    nodes = [
        HONEST[0],
        make("f0", ["counts"], ["f"], domain="mine"),
        make("Unsqueeze", ["f", "axis"], ["logits"]),
    ]
    return model_of(nodes, [AXIS], functions=made)


@pytest.mark.parametrize("depth", [1, 16, 40])
def test_functions(entry, depth):
    assert "functions" in refusal(content_of(functions(depth), entry))


@pytest.mark.parametrize("axes", [[1, 1], [1, -2], [2, 2], [0, 0, 0]])
def test_an_axis_that_is_named_twice(entry, axes):
    assert "Unsqueeze" in refusal(
        content_of(model_of(HONEST, [tensor("axis", np.array(axes, np.int64))]), entry)
    )


def test_a_loop(entry):
    assert "a graph inside another" in refusal(content_of(loop(), entry))


@pytest.mark.parametrize("operator", ["Loop", "If", "Scan", "SequenceMap", "RandomNormal", "NonZero", "Tile"])
def test_operators_that_are_not_on_the_list(entry, operator):
    nodes = [*HONEST, make(operator, ["ids"], ["other"])]
    assert operator in refusal(content_of(model_of(nodes, [AXIS]), entry))


@pytest.mark.parametrize("domain", ["com.microsoft", "ai.onnx.ml", "mine", "ai.onnx.preview.training"])
def test_operators_of_other_makers(entry, domain):
    nodes = [*HONEST, make("Relu", ["counts"], ["other"], domain=domain)]
    assert domain in refusal(content_of(model_of(nodes, [AXIS]), entry))


def test_many_nodes(entry):
    for number in (5_000, 300_000):
        nodes = [*HONEST, *([make("Relu", ["counts"], [""])] * number)]
        assert "refused" in refusal(content_of(model_of(nodes, [AXIS]), entry))


@pytest.mark.parametrize("unit", [b"\x08\x08", b"\x3a\x00", b"\x72\x00", b"\x72\x02\x0a\x00", b"\x42\x00"])
def test_a_file_of_tiny_fields(unit):
    refusal(unit * ((64 << 20) // len(unit)))


def test_a_graph_of_tiny_fields(entry):
    """Inside of a graph, a node, an attribute and a weight."""
    length = 32 << 20
    for path in ([7], [7, 1], [7, 1, 5], [7, 5]):
        content = b"\x08\x00" * (length // 2)
        for number in reversed(path):
            content = bytes([number << 3 | 2]) + varint(len(content)) + content
        refusal(content)


def varint(number):
    pieces = []
    while number > 127:
        pieces.append(number & 127 | 128)
        number >>= 7
    return bytes([*pieces, number])


def growing(nodes, weights=()):
    """A graph that makes something large, and answers honestly."""
    return model_of([*HONEST, *nodes], [AXIS, *weights])


LARGE = {
    "a constant": growing(
        [make("ConstantOfShape", ["size"], ["big"])], [tensor("size", np.array([1 << 20, 1 << 12], np.int64))]
    ),
    "words as a size": growing(
        [
            make("Cast", ["lengths"], ["size"], to=TensorProto.INT64),
            make("ConstantOfShape", ["size"], ["big"]),
        ]
    ),
    "words as a shape": growing(
        [
            make("Cast", ["lengths"], ["size"], to=TensorProto.INT64),
            make("Expand", ["ids", "size"], ["big"]),
        ]
    ),
    "time by time": growing(
        [
            make("Unsqueeze", ["ids", "axis"], ["rows"]),
            make("Unsqueeze", ["ids", "two"], ["columns"]),
            make("Mul", ["rows", "columns"], ["square"]),
        ],
        [tensor("two", np.array([2], np.int64))],
    ),
    "time to the fourth": growing(
        [
            make("Shape", ["ids"], ["time"], start=1),
            make("Concat", ["time", "time", "time", "time"], ["size"], axis=0),
            make("Expand", ["size_of_one", "size"], ["big"]),
        ],
        [tensor("size_of_one", np.array([1.0], np.float32))],
    ),
    "beyond the first word": growing(
        [
            make("Shape", ["ids"], ["time"], start=1),
            make("Sub", ["time", "axis"], ["more"]),
            make("Mul", ["more", "many"], ["size"]),
            make("ConstantOfShape", ["size"], ["big"]),
        ],
        [tensor("many", np.array([4 << 30], np.int64))],
    ),
    "between the sizes that are looked at": growing(
        [
            make("Shape", ["ids"], ["time"], start=1),
            *(
                make(operator, [before, by], [after])
                for operator, before, by, after in (
                    ("Sub", "time", "axis", "a"),
                    ("Sub", "time", "2", "b"),
                    ("Sub", "time", "3", "c"),
                    ("Sub", "time", "17", "d"),
                    ("Sub", "time", "257", "e"),
                    ("Mul", "a", "b", "ab"),
                    ("Mul", "ab", "c", "abc"),
                    ("Mul", "abc", "d", "abcd"),
                    ("Mul", "abcd", "e", "size"),
                )
            ),
            make("ConstantOfShape", ["size"], ["big"]),
        ],
        [tensor(str(number), np.array([number], np.int64)) for number in (2, 3, 17, 257)],
    ),
    "a tent": growing(
        [
            make("Slice", ["ids", "300", "350", "axis"], ["cut"]),
            make("Shape", ["cut"], ["size"], start=1),
            make("Expand", ["size", "size"], ["big"]),
        ],
        [tensor(str(number), np.array([number], np.int64)) for number in (300, 350)],
    ),
    "a remainder": growing(
        [
            make("Shape", ["ids"], ["time"], start=1),
            make("Cast", ["time"], ["few"], to=TensorProto.INT8),
            make("Cast", ["few"], ["size"], to=TensorProto.INT64),
            make("ConstantOfShape", ["size"], ["big"]),
        ]
    ),
    "doubled": growing(
        [
            make("Concat", [f"d{i}"] * 2, [f"d{i + 1}"], axis=1) if i else make("Identity", ["ids"], ["d1"])
            for i in range(40)
        ]
    ),
    "a product": growing(
        [make("MatMul", ["tall", "wide"], ["big"])],
        [
            tensor("tall", np.zeros((60_000, 1), np.float32)),
            tensor("wide", np.zeros((1, 60_000), np.float32)),
        ],
    ),
    "texts by texts": growing(
        [
            make("Unsqueeze", ["ids", "none"], ["rows"]),
            make("Unsqueeze", ["ids", "axis"], ["columns"]),
            make("Mul", ["rows", "columns"], ["square"]),
        ],
        [tensor("none", np.array([0], np.int64))],
    ),
}


@pytest.mark.parametrize("kind", LARGE)
def test_graphs_that_would_fill_the_memory(entry, kind):
    assert "is refused" in refusal(content_of(LARGE[kind], entry))


LEFT_OUT = {
    "all, perhaps": [
        make("Less", ["lengths", "few"], ["short"]),
        make("Compress", ["lengths", "short"], ["left"], axis=0),
    ],
    "all but one, and then that one": [
        make("Less", ["lengths", "few"], ["short"]),
        make("Concat", ["short", "true"], ["asked"], axis=0),
        make("Concat", ["lengths", "one"], ["more"], axis=0),
        make("Compress", ["more", "asked"], ["kept"], axis=0),
        make("Slice", ["kept", "first", "last", "first"], ["left"]),
    ],
    "none, but sizes hang on how many": [
        make("Less", ["lengths", "few"], ["short"]),
        make("Concat", ["short", "true"], ["asked"], axis=0),
        make("Concat", ["lengths", "one"], ["more"], axis=0),
        make("Compress", ["more", "asked"], ["kept"], axis=0),
        make("Shape", ["kept"], ["rows"]),
        make("Sub", ["huge", "rows"], ["many"]),
        make("Expand", ["one", "many"], ["left"]),
    ],
}


@pytest.mark.parametrize("kind", LEFT_OUT)
def test_texts_may_not_be_left_out_so_that_none_is_left(entry, kind):
    """ONNX Runtime ends the process where an LSTM is given no text; refused before it runs."""
    weights = [
        AXIS,
        tensor("few", np.int32(3)),
        tensor("one", np.array([1], np.int32)),
        tensor("true", np.array([True])),
        tensor("first", np.array([0], np.int64)),
        tensor("last", np.array([-1], np.int64)),
        tensor("huge", np.array([1 << 40], np.int64)),
        tensor("table", np.ones((2, 3), np.float32)),
        tensor("flat", np.array([1, -1, 1], np.int64)),
        *(tensor(name, np.ones(shape, np.float32)) for name, shape in LSTM_SHAPES.items()),
    ]
    reading = [
        make("Cast", ["left"], ["numbers"], to=TensorProto.FLOAT),
        make("Reshape", ["numbers", "flat"], ["words"]),
        make("LSTM", ["words", "W", "R", "B"], ["", "states"], hidden_size=2),
        *HONEST,
    ]
    assert "is refused" in refusal(content_of(model_of([*LEFT_OUT[kind], *reading], weights), entry))


LSTM_SHAPES = {"W": (1, 8, 1), "R": (1, 8, 2), "B": (1, 16)}


def test_some_rows_alone_are_no_answers(entry):
    nodes = [
        make("Less", ["lengths", "few"], ["short"]),
        make("Concat", ["short", "true"], ["asked"], axis=0),
        make("Concat", ["lengths", "one"], ["more"], axis=0),
        make("Compress", ["more", "asked"], ["kept"], axis=0),
        make("Cast", ["kept"], ["counts"], to=TensorProto.FLOAT),
        make("Unsqueeze", ["counts", "axis"], ["logits"]),
    ]
    weights = [
        AXIS,
        tensor("few", np.int32(3)),
        tensor("one", np.array([1], np.int32)),
        tensor("true", np.array([True])),
    ]
    refusal(content_of(model_of(nodes, weights), entry))


ONE_ANSWER = {
    "one row": [
        make("Cast", ["ids"], ["numbers"], to=TensorProto.FLOAT),
        make("ReduceMax", ["numbers"], ["logits"], axes=[0, 1], keepdims=1),
    ],
    "the first row": [
        make("Slice", ["lengths", "first", "axis", "first"], ["one"]),
        make("Cast", ["one"], ["number"], to=TensorProto.FLOAT),
        make("Unsqueeze", ["number", "axis"], ["logits"]),
    ],
    "the first row for all": [
        make("Slice", ["lengths", "first", "axis", "first"], ["one"]),
        make("Cast", ["one"], ["number"], to=TensorProto.FLOAT),
        make("Shape", ["ids"], ["batch"], end=1),
        make("Expand", ["number", "batch"], ["concat"]),
        make("Unsqueeze", ["concat", "axis"], ["logits"]),
    ],
    "the mean": [
        make("Cast", ["lengths"], ["counts"], to=TensorProto.FLOAT),
        make("ReduceMean", ["counts"], ["mean"], axes=[0], keepdims=1),
        make("Shape", ["ids"], ["batch"], end=1),
        make("Expand", ["mean", "batch"], ["concat"]),
        make("Unsqueeze", ["concat", "axis"], ["logits"]),
    ],
    "a column for each word": [make("Cast", ["ids"], ["logits"], to=TensorProto.FLOAT)],
    "no batch": [
        make("Cast", ["lengths"], ["logits"], to=TensorProto.FLOAT),
    ],
}


@pytest.mark.parametrize("kind", ONE_ANSWER)
def test_answers_that_are_not_one_for_each_text(entry, kind):
    weights = [AXIS, tensor("first", np.array([0], np.int64))]
    refusal(content_of(model_of(ONE_ANSWER[kind], weights), entry))


@pytest.mark.parametrize(
    "name", ["embedding", "kernel", "recurrent_kernel", "bias", "dense_kernel", "output_bias"]
)
@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf, 3e38, -3e38])
def test_a_single_weight_that_is_no_number(entry, name, value):
    graph = graph_of(counting_network())
    (weight,) = [each for each in graph.graph.initializer if each.name == name]
    numbers = numpy_helper.to_array(weight).copy()
    numbers.ravel()[0] = value
    weight.CopyFrom(numpy_helper.from_array(numbers, name))
    assert "not finite" in refusal(content_of(graph, entry))


@pytest.mark.parametrize("value", [1e-300, 5e-324, 1e-3, 1e3, 1e300, -1.0])
def test_temperatures(entry, tmp_path, value):
    content = content_of(graph_of(counting_network()), {**entry, "temperature": value})
    assert "impossible temperature" in refusal(content)
    description = Description(Tokenizer(WORDS), temperature=value)
    with pytest.raises(ModelFileError):
        write_model(tmp_path / "never.onnx", graph_of(counting_network()), description)
    assert not (tmp_path / "never.onnx").exists()


@pytest.mark.parametrize(
    "label",
    [
        "a\nb",
        "\x1b[2J",
        "a\rb",
        "",
        " ",
        "a ",
        "\u202eabc",
        "\ud800",
        "a\x00",
        "a\tb",
        "\u2028",
        "a" * 101,
        "\x9b1m",
    ],
)
def test_labels_that_cannot_be_printed(entry, label):
    content = content_of(graph_of(counting_network()), {**entry, "labels": ["ok", label]})
    assert "labels that can be printed" in refusal(content)


def test_labels_of_other_languages(entry):
    labels = ["źle", "とても良い 👍"]
    model = read_model(content_of(graph_of(counting_network()), {**entry, "labels": labels}))
    assert list(model.description.labels) == labels


def nested(depth):
    card = {}
    for _ in range(depth):
        card = {"a": card}
    return card


@pytest.mark.parametrize(
    "card",
    [
        nested(900),
        nested(40),
        {"a": [[[]]] and json.loads("[" * 500 + "]" * 500)},
        {"a": "\ud800"},
        {"\udfff": 1},
        {"a": ["b", {"c": "x\udc80"}]},
    ],
    ids=range(6),
)
def test_cards(entry, card):
    assert "card" in refusal(content_of(graph_of(counting_network()), {**entry, "card": card}))


def test_cards_of_several_lines(entry):
    card = {"notes": "żółć\n\t👩\u200d👧", "deep": nested(20)}
    assert (
        read_model(content_of(graph_of(counting_network()), {**entry, "card": card})).description.card == card
    )


def test_metadata_that_nobody_wrote(entry):
    assert "more" in refusal(content_of(graph_of(counting_network()), {**entry, "more": 1}))
    model = graph_of(counting_network())
    content = content_of(model, entry)
    helper.set_model_props(model, {METADATA_KEY: json.dumps(entry)})
    model.metadata_props.append(model.metadata_props[0])
    assert "twice" in refusal(model.SerializeToString())
    read_model(content)


def test_the_format_of_onnx_runtime(good, tmp_path):
    options = onnxruntime.SessionOptions()
    options.optimized_model_filepath = str(tmp_path / "model.ort")
    options.add_session_config_entry("session.save_model_format", "ORT")
    onnxruntime.InferenceSession(str(good), options, providers=["CPUExecutionProvider"])
    content = (tmp_path / "model.ort").read_bytes()
    assert content[4:8] == b"ORTM"
    assert "ONNX Runtime's own format" in refusal(content)
    with pytest.raises(ModelFileError, match="own format"):
        read_graph("it", content)  # past the look at the first bytes, as pickles come
    renamed = tmp_path / "model.onnx"
    renamed.write_bytes(content)
    with pytest.raises(ModelFileError, match="own format"):
        opinia.load(renamed)


def test_every_single_bit_is_covered_by_the_digest(good):
    content = good.read_bytes()
    assert b'"digest": "' in content
    draw = np.random.default_rng(7)
    for place in {*draw.integers(len(content), size=400).tolist(), *range(8), len(content) - 1}:
        flipped = bytearray(content)
        flipped[place] ^= 1 << int(draw.integers(8))
        refusal(bytes(flipped))


def test_a_file_without_a_digest_is_read(good, entry):
    assert b'"digest"' not in content_of(graph_of(counting_network()), entry)
    read_model(content_of(graph_of(counting_network()), entry))
    for name in ("base", "small", "seed"):
        assert opinia.load(name).predict("A wonderful film.") == ["positive"]


@pytest.mark.parametrize("digest", ["", "0" * 64, "0" * 63, None, 5, "g" * 64, ["0" * 64]])
def test_a_digest_that_is_none(entry, digest):
    content = content_of(graph_of(counting_network()), {**entry, "digest": digest})
    assert "damaged" in refusal(content)


NETWORKS = [
    {},
    {"layers": 2},
    {"layers": 3, "pooling": "concat"},
    {"pooling": "concat"},
]


@pytest.mark.parametrize("shape", NETWORKS, ids=str)
@pytest.mark.parametrize("compact", [False, True])
def test_sizes_are_those_that_the_runtime_makes(shape, compact):
    compare(graph_of(random_network(50, **shape), int8=compact))


def test_sizes_of_the_shipped_models(root):
    for path in (*(root / "src/opinia/models").glob("*.onnx"), *(root / "models").glob("*.onnx")):
        compare(onnx.load(path))


def compare(model):
    """Ask the runtime for all that the graph makes, and compare the shapes."""
    inferred = read_graph("it", model.SerializeToString())
    assert {node.operator for node in inferred.nodes} <= OPERATORS
    names = [name for node in model.graph.node for name in node.output if name]
    shown = onnx.ModelProto()
    shown.CopyFrom(model)
    kinds = {name: kind for name, kind in types_of(model).items() if name in names}
    del shown.graph.output[:]
    shown.graph.output.extend(helper.make_tensor_value_info(name, kind, None) for name, kind in kinds.items())
    session = onnxruntime.InferenceSession(shown.SerializeToString(), providers=["CPUExecutionProvider"])
    for batch, words in ((1, 1), (2, 3), (3, 1), (5, 17)):
        feed = {"ids": np.ones((batch, words), np.int32), "lengths": np.full(batch, words, np.int32)}
        made = dict(zip(kinds, session.run(None, feed), strict=True))
        for name, array in made.items():
            told = shape_if_told(inferred, batch, words, name)
            assert told == array.shape or (told is None and is_cascade(model)), name


def shape_if_told(graph, batch, words, name):
    """The shape of an output; None where it is of some of the texts, as many as their words decide."""
    try:
        return shape_of_answers(graph, batch, words, output=name)
    except ShapeError as error:
        assert "hangs on the words" in str(error)  # noqa: PT017
        return None


def types_of(model):
    """The kind of number of what each node makes, as the runtime's own optimiser would have it."""
    whole = onnx.shape_inference.infer_shapes(model)
    values = [*whole.graph.value_info, *whole.graph.output]
    kinds = {value.name: value.type.tensor_type.elem_type for value in values}
    made = {name: node for node in model.graph.node for name in node.output if name}
    for name, node in made.items():  # the checker knows no operators of Microsoft, nor what reads them
        if node.op_type in ("DynamicQuantizeLSTM", "Slice", "ReduceMax", "Max", "ReduceSum", "Div"):
            kinds.setdefault(name, TensorProto.FLOAT)
        if node.op_type in ("Concat", "Transpose", "Reshape", "Squeeze", "Gemm", "Relu", "Mul", "Add"):
            kinds.setdefault(name, TensorProto.FLOAT)
    return kinds


def test_metadata_larger_than_any(entry, tmp_path):
    many = {**entry, "card": {"a": "x" * description.MOST_BYTES}}
    assert "too large" in refusal(content_of(graph_of(counting_network()), many))
    much = Description(Tokenizer(WORDS), card=many["card"])
    with pytest.raises(ModelFileError, match="too large"):
        write_model(tmp_path / "never.onnx", graph_of(counting_network()), much)


def test_an_answer_that_is_no_number(entry):
    """Weights within the bounds whose product is not, at one length alone: an error, and not "nan%"."""
    table = np.ones(41, np.float32)
    table[20] = 1e9
    powers = [make("Mul", [f"p{i}", f"p{i}"], [f"p{i + 1}"]) for i in range(3)]
    last = make("Unsqueeze", ["p3", "axis"], ["logits"])
    nodes = [make("Gather", ["table", "lengths"], ["p0"]), *powers, last]
    classifier = opinia.load(content_of(model_of(nodes, [AXIS, tensor("table", table)]), entry))
    assert classifier.predict("good " * 19) == ["yes"]
    with pytest.raises(ModelFileError, match="no finite number"):
        classifier.predict(["good", "good " * 20])


@pytest.mark.parametrize("layers", [1, 4])
def test_networks_much_larger_than_those_that_come_along_are_taken(layers):
    network = random_network(50, units=640, layers=layers, pooling="concat")
    graph = read_graph("it", graph_of(network, int8=True).SerializeToString())
    assert shape_of_answers(graph, 1, 1 << 20) == (1, 1)
