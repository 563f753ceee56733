"""What the name of a column asks, where a one or a yes in it is the answer: ``is_negative``, ``verified``."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

from opinia.tables.column_names import LABELS, RATINGS, TEXTS, plain_name
from opinia.tables.labels.words import plain_label, polarity_of


def _several(words: str) -> tuple[str, ...]:
    return tuple(words.split())


def _set(words: str) -> frozenset[str]:
    return frozenset(_several(words))


_ASKING = _set("is was are were has had have did does do can could should would will if czy jest")
_NEGATING = _set("not non no nie un never without bez isnt wasnt dont")
_NO_SIDE = _set("true false yes no tak nie p n t f y fine average minus plus sad joy")
"""Words for an opinion that mean something else in a name."""
_STEMS: dict[str, tuple[str, ...]] = {
    "negative": _several(
        "negativ negatyw niezadowol dissatisf unsatisf unhapp unfavo unlik dislik hate hejt toxic "
        "toksyc complain complaint reklamac skarg zażal insult obraź offens abus obscen threat "
        "harass nienawi wulgar badly wors detract churn defect angr anger disgust "
        "sadness hostil aggress agresyw nega"
    ),
    "positive": _several(
        "positiv pozytyw zadowol satisf happy happi favo recommend polec podoba liked liking loved loving "
        "lovely prais complimen "
        "pochwał promoter"
    ),
}
_ELSE = _set(
    "helpful unhelpful useful funny cool verified unverified vine spoiler spoilers purchase purchased "
    "fake deleted removed edited premium train test split fold valid validation sarcasm sarcastic irony "
    "ironic subjective subjectivity objective relevant relevance english anonymous bot duplicate adult "
    "nsfw clickbait replied reply replies response responses responded answered image images photo video "
    "votes count counts num number total quantity qty price cost year month day hour time age id ids "
    "index nr lp size length words tokens retweets page width height weight confidence certainty "
    "incentivized sponsored member admin active published approved enabled visible hidden question male "
    "female gender mobile surprise optimism trust anticipation admiration joy curiosity likes upvotes "
    "downvotes views shares rank row position version pomocna pomocny pomocne przydatna przydatny "
    "zweryfikowana zweryfikowany potwierdzona potwierdzony zakup zakupiony liczba ilość cena rok wiek "
    "miesiąc dzień godzina pewność długość płeć odpowiedź zdjęcie"
)
"""Words of names of columns that say something else of a review than what it thinks."""
_LABELLED = _several(
    "label labels sentiment sentiments polarity class target rating ratings score scores stars etykieta "
    "sentyment wydźwięk ocena klasa"
)
"""With these a name ends that asks nothing: ``final_label``, ``mylabel``."""
_GENERIC = (LABELS | RATINGS | TEXTS) | _set(
    "lab lbl cls col column field kolumna pole var val value values wartość result results wynik wyniki "
    "output outcome answer annotation annotated annotator coded code tag tags verdict judgment judgement "
    "assessment evaluation mark feedback attitude mood emotion nastawienie decyzja decision kategoria human "
    "majority expert unnamed true actual real final"
)
"""Words of names that may well be those of labels, and ask nothing by themselves."""
TRUE = _set("1 true yes tak y t prawda")
TRUTHS = TRUE | _set("0 -1 false no nie n f fałsz")
"""Labels that answer the question which the name of a column is; those of :data:`TRUE` say yes."""
_SUFFIXES = (
    "reviews",
    "review",
    "labels",
    "label",
    "comments",
    "comment",
    "opinions",
    "opinion",
    "flag",
    "score",
)
_CAMEL = re.compile(r"(?<=[^\W\d_A-Z])(?=[A-Z])")


@dataclass(frozen=True)
class Asked:
    """What the name of a column asks.

    Args:
        number: the class that 1 and true mean by it; None where it asks for something else than a class.
        is_else: it is known to hold something else than opinions, whatever that is.
        said: numbers that the name explains, each with its class.
    """

    number: int | None
    is_else: bool = False
    said: tuple[tuple[str, int], ...] = ()


def _tokens(name: str) -> list[str]:
    spaced = _CAMEL.sub(" ", unicodedata.normalize("NFC", name.replace("'", "")))
    found: list[str] = []
    for token in re.findall(r"[^\W_]+", spaced.casefold()):
        found += _parted(token)
    return found


def _parted(token: str) -> list[str]:
    """Return the words of one that is written together: ``isnegative``, ``badreview``."""
    for start in ("is", "has", "was", "czy"):
        rest = token.removeprefix(start)
        if rest != token and (_side(rest) is not None or rest in _ELSE):
            return [start, rest]
    for end in _SUFFIXES:
        rest = token.removesuffix(end)
        if rest and rest != token and (_side(rest) is not None or rest in _ELSE):
            return [rest, end]
    return [token]


def _side(word: str) -> str | None:
    """Return ``"negative"`` or ``"positive"`` for a word that says so."""
    if word in _NO_SIDE or len(word) < 3:
        return None
    side = polarity_of(word)
    if side in ("negative", "positive"):
        return side
    if word in _ELSE:
        return None
    return next((side for side, stems in _STEMS.items() if word.startswith(stems)), None)


def asked_by(column: str | None, classes: Sequence[str]) -> Asked | None:
    """Return what the name of a column asks, that a one or a yes in it answers; None where it asks nothing.

    ``is_negative`` asks for the class negative, and ``verified`` for something else than an opinion.
    ``label`` asks nothing: its numbers are those of the classes. A word that is not known, such as
    ``attack``, may ask for anything.

    Args:
        column: its name; None knows none.
        classes: of the model, in its order.
    """
    if column is None:
        return None
    tokens = _tokens(column)
    named = _classes_in(tokens, classes)
    numbers = [place for place, token in enumerate(tokens) if token.isdecimal() and len(token) == 1]
    found = {number for _, number in named}
    if tokens and tokens[-1] in _ELSE:
        return Asked(None, is_else=True)
    if numbers and named:  # "label (1 = negative, 0 = positive)"
        said = _said(tokens, named)
        if len(found) == 1:  # "negative_0" may be the first column of several, or "0 is negative"
            return Asked(found.pop() if said and said[0][0] == "1" else None)
        if all(number == int(digit) for digit, number in said) and len(said) == len(named):
            return None
        number = next((number for digit, number in said if digit == "1"), None)
        return Asked(number if len(classes) == 2 and len(said) == 2 else None, said=tuple(said))
    if len(found) == 1:
        return Asked(found.pop())
    if found:  # "neg_pos": in the order of the numbers, or who knows
        order = [number for _, number in named]
        return None if order == sorted(order) else Asked(None)
    if plain_name(column) in LABELS | RATINGS or (tokens and tokens[-1].endswith(_LABELLED)):
        return None
    is_else = any(token in _ELSE for token in tokens)
    is_asking = bool(tokens) and (tokens[0] in _ASKING or column.rstrip().endswith("?"))
    words = [token for token in tokens if token.isalpha() and len(token) > 2]
    is_unknown = bool(words) and not any(token in _GENERIC or token.endswith(_LABELLED) for token in words)
    return Asked(None, is_else=is_else) if is_else or is_asking or is_unknown else None


def _said(tokens: Sequence[str], named: Sequence[tuple[int, int]]) -> list[tuple[str, int]]:
    """Return the digits of a name, each with the class that stands at its side."""
    places = dict(named)
    kinds = [
        (place, token.isdecimal())
        for place, token in enumerate(tokens)
        if token.isdecimal() or place in places or polarity_of(token) == "neutral"
    ]
    said = []
    for (place, is_digit), (after, is_next) in zip(kinds[::2], kinds[1::2], strict=False):
        digit, word = (place, after) if is_digit else (after, place)
        if is_digit != is_next and word in places:
            said.append((tokens[digit], places[word]))
    return said


def _classes_in(tokens: Sequence[str], classes: Sequence[str]) -> list[tuple[int, int]]:
    """Return the classes that a name names: the place of each in the name, and its number."""
    plain = [plain_label(name) for name in classes]
    sides: list[str | None] = [polarity_of(name) for name in plain]
    is_opinion = {"negative", "positive"} <= set(sides) and len(set(sides)) == len(sides)
    own = {
        tuple(_tokens(name)): number
        for number, name in enumerate(plain)
        if not name.isdecimal() and len(name) > 1
    }
    found: list[tuple[int, int]] = []
    place = 0
    while place < len(tokens):
        width, number = 1, None
        for size in (3, 2, 1):
            part = tuple(tokens[place : place + size])
            if len(part) < size or not all(map(str.isalpha, part)):
                continue
            if part in own:
                width, number = size, own[part]
                break
            side = polarity_of(" ".join(part)) if size > 1 else _side(part[0])
            if is_opinion and side in ("negative", "positive"):
                width, number = size, sides.index(side)
                break
        if number is not None:
            is_negated = place > 0 and tokens[place - 1] in _NEGATING
            if is_negated and (is_opinion or len(classes) == 2):
                number = _other(number, sides) if is_opinion else 1 - number
            found.append((place, number))
        place += width
    return found


def _other(number: int, sides: Sequence[str | None]) -> int:
    turned = {"negative": "positive", "positive": "negative"}.get(str(sides[number]))
    return next((place for place, side in enumerate(sides) if side == turned), number)
