"""What a training step minimises: cross-entropy, on changed words and on short pieces too if wanted."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional as F  # noqa: N812

from opinia.train.network import SentimentNetwork
from opinia.train.precision import precision_of
from opinia.train.sections import TrainingRecipe


@dataclass(frozen=True)
class Batch:
    """Reviews side by side, on the device of the network.

    Args:
        ids: ``(batch, time)``, padded on the right with 0.
        lengths: ``(batch,)`` words a review.
        targets: ``(batch,)`` probability of the positive class that is learnt.
    """

    ids: Tensor
    lengths: Tensor
    targets: Tensor


def accumulate_gradients(
    network: SentimentNetwork, recipe: TrainingRecipe, batch: Batch, pieces: Batch | None = None
) -> tuple[Tensor, Tensor]:
    """Add the gradients of a step's losses to the network's parameters.

    Args:
        network: in training mode.
        recipe: names the losses and the precision.
        batch: the reviews.
        pieces: sentences cut from them; their loss has the weight ``recipe.sentences``.

    Returns:
        The cross-entropy and the logits ``(batch,)`` of the reviews as they are.
    """
    device = batch.ids.device.type
    with precision_of(device, bfloat16=recipe.precision == "bfloat16"):
        if recipe.adversarial:
            loss, logits = _with_adversary(network, recipe.adversarial, batch)
        else:
            logits = network(batch.ids, batch.lengths)[:, 0].float()
            loss = F.binary_cross_entropy_with_logits(logits, batch.targets)
            torch.autograd.backward(loss)
        if pieces is not None:
            judged = network(pieces.ids, pieces.lengths)[:, 0].float()
            torch.autograd.backward(
                recipe.sentences * F.binary_cross_entropy_with_logits(judged, pieces.targets)
            )
    return loss, logits


def _with_adversary(network: SentimentNetwork, size: float, batch: Batch) -> tuple[Tensor, Tensor]:
    """Learn from the reviews, and from those moved in the direction that hurts most.

    The gradient of the first pass gives the direction (Miyato, Dai & Goodfellow 2017); its length is
    ``size`` of the norm of all the review's embedded words.
    """
    embedded = network.embed(batch.ids, batch.lengths)
    words = [sequence.detach().requires_grad_() for sequence in embedded]
    logits = network.judge(words[0], words[1], batch.lengths)[:, 0].float()
    loss = F.binary_cross_entropy_with_logits(logits, batch.targets)
    torch.autograd.backward(loss)
    moved = [_moved(sequence, size) for sequence in words]
    judged = network.judge(moved[0], moved[1], batch.lengths)[:, 0].float()
    torch.autograd.backward(F.binary_cross_entropy_with_logits(judged, batch.targets))
    torch.autograd.backward(
        embedded, [_gradient(a) + _gradient(b) for a, b in zip(words, moved, strict=True)]
    )
    return loss, logits


def _moved(words: Tensor, size: float) -> Tensor:
    gradient, still = _gradient(words), words.detach()
    norms = [(value.float() ** 2).sum((0, 2)).sqrt() for value in (still, gradient)]
    scale = size * norms[0] / norms[1].clamp(min=1e-30)  # (batch,)
    return (still + scale[:, None] * gradient).requires_grad_()


def _gradient(tensor: Tensor) -> Tensor:
    assert tensor.grad is not None  # noqa: S101
    return tensor.grad
