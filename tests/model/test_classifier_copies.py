"""A classifier goes where Python's objects go: copies, pickles, processes; and so do errors."""

import copy
import multiprocessing
import pickle
from concurrent.futures import ProcessPoolExecutor

import numpy as np
import pytest

import opinia
from models import write_counting_model
from opinia import errors

TEXTS = ["a good film", "bad, bad film", ""]


@pytest.fixture
def path(tmp_path):
    return write_counting_model(tmp_path / "counting.onnx")


@pytest.mark.parametrize("way", [copy.copy, copy.deepcopy, lambda c: pickle.loads(pickle.dumps(c))])
@pytest.mark.parametrize("from_bytes", [False, True])
def test_a_copy_answers_alike(path, way, from_bytes):
    classifier = opinia.load(path.read_bytes() if from_bytes else path, threads=3)
    found = way(classifier)
    assert type(found) is opinia.Classifier
    assert found is not classifier
    np.testing.assert_array_equal(found.predict_proba(TEXTS), classifier.predict_proba(TEXTS))
    assert found.classes_.tolist() == classifier.classes_.tolist()
    assert found.card == classifier.card
    assert (found.model.sha256, found.model.path) == (classifier.model.sha256, classifier.model.path)


@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
def test_a_pickle_needs_no_file_and_can_be_pickled_again(path, protocol):
    classifier = opinia.load(path)
    content = pickle.dumps(classifier, protocol)
    expected = classifier.predict_proba(TEXTS)
    path.unlink()
    again = pickle.loads(pickle.dumps(pickle.loads(content), protocol))
    np.testing.assert_array_equal(again.predict_proba(TEXTS), expected)


def test_a_deep_copy_has_a_card_of_its_own(path):
    classifier = opinia.load(path)
    found = copy.deepcopy({"judge": classifier})["judge"]
    found.card["name"] = "another"
    assert classifier.card["name"] == "counting"


@pytest.mark.parametrize("change", ["deleted", "replaced"])
def test_a_model_file_that_is_gone_cannot_be_pickled(path, change):
    classifier = opinia.load(path)
    path.unlink() if change == "deleted" else path.write_bytes(b"other")
    with pytest.raises(opinia.ModelFileError, match="no longer there") as caught:
        pickle.dumps(classifier)
    assert "from its bytes" in caught.value.hint
    assert copy.deepcopy(classifier).predict("good") == ["positive"]


class Louder(opinia.Classifier):
    """A subclass stays one."""

    def predict(self, texts):
        return [label.upper() for label in super().predict(texts)]


def test_a_subclass_stays_one(path):
    classifier = Louder.from_path(path)
    for found in (copy.copy(classifier), copy.deepcopy(classifier), pickle.loads(pickle.dumps(classifier))):
        assert found.predict("good") == ["POSITIVE"]


@pytest.mark.parametrize("method", ["spawn", "forkserver"])
def test_workers_get_classifiers_and_give_errors_back(path, method):
    if method not in multiprocessing.get_all_start_methods():
        pytest.skip(f"this system has no {method}")
    classifier = opinia.load(path, threads=1)
    expected = classifier.classify(TEXTS)
    with ProcessPoolExecutor(1, mp_context=multiprocessing.get_context(method)) as pool:
        assert pool.submit(classifier.classify, TEXTS).result(timeout=120) == expected
        with pytest.raises(opinia.InputError, match="every entry must be a text") as caught:
            pool.submit(classifier.predict, [1]).result(timeout=120)
    assert caught.value.hint.startswith("drop or fill")


def test_joblib_sends_classifiers(path):
    joblib = pytest.importorskip("joblib")
    classifier = opinia.load(path, threads=1)
    judged = joblib.Parallel(n_jobs=2)(joblib.delayed(classifier.predict)([text]) for text in TEXTS)
    assert [label for labels in judged for label in labels] == classifier.predict(TEXTS)


def kinds_of(error):
    return [error, *(kind for each in error.__subclasses__() for kind in kinds_of(each))]


@pytest.mark.parametrize("kind", kinds_of(errors.OpiniaError))
def test_every_error_comes_back_from_a_pickle(kind):
    one = kind("serving", "serve") if kind is errors.MissingExtraError else kind("it failed", hint="do this")
    for found in (pickle.loads(pickle.dumps(one)), copy.copy(one), copy.deepcopy(one)):
        assert (type(found), str(found), found.hint, found.args) == (kind, str(one), one.hint, one.args)
