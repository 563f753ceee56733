"""Averaged weights against the formula."""

import torch

from opinia.runs.settings import NetworkRecipe
from opinia.train.loop.optimizer import Average
from opinia.train.network.sentiment_network import SentimentNetwork

SMALL = NetworkRecipe(embedding=3, units=2, dense=2)


def test_the_average_follows_the_weights():
    network = SentimentNetwork(5, SMALL)
    average = Average(network, 0.5)
    expected = network.dense.weight.detach().clone()
    for step in range(1, 30):
        with torch.no_grad():
            network.dense.weight += torch.randn_like(network.dense.weight)
        average.follow(network, step)
        decay = min(0.5, (1 + step) / (10 + step))
        expected = decay * expected + (1 - decay) * network.dense.weight.detach()
    torch.testing.assert_close(average.network.dense.weight, expected)
    torch.testing.assert_close(average.network.output.weight, network.output.weight)
