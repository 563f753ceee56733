"""Letters in disguise: a text as plainly written as Unicode allows, every place kept.

It is compatibility normalisation, NFKC (Unicode Standard Annex 15), without what is not seen (soft
hyphens, joiners and spaces of no width, marks of direction, byte order marks), as in NFKC_Casefold; case
stays. A cluster, which is a character with the marks behind it, is only written otherwise where it keeps
its kind: letters become letters (ligatures, full width, mathematical and circled ones, accents apart from
their letter), digits digits, and a mark the same mark, so ``²``, ``½`` and ``™`` stay as they are. Accents
that Unicode has no letter for are left out where letters have case; elsewhere they may be vowels.

ASCII stays as it is, character by character.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterable, Iterator
from functools import lru_cache
from unicodedata import category, decomposition, normalize

Span = tuple[int, int]
Change = tuple[int, int, str]

_NOT_ASCII = re.compile(r"[^\x00-\x7f]+")
_ONE_MARK = re.compile(r"([!?.])\1*|[\x21-\x2f\x3a-\x40\x5b-\x60\x7b-\x7e]")
# What people and programs write for an apostrophe; NFKC knows one of them. The acute accent (U+00B4) is left
# alone: the models that come along have learnt from reviews with it, and a vocabulary counts as it reads.
_APOSTROPHES = frozenset("\u02bc\u2018\u2019\u201b\u2032\u055a\uff07")
# Seen as blanks, but letters, symbols or nothing to Unicode.
_BLANKS = frozenset("\u115f\u1160\u2800\u3164\uffa0")
# Selectors of a variant and joiners of marks: unseen like what Unicode calls format characters.
_UNSEEN = re.compile("[\u034f\u180b-\u180d\u180f\ufe00-\ufe0f\U000e0100-\U000e01ef]")
# Marks on one character, as in Unicode's stream-safe format (UAX 15): sorting more takes the square of time.
_LONGEST_CLUSTER = 31
# Raised letters of their own meaning: 1º is no 1o.
_ORDINALS = frozenset("\u00aa\u00ba")


def normalise(text: str) -> str:
    r"""Return a text as plainly written as Unicode allows.

    Example:
        >>> normalise("\N{BYTE ORDER MARK}Ｗｏｎ\N{SOFT HYPHEN}derful, eﬃcient")
        'Wonderful, efficient'
    """
    return text if text.isascii() else _rewritten(text, _changes(text))


def normalise_with_places(text: str) -> tuple[str, Places]:
    """Return a text as plainly written as Unicode allows, and where its characters stood."""
    changes = [] if text.isascii() else list(_changes(text))
    return _rewritten(text, changes), Places(changes)


class Places:
    """Where the characters of a normalised text stood before.

    Args:
        changes: of the text, in order: from where to where, and what stands there now.
    """

    def __init__(self, changes: Iterable[Change]) -> None:
        self._firsts: list[int] = []
        self._changes: list[tuple[int, int, int]] = []
        shift = 0
        for start, end, plain in changes:
            first = start + shift
            self._firsts.append(first)
            self._changes.append((first + len(plain), start, end))
            shift += len(plain) - (end - start)

    def span(self, start: int, end: int) -> Span:
        """Return where a span of at least one character stood, without unseen characters at its ends.

        What became several characters counts as a whole: the ``f`` of ``ﬁ`` has the place of both.
        """
        return self._place(start)[0], self._place(end - 1)[1]

    def _place(self, character: int) -> Span:
        number = bisect_right(self._firsts, character) - 1
        if number < 0:
            return character, character + 1
        last, start, end = self._changes[number]
        if character < last:
            return start, end
        return character + end - last, character + end - last + 1


def _rewritten(text: str, changes: Iterable[Change]) -> str:
    pieces, place = list[str](), 0
    for start, end, plain in changes:
        pieces += (text[place:start], plain)
        place = end
    return "".join((*pieces, text[place:])) if place else text


def _changes(text: str) -> Iterator[Change]:
    """Yield each place of a text that is written otherwise, and what stands there then."""
    for run in _NOT_ASCII.finditer(text):
        if not all(map(_is_plain, run.group())):
            # Marks may belong to the ASCII character before them.
            yield from _changes_within(text, max(0, run.start() - 1), run.end())


def _changes_within(text: str, first: int, last: int) -> Iterator[Change]:
    cluster, places = "", list[int]()
    free = first
    for place in range(first, last + 1):
        letter = text[place] if place < last else ""
        if letter and _is_unseen(letter):
            continue
        if letter and cluster and len(cluster) < _LONGEST_CLUSTER and _belongs(letter, cluster[-1]):
            cluster += letter
            places.append(place)
            continue
        for begin, end, plain in _parts(cluster):
            start, behind = places[begin], places[end - 1] + 1
            if free < start:
                yield free, start, ""
            if plain != text[start:behind]:
                yield start, behind, plain
            free = behind
        if free < place:
            yield free, place, ""
        cluster, places, free = letter, [place], place


@lru_cache(4096)
def _is_plain(letter: str) -> bool:
    """Tell whether a character stays, whatever stands beside it."""
    return not (_is_unseen(letter) or _continues(letter)) and _plain(letter) in (letter, None)


@lru_cache(4096)
def _is_unseen(letter: str) -> bool:
    return category(letter) == "Cf" or _UNSEEN.match(letter) is not None


@lru_cache(4096)
def _continues(letter: str) -> bool:
    """Tell whether a character may belong to the one before: a mark, or a later letter of Hangul."""
    first = normalize("NFKC", letter)[0]
    return _is_later_jamo(first) or category(first)[0] == "M"


def _belongs(letter: str, before: str) -> bool:
    """Tell whether a character belongs to this one before it: letters of Hangul do to Hangul alone."""
    if not _continues(letter):
        return False
    if not _is_later_jamo(normalize("NFKC", letter)[0]):
        return True
    last = normalize("NFKC", before)[-1]
    return "\u1100" <= last <= "\u11ff" or "\ua960" <= last <= "\ua97f" or "\uac00" <= last <= "\ud7ff"


def _is_later_jamo(letter: str) -> bool:
    return "\u1160" < letter <= "\u11ff" or "\ud7b0" <= letter <= "\ud7ff"


def _parts(cluster: str) -> Iterator[Change]:
    """Yield what a cluster is in plain characters: whole, or else letters and each mark alone."""
    if not cluster:
        return
    end = len(cluster)
    plain = _plain(cluster)
    if plain is None:
        letters = range(1, end if category(cluster[0])[0] == "L" else 1)
        end = next((place for place in letters if category(cluster[place])[0] != "L"), len(letters) + 1)
        plain = _plain(cluster[:end]) or cluster[:end]
    yield 0, end, plain
    for place in range(end, len(cluster)):
        yield place, place + 1, _plain(cluster[place]) or cluster[place]


@lru_cache(4096)
def _plain(cluster: str) -> str | None:
    """Return a cluster in plain characters of the same kind, or None where there are none."""
    base = cluster[0]
    if base in _APOSTROPHES or base in _BLANKS:
        return ("'" if base in _APOSTROPHES else " ") if len(cluster) == 1 else None
    plain, kind = normalize("NFKC", cluster), category(base)
    if kind[0] in "PS" and _ONE_MARK.fullmatch(plain):
        return plain
    bare = "".join(letter for letter in plain if category(letter)[0] != "M")
    if kind == "Nd" or _is_framed(base):
        return bare if bare.isdecimal() or (len(bare) == 1 and bare.isalpha()) else None
    if (kind[0] == "L" or kind == "Nl") and base not in _ORDINALS:
        plain = bare if plain[0].lower() != plain[0].upper() else plain
        return plain if plain.isalpha() and not _APOSTROPHES.intersection(plain) else None
    return None


def _is_framed(letter: str) -> bool:
    return decomposition(letter).startswith(("<circle>", "<square>"))
