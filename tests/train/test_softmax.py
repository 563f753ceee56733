"""The tied cross-entropy against PyTorch's own."""

import pytest
import torch
from torch.nn import functional as F

from opinia.train.softmax import tied_cross_entropy


def inputs(rows=1100, candidates=90, features=32):
    torch.manual_seed(0)
    hidden = torch.randn(rows, features, requires_grad=True)
    words = (0.3 * torch.randn(candidates, features)).requires_grad_()
    bias = torch.randn(candidates, requires_grad=True)
    return hidden, words, bias, torch.randint(0, candidates, (rows,))


def test_loss_and_gradients_are_those_of_cross_entropy():
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


def test_logits_without_bound_are_not_hidden():
    hidden, words, bias, places = inputs(rows=3)
    assert not torch.isfinite(tied_cross_entropy(hidden * 1000, words, bias, places))
