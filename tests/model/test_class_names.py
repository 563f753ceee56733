"""Classes of any name and number in Python: what a model file takes, and how one is named and explained."""

import numpy as np
import pytest

import opinia
from models import (
    CLASSES,
    FIVE,
    POLISH,
    polish_card,
    write_class_model,
    write_counting_model,
    write_three_class_model,
)
from opinia.errors import InputError, ModelFileError
from opinia.model.classifier import find_class
from opinia.model.doubt import MOSTLY_UNKNOWN, OTHER_LANGUAGE
from opinia.model.explain import explain

ENGLISH = "hello my dear friends, this is a very nice film and I liked it"


@pytest.fixture(scope="module")
def five(tmp_path_factory):
    return opinia.load(write_class_model(tmp_path_factory.mktemp("five") / "five.onnx"))


@pytest.mark.parametrize("label", [*FIVE, "می\u200cخواهم", "🏴\u200d☠️", "न\u094d\u200dय"])
def test_a_name_of_any_script_is_taken_as_it_is(tmp_path, label):
    path = write_class_model(tmp_path / "model.onnx", ("a", label, "b"))
    assert list(opinia.load(path).classes_) == ["a", label, "b"]


@pytest.mark.parametrize("label", ["a\u202eb", "a\nb", "\u200d", " a", "a\u00a0b", "\x1b[31m", "x" * 101])
def test_a_name_that_cannot_be_seen_or_turns_the_line_is_refused(tmp_path, label):
    with pytest.raises(ModelFileError, match="labels that can be printed"):
        write_class_model(tmp_path / "model.onnx", ("a", label, "b"))


@pytest.mark.parametrize(("name", "number"), [("BAD", 0), (" Fine ", 1), ("good", 2)])
def test_a_class_is_found_without_regard_to_case(name, number):
    assert find_class(CLASSES, name) == number


def test_its_own_name_goes_before_one_that_differs_in_case():
    assert find_class(("Good", "good", "GOOD"), "good") == 1
    with pytest.raises(InputError, match="'Good', 'good', 'GOOD'"):
        find_class(("Good", "good", "GOOD"), "gOOd")


def test_a_wrong_name_is_answered_with_all_and_the_nearest():
    with pytest.raises(InputError) as refused:
        find_class(FIVE, "ممتازة")
    assert all(
        name.replace("'", "\\'") in refused.value.message or name in refused.value.message for name in FIVE
    )
    assert refused.value.hint == "did you mean 'ممتاز'?"
    with pytest.raises(InputError, match="and 950 more"):
        find_class([f"class {number}" for number in range(1000)], "none")


def test_the_answer_is_explained_and_any_other_class_when_asked_for(five):
    text = "the film was good and good"
    shares = five.predict_proba([text])[0]
    assert shares.argmax() == 4
    for target, number in ((None, 4), *((name, place) for place, name in enumerate(FIVE))):
        found = explain(five, text, target=target)
        assert (found.label, found.target) == (FIVE[4], FIVE[number])
        assert found.positive == pytest.approx(shares[number], abs=1e-6)
        assert found.probabilities == pytest.approx(shares, abs=1e-6)
        assert found.classes == FIVE
        good = found.contributions[-1]
        rest = five.predict_proba(["the film was good and"])[0]
        assert good.contribution == pytest.approx(shares[number] - rest[number], abs=1e-6)


def test_the_curve_reads_all_classes(five):
    text = "bad and good and good"
    found = explain(five, text)
    words = text.split()
    for place, point in enumerate(found.curve, start=1):
        wanted = five.predict_proba([" ".join(words[:place])])[0]
        assert point.probabilities == pytest.approx(wanted, abs=1e-5)
        assert point.positive == point.probabilities[FIVE.index(found.label)]
    content = found.to_json()
    assert list(content["probabilities"]) == content["classes"] == list(FIVE)
    assert sum(content["curve"][0]["probabilities"]) == pytest.approx(1)


def test_of_two_classes_nothing_is_added(tmp_path):
    found = explain(opinia.load(write_counting_model(tmp_path / "two.onnx")), "good film").to_json()
    assert list(found) == [
        *("label", "probability", "target", "positive", "unit", "contributions", "curve", "phrases")
    ]
    assert set(found["curve"][0]) == {"end", "positive"}


def test_a_prediction_has_the_probability_of_each_class(five):
    (found,) = five.classify("bad")
    assert found.probabilities == pytest.approx(five.predict_proba("bad")[0])
    assert found.label == FIVE[int(np.argmax(found.probabilities))]


def test_uncertain_is_no_answer_where_a_class_has_that_name(tmp_path):
    model = opinia.load(write_three_class_model(tmp_path / "m.onnx", labels=("bad", "uncertain", "good")))
    assert model.classify("the film")[0].label == "uncertain"
    with pytest.raises(InputError, match="a class called 'uncertain'"):
        model.classify("the film", uncertain=0.1)


@pytest.mark.parametrize(
    ("card", "reads", "asked"),
    [
        ({}, None, "en"),  # of ten words, in a file from before cards spoke of it
        ({"language": "pl"}, "pl", "pl"),
        ({"language": None}, None, None),
        ({"language": "other"}, "other", "other"),
        ({"language": ["pl"]}, None, None),
        ({"language": "tlh"}, None, None),
    ],
)
def test_the_card_says_the_language(tmp_path, card, reads, asked):
    doubter = opinia.load(write_counting_model(tmp_path / "m.onnx", card=card)).doubter
    assert (doubter.language, doubter.asked_for) == (reads, asked)


def test_a_text_in_another_language_than_the_cards_is_told(tmp_path):
    polish = opinia.load(
        write_class_model(
            tmp_path / "pl.onnx", words=POLISH, card={**polish_card(), "text": {"unknown_limit": 0.3}}
        )
    )
    assert polish.classify(ENGLISH)[0].doubt == OTHER_LANGUAGE
    own = "Nie jest to hotel, na który czekaliśmy: brudno i głośno, a obsługa się spóźnia."
    assert polish.classify(own)[0].doubt == MOSTLY_UNKNOWN
    open_one = opinia.load(write_class_model(tmp_path / "open.onnx", words=POLISH, card=polish_card(None)))
    assert open_one.classify(ENGLISH)[0].doubt != OTHER_LANGUAGE


def test_shipped_models_read_english_film_reviews():
    model = opinia.load("seed")
    assert (model.doubter.asked_for, model.reads_films) == ("en", True)


@pytest.mark.parametrize(
    ("card", "films"),
    [({}, True), ({"language": "en"}, True), ({"language": "pl"}, False), (polish_card(), False)],
)
def test_only_a_model_of_english_film_reviews_asks_for_them(tmp_path, card, films):
    assert opinia.load(write_counting_model(tmp_path / "m.onnx", card=card)).reads_films is films
