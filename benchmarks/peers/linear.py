"""Linear models of n-grams in scikit-learn, fitted; ``judge.py`` asks them. In the environment of the peers.

    python linear.py tfidf --train TRAIN.json --validation VALIDATION.json --save MODEL.joblib
    python linear.py example --train TRAIN.json --save MODEL.joblib

``tfidf``: tf-idf of words and pairs, logistic regression. ``nb``: presence of one to three words, weighted by
naive Bayes log-count ratios (Wang and Manning, "Baselines and Bigrams", ACL 2012), logistic regression; the
strongest that train in seconds. The strength of regularisation is chosen on validation; the model that is
saved is then fitted on both parts. ``example`` is scikit-learn's own example, to be timed alone: speed does
not depend on the labels that it learns. The last line of standard output says what was chosen, as JSON.
"""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any, Self

import joblib
import numpy as np
import sklearn
from scipy.sparse import csr_matrix
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.feature_extraction.text import CountVectorizer, TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import Pipeline, make_pipeline

from measure import answer, read_reviews

STRENGTHS = {"tfidf": (1.0, 3.0, 10.0, 30.0), "nb": (0.03, 0.1, 0.3, 1.0)}


class LogCountRatio(TransformerMixin, BaseEstimator):
    """Multiplies each n-gram by the log of how much more often positive texts have it than negative ones."""

    def fit(self, counts: csr_matrix, labels: np.ndarray) -> Self:
        """Learn the ratios; one is added to each count."""
        positive, negative = (1.0 + np.asarray(counts[labels == y].sum(axis=0)).ravel() for y in (1, 0))
        self.ratio_ = np.log((positive / positive.sum()) / (negative / negative.sum())).astype(np.float32)
        return self

    def transform(self, counts: csr_matrix) -> csr_matrix:
        """Return the weighted n-grams."""
        return counts.multiply(self.ratio_).tocsr()


def features(name: str) -> Pipeline:
    """Return what turns texts into numbers."""
    if name == "tfidf":
        return make_pipeline(
            TfidfVectorizer(ngram_range=(1, 2), min_df=2, sublinear_tf=True, dtype=np.float32)
        )
    words = CountVectorizer(
        ngram_range=(1, 3), min_df=2, binary=True, token_pattern=r"[\w']+|[!?]", dtype=np.float32
    )
    return make_pipeline(words, LogCountRatio())


def regression(strength: float) -> LogisticRegression:
    """Return the classifier; a higher strength is less regularised."""
    return LogisticRegression(C=strength, solver="liblinear", random_state=0)


def fit(
    name: str, train: tuple[list[str], list[int]], validation: tuple[list[str], list[int]]
) -> tuple[Pipeline, dict[str, Any]]:
    """Choose on validation, fit on both parts, and return the model with what it took."""
    texts, labels = train[0], np.array(train[1])
    vectors = features(name)
    known = vectors.fit_transform(texts, labels)
    other = vectors.transform(validation[0])
    accuracy = {}
    for strength in STRENGTHS[name]:
        accuracy[strength] = regression(strength).fit(known, labels).score(other, validation[1])
    best = max(accuracy, key=lambda strength: accuracy[strength])
    model = make_pipeline(features(name), regression(best))
    model.fit([*texts, *validation[0]], np.array([*train[1], *validation[1]]))
    chosen = {
        "C": best,
        "validation_accuracy": {str(strength): round(value, 5) for strength, value in accuracy.items()},
        "validation_reviews": len(validation[0]),
        "training_reviews": len(texts) + len(validation[0]),
    }
    return model, chosen


def fit_example(texts: list[str], labels: list[int]) -> Pipeline:
    """Return tf-idf of one and two words, as in scikit-learn's own examples, quickly fitted."""
    pipeline = make_pipeline(TfidfVectorizer(ngram_range=(1, 2)), LogisticRegression(max_iter=20, tol=0.1))
    return pipeline.fit(texts, labels)


def main() -> None:
    """Fit the model that the command line names."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("name", choices=[*STRENGTHS, "example"])
    parser.add_argument("--train", required=True)
    parser.add_argument("--validation")
    parser.add_argument("--save", type=Path, required=True)
    arguments = parser.parse_args()
    if arguments.name == "example":
        model, chosen = fit_example(*read_reviews(arguments.train)), {}
    else:
        model, chosen = fit(arguments.name, read_reviews(arguments.train), read_reviews(arguments.validation))
    temporary = arguments.save.with_name(f".{arguments.save.name}.tmp")
    joblib.dump(model, temporary)
    temporary.replace(arguments.save)
    answer(
        {
            "chosen": chosen,
            "parameters": int(model[-1].coef_.size + 1),
            "bytes": arguments.save.stat().st_size,
            "versions": {"scikit-learn": sklearn.__version__},
        }
    )


if __name__ == "__main__":
    import linear  # saved under the module's own name, so that any process can load it

    linear.main()
