"""What the labels of a table are taken for, and which are refused."""

import unicodedata

import pytest

from opinia.errors import DataError
from opinia.tables.labels.reader import LabelReader


def read(own, values, told=None):
    reader = LabelReader(own, told=told)
    return [reader.read(value) for value in values]


@pytest.mark.parametrize(
    "own",
    [
        ("zła", "średnia", "świetna"),
        ("плохо", "нормально", "ХОРОШО"),
        ("悪い", "普通", "良い"),
        ("سيئ", "عادي", "جيد"),
        ("Straße", "Gasse", "Weg"),
        ("😀", "😐", "😡", "+", "-"),
    ],
)
def test_names_of_any_script(own):
    order = list(range(len(own)))
    for change in (str, str.upper, str.casefold, " {} ".format, lambda x: unicodedata.normalize("NFD", x)):
        assert read(own, [change(name) for name in own]) == order
    assert read(own, order) == read(own, map(float, order)) == read(own, map(str, order)) == order


def test_empty_cells_have_no_class():
    assert read(("a", "b", "c"), [None, "", "  ", float("nan"), "c"]) == [None] * 4 + [2]


def test_names_that_are_numbers_are_names():
    """Stars from 1 to 5: 1 is the first class, and 0 is none."""
    stars = ("1", "2", "3", "4", "5")
    assert read(stars, [1, "5", 3.0, "+2", "4.0"]) == [0, 4, 2, 1, 3]
    for own in (stars, ("1", "2")):
        with pytest.raises(DataError, match=r"labels must be of '1', '2'.* Received: '0'"):
            read(own, ["0"])
    assert read(("-1", "0", "1"), [-1, 0, "\N{MINUS SIGN}1", "1"]) == [0, 1, 0, 2]
    assert read(("1", "0"), ["1", "0"]) == [0, 1]


def test_names_that_differ_in_case_alone_are_told_apart():
    assert read(("Us", "us", "them"), ["Us", "us", "THEM"]) == [0, 1, 2]
    with pytest.raises(DataError, match="Received: 'US'"):
        read(("Us", "us", "them"), ["US"])


@pytest.mark.parametrize("own", [("positive", "negative"), ("spam", "ham"), ("pos", "neg")])
def test_words_for_another_pair_of_classes_are_not_guessed(own):
    assert read(own, [own[1], own[0].upper(), 0, 1, -1][:4]) == [1, 0, 0, 1]
    for word in ("negatywna", "negatyw"):
        with pytest.raises(DataError, match=f"labels must be of '{own[0]}', '{own[1]}'"):
            read(own, [word])


@pytest.mark.parametrize("own", [("neg", "pos"), ("NEGATIVE", "Positive"), ("negatywna", "pozytywna")])
def test_words_for_negative_and_positive(own):
    assert read(own, ["neg", "positive", "negatywny", "Pozytyw", "false", 1]) == [0, 1, 0, 1, 0, 1]


@pytest.mark.parametrize(
    ("told", "said"),
    [
        (("a", "b"), "the model has 3 classes, 'x', 'y', 'z'. Received 2 labels: 'a', 'b'"),
        (("a", "b", "A"), "the labels must differ. Received: 'a', 'b', 'A'"),
    ],
)
def test_labels_that_are_told_must_fit(told, said):
    with pytest.raises(DataError, match=said) as caught:
        LabelReader(("x", "y", "z"), told=told)
    assert "hint: --labels names the table's label of each class, in the order 'x', 'y', 'z'" in str(
        caught.value
    )


def test_labels_that_are_told_count_alone():
    told = ("z", "y", "x")
    assert read(("x", "y", "z"), ["x", "Z", "y"], told) == [2, 0, 1]
    with pytest.raises(DataError, match=r"labels must be of 'z', 'y', 'x'\. Received: '0'"):
        read(("x", "y", "z"), ["0"], told)
