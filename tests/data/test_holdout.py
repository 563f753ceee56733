"""Validation of one's own texts: classes, groups and copies."""

import shlex
from collections import Counter

import numpy as np
import pytest
from hypothesis import given, reject, settings
from hypothesis import strategies as st

from opinia.data import duplicates
from opinia.data.duplicates import near_pairs, plain_text
from opinia.data.holdout import default_size, hold_out
from opinia.data.labelled import LabelledTexts
from opinia.errors import DataError
from opinia.tables.labels.maps import classes_named, read_map

SAID = "the room staff food was very good bad clean loud we had a and it hotel bed sea view price"
WORDS = SAID.split()


def texts_of(count, classes=("neg", "pos"), *, seed=0, words=12, groups=()):
    random = np.random.default_rng(seed)
    return LabelledTexts(
        texts=tuple(f"{n} " + " ".join(random.choice(WORDS, words)) for n in range(count)),
        labels=tuple(int(n % len(classes)) for n in range(count)),
        classes=classes,
        groups=groups,
    )


@pytest.mark.parametrize(("count", "size"), [(10, 2), (200, 40), (1000, 200), (2000, 200), (10**6, 5000)])
def test_how_many_are_held_out(count, size):
    assert default_size(count) == size


@pytest.mark.parametrize("classes", [("a", "b"), ("a", "b", "c", "d", "e")])
def test_each_class_has_its_part(classes):
    split, copies = hold_out(texts_of(1000, classes))
    assert len(split.validation) == pytest.approx(200, abs=2)
    assert len(split.train) + len(split.validation) == 1000
    held = Counter(split.validation.labels)
    assert max(held.values()) - min(held.values()) <= 2
    assert (copies.same, copies.disputed) == (0, 0)
    assert split.to_card()["validation"]["groups"] == len(split.validation)


def test_rare_classes_stand_in_both_parts():
    texts = texts_of(400)
    labels = (2, 2, *texts.labels[2:])
    split, _ = hold_out(LabelledTexts(texts.texts, labels, ("neg", "pos", "rare")))
    assert Counter(split.train.labels)[2] == 1
    assert Counter(split.validation.labels)[2] == 1


def test_the_choice_depends_on_the_texts_and_not_on_their_order():
    texts = texts_of(300)
    turned = texts.take(list(reversed(range(300))))
    one, other = hold_out(texts)[0], hold_out(turned)[0]
    assert {*one.validation.texts} == {*other.validation.texts}
    assert {*hold_out(texts, seed=1)[0].validation.texts} != {*one.validation.texts}


@settings(max_examples=12, deadline=None, derandomize=True)
@given(st.integers(40, 300), st.integers(3, 30), st.integers(0, 5), st.booleans())
def test_groups_and_copies_stand_on_one_side(count, groups, seed, shouts):
    base = texts_of(count, seed=seed)
    random = np.random.default_rng(seed)
    copied = list(base.texts)
    for row in range(0, count, 7):  # a copy, a shouted one, one with a word more
        copy = copied[row]
        copied[row - 1] = copy.upper() + "!!" if shouts else copy + " indeed"
    named = tuple(f"g{number}" for number in random.integers(0, groups, count))
    texts = LabelledTexts(tuple(copied), base.labels, base.classes, named)
    try:
        split, _ = hold_out(texts, seed=seed)
    except DataError:  # all of a class belongs together
        reject()
    assert not {*split.train.groups} & {*split.validation.groups}
    assert not {*map(plain_text, split.train.texts)} & {*map(plain_text, split.validation.texts)}
    trained = {frozenset(plain_text(text).split()[:12]) for text in split.train.texts}
    held = {frozenset(plain_text(text).split()[:12]) for text in split.validation.texts}
    assert not trained & held


def test_copies_are_counted_and_disputes_named():
    texts = texts_of(100)
    copied = (*texts.texts, texts.texts[0].upper(), texts.texts[1] + " really")
    made = LabelledTexts(copied, (*texts.labels, 1 - texts.labels[0], texts.labels[1]), texts.classes)
    _, copies = hold_out(made)
    assert (copies.same, copies.near, copies.disputed) == (1, 1, 2)
    assert copies.examples == ("0", "100")


def test_texts_without_words_are_copies_of_their_like():
    """Thumbs have no words, and are not all the same for that: all of one kind stand on one side."""
    marks = ["👍", "👍", "👎", "👎", "!!!", "!!!", "", " ", "\ud800", "\ud800", "👍👍", "👍👍"]
    base = texts_of(100)
    texts = LabelledTexts((*base.texts, *marks), (*base.labels, *[1, 0] * 6), base.classes)
    held = set()
    for seed in range(20):
        split, copies = hold_out(texts, seed=seed)
        assert (copies.same, copies.disputed) == (6, 12)
        train, validation = ({*part.texts} & {*marks} for part in (split.train, split.validation))
        assert not train & validation
        assert train | validation == {*marks}
        held |= validation
    assert len(held) > 1
    test = LabelledTexts(("👍", "another text"), (1, 0), base.classes)
    assert hold_out(texts, test=test)[0].dropped_in_test == 2


def test_what_stands_in_test_is_not_learnt_from():
    texts = texts_of(200)
    test = LabelledTexts((texts.texts[3].title(), "something else"), (0, 1), texts.classes)
    split, _ = hold_out(texts, test=test)
    assert split.dropped_in_test == 1
    assert texts.texts[3] not in (*split.train.texts, *split.validation.texts)


