"""Classes that weigh alike in the loss, however rare they are."""

import numpy as np
import pytest
import torch
from torch.nn import functional as F  # noqa: N812

from opinia.data.corpus import Corpus
from opinia.runs.settings import NetworkRecipe, TrainingRecipe
from opinia.train.classification import Classification, balanced_weights, cross_entropy
from opinia.train.network.sentiment_network import SentimentNetwork

LABELS = {2: [0, 0, 0, 0, 1, 1, 0, 0], 3: [0, 0, 0, 0, 1, 1, 2, 0]}


def corpus_of(labels):
    random = np.random.default_rng(0)
    lengths = random.integers(1, 9, len(labels))
    starts = np.cumsum([0, *lengths]).astype(np.int64)
    return Corpus(random.integers(2, 20, starts[-1]).astype(np.int32), starts, np.array(labels, np.float32))


@pytest.mark.parametrize("classes", [2, 3])
def test_the_loss_is_the_mean_of_each_class_s_own(classes):
    labels = np.array(LABELS[classes], np.float32)
    torch.manual_seed(0)
    logits = torch.randn(8) if classes == 2 else torch.randn(8, classes)
    targets = torch.from_numpy(labels)
    if classes == 2:
        losses = F.binary_cross_entropy_with_logits(logits, targets, reduction="none")
    else:
        losses = F.cross_entropy(logits, targets.long(), reduction="none")
    of_classes = [losses[targets == number].mean() for number in range(classes)]
    found = cross_entropy(logits, targets, balanced_weights(labels)[targets.long()])
    torch.testing.assert_close(found, torch.stack(of_classes).mean())
    torch.testing.assert_close(cross_entropy(logits, targets, torch.ones(8)), losses.mean())


@pytest.mark.parametrize("adversarial", [0.0, 0.05])
@pytest.mark.parametrize("classes", [2, 3])
def test_a_step_is_that_of_texts_repeated_until_classes_are_alike(classes, adversarial):
    """Without dropout, a class of weight 3 moves the network as three copies of its texts do."""
    gradients = []
    for labels, class_weight in ((LABELS[classes], "balanced"), (None, "")):
        corpus = corpus_of(LABELS[classes])
        if labels is None:
            counts = np.bincount(LABELS[classes])
            times = np.lcm.reduce(counts) // counts
            rows = [row for row, label in enumerate(LABELS[classes]) for _ in range(times[label])]
            pieces = [corpus.reviews()[row] for row in rows]
            starts = np.cumsum([0, *map(len, pieces)]).astype(np.int64)
            corpus = Corpus(np.concatenate(pieces), starts, corpus.labels[rows])
        settings = TrainingRecipe(batch_size=100, class_weight=class_weight, adversarial=adversarial)
        torch.manual_seed(1)
        network = SentimentNetwork(20, NetworkRecipe(embedding=4, units=3, dense=5), classes).double()
        objective = Classification(settings, corpus)
        for _ in objective.gradients(network, 1):
            pass
        gradients.append([parameter.grad for parameter in network.parameters()])
    for one, other in zip(*gradients, strict=True):
        torch.testing.assert_close(one, other, rtol=1e-4, atol=1e-7)


def test_the_weights_are_those_of_scikit_learn():
    weights = pytest.importorskip("sklearn.utils.class_weight")
    labels = np.random.default_rng(2).integers(0, 5, 1000).astype(np.float32) // 2
    expected = weights.compute_class_weight("balanced", classes=np.unique(labels), y=labels)
    np.testing.assert_allclose(balanced_weights(labels).numpy(), expected, rtol=1e-6)
