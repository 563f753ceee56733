"""What the name of a column says of a one and a yes in it: read rightly, or only with a map."""

import shlex

import pytest

from opinia.errors import DataError
from opinia.tables.column_names import HEADERS, LABELS, RATINGS, TEXTS
from opinia.tables.column_questions import asked_by
from opinia.tables.columns import choose_labelled, find_label, profile
from opinia.tables.labels.reader import LabelReader
from opinia.tables.labels.words import POLARITIES

PAIR = ("negative", "positive")
THREE = ("negative", "neutral", "positive")
LONG = ["I liked this one a lot, and so did she.", "Dull, far too long and badly made.", "Not for me at all."]

NEGATIVE = [
    "is_negative",
    "negative",
    "Is Bad",
    "toxic",
    "complaint",
    "hate",
    "neg",
    "negatywna",
    "czy_negatywna",
]
NEGATIVE += [
    "isNegative",
    "isnegative",
    "IS-NEGATIVE?",
    "negative_review",
    "badReview",
    "toxicity",
    "not_positive",
]
NEGATIVE += [
    "not_recommended",
    "nie_polecam",
    "reklamacja",
    "niezadowolony",
    "hate_speech",
    "thumbs_down",
    "dislike",
]
NEGATIVE += [
    "sentiment_negative",
    "label_negative",
    "offensive",
    "insult",
    "complaints",
    "czy negatywna?",
    "unhappy",
]
POSITIVE = ["is_positive", "positive", "liked", "Recommended", "polecam", "czy_pozytywna", "would_recommend"]
POSITIVE += ["satisfied", "czy polecasz?", "voted_up", "pozytywna", "is_good", "not_negative", "no_complaint"]
ELSE = [
    "helpful",
    "verified",
    "is_verified",
    "verified_purchase",
    "vine",
    "spoiler",
    "isSpoiler",
    "pomocna",
    "czy_zakup",
]
ELSE += [
    "fake",
    "sarcasm",
    "has_image",
    "would buy again?",
    "train",
    "is_english",
    "potwierdzony zakup",
    "is_fun",
]
ELSE += [
    "returned",
    "attack",
    "badness",
    "niepozytywna",
    "ironia",
    "issue",
    "problem",
    "Freshness",
    "junk",
    "unrecommended",
    "niepolecam",
    "pos/neg",
]
SILENT = [
    "label",
    "sentiment",
    "y",
    "target",
    "x",
    "2",
    "col1",
    "stars",
    "overall",
    "test_label",
    "ocena",
    "klasa",
]
SILENT += ["label (0 = negative, 1 = positive)", "sentiment (negative=0, positive=1)", "neg_pos"]


def refused(values, column, own=PAIR):
    reader = LabelReader(own)
    reader.set_column(column)
    unknown = reader.unknown(values)
    assert unknown, column
    with pytest.raises(DataError):
        reader.read(values[0])
    return reader.refused(unknown, among=values)


def read(values, column, own=PAIR, mapped=None):
    reader = LabelReader(own, mapped=mapped)
    reader.set_column(column)
    return [reader.read(value) for value in values]


def maps(error):
    words = shlex.split(error.hint.replace("'", ""))
    return [words[place + 1].rstrip(",") for place, word in enumerate(words) if word == "--label-map"]


@pytest.mark.parametrize(
    "pair", [("1", "0"), ("true", "false"), ("yes", "no"), ("tak", "nie"), ("1.0", "0.0")]
)
def test_a_one_in_a_column_for_the_negative_is_confirmed(pair):
    for column in NEGATIVE:
        error = refused(pair, column)
        assert f"in the column {column!r} means 'negative'" in error.message
        one, other = maps(error)
        assert read(pair, column, mapped=one) == [0, 1], column
        assert read(pair, column, mapped=other) == [1, 0], column


def test_a_one_elsewhere_is_positive():
    pair = ["1", "0", "true", "false"]
    assert [column for column in POSITIVE + SILENT if read(pair, column) != [1, 0, 1, 0]] == []


@pytest.mark.parametrize("pair", [("1", "0"), ("true", "false"), ("yes", "no")])
def test_an_answer_to_something_else_is_no_label(pair):
    for column in ELSE:
        error = refused(pair, column)
        assert "--label-column names another" in error.hint, column
        assert read(pair, column, mapped=maps(error)[0]) == [1, 0], column


def test_words_for_an_opinion_speak_for_themselves():
    opinions = ["negative", "positive", "neg"]
    assert [column for column in NEGATIVE + ELSE if read(opinions, column) != [0, 1, 0]] == []


def test_names_that_say_the_numbers_decide():
    for column in (
        "label (1 = negative, 0 = positive)",
        "positive=0, negative=1",
        "sentiment: 0 positive 1 negative",
    ):
        assert read(["0", "1"], column, mapped=maps(refused(["0", "1"], column))[0]) == [1, 0]


