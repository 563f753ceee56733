"""Normalisation: idempotent, ASCII untouched, and every place kept."""

import unicodedata

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from opinia.text.normalise import normalise, normalise_with_places

TEXTS = st.text(
    alphabet=st.one_of(
        st.sampled_from("aeE 1½²º™'’.!?…‼:)\u00ad\u200b\u200d\ufeff\u00a0\u0301\u0336\u20e3\u093cＡﬁ㎏ⓐ⑩"),
        st.sampled_from("ｶﾞ\u1112\u1161\u11ab한क़\u0958ﷺⅣ😀👍🏽\ufe0f❤\u3164´ŉ\u0344İſ\ud800"),
        st.characters(exclude_categories=()),
    ),
    max_size=40,
)


@given(st.text(alphabet=st.characters(max_codepoint=0x7F)))
def test_ascii_stays(text):
    assert normalise(text) is text


@given(TEXTS)
@example("ŉ\u0301")
@example("＇\u0301")
@example("\u0344\u0301a")
def test_once_is_enough(text):
    once = normalise(text)
    assert normalise(once) == once


def test_every_character_alone_is_plain_after_one_round():
    """Of those without a meaning, nine in ten of all, one in 61: what is asked of them is their category."""
    for code in range(0x110000):
        if unicodedata.category(chr(code)) not in ("Cn", "Co") or code % 61 == 0:
            once = normalise("x" + chr(code) + "y")
            assert normalise(once) == once, hex(code)


@given(TEXTS)
def test_places_lead_back(text):
    plain, places = normalise_with_places(text)
    assert plain == normalise(text)
    spans = [places.span(i, i + 1) for i in range(len(plain))]
    assert all(0 <= start < end <= len(text) for start, end in spans)
    for (start, end), (other, last) in zip(spans, spans[1:], strict=False):
        assert end <= other or (start, end) == (other, last)
    for letter, (start, end) in zip(plain, spans, strict=True):
        assert letter in normalise(text[start:end])
    if plain:
        left_out = text[: spans[0][0]] + text[spans[-1][1] :]
        assert normalise(left_out) == ""


@given(st.text(alphabet=st.sampled_from("ąćęłńóśźżéïüñçöåøABCabc "), max_size=30))
def test_accents_apart_are_accents(text):
    assert normalise(unicodedata.normalize("NFD", text)) == unicodedata.normalize("NFC", text)


@given(st.text(alphabet=st.characters(min_codepoint=0x21, max_codepoint=0x7E)))
def test_full_width_is_the_other_width(text):
    assert normalise("".join(chr(ord(letter) + 0xFEE0) for letter in text)) == text


@pytest.mark.parametrize("family", ["Lu", "Ll", "Nd"])
def test_letters_and_digits_stay_letters_and_digits(family):
    for code in range(0x110000):
        if unicodedata.category(chr(code)) == family:
            plain = normalise(chr(code))
            assert plain.isalpha() if family != "Nd" else plain.isdecimal(), hex(code)
