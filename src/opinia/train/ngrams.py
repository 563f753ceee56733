"""A teacher without recurrence: logistic regression on weighted word n-grams.

Words, pairs and triples that occur are weighted by how much more often they stand in positive than
in negative reviews (Wang & Manning 2012). It is right where an opinion is said in fixed phrases, and
its errors differ from a network's, which makes it a good second teacher.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from opinia.train.calibration import Calibration, fit_calibration
from opinia.words import split_words

LONGEST = 3
SMOOTHING = 1.0
INVERSE_PENALTY = 1.0


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
        from sklearn.linear_model import LogisticRegression

        self._counter = CountVectorizer(
            tokenizer=split_words, lowercase=False, token_pattern=None,
            ngram_range=(1, LONGEST), min_df=2, binary=True, dtype=np.float32,
        )  # fmt: skip
        present = self._counter.fit_transform(texts)
        positive = np.asarray(labels) == 1
        shares = [SMOOTHING + np.asarray(present[rows].sum(0))[0] for rows in (positive, ~positive)]
        ratio = np.log(shares[0] / shares[0].sum()) - np.log(shares[1] / shares[1].sum())
        self._ratio = ratio.astype(np.float32)  # (n-grams,)
        self._regression = LogisticRegression(C=INVERSE_PENALTY, solver="liblinear", dual=True, max_iter=1000)
        self._regression.fit(present.multiply(self._ratio).tocsr(), positive)
        self._calibration = Calibration()
        self._calibration = fit_calibration(self.logits(validation), np.asarray(validation_labels))

    def logits(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Return calibrated logits of the positive class, ``(n,) float32``."""
        weighted = self._counter.transform(texts).multiply(self._ratio).tocsr()
        logits = self._regression.decision_function(weighted).astype(np.float32)
        return self._calibration.apply(logits)
