"""Words and marks: the richer way from a text to its tokens.

A token is a word with its apostrophes (``don't``), a number as it is written (``8/10``, ``1990s``),
a mark that shapes an opinion (``!``, ``?``, ``...``, brackets), an emoticon or a symbol. HTML tags
count as spaces, letters in disguise as what they are (:mod:`opinia.text.normalise`), and case is folded;
still each token has its place in the text as it was given.

What the vocabulary lacks is looked up once more in plainer spellings: ``sooooo`` as ``so``,
``movie's`` as ``movie``, ``hadnt`` as ``hadn't``, ``4.5/5`` as ``9/10``, a smiling emoji as ``:)``.
"""

from __future__ import annotations

import math
import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Iterator

from opinia.text.normalise import normalise, normalise_with_places

_TOKEN = re.compile(
    r"""
    [^\W\d_]+(?:'[^\W\d_]+)*            # a word, apostrophes inside
    | \d+(?:[./:,]\d+)*[^\W\d_]*        # a number, a rating, a year
    | [:;=]-?(?:[()\[\]]+|[DPp](?!\w))  # an emoticon
    | !+ | \?+ | \.+                    # a mark, repeated or not
    | [,;:()*&$%#]
    | [^\w\s\x00-\xbf\u2000-\u206f\ud800-\udfff\ufe00-\ufe0f]  # a symbol, such as an emoji
    """,
    re.VERBOSE,
)
_TAG = re.compile(r"</?[a-zA-Z][^<>]{0,200}>")
_LONG_RUN = re.compile(r"(\w)\1{2,}")
_STROKES = str.maketrans({"ł": "l", "ø": "o", "đ": "d", "ħ": "h", "ß": "ss", "æ": "ae", "œ": "oe", "ı": "i"})
"""Lower-case Latin letters that Unicode does not take apart."""
_RATING = re.compile(r"(\d{1,3}(?:[.,]\d{1,2})?)/(5|10|100)", re.ASCII)
_MARKS = frozenset("!?.")
_MOST_CHUNKS = 1 << 17
"""Different ones that are counted before they are taken apart, a few megabytes."""
_EYES = frozenset(":;=")
_GLAD = frozenset("😀😁😂😃😄😅😆😇😉😊😋😌😍😎😘😻🙂🙌🤗🤣🤩🥰👌👍👏💕💖💗💙💚💛💜💯🔥🎉☺♥❤✨⭐🌟")
_SAD = frozenset("😐😑😒😓😔😕😖😞😟😠😡😢😣😤😩😫😭😱😴🙁🙄🤢🤮🤬👎💔💩☹")


def split_words(text: str) -> list[str]:
    """Return the tokens of one text."""
    return [fold(piece) for piece in split_pieces(text)]


def split_pieces(text: str) -> list[str]:
    """Return the tokens of one text in plain letters, before :func:`fold`."""
    return _TOKEN.findall(normalise(_without_tags(text)))


def iter_pieces(text: str) -> Iterator[str]:
    """Yield the same one after another: of a long text a list takes much memory."""
    return (match.group() for match in _TOKEN.finditer(normalise(_without_tags(text))))


def count_pieces(texts: Iterable[str]) -> Counter[str]:
    """Return how often each piece of :func:`split_pieces` stands in texts.

    No piece holds a blank, and none looks beyond one: what stands between blanks comes again and again,
    and is taken apart once for as often as it has come.
    """
    pieces, chunks = Counter[str](), Counter[str]()

    def take_apart() -> None:
        for chunk, count in chunks.items():
            for piece in _TOKEN.findall(chunk):
                pieces[piece] += count
        chunks.clear()

    for text in texts:
        chunks.update(normalise(_without_tags(text)).split())
        if len(chunks) > _MOST_CHUNKS:
            take_apart()
    take_apart()
    return pieces


def word_spans(text: str) -> list[tuple[int, int]]:
    """Return the place of each token in the text as it was given, in characters.

    Returns:
        One ``(start, end)`` for each token of :func:`split_words`, in the same order; none begins
        before the one in front of it ends.
    """
    plain, places = normalise_with_places(_without_tags(text))
    spans = [match.span() for match in _TOKEN.finditer(plain)]
    return spans if plain == text else [places.span(*span) for span in spans]


def fold(piece: str) -> str:
    """Return the token that a piece of text stands for.

    Example:
        >>> [fold(piece) for piece in ("Great", "!!!!", "=-D")]
        ['great', '!!', ':)']
    """
    first = piece[0]
    if first in _MARKS:
        return piece[:2]
    if first in _EYES and len(piece) > 1:
        return ":(" if piece[-1] in "([" else ":)"
    return piece.lower()


def plainer_spellings(token: str) -> Iterator[str]:
    """Yield what else a token may stand for, nearest first; for tokens outside a vocabulary."""
    if token in _GLAD:
        yield ":)"
    elif token in _SAD:
        yield ":("
    elif token[0] in _MARKS:
        yield token[0]
    elif rating := _RATING.fullmatch(token):
        yield from _equal_ratings(*rating.groups())
    else:
        if token.endswith("nt"):
            yield f"{token[:-1]}'t"
        stem, apostrophe, _ = token.rpartition("'")
        for word in (token, stem) if apostrophe else (token,):
            if word != token:
                yield word
            shorter = _LONG_RUN.sub(r"\1\1", word)
            if shorter != word:
                yield shorter
                yield _LONG_RUN.sub(r"\1", word)


def _equal_ratings(points: str, most: str) -> Iterator[str]:
    """Yield the same share of ten points, to a half and to a whole one; nothing where it is above all."""
    halves = float(points.replace(",", ".")) * 20 / int(most)
    if halves <= 20:
        for number in (math.floor(halves + 0.5), 2 * math.floor(halves / 2 + 0.5)):
            yield f"{number // 2}{'.5' if number % 2 else ''}/10"


def without_diacritics(word: str) -> str:
    """Return a word as people type it in a hurry: ``świetny`` becomes ``swietny``.

    A word that is not of Latin letters stays: marks of other scripts are vowels, or make other letters.
    """
    if word.isascii():
        return word
    bare = word.translate(_BARE)
    return bare if bare.isascii() else word


class _Bare(dict[int, str]):
    """What :meth:`str.translate` makes of a letter: without its diacritics, kept where that is ASCII."""

    def __missing__(self, code: int) -> str:
        parted = unicodedata.normalize("NFD", chr(code).translate(_STROKES))
        bare = "".join(letter for letter in parted if unicodedata.category(letter) != "Mn")
        if bare.isascii():
            self[code] = bare
        return bare


_BARE = _Bare()


def _without_tags(text: str) -> str:
    """Return the text with blanks for tags, every place kept."""
    return _TAG.sub(lambda tag: " " * len(tag.group()), text) if "<" in text else text
