"""How good a model of two classes or more is on labelled texts: accuracy and what stands behind it."""

from __future__ import annotations

import math
from collections.abc import Sequence
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
class ClassFigures:
    """How well one class is found.

    Args:
        name: of the class, such as ``"positive"``.
        reviews: texts of this class.
        precision: of those called so, the share that is; 0 where none was called so.
        recall: of those that are, the share that was called so; 0 where there is none.
        f1: harmonic mean of the two; 0 where both are.
    """

    name: str
    reviews: int
    precision: float
    recall: float
    f1: float


def seem_swapped(result: Evaluation) -> bool:
    """Tell whether the labels of two classes seem to be swapped: AUC so far below one half is hardly chance.

    The standard error of the AUC of answers that know nothing is that of Mann and Whitney (1947); four of
    them are asked for, and an AUC below 0.4.
    """
    if len(result.confusion) != 2 or math.isnan(result.auc):
        return False
    negatives, positives = map(sum, result.confusion)
    error = math.sqrt((negatives + positives + 1) / (12 * negatives * positives))
    return bool(result.auc < min(0.4, 0.5 - 4 * error))


@dataclass(frozen=True)
class Evaluation:
    """The figures of one model on one set of labelled texts; shares are from 0 to 1.

    Args:
        reviews: texts judged.
        accuracy: share of right answers.
        precision: of those called by the last of two classes, positive, the share that is; nan for more
            classes than two, as recall, f1 and auc.
        recall: of the positive, the share that was called so.
        f1: harmonic mean of the two.
        auc: probability that a positive text scores above a negative one; 0.5 is chance; nan where one of
            them is missing.
        nll: mean negative log-likelihood of the true class, in nats.
        ece: expected calibration error over 15 equal-width bins of confidence, the probability of the
            answered class (Guo et al. 2017).
        confusion: ``confusion[i][j]`` texts of class ``i`` were called class ``j``; of two classes that is
            ``[[true negative, false positive], [false negative, true positive]]``.
        by_length: accuracy of the shorter, middle and longer third.
        bins: the 15 bins of confidence.
        classes: the figures of each class, in the model's order.
        macro_f1: mean F1 of the classes, each weighing alike; a class without a text and without an answer
            is left out, as in scikit-learn.
        weighted_f1: mean F1 of the classes, each weighing as many texts as it has.
    """

    reviews: int
    accuracy: float
    precision: float
    recall: float
    f1: float
    auc: float
    nll: float
    ece: float
    confusion: tuple[tuple[int, ...], ...]
    by_length: tuple[Group, ...]
    bins: tuple[Bin, ...]
    classes: tuple[ClassFigures, ...]
    macro_f1: float
    weighted_f1: float


def evaluate(
    truth: NDArray[np.integer],
    probabilities: NDArray[np.floating],
    words: NDArray[np.integer],
    classes: Sequence[str],
    *,
    threshold: float = 0.5,
) -> Evaluation:
    """Compare answers with the truth.

    Args:
        truth: ``(n,)`` number of the class of each text, from 0; n is at least 1.
        probabilities: ``(n, classes)``; of two classes the second column alone is read.
        words: ``(n,)`` words of each text.
        classes: their names, in the order of the columns; at least two.
        threshold: of two classes; see :func:`answers_of`.

    Raises:
        ValueError: the shapes do not belong together, or a class is none of these.
    """
    count, width = len(truth), len(classes)
    if width < 2 or probabilities.shape != (count, width) or len(words) != count or not count:
        raise ValueError(
            f"{count} texts of {width} classes have probabilities ({count}, {width}) and {count} lengths. "
            f"Received: {probabilities.shape} and {len(words)}"
        )
    rows = np.asarray(truth).astype(np.intp)
    if (rows != truth).any() or rows.min() < 0 or rows.max() >= width:
        raise ValueError(f"classes are numbered from 0 to {width - 1}. Received: {np.unique(truth)}")
    called = answers_of(probabilities, threshold)
    right = rows == called
    confusion = np.zeros((width, width), np.int64)
    np.add.at(confusion, (rows, called), 1)
    of_class = tuple(_of_class(name, confusion, number) for number, name in enumerate(classes))
    met = [
        each for each, column in zip(of_class, confusion.sum(axis=0), strict=True) if each.reviews or column
    ]
    if width == 2:
        positive = probabilities[:, 1]
        of_truth = np.where(rows == 1, positive, 1.0 - positive)
        confidence = np.where(called == 1, positive, 1 - positive)
        last, auc = of_class[1], _auc(rows == 1, positive)
        precision, recall, f1 = last.precision, last.recall, last.f1
    else:
        of_truth, confidence = probabilities[np.arange(count), rows], probabilities.max(axis=1)
        precision = recall = f1 = auc = float("nan")
    bins = _calibration(confidence.astype(np.float64), right)
    return Evaluation(
        reviews=count,
        accuracy=float(right.mean()),
        precision=precision,
        recall=recall,
        f1=f1,
        auc=auc,
        nll=float(0.0 - np.log(np.maximum(of_truth.astype(np.float64), 1e-12)).mean()),
        ece=sum(b.reviews * abs(b.accuracy - b.confidence) for b in bins) / count,
        confusion=tuple(tuple(row) for row in confusion.tolist()),
        by_length=_by_length(words, right),
        bins=bins,
        classes=of_class,
        macro_f1=sum(each.f1 for each in met) / len(met),
        weighted_f1=sum(each.f1 * each.reviews for each in of_class) / count,
    )


def answers_of(probabilities: NDArray[np.floating], threshold: float = 0.5) -> NDArray[np.intp]:
    """Return the number of the answered class of each text, ``(n,)``; of equal ones the first.

    Args:
        probabilities: ``(n, classes)``.
        threshold: of two classes, the probability above which the second one is answered, from 0 to 1; of
            more it is not looked at.
    """
    if probabilities.shape[1] == 2:
        return (probabilities[:, 1].astype(np.float64) > threshold).astype(np.intp)
    return np.asarray(probabilities.argmax(axis=1), np.intp)


def _of_class(name: str, confusion: NDArray[np.int64], number: int) -> ClassFigures:
    hits, called, texts = (
        int(value)
        for value in (confusion[number, number], confusion[:, number].sum(), confusion[number].sum())
    )
    precision, recall = ratio(hits, called), ratio(hits, texts)
    return ClassFigures(name, texts, precision, recall, ratio(2 * precision * recall, precision + recall))


def ratio(part: float, whole: float) -> float:
    """Return a part as a share of the whole, 0 of nothing."""
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
