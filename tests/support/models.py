"""Real model files for tests: a network that counts ``good`` against ``bad``, and random ones."""

from pathlib import Path

import numpy as np
import onnx
import torch
from onnx import TensorProto, helper, numpy_helper
from torch import nn

from opinia.graph.build import build_graph
from opinia.graph.ngrams import SLOTS, LinearModel, add_linear, codes_of
from opinia.model.file import Description, write_model
from opinia.runs.settings import NetworkRecipe
from opinia.text.tokenizer import Tokenizer
from opinia.train.network.sentiment_network import SentimentNetwork

WORDS = ("the", "film", "was", "a", "and", "it", "bad", "good")


def counting_network(words: tuple[str, ...] = WORDS, *, units: int = 1) -> SentimentNetwork:
    """A network whose logit rises with each ``good`` and falls with each ``bad``.

    One ``good`` gives a logit of about +3, and no word at all the bias of 0.25.
    """
    network = SentimentNetwork(len(words) + 2, NetworkRecipe(embedding=1, units=units, dense=2))
    with torch.no_grad():
        for parameter in network.parameters():
            parameter.zero_()
        network.embedding.weight[2 + words.index("good")] = 1.0
        network.embedding.weight[2 + words.index("bad")] = -1.0
        for lstm in network.bidirectional.directions:
            kernel, _, bias, _ = lstm.parameters()
            kernel[2 * units] = 1.0  # the candidate of unit 0 is tanh(word)
            for gate in (0, 1, 3):  # input, forget and output gates stand open
                bias[gate * units : (gate + 1) * units] = 10.0
        for side, weight in enumerate((1.0, -1.0)):
            network.dense.weight[side, 0] = weight
            network.dense.weight[side, units] = weight
        network.output.weight[0] = torch.tensor([2.1, -2.1])
        network.output.bias[0] = 0.25
    return network


def random_network(
    vocabulary: int, *, seed: int = 0, units: int = 16, classes: int = 2, **shape
) -> SentimentNetwork:
    """A network with every weight and bias away from zero, the untrained second biases excepted."""
    torch.manual_seed(seed)
    recipe = NetworkRecipe(embedding=8, units=units, dense=12, **shape)
    network = SentimentNetwork(vocabulary, recipe, classes)
    for parameter in network.parameters():
        if parameter.requires_grad:
            nn.init.normal_(parameter, std=0.5)
    return network


def graph_of(network: SentimentNetwork, **options) -> onnx.ModelProto:
    """The graph of a network, with the options of ``build_graph``."""
    return build_graph(network.to_numpy(), **options)


def write_counting_model(path: Path, *, units: int = 1, card: dict | None = None) -> Path:
    """Write the counting network as a model file and return its path."""
    description = Description(Tokenizer(WORDS), card={"name": "counting"} if card is None else card)
    write_model(path, graph_of(counting_network(units=units)), description)
    return path


def random_ngrams(vocabulary: int, *, classes: int = 2, seed: int = 0) -> LinearModel:
    """A linear model of many words and pairs and a few triples, all with weights that are felt."""
    draw = np.random.default_rng(seed)
    codes = np.unique(codes_of(draw.integers(1, vocabulary, 3000).astype(np.int32)))
    slots, rows = np.zeros(SLOTS, np.uint16), [-1]
    for code in draw.permutation(codes):
        if not slots[code % SLOTS]:
            slots[code % SLOTS] = len(rows)
            rows.append(code)
    shape = (len(rows),) if classes == 2 else (len(rows), classes)
    weights = draw.integers(-300, 300, shape).astype(np.int16)
    weights[0] = 0
    bias = 0.1 if classes == 2 else np.linspace(-0.2, 0.1, classes)
    return LinearModel(slots, np.array(rows, np.int64), weights, bias)


CLASSES = ("bad", "fine", "good")


def three_class_network(words: tuple[str, ...] = WORDS) -> SentimentNetwork:
    """The counting network with three classes: more ``bad``, more ``good``, or neither."""
    counting = counting_network(words)
    network = SentimentNetwork(len(words) + 2, counting.recipe, len(CLASSES))
    weights = counting.state_dict()
    weights["output.weight"] = torch.tensor([[-2.0, 2.0], [0.0, 0.0], [2.0, -2.0]])
    weights["output.bias"] = torch.tensor([0.0, 1.0, 0.0])
    network.load_state_dict(weights)
    return network


def write_three_class_model(
    path: Path, *, labels: tuple[str, ...] = CLASSES, card: dict | None = None, ngrams: bool = False
) -> Path:
    """Write the network of three classes, perhaps with n-grams beside it, as a file and return its path."""
    description = Description(
        Tokenizer(WORDS), labels=labels, card={"name": "three"} if card is None else card
    )
    graph = graph_of(three_class_network())
    if ngrams:
        linear = random_ngrams(len(WORDS) + 2, classes=len(CLASSES))
        graph = add_linear(graph, linear, share=0.5, bias=0.0)
    write_model(path, graph, description)
    return path


