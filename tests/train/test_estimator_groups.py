"""Groups of texts that an estimator is fitted to: they are validated on as a whole."""

import numpy as np
import pandas as pd
import pytest

pytest.importorskip("sklearn", minversion="1.6")
pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")

import sklearn  # noqa: E402
from sklearn.model_selection import cross_validate  # noqa: E402
from sklearn.pipeline import make_pipeline  # noqa: E402
from sklearn.preprocessing import FunctionTransformer  # noqa: E402

from opinia import SentimentClassifier  # noqa: E402
from opinia.data.holdout import hold_out  # noqa: E402
from opinia.train.own_texts.estimator_input import read_given  # noqa: E402
from small_texts import small_texts  # noqa: E402


@pytest.fixture(scope="module")
def grouped():
    texts, labels = small_texts(120, seed=3)
    return texts, labels, [f"film {number // 4}" for number in range(120)]


def test_they_stay_on_one_side(grouped):
    texts, labels, groups = grouped
    whole = read_given(texts, labels, groups=groups).labelled
    split, _ = hold_out(whole)
    assert not {*split.train.groups} & {*split.validation.groups}
    assert len({*split.validation.groups}) * 4 == len(split.validation)
    alone, _ = hold_out(read_given(texts, labels).labelled)
    assert len({*alone.validation.groups}) == len(alone.validation)


def test_fit_takes_them_and_they_change_what_is_validated_on(grouped):
    texts, labels, groups = grouped
    found = [
        SentimentClassifier(epochs=1, units=8, embedding=8, threads=1)
        .fit(texts, labels, groups=given)
        .classifier_.card["data"]
        for given in (None, groups)
    ]
    assert [data["validation"]["groups"] == data["validation"]["reviews"] for data in found] == [True, False]


@pytest.mark.parametrize(
    "groups", [np.arange(4), pd.Series([1.0, 1.0, None, None]), ["a", "a", None, ""], (1, 1, np.nan, np.nan)]
)
def test_of_any_column_and_a_missing_one_is_none(groups):
    found = read_given(["a", "b", "c", "d"], [0, 1, 0, 1], groups=groups).labelled.groups
    assert found[2] != found[3]


@pytest.mark.parametrize("groups", [["a"], "abcd", [["a"], ["b"], ["c"], ["d"]] * 2, np.zeros((4, 2)), 7])
def test_what_is_no_column_of_groups_is_refused(groups):
    with pytest.raises(ValueError, match="groups must be|inconsistent numbers of samples"):
        read_given(["a", "b", "c", "d"], [0, 1, 0, 1], groups=groups)


def test_weights_of_0_take_their_groups_with_them():
    found = read_given(list("abc"), [0, 1, 1], [1, 0, 1], groups=list("xyz")).labelled
    assert found.groups == ("group x", "group z")


def quick():
    return SentimentClassifier(epochs=1, units=8, embedding=8, threads=1, random_state=1)


def is_by_group(estimator):
    """Tell whether validation was of whole groups."""
    held = estimator.classifier_.card["data"]["validation"]
    return held["groups"] < held["reviews"]


def test_a_pipeline_hands_them_on(grouped):
    texts, labels, groups = grouped
    pipeline = make_pipeline(FunctionTransformer(lambda column: column), quick())
    pipeline.fit(texts, labels, sentimentclassifier__groups=groups)
    assert is_by_group(pipeline[-1])


def test_cross_validation_routes_them(grouped):
    texts, labels, groups = grouped
    with sklearn.config_context(enable_metadata_routing=True):
        found = cross_validate(
            quick().set_fit_request(groups=True),
            np.array(texts),
            labels,
            params={"groups": groups},
            cv=2,
            return_estimator=True,
        )
    assert all(map(is_by_group, found["estimator"]))
