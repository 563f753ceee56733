"""The tokenizer against the real Keras layer (golden files), and its properties."""

import json
import lzma
import re
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from opinia.errors import ModelFileError
from opinia.text.tokenizer import LONG_TEXT, UNKNOWN_ID, Tokenizer, split_tokens, token_spans

GOLDEN = Path(__file__).parents[1] / "golden"
ASCII_SPACES = " \t\n\v\f\r"

# Characters that tokenizers disagree on stand beside any others.
AWKWARD = (
    ASCII_SPACES
    + "aAzZ09'-<>/.[]\\^`~\x00\x1c\x1d\x1e\x1f\x7f\x80\x85\xa0éÉßİıŁž\u0301\u1680\u2028\u3000\ufeff🎬"
)
characters = st.one_of(st.sampled_from(AWKWARD), st.characters(exclude_categories=()))
texts = st.text(characters, max_size=60)


@pytest.fixture(scope="module")
def golden():
    return json.loads(lzma.decompress((GOLDEN / "keras_text.json.xz").read_bytes()))


@pytest.fixture(scope="module", params=(1000, 54, 20_000))
def layer(request, golden):
    (found,) = [layer for layer in golden["layers"] if layer["max_tokens"] == request.param]
    return found


def test_golden_texts_are_many_and_awkward(golden):
    found = golden["texts"]
    assert len(found) >= 2000
    everything = "".join(found)
    for part in (
        "<br />",
        "İ",
        "ß",
        "🎬",
        "e\u0301",
        "\xa0",
        "\x85",
        "\u1680",
        "\u2028",
        "\x00",
        "\x1c",
        "\x1f",
        "\v",
    ):
        assert part in everything
    assert "" in found
    assert any(text and not text.strip() for text in found)
    assert max(map(len, found)) >= 10_000


@pytest.mark.parametrize("max_tokens", [1000, 54])
def test_golden_vocabulary_is_cut_among_equally_frequent_words(golden, max_tokens):
    counts = Counter(token for text in golden["texts"] for token in split_tokens(text))
    ordered = sorted(counts.values(), reverse=True)
    assert ordered[max_tokens - 3] == ordered[max_tokens - 2]


def test_vocabulary_equals_that_of_keras(golden, layer):
    tokenizer = Tokenizer.adapt(golden["texts"], max_tokens=layer["max_tokens"])
    assert list(tokenizer.words) == layer["words"]


def test_ids_equal_those_of_keras(golden, layer):
    tokenizer = Tokenizer(tuple(layer["words"]))
    for text, ids in zip(golden["texts"], layer["ids"], strict=True):
        assert tokenizer.encode(text) == ids, repr(text[:200])


@given(texts)
def test_tokens_follow_the_rule_as_keras_writes_it(text):
    lowered = re.sub(rb"[A-Z]", lambda letter: bytes([letter[0][0] + 32]), text.encode("utf-8", "ignore"))
    stripped = re.sub(rb"""[!"#$%&()\*\+,-\./:;<=>?@\[\\\]^_`{|}~\']""", b"", lowered)
    assert split_tokens(text) == [token for token in re.split(rb"[ \t\n\v\f\r]+", stripped) if token]


@pytest.mark.parametrize(
    ("text", "tokens"),
    [
        ("It's GREAT!<br /><br />Don't miss", ["its", "greatbr", "br", "dont", "miss"]),
        ("ÉCOLE İSTANBUL Straße", ["École", "İstanbul", "straße"]),
        ("one\xa0two\x85three\u2028four", ["one\xa0two\x85three\u2028four"]),
        ("one\x1ctwo\x1fthree", ["one\x1ctwo\x1fthree"]),
        ("a\tb\nc\vd\fe\rf", ["a", "b", "c", "d", "e", "f"]),
        ("“quoted” … – —", ["“quoted”", "…", "–", "—"]),
        (" -- ... !?", []),
        ("", []),
    ],
)
def test_tokens_of_texts_that_a_person_can_check(text, tokens):
    assert split_tokens(text) == [token.encode() for token in tokens]


@given(texts)
def test_spans_point_at_the_chunks_of_the_tokens(text):
    tokens = split_tokens(text)
    spans = token_spans(text)
    assert len(spans) == len(tokens)
    last = 0
    for (start, end), token in zip(spans, tokens, strict=True):
        assert last <= start < end
        assert split_tokens(text[start:end]) == [token]
        assert not set(text[start:end]) & set(ASCII_SPACES)
        assert start == 0 or text[start - 1] in ASCII_SPACES
        assert end == len(text) or text[end] in ASCII_SPACES
        last = end


def test_span_covers_deleted_punctuation():
    assert token_spans("well, (don't) -- go") == [(0, 5), (6, 13), (17, 19)]


def test_spans_of_the_golden_texts(golden):
    for text in golden["texts"]:
        found = [split_tokens(text[start:end]) for start, end in token_spans(text)]
        assert found == [[token] for token in split_tokens(text)]