FIVE = (
    'zła "obsługa" <b>&\'',
    "très déçu, hélas; =1+1",
    "ممتاز",
    "非常に良い [/red] {share}",
    "👩\u200d👩\u200d👧 gorąco polecam ❤️",
)
"""Names of classes that spoil what takes them for anything but text: from ``bad`` to ``good``."""


def class_network(count: int, words: tuple[str, ...] = WORDS) -> SentimentNetwork:
    """The counting network with so many classes, from more ``bad`` over neither to more ``good``."""
    counting = counting_network(words)
    network = SentimentNetwork(len(words) + 2, counting.recipe, count)
    weights = counting.state_dict()
    # One word gives 1.3 and three give 2: the nearest place is the answer.
    places = torch.linspace(-2.0, 2.0, count)
    weights["output.weight"] = torch.stack([3 * places, -3 * places], dim=1)
    weights["output.bias"] = -1.5 * places**2
    network.load_state_dict(weights)
    return network


def write_class_model(
    path: Path,
    labels: tuple[str, ...] = FIVE,
    *,
    words: tuple[str, ...] = WORDS,
    card: dict | None = None,
) -> Path:
    """Write the counting network with these classes, three or more, as a model file and return its path."""
    description = Description(
        Tokenizer(words), labels=labels, card={"name": "classes"} if card is None else card
    )
    write_model(path, graph_of(class_network(len(labels), words)), description)
    return path


POLISH = ("i", "w", "na", "nie", "się", "jest", "to", "bad", "good", "brudno", "czysto")
"""Words of a model that reads Polish."""


def polish_card(language: str | None = "pl") -> dict:
    """The card of a model that has learnt from somebody's own Polish table."""
    return {
        "name": "own",
        "limits": "Texts like those that it was trained on; others are outside of what it has learnt",
        "language": language,
        "data": {"source": "opinie.csv", "columns": {"texts": ["treść"], "labels": "ocena"}},
    }


def write_failing_model(path: Path, *, longest: int) -> Path:
    """The counting network, on whose longer texts ONNX Runtime fails: they have no place in a table."""
    graph = graph_of(counting_network())
    graph.graph.node[-1].output[0] = "counted"
    graph.graph.node.extend(
        [
            helper.make_node("Gather", ["by_length", "lengths"], ["found"]),
            helper.make_node("Add", ["counted", "found"], ["logits"]),
        ]
    )
    table = np.zeros((longest + 1, 1), np.float32)
    graph.graph.initializer.append(numpy_helper.from_array(table, "by_length"))
    write_model(path, graph, Description(Tokenizer(WORDS), card={"name": "failing"}))
    return path


def write_uncut_model(path: Path, words: tuple[str, ...] = WORDS, *, units: int = 4) -> Path:
    """Two bidirectional LSTMs, the second on both directions of the first: no piece can be read by itself."""
    draw = np.random.default_rng(0)

    def array(name, *shape):
        return numpy_helper.from_array(draw.normal(0, 0.5 / units**0.5, shape).astype(np.float32), name)

    make = helper.make_node
    lstm = {"direction": "bidirectional", "hidden_size": units}
    nodes = [
        make("Transpose", ["ids"], ["by_time"], perm=[1, 0]),
        make("Gather", ["table", "by_time"], ["words"]),
        make("LSTM", ["words", "W", "R", "B", "lengths"], ["first"], **lstm),
        make("Transpose", ["first"], ["turned"], perm=[0, 2, 1, 3]),
        make("Reshape", ["turned", "both"], ["wide"]),
        make("LSTM", ["wide", "W2", "R2", "B2", "lengths"], ["", "states"], **lstm),
        make("Transpose", ["states"], ["by_review"], perm=[1, 0, 2]),
        make("Reshape", ["by_review", "flat"], ["state"]),
        make("Gemm", ["state", "kernel"], ["logits"]),
    ]
    weights = [
        array("table", len(words) + 2, 3),
        *(array("W", 2, 4 * units, 3), array("R", 2, 4 * units, units), array("B", 2, 8 * units)),
        *(array("W2", 2, 4 * units, 2 * units), array("R2", 2, 4 * units, units), array("B2", 2, 8 * units)),
        array("kernel", 2 * units, 1),
        numpy_helper.from_array(np.array([0, 0, -1], np.int64), "both"),
        numpy_helper.from_array(np.array([0, -1], np.int64), "flat"),
    ]
    value = helper.make_tensor_value_info
    graph = helper.make_graph(
        nodes,
        "foreign",
        [
            value("ids", TensorProto.INT32, ["batch", "time"]),
            value("lengths", TensorProto.INT32, ["batch"]),
        ],
        [value("logits", TensorProto.FLOAT, ["batch", 1])],
        initializer=weights,
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    onnx.checker.check_model(model)
    write_model(path, model, Description(Tokenizer(words)))
    return path
