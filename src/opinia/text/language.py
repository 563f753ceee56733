"""Which language a text is in, guessed by its script and its commonest words; offline, in microseconds.

A guess is made only where it is clear: a text of few words, or one in which two languages mix, has none.
Scripts
tell languages such as Greek or Japanese at once; those that are written in Latin or Cyrillic letters are told
by their function words, which no text of some length does without.
"""

from __future__ import annotations

import functools
import re
import unicodedata
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence

_LOOKED_AT = 1_000
"""Characters of a text that are looked at."""
_FEWEST = 4
"""Words below which there is no guess."""
_FEWEST_TOLD = 3
"""Function words of a language below which a text is not told to be in it."""
_WORD = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)?")
_ELIDED = ("l", "d", "c", "j", "n", "s", "m", "qu", "un", "dell", "all", "nell", "t")
"""What French and Italian put before an apostrophe; in English it is a name, or I'd."""

# The commonest function words of each language; a word of several languages counts for each of them.
_FUNCTION_WORDS = {
    "en": "the and of to is in it this that was as with for but on you not are his have be one at all by an "
    "they from who so he she has her what there about very my would had were which their if no or we "
    "me when will its him been just only more can could than then them your do does did don because "
    "how into too really i it's don't didn't i'm i've isn't wasn't can't that's doesn't here some "
    "watch see make way",
    "pl": "i w na z do nie się że to jest jak ale co tak za od po ten ta te o przez dla jego są był była "
    "było już tylko bardzo mnie mi go czy przy by także jej pod ze być może kiedy gdy tego tym tej "
    "który która które albo lub bo też więc jednak nawet nic sobie tu tam można ich mam ma moim "
    "zdaniem polecam",
    "de": "der die und das ist nicht ein eine zu den mit von es auf sich dem für im auch als an wie ich "
    "aber so er sie wir war sind wird bei aus noch nach einem einen einer über nur oder was wenn hat "
    "haben man sehr dass mich mir kein keine durch bis dieser diese dieses schon mehr zum zur werden",
    "fr": "le la les de des et un une est pas que qui dans ce il elle pour sur au du en je ne se plus par "
    "avec tout mais nous vous on sont son sa ses cette ces être été fait très bien comme ou où si "
    "leur aux même sans quand mon ma était l'",
    "es": "de la que el en y los las un una es no se por con para del lo al como más pero su sus muy este "
    "esta esto ese está todo todos hay ha fue son yo me mi le les sin sobre también cuando porque ya "
    "si qué nada bien era ser",
    "it": "di che è e il la non un una in per sono con del della dei le gli lo si come ma anche questo "
    "questa più ho ha molto mi al alla nel nella da dal dalla ci se tutto tutti quando solo perché "
    "suo sua ed i essere stato era l'",
    "pt": "de que o a e do da em um uma não é para com os as no na por mais se como mas foi muito ao dos "
    "das ele ela seu sua são também este esta isso você eu me já quando tem até nos nas pelo pela bem "
    "tudo",
    "nl": "de het een en van is niet dat in te die op voor met zijn er aan ik maar om ook als was bij dit "
    "je of door nog wel naar heeft uit dan over zo hij ze wordt geen meer heel veel deze wat werd kan "
    "moet had mijn",
    "cs": "a je se na v že to s z do o i ale jako by za jsem po tak který která které pro co jen jsou už "
    "nebo při byl byla bylo mě mi si ve ze od toho jak velmi není být má jeho až ještě když tento "
    "tato",
    "sv": "och att det i en som är på av för med den till inte har ett om jag men var sig så från vi kan "
    "han hon de man eller när vad mycket bara också efter detta denna mer där här alla mig min skulle "
    "blev inga",
    "ru": "и в не на что я с он как это а по но все к у за из его от так же для бы то было только ее мне "
    "очень был была были они мы вы еще уже или если нет когда даже этот меня при чтобы",
    "uk": "і в не на що я з він як це а та але до у за із його від так для би було тільки її мені дуже був "
    "була були вони ми ви ще вже або якщо є й немає коли навіть цей мене при щоб про",
    "tr": "bir ve bu da de için çok ile ama o ne gibi daha var kadar en ki mi mı değil olarak olan ben her "
    "şey sonra ya hiç iyi kötü bence yok ise çünkü",
    "ro": "și de în la cu nu o un pe este care mai din că sau se pentru ce a fost sunt dar ca foarte acest "
    "această după prin dacă am fi lui ei tot",
    "hu": "a az és hogy nem is egy ez van de volt csak meg már nagyon mint el ha még vagy én ki mert ezt "
    "azt minden jó lehet kell",
}
# Letters that hardly another language of these has.
_LETTERS = {
    "pl": "ąęłńśźż",
    "de": "äöüß",
    "fr": "œçèêù",
    "es": "ñ¿¡",
    "pt": "ãõ",
    "cs": "ěřůťď",
    "sv": "å",
    "ru": "ыэъё",
}
_LETTERS |= {"uk": "їієґ", "tr": "ğış", "ro": "șțăţş", "hu": "őű"}
_LANGUAGE_OF_LETTER = {letter: code for code, letters in _LETTERS.items() for letter in letters}
_SETS: Mapping[str, frozenset[str]] = {
    code: frozenset(words.split()) for code, words in _FUNCTION_WORDS.items()
}
_LANGUAGES_OF: dict[str, tuple[str, ...]] = {
    word: tuple(code for code, words in _SETS.items() if word in words)
    for word in frozenset().union(*_SETS.values())
}
_KNOWN = frozenset(_LANGUAGES_OF)
_SAMPLED, _TOGETHER = 400, 10
"""Texts of many that are looked at, and how many short ones at a time."""
_TOLD, _NEARLY_ALL = 0.3, 0.9
"""Share of texts that tell their language, below which they are too short; and share that is nearly all."""
_STRANGE = re.compile(r"[^\0-\u036f\u2000-\u2bff]")  # a set up to U+10FFFF takes milliseconds to compile
"""Letters of scripts that tell a language; marks of punctuation stand between."""
_PIECE, _PLENTY = 250, 4
"""Characters of its beginning and of its end that tell plainly, and words that they must have for it."""
_SCRIPTS = {
    "GREEK": "el",
    "ARABIC": "ar",
    "HEBREW": "he",
    "DEVANAGARI": "hi",
    "THAI": "th",
    "HANGUL": "ko",
    "HIRAGANA": "ja",
    "KATAKANA": "ja",
    "CJK": "zh",
    "BENGALI": "bn",
    "TAMIL": "ta",
    "GEORGIAN": "ka",
    "ARMENIAN": "hy",
}
OTHER = "other"
"""Stands for a language that is none of these."""
LANGUAGES = (*_FUNCTION_WORDS, *dict.fromkeys(_SCRIPTS.values()))
"""Codes (ISO 639-1) of the languages that are told apart."""


