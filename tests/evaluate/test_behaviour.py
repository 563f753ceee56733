"""The behaviour checks: their texts, their rules, and real models under them."""

from collections import Counter

import numpy as np
import pytest

import opinia
from opinia.console.examples import EXAMPLES
from opinia.data import sample
from opinia.errors import DataError
from opinia.evaluate.behaviour import PARTS, Case, judge, pass_rates, rate, read_cases

CASES = read_cases()


def constant(positive):
    return lambda texts: np.tile([1 - positive, positive], (len(texts), 1))


def test_there_are_enough_cases_and_none_twice():
    assert 250 <= len(CASES) <= 400
    assert len({case.name for case in CASES}) == len(CASES)
    assert len({case.texts for case in CASES}) == len(CASES)
    folded = [text.casefold().strip(" .!") for case in CASES if len(case.texts) == 1 for text in case.texts]
    assert [text for text, count in Counter(folded).items() if count > 1] == []
    assert all(len(set(case.texts)) == len(case.texts) for case in CASES)
    assert all(text.strip() == text != "" for case in CASES for text in case.texts)


@pytest.mark.parametrize("part", PARTS)
def test_positive_and_negative_are_balanced_in_each_half(part):
    count = Counter(case.expected for case in CASES if case.part == part)
    assert count["positive"] == count["negative"]
    assert 0 < count["neutral"] < count["positive"] / 5
    single = Counter(case.expected for case in CASES if case.part == part and case.test == "label")
    assert single["positive"] == single["negative"]


def test_halves_are_equal_in_each_capability_and_follow_the_rule():
    count = Counter((case.capability, case.part) for case in CASES)
    for capability in {case.capability for case in CASES}:
        assert count[capability, PARTS[0]] == count[capability, PARTS[1]] >= 6
    for case in CASES:
        assert case.part == PARTS[0 if int(case.name.rpartition("/")[2]) % 2 else 1]


def test_texts_are_about_films_and_other_things():
    texts = [case.texts[0].lower() for case in CASES]
    for word in ("film", "hotel", "phone", "book", "app", "food"):
        assert sum(word in text for text in texts) >= 4
    assert max(len(text.split()) for text in texts) >= 60


def test_texts_stand_nowhere_in_the_bundled_reviews():
    others = "\n".join([*sample.load("train").texts, *sample.load("test").texts, *EXAMPLES])
    for case in CASES:
        assert not any(len(text.split()) > 7 and text in others for text in case.texts)


@pytest.mark.parametrize("positive", [0.99, 0.01])
def test_a_model_that_always_says_the_same_passes_what_it_must(positive):
    verdicts = judge(CASES, constant(positive))
    liked = "positive" if positive > 0.5 else "negative"
    for verdict in verdicts:
        must = {
            "label": verdict.case.expected == liked,
            "neutral": False,
            "direction": False,
            "steady": True,
            "same label": True,
        }
        assert verdict.passed == must[verdict.case.test], verdict.case
    labels = [verdict for verdict in verdicts if verdict.case.test == "label"]
    found = rate(labels)
    assert 2 * found.passed == found.cases


def test_a_model_that_never_knows_passes_no_label():
    verdicts = judge(CASES, constant(0.5))
    passed = Counter(verdict.case.test for verdict in verdicts if verdict.passed)
    assert passed["label"] == passed["direction"] == 0
    assert passed["neutral"] == sum(case.test == "neutral" for case in CASES)


@pytest.mark.parametrize(
    ("test", "expected", "positive", "passes"),
    [
        ("label", "positive", (0.51,), True),
        ("label", "negative", (0.5,), False),
        ("neutral", "neutral", (0.2,), True),
        ("neutral", "neutral", (0.81,), False),
        ("steady", "negative", (0.4, 0.49, 0.31), True),
        ("steady", "negative", (0.4, 0.49, 0.51), False),
        ("same label", "positive", (0.9, 0.51), True),
        ("same label", "positive", (0.9, 0.8, 0.49), False),
        ("same label", "positive", (0.1, 0.49), True),
        ("direction", "positive", (0.2, 0.26), True),
        ("direction", "positive", (0.2, 0.24), False),
        ("direction", "negative", (0.9, 0.8), True),
        ("direction", "negative", (0.8, 0.9), False),
    ],
)
def test_each_rule(test, expected, positive, passes):
    texts = tuple(map(str, range(len(positive))))
    assert Case("a/b/1", "a", test, expected, texts, PARTS[0]).passes(positive) is passes


