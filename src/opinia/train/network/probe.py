"""A linear probe: new classes read off what a network has learnt, before any of its weights move.

A network that is to learn other classes begins with its last layers at random, and their first, large
errors spoil what the layers below know. Fitting a linear model on what those give, first, keeps it
(Kumar et al. 2022, "Fine-tuning can distort pretrained features").
"""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F  # noqa: N812

from opinia.data.corpus import Corpus
from opinia.train.loop.optimizer import LBFGS
from opinia.train.network.sentiment_network import SentimentNetwork

MOST_ROWS = 5000
"""Texts that a probe learns from: more of them tell it little."""
_BATCH = 32
_MOST_WORDS = 300
PENALTY = 1000.0
"""Of the squared weights of standardised features, in the sum over the texts; chosen on reviews of products,
comments and posts of developers, 50 to 1,000 of each."""
_STEPS = 200


def fit_probe(network: SentimentNetwork, training: Corpus, *, seed: int = 0) -> None:
    """Give a network's dense and output layers a linear model of its features, fitted on labelled texts.

    Each class takes two units of the dense layer, one for each sign, which together pass its logit through
    the ReLU as it is; with two classes that is one pair. The other units keep their weights, and have no say
    at first. A dense layer that is too small for that is left as it is.

    Args:
        network: whose encoder has learnt before; it is left in training mode.
        training: labelled texts, each label the number of its class.
        seed: of the choice of texts, where there are more than :data:`MOST_ROWS`.
    """
    outputs = network.output.out_features
    if 2 * outputs > network.dense.out_features:
        return
    rows = np.arange(len(training))
    if len(rows) > MOST_ROWS:
        rows = np.sort(np.random.default_rng(seed).choice(rows, MOST_ROWS, replace=False))
    features = features_of(network, training, rows)
    counts = torch.ones(len(rows)) if training.weights is None else torch.from_numpy(training.weights[rows])
    weights, bias = _fitted(features, torch.from_numpy(training.labels[rows]), counts, outputs)
    with torch.no_grad():
        network.dense.weight[:outputs] = weights
        network.dense.bias[:outputs] = bias
        network.dense.weight[outputs : 2 * outputs] = -weights
        network.dense.bias[outputs : 2 * outputs] = -bias
        network.output.weight.zero_()
        network.output.weight[:, :outputs] = torch.eye(outputs)
        network.output.weight[:, outputs : 2 * outputs] = -torch.eye(outputs)
        network.output.bias.zero_()


def features_of(network: SentimentNetwork, texts: Corpus, rows: np.ndarray) -> Tensor:
    """Return what the dense layer receives of some texts, ``(rows, features)``, in the order of the rows."""
    texts = texts.shortened(_MOST_WORDS)
    order = rows[np.argsort(texts.lengths[rows], kind="stable")]
    device = network.dense.weight.device
    found: dict[int, Tensor] = {}
    network.eval()
    with torch.no_grad():
        for begin in range(0, len(order), _BATCH):
            some = order[begin : begin + _BATCH]
            ids, lengths = texts.batch(some)
            placed = torch.from_numpy(ids).long().to(device), torch.from_numpy(lengths).to(device)
            read = network.features(*network.embed(*placed), placed[1])
            found.update(zip(some.tolist(), read.float().cpu(), strict=True))
    network.train()
    return torch.stack([found[row] for row in rows.tolist()])


def _fitted(features: Tensor, labels: Tensor, counts: Tensor, outputs: int) -> tuple[Tensor, Tensor]:
    """Return the weights ``(outputs, features)`` and the bias of penalised logistic regression.

    Each text counts by its share of all counts.
    """
    shares = counts.double() * (len(counts) / counts.double().sum())
    mean, deviation = features.mean(0), features.std(0, unbiased=False).clamp(min=1e-6)
    standardised = ((features - mean) / deviation).double()
    weights = torch.zeros(outputs, features.shape[1], dtype=torch.float64, requires_grad=True)
    bias = torch.zeros(outputs, dtype=torch.float64, requires_grad=True)
    solver = LBFGS([weights, bias], max_iter=_STEPS, line_search_fn="strong_wolfe")

    def loss() -> Tensor:
        solver.zero_grad()
        logits = standardised @ weights.T + bias
        if outputs == 1:
            losses = F.binary_cross_entropy_with_logits(logits[:, 0], labels.double(), reduction="none")
        else:
            losses = F.cross_entropy(logits, labels.long(), reduction="none")
        total: Tensor = (shares * losses).sum() + PENALTY / 2 * weights.square().sum()
        total.backward()  # type: ignore[no-untyped-call]
        return total

    solver.step(loss)  # type: ignore[no-untyped-call]
    raw = weights.detach() / deviation
    return raw.float(), (bias.detach() - raw @ mean.double()).float()
