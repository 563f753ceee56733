"""Models that real Keras 3 has saved give its own answers, without Keras."""

import numpy as np
import pytest

from keras_models import classifier, expected, names, texts


@pytest.mark.parametrize("name", names())
def test_answers_are_those_of_keras(name):
    """To 1e-5, each text alone; where Keras has no answer there is nothing to compare."""
    found = classifier(name)
    is_logits = "assumed" in found.card["keras"] and "no activation" in found.card["keras"]["assumed"]
    wanted = expected(name, is_logits=is_logits)
    answered = np.isfinite(wanted).all(axis=1)
    assert answered.sum() > 200
    assert wanted[answered].std(axis=0).max() > 5e-4
    given = found.predict_proba(texts(name))
    assert np.isfinite(given).all()
    assert np.abs(given - wanted)[answered].max() < 1e-5


def test_there_are_models_of_all_kinds():
    assert len(names()) >= 25
    assert sum(len(texts(name)) for name in names()) / len(names()) >= 250
