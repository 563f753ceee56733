"""Real model files for tests: a network that counts ``good`` against ``bad``, and random ones."""

from pathlib import Path

import onnx
import torch
from torch import nn

from opinia.graph.build import build_graph
from opinia.model.file import Description, write_model
from opinia.runs.settings import NetworkRecipe
from opinia.text.tokenizer import Tokenizer
from opinia.train.network import SentimentNetwork

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


def random_network(vocabulary: int, *, seed: int = 0, units: int = 16, **shape) -> SentimentNetwork:
    """A network with every weight and bias away from zero, the untrained second biases excepted."""
    torch.manual_seed(seed)
    network = SentimentNetwork(vocabulary, NetworkRecipe(embedding=8, units=units, dense=12, **shape))
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
