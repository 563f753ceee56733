"""Texts that nobody wrote, for fuzzers: of all of Unicode, and of what tokenizers and parsers stumble on."""

PARTS = [
    *(
        "good",
        "bad",
        "film",
        "the",
        "not bad",
        "don't",
        "8/10",
        "e.g.",
        "<br />",
        "<b>",
        "</p",
        "<!--",
        "&amp;",
    ),
    *(
        "\t",
        "\n",
        "\r\n",
        "\v",
        "\x1c",
        "\x85",
        "\xa0",
        "\u1680",
        "\u2028",
        "\u3000",
        "\x00",
        "\x7f",
        "\x1b[2J",
    ),
    *(
        "\u0301",
        "\u0336",
        "\u20e3",
        "\ufe0f",
        "\u093c",
        "e\u0301",
        "\u00ad",
        "\u200b",
        "\u200d",
        "\ufeff",
        "\u2060",
    ),
    *(
        "\u202e",
        "\u200f",
        "\u2066",
        "שלום",
        "مرحبا",
        "ﷺ",
        "한",
        "\u1112\u1161\u11ab",
        "\u1161",
        "\u11c7",
        "ㅧ",
        "ｶﾞ",
    ),
    *(
        "😀",
        "👍🏽",
        "👨\u200d👩\u200d👧",
        "🇵🇱",
        "❤\ufe0f",
        "ﬁ",
        "Ⅳ",
        "½",
        "Ａ",
        "𝐰",
        "ⓐ",
        "İ",
        "ß",
        "ŉ",
        "ſ",
        "Ł",
        "č",
    ),
    *(
        "\ud800",
        "\udfff",
        "\ude00\ud83d",
        "\U0010ffff",
        "\ufffe",
        "\U000e0041",
        "…",
        "’",
        "“",
        "！",
        "。",
        ":-(",
        "=D",
    ),
    *(*"!?.,;:'\"-_/\\()[]{}<>=*&^%$#@~`|+", "...", "?!", "''", "''''", "--", "http://a.b/c?d=e"),
]
PLANES = [(0x20, 0x7F), (0, 0x300), (0x300, 0x1200), (0x1100, 0x1200), (0x2000, 0x2C00), (0xAC00, 0xD7A4)]
PLANES += [(0xD800, 0xE000), (0xF900, 0x10000), (0x1D400, 0x1D800), (0x1F000, 0x1FB00), (0, 0x110000)]


def odd_text(chance, most=2000):
    """A text of up to so many characters, mostly of a few dozen."""
    kind = chance.randrange(8)
    length = int(2 ** (chance.random() * 7))
    if chance.random() < 0.02:
        length = most
    if kind < 3:
        text = chance.choice(("", " ", " ")).join(chance.choices(PARTS, k=length))
    elif kind == 3:
        first, last = chance.choice(PLANES)
        text = "".join(chr(chance.randrange(first, last)) for _ in range(length))
    elif kind == 4:
        text = "".join(chr(chance.randrange(*chance.choice(PLANES))) for _ in range(length))
    elif kind == 5:  # one thing over and over, and its end
        part = "".join(chance.choices(PARTS, k=chance.randrange(1, 4)))
        text = chance.choice(PARTS) + part * (2 * length) + chance.choice(PARTS)
    elif kind == 6:  # prose, with something in it
        words = chance.choices(("the", "film", "was", "good", "Bad", "and", "a", "zażółć"), k=length)
        words.insert(chance.randrange(len(words) + 1), "".join(chance.choices(PARTS, k=3)))
        text = " ".join(words)
    else:  # a base, and marks piled on it
        marks = "".join(
            chance.choices(("\u0301", "\u0316", "\u0336", "\u20e3", "\u200d", "\u1161", "\ufe0f"), k=length)
        )
        text = chance.choice(("a", "한", "😀", " ", "\ud800")) + marks + chance.choice(PARTS)
    return text[:most]