@pytest.mark.parametrize(
    ("column", "values", "expected"),
    [
        ("sentiment (1=pos, 2=neg)", ["1", "2"], [1, 0]),
        ("sentiment [1=neg;2=neu;3=pos]", ["1", "2", "3"], [0, -1, 1]),
        ("sentiment [1=pos;2=neu;3=neg]", ["1", "2", "3"], [1, -1, 0]),
    ],
)
def test_other_numbers_in_a_name_are_proposed_as_it_says(column, values, expected):
    reader = LabelReader(PAIR)
    reader.set_column(column)
    first = maps(reader.refused(reader.unknown(values), among=values))[0]
    assert read(values, column, mapped=first) == expected


def test_one_number_in_a_name_may_be_that_of_the_column():
    assert read(["1", "0"], "positive_1") == [1, 0]
    for column, first in (("negative_1", [0, 1]), ("negative_0", [1, 0]), ("label (0 = negative)", [1, 0])):
        assert read(["1", "0"], column, mapped=maps(refused(["1", "0"], column))[0]) == first


def test_other_classes_are_asked_for_by_name():
    spam = ("spam", "ham")
    for column in ("spam", "is_spam", "isSpam", "not_ham"):
        error = refused(["1", "0"], column, spam)
        assert read(["1", "0"], column, spam, mapped=maps(error)[0]) == [0, 1]
    for column in ("ham", "is_ham", "not_spam", "label"):
        assert read(["1", "0"], column, spam) == [1, 0]
    toxic = ("not toxic", "toxic")
    assert read(["1", "0"], "toxic", toxic) == [1, 0]
    assert maps(refused(["1", "0"], "not_toxic", toxic)) == ["0=toxic; 1=not toxic", "1=toxic; 0=not toxic"]
    assert read(["1", "0"], "is_negative", ("positive", "negative")) == [1, 0]
    assert maps(refused(["1", "0"], "is_positive", ("positive", "negative")))


def test_of_three_classes_a_one_is_no_second():
    error = refused(["1", "0"], "is_negative", THREE)
    assert read(["1", "0"], "is_negative", THREE, mapped=maps(error)[0])[0] == 0
    assert read(["1", "0", "2"], "label", THREE) == [1, 0, 2]


def test_high_numbers_are_bad_where_the_name_says_so():
    reader = LabelReader(PAIR)
    reader.set_column("toxicity")
    one, other = maps(reader.refused(["0.1", "0.9"]))
    assert read(["0.1", "0.9"], "toxicity", mapped=one) == [1, 0]
    assert read(["0.1", "0.9"], "toxicity", mapped=other) == [0, 1]


@pytest.mark.parametrize(
    "name", ["helpful", "verified", "helpful_votes", "quantity", "id", "is_fun", "train"]
)
def test_columns_of_something_else_are_not_taken_for_labels(name):
    assert profile(name, ["1", "0", "1"]).role != "label"
    rows = [*zip(LONG, ["1", "0", "1"], strict=True)]
    assert find_label(["text", name], ["text"], rows) is None
    rows = [*zip(LONG, ["1", "0", "1"], ["pos", "neg", "pos"], strict=True)]
    assert find_label(["text", name, "what"], ["text"], rows) == "what"


@pytest.mark.parametrize(
    "cells",
    [
        ["Thank you!"] * 3,
        ["Thank you for the kind words, we are happy.", "", "Thank you for the kind words, we are happy."],
        ["wireless mouse", "usb cable", "wireless mouse"],
        ["", "", ""],
        [None, None, None],
        ["red", "blue", "red"],
        ["2024-01-02", "2024-01-02", "2024-01-03"],
        ["117", "220", "117"],
    ],
)
@pytest.mark.parametrize("name", ["owner_response", "product_description", "b"])
def test_whatever_is_repeated_is_no_column_of_labels(name, cells):
    columns = ["text", name]
    with pytest.raises(DataError, match="no obvious column of labels") as caught:
        choose_labelled(columns, None, None, name="t.csv", sample=[*zip(LONG, cells, strict=True)])
    assert all(repr(column) in caught.value.message for column in columns)
    assert caught.value.hint.startswith("--label-column names it")
    pair = choose_labelled(columns, None, name, name="t.csv", sample=[*zip(LONG, cells, strict=True)])
    assert (pair.texts, pair.label) == (("text",), name)


def test_the_refusal_lists_every_column():
    columns = ["text", *(f"column {number}" for number in range(60))]
    rows = [[text, *range(100, 160)] for text in LONG]
    with pytest.raises(DataError) as caught:
        choose_labelled(columns, None, None, name="t.csv", sample=rows)
    assert all(repr(column) in caught.value.message for column in columns)


def test_the_classes_of_the_model_are_labels_in_any_column():
    rows = [*zip(LONG, ["spam", "Ham", "spam"], ["a", "b", "a"], strict=True)]
    assert find_label(["1", "2", "3"], ["1"], rows, ("spam", "ham")) == "2"
    assert find_label(["1", "2", "3"], ["1"], rows, PAIR) is None


def test_names_that_tell_a_header_are_no_labels():
    """The sniffer takes a first line with such names for a header: none may be a cell of labels."""
    assert {"text", "review", "label", "ocena", "id"} <= HEADERS <= TEXTS | LABELS | RATINGS | HEADERS
    assert not HEADERS & POLARITIES.keys()
    assert asked_by(None, PAIR) is None
