"""Words and marks: what a text becomes, and where it stands."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from opinia.errors import ModelFileError
from opinia.text import tokenizer
from opinia.text.normalise import normalise
from opinia.text.tokenizer import UNKNOWN_ID, Tokenizer
from opinia.text.words import fold, plainer_spellings, split_pieces, split_words, word_spans

DISGUISES = [
    ("won\u00adder\u00adful", "wonderful", (0, 11)),
    ("w\u200bo\u200cn\u200dd\u2060e\ufeffrful", "wonderful", (0, 14)),
    ("\u200ewonderful\u200f", "wonderful", (1, 10)),
    ("\ufeffWonderful", "wonderful", (1, 10)),
    ("\u202dwonderful\u202c", "wonderful", (1, 10)),
    ("ＷＯＮＤＥＲＦＵＬ", "wonderful", (0, 9)),
    ("𝐰𝐨𝐧𝐝𝐞𝐫𝐟𝐮𝐥", "wonderful", (0, 9)),
    ("𝓌ℴ𝓃𝒹ℯ𝓇𝒻𝓊𝓁", "wonderful", (0, 9)),
    ("ⓦⓞⓝⓓⓔⓡⓕⓤⓛ", "wonderful", (0, 9)),
    ("🅆🄾🄽🄳🄴🅁🄵🅄🄻", "wonderful", (0, 9)),
    ("w\u0336o\u0336n\u0336d\u0336e\u0336rful", "wonderful", (0, 14)),
    ("wonder\ufe0fful", "wonderful", (0, 10)),
    ("eﬃcient", "efficient", (0, 7)),
    ("ﬂawed", "flawed", (0, 5)),
    ("cliche\u0301d", "clichéd", (0, 8)),
    ("na\u0131\u0308ve".replace("\u0131", "i"), "naïve", (0, 6)),
    ("e\u00ad\u0301tude", "étude", (0, 7)),
    ("don’t", "don't", (0, 5)),
    ("don‘t", "don't", (0, 5)),
    ("donʼt", "don't", (0, 5)),
    ("don＇t", "don't", (0, 5)),
    ("８／１０", "8/10", (0, 4)),
    ("8\ufe0f\u20e3/10", "8/10", (0, 6)),
    ("𝟠/𝟙𝟘", "8/10", (0, 4)),
    ("…", "..", (0, 1)),
    ("：）", ":)", (0, 2)),
    ("？？？", "??", (0, 3)),
    ("Ⅳ", "iv", (0, 1)),
]

TEXTS = st.text(
    alphabet=st.one_of(
        st.sampled_from(
            "aeE 1½²º™✓'’.!?…‼:)（）－<>\u00ad\u200b\u200d\ufeff\u00a0\u0301\u0336\u20e3\u093cＡﬁ㎏ⓐ⑩"
        ),
        st.sampled_from("ｶﾞ\u1112\u1161\u11ab한क़\u0958ﷺⅣ😀👍🏽\ufe0f❤\u3164´ŉ\u0344İſ"),
        st.characters(),
    ),
    max_size=60,
)


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
        ("x² 2½ 1º nº Disney™", ["x²", "2½", "1º", "nº", "disney", "™"]),
        ("👨\u200d👩\u200d👧 ❤\ufe0f", ["👨", "👩", "👧", "❤"]),
        ("wasn´t", ["wasn", "t"]),
    ],
)
def test_tokens(text, tokens):
    assert split_words(text) == tokens


@given(TEXTS)
@example(":ㅧ")  # alone it is written as another letter, and so it must be behind a mark
@example("가ㅧ :\u11c7 ㅧㅧ")
@example(" \u0316\u200d\u0336\u20e3")  # marks without a letter, and something unseen among them
@example("’\u0301\u0336")
@example("\x85\ufeff\u20e3")
@example("\uff1a\uff9f \uff09\uff9f \ufde1\ufff9\uff9e")  # a letter that belongs to a mark
@example(
    "\ufa03\u0307 ㅧ\u20e3 ！\u0336 ｶﾞ\u093c"
)  # what is written otherwise, and an accent that it never has
def test_each_token_stands_where_its_span_says(text):
    spans = word_spans(text)
    places = [normalise(text[start:end]) for start, end in spans]
    assert places == split_pieces(text)
    assert [fold(place) for place in places] == split_words(text)
    assert all(a < b <= c for (a, b), (c, _) in zip(spans, spans[1:], strict=False))


@pytest.mark.parametrize(("text", "token", "place"), DISGUISES)
def test_a_word_in_disguise_is_the_word(text, token, place):
    for before, after in (("", ""), ("so ", "!"), ("😀 ", "\ufeff film"), ("<br />", "<br />")):
        whole = before + text + after
        assert token in split_words(whole)
        start, end = word_spans(whole)[split_words(whole).index(token)]
        assert (start - len(before), end - len(before)) == place, whole


@given(TEXTS)
def test_disguise_makes_no_difference_and_no_text_has_a_second_one(text):
    assert split_words(normalise(text)) == split_words(text) or "<" in normalise(text)


@pytest.mark.parametrize("space", [chr(code) for code in range(0x80, 0x3001) if chr(code).isspace()])
def test_every_space_of_unicode_parts_words(space):
    assert split_words(f"good{space}film") == ["good", "film"]


def test_what_the_vocabulary_lacks_is_read_in_plainer_spellings():
    tokenizer = Tokenizer(("so", "good", "movie", ":)", ":(", "!", "can't"), kind="words")
    ids = {word: i for i, word in enumerate(tokenizer.words, start=2)}
    for text, word in [
        ("sooooo", "so"), ("gooood", "good"), ("movie's", "movie"), ("movieee's", "movie"), ("😍", ":)"),
        ("😡", ":("), ("!!!", "!"), ("CAN’T", "can't"), ("cant", "can't"),
    ]:  # fmt: skip
        assert tokenizer.encode(text) == [ids[word]], text
    assert tokenizer.encode("unheard ??? 🚗") == [UNKNOWN_ID] * 3


def test_plainer_spellings_come_nearest_first():
    assert list(plainer_spellings("cooool's")) == ["cool's", "col's", "cooool", "cool", "col"]
    assert list(plainer_spellings("plain")) == []
    assert list(plainer_spellings("hadnt")) == ["hadn't"]


@pytest.mark.parametrize(
    ("rating", "spellings"),
    [
        ("4.5/5", ["9/10", "9/10"]), ("4,5/5", ["9/10", "9/10"]), ("0/5", ["0/10", "0/10"]),
        ("95/100", ["9.5/10", "10/10"]), ("6.25/10", ["6.5/10", "6/10"]), ("100/100", ["10/10", "10/10"]),
        ("3/5s", []), ("11/10", []), ("6/5", []), ("1/2", []),
        ("4/5/10", []),
    ],
)  # fmt: skip
def test_a_rating_is_read_as_the_same_share_of_ten(rating, spellings):
    assert list(plainer_spellings(rating)) == spellings


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


def test_nearest_spellings_are_kept_for_a_while_and_change_nothing(monkeypatch):
    monkeypatch.setattr(tokenizer, "MOST_FOUND", 10)
    words = ("świetny", "so", "movie", "don't", "9/10", ":)")
    lacking = [
        "swietny",
        "sooooo",
        "movie's",
        "dont",
        "4.5/5",
        "😀",
        "x" * 500,
        *(f"q{n}q" for n in range(25)),
    ]
    kept = tokenizer.Tokenizer(words, "words", folds=True)
    for word in (*lacking, *lacking[:9], *reversed(lacking)):
        fresh = tokenizer.Tokenizer(words, "words", folds=True)
        assert kept.encode(f"{word} so") == fresh.encode(f"{word} so")
        assert len(kept._found) <= 10
        assert all(len(each) < 500 for each in kept._found)
