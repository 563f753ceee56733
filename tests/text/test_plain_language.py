"""What is plainly in a language, told quickly, is what the closer look says."""

from hypothesis import given, settings
from hypothesis import strategies as st

from opinia.text.language import _SETS, is_plainly, language_of

WORDY = tuple(_SETS)


@settings(max_examples=300, deadline=None, derandomize=True)
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
