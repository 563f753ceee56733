"""Which encoding a text is in: by its marks, by what is valid UTF-8, else by the letters that come out.

Between the encodings of one byte a character nothing is certain. A candidate is judged by the share of its
letters that some language has, beside other letters of a word; where two candidates make different texts that
are as likely, words of the languages decide, or nothing does.
"""

from __future__ import annotations

import codecs
import re
from collections import Counter
from dataclasses import dataclass

from opinia.errors import DataError

_MARKS = (
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_LOOKED_AT = 1 << 18
"""Bytes around which letters are counted."""
_ACCEPTED = 0.9
"""Least share of letters outside ASCII that must be plausible."""
_SIGNS = frozenset("„”“’‘‚‹›«»–—…•·°§€£©®™\xa0\xad×±½¼¾²³†‰´¨µ¶")
_FIGURES = frozenset("¹²³¼½¾±‰µ¶")
_WESTERN = "äöüßàâæçèéêëîïôœùûüÿáíóúñãõìòåøðþ"
_POLISH = "nie to jest na w z i do jak ale film bardzo tekst recenzja opinia ocena komentarz dobry dobra"
_POLISH += " polecam gra super ten ta po o od za ze tylko ma czy tak tym co jego ich który"
# Letters of each language, its encodings, and short words that are frequent in it.
_LANGUAGES: tuple[tuple[str, tuple[str, ...], str], ...] = (
    ("ąćęłńóśźż", ("cp1250", "iso8859-2", "cp852"), _POLISH),
    ("áčďéěíňóřšťúůýžľĺŕôä", ("cp1250", "iso8859-2"), "je to na se že v a si ako ale film jako"),
    ("áéíóöőúüű", ("cp1250", "iso8859-2"), "a az és nem egy hogy van volt film nagyon"),
    ("čćđšž", ("cp1250", "iso8859-2"), "je u i na se da film nije za"),
    ("ăâîşţ", ("cp1250", "iso8859-2"), "este un o nu de la și film foarte"),
    ("ğışçöüâî", ("cp1254",), "bir ve çok bu film için değil ama"),
    ("äöüß", ("cp1252",), "der die das und ist nicht ein film sehr aber"),
    ("àâæçèéêëîïôœùûüÿ", ("cp1252",), "le la les et est un une de film pas très mais"),
    ("áéíóúñü¿¡", ("cp1252",), "el la los es una que de y muy pero"),
    ("ãõáâàçéêíóôú", ("cp1252",), "o a os um uma de não muito mas filme"),
    ("àèéìòù", ("cp1252",), "il la di e un che non film molto"),
    ("åäöæøé", ("cp1252",), "och det är en som att film og det er ikke"),
    # English borrows from all of the west.
    (
        _WESTERN,
        ("cp1252",),
        "the and of is it was this that movie film in with very but a to for i you not as on are his",
    ),
)
_WORD = re.compile(rb"[A-Za-z\x80-\xff]+")


@dataclass(frozen=True)
class Found:
    """An encoding.

    Args:
        name: such as ``"cp1250"``.
        is_guess: whether it might be another.
    """

    name: str
    is_guess: bool = False


def find_encoding(start: bytes, *, is_whole: bool, name: str) -> Found:
    """Return the encoding of a text.

    What no encoding fits is called UTF-8: its wrong bytes then make bad rows, and no wrong letters.

    Args:
        start: its first bytes.
        is_whole: whether these are all.
        name: of the table, for messages.

    Raises:
        DataError: it holds so many NUL bytes that it is no text.
    """
    for mark, encoding in _MARKS:
        if start.startswith(mark):
            return Found(encoding)
    if b"\0" in start:
        wide = _wide(start)
        if wide is not None:
            return Found(wide, is_guess=True)
        if start.count(b"\0") * 20 > len(start):
            raise DataError(
                f"{name} is no text: {start.count(0):,} of its first {len(start):,} bytes are NUL",
                hint="is it a file of another kind, or damaged? --encoding says how it is written",
            )
    if start.isascii():
        return Found("utf-8")
    good, bad = _utf8(start, is_whole=is_whole)
    if good >= bad:
        return Found("utf-8")
    if good * 10 > bad:  # a mixture: what is wrong becomes bad rows; fewer may be chance
        return Found("utf-8", is_guess=True)
    return Found(_guess(start[:_LOOKED_AT]) or "utf-8", is_guess=True)


def _wide(start: bytes) -> str | None:
    """Return the UTF-16 or UTF-32 without a mark that a text is in, by where its zeros are."""
    if len(start) < 4:
        return None
    looked = start[: _LOOKED_AT // 4 * 4]
    zeros = [looked[place::4].count(0) / max(1, len(looked[place::4])) for place in range(4)]
    if min(zeros[1:]) > 0.9 and zeros[0] < 0.1:
        return "utf-32-le"
    if min(zeros[:3]) > 0.9 and zeros[3] < 0.1:
        return "utf-32-be"
    even, odd = (zeros[0] + zeros[2]) / 2, (zeros[1] + zeros[3]) / 2
    for encoding, sure, other in (("utf-16-le", odd, even), ("utf-16-be", even, odd)):
        if sure > 0.3 and other < sure / 20:
            try:
                codecs.getincrementaldecoder(encoding)().decode(looked)
            except UnicodeError:
                continue
            return encoding
    return None


def _utf8(start: bytes, *, is_whole: bool) -> tuple[int, int]:
    """Return how many characters outside ASCII are valid UTF-8, and how many bytes are not."""
    decoder = codecs.getincrementaldecoder("utf-8")("surrogateescape")
    text = decoder.decode(start, final=is_whole)
    wide = [letter for letter in text if letter > "\x7f"]
    bad = sum("\udc80" <= letter <= "\udcff" for letter in wide)
    return len(wide) - bad, bad


def _guess(start: bytes) -> str | None:
    words = Counter(word for word in _WORD.findall(start))
    high = Counter({word: count for word, count in words.items() if not word.isascii()})
    alone = sum(count for word, count in high.items() if len(word) > 2 and min(word) > 127)
    if 2 * alone > sum(high.values()):  # an alphabet of its own, or no alphabet
        return _by_library(start)
    small = Counter(word.lower() for word in words.elements()) if words else Counter()
    rated: list[tuple[float, int, str]] = []
    for alphabet, encodings, frequent in _LANGUAGES:
        letters = frozenset(alphabet) | frozenset(alphabet.upper())
        hits = sum(small[word.encode()] for word in frequent.split() if word.isascii())
        for encoding in encodings:
            # Signs have bytes of their own in DOS, where hardly any text has them.
            share = _plausible(start, encoding, letters if encoding == "cp852" else letters | _SIGNS)
            rated.append((share, hits, encoding))
    best = max(share for share, _, _ in rated)
    if best < _ACCEPTED:
        return None
    near = sorted((each for each in rated if each[0] >= best - 0.02), key=lambda each: each[1], reverse=True)
    texts = {encoding: start.decode(encoding, "replace") for _, _, encoding in near}
    if len(set(texts.values())) == 1:
        return "cp1252" if "cp1252" in texts and near[0][2] not in ("cp1250",) else near[0][2]
    _, hits, chosen = near[0]
    rivals = [most for _, most, encoding in near if texts[encoding] != texts[chosen]]
    return chosen if hits > 2 * max(rivals, default=0) else None


def _plausible(start: bytes, encoding: str, known: frozenset[str]) -> float:
    """Return the share of characters outside ASCII that are letters of a language or usual signs."""
    text = start.decode(encoding, "replace")
    good = count = 0
    for found in _FOREIGN.finditer(text):
        letter = found[0]
        count += 1
        if letter not in known:
            continue
        before = text[found.start() - 1] if found.start() else " "
        after = text[found.end()] if found.end() < len(text) else " "
        if letter.isalpha():
            # A letter stands in a word, and a capital not behind a small one.
            is_good = (before.isalpha() or after.isalpha()) and not (before.isdigit() or after.isdigit())
            is_good = is_good and not (letter.isupper() and before.islower())
        elif letter in _FIGURES:
            is_good = not before.isalpha() or (before in "mM" and letter in "²³")
        else:
            is_good = letter in "’´\xad" or not (before.isalpha() and after.isalpha()) or letter in "–—…\xa0"
        good += is_good
    return good / count if count else 1.0


_FOREIGN = re.compile(r"[^\x00-\x7f]")


def _by_library(start: bytes) -> str | None:
    from charset_normalizer import from_bytes

    best = from_bytes(start[: 1 << 16].rpartition(b"\n")[0] or start[: 1 << 16]).best()
    if best is None:
        return None
    # Of the encodings of several bytes a character, short texts are taken for one another.
    name = codecs.lookup(best.encoding).name
    alone = sum(bytes([byte]).decode(name, "replace") != "\ufffd" for byte in range(128, 256))
    return name if alone > 100 and "a,\n".encode(name) == b"a,\n" else None
