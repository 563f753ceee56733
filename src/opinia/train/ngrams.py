"""Models without recurrence: logistic regression on weighted word n-grams.

Words, pairs and triples that occur are weighted by how much more often they stand in positive than
in negative reviews (Wang & Manning 2012). It is right where an opinion is said in fixed phrases, and
its errors differ from a network's, which makes it a good second teacher, and useful beside the
network (:mod:`opinia.graph.ngrams`).
"""

from __future__ import annotations

import hashlib
import io
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from opinia.data.corpus import Corpus
from opinia.errors import TrainingError
from opinia.graph.ngrams import LONGEST, SLOTS, STEP, LinearModel, codes_of
from opinia.runs.arrays import read_arrays
from opinia.system.files import write_atomically
from opinia.text.words import split_words
from opinia.train.calibration import Calibration, fit_calibration

FEWEST_REVIEWS = 2
"""An n-gram that stands in fewer is not looked at."""
SMOOTHING = 1.0
INVERSE_PENALTY = 1.0


def fit_weights(
    present: Any, labels: Sequence[int] | NDArray[Any], counts: NDArray[np.floating] | None = None
) -> tuple[NDArray[np.float32], float]:
    """Return the weight of each n-gram, and the bias.

    Args:
        present: SciPy's CSR matrix ``(reviews, n-grams) float32``, 1 where a review holds an n-gram.
        labels: ``(reviews,)`` 1 positive, 0 negative.
        counts: ``(reviews,)`` how much each counts; None counts all alike.

    Returns:
        ``(n-grams,) float32``: what the presence of each adds to the logit.
    """
    from sklearn.linear_model import LogisticRegression

    positive = np.asarray(labels) == 1
    counted = present if counts is None else present.multiply(counts[:, None]).tocsr()
    shares = [SMOOTHING + np.asarray(counted[rows].sum(0))[0] for rows in (positive, ~positive)]
    ratio = (np.log(shares[0] / shares[0].sum()) - np.log(shares[1] / shares[1].sum())).astype(np.float32)
    # The solver visits the reviews in random order: with a state of its own it gives the same each time.
    regression = LogisticRegression(
        C=INVERSE_PENALTY, solver="liblinear", dual=True, max_iter=1000, random_state=0
    )
    regression.fit(present.multiply(ratio).tocsr(), positive, sample_weight=counts)
    return (regression.coef_[0] * ratio).astype(np.float32), float(regression.intercept_[0])


