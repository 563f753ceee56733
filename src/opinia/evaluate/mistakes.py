"""Which labelled texts a model is wrong about or unsure of, and whose labels are to be doubted."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from opinia.errors import TooLongError
from opinia.evaluate.metrics import answers_of
from opinia.model.classifier import Classifier
from opinia.model.explain import Explanation, explain

KINDS = ("wrong", "unsure", "suspect")
UNSURE = 0.2
"""Right answers whose margin is below it are unsure ones: of two classes, those below 60 %."""


def margins(
    truth: NDArray[np.integer], probabilities: NDArray[np.floating], threshold: float = 0.5
) -> NDArray[np.float64]:
    """Return how far the label of each text lies above the best of the other classes, ``(n,)``.

    That is the probability of the label minus that of the likeliest other class, from -1, surely wrong, to 1,
    surely right: below 0 another class is answered. Of two classes with another threshold than one half it is
    twice the distance from the threshold, on either side as a share of what there is of that side.

    Args:
        truth: ``(n,)`` number of the class of each text, from 0.
        probabilities: ``(n, classes)``.
        threshold: of two classes; see :func:`opinia.evaluate.metrics.answers_of`.
    """
    rows, wide = np.asarray(truth).astype(np.intp), probabilities.astype(np.float64)
    if wide.shape[1] == 2:
        above = wide[:, 1] - threshold
        reach = np.where(above > 0, 1 - threshold, threshold)
        signed = np.divide(above, reach, out=np.zeros_like(above), where=reach > 0)
        return np.where(rows == 1, signed, -signed)
    places = np.arange(len(rows))
    own = wide[places, rows]
    wide[places, rows] = -np.inf
    return np.asarray(own - wide.max(axis=1))


def self_confidence(truth: NDArray[np.integer], probabilities: NDArray[np.floating]) -> NDArray[np.float64]:
    """Return the mean probability that texts of each class have of it, ``(classes,)``; nan without a text.

    These are the thresholds of confident learning (Northcutt, Jiang and Chuang 2021, section 3.1).
    """
    rows = np.asarray(truth).astype(np.intp)
    classes = probabilities.shape[1]
    own = probabilities[np.arange(len(rows)), rows].astype(np.float64)
    counts = np.bincount(rows, minlength=classes)
    sums = np.bincount(rows, own, classes)
    return np.asarray(np.divide(sums, counts, out=np.full(classes, np.nan), where=counts > 0))


def suspects(truth: NDArray[np.integer], probabilities: NDArray[np.floating]) -> NDArray[np.intp]:
    """Return the class that each text confidently belongs to instead of that of its label, ``(n,)``; else -1.

    Confident learning (Northcutt, Jiang and Chuang, "Confident Learning: Estimating Uncertainty in Dataset
    Labels", JAIR 70, 2021): a text is counted for a class if its probability of it is at least the mean
    self-confidence of the class's own texts, of several such classes for the likeliest; those counted for
    another class than their label's, the off-diagonal of the confident joint, are suspect. As in the authors'
    own implementation, a text whose label is also the likeliest class is not.

    It takes the probabilities of a model that has not learnt from the texts: one that has knows their labels.

    Args:
        truth: ``(n,)`` number of the class of each text, from 0.
        probabilities: ``(n, classes)``.
    """
    rows = np.asarray(truth).astype(np.intp)
    thresholds = self_confidence(rows, probabilities)
    wide = probabilities.astype(np.float64)
    # A class without texts has no threshold, and nothing is counted for it.
    counted = np.where(wide >= np.where(np.isnan(thresholds), np.inf, thresholds), wide, -np.inf)
    best = counted.argmax(axis=1)
    is_counted = np.isfinite(counted[np.arange(len(rows)), best])
    likeliest = answers_of(probabilities)
    return np.where(is_counted & (best != rows) & (likeliest != rows), best, -1)


@dataclass(frozen=True)
class Mistake:
    """A text that a model is wrong about or unsure of.

    Args:
        row: its number in the table, from 1, or its name.
        text: as it was judged.
        label: the class that it is said to be of.
        answer: the class that the model answers.
        probability: of the answer, from 0 to 1.
        of_label: probability of the label.
        margin: see :func:`margins`.
        kind: ``"wrong"`` or ``"unsure"``.
        suspect: the class that it confidently belongs to, see :func:`suspects`; None where its label is not
            to be doubted.
        doubt: why its answer should not be trusted, one of :data:`opinia.model.doubt.DOUBTS`, or None.
        explanation: which words speak for the answer and which against it; None where it is too long.
    """

    row: str
    text: str
    label: str
    answer: str
    probability: float
    of_label: float
    margin: float
    kind: str
    suspect: str | None
    doubt: str | None = None
    explanation: Explanation | None = None


@dataclass(frozen=True)
class Mistakes:
    """What a model is wrong about or unsure of among labelled texts.

    Args:
        rows: texts that were judged.
        wrong: of these, those that are answered wrongly.
        unsure: those that are answered rightly, but narrowly.
        suspect: those whose labels are to be doubted; all of them are wrong ones.
        confused: label, answer and how often, the commonest first.
        listed: the texts that were asked for, the worst first: by their margin.
        left: how many more there are of the same kind.
    """

    rows: int
    wrong: int
    unsure: int
    suspect: int
    confused: tuple[tuple[str, str, int], ...]
    listed: tuple[Mistake, ...]
    left: int


class Collector:
    """Takes in judged texts, some at a time, and keeps those that a model is wrong about or unsure of.

    Args:
        classes: the model's, in the order of the columns.
        unsure: the margin below which a right answer is unsure, from 0, which makes none so, to 1.
        threshold: of two classes; see :func:`opinia.evaluate.metrics.answers_of`.
    """

    def __init__(self, classes: Sequence[str], *, unsure: float = UNSURE, threshold: float = 0.5) -> None:
        self._classes, self._unsure, self._threshold = tuple(classes), unsure, threshold
        self._truth: list[NDArray[np.int16]] = []
        self._probabilities: list[NDArray[np.float32]] = []
        self._texts: dict[int, tuple[str, str]] = {}
        self._count = 0

    def add(
        self,
        names: Sequence[str],
        texts: Sequence[str],
        truth: NDArray[np.int16],
        probabilities: NDArray[np.float32],
    ) -> None:
        """Take in some texts: their numbers or names, what stands in them, their classes, probabilities."""
        for place in np.flatnonzero(self._is_kept(truth, probabilities)).tolist():
            self._texts[self._count + place] = names[place], texts[place]
        self._truth.append(np.asarray(truth, np.int16))
        self._probabilities.append(probabilities)
        self._count += len(names)

    def mistakes(self, *, most: int, only: str | None = None) -> Mistakes:
        """Return what was found, without explanations.

        Args:
            most: texts that are listed, at most.
            only: one of :data:`KINDS`; None lists all.
        """
        truth = np.concatenate([*self._truth, np.zeros(0, np.int16)]).astype(np.intp)
        shares = np.concatenate([*self._probabilities, np.zeros((0, len(self._classes)), np.float32)])
        answers = answers_of(shares, self._threshold)
        doubted = suspects(truth, shares)
        doubted[answers == truth] = -1
        far = margins(truth, shares, self._threshold)
        is_wrong, is_suspect = answers != truth, doubted >= 0
        is_unsure = ~is_wrong & (far < self._unsure)
        wanted = {"wrong": is_wrong, "unsure": is_unsure, "suspect": is_suspect}
        chosen = np.flatnonzero(is_wrong | is_unsure if only is None else wanted[only])
        # Wrong ones stand first whatever rounding makes of a margin near nothing.
        order = chosen[np.lexsort((chosen, far[chosen], ~is_wrong[chosen]))]
        pairs = Counter(zip(truth[is_wrong].tolist(), answers[is_wrong].tolist(), strict=True))
        listed = [
            Mistake(
                row=self._texts[place][0],
                text=self._texts[place][1],
                label=self._classes[truth[place]],
                answer=self._classes[answers[place]],
                probability=float(shares[place, answers[place]]),
                of_label=float(shares[place, truth[place]]),
                margin=float(far[place]),
                kind="wrong" if is_wrong[place] else "unsure",
                suspect=self._classes[doubted[place]] if is_suspect[place] else None,
            )
            for place in order[:most].tolist()
        ]
        return Mistakes(
            rows=len(truth),
            wrong=int(is_wrong.sum()),
            unsure=int(is_unsure.sum()),
            suspect=int(is_suspect.sum()),
            confused=tuple(
                (self._classes[label], self._classes[answer], count)
                for (label, answer), count in sorted(pairs.items(), key=lambda pair: (-pair[1], pair[0]))
            ),
            listed=tuple(listed),
            left=len(order) - len(listed),
        )

    def _is_kept(self, truth: NDArray[np.int16], shares: NDArray[np.float32]) -> NDArray[np.bool_]:
        is_wrong = answers_of(shares, self._threshold) != truth
        return np.asarray(is_wrong | (margins(truth, shares, self._threshold) < self._unsure))


def explained(mistake: Mistake, classifier: Classifier) -> Mistake:
    """Return a mistake with what speaks for and against its answer, and whether to trust it at all.

    Args:
        mistake: of :meth:`Collector.mistakes`.
        classifier: that judged it.
    """
    (judged,) = classifier.classify(mistake.text)
    try:
        why = explain(classifier, mistake.text, target=mistake.answer, curve=False)
    except TooLongError:
        why = None
    return replace(mistake, doubt=judged.doubt, explanation=why)


def explain_all(
    mistakes: Mistakes,
    classifier_of: Callable[[Mistake], Classifier],
    on_progress: Callable[[int], None] = lambda done: None,
) -> Mistakes:
    """Return the mistakes with their explanations.

    Args:
        mistakes: without them.
        classifier_of: returns the model that judged one.
        on_progress: called with how many are done.
    """
    listed = []
    for number, mistake in enumerate(mistakes.listed, 1):
        listed.append(explained(mistake, classifier_of(mistake)))
        on_progress(number)
    return replace(mistakes, listed=tuple(listed))
