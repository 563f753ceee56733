"""Some hundreds of odd texts; ``python tests/model/fuzz_texts.py 50000`` tries more."""

import fuzz_texts
import numpy as np
import pytest

import fuzzing
from opinia.model.classifier import Classifier, load


@pytest.fixture(scope="module")
def classifiers(tmp_path_factory):
    return [load(path) for path in fuzz_texts.written_models(tmp_path_factory.mktemp("texts"))]


def test_odd_texts_are_answered_rightly():
    ends, examples = fuzzing.run(fuzz_texts.__file__, 1_000_000, 250, seconds=fuzz_texts.LIMIT_SECONDS)
    assert ends == {"answered": 250}, examples


def test_the_fuzzer_sees_wrong_answers(classifiers, monkeypatch):
    """Company that changes answers, places that are off by one, and another rule for tokens are noticed."""
    seeds = range(20)
    assert {end for _, end in fuzz_texts.attack(seeds, classifiers)} == {"answered"}
    honest = Classifier.predict_proba

    def swayed(self, texts):
        found = honest(self, texts)
        return np.roll(found, 1, axis=0)

    with monkeypatch.context() as patch:
        patch.setattr(Classifier, "predict_proba", swayed)
        assert any("in company" in end for _, end in fuzz_texts.attack(seeds, classifiers))
    with monkeypatch.context() as patch:
        patch.setattr("opinia.text.words.word_spans", lambda text: [(0, 1), (0, 1)])
        assert any("out of order" in end for _, end in fuzz_texts.attack(seeds, classifiers))
    with monkeypatch.context() as patch:
        patch.setattr(
            "opinia.text.tokenizer.split_tokens", lambda text: text.encode("utf-8", "ignore").split()
        )
        assert any("other tokens" in end for _, end in fuzz_texts.attack(seeds, classifiers))
