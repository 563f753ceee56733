"""What a network is compared with on texts of one's own: logistic regression on tf-idf, from scikit-learn."""

from __future__ import annotations

from typing import Any

from opinia import extras
from opinia.data.labelled import LabelledTexts

_INVERSE_PENALTY = 10.0


def fit_tfidf(train: LabelledTexts) -> Any:
    """Return logistic regression on tf-idf of words and pairs, a pipeline of scikit-learn, that has learnt.

    Args:
        train: what it learns from.

    Returns:
        None where scikit-learn is not installed, or no text has a word.
    """
    if not extras.available(*extras.TEACHING):
        return None
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline

    baseline = make_pipeline(
        TfidfVectorizer(ngram_range=(1, 2), sublinear_tf=True),
        LogisticRegression(C=_INVERSE_PENALTY, max_iter=1000),
    )
    try:
        baseline.fit(train.texts, train.labels)
    except ValueError:  # texts without a word
        return None
    return baseline
