"""The tied cross-entropy against PyTorch's own."""

import numpy as np
import pytest
import torch
from torch.nn import functional as F

from opinia.train import language_model
from opinia.train.language_model import (
    CandidateSampler,
    LanguageModel,
    LanguageModelShape,
    tied_cross_entropy,
)


def inputs(rows=1100, candidates=90, features=32):
    torch.manual_seed(0)
    hidden = torch.randn(rows, features, requires_grad=True)
    words = (0.3 * torch.randn(candidates, features)).requires_grad_()
    bias = torch.randn(candidates, requires_grad=True)
    return hidden, words, bias, torch.randint(0, candidates, (rows,))


@pytest.mark.parametrize("alignment", [1, 8])
def test_loss_and_gradients_are_those_of_cross_entropy(alignment, monkeypatch):
    monkeypatch.setitem(language_model.ALIGNMENT, "cpu", alignment)
    hidden, words, bias, places = inputs()
    expected = F.cross_entropy(hidden @ words.T + bias, places)
    wanted = torch.autograd.grad(expected, (hidden, words, bias))
    loss = tied_cross_entropy(hidden, words, bias, places)
    torch.testing.assert_close(loss, expected)
    for got, gradient in zip(torch.autograd.grad(3 * loss, (hidden, words, bias)), wanted, strict=True):
        torch.testing.assert_close(got, 3 * gradient, atol=1e-6, rtol=1e-4)


def test_bfloat16_stays_near():
    hidden, words, bias, places = inputs()
    expected = F.cross_entropy(hidden @ words.T + bias, places)
    with torch.autocast("cpu", torch.bfloat16):
        loss = tied_cross_entropy(hidden, words, bias, places)
    assert loss.dtype == torch.float32
    assert loss.item() == pytest.approx(expected.item(), rel=1e-3)


@pytest.mark.parametrize("room", [0, 40])
def test_slots_of_a_fixed_number_give_the_loss_of_those_that_are_needed(room):
    torch.manual_seed(0)
    vocabulary, frequencies = 60, np.arange(60) + 1
    model = LanguageModel(vocabulary, LanguageModelShape(16, 24, output_dropout=0.0))
    hidden, targets = torch.randn(5, 4, 16, requires_grad=True), torch.randint(0, 30, (5, 4))
    extra = torch.randperm(vocabulary)[:8]
    sampler = CandidateSampler(frequencies, negative_samples=8, room=room)

    def loss_of(drawn):
        candidates, log_inclusion, places = drawn
        words, bias = model.embedding(candidates), model.bias[candidates] - log_inclusion
        loss = tied_cross_entropy(hidden.flatten(0, 1), words, bias, places.flatten())
        return loss, *torch.autograd.grad(loss, (hidden, model.embedding.weight))

    needed = torch.unique(torch.cat([targets.flatten(), extra]))
    wanted = needed, sampler._log_inclusion(needed, targets), torch.searchsorted(needed, targets)
    drawn = sampler.draw_into_slots(targets, extra)
    assert len(drawn[0]) == (room or 28)
    for got, expected in zip(loss_of(drawn), loss_of(wanted), strict=True):
        torch.testing.assert_close(got, expected, atol=1e-6, rtol=1e-4)
    assert sampler.left_out.item() == 0


def test_words_without_room_are_counted():
    sampler = CandidateSampler(np.ones(60, np.int64), negative_samples=5, room=12)
    sampler.draw_into_slots(torch.arange(20), torch.arange(20, 25))
    assert sampler.left_out.item() == 13


def test_logits_without_bound_are_not_hidden():
    hidden, words, bias, places = inputs(rows=3)
    assert not torch.isfinite(tied_cross_entropy(hidden * 1000, words, bias, places))