def language_of(text: str) -> str | None:
    """Return the language that a text is clearly in, as a code of ISO 639-1; None where it is not clear.

    Args:
        text: of any length; its beginning is looked at.

    Example:
        >>> language_of("Bardzo dobry film, ale za długi i nie dla dzieci."), language_of("Great!")
        ('pl', None)
    """
    start = text[:_LOOKED_AT]
    if not start.isascii():
        script = _script_of(start)
        if script is not None:
            return script
    words = set(_WORD.findall(start.lower()))  # a word again and again is no more evidence
    if len(words) < _FEWEST:
        return None
    if start.isascii() and "'" not in start and len(words & _KNOWN) < _FEWEST_TOLD:
        return None
    counts: dict[str, int] = {}
    for word in words:
        for code in _LANGUAGES_OF.get(word if word.isalpha() else _plain(word), ()):
            counts[code] = counts.get(code, 0) + 1
        if not word.isascii():
            for code in {_LANGUAGE_OF_LETTER[letter] for letter in word if letter in _LANGUAGE_OF_LETTER}:
                counts[code] = counts.get(code, 0) + 1
    return _clearest(counts, len(words))


def is_plainly(text: str, language: str) -> bool:
    """Tell quickly that a text is in a language, for :func:`language_of` takes ten times as long.

    True only where so many of its function words stand there that no other language can have more; where
    this is not plain, :func:`language_of` decides.

    Args:
        text: of any length; two pieces of what :func:`language_of` looks at are.
        language: one of :data:`LANGUAGES`.
    """
    own, others = _SETS.get(language), _others(language)
    start = text[:_LOOKED_AT]
    if own is None or (not start.isascii() and _STRANGE.search(start)):
        return False
    for part in {start[:_PIECE], start[-_PIECE:]}:
        words = set(part.lower().split())
        count = len(words & own)
        if count < _PLENTY or count <= len(words & others):
            return False
    return True