class NgramTeacher:
    """Fits on labelled reviews, and gives calibrated logits to others.

    Args:
        texts: labelled training reviews.
        labels: 1 positive, 0 negative.
        validation: reviews that the logits are calibrated on.
        validation_labels: theirs.
    """

    def __init__(
        self,
        texts: Sequence[str],
        labels: Sequence[int],
        validation: Sequence[str],
        validation_labels: Sequence[int],
    ) -> None:
        from sklearn.feature_extraction.text import CountVectorizer

        self._counter = CountVectorizer(
            tokenizer=split_words, lowercase=False, token_pattern=None,
            ngram_range=(1, LONGEST), min_df=FEWEST_REVIEWS, binary=True, dtype=np.float32,
        )  # fmt: skip
        self._weights, self._bias = fit_weights(self._counter.fit_transform(texts), labels)
        self._calibration = Calibration()
        self._calibration = fit_calibration(self.logits(validation), np.asarray(validation_labels))

    def logits(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Return calibrated logits of the positive class, ``(n,) float32``."""
        logits = self._counter.transform(texts) @ self._weights + np.float32(self._bias)
        return self._calibration.apply(logits)


def save_linear(linear: LinearModel, path: Path, *, learnt_from: str = "") -> None:
    """Write a linear model as a file of :func:`load_linear`.

    Args:
        linear: the model.
        path: the file.
        learnt_from: a digest of what it has learnt from.
    """
    buffer = io.BytesIO()
    np.savez(
        buffer,
        slots=linear.slots,
        codes=linear.codes,
        weights=linear.weights,
        bias=linear.bias,
        learnt_from=np.array(learnt_from),
    )
    write_atomically(path, buffer.getvalue())


def load_linear(path: Path, *, learnt_from: str = "") -> LinearModel:
    """Read what :func:`save_linear` wrote.

    Args:
        path: the file.
        learnt_from: the digest that it must have; empty takes any.

    Raises:
        TrainingError: the file is missing, damaged or of another run.
    """
    saved = read_arrays(path, "slots", "codes", "weights", "bias")
    if learnt_from and str(saved.get("learnt_from", learnt_from)) != learnt_from:
        raise TrainingError(
            f"{path} is of another run: its n-grams were learnt from other texts, or with other settings",
            hint=f"delete {path}: the run makes it anew when it is continued",
        )
    bias = saved["bias"] if saved["bias"].ndim else float(saved["bias"])
    return LinearModel(saved["slots"], saved["codes"], saved["weights"], bias)


def fit_linear(
    training: Corpus,
    validation: Corpus,
    *,
    ngrams: int,
    classes: int = 2,
    counts: NDArray[np.floating] | None = None,
    smoothed: bool = False,
) -> LinearModel:
    """Fit on labelled reviews, keep what counts most, and calibrate.

    Of more classes than two each is told apart from all others, and one temperature is fitted for all.

    Args:
        training: reviews with their labels.
        validation: reviews that the logits are calibrated on.
        ngrams: how many are kept, fewer than there are slots; one a slot.
        classes: how many there are.
        counts: ``(reviews,)`` how much each of training counts; None counts all alike.
        smoothed: as in :func:`~opinia.train.calibration.fit_calibration`.
    """
    held = [np.unique(codes_of(ids)) for ids in training.reviews()]
    codes, reviews = np.unique(np.concatenate(held), return_counts=True)
    codes, reviews = codes[reviews >= FEWEST_REVIEWS], reviews[reviews >= FEWEST_REVIEWS]
    present = _presence(held, codes) if len(codes) else None
    bias: float | NDArray[np.float64]
    if present is None:  # few texts, in which nothing is said twice
        weights, strength = np.zeros((0,) if classes == 2 else (0, classes), np.float32), np.zeros(0)
        bias = 0.0 if classes == 2 else np.zeros(classes)
    elif classes == 2:
        weights, bias = fit_weights(present, training.labels, counts)
        strength = np.abs(weights)
    else:
        fitted = [fit_weights(present, training.labels == number, counts) for number in range(classes)]
        weights, bias = np.stack([of for of, _ in fitted], axis=1), np.array([of for _, of in fitted])
        strength = np.abs(weights).max(axis=1)
    # Of two n-grams as strong, the one that stands in more reviews moves more answers.
    order = np.argsort(-strength * np.sqrt(reviews), kind="stable")
    _, first = np.unique(codes[order] % SLOTS, return_index=True)
    kept = np.sort(order[np.sort(first)[:ngrams]])
    slots = np.zeros(SLOTS, np.uint16)
    slots[codes[kept] % SLOTS] = np.arange(1, len(kept) + 1)
    none = np.array([-1], np.int64)
    raw = LinearModel(slots, np.concatenate([none, codes[kept]]), _stepped(weights[kept]), bias)
    logits = raw.logits(validation.reviews())
    scale = fit_calibration(
        logits, validation.labels, smoothed=smoothed, weights=validation.weights
    ).temperature
    return LinearModel(slots, raw.codes, _stepped(weights[kept] / scale), bias / scale)


def keep_linear(
    path: Path,
    training: Corpus,
    validation: Corpus,
    *,
    ngrams: int,
    classes: int,
    say: Callable[[str], None],
    counts: NDArray[np.floating] | None = None,
    smoothed: bool = False,
) -> LinearModel:
    """Return the linear model of a file, which is fitted and written where it is not there.

    It is fitted on the training part alone, in a final training, too: so it stays calibrated.

    Args:
        path: the file.
        training: reviews with their labels.
        validation: reviews that the logits are calibrated on.
        ngrams: see :func:`fit_linear`.
        classes: how many there are.
        say: told how good it is.
        counts: how much each of training counts.
        smoothed: see :func:`fit_linear`.
    """
    about = repr((ngrams, classes, smoothed, None if counts is None else counts.tobytes())).encode()
    parts = (training.ids, training.starts, training.labels, validation.ids, validation.labels)
    digest = hashlib.sha256(about + b"".join(part.tobytes() for part in parts)).hexdigest()
    if not path.is_file():
        linear = fit_linear(
            training, validation, ngrams=ngrams, classes=classes, counts=counts, smoothed=smoothed
        )
        logits = linear.logits(validation.reviews())
        right = (logits > 0 if logits.ndim == 1 else logits.argmax(axis=1)) == validation.labels
        kept = f"{linear.ngrams:,} n-gram{'' if linear.ngrams == 1 else 's'}"
        say(f"linear model of {kept}: accuracy {right.mean():.4f} on validation")
        save_linear(linear, path, learnt_from=digest)
    return load_linear(path, learnt_from=digest)


def _presence(held: list[NDArray[np.int64]], codes: NDArray[np.int64]) -> Any:
    """Return SciPy's CSR matrix ``(reviews, n-grams)``: which of the codes each review holds."""
    from scipy.sparse import csr_matrix

    columns = [_places(row, codes) for row in held]
    starts = np.cumsum([0, *(len(row) for row in columns)])
    ones = np.ones(starts[-1], np.float32)
    return csr_matrix((ones, np.concatenate(columns), starts), shape=(len(held), len(codes)))


def _places(row: NDArray[np.int64], codes: NDArray[np.int64]) -> NDArray[np.intp]:
    """Return the places of a review's codes among sorted ones; codes that are not there have none."""
    places = np.searchsorted(codes, row).clip(max=len(codes) - 1)
    return np.asarray(places[codes[places] == row])


def _stepped(weights: NDArray[np.floating]) -> NDArray[np.int16]:
    """Return weights as multiples of :data:`STEP`, behind those of row 0."""
    limits = np.iinfo(np.int16)
    steps = np.round(weights / STEP).clip(limits.min, limits.max).astype(np.int16)
    return np.concatenate([np.zeros_like(steps, shape=(1, *steps.shape[1:])), steps])