@pytest.mark.parametrize("classes", [("negative", "positive"), ("positive", "negative")])
@pytest.mark.parametrize(("threshold", "answer"), [(0.3, "positive"), (0.4, "negative"), (None, "negative")])
def test_the_answers_are_those_of_the_models_threshold(classes, threshold, answer):
    """A model with positive at 0.35 answers so above 0.3, not above 0.4; with the classes turned, too."""
    cases = [Case(side, "a", "label", side, ("a text",), PARTS[0]) for side in ("positive", "negative")]
    is_turned = classes[0] == "positive"
    if is_turned and threshold is not None:
        threshold = 1 - threshold
    model = constant(0.65 if is_turned else 0.35)
    passed = [
        verdict.case.name for verdict in judge(cases, model, classes, threshold=threshold) if verdict.passed
    ]
    assert passed == [answer]
    same = Case("same", "b", "same label", "positive", ("a text", "another"), PARTS[0])
    assert same.passes((0.35, 0.45), threshold=0.3)
    assert not same.passes((0.35, 0.45), threshold=0.4)


def test_a_model_is_asked_once_and_gets_each_text_once():
    asked = []

    def model(texts):
        asked.append(list(texts))
        return constant(0.7)(texts)

    judge(CASES, model)
    (texts,) = asked
    assert len(texts) == len(set(texts))
    assert set(texts) == {text for case in CASES for text in case.texts}


def test_the_shipped_model_is_judged_by_its_own_probabilities():
    classifier = opinia.load(threads=1)
    verdicts = judge(CASES, classifier.predict_proba)
    assert [verdict.case for verdict in verdicts] == list(CASES)
    for verdict in verdicts[::25]:
        alone = [float(classifier.predict_proba(text)[0, 1]) for text in verdict.case.texts]
        assert verdict.positive == pytest.approx(alone, abs=1e-5)
    rates = pass_rates(verdicts)
    assert rates["capabilities"].keys() == {case.capability for case in CASES}
    for part in PARTS:
        parts = [row[part] for row in rates["capabilities"].values()]
        for key in ("passed", "cases"):
            assert rates["all"][part][key] == sum(row[key] for row in parts)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"\xff", "cannot be read"),
        (b"capability = [", "cannot be read"),
        (b"", "Received: nothing"),
        (b"capability = 3", "must hold a list"),
        (b"other = 1\n[[capability]]\nname = 'a'", "nothing else"),
        (b"capability = [3]", "needs a name"),
        (b"[[capability]]\nname = 'a'\ntest = 'labels'\npositive = ['x']", "'labels'"),
        (b"[[capability]]\nname = 'a'\ntest = 'label'", "Received: none"),
        (b"[[capability]]\nname = 'a'\ntest = 'label'\npositiv = ['x']", "Received: positiv"),
        (b"[[capability]]\nname = 'a'\ntest = 'label'\npositive = 'x'", "must be a list"),
        (b"[[capability]]\nname = 'a'\ntest = 'label'\npositive = ['x', 3]", "a/positive/2"),
        (b"[[capability]]\nname = 'a'\ntest = 'steady'\npositive = [['x']]", "its variants"),
        (b"[[capability]]\nname = 'a'\ntest = 'steady'\npositive = ['xy']", "its variants"),
        (b"[[capability]]\nname = 'a'\ntest = ['label']\npositive = ['x']", "needs a name"),
        (2 * b"[[capability]]\nname = 'a'\ntest = 'label'\npositive = ['x']\n", "two capabilities"),
    ],
)
def test_a_file_of_another_form_is_refused(tmp_path, content, message):
    path = tmp_path / "cases.toml"
    path.write_bytes(content)
    with pytest.raises(DataError, match=message):
        read_cases(path)


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(DataError, match="No such file"):
        read_cases(tmp_path / "none.toml")
