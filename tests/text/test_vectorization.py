"""The options of TextVectorization: what Keras 3.15 on TensorFlow 2.21 gave for these texts stands here."""

import pytest

from opinia.errors import ModelFileError
from opinia.text.tokenizer import Tokenizer
from opinia.text.vectorization import TextRule


@pytest.mark.parametrize(
    ("ngrams", "wanted"),
    [
        ((2,), ["a b", "b c", "c d"]),
        ((1, 2), ["a", "b", "c", "d", "a b", "b c", "c d"]),
        ((3, 1), ["a b c", "b c d", "a", "b", "c", "d"]),
        ((1, 3), ["a", "b", "c", "d", "a b c", "b c d"]),
    ],
    ids=str,
)
def test_ngrams_stand_in_the_order_of_their_widths(ngrams, wanted):
    rule = TextRule(ngrams=ngrams)
    assert [token.decode() for token in rule.tokens("a b c d")] == wanted
    assert [token.decode() for token in rule.tokens("x")] == (["x"] if 1 in ngrams else [])
    spans = [" ".join("a b c d"[start:end].split()) for start, end in rule.spans("a b c d")]
    assert spans == wanted


def test_characters_are_tokens_after_standardisation():
    tokenizer = Tokenizer(("a", "b", " ", "é", "a b"), "vectorization", rule=TextRule(split="character"))
    assert tokenizer.encode("A b!é\nc") == [2, 4, 3, 5, 1, 1]
    assert tokenizer.encode("") == []
    assert [("A b!é\nc")[start:end] for start, end in tokenizer.spans("A b!é\nc")] == list("A bé\nc")


def test_a_text_may_be_one_token():
    tokenizer = Tokenizer(("a", "a b"), "vectorization", rule=TextRule(split="none"))
    assert tokenizer.encode("A b!") == [3]
    assert tokenizer.spans("A b!") == [(0, 4)]


def test_the_older_tokenizer_keeps_apostrophes_and_knows_capitals_of_all_letters():
    rule = TextRule(standardize="tokenizer")
    assert [token.decode() for token in rule.tokens("It's a-b\tc\rd\x0be f_g.")] == [
        "it's", "a", "b", "c\rd\x0be", "f", "g",
    ]  # fmt: skip
    assert [token.decode() for token in rule.tokens("İstanbul ΑΣ.Β")] == ["i̇stanbul", "ασ", "β"]
    assert list(rule.spans("İstanbul ΑΣ.Β")) == [(0, 8), (9, 11), (12, 13)]


@pytest.mark.parametrize(
    ("standardize", "wanted"),
    [("lower", ["good,", "don't"]), ("strip_punctuation", ["Good", "DONT"]), ("none", ["Good,", "DON'T"])],
)
def test_standardisation_in_parts(standardize, wanted):
    rule = TextRule(standardize=standardize)
    assert [token.decode() for token in rule.tokens("Good, DON'T")] == wanted
    assert list(rule.spans("Good, DON'T")) == [(0, 5), (6, 11)]


def test_first_or_last_tokens_are_kept_and_unknown_ones_left_out():
    words = ("a", "b", "c")
    first = Tokenizer(words, "vectorization", rule=TextRule(length=2))
    last = Tokenizer(words, "vectorization", rule=TextRule(length=2, keeps="last", drops_unknown=True))
    assert (first.encode("a x b c"), first.spans("a x b c")) == ([2, 1], [(0, 1), (2, 3)])
    assert (last.encode("a x b x c"), last.spans("a x b x c")) == ([3, 4], [(4, 5), (8, 9)])
    for tokenizer in (first, last):
        assert Tokenizer.from_config(tokenizer.to_config()) == tokenizer


@pytest.mark.parametrize(
    "change",
    [{"split": "words"}, {"ngrams": [0]}, {"ngrams": [1.5]}, {"length": 0}, {"length": 1 << 30},
     {"length": True}, {"keeps": None}, {"drops_unknown": 1}, {"new": 1}],
    ids=str,
)  # fmt: skip
def test_rules_of_files_are_checked(change):
    config = {**TextRule().to_config(), **change}
    with pytest.raises(ModelFileError, match="rule for texts"):
        Tokenizer.from_config({"kind": "vectorization", "words": ["a"], "rule": config})
    with pytest.raises(ModelFileError, match="rule for texts"):
        Tokenizer.from_config({"kind": "vectorization", "words": ["a"]})
