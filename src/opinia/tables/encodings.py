"""Which encoding a text is in: by its marks, by what is valid UTF-8, else by the letters that come out.

Between the encodings of one byte a character nothing is certain. A candidate is rated by the fraction of its
letters that some language has, beside other letters of a word; where two candidates make different texts that
are as likely, words of the languages decide, or nothing does.

What the beginning leaves open is decided where the first byte stands that the candidates read otherwise:
see :class:`Late`.
"""

from __future__ import annotations

import codecs
import io
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, BinaryIO

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
"""Least fraction of letters outside ASCII that must be plausible."""
_HITS = 3
"""What frequent words must count more than: two for each, one for a word of one letter."""
_LEAST = 20
"""Bytes outside ASCII from which a library may tell which alphabet they are."""
_SIGNS = frozenset("„”“’‘‚‹›«»–—…•·°§€£©®™\xa0\xad×±½¼¾²³†‰´¨µ¶")
_FIGURES = frozenset("¹²³¼½¾±‰µ¶")
_WESTERN = "äöüßàâæçèéêëîïôœùûüÿáíóúñãõìòåø"
_POLISH = "nie to jest na w z i do jak ale film bardzo tekst recenzja opinia ocena komentarz dobry dobra"
_POLISH += " polecam gra super ten ta po o od za ze tylko ma czy tak tym co jego ich który"
# Letters of each language, its encodings, and short words that are frequent in it.
_LANGUAGES: tuple[tuple[str, tuple[str, ...], str], ...] = (
    ("ąćęłńóśźż", ("cp1250", "iso8859-2", "cp852"), _POLISH + " się że też już być są był była było więc"),
    ("áčďéěíňóřšťúůýžľĺŕôä", ("cp1250", "iso8859-2"), "je to na se že v a si ako ale film jako"),
    ("áéíóöőúüű", ("cp1250", "iso8859-2"), "a az és nem egy hogy van volt film nagyon"),
    ("čćđšž", ("cp1250", "iso8859-2"), "je u i na se da film nije za"),
    ("ăâîşţ", ("cp1250", "iso8859-2"), "este un o nu de la și film foarte"),
    ("ğışçöüâîİ", ("cp1254",), "bir ve çok bu film için değil ama"),
    ("äöüß", ("cp1252",), "der die das und ist nicht ein film sehr aber"),
    ("àâæçèéêëîïôœùûüÿ", ("cp1252",), "le la les et est un une de film pas très mais été même où"),
    ("áéíóúñü¿¡", ("cp1252",), "el la los es una que de y muy pero más también año años señor español"),
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
        rivals: others that make the same of all that was looked at.
    """

    name: str
    is_guess: bool = False
    rivals: tuple[str, ...] = ()


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
        if start.count(b"\0") * 20 > max(len(start), 40):  # one or two in a short file are cells
            raise DataError(
                f"{name} is no text: {start.count(0):,} of its first {len(start):,} bytes are NUL",
                hint="is it a file of another kind, or damaged? --encoding says how it is written",
            )
    if start.isascii():
        return Found("utf-8", rivals=() if is_whole else _SINGLE)
    good, bad = _utf8(start, is_whole=is_whole)
    if good >= bad:
        return Found("utf-8")
    if good * 10 > bad:  # a mixture: what is wrong becomes bad rows; fewer may be chance
        return Found("utf-8", is_guess=True)
    lines = _strange_lines(start)
    words = Counter(word for word in _WORD.findall(lines) if not word.isascii())
    alone = sum(count for word, count in words.items() if len(word) > 2 and min(word) > 127)
    if 2 * alone > sum(words.values()):  # an alphabet of its own, or no alphabet
        return Found(_by_library(start[:_LOOKED_AT]) or "utf-8", is_guess=True)
    # Where languages are mixed, letters tell that their encodings do not have in common.
    found = _guess(lines, _SINGLE) or _mixed(lines)
    return Found(found or "utf-8", is_guess=True, rivals=_rivals(found, start) if found else ())


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
    wide = len(text) - len(text.encode("ascii", "ignore"))
    bad = len(text) - len(text.encode("utf-8", "ignore").decode())  # lone surrogates are left out
    return wide - bad, bad


def _strange_lines(start: bytes) -> bytes:
    """Return the first line and those that are not ASCII, as many as are looked at."""
    kept, held = [], 0
    for number, line in enumerate(start.splitlines(keepends=True)):
        if number == 0 or not line.isascii():
            kept.append(line)
            held += len(line)
            if held > _LOOKED_AT:
                break
    return b"".join(kept)[:_LOOKED_AT]


def _rivals(chosen: str, seen: bytes) -> tuple[str, ...]:
    """Return the other encodings that make the same of all bytes that were seen."""
    strange = seen.translate(None, _ASCII)
    there = bytes(set(strange))
    read = there.decode(chosen, "replace")
    return tuple(each for each in _SINGLE if each != chosen and there.decode(each, "replace") == read)


def _guess(lines: bytes, encodings: Sequence[str], only: bytes | None = None) -> str | None:
    """Return the likeliest of some encodings of one byte a character, or None where none is likely.

    Args:
        lines: those that are not ASCII, mostly.
        encodings: to choose from.
        only: bytes to look at; None looks at all.
    """
    rated = _rated(lines, encodings, only)
    best = max((share for share, _, _ in rated), default=0.0)
    if best < _ACCEPTED:
        return None
    near = sorted((each for each in rated if each[0] >= best - 0.02), key=lambda each: each[1], reverse=True)
    texts = {encoding: lines.decode(encoding, "replace") for _, _, encoding in near}
    near = [each for each in near if not _CONTROLS.search(texts[each[2]])] or near
    texts = {encoding: texts[encoding] for _, _, encoding in near}
    if len(set(texts.values())) == 1:
        return "cp1252" if "cp1252" in texts and near[0][2] not in ("cp1250",) else near[0][2]
    _, hits, chosen = near[0]
    rivals = [most for _, most, encoding in near if texts[encoding] != texts[chosen]]
    return chosen if hits > max(_HITS, 2 * max(rivals, default=0)) else None


def _rated(lines: bytes, encodings: Sequence[str], only: bytes | None) -> list[tuple[float, int, str]]:
    """Return, for each language and encoding, the fraction of plausible letters and how many words."""
    small = Counter(word.lower() for word in _WORD.findall(lines))
    rated: list[tuple[float, int, str]] = []
    for alphabet, known, frequent in _LANGUAGES:
        letters = frozenset(alphabet) | frozenset(alphabet.upper()) - {"Ÿ"}  # hardly a word begins with it
        for encoding in known:
            if encoding not in encodings:
                continue
            hits = sum(
                small[_encoded(word, encoding)] * (6 if not word.isascii() else 1 + (len(word) > 1))
                for word in frequent.split()
            )
            # Signs have bytes of their own in DOS, where hardly any text has them.
            share = _plausible(lines, encoding, letters if encoding == "cp852" else letters | _SIGNS, only)
            rated.append((share, hits, encoding))
    return rated


def _mixed(lines: bytes) -> str | None:
    """Return the likeliest encoding of a mixture of languages, by the letters that encodings do not share."""
    chosen = _guess(lines, _COMMON, _different(_COMMON))
    fits_one = any(share >= _ACCEPTED for share, _, _ in _rated(lines, _SINGLE, None))
    if chosen is None or fits_one:  # it is no mixture, and of two languages nobody can tell which
        return None
    alphabets = "".join(alphabet for alphabet, known, _ in _LANGUAGES if chosen in known)
    letters = frozenset(alphabets + alphabets.upper()) | _SIGNS
    return chosen if _plausible(lines, chosen, letters, None) >= _ACCEPTED else None


def _encoded(word: str, encoding: str) -> bytes:
    try:
        return word.encode(encoding)
    except UnicodeEncodeError:
        return b" "  # no word


def _plausible(start: bytes, encoding: str, known: frozenset[str], only: bytes | None) -> float:
    """Return the fraction of characters outside ASCII that are letters of a language or usual signs."""
    text = start.decode(encoding, "replace")
    looked = None if only is None else frozenset(only.decode(encoding, "replace"))
    good = count = 0
    for found in _FOREIGN.finditer(text):
        letter = found[0]
        if looked is not None and letter not in looked:
            continue
        count += 1
        if letter not in known:
            continue
        before = text[found.start() - 1] if found.start() else " "
        after = text[found.end()] if found.end() < len(text) else " "
        if letter.isalpha():
            # A letter stands in a word, and a capital not behind a small one.
            is_good = (before.isalpha() or after.isalpha() or letter in _WORDS) and not (
                before.isdigit() or after.isdigit()
            )
            is_good = is_good and not (letter.isupper() and before.islower())
            allowed = _NEXT.get(letter.lower())
            is_good = is_good and (allowed is None or allowed.match(after.lower()) is not None)
        elif letter in "¶§":
            is_good = not before.isalpha() and not after.isalpha()
        elif letter in "¿¡":
            is_good = not before.isalpha() and not after.isspace()
        elif letter in "«»":
            is_good = "»" in text and "«" in text
        elif letter in "£€":
            is_good = not after.isalpha()
        elif letter in _FIGURES:
            is_good = not before.isalpha() or (before in "mM" and letter in "²³")
            is_good = is_good and (before.isdigit() or not after.isalpha())
        else:
            is_good = letter in "’´\xad" or not (before.isalpha() and after.isalpha()) or letter in "–—…\xa0"
        good += is_good
    return good / count if count else 1.0


_FOREIGN = re.compile(r"[^\x00-\x7f]")
_CONTROLS = re.compile(r"[\x80-\x9f]")
"""What no text has: an encoding that makes such of a byte is not the one where another makes letters."""
_WORDS = frozenset("àèéÀÈÉ")
"""Letters that are words by themselves, in French and Italian."""
_NEXT = {
    letter: re.compile(f"[{behind}]")
    for letter, behind in {
        "ñ": "aeiouáéíóúü",  # Spanish has it before vowels alone, where Polish writes "ni"
        "ń": "^aeiouáéíóúü",
        "ø": "^áéíìúý",  # "Dvořák" has a letter that would be one before an accent
        "ì": r"\W",  # ends a word in Italian, where "ě" of Czech stands within
        "è": "^aeioæuáéíóú",  # never before a vowel, as "č" is
        "œ": "uidsnte",
    }.items()
}
"""What may stand behind a letter of the west, by languages that have it."""
_ASCII = bytes(range(128))
_SINGLE = tuple(dict.fromkeys(encoding for _, encodings, _ in _LANGUAGES for encoding in encodings))
"""Encodings of one byte a character between which letters decide."""

_COMMON = ("cp1250", "iso8859-2", "cp1252")


class Late(io.RawIOBase):
    """Bytes as UTF-8, of a text whose encoding its beginning leaves open.

    As long as all candidates read the bytes alike, nothing has to be known. Where the first byte stands that
    they read otherwise, what follows decides, as the beginning does elsewhere. Where it decides nothing, such
    bytes stay as they are, so that they make bad rows and no wrong letters.

    Args:
        found: what the beginning shows.
    """

    def __init__(self, found: Found) -> None:
        super().__init__()
        self.encoding = found.name
        """What writes all that was read so far."""
        self.name = found.name
        """What people are told."""
        self.line = 0
        """The line in which it was decided, from 1; 0 where it was not, or decided nothing."""
        self._rivals = found.rivals
        self._table: str | None = None
        self._stream: BinaryIO = io.BytesIO()
        self._ready = memoryview(b"")
        self._lines = 1

    def over(self, stream: BinaryIO) -> Late:
        """Return this, reading a stream."""
        self._stream = stream
        return self

    def readable(self) -> bool:
        """Return that it is."""
        return True

    def readinto(self, buffer: Any) -> int:
        """Fill a buffer, as far as there is something at once."""
        while not self._ready:
            piece = getattr(self._stream, "read1", self._stream.read)(_LOOKED_AT)
            if not piece:
                return 0
            self._ready = memoryview(self._made(piece))
        taken = self._ready[: len(buffer)]
        buffer[: len(taken)] = taken
        self._ready = self._ready[len(taken) :]
        return len(taken)

    def _made(self, piece: bytes) -> bytes:
        """Return the next bytes as UTF-8, after a decision where they ask for one."""
        while self._rivals:
            strange = self._strange()
            if not piece.translate(None, _other_than(strange)):
                break
            first = next(place for place, byte in enumerate(piece) if byte in strange)
            piece = self._filled(piece, first + _LOOKED_AT)
            self._lines += piece.count(b"\n", 0, first)
            self._decide(piece[piece.rfind(b"\n", 0, first) + 1 :], strange)
            self._lines -= piece.count(b"\n", 0, first)
        if self._rivals:
            self._lines += piece.count(b"\n")
        if self.encoding == "utf-8" or piece.isascii():
            return piece
        if self._table is not None:
            return codecs.charmap_decode(piece, "surrogateescape", self._table)[0].encode(
                "utf-8", "surrogateescape"
            )
        return piece.decode(self.encoding, "surrogateescape").encode("utf-8", "surrogateescape")

    def settle(self) -> None:
        """Decide nothing from now on: what the candidates read otherwise makes bad rows.

        So it must be where letters are written that the bytes so far do not decide, such as those of a label.
        """
        if self._rivals and self.encoding != "utf-8":
            strange = self._strange()
            self.name = " or ".join((self.encoding, *self._rivals))
            letters = bytes(range(256)).decode(self.encoding, "replace").replace("\ufffd", "\ufffe")
            self._table = "".join(
                "\ufffe" if byte in strange else letter for byte, letter in enumerate(letters)
            )
        self._rivals = ()

    def _filled(self, piece: bytes, size: int) -> bytes:
        while len(piece) < size:
            more = self._stream.read(size - len(piece))
            if not more:
                break
            piece += more
        return piece

    def _strange(self) -> bytes:
        """Return the bytes that the candidates read otherwise."""
        if self.encoding == "utf-8":
            return bytes(range(128, 256))
        return _different((self.encoding, *self._rivals))

    def _decide(self, seen: bytes, strange: bytes) -> None:
        if self.encoding == "utf-8":
            found = find_encoding(seen.replace(b"\0", b" "), is_whole=False, name="")
            self.encoding, self._rivals = found.name, found.rivals
            self.name = found.name
            self.line = self._lines if found.name != "utf-8" else 0
            return
        candidates = (self.encoding, *self._rivals)
        lines = b"".join(
            line for line in seen.splitlines(keepends=True) if line.translate(None, _other_than(strange))
        )
        chosen = _guess(lines, candidates, strange)
        if chosen is None:
            self.settle()
            return
        self.encoding = self.name = chosen
        there = _rivals(chosen, lines)
        self._rivals = tuple(each for each in candidates if each in there)
        self.line = self._lines


def _different(encodings: Iterable[str]) -> bytes:
    """Return the bytes that some encodings of one byte a character read otherwise."""
    every = [bytes(range(128, 256)).decode(encoding, "replace") for encoding in encodings]
    return bytes(byte for byte, letters in enumerate(zip(*every, strict=True), 128) if len(set(letters)) > 1)


def _other_than(some: bytes) -> bytes:
    return bytes(byte for byte in range(256) if byte not in some)


def _by_library(start: bytes) -> str | None:
    from charset_normalizer import from_bytes

    if len(start.translate(None, _ASCII)) < _LEAST:
        return None

    best = from_bytes(start[: 1 << 16].rpartition(b"\n")[0] or start[: 1 << 16]).best()
    if best is None:
        return None
    # Of the encodings of several bytes a character, short texts are taken for one another.
    name = codecs.lookup(best.encoding).name
    alone = sum(bytes([byte]).decode(name, "replace") != "\ufffd" for byte in range(128, 256))
    return name if alone > 100 and "a,\n".encode(name) == b"a,\n" else None
