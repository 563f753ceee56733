"""What is said in the end of a training on texts of one's own."""

import numpy as np
import pytest

from opinia.evaluate.metrics import evaluate
from opinia.evaluate.statistics import wilson
from opinia.train.own_texts.outcome import Outcome


def lines(right, count, *, part="validation", linear=None, majority=0.5):
    """Return what is said where so many of some texts were judged rightly."""
    truth = np.arange(count) % 2
    answers = np.where(np.arange(count) < right, truth, 1 - truth)
    probabilities = np.stack([1 - answers, answers], axis=1) * 0.8 + 0.1
    result = evaluate(truth, probabilities.astype(np.float32), np.full(count, 9), ("bad", "good"))
    low, high = wilson(right, count)
    return Outcome(part, result, low, high, "bad", majority, linear, ()).lines()


def test_validation_has_chosen_the_epoch_and_a_test_has_not():
    said = "the best epoch was chosen on these texts"
    assert any(line.startswith(said) for line in lines(80, 100))
    assert not any(line.startswith(said) for line in lines(80, 100, part="test"))


@pytest.mark.parametrize(
    ("right", "count", "said"),
    [
        (50, 100, "has learnt nothing of use"),
        (55, 100, "100 texts are too few to say that the network has learnt something"),
        (7, 10, "10 texts are too few to say that the network has learnt something"),
        (700, 1000, ""),
    ],
)
def test_an_accuracy_near_that_of_the_commonest_class_is_told(right, count, said):
    found = lines(right, count)
    doubts = [line for line in found if "learnt nothing" in line or "too few to say" in line]
    assert len(doubts) == bool(said)
    assert all(line.endswith(said) for line in doubts)


@pytest.mark.parametrize(("linear", "told"), [(None, False), (0.79, False), (0.8, False), (0.81, True)])
def test_a_better_linear_model_is_told_and_where_it_is_described(linear, told, root):
    found = [line for line in lines(80, 100, linear=linear) if "tf-idf is better" in line]
    assert len(found) == told
    heading = "## Where tf-idf is better\n"
    assert all(heading.strip("# \n") in line for line in found)
    assert heading in (root / "docs/own_data.md").read_text(encoding="utf-8")


def test_classes_that_are_never_answered_are_told():
    truth = np.array([0, 0, 1, 1, 2, 3, 3])  # of "e" there is no text, and "d" is answered
    called = np.array([0, 0, 0, 1, 1, 3, 3])
    probabilities = (np.eye(5) * 0.8 + 0.04)[called].astype(np.float32)
    result = evaluate(truth, probabilities, np.full(7, 9), tuple("abcde"))
    found = Outcome("test", result, 0.4, 0.9, "a", 0.3, None, ()).lines()
    assert [line for line in found if line.startswith("never answered: 'c' (1 here);")]
    assert not any("never answered" in line for line in lines(80, 100))
