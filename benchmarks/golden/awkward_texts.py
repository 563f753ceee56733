"""Real-shaped texts of our own making, on which tokenizers are compared.

The texts are drawn by a seeded generator from invented words and from :data:`AWKWARD`, the places
where tokenizers usually part ways. None of them comes from a data set.
"""

from __future__ import annotations

import random

SYLLABLES = [a + b for a in "bdfgklmnprstvz" for b in "aeio"]
LETTERS = [
    "é",
    "ß",
    "ł",
    "ą",
    "ę",
    "ż",
    "ź",
    "ć",
    "ó",
    "ñ",
    "ü",
    "ø",
    "я",
    "ж",
    "语",
    "愛",
    "ا",
    "🎬",
    "e\u0301",
]
CAPITALS = ["É", "İ", "Ł", "Ż", "Ü", "Ж", "Σ", "ẞ", "Ǆ", "K", "Å"]
PUNCTUATION = "!\"#$%&()*+,-./:;<=>?@[\\]^_`{|}~'"
NON_ASCII_PUNCTUATION = ["“", "”", "’", "–", "—", "…", "«", "»", "·", "¿", "、", "。", "£", "€"]
ASCII_SPACES = [" ", "  ", "\t", "\n", "\r\n", "\v", "\f", " \n\n "]
OTHER_SPACES = [
    "\u00a0",
    "\u0085",
    "\u1680",
    "\u2002",
    "\u2028",
    "\u2029",
    "\u202f",
    "\u3000",
    "\u200b",
    "\ufeff",
]
CONTROLS = [chr(code) for code in (0, 1, 7, 8, 0x1B, 0x1C, 0x1D, 0x1E, 0x1F, 0x7F, 0x80, 0x91, 0x96, 0x9F)]
MOJIBAKE = ["Ã©", "â\x80\x99", "Â\x96", "â\x80\x9c", "Ã\x83Â©", "ï¿½", "\ufffd"]
MARKUP = ["<br /><br />", "<br/>", "<BR>", "<i>", "</i>", "<hr>", "&amp;", "&quot;", '<a href="x.html">']
AWKWARD = [
    "",
    " ",
    "\n",
    "\t \v\f\r",
    "\u00a0",
    "\u0085",
    "\x00",
    "a\x00",
    "a\x00b a\x00 \x00a",
    "\x1c\x1d\x1e\x1f",
    "one\x1ctwo\x1fthree",
    "...",
    "--- *** !!!",
    "' '' '''",
    "<br /><br />",
    "good<br /><br />bad",
    "un<b>believ</b>able",
    "don't can't won’t o'clock 'quoted' rock'n'roll",
    "(don't) [it's] {we're} \"they'd\"",
    "state-of-the-art, well-known -- 10/10 8.5/10 $1,000 100% #1 @home",
    "U.S.A. e.g. i.e. Mr. a.k.a.",
    "x^2 a_b c~d e`f back\\slash pipe|pipe a+b=c",
    "İstanbul ISTANBUL istanbul i̇stanbul ıI",
    "Straße STRASSE STRAẞE ÉCOLE école e\u0301cole",
    "ZAŻÓŁĆ gęślą JAŹŃ zażółć",
    "no\u00a0break\u00a0space\u2028line\u0085next\u1680ogham\u3000wide",
    "🎬🎬 film 👍🏽 👨\u200d👩\u200d👧 🇵🇱!",
    "ΣΊΣΥΦΟΣ ǅ ﬁ ﬀ K Å ſ",
    "\ufeffbom first",
    "[UNK] unk <unk> [PAD] </s>",
    "A a AA aa Aa aA",
    "0 00 000 1 01 10",
    "\U00010348 \U0010ffff \uffff \ue000",
    "good good good " * 4000,
    "a" * 20_000,
    "<br />" * 500,
    " \n" * 2_000,
]


def make_texts(count: int = 2_400, *, seed: int = 20_240_501) -> list[str]:
    """Return ``count`` texts, the awkward ones among them, in a shuffled order.

    About 700 invented words are frequent (falling off as in a language) and 1,500 stand four to six times
    each, so that a cut at 1,000 falls inside a long run of equally frequent words.
    """
    generator = random.Random(seed)
    words = _words(generator, 2_200)
    common, rare = words[:700], words[700:]
    weights = [1 / (rank + 3) for rank in range(len(common))]
    pieces = generator.choices(common, weights, k=32_000)
    for rank, word in enumerate(rare):
        pieces += [word] * (6 - rank * 3 // len(rare))
    generator.shuffle(pieces)
    texts = list(AWKWARD)
    position = 0
    while len(texts) < count:
        length = min(int(generator.lognormvariate(2.4, 0.8)) + 1, 400)
        if len(texts) % 400 == 0:
            length = 900
        if position + length > len(pieces):
            position = 0
            generator.shuffle(pieces)
        texts.append(_join(pieces[position : position + length], generator))
        position += length
    generator.shuffle(texts)
    return texts


def _words(generator: random.Random, count: int) -> list[str]:
    words: dict[str, None] = {}
    while len(words) < count:
        word = "".join(generator.choices(SYLLABLES, k=generator.choice((1, 1, 2, 2, 2, 3))))
        dice = generator.random()
        if dice < 0.12:
            place = generator.randrange(len(word) + 1)
            word = word[:place] + generator.choice(LETTERS) + word[place:]
        elif dice < 0.14:
            place = generator.randrange(len(word) + 1)
            word = word[:place] + generator.choice(CONTROLS) + word[place:]
        elif dice < 0.16:
            word += generator.choice(MOJIBAKE)
        elif dice < 0.18:
            word = str(generator.randrange(2_000))
        elif dice < 0.20:
            word = generator.choice(CAPITALS) + word
        words[word] = None
    return list(words)


def _join(pieces: list[str], generator: random.Random) -> str:
    parts: list[str] = []
    for piece in pieces:
        parts += [
            _dress(piece, generator),
            generator.choice(ASCII_SPACES) if generator.random() < 0.08 else " ",
        ]
        dice = generator.random()
        if dice < 0.02:
            parts.append(generator.choice(MARKUP) + generator.choice((" ", "")))
        elif dice < 0.03:
            parts.append(generator.choice(PUNCTUATION) * generator.randrange(1, 4) + " ")
        elif dice < 0.035:
            parts.append(generator.choice(OTHER_SPACES) + generator.choice((" ", "")))
    return "".join(parts[:-1]) if generator.random() < 0.9 else "".join(parts)


def _dress(word: str, generator: random.Random) -> str:
    dice = generator.random()
    if dice < 0.05:
        return word.capitalize()
    if dice < 0.07:
        return word.upper()
    if dice < 0.14:
        return word + generator.choice(".,!?;:")
    if dice < 0.16:
        place = generator.randrange(len(word) + 1)
        return word[:place] + generator.choice(PUNCTUATION) + word[place:]
    if dice < 0.17:
        return generator.choice(NON_ASCII_PUNCTUATION) + word + generator.choice(NON_ASCII_PUNCTUATION)
    if dice < 0.18:
        return f'"{word}"'
    return word
