"""What is read from a card of a model, and what it hands on to one that begins with it."""

import pytest

from opinia.model.card import handed_on, licence_of

SHARED = {"name": "polish", "data": {"licence": "CC BY-SA 4.0", "sets": {"hotels": {"train": 3}}}}
FREE = {"name": "general", "data": {"licence": "MIT", "sets": {"posts": {"train": 5}}}}


def test_a_share_alike_licence_and_the_sets_are_handed_on_as_often_as_a_model_begins_with_another():
    told = {"name": "polish", "licence": "CC BY-SA 4.0", "sets": {"hotels": {"train": 3}}}
    assert handed_on(SHARED) == told
    second = {"name": "own", "data": {"source": "mine.csv"}, "begun_with": told}
    assert licence_of(second) == "CC BY-SA 4.0"
    assert handed_on(second) == {**told, "name": "own"}
    assert handed_on({**FREE, "begun_with": told})["sets"] == {"hotels": {"train": 3}, "posts": {"train": 5}}


def test_a_licence_without_share_alike_binds_its_own_model_alone():
    assert licence_of(FREE) == "MIT"
    assert handed_on(FREE) == {"name": "general", "sets": {"posts": {"train": 5}}}


@pytest.mark.parametrize(
    "card",
    [
        {},
        {"data": None, "begun_with": "base"},
        {"data": {"licence": 4, "sets": ["a"]}, "begun_with": {"licence": None, "sets": "b"}},
    ],
)
def test_a_card_that_says_nothing_usable_hands_nothing_on(card):
    assert licence_of(card) is None
    assert handed_on(card) == {}
