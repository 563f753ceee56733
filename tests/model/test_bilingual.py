"""Two models as one: which reads a text, and that each answer is that of the model that reads it."""

import copy
import pickle
import shutil
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

import opinia
from models import graph_of, random_network
from opinia import ModelFileError
from opinia.model.bilingual import BilingualClassifier, _Once
from opinia.model.explain import explain
from opinia.model.file import Description, read_model, write_model
from opinia.model.shipped import find_model
from opinia.system.fork_lock import fork_lock
from opinia.text.tokenizer import Tokenizer

ENGLISH = ("the", "a", "film", "is", "good", "bad", "not", "very", "was", "and", "this", "super")
POLISH = ("film", "jest", "dobry", "nie", "to", "bardzo", "zły", "i", "super", "polecam", "tego")


def model_of(path, words, *, language, labels=("negative", "positive"), seed=0):
    network = random_network(len(words) + 2, seed=seed)
    card = {"language": language, "name": language}
    description = Description(Tokenizer(words, "words", folds=language == "pl"), labels=labels, card=card)
    write_model(path, graph_of(network), description)
    return path


@pytest.fixture(scope="module")
def places(tmp_path_factory):
    folder = tmp_path_factory.mktemp("models")
    return (
        model_of(folder / "en.onnx", ENGLISH, language="en", seed=1),
        model_of(folder / "pl.onnx", POLISH, language="pl", seed=2),
    )


@pytest.fixture
def both(places):
    return BilingualClassifier(read_model(places[0]), places[1], languages=("en", "pl"), threads=1)


MIXED = [
    "This film is very good and not bad.",
    "Ten film jest bardzo dobry.",
    "",
    "nie polecam",
    "10/10 :)",
    "Zły.",
    "not bad",
    "film",
]
OF_POLISH = [False, True, False, True, False, True, False, False]


def test_each_text_is_answered_by_the_model_of_its_language(both, places):
    english, polish = map(opinia.load, places)
    found = both.predict_proba(MIXED)
    for text, is_polish, row in zip(MIXED, OF_POLISH, found, strict=True):
        assert np.allclose(row, (polish if is_polish else english).predict_proba([text])[0], atol=1e-5), text
    assert [both.reader_of(text).doubter.language == "pl" for text in MIXED] == OF_POLISH


def test_doubts_and_unknown_words_are_those_of_the_reader(both, places):
    english, polish = map(opinia.load, places)
    for text, is_polish, found in zip(MIXED, OF_POLISH, both.classify(MIXED), strict=True):
        alone = (polish if is_polish else english).classify(text)[0]
        assert (found.label, found.unknown, found.doubt) == (alone.label, alone.unknown, alone.doubt), text


def test_a_third_language_is_answered_with_a_doubt(both):
    (german,) = both.classify("Der Film ist nicht gut, und die Geschichte war sehr langweilig für mich.")
    assert german.doubt == "other_language"


def test_an_explanation_is_of_the_reader(both, places):
    polish = opinia.load(places[1])
    assert explain(both, "Film jest dobry.") == explain(polish, "Film jest dobry.")


def test_the_second_model_is_opened_by_the_first_text_that_needs_it(places, tmp_path):
    broken = tmp_path / "broken.onnx"
    broken.write_bytes(b"no model")
    both = BilingualClassifier(read_model(places[0]), broken, languages=("en", "pl"), threads=1)
    assert both.predict(["this film is good"])
    with pytest.raises(ModelFileError):
        both.predict(["To jest dobry film, bardzo polecam."])


def test_models_of_other_classes_do_not_go_together(places, tmp_path):
    other = model_of(tmp_path / "other.onnx", POLISH, language="pl", labels=("zła", "dobra"))
    both = BilingualClassifier(read_model(places[0]), other, languages=("en", "pl"), threads=1)
    with pytest.raises(ModelFileError, match="other classes"):
        both.predict(["nie polecam"])


def test_a_pickle_needs_no_path(places, tmp_path):
    paths = [Path(shutil.copy(place, tmp_path)) for place in places]
    both = BilingualClassifier(read_model(paths[0]), paths[1], languages=("en", "pl"), threads=1)
    sha256, pickled = both.sha256, pickle.dumps(both)
    for path in paths:
        path.unlink()
    there = pickle.loads(pickled)
    assert there.predict(["nie polecam"]) == opinia.load(places[1]).predict(["nie polecam"])
    assert there.sha256 == sha256
    assert there.languages == ("en", "pl")


def test_a_fork_waits_while_the_second_model_is_opened(both):
    def free():
        if got := fork_lock.acquire(timeout=0.05):
            fork_lock.release()
        return got

    def make():
        with ThreadPoolExecutor(1) as pool:  # the lock may be taken again by the same thread
            seen.append(pool.submit(free).result())
        return both

    seen: list[bool] = []
    assert _Once(make)() is both
    assert seen == [False]
    assert free()


def test_pickles_and_copies_answer_alike(both):
    expected = both.predict_proba(MIXED)
    for other in (pickle.loads(pickle.dumps(both)), copy.copy(both), copy.deepcopy(both)):
        assert np.array_equal(other.predict_proba(MIXED), expected)


def test_many_texts_and_none_keep_their_order(both):
    assert both.predict_proba([]).shape == (0, 2)
    many = MIXED * 1500  # more than are held at a time
    found = both.predict_proba(iter(many))
    assert np.allclose(found, np.tile(both.predict_proba(MIXED), (1500, 1)), atol=1e-5)


def test_threads_open_the_second_model_once(places):
    both = BilingualClassifier(read_model(places[0]), places[1], languages=("en", "pl"), threads=1)
    found: list[object] = []
    threads = [threading.Thread(target=lambda: found.append(both.second)) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(set(map(id, found))) == 1


def test_sessions_are_wrapped_in_both_models(both):
    seen: list[str] = []

    class Watched:
        def __init__(self, session):
            self._session = session

        def run(self, *arguments, **options):
            seen.append("run")
            return self._session.run(*arguments, **options)

        def __getattr__(self, name):
            return getattr(self._session, name)

    watched = both.with_sessions(Watched)
    assert np.allclose(watched.predict_proba(MIXED[:2]), both.predict_proba(MIXED[:2]), atol=1e-6)
    assert len(seen) == 2


def test_it_says_which_model_read_a_text_and_is_another_than_either(both, places):
    names = [prediction.read_by for prediction in both.classify(MIXED)]
    assert [name == "pl" for name in names] == OF_POLISH
    assert opinia.load(places[0]).classify("film")[0].read_by is None
    first, second = (opinia.load(place).sha256 for place in places)
    assert both.sha256 == f"{first}+{second}"


def test_its_name_is_no_file(tmp_path, monkeypatch):
    with pytest.raises(ModelFileError, match="auto is two models, general and polish"):
        find_model("auto")
    assert isinstance(opinia.load("auto"), BilingualClassifier)
    monkeypatch.chdir(tmp_path)
    (tmp_path / "auto").write_bytes(b"")
    with pytest.raises(ModelFileError, match="auto is empty"):
        opinia.load("auto")
