"""A few hundred damaged tables: each ends in an answer or in one clear error."""

import fuzz_tables

import fuzzing
from opinia.model.classifier import Classifier


def test_damaged_tables_are_answered_or_refused():
    ends, examples = fuzzing.run(fuzz_tables.__file__, 0, 120)
    assert set(ends) == {"answered", "refused"}, examples
    assert ends["answered"] > 30
    assert ends["refused"] > 18
    assert ends.total() == 120


def test_the_fuzzer_sees_a_wrong_answer(classifier, tmp_path, monkeypatch):
    """With a model that says otherwise when the answers are looked at again, it does not stay silent."""
    monkeypatch.setattr(Classifier, "predict", lambda self, texts: ["other"] * len(texts))
    ends = {fuzz_tables.attack(seed, tmp_path, classifier) for seed in range(20)}
    assert "another answer than the model's" in ends
