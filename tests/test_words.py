"""Words and marks: what a text becomes, and where it stands."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from opinia.errors import ModelFileError
from opinia.text import UNKNOWN_ID, Tokenizer
from opinia.words import fold, plainer_spellings, split_pieces, split_words, word_spans


@pytest.mark.parametrize(
    ("text", "tokens"),
    [
        ("I don't like it!!!! It's bad...", ["i", "don't", "like", "it", "!!", "it's", "bad", ".."]),
        ("great<br /><br />film <b>well</b>", ["great", "film", "well"]),
        ("1 < 2 and a<b", ["1", "2", "and", "a", "b"]),
        ("8/10, 7.5/10 and 1990s", ["8/10", ",", "7.5/10", "and", "1990s"]),
        (":) :-( =D ;P :part", [":)", ":(", ":)", ":)", ":", "part"]),
        ("movie’s “well-made”", ["movie's", "well", "made"]),
        ("CLICHÉD ŁÓDŹ", ["clichéd", "łódź"]),
        ("so 😀👍🏽", ["so", "😀", "👍", "🏽"]),
        ('?!? - _ " /', ["?", "!", "?"]),
        ("", []),
        ("\ud800 lone", ["lone"]),
    ],
)
def test_tokens(text, tokens):
    assert split_words(text) == tokens


@given(st.text(max_size=60))
def test_each_token_stands_where_its_span_says(text):
    spans = word_spans(text)
    places = [text[start:end].replace("\u2019", "'") for start, end in spans]
    assert [fold(place) for place in places] == split_words(text)
    assert places == split_pieces(text)
    assert all(a < b <= c for (a, b), (c, _) in zip(spans, spans[1:], strict=False))


def test_what_the_vocabulary_lacks_is_read_in_plainer_spellings():
    tokenizer = Tokenizer(("so", "good", "movie", ":)", ":(", "!", "can't"), kind="words")
    ids = {word: i for i, word in enumerate(tokenizer.words, start=2)}
    for text, word in [
        ("sooooo", "so"), ("gooood", "good"), ("movie's", "movie"), ("movieee's", "movie"), ("😍", ":)"),
        ("😡", ":("), ("!!!", "!"), ("CAN’T", "can't"),
    ]:  # fmt: skip
        assert tokenizer.encode(text) == [ids[word]], text
    assert tokenizer.encode("unheard ??? 🚗") == [UNKNOWN_ID] * 3


def test_plainer_spellings_come_nearest_first():
    assert list(plainer_spellings("cooool's")) == ["cool's", "col's", "cooool", "cool", "col"]
    assert list(plainer_spellings("plain")) == []


def test_the_vocabulary_ranks_words_and_keeps_them_in_its_configuration():
    tokenizer = Tokenizer.adapt(["B a. a!", "a b c", "\ud800"], max_tokens=5, kind="words")
    assert tokenizer.words[:2] == ("a", "b")
    assert len(tokenizer) == 5
    again = Tokenizer.from_config(tokenizer.to_config())
    assert again == tokenizer
    assert again.encode("A b zzz") == [2, 3, UNKNOWN_ID]
    assert again.spans("A, b") == [(0, 1), (1, 2), (3, 4)]
    assert tokenizer.id_of("b") == 3
    assert tokenizer.id_of("zzz") == UNKNOWN_ID


def test_an_unknown_kind_is_refused():
    with pytest.raises(ValueError, match="kind must be one of keras, words"):
        Tokenizer(("a",), kind="letters")
    with pytest.raises(ModelFileError, match="unknown kind"):
        Tokenizer.from_config({"kind": "letters", "words": ["a"]})
