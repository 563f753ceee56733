"""Labels that people write for an opinion: words in English and Polish, signs, thumbs and ratings."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

from opinia.system.printable import JOINERS

Polarity = Literal["negative", "neutral", "positive", "none"]
"""What a word says of an opinion; ``"none"`` that there is no label."""

NUMBER = re.compile(r"([+-]?)([0-9]+)(?:\.0*|,00?)?")
_SCIENTIFIC = re.compile(r"[+-]?[0-9](?:[.,][0-9]{0,17})?e[+-]?[0-9]{1,2}")
"""As R and spreadsheets write numbers: ``1e+00``, ``9,5E-01``."""
_WORDS: dict[Polarity, str] = {
    "negative": "negativo negativa négatif négative negatif negativ negatief schlecht malo mala mauvais "
    "very_dissatisfied very_unsatisfied somewhat_dissatisfied very_bad very_poor strongly_disagree disagree "
    "zdecydowanie_nie raczej_nie bardzo_niezadowolony bardzo_niezadowolona bardzo_zła bardzo_źle "
    "neg negative negatively negatywna negatywny negatywne negatywnie negatyw ujemna "
    "ujemny ujemne "
    "bad poor terrible awful horrible zła zły złe źle słaba słaby słabe dislike disliked hate hated "
    "thumbs_down "
    "thumb_down thumbsdown kciuk_w_dół down downvote not_recommended unhappy unsatisfied "
    "dissatisfied sad sadness "
    "angry anger very_negative strongly_negative bardzo_negatywna bardzo_negatywny bardzo_negatywne "
    "rotten false no "
    "not_positive n f fałsz nie niezadowolony niezadowolona nie_polecam 👎 ☹ ☹️ 🙁 😞 😠 😡 😢 ❌ ✗ ✘ - -- "
    "minus label_0 "
    "somewhat_negative extremely_negative mostly_negative "
    "minus_m z_zero z_minus_m raczej_negatywna raczej_negatywny raczej_negatywne l0",
    "positive": "positivo positiva positif positive positiv positief gut bueno buena bon "
    "very_satisfied somewhat_satisfied very_good strongly_agree agree zdecydowanie_tak raczej_tak "
    "bardzo_zadowolony bardzo_zadowolona bardzo_dobra bardzo_dobrze "
    "pos positive positively pozytywna pozytywny pozytywne pozytywnie pozytyw dodatnia "
    "dodatni dodatnie "
    "good great excellent dobra dobry dobre dobrze świetna świetny świetne like liked love loved "
    "thumbs_up thumb_up "
    "thumbsup kciuk_w_górę up upvote recommended happy satisfied joy very_positive strongly_positive "
    "bardzo_pozytywna "
    "bardzo_pozytywny bardzo_pozytywne fresh true yes p t y prawda tak zadowolony zadowolona polecam "
    "👍 ☺ ☺️ 🙂 😀 😃 "
    "😊 😍 ✅ ✓ ✔ + ++ plus label_1 z_plus_m somewhat_positive extremely_positive mostly_positive plus_m "
    "raczej_pozytywna raczej_pozytywny raczej_pozytywne",
    "neutral": "neutro neutra neutre neutraal undecided neither_agree_nor_disagree trudno_powiedzieć "
    "neu neutral neutralna neutralny neutralne neutralnie neutralność obojętna obojętny "
    "obojętne mixed "
    "mieszana mieszany mieszane average ok okay so-so ambiguous ambivalent amb fine średnia średni "
    "średnie przeciętna "
    "przeciętny przeciętne neither 😐 😑 z_amb",
    "none": "unsup unlabeled unlabelled unlabeled_data unknown irrelevant nieznana nieznany nieznane "
    "inne other skip unrated not_rated no_rating no_opinion no_answer not_applicable not_sure don't_know "
    "not_set missing empty blank brak brak_oceny bez_oceny bez_opinii nie_dotyczy nie_wiem "
    "brak_odpowiedzi unclear",
}
POLARITIES: dict[str, Polarity] = {
    word.replace("_", " "): polarity for polarity, words in _WORDS.items() for word in words.split()
}
_RATING = re.compile(
    r"""
    (?:rated\s+|rating\s*[:=]?\s*|ocena\s*[:=]?\s*|score\s*[:=]?\s*)?
    (?P<value>0,[0-9]+|[0-9]+(?:\.[0-9]+|,[0-9]{1,2})?)
    (?:\s*(?:(?:/|out\s+of|of|na|z)\s*(?P<scale>[0-9]{1,4})(?:[.,]0)?|(?P<percent>%)))?
    \s*(?:(?P<unit>-?\s*(?:stars?|gwiazdk[aię]|gwiazdek|gwiazdki|pkt\.?|points?|bubbles?|punkt(?:y|ów)?|★|⭐️?|\*)))?
    """,
    re.VERBOSE,
)
_LARGEST = 1e9
"""Beyond it a number is no rating."""
_FULL, _EMPTY = "★⭐🌟✮✭*", "☆✩"


@dataclass(frozen=True)
class Rating:
    """A label that is a number on a scale.

    Args:
        value: such as 4.
        scale: the best value, where the label says it: 5 in ``4/5`` and ``★★★★☆``; None where it does not.
        is_bare: the label is the number alone.
    """

    value: float
    scale: int | None = None
    is_bare: bool = True


_HALF = re.compile(r"(?<![0-9.,/])([0-9]) ?(?:½|(?<= )1/2)")
"""Three and a half, as ``3½`` and ``3 1/2``."""
_STARS = re.compile(r"star|gwiazd|point|punkt")
COUNTED = {
    word: str(number)
    for number, words in enumerate(
        ("zero", "one jedna jeden", "two dwie dwa", "three trzy", "four cztery", "five pięć", "six sześć")
        + ("seven siedem", "eight osiem", "nine dziewięć", "ten dziesięć")
    )
    for word in words.split()
}
_CODED = re.compile(r"(?:__label__|(?:label|class|cls|klasa|etykieta)[ _:#-]?)([0-9]{1,2})")
"""The number of a class, as programs write it: ``LABEL_1``, ``__label__2``, ``class 0``."""
_NUMBERED = re.compile(r"([0-9]{1,2})\s*[-–:=.)]\s*[^\W\d_][^\d]*")
"""A number and what it stands for, as surveys have it: ``5 - excellent``."""


def rating_of(label: str) -> Rating | None:
    """Return the rating that a label spells: ``4``, ``4.5``, ``4 stars``, ``4/5``, ``★★★★☆``, ``4 gwiazdki``.

    Args:
        label: as :func:`plain_label` gives it.
    """
    try:
        found = Rating(float(label)) if not set(label) - set("+-.0123456789") else _spelt(label)
    except ValueError:
        return None
    return found if found is not None and abs(found.value) < _LARGEST else None


def _spelt(label: str) -> Rating | None:
    label = _HALF.sub(lambda found: f"{found[1]}.5", label)
    label = " ".join(COUNTED.get(word, word) for word in label.split(" ")) if _STARS.search(label) else label
    half = 0.5 if label.endswith("½") else 0.0
    label = label.removesuffix("½").rstrip()
    stars = label.replace(" ", "").replace("\ufe0f", "")
    if stars and not set(stars) - set(_FULL + _EMPTY):
        full = sum(letter in _FULL for letter in stars)
        hollow = len(stars) - full
        if full and len(stars) <= 10 and not (half and hollow) and stars[:full].strip(_FULL) == "":
            return Rating(full + half, len(stars) if hollow else None, is_bare=False)
        return None
    if half:
        return None
    coded = _CODED.fullmatch(label)
    if coded is not None:
        return Rating(float(coded[1]))
    numbered = _NUMBERED.fullmatch(label)
    if numbered is not None:
        return Rating(float(numbered[1]), is_bare=False)
    match = _RATING.fullmatch(label)
    if match is None:
        return None
    scale = int(match["scale"]) if match["scale"] else 100 if match["percent"] else None
    value = float(match["value"].replace(",", "."))
    if scale is not None and not (0 <= value <= scale and scale):
        return None
    return Rating(value, scale, is_bare=False)


def plain_label(label: str) -> str:
    """Return a label as it is compared: without case, in one line, and a number as people write it.

    Blanks of any kind are one, and what nobody sees is left out. A number is without its plus, its ``.0`` (or
    ``,0``) and the exponent of ``1E+00``, in the digits 0 to 9.
    """
    if not label.isascii():
        label = "".join(each for each in label if each in JOINERS or unicodedata.category(each) != "Cf")
    label = " ".join(label.split())
    plain = unicodedata.normalize("NFC", unicodedata.normalize("NFC", label).casefold())
    if not plain.isascii():
        plain = "".join(map(_ascii_digit, plain)).replace("\ufe0f\u20e3", "").replace("\u20e3", "")
    digits = plain.replace("\N{MINUS SIGN}", "-")
    if _SCIENTIFIC.fullmatch(digits):
        digits = format(Decimal(digits.replace(",", ".")), "f")
        plain = digits = digits.rstrip("0").rstrip(".") if "." in digits else digits
    number = NUMBER.fullmatch(digits)
    if number is None:
        return plain
    return (number[1].removeprefix("+") if number[2].strip("0") else "") + number[2]


def _ascii_digit(letter: str) -> str:
    return str(unicodedata.decimal(letter)) if letter.isdecimal() else letter


def polarity_of(label: str) -> Polarity | None:
    """Return what a label says of an opinion, as far as a word in English or Polish or a sign says it.

    Args:
        label: as :func:`plain_label` gives it.
    """
    return POLARITIES.get(" ".join(label.replace("_", " ").split()))


_MINUS = frozenset(("-", "--", "---", "–", "—"))
_PLUS = frozenset(("+", "++", "+++", "plus"))
_BETWEEN = frozenset(("0", "±", "+/-", "-/+", "+-", "-+", "="))
_NEGATING = frozenset(("not", "no", "non", "nor", "never", "nie", "bez", "without", "less", "hardly", "mało"))
_LETTERS = re.compile(r"[^\W\d_]+")
_PARTNERS = {"n": "pyt", "p": "nf", "y": "n", "t": "nf", "f": "tp"}
"""Letters that stand for an opinion beside one of others alone: f and m are no opinions."""


def polarities_of(labels: Iterable[str]) -> dict[str, Polarity | None]:
    """Return what each label of a table says of an opinion, in the light of the others.

    A dash is negative beside a plus, and elsewhere nothing, and so are other marks alone.

    Args:
        labels: as :func:`plain_label` gives them.
    """
    there = [*labels]
    is_signed = not _PLUS.isdisjoint(there)
    found: dict[str, Polarity | None] = {}
    for label in there:
        if label in _MINUS:
            found[label] = "negative" if is_signed else "none"
        elif is_signed and label in _BETWEEN:
            found[label] = "neutral"
        elif label in _PARTNERS:
            found[label] = polarity_of(label) if set(_PARTNERS[label]) & set(there) else None
        elif label and not set(label) - set("?.…/_ "):
            found[label] = "none"
        else:
            found[label] = polarity_of(label) or _within(label)
    return found


def _within(label: str) -> Polarity | None:
    """Return the one opinion among the words of a longer label, such as ``['positive']``; None of several."""
    words = [word for word in _LETTERS.findall(label.replace("_", " ")) if len(word) > 2]
    if len(words) > 4 or _NEGATING & {*_LETTERS.findall(label)}:
        return None
    sides = {side for word in words if (side := polarity_of(word)) not in (None, "none")}
    return sides.pop() if len(sides) == 1 else None