@given(st.lists(texts, max_size=8), st.lists(texts, max_size=3), st.integers(3, 12))
def test_ids_name_the_words_of_the_vocabulary(known, others, max_tokens):
    tokenizer = Tokenizer.adapt(known, max_tokens=max_tokens)
    assert len(tokenizer) <= max_tokens
    for text in known + others:
        ids = tokenizer.encode(text)
        for token, found in zip(split_tokens(text), ids, strict=True):
            if found == UNKNOWN_ID:
                assert token.decode() not in tokenizer.words
            else:
                assert tokenizer.words[found - 2].encode() == token


@given(st.lists(texts, max_size=8), st.integers(3, 12), st.randoms(use_true_random=False))
def test_vocabulary_is_the_most_frequent_words_in_any_order_of_texts(known, max_tokens, random):
    words = Tokenizer.adapt(known, max_tokens=max_tokens).words
    counts = Counter(token for text in known for token in split_tokens(text))
    ranked = [(counts[word.encode()], word.encode()) for word in words]
    assert ranked == sorted(ranked, reverse=True)
    left_out = [(count, token) for token, count in counts.items() if token.decode() not in words]
    assert len(words) == min(len(counts), max_tokens - 2)
    assert not left_out or max(left_out) < min(ranked)

    shuffled = random.sample(known, len(known))
    assert Tokenizer.adapt(shuffled, max_tokens=max_tokens).words == words


@pytest.mark.parametrize(
    "text", ["\ud800", "good\udfff film", "\udcff\udc80", "a\ud800 \udfffb", "\ud83c film"]
)
def test_lone_surrogates_are_dropped(text):
    tokenizer = Tokenizer(("good", "film"))
    clean = "".join(character for character in text if not "\ud800" <= character <= "\udfff")
    assert tokenizer.encode(text) == tokenizer.encode(clean)
    assert len(token_spans(text)) == len(tokenizer.encode(text))
    assert Tokenizer.adapt([text], max_tokens=10) == Tokenizer.adapt([clean], max_tokens=10)


@given(st.lists(texts, max_size=8))
def test_config_survives_json(known):
    tokenizer = Tokenizer.adapt(known, max_tokens=50)
    again = Tokenizer.from_config(json.loads(json.dumps(tokenizer.to_config())))
    assert again == tokenizer
    assert [again.encode(text) for text in known] == [tokenizer.encode(text) for text in known]


@pytest.mark.parametrize(
    "config",
    [
        {},
        {"kind": "subwords", "words": ["good"]},
        {"kind": "keras"},
        {"kind": "keras", "words": "god"},
        {"kind": "keras", "words": ["good", 7]},
        {"kind": "keras", "words": ["good", "good"]},
        {"kind": "keras", "words": ["go\ud800od"]},
    ],
)
def test_config_of_another_shape_is_refused(config):
    with pytest.raises(ModelFileError, match="tokenizer|vocabulary"):
        Tokenizer.from_config(config)


def test_vocabulary_needs_room_for_a_word():
    with pytest.raises(ValueError, match="at least 3. Received: 2"):
        Tokenizer.adapt(["good"], max_tokens=2)


def test_vocabulary_holds_each_word_once():
    with pytest.raises(ValueError, match="once"):
        Tokenizer(("good", "good"))


@pytest.mark.parametrize("kind", ["keras", "words"])
def test_a_long_text_has_the_tokens_of_its_lines(kind):
    """Beyond 65,536 characters tokens are made one after another, and are the same."""
    lines = [
        "Well... I didn't LIKE it!!",
        "8/10 <br /> ﬁlm\u00a0żółć :-)",
        "a\vb\fc\rd , 1990s (x)",
        "\ud800x 😀",
    ]
    words = Tokenizer(("well", "like", "film", "a", "x", ":)", "i", "didnt", "didn't", "br"), kind)
    once = [words.encode(line) for line in lines]
    count = LONG_TEXT // sum(map(len, lines)) + 1
    assert words.encode("\n".join(lines * count)) == [id_ for line in once * count for id_ in line]


def test_words_without_their_diacritics_are_found_where_a_vocabulary_folds():
    words = ("świetny", "źle", "złe", "zle", "łóżko", "straße", "мой", "मैं")
    exact, folding = Tokenizer(words, "words"), Tokenizer(words, "words", folds=True)
    for text, expected in {
        "swietny": "świetny",
        "Swietny": "świetny",
        "śwíetny": "świetny",
        "swieeeetny": "świetny",
        "lozko": "łóżko",
        "strasse": "straße",
        "zle": "zle",  # as it is written, where that is a word
        "źlé": "źle",  # else the most frequent
    }.items():
        assert folding.encode(text) == [folding.id_of(expected)]
    for text in ("мои", "म", "inny"):
        assert folding.encode(text) == [1]
    assert exact.encode("swietny") == [1]
    assert Tokenizer.from_config(folding.to_config()) == folding != exact
    assert "folds" not in exact.to_config()
    assert folding.extended(["nowy"], max_tokens=20).encode("swietny nowy") == [2, 10]


def test_a_vocabulary_that_folds_in_no_known_way_is_refused():
    with pytest.raises(ModelFileError, match="folds is true or false. Received: 'yes'"):
        Tokenizer.from_config({"kind": "words", "words": ["a"], "folds": "yes"})
