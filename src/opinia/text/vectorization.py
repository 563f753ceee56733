"""How layers of Keras split a text into tokens, beside the rule of :mod:`opinia.text.tokenizer`.

These are the options of ``TextVectorization``: how a text is standardised, what it is split at, n-grams, and
how many tokens are kept; and the rule of the older ``Tokenizer``, which made the word index of IMDB. As
there, work is done on UTF-8 bytes, but by the older one.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from itertools import islice
from typing import Any

from opinia.errors import ModelFileError

STANDARDS = ("lower_and_strip_punctuation", "lower", "strip_punctuation", "none", "tokenizer")
"""``"tokenizer"`` is that of the older ``Tokenizer``: marks become spaces, and apostrophes stay."""
SPLITS = ("whitespace", "character", "none")
KEEPS = ("first", "last")
MOST_TOKENS = 1 << 14
"""Tokens that a model may keep of each text."""
LONGEST_NGRAM = 10
PUNCTUATION = b"!\"#$%&()*+,-./:;<=>?@[\\]^_`{|}~'"
_CHUNK = re.compile(r"[^ \t\n\v\f\r]+")
_TOKEN = re.compile(rb"[^ \t\n\v\f\r]+")
_FILTERS = '!"#$%&()*+,-./:;<=>?@[\\]^_`{|}~\t\n'
_TO_SPACES = str.maketrans(dict.fromkeys(_FILTERS, " "))
_FILTERED = re.compile(f"[^{re.escape(_FILTERS)} ]+")

Span = tuple[int, int]


@dataclass(frozen=True)
class TextRule:
    """How a text becomes tokens.

    Args:
        standardize: one of :data:`STANDARDS`.
        split: one of :data:`SPLITS`; ``"character"`` makes each character a token, ``"none"`` the whole text.
        ngrams: widths of n-grams in the order in which they follow each other, such as ``(1, 2)``; none
            for single tokens.
        length: so many tokens are kept at most; None for all.
        keeps: which of them, the first or the last ones.
        drops_unknown: leave tokens out that the vocabulary lacks, as the older ``Tokenizer`` does.
    """

    standardize: str = "lower_and_strip_punctuation"
    split: str = "whitespace"
    ngrams: tuple[int, ...] = ()
    length: int | None = None
    keeps: str = "first"
    drops_unknown: bool = False

    def __post_init__(self) -> None:
        if self.standardize not in STANDARDS or self.split not in SPLITS or self.keeps not in KEEPS:
            raise ValueError(f"a rule for texts that is not known. Received: {self}")
        if not all(1 <= width <= LONGEST_NGRAM for width in self.ngrams) or len(self.ngrams) > LONGEST_NGRAM:
            raise ValueError(f"n-grams have from 1 to {LONGEST_NGRAM} tokens. Received: {self.ngrams}")
        if self.length is not None and not 1 <= self.length <= MOST_TOKENS:
            raise ValueError(f"from 1 to {MOST_TOKENS:,} tokens are kept. Received: {self.length}")
        if self.ngrams and self.drops_unknown:
            raise ValueError("tokens of n-grams are not left out")

    @property
    def is_plain(self) -> bool:
        """Whether it is the rule of :mod:`opinia.text.tokenizer`."""
        return self == TextRule()

    def tokens(self, text: str) -> Iterator[bytes]:
        """Yield all tokens of a text, as UTF-8 bytes; :meth:`kept` chooses those that count."""
        if self.ngrams:
            single = list(self._single(text))
            for width in self.ngrams:
                for first in range(len(single) - width + 1):
                    yield b" ".join(single[first : first + width])
        else:
            yield from self._single(text)

    def spans(self, text: str) -> Iterator[Span]:
        """Yield the place of each token of :meth:`tokens` in the text, in characters, in the same order."""
        single = list(self._single_spans(text))
        for width in self.ngrams or (1,):
            for first in range(len(single) - width + 1):
                yield single[first][0], single[first + width - 1][1]

    def kept(self, all_of_them: Iterator[Any]) -> list[Any]:
        """Return those tokens, ids or places that count."""
        if self.length is None or self.keeps == "first":
            return list(islice(all_of_them, self.length))
        return list(all_of_them)[-self.length :]

    def _single(self, text: str) -> Iterator[bytes]:
        if self.standardize == "tokenizer":
            plain = text.encode("utf-8", "ignore").decode().lower().translate(_TO_SPACES)
            yield from (token.encode() for token in plain.split(" ") if token)
            return
        content = self._standardized(text)
        if self.split == "whitespace":
            yield from (match.group() for match in _TOKEN.finditer(content))
        elif self.split == "character":
            yield from (letter.encode() for letter in content.decode())
        elif content:
            yield content

    def _single_spans(self, text: str) -> Iterator[Span]:
        if self.standardize == "tokenizer":
            chunks = (chunk for chunk in _FILTERED.finditer(text))
            yield from (chunk.span() for chunk in chunks if chunk.group().encode("utf-8", "ignore"))
        elif self.split == "whitespace":
            yield from (chunk.span() for chunk in _CHUNK.finditer(text) if self._standardized(chunk.group()))
        elif self.split == "character":
            yield from ((i, i + 1) for i, letter in enumerate(text) if self._standardized(letter))
        elif self._standardized(text):
            yield 0, len(text)

    def _standardized(self, text: str) -> bytes:
        content = text.encode("utf-8", "ignore")
        if self.standardize.startswith("lower"):
            content = content.lower()
        return content.translate(None, PUNCTUATION) if "strip" in self.standardize else content

    def to_config(self) -> dict[str, Any]:
        """Return the rule as a JSON object."""
        return {**asdict(self), "ngrams": list(self.ngrams)}

    @classmethod
    def from_config(cls, config: object) -> TextRule:
        """Build the rule again from :meth:`to_config`.

        Raises:
            ModelFileError: the object describes none that this version knows.
        """
        try:
            if not isinstance(config, dict):
                raise ValueError("no object")
            ngrams = config["ngrams"]
            if not isinstance(ngrams, list) or any(type(width) is not int for width in ngrams):
                raise ValueError("n-grams that are no widths")
            length = config["length"]
            if type(length) not in (int, type(None)) or type(config["drops_unknown"]) is not bool:
                raise ValueError("a length that is none")
            return cls(**{**config, "ngrams": tuple(ngrams)})
        except (KeyError, TypeError, ValueError) as error:
            raise ModelFileError(
                "the model's rule for texts is not one that is known. "
                f"Received: {str(config)[:120]!r} ({str(error)[:120]})",
                hint="a newer opinia may know it: update yours",
            ) from error
