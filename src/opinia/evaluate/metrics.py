"""How good a two-class model is on labelled texts: accuracy and what stands behind it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

CALIBRATION_BINS = 15
LENGTH_GROUPS = ("short", "median", "long")


@dataclass(frozen=True)
class Group:
    """Texts of like length.

    Args:
        name: ``"short"``, ``"median"`` or ``"long"``: a third of the texts each.
        longest: words of its longest text.
        reviews: texts in it.
        accuracy: share of right answers, from 0 to 1.
    """

    name: str
    longest: int
    reviews: int
    accuracy: float


@dataclass(frozen=True)
class Bin:
    """Texts that were answered with like confidence.

    Args:
        low: lower edge of the confidence, from 0 to 1.
        high: upper edge.
        reviews: texts in it.
        confidence: their mean probability of the answered class; 0 where there is none.
        accuracy: share of right answers; 0 where there is none.
    """

    low: float
    high: float
    reviews: int
    confidence: float
    accuracy: float


@dataclass(frozen=True)
class Evaluation:
    """The figures of one model on one set of labelled texts; shares are from 0 to 1.

    Args:
        reviews: texts judged.
        accuracy: share of right answers.
        precision: of those called positive, the share that is.
        recall: of the positive, the share that was called so.
        f1: harmonic mean of the two.
        auc: probability that a positive text scores above a negative one; 0.5 is chance.
        nll: mean negative log-likelihood, in nats.
        ece: expected calibration error over 15 equal-width bins of confidence (Guo et al. 2017).
        confusion: ``[[true negative, false positive], [false negative, true positive]]``.
        by_length: accuracy of the shorter, middle and longer third.
        bins: the 15 bins of confidence.
    """

    reviews: int
    accuracy: float
    precision: float
    recall: float
    f1: float
    auc: float
    nll: float
    ece: float
    confusion: tuple[tuple[int, int], tuple[int, int]]
    by_length: tuple[Group, ...]
    bins: tuple[Bin, ...]


def evaluate(
    labels: NDArray[np.integer], positive: NDArray[np.floating], words: NDArray[np.integer]
) -> Evaluation:
    """Compare answers with the truth.

    Args:
        labels: ``(n,)``, 1 positive and 0 negative; n is at least 1.
        positive: ``(n,)`` probability of positive.
        words: ``(n,)`` words of each text.
    """
    truth, called = labels == 1, positive > 0.5
    right = truth == called
    tp, fp = int((called & truth).sum()), int((called & ~truth).sum())
    fn, tn = int((~called & truth).sum()), int((~called & ~truth).sum())
    precision, recall = _share(tp, tp + fp), _share(tp, tp + fn)
    of_truth = np.where(truth, positive, 1.0 - positive).astype(np.float64)
    bins = _calibration(np.maximum(positive, 1 - positive).astype(np.float64), right)
    return Evaluation(
        reviews=len(labels),
        accuracy=float(right.mean()),
        precision=precision,
        recall=recall,
        f1=_share(2 * precision * recall, precision + recall),
        auc=_auc(truth, positive),
        nll=float(-np.log(np.maximum(of_truth, 1e-12)).mean()),
        ece=sum(b.reviews * abs(b.accuracy - b.confidence) for b in bins) / len(labels),
        confusion=((tn, fp), (fn, tp)),
        by_length=_by_length(words, right),
        bins=bins,
    )


def _share(part: float, whole: float) -> float:
    return part / whole if whole else 0.0


def _auc(truth: NDArray[np.bool_], scores: NDArray[np.floating]) -> float:
    """Return the area under the ROC curve, by the ranks of the positive (Mann-Whitney)."""
    positives, negatives = int(truth.sum()), int((~truth).sum())
    if not positives or not negatives:
        return float("nan")
    _, group, counts = np.unique(scores, return_inverse=True, return_counts=True)
    last = np.cumsum(counts)
    ranks = (last - (counts - 1) / 2)[group]  # equal scores share their mean rank
    return float((ranks[truth].sum() - positives * (positives + 1) / 2) / (positives * negatives))


def _calibration(confidence: NDArray[np.float64], right: NDArray[np.bool_]) -> tuple[Bin, ...]:
    edges = np.linspace(0, 1, CALIBRATION_BINS + 1)
    place = np.clip(np.ceil(confidence * CALIBRATION_BINS).astype(int) - 1, 0, CALIBRATION_BINS - 1)
    bins = []
    for i in range(CALIBRATION_BINS):
        inside = place == i
        some = inside.any()
        bins.append(
            Bin(
                low=float(edges[i]),
                high=float(edges[i + 1]),
                reviews=int(inside.sum()),
                confidence=float(confidence[inside].mean()) if some else 0.0,
                accuracy=float(right[inside].mean()) if some else 0.0,
            )
        )
    return tuple(bins)


def _by_length(words: NDArray[np.integer], right: NDArray[np.bool_]) -> tuple[Group, ...]:
    order = np.argsort(words, kind="stable")
    groups = []
    for name, rows in zip(LENGTH_GROUPS, np.array_split(order, len(LENGTH_GROUPS)), strict=True):
        if len(rows):
            groups.append(Group(name, int(words[rows].max()), len(rows), float(right[rows].mean())))
    return tuple(groups)
