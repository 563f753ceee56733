"""A model without recurrence: logistic regression on weighted word n-grams.

Words, pairs and triples that occur are weighted by how much more often they stand in positive than
in negative reviews (Wang & Manning 2012). It is right where an opinion is said in fixed phrases, and
its errors differ from a network's, which makes it a good second teacher.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from opinia.train.calibration import Calibration, fit_calibration
from opinia.words import split_words

LONGEST = 3
FEWEST_REVIEWS = 2
"""An n-gram that stands in fewer is not looked at."""
SMOOTHING = 1.0
INVERSE_PENALTY = 1.0


def fit_weights(present: Any, labels: Sequence[int] | NDArray[Any]) -> tuple[NDArray[np.float32], float]:
    """Return the weight of each n-gram, and the bias.

    Args:
        present: SciPy's CSR matrix ``(reviews, n-grams) float32``, 1 where a review holds an n-gram.
        labels: ``(reviews,)`` 1 positive, 0 negative.

    Returns:
        ``(n-grams,) float32``: what the presence of each adds to the logit.
    """
    from sklearn.linear_model import LogisticRegression

    positive = np.asarray(labels) == 1
    shares = [SMOOTHING + np.asarray(present[rows].sum(0))[0] for rows in (positive, ~positive)]
    ratio = (np.log(shares[0] / shares[0].sum()) - np.log(shares[1] / shares[1].sum())).astype(np.float32)
    # The solver visits the reviews in random order: with a state of its own it gives the same each time.
    regression = LogisticRegression(
        C=INVERSE_PENALTY, solver="liblinear", dual=True, max_iter=1000, random_state=0
    )
    regression.fit(present.multiply(ratio).tocsr(), positive)
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
