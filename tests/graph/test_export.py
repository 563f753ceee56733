"""The graph of the model file against the PyTorch network that it came from."""

import numpy as np
import onnxruntime
import pytest
import torch

from halves import assert_equal_on
from models import graph_of
from opinia.data import sample
from opinia.runs.settings import NetworkRecipe
from opinia.train.network.sentiment_network import SentimentNetwork


def test_both_halves_agree_on_the_sample(tmp_path):
    assert_equal_on(sample.load("train").texts[:300], tmp_path)


@pytest.mark.parametrize("pooling", ["last", "concat"])
@pytest.mark.parametrize("separate", [False, True])
@pytest.mark.parametrize("int8", [False, True])
@pytest.mark.parametrize("layers", [1, 2, 3])
def test_every_shape_of_network_is_exported(pooling, separate, int8, layers):
    torch.manual_seed(0)
    shape = NetworkRecipe(
        embedding=6, units=8, layers=layers, dense=5, pooling=pooling, separate_embeddings=separate
    )
    network = SentimentNetwork(50, shape).eval()
    for parameter in network.parameters():
        if parameter.requires_grad:
            torch.nn.init.normal_(parameter, std=0.5)
    ids, lengths = torch.randint(1, 50, (4, 9)), torch.tensor([5, 0, 9, 1])
    ids[torch.arange(9) >= lengths[:, None]] = 0
    graph = graph_of(network, int8=int8).SerializeToString()
    session = onnxruntime.InferenceSession(graph)
    rows, sizes = ids.numpy().astype(np.int32), lengths.numpy().astype(np.int32)
    (together,) = session.run(None, {"ids": rows, "lengths": sizes})
    with torch.inference_mode():
        expected = network(ids, lengths).numpy()
    np.testing.assert_allclose(together, expected, atol=0.02 * layers if int8 else 1e-5)
    for row, size in enumerate(sizes):
        feed = {"ids": rows[row : row + 1, : max(1, size)], "lengths": sizes[row : row + 1]}
        np.testing.assert_allclose(session.run(None, feed)[0][0], together[row], atol=1e-6)
