"""What a step minimises: changed words, short pieces, two precisions."""

import dataclasses

import pytest
import torch
from torch.nn import functional as F

from opinia.runs.settings import NetworkRecipe, TrainingRecipe
from opinia.train.classification import Batch, _moved_rows, accumulate_gradients, divergence
from opinia.train.network.recurrent import has_bfloat16_lstm
from opinia.train.network.sentiment_network import SentimentNetwork

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


LABELLED = 3


def answers(network, words, lengths):
    return network.judge(*words, lengths)[:, 0]


def slow_virtual_direction(network, words, lengths, row, *, sign):
    """Miyato's power iteration for one review alone (2017, equations 5 and 6), with a tiny first step."""
    alone = [w[:, row : row + 1].detach() for w in words]
    before = answers(network, alone, lengths[row : row + 1]).detach()
    tried = [torch.randn_like(w) for w in alone]
    for _ in range(2):
        norm = sum(float(d.square().sum()) for d in tried) ** 0.5
        tried = [(d * (1e-3 / norm)).requires_grad_() for d in tried]
        moved = [w + d for w, d in zip(alone, tried, strict=True)]
        after = answers(network, moved, lengths[row : row + 1])
        p, q = before.sigmoid(), after.sigmoid()
        gap = (p * (p / q).log() + (1 - p) * ((1 - p) / (1 - q)).log()).sum()
        tried = list(torch.autograd.grad(gap, tried))
    return [sign * d for d in tried]


def test_the_virtual_adversary_is_the_one_that_power_iteration_finds():
    network, batch = network_and_batch()
    network, size = network.double(), 0.02
    words = [w.detach().requires_grad_() for w in network.embed(batch.ids, batch.lengths)]
    slopes = torch.autograd.grad(answers(network, words, batch.lengths)[LABELLED:].sum(), words)
    recipe = TrainingRecipe(unlabelled=1.0, virtual_adversarial=size)
    rows, moved = _moved_rows(recipe, words, slopes, LABELLED)
    assert rows == slice(LABELLED, None)
    compared = 0
    for place, row in enumerate(range(LABELLED, 5)):
        if batch.lengths[row] == 0:
            continue
        slow = slow_virtual_direction(network, words, batch.lengths, row, sign=1.0)
        for still, changed, direction in zip(words, moved, slow, strict=True):
            step = (changed[:, place] - still[:, row]).detach()
            likeness = F.cosine_similarity(step.flatten(), direction.flatten(), dim=0)
            assert abs(likeness.item()) > 0.9999
            norm = still[:, row].detach().norm().item()
            assert step.norm().item() == pytest.approx(size * norm)
            compared += 1
    assert compared == 2


def test_one_pass_for_all_gives_the_sum_of_what_each_would_give():
    """Adversary, virtual adversary, entropy and soft labels against each by itself, row by row."""
    network, batch = network_and_batch()
    recipe = TrainingRecipe(
        adversarial=0.03,
        adversarial_weight=0.7,
        unlabelled=1.0,
        virtual_adversarial=0.02,
        virtual_weight=1.3,
        entropy=0.4,
        soft_labels=0.6,
    )
    network.zero_grad()
    torch.manual_seed(5)
    loss, logits = accumulate_gradients(network, recipe, batch, labelled=LABELLED)
    got = {n: p.grad.clone() for n, p in network.named_parameters() if p.grad is not None}
    assert logits.shape == (LABELLED,)

    network.zero_grad()
    embedded = network.embed(batch.ids, batch.lengths)
    still = [w.detach().requires_grad_() for w in embedded]
    clean = answers(network, embedded, batch.lengths)
    targets, free = batch.targets[:LABELLED], slice(LABELLED, None)
    expected = F.binary_cross_entropy_with_logits(clean[:LABELLED], targets)
    torch.testing.assert_close(loss, expected)
    p = clean[free].sigmoid()
    expected = expected + 0.4 * -(p * p.log() + (1 - p) * (1 - p).log()).mean()
    expected = expected + 0.6 * F.binary_cross_entropy_with_logits(clean[free], batch.targets[free])
    torch.manual_seed(5)
    signs = still[0].new_empty(len(batch.targets) - LABELLED).bernoulli_() * 2 - 1
    of_loss = F.binary_cross_entropy_with_logits(answers(network, still, batch.lengths)[:LABELLED], targets)
    hurtful = torch.autograd.grad(of_loss, still)
    slopes = torch.autograd.grad(answers(network, still, batch.lengths)[free].sum(), still)
    moved = []
    for words, a, b in zip(still, hurtful, slopes, strict=True):
        step = torch.cat([a[:, :LABELLED], b[:, free] * signs[:, None]], 1)
        sizes = torch.tensor([0.03] * LABELLED + [0.02] * (len(batch.targets) - LABELLED))
        scale = sizes * words.detach().norm(dim=(0, 2)) / step.norm(dim=(0, 2)).clamp(min=1e-30)
        moved.append(scale[:, None] * step)
    judged = answers(network, [w + m for w, m in zip(embedded, moved, strict=True)], batch.lengths)
    expected = expected + 0.7 * F.binary_cross_entropy_with_logits(judged[:LABELLED], targets)
    before, after = clean[free].sigmoid().detach(), judged[free].sigmoid()
    gap = before * (before / after).log() + (1 - before) * ((1 - before) / (1 - after)).log()
    torch.testing.assert_close(gap.mean(), divergence(clean[free], judged[free]), atol=1e-6, rtol=1e-3)
    (expected + 1.3 * gap.mean()).backward()
    for name, gradient in got.items():
        torch.testing.assert_close(gradient, network.get_parameter(name).grad, atol=1e-5, rtol=1e-3, msg=name)


def test_unlabelled_reviews_are_learnt_from_without_adversaries_too():
    network, batch = network_and_batch()
    network.zero_grad()
    recipe = TrainingRecipe(unlabelled=1.0, entropy=0.5)
    loss, logits = accumulate_gradients(network, recipe, batch, labelled=LABELLED)
    got = network.output.weight.grad.clone()
    network.zero_grad()
    clean = network(batch.ids, batch.lengths)[:, 0]
    expected = F.binary_cross_entropy_with_logits(clean[:LABELLED], batch.targets[:LABELLED])
    torch.testing.assert_close(loss, expected)
    torch.testing.assert_close(logits, clean[:LABELLED])
    p = clean[LABELLED:].sigmoid()
    (expected - 0.5 * (p * p.log() + (1 - p) * (1 - p).log()).mean()).backward()
    torch.testing.assert_close(got, network.output.weight.grad)


@pytest.mark.skipif(not has_bfloat16_lstm("cpu"), reason="the processor has no LSTM in bfloat16")
@pytest.mark.parametrize("adversarial", [0.0, 0.02])
@pytest.mark.parametrize("layers", [1, 2])
def test_bfloat16_stays_near_on_the_path_that_a_gpu_takes(adversarial, layers):
    shape = dataclasses.replace(SHAPE, embedding=32, units=32, layers=layers)
    network, batch = network_and_batch(shape)
    recipe = TrainingRecipe(adversarial=adversarial)
    loss, _, exact = gradients(network, recipe, batch)
    near, _, rounded = gradients(network, dataclasses.replace(recipe, precision="bfloat16"), batch)
    assert near.item() == pytest.approx(loss.item(), rel=0.02)
    for name, gradient in exact.items():
        assert rounded[name].dtype == torch.float32
        likeness = F.cosine_similarity(gradient.flatten(), rounded[name].flatten(), dim=0)
        assert likeness > 0.99, name
