"""What a step minimises: changed words, short pieces, two precisions."""

import dataclasses

import pytest
import torch
from torch.nn import functional as F

from opinia.train.network import SentimentNetwork
from opinia.train.objective import Batch, accumulate_gradients
from opinia.train.precision import has_bfloat16_lstm
from opinia.train.sections import NetworkRecipe, TrainingRecipe

SHAPE = NetworkRecipe(embedding=6, units=8, dense=5, pooling="concat", separate_embeddings=True)


def network_and_batch(shape=SHAPE):
    torch.manual_seed(0)
    network = SentimentNetwork(40, shape).train()
    for parameter in network.parameters():
        if parameter.requires_grad and parameter.ndim > 1:
            torch.nn.init.normal_(parameter, std=0.4)
    ids, lengths = torch.randint(1, 40, (5, 12)), torch.tensor([12, 7, 1, 0, 9])
    ids[torch.arange(12) >= lengths[:, None]] = 0
    return network, Batch(ids, lengths, torch.tensor([1.0, 0.0, 1.0, 0.5, 0.2]))


def gradients(network, recipe, batch, pieces=None):
    network.zero_grad()
    loss, logits = accumulate_gradients(network, recipe, batch, pieces)
    return loss, logits, {n: p.grad.clone() for n, p in network.named_parameters() if p.grad is not None}


def test_without_extras_it_is_the_cross_entropy():
    network, batch = network_and_batch()
    loss, logits, got = gradients(network, TrainingRecipe(), batch)
    network.zero_grad()
    expected = F.binary_cross_entropy_with_logits(network(batch.ids, batch.lengths)[:, 0], batch.targets)
    expected.backward()
    torch.testing.assert_close(loss, expected)
    assert logits.shape == (5,)
    for name, parameter in network.named_parameters():
        if parameter.requires_grad:
            torch.testing.assert_close(got[name], parameter.grad)


def test_the_adversary_hurts_more_than_chance_and_its_loss_is_learnt_from():
    network, batch = network_and_batch()
    _, _, plain = gradients(network, TrainingRecipe(), batch)
    _, _, nothing_moved = gradients(network, TrainingRecipe(adversarial=1e-9), batch)
    for name, gradient in plain.items():  # the same loss twice
        torch.testing.assert_close(nothing_moved[name], 2 * gradient, atol=1e-5, rtol=1e-4)

    words = [w.detach().requires_grad_() for w in network.embed(batch.ids, batch.lengths)]
    loss = F.binary_cross_entropy_with_logits(network.judge(*words, batch.lengths)[:, 0], batch.targets)
    loss.backward()

    def loss_when_moved(directions, size=0.05):
        moved = []
        for word, direction in zip(words, directions, strict=True):
            scale = size * word.detach().norm(dim=(0, 2)) / direction.norm(dim=(0, 2)).clamp(min=1e-30)
            moved.append(word.detach() + scale[:, None] * direction)
        judged = network.judge(*moved, batch.lengths)[:, 0]
        return F.binary_cross_entropy_with_logits(judged, batch.targets).item()

    adversarial = loss_when_moved([w.grad for w in words])
    by_chance = max(loss_when_moved([torch.randn_like(w) for w in words]) for _ in range(20))
    assert adversarial > by_chance
    assert adversarial > loss.item()


def test_pieces_add_their_loss_with_its_weight():
    network, batch = network_and_batch()
    pieces = Batch(batch.ids[:, :3], batch.lengths.clamp(max=3), batch.targets)
    _, _, plain = gradients(network, TrainingRecipe(), batch)
    _, _, short = gradients(network, TrainingRecipe(), pieces)
    _, _, both = gradients(network, TrainingRecipe(sentences=0.25), batch, pieces)
    for name, gradient in plain.items():
        torch.testing.assert_close(both[name], gradient + 0.25 * short[name], atol=1e-6, rtol=1e-4)


@pytest.mark.skipif(not has_bfloat16_lstm("cpu"), reason="the processor has no LSTM in bfloat16")
@pytest.mark.parametrize("adversarial", [0.0, 0.02])
def test_bfloat16_stays_near_on_the_path_that_a_gpu_takes(adversarial):
    shape = dataclasses.replace(SHAPE, embedding=32, units=32)
    network, batch = network_and_batch(shape)
    recipe = TrainingRecipe(adversarial=adversarial)
    loss, _, exact = gradients(network, recipe, batch)
    near, _, rounded = gradients(network, dataclasses.replace(recipe, precision="bfloat16"), batch)
    assert near.item() == pytest.approx(loss.item(), rel=0.02)
    for name, gradient in exact.items():
        assert rounded[name].dtype == torch.float32
        likeness = F.cosine_similarity(gradient.flatten(), rounded[name].flatten(), dim=0)
        assert likeness > 0.99, name