def test_a_class_of_one_text_is_refused():
    texts = LabelledTexts(("a b", "c d", "e f"), (0, 0, 1), ("many", "lonely"))
    with pytest.raises(DataError, match="'lonely' has one text") as caught:
        hold_out(texts)
    assert caught.value.hint == "add texts, until two classes have two each at least"


@pytest.mark.parametrize(
    ("labels", "told", "hint"),
    [
        ("aabbc", None, 'leave it out: --label-map "a=a; b=b; c=skip"; or join it with another class'),
        ("abc", None, "add texts, until two classes have two each at least"),
        ("aab", None, "add texts, until two classes have two each at least"),
        (
            ("good", "good", "dreadful", "dreadful", "dredful"),
            None,
            'it may be misspelt: --label-map "good=good; dreadful,dredful=dreadful"; or join it with another '
            "class",
        ),
        (
            ("negative", "nagative", "positive", "postive", "odd, really"),
            None,
            """leave it out: --label-map 'negative,nagative=negative; positive,postive=positive; """
            """"odd, really"=skip'; or join it with another class""",
        ),
        (
            "aabbc",
            {"1": "a", "2": "a", "3": "b", "4": "c", "5": "skip"},
            'leave it out: --label-map "1,2=a; 3=b; 4,5=skip"; or join it with another class',
        ),
    ],
)
def test_the_hint_for_a_small_class_can_be_given_as_it_is(labels, told, hint):
    classes = tuple(dict.fromkeys(labels))
    words = tuple(f"text {number}" for number in range(len(labels)))
    texts = LabelledTexts(words, tuple(map(classes.index, labels)), classes)
    with pytest.raises(DataError, match="two are needed") as caught:
        hold_out(texts, meanings=told)
    assert caught.value.hint == hint
    if "--label-map" in hint:
        made = shlex.split(hint.removesuffix("; or join it with another class"))[-1]
        read = read_map(made, classes_named(made))
        assert all(read.meaning(label, None) is not None for label in told or classes)


def test_a_class_in_one_group_alone_is_refused():
    texts = texts_of(20, groups=tuple("ab"[n % 2] for n in range(20)))
    with pytest.raises(DataError, match="cannot stand in validation") as caught:
        hold_out(texts)
    assert "--group-column" in caught.value.hint


def test_a_class_of_copies_alone_is_refused_without_a_word_of_groups():
    many = texts_of(20)
    texts = LabelledTexts(
        (*many.texts, "the very same", "The very same!"), (*many.labels, 2, 2), (*many.classes, "rare")
    )
    with pytest.raises(DataError, match="all its texts belong together, as copies of each other") as caught:
        hold_out(texts)
    assert caught.value.hint.startswith("add others; or leave the class out by --label-map")


def test_too_much_validation_is_refused():
    with pytest.raises(DataError, match="leave nothing to learn from: there are 20"):
        hold_out(texts_of(20), validation=20)


def test_near_duplicates_are_found_and_different_texts_are_not():
    random = np.random.default_rng(5)
    originals = [" ".join(random.choice(WORDS, 40)) for _ in range(300)]
    changed = [text.rsplit(" ", 2)[0] + " at last" for text in originals[:100]]
    pairs = near_pairs([*originals, *changed])
    assert {(one, other) for one, other in pairs if other >= 300} >= {
        (n, 300 + n) for n in range(100)
    } - set()
    assert len(pairs) == 100


def test_short_texts_are_the_same_only_word_for_word():
    assert near_pairs(["i loved it so", "i loved it not", "i loved it"]) == []
    assert plain_text("  I LOVED\n it!! ") == "i loved it"


def test_near_copies_are_those_that_a_look_at_each_pair_finds():
    draw = np.random.default_rng(4)
    originals = [" ".join(map(str, draw.choice(5000, 40))) for _ in range(150)]
    changed = []
    for text in originals:
        words = text.split()
        for place in draw.choice(40, draw.integers(1, 6), replace=False):
            words[place] = "otherwise"
        changed.append(" ".join(words))
    said = [*originals, *changed]

    def runs(text):
        words = text.split()
        return {*zip(words, words[1:], words[2:], strict=False)}

    def similarity(one, other):
        return len(one & other) / len(one | other)

    all_runs = [runs(text) for text in said]
    found = set(near_pairs(said))
    same = {(row, row + 150): similarity(all_runs[row], all_runs[row + 150]) for row in range(150)}
    assert all(similarity(all_runs[one], all_runs[other]) >= 0.7 for one, other in found)
    assert {pair for pair, share in same.items() if share >= 0.8} <= found
    assert sum(share >= 0.8 for share in same.values()) > 20
    assert any(share < 0.7 for share in same.values())


def test_a_form_letter_is_not_looked_at_in_pairs(monkeypatch):
    """Texts of one beginning share bands; that they are unlike is told without a look at each pair."""
    draw = np.random.default_rng(5)
    letters = [" ".join(map(str, draw.choice(5000, 40))) for _ in range(1500)]
    letters = [f"dear sir or madam of the hotel we write to you about {letter}" for letter in letters]
    looked = []
    close_look = duplicates._similarity

    def counted(one, other):
        looked.append(1)
        return close_look(one, other)

    monkeypatch.setattr(duplicates, "_similarity", counted)
    assert near_pairs(letters) == []
    assert len(looked) < len(letters) / 10
