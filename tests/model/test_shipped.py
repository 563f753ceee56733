"""The models that come with opinia: small, described, and as good as their cards say."""

import unicodedata
from pathlib import Path

import numpy as np
import pytest

import opinia
from opinia.console.examples import EXAMPLES
from opinia.evaluate.behaviour import CASES_BY_LANGUAGE, PARTS, judge, pass_rates, read_cases
from opinia.model.shipped import DEFAULT_MODEL, find_model
from opinia.runs.recipe import recipe_from_dict

PUBLISHED = {"vocabulary": 1000, "embedding": 64, "units": 64, "dense": 64}
FILM_NAMES = ("seed", "small", "base")
"""Models that have read IMDB alone."""
NAMES = (*FILM_NAMES, "general", "polish")


@pytest.fixture(scope="module", params=FILM_NAMES)
def shipped(request):
    return opinia.load(request.param)


def test_these_are_all_and_general_is_the_default():
    assert {path.stem for path in find_model().parent.glob("*.onnx")} == set(NAMES)
    assert DEFAULT_MODEL == "general"
    assert find_model("seed").stat().st_size <= 600 * 1024
    assert max(find_model(name).stat().st_size for name in FILM_NAMES) <= 10_100_000
    assert max(find_model(name).stat().st_size for name in NAMES) <= 12_000_000
    assert sum(find_model(name).stat().st_size for name in NAMES) <= 30_000_000


def test_the_seed_is_the_published_network():
    card = opinia.load("seed").card
    assert card["network"]["parameters"] == 138_369
    recipe = recipe_from_dict(card["recipe"])
    shape = recipe.network
    sizes = (recipe.text.max_tokens, shape.embedding, shape.units, shape.dense)
    assert sizes == tuple(PUBLISHED.values())
    training = recipe.training
    assert (training.learning_rate, training.schedule, recipe.data.source) == (0.001, "constant", "imdb")
    assert (training.batch_size, training.epochs) in {(64, 10), (64, 20), (64, 30), (32, 20), (128, 20)}
    assert card["figures"]["val_accuracy"] > 0.85


def test_record_lies_beside_the_package():
    path = Path(__file__).parents[2] / "models" / "record.onnx"
    assert path.stat().st_size <= 40_000_000
    record = opinia.load(path)
    assert (record.card["name"], record.card["network"]["units"]) == ("record", 1024)
    assert record.card["validation"]["batch_difference"] <= 0.005
    assert record.predict(["This film is not good.", "A warm, funny film."]) == ["negative", "positive"]


def test_the_card_says_what_to_expect(shipped):
    assert "English film reviews" in shipped.card["limits"]
    if "validation" in shipped.card:
        measured = shipped.card["validation"]
        assert measured["accuracy"] > 0.9
        assert measured["ece"] < 0.02
        assert measured["batch_difference"] <= 0.005


def test_it_judges_plain_opinions(shipped):
    texts = ["one of the best films i have seen", "the worst film i have ever seen, a waste of time"]
    assert shipped.predict(texts) == ["positive", "negative"]
    assert shipped.predict(EXAMPLES)[:2] == ["positive", "negative"]


@pytest.mark.parametrize("name", ["small", "base", "general"])
def test_short_sentences_are_judged_right(name):
    negative = ["This film is not good.", "Boring.", "a waste of time", "terrible", "I hated it"]
    positive = ["This film is good.", "Great!", "I LOVED IT", "highly recommended", "excellent"]
    classifier = opinia.load(name)
    assert classifier.predict(negative) == ["negative"] * len(negative)
    assert classifier.predict(positive) == ["positive"] * len(positive)


@pytest.mark.parametrize("name", ["small", "base"])
def test_words_in_disguise_are_judged_as_what_they_are(name):
    plain = "A wonderful film, 8/10! I don't regret it."
    disguises = [
        "\ufeff" + plain,
        plain.replace("wonderful", "won\u00adder\u200bful"),
        plain.replace("e", "e\u2060"),
        "".join(chr(ord(c) + 0xFEE0) if c > " " else "\u3000" for c in plain),
        "".join(chr(0x1D41A + ord(c) - 97) if "a" <= c <= "z" else c for c in plain),
        plain.replace("fi", "ﬁ").replace("'", "’").replace(" ", "\u00a0"),
        unicodedata.normalize("NFD", plain.replace("regret", "régret")).replace("\u0301", "\u0332"),
    ]
    classifier = opinia.load(name)
    expected = classifier.predict_proba(plain)
    for text in disguises:
        np.testing.assert_array_equal(classifier.predict_proba(text), expected)
        assert classifier.classify(text)[0].unknown == classifier.classify(plain)[0].unknown


def test_general_judges_what_film_reviews_do_not_teach():
    general = opinia.load("general")
    positive = ["Not bad at all!", "Never a dull moment.", "No complaints.", "★★★★★", "👍", "9/10", ":)"]
    negative = [
        "Not good.",
        "It broke after two weeks.",
        "★☆☆☆☆",
        "👎",
        "2/10",
        ":(",
        "I want my money back.",
    ]
    assert general.predict(positive) == ["positive"] * len(positive)
    assert general.predict(negative) == ["negative"] * len(negative)
    facts = ["The train leaves at ten.", "The film is 120 minutes long.", "The box holds two cables."]
    assert all(0.2 < share < 0.8 for share in general.predict_proba(facts)[:, 1])


def test_cards_say_what_general_and_polish_have_read():
    for name, language, some in (("general", "en", "goemotions"), ("polish", "pl", "hotels")):
        card = opinia.load(name).card
        assert card["language"] == language
        sets = card["data"]["sets"]
        assert some in sets
        assert all(about["from"] for about in sets.values())
        assert card["validation"]["accuracy"] > 0.85
        assert card["validation"]["batch_difference"] <= 0.005
        assert card["recipe"]["data"]["source"] == "collection"


@pytest.mark.parametrize("cases", [CASES_BY_LANGUAGE["pl"]])
def test_polish_passes_most_checks_of_behaviour(cases):
    rates = pass_rates(judge(read_cases(cases), opinia.load("polish").predict_proba))["all"]
    for part in PARTS:
        assert rates[part]["passed"] >= 0.8 * rates[part]["cases"]


def test_each_text_is_read_in_its_language():
    """Over 400 texts of our own, short and long, with and without diacritics."""
    english = [text for case in read_cases() for text in case.texts if any(map(str.isalpha, text))]
    polish = [text for case in read_cases(CASES_BY_LANGUAGE["pl"]) for text in case.texts]
    polish += [without_diacritics_in(text) for text in polish]
    both = opinia.load()
    found = {"en": 0, "pl": 0}
    for language, texts in (("en", english), ("pl", polish)):
        assert len(texts) >= 300
        found[language] = sum(both.reader_of(text).doubter.language == language for text in texts)
        assert found[language] >= 0.99 * len(texts), language


def without_diacritics_in(text):
    return "".join(
        letter
        for letter in unicodedata.normalize("NFD", text.translate(STROKES))
        if not unicodedata.combining(letter)
    )


STROKES = str.maketrans("łŁ", "lL")


def test_two_languages_at_once_answer_as_the_model_of_each():
    both = opinia.load("auto")
    texts = ["A warm, funny film.", "Nudny film, szkoda czasu.", "Nie jest zły.", "Not bad."]
    alone = [
        opinia.load(name).predict_proba([text])[0]
        for name, text in zip(("general", "polish", "polish", "general"), texts, strict=True)
    ]
    assert np.allclose(both.predict_proba(texts), alone, atol=1e-5)
    assert both.predict(texts) == ["positive", "negative", "positive", "positive"]
