"""scikit-learn's own checks of estimators, on texts.

They are made for tables of numbers, and pass over an estimator that says it takes texts. So they run on one
that writes each row of numbers as a text first and is the estimator in everything else.
"""

from inspect import signature

import numpy as np
import pytest

sklearn = pytest.importorskip("sklearn", minversion="1.7")

from scipy.sparse import issparse  # noqa: E402
from sklearn.exceptions import SkipTestWarning  # noqa: E402
from sklearn.utils.estimator_checks import (  # noqa: E402
    check_estimator,
    estimator_checks_generator,
    parametrize_with_checks,
)

from opinia import SentimentClassifier  # noqa: E402

LETTERS = str.maketrans("0123456789-.", "qwertyuiopmn")

NO_COLUMNS = "a text is no row of columns, so there are none to count"
EXPECTED_FAILED_CHECKS = {
    "check_n_features_in": NO_COLUMNS,
    "check_n_features_in_after_fitting": NO_COLUMNS,
    "check_estimators_empty_data_messages": NO_COLUMNS,
    "check_fit2d_predict1d": "one row is refused as no text, not as what wants another shape",
    "check_estimators_nan_inf": "written as a text, nan is a text; missing texts are refused",
    "check_dtype_object": "asks for an error of numbers where an entry is a dictionary, which is refused",
    "check_sample_weight_equivalence_on_dense_data": (
        "steps and dropout are drawn at random, and a repeated text is drawn once more: weights are equal to "
        "repetition in loss, figures and calibration (tests/train/test_sample_weights.py), not bit by bit"
    ),
}
"""What scikit-learn checks and a column of texts cannot or need not pass, each with its reason."""
STRICT = {"xfail_strict": True} if "xfail_strict" in signature(parametrize_with_checks).parameters else {}


class OfNumbers(SentimentClassifier):
    """Reads a row of numbers as a text of words for their columns and values, rough and fine."""

    def __init__(self, *, epochs=3, learning_rate=0.05, threads=1, random_state=0, class_weight=None):
        super().__init__(
            epochs=epochs,
            units=8,
            embedding=8,
            learning_rate=learning_rate,
            threads=threads,
            random_state=random_state,
            class_weight=class_weight,
        )

    def _written(self, X):
        if issparse(X):
            return X
        rows = np.asarray(X)
        if rows.ndim != 2:
            return rows
        if rows.shape[1:] != getattr(self, "_columns", rows.shape[1:]):
            raise ValueError("another number of columns")
        return [
            " ".join(f"{i}v{v * 1.5:.0f} {i}f{v:.2f}" for i, v in enumerate(row)).translate(LETTERS)
            for row in rows.tolist()
        ]

    def fit(self, X, y, sample_weight=None):
        if hasattr(self, "_columns"):
            del self._columns
        super().fit(self._written(X), y, sample_weight)
        self._columns = np.asarray(X).shape[1:]
        return self

    def predict_proba(self, X):
        return super().predict_proba(self._written(X))

    def decision_function(self, X):
        return super().decision_function(self._written(X))

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.input_tags.two_d_array = True
        tags.input_tags.one_d_array = tags.input_tags.string = False
        return tags


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
@parametrize_with_checks([OfNumbers()], expected_failed_checks=lambda _: EXPECTED_FAILED_CHECKS, **STRICT)
def test_a_check_of_scikit_learn(estimator, check):
    check(estimator)


def test_expected_failures_are_of_checks_that_are_run():
    names = {check.func.__name__ for _, check in estimator_checks_generator(OfNumbers())}
    assert {*EXPECTED_FAILED_CHECKS} <= names
    assert len(names - {*EXPECTED_FAILED_CHECKS}) > 40


def test_it_says_that_it_takes_texts_and_is_taken_at_its_word():
    """scikit-learn checks there what is not for tables alone."""
    with pytest.warns(SkipTestWarning, match="Can't test estimator SentimentClassifier which requires input"):
        results = check_estimator(SentimentClassifier())
    assert {result["status"] for result in results} == {"passed"}