@functools.cache
def _others(language: str) -> frozenset[str]:
    """Return the function words of all languages but one, some of which that one has, too."""
    return frozenset().union(*(words for code, words in _SETS.items() if code != language))


def _plain(word: str) -> str:
    first, apostrophe, second = word.replace("’", "'").partition("'")
    if not apostrophe:
        return word
    return "l'" if first in _ELIDED and len(second) > 1 else f"{first}'{second}"


def _clearest(counts: dict[str, int], words: int) -> str | None:
    """Return the language of most function words, where they are many and clearly more than any other's."""
    most = max(counts.values(), default=0)
    if most < _FEWEST_TOLD or most / words < 0.15:
        return None
    (code, _), (_, second) = Counter({**counts, "": 0}).most_common(2)
    return code if most >= 1.5 * second and most - second >= 2 else None


def _script_of(text: str) -> str | None:
    """Return the language whose script most letters of a text are in, where one has a script of its own."""
    letters = [letter for letter in text if letter.isalpha()]
    strange = [letter for letter in letters if letter >= "\u0370"]
    if len(strange) < 3 or len(strange) * 2 <= len(letters):
        return None
    found: Counter[str] = Counter()
    for letter in strange[:200]:
        name = unicodedata.name(letter, "").split(" ", 1)[0].partition("-")[0]
        if name in _SCRIPTS:
            found[_SCRIPTS[name]] += 1
    if not found:
        return None
    if found["ja"]:  # Japanese is written in Chinese characters, too
        return "ja"
    code, most = found.most_common(1)[0]
    return code if most * 2 > min(200, len(strange)) else None


def language_of_texts(texts: Sequence[str]) -> str | None:
    """Return the language that nearly all of some texts are in; None where that is open, or they differ.

    Short texts, of which none tells much, are looked at several at a time.

    Args:
        texts: of one kind; some hundreds of them, evenly spaced, are looked at.
    """
    step = max(1, len(texts) // _SAMPLED)
    sample = texts[::step][:_SAMPLED]
    found = Counter(filter(None, map(language_of, sample)))
    if found.total() < _TOLD * len(sample):
        joined = (" ".join(sample[start : start + _TOGETHER]) for start in range(0, len(sample), _TOGETHER))
        found = Counter(filter(None, map(language_of, joined)))
    if not found:
        return None
    code, most = found.most_common(1)[0]
    return code if most >= _NEARLY_ALL * found.total() else None


def vocabulary_language(words: Iterable[str], knows: Callable[[str], bool]) -> str | None:
    """Return the language of a vocabulary, from the function words among its commonest ones.

    Args:
        words: the commonest words of the vocabulary, some hundreds, most frequent first.
        knows: tells whether the whole vocabulary has a word.
    """
    common = {word.lower() for word in words}
    shares = {code: len(common & known) / len(known) for code, known in _SETS.items()}
    best, second = sorted(shares, key=lambda code: -shares[code])[:2]
    if shares[best] < 0.5 or shares[best] < 1.5 * shares[second] or not all(map(knows, common & _SETS[best])):
        return None
    return best
