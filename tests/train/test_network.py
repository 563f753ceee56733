"""The network against the real Keras layers, by golden files (benchmarks/golden/keras_network.py)."""

from pathlib import Path

import numpy as np
import pytest
import torch
from torch import nn
from torch.nn import functional as F

from opinia.runs.settings import NetworkRecipe
from opinia.train.loop.optimizer import adam, prepare_step
from opinia.train.network.sentiment_network import SentimentNetwork, reverse_each, trainable_parameters

GOLDEN = Path(__file__).parent.parent / "golden"


def weights_in_keras_layout(network: SentimentNetwork) -> dict[str, nn.Parameter]:
    named = {
        "embedding": network.embedding.weight,
        "dense_kernel": network.dense.weight,
        "dense_bias": network.dense.bias,
        "output_kernel": network.output.weight,
        "output_bias": network.output.bias,
    }
    for direction, lstm in zip(("forward", "backward"), network.bidirectional.directions, strict=True):
        kernel, recurrent, bias, _ = lstm.parameters()
        named |= {
            f"{direction}_kernel": kernel,
            f"{direction}_recurrent_kernel": recurrent,
            f"{direction}_bias": bias,
        }
    return named


def from_keras(name: str, array: np.ndarray) -> torch.Tensor:
    """Kernels stand transposed in Keras; the gates i, f, c, o stand in PyTorch's order."""
    return torch.from_numpy(array.T if name.endswith("kernel") else array)


def network_of(golden, recipe: NetworkRecipe) -> SentimentNetwork:
    network = SentimentNetwork(len(golden["embedding"]), recipe)
    with torch.no_grad():
        for name, parameter in weights_in_keras_layout(network).items():
            parameter.copy_(from_keras(name, golden[name]))
    return network


@pytest.fixture(scope="module")
def small():
    return np.load(GOLDEN / "keras_network_small.npz")


def inputs(golden):
    return torch.from_numpy(golden["ids"].astype(np.int64)), torch.from_numpy(golden["lengths"])


def test_published_network_gives_the_logits_of_keras():
    golden = np.load(GOLDEN / "keras_network.npz")
    network = network_of(golden, NetworkRecipe())
    assert trainable_parameters(network) == 138_369
    with torch.inference_mode():
        logits = network(*inputs(golden)).numpy()
    assert np.ptp(golden["logits"]) > 0.1
    np.testing.assert_allclose(logits, golden["logits"], atol=1e-5, rtol=1e-5)


def test_small_network_gives_loss_and_gradients_of_keras(small):
    network = network_of(small, NetworkRecipe(embedding=6, units=8, dense=5))
    logits = network(*inputs(small))[:, 0]
    loss = F.binary_cross_entropy_with_logits(logits, torch.from_numpy(small["labels"]))
    loss.backward()
    assert loss.item() == pytest.approx(float(small["loss"]), abs=1e-6)
    for name, parameter in weights_in_keras_layout(network).items():
        expected = from_keras(name, small[f"gradient_{name}"])
        torch.testing.assert_close(parameter.grad, expected, atol=1e-6, rtol=1e-4, msg=name)


def test_three_steps_of_adam_give_the_weights_of_keras(small):
    network = network_of(small, NetworkRecipe(embedding=6, units=8, dense=5))
    optimizer = adam(network, learning_rate=0.001)
    for step in range(1, 4):
        prepare_step(optimizer, step, learning_rate=0.001)
        logits = network(*inputs(small))[:, 0]
        optimizer.zero_grad()
        F.binary_cross_entropy_with_logits(logits, torch.from_numpy(small["labels"])).backward()
        optimizer.step()
    for name, parameter in weights_in_keras_layout(network).items():
        expected = from_keras(name, small[f"after_3_steps_{name}"])
        torch.testing.assert_close(parameter.detach(), expected, atol=2e-6, rtol=0, msg=name)


def test_initial_weights_are_those_of_keras():
    torch.manual_seed(0)
    network = SentimentNetwork(1000, NetworkRecipe())
    assert network.embedding.weight.abs().max() <= 0.05
    assert network.embedding.weight.std().item() == pytest.approx(0.05 / 3**0.5, rel=0.02)
    glorot = (6 / (64 + 256)) ** 0.5
    for lstm in network.bidirectional.directions:
        kernel, recurrent, bias, second = lstm.parameters()
        assert 0.98 * glorot < kernel.abs().max() <= glorot
        torch.testing.assert_close(recurrent.T @ recurrent, torch.eye(64), atol=1e-5, rtol=0)
        assert bias.tolist() == [0.0] * 64 + [1.0] * 64 + [0.0] * 128
        assert not second.any()
        assert not second.requires_grad
    first, second = (lstm.weight_ih_l0 for lstm in network.bidirectional.directions)
    assert not torch.equal(first, second)


def test_each_review_is_reversed_within_its_own_length():
    ids = torch.tensor([[1, 2, 3, 0], [4, 0, 0, 0], [0, 0, 0, 0], [5, 6, 7, 8]])
    reversed_ids = reverse_each(ids, torch.tensor([3, 1, 0, 4]))
    assert reversed_ids.tolist() == [[3, 2, 1, 0], [4, 0, 0, 0], [0, 0, 0, 0], [8, 7, 6, 5]]


def test_a_review_scores_the_same_alone_and_in_any_batch():
    golden = np.load(GOLDEN / "keras_network.npz")
    network = network_of(golden, NetworkRecipe())
    ids, lengths = inputs(golden)
    order = torch.randperm(len(ids), generator=torch.Generator().manual_seed(0))
    with torch.inference_mode():
        together = network(ids, lengths)
        alone = [network(row[None, : max(1, n)], n[None]) for row, n in zip(ids, lengths, strict=True)]
        padded = network(F.pad(ids, (0, 700)), lengths)
        shuffled = network(ids[order], lengths[order])
    torch.testing.assert_close(torch.cat(alone), together, atol=1e-5, rtol=0)
    torch.testing.assert_close(padded, together, atol=1e-5, rtol=0)
    torch.testing.assert_close(shuffled, together[order], atol=1e-5, rtol=0)
