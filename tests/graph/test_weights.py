"""Weights read back from the graph of a model file."""

import itertools

import numpy as np
import onnxruntime
import pytest
import torch
from onnx import helper

from models import graph_of, random_network
from opinia.errors import ModelFileError
from opinia.graph.weights import read_weights
from opinia.train.network.sentiment_network import SentimentNetwork, state_dict_of

SHAPES = itertools.product(("last", "concat"), (False, True), (1, 2))


@pytest.fixture(params=SHAPES)
def network(request):
    pooling, separate, layers = request.param
    shape = {"pooling": pooling, "separate_embeddings": separate, "layers": layers}
    return random_network(50, seed=1, units=8, **shape).eval()


def test_they_are_those_that_were_written(network):
    expected = network.state_dict()
    found = state_dict_of(read_weights(graph_of(network)))
    assert found.keys() == expected.keys()
    for name, tensor in found.items():
        assert torch.equal(tensor, expected[name]), name


def test_a_network_of_those_of_a_file_in_8_bits_answers_as_the_file_does(network):
    graph = graph_of(network, int8=True, bias=0.25)
    read = SentimentNetwork(50, network.recipe).eval()
    read.load_state_dict(state_dict_of(read_weights(graph)))
    ids = np.random.default_rng(0).integers(1, 50, (6, 9)).astype(np.int32)
    lengths = np.array([9, 1, 4, 7, 9, 2], np.int32)
    ids[np.arange(9) >= lengths[:, None]] = 0
    session = onnxruntime.InferenceSession(graph.SerializeToString())
    (expected,) = session.run(None, {"ids": ids, "lengths": lengths})
    with torch.inference_mode():
        answers = read(torch.from_numpy(ids).long(), torch.from_numpy(lengths).long())
    # The file rounds what goes into its products, too; without its bias or with another gate it is far off.
    np.testing.assert_allclose(answers, expected, atol=0.1 * float(np.abs(expected).max()))


def test_a_graph_of_another_form_is_refused():
    with pytest.raises(ModelFileError, match="another form"):
        read_weights(helper.make_model(helper.make_graph([], "nothing", [], [])))
