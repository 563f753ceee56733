"""Where a phrase stands in a text, in time that grows with both together and not with their product."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import lru_cache

from opinia.errors import InputError
from opinia.text.normalise import normalise, normalise_with_places

Span = tuple[int, int]

_CHUNK = re.compile(r"\S+")


def find_phrase(text: str, phrase: str) -> list[Span]:
    """Return every place ``(start, end)`` of a phrase in a text: whole words, in any case and spacing.

    Letters in disguise count as what they are (:mod:`opinia.text.normalise`); places are in the text
    as given.

    Raises:
        InputError: the phrase has nothing but spaces.
    """
    wanted = " ".join(normalise(phrase).split())
    if not wanted:
        raise InputError(f"a phrase needs a word. Received: {phrase!r}")
    plain, places = normalise_with_places(text)
    chunks = [found.span() for found in _CHUNK.finditer(plain)]
    spaced = " ".join(plain[start:end] for start, end in chunks)
    origins = [place for start, end in chunks for place in range(start, end + 1)]  # of the blank behind, too
    found, free = list[Span](), 0
    for start in _occurrences(_folded(spaced), _folded(wanted)):
        end = start + len(wanted)
        if start >= free and _is_whole(spaced, start, end):
            found.append(places.span(origins[start], origins[end - 1] + 1))
            free = end
    return found


def _is_whole(text: str, start: int, end: int) -> bool:
    """Tell whether no word goes on beyond a span."""
    cut_before = text[start].isalnum() and start > 0 and _in_word(text[start - 1])
    cut_behind = text[end - 1].isalnum() and end < len(text) and _in_word(text[end])
    return not cut_before and not cut_behind


def _in_word(letter: str) -> bool:
    return letter.isalnum() or letter == "_"


def _folded(text: str) -> str:
    """Return a text without case, character by character."""
    return text.lower() if text.isascii() else "".join(map(_folded_letter, text))


@lru_cache(4096)
def _folded_letter(letter: str) -> str:
    folded = letter.casefold()
    return folded if len(folded) == 1 else letter.lower()[0]


def _occurrences(text: str, wanted: str) -> Iterator[int]:
    """Yield every start, overlapping ones too, in order (Knuth, Morris and Pratt 1977)."""
    if wanted not in text:
        return
    fallback, matched = _fallbacks(wanted), 0
    for place, letter in enumerate(text):
        while matched and (matched == len(wanted) or letter != wanted[matched]):
            matched = fallback[matched]
        if letter == wanted[matched]:
            matched += 1
        if matched == len(wanted):
            yield place + 1 - matched


def _fallbacks(wanted: str) -> Sequence[int]:
    """Return, for each number of matched characters, how many still match one place further."""
    fallback, matched = [0, 0], 0
    for letter in wanted[1:]:
        while matched and letter != wanted[matched]:
            matched = fallback[matched]
        matched += letter == wanted[matched]
        fallback.append(matched)
    return fallback
