"""Whether a network learns: what an epoch's figures say, and whether it still tells reviews apart.

A dense layer of ReLUs whose units are all below 0, whatever they read, gives every review the same
answer and passes no gradient on: the network has died. A small layer dies at a step size at which it
finds nothing to learn from in its first steps. Nothing in a history of such a run looks broken.
"""

from __future__ import annotations

import math
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Self

from opinia.runs.history import Epoch

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

Z = 1.96
"""Standard errors to either side of a share in its 95 % interval."""
SAME = 1e-4
"""Logits that lie closer together are one answer: probabilities differ by less than 0.000025."""


@dataclass(frozen=True)
class Chance:
    """What saying the same of every review would reach.

    Args:
        reviews: how many there are.
        most: how many of them are of the most frequent class.
    """

    reviews: float
    most: float

    @classmethod
    def of(cls, labels: NDArray[np.floating], weights: NDArray[np.floating] | None = None) -> Self:
        """Return the chance level of reviews.

        Args:
            labels: ``(n,)`` number of each one's class, or of two classes the probability of the second.
            weights: ``(n,)`` how much each counts; the reviews are then as many as would, alike, give a mean
                that is as uncertain (Kish 1965, section 11.7). None counts all alike.
        """
        numbers = [math.ceil(label - 0.5) for label in labels.tolist()]  # one half is not the second
        if weights is None:
            return cls(len(labels), max(Counter(numbers).values(), default=0))
        sums: dict[int, float] = {}
        for number, weight in zip(numbers, weights.tolist(), strict=True):
            sums[number] = sums.get(number, 0.0) + weight
        total, squares = sum(sums.values()), sum(weight * weight for weight in weights.tolist())
        reviews = total * total / squares
        return cls(reviews, reviews * max(sums.values()) / total)

    @property
    def accuracy(self) -> float:
        """The share of the more frequent class."""
        return self.most / self.reviews

    @property
    def highest(self) -> float:
        """The upper end of that share's 95 % interval (Wilson 1927)."""
        share, n = self.accuracy, self.reviews
        middle = share + Z**2 / (2 * n)
        return (middle + Z * math.sqrt(share * (1 - share) / n + Z**2 / (4 * n**2))) / (1 + Z**2 / n)


def chance_of(data: Any, *, part: str = "validation") -> Chance | None:
    """Return the chance level of a part of the reviews, or None where it is not told.

    Args:
        data: what a model card or a run's environment says of its reviews.
        part: ``"train"`` or ``"validation"``.
    """
    about = data.get(part) if isinstance(data, dict) else None
    if not isinstance(about, dict):
        return None
    reviews, positives, classes = (about.get(name) for name in ("reviews", "positives", "classes"))
    if not isinstance(reviews, int) or reviews < 1:
        return None
    if isinstance(positives, int):
        return Chance(reviews, max(positives, reviews - positives))
    if isinstance(classes, dict) and classes and all(isinstance(count, int) for count in classes.values()):
        return Chance(reviews, max(classes.values()))
    return None


@dataclass(frozen=True)
class Fault:
    """What is wrong with a network after an epoch.

    Args:
        is_dead: it gives every review the same answer, and hardly will give another; otherwise it has
            learnt nothing that shows in its accuracy.
        text: says so in a sentence.
    """

    is_dead: bool
    text: str


def fault_of(
    epoch: Epoch, *, held_out: Chance, training: Chance, logits: NDArray[np.float32]
) -> Fault | None:
    """Return what is wrong with a network after an epoch, or None.

    Args:
        epoch: its metrics; where nothing was held out, those of training are looked at.
        held_out: chance level of the validation reviews.
        training: chance level of the training reviews.
        logits: ``(n,)`` or ``(n, classes)`` what the network that is trained says of some different reviews,
            outside of training.
    """
    if len(logits) > 1 and float((logits.max(axis=0) - logits.min(axis=0)).max()) < SAME:
        return Fault(
            True,
            f"epoch {epoch.epoch}: the network has died: it gives every review the same answer, "
            "and can hardly learn another",
        )
    name, accuracy, chance = "val_accuracy", epoch.val_accuracy, held_out
    if math.isnan(accuracy):
        name, accuracy, chance = "accuracy", epoch.accuracy, training
    if accuracy > chance.highest:
        return None
    return Fault(
        False,
        f"epoch {epoch.epoch}: nothing learnt so far: {name} {accuracy:.4f} is no better than the same "
        f"answer to every review ({chance.accuracy:.4f}, by chance up to {chance.highest:.4f})",
    )


def remedy(fault: Fault, *, learning_rate: float) -> str:
    """Return what may help a network that ends its training with a fault."""
    if fault.is_dead:
        return f"a smaller learning rate than {learning_rate:g}, more dense units or another seed may help"
    return f"more epochs, another learning rate than {learning_rate:g} or another seed may help"
