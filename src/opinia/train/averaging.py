"""Weights averaged over the steps of a training: steadier than those of the last step."""

from __future__ import annotations

import copy

import torch

from opinia.train.network import SentimentNetwork

START = 10


class Average:
    """An exponential moving average of a network's weights (Polyak & Juditsky 1992).

    Args:
        network: whose weights are followed.
        decay: share of the average that a step keeps, once enough steps are over.
    """

    def __init__(self, network: SentimentNetwork, decay: float) -> None:
        self.network = copy.deepcopy(network)
        self.decay = decay

    def follow(self, network: SentimentNetwork, step: int) -> None:
        """Take in the weights after a step, numbered from 1."""
        decay = min(self.decay, (1 + step) / (START + step))
        with torch.no_grad():
            torch._foreach_lerp_(list(self.network.parameters()), list(network.parameters()), 1 - decay)
