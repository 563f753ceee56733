"""What is plainly in a language, told quickly, is what the closer look says."""

from hypothesis import given, settings
from hypothesis import strategies as st

from opinia.text.language import _SETS, is_plainly, language_of, language_of_texts

WORDY = tuple(_SETS)


@settings(max_examples=120, deadline=None, derandomize=True)
@given(
    st.lists(st.tuples(st.sampled_from(WORDY), st.integers(0, 20)), min_size=1, max_size=40),
    st.sampled_from(WORDY),
)
def test_what_is_plainly_in_a_language_is_clearly_in_no_other(picked, language):
    words = {code: sorted(known) for code, known in _SETS.items()}
    text = " ".join(words[code][number % len(words[code])] for code, number in picked)
    if is_plainly(text[:250], language):
        assert language_of(text[:250]) in (language, None)


def test_what_is_plain():
    english = "The staff of this hotel was very nice, and we were at the pool all day. It is a place for us."
    assert is_plainly(english, "en")
    assert not is_plainly(english, "pl")
    assert not is_plainly(english, "xx")
    assert not is_plainly("Great!", "en")
    assert not is_plainly(english[:60] + " Очень хороший отель, я был там с семьей." * 30, "en")
    assert is_plainly("Byliśmy tam już drugi raz i na pewno nie ostatni, bo jest to hotel dla nas.", "pl")


POLISH = "Byliśmy tam już drugi raz i na pewno nie ostatni, bo jest to hotel dla nas."
ENGLISH = "The staff of this hotel was very nice, and we were at the pool all day. It is a place for us."


def test_the_language_of_many_texts_is_that_of_nearly_all():
    assert language_of_texts([POLISH] * 95 + [ENGLISH] * 5) == "pl"
    assert language_of_texts([ENGLISH] * 5000) == "en"
    assert language_of_texts([POLISH, ENGLISH] * 50) is None
    assert language_of_texts([POLISH, "12345", "ok"]) == "pl"


def test_short_texts_tell_their_language_together():
    short = ["nie polecam", "jest ok", "było brudno", "to nie to", "bardzo czysto", "ale się działo"]
    assert [language_of(text) for text in short] == [None] * 6
    assert language_of_texts(short * 20) == "pl"


def test_texts_that_tell_nothing_have_no_language():
    assert language_of_texts([]) is None
    assert language_of_texts(["", "123", "🎬", "xq zv"] * 30) is None
