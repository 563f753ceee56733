"""From text to tokens to ids: one path for training, console, files and tests.

The rule is that of Keras's ``TextVectorization`` with its default standardisation, on UTF-8 bytes:
ASCII letters are lower-cased, ASCII punctuation is deleted (inside words too, so ``don't`` becomes
``dont`` and ``<br />`` becomes ``br``), and what remains is split on ASCII whitespace. Everything
else, such as accented letters and no-break spaces, passes through untouched.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any, TypeGuard

from opinia.errors import ModelFileError
from opinia.text.vectorization import PUNCTUATION as _PUNCTUATION
from opinia.text.vectorization import TextRule
from opinia.text.words import (
    count_pieces,
    fold,
    iter_pieces,
    plainer_spellings,
    split_pieces,
    without_diacritics,
    word_spans,
)

PADDING_ID = 0
UNKNOWN_ID = 1
FIRST_WORD_ID = 2
KINDS = ("keras", "words", "vectorization")
LONG_TEXT = 1 << 16
"""Of more characters tokens are made one after another: slower, but a list of them takes 60 bytes each."""
MOST_FOUND, LONGEST_FOUND = 1 << 15, 64
"""Pieces of text whose ids are kept, a few megabytes, and their characters."""
_CHUNK = re.compile(r"[^ \t\n\v\f\r]+")
_TOKEN = re.compile(rb"[^ \t\n\v\f\r]+")


def split_tokens(text: str) -> list[bytes]:
    """Return the tokens of one text, as UTF-8 bytes.

    A lone surrogate, which UTF-8 cannot express, is dropped.
    """
    return _plain_bytes(text).split()


def _plain_bytes(text: str) -> bytes:
    # `bytes.lower` and `bytes.split` know ASCII alone, as TensorFlow's byte operations do;
    # `str.lower` and `str.split` would change non-ASCII letters and split on U+0085.
    return text.encode("utf-8", "ignore").lower().translate(None, _PUNCTUATION)


def _iter_tokens(text: str) -> Iterator[bytes]:
    """Yield the tokens of :func:`split_tokens` one after another."""
    return (match.group() for match in _TOKEN.finditer(_plain_bytes(text)))


def token_spans(text: str) -> list[tuple[int, int]]:
    """Return the place of each token in the text, in characters.

    A token's place is that of its chunk between whitespace, because its own letters need not stand
    side by side: the token ``dont`` of ``"(don't)"`` has the span of all seven characters.

    Returns:
        One ``(start, end)`` for each token of :func:`split_tokens`, in the same order.
    """
    return [chunk.span() for chunk in _CHUNK.finditer(text) if split_tokens(chunk.group())]


@dataclass(frozen=True)
class Tokenizer:
    """A vocabulary, and the ids it gives to the tokens of a text.

    Id 0 is padding, id 1 any token outside the vocabulary, and id 2 the first token of it.

    Args:
        words: the vocabulary, most frequent first, without padding and unknown.
        kind: how a text is split: ``"keras"`` as ``TextVectorization`` does, ``"words"`` into words
            and marks (:mod:`opinia.text.words`), ``"vectorization"`` by the rule.
        folds: look up words that the vocabulary lacks without their diacritics: ``"swietny"`` is the most
            frequent of its words that is written so without them, ``"świetny"``. For ``"words"`` alone.
        rule: for ``"vectorization"``, of models that Keras has made.
    """

    words: tuple[str, ...]
    kind: str = "keras"
    folds: bool = False
    rule: TextRule = field(default_factory=TextRule)
    _ids: dict[Any, int] = field(init=False, repr=False, compare=False)
    _bare: dict[str, int] = field(init=False, repr=False, compare=False)
    _found: dict[str, int] = field(init=False, repr=False, compare=False, default_factory=dict)

    def __post_init__(self) -> None:
        if self.kind not in KINDS:
            raise ValueError(f"kind must be one of {', '.join(KINDS)}. Received: {self.kind!r}")
        entries = self.words if self.kind == "words" else [word.encode() for word in self.words]
        ids = {word: i for i, word in enumerate(entries, start=FIRST_WORD_ID)}
        if len(ids) != len(self.words):
            raise ValueError("a vocabulary holds each word once")
        object.__setattr__(self, "_ids", ids)
        bare: dict[str, int] = {}
        if self.folds and self.kind == "words":
            for number, word in enumerate(self.words, start=FIRST_WORD_ID):
                bare.setdefault(without_diacritics(word), number)
        object.__setattr__(self, "_bare", bare)

    @classmethod
    def adapt(
        cls, texts: Iterable[str], *, max_tokens: int, kind: str = "keras", folds: bool = False
    ) -> Tokenizer:
        """Build the vocabulary of the most frequent tokens, as ``TextVectorization.adapt`` does.

        Tokens of equal frequency stand in *descending* order of their bytes, as in Keras.

        Args:
            texts: the training texts.
            max_tokens: size of the vocabulary, padding and unknown included; at least 3.
            kind: how a text is split.
            folds: see :class:`Tokenizer`.
        """
        if max_tokens <= FIRST_WORD_ID:
            raise ValueError(f"max_tokens must be at least {FIRST_WORD_ID + 1}. Received: {max_tokens}")
        counts: Counter[bytes] = Counter()
        if kind == "words":
            for piece, count in count_pieces(texts).items():  # each is folded once
                counts[fold(piece).encode("utf-8", "ignore")] += count
        else:
            for text in texts:
                counts.update(split_tokens(text))
        ranked = sorted(((count, word) for word, count in counts.items()), reverse=True)
        return cls(tuple(word.decode() for _, word in ranked[: max_tokens - FIRST_WORD_ID]), kind, folds)

    def extended(self, texts: Iterable[str], *, max_tokens: int) -> Tokenizer:
        """Return the vocabulary with words behind it that it lacks, the most frequent ones of some texts.

        Args:
            texts: the training texts.
            max_tokens: size of the whole vocabulary, padding and unknown included.
        """
        counted = Tokenizer.adapt(texts, max_tokens=max_tokens + len(self), kind=self.kind)
        known = set(self.words)
        lacking = [word for word in counted.words if word not in known]
        return Tokenizer((*self.words, *lacking[: max(0, max_tokens - len(self))]), self.kind, self.folds)

    def __len__(self) -> int:
        """Return the number of ids, padding and unknown included."""
        return len(self.words) + FIRST_WORD_ID

    def encode(self, text: str) -> list[int]:
        """Return the id of each token of one text, each from 1 to ``len(self) - 1``."""
        is_long = len(text) > LONG_TEXT
        if self.kind == "vectorization":
            return self.rule.kept(self._known(self.rule.tokens(text)))
        if self.kind == "words":
            pieces, found = iter_pieces(text) if is_long else split_pieces(text), self._found.get
            return [found(piece) or self._find(piece) for piece in pieces]
        get = self._ids.get
        return [get(token, UNKNOWN_ID) for token in (_iter_tokens(text) if is_long else split_tokens(text))]

    def spans(self, text: str) -> list[tuple[int, int]]:
        """Return the place ``(start, end)`` of each token of :meth:`encode` in the text, in characters."""
        if self.kind == "vectorization":
            spans = self.rule.spans(text)
            if self.rule.drops_unknown:
                pairs = zip(self.rule.tokens(text), spans, strict=True)
                spans = (span for token, span in pairs if token in self._ids)
            return self.rule.kept(spans)
        return word_spans(text) if self.kind == "words" else token_spans(text)

    def id_of(self, token: str) -> int:
        """Return the id of one token as it stands in the vocabulary; 1 where it does not."""
        return self._ids.get(token if self.kind == "words" else token.encode(), UNKNOWN_ID)

    def _known(self, tokens: Iterator[bytes]) -> Iterator[int]:
        if self.rule.drops_unknown:
            return (number for token in tokens if (number := self._ids.get(token)))
        return (self._ids.get(token, UNKNOWN_ID) for token in tokens)

    def _find(self, piece: str) -> int:
        """Return the id of a piece of text, and keep it for a while: the same ones come again and again."""
        token = fold(piece)
        number = self._ids.get(token) or self._nearest(token)
        if len(piece) <= LONGEST_FOUND:
            if len(self._found) >= MOST_FOUND:
                self._found.clear()
            self._found[piece] = number
        return number

    def _nearest(self, token: str) -> int:
        for spelling in plainer_spellings(token):
            if spelling in self._ids:
                return self._ids[spelling]
        if not self.folds:
            return UNKNOWN_ID
        spellings = (token, *plainer_spellings(token))
        return next(
            filter(None, (self._bare.get(without_diacritics(each)) for each in spellings)), UNKNOWN_ID
        )

    def to_config(self) -> dict[str, Any]:
        """Return the tokenizer as a JSON object, for the metadata of a model file."""
        config = {"kind": self.kind, "words": list(self.words), **({"folds": True} if self.folds else {})}
        return {**config, "rule": self.rule.to_config()} if self.kind == "vectorization" else config

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> Tokenizer:
        """Build the tokenizer again from :meth:`to_config`.

        Raises:
            ModelFileError: the object describes no tokenizer that this version knows.
        """
        if config.get("kind") not in KINDS:
            raise ModelFileError(
                f"the model's tokenizer is of an unknown kind. Received: {config.get('kind')!r}",
                hint="a newer opinia may know it: update yours",
            )
        words: object = config.get("words")
        if not _are_words(words):
            raise ModelFileError("the model's vocabulary must be a list of different words")
        folds = config.get("folds", False)
        if not isinstance(folds, bool):
            raise ModelFileError(f"the tokenizer's folds is true or false. Received: {folds!r}")
        if config["kind"] == "vectorization":
            return cls(tuple(words), config["kind"], folds, TextRule.from_config(config.get("rule")))
        return cls(tuple(words), config["kind"], folds)


def _are_words(words: object) -> TypeGuard[list[str]]:
    if not isinstance(words, list | tuple) or not all(isinstance(word, str) for word in words):
        return False
    try:
        "".join(words).encode()
    except UnicodeEncodeError:  # JSON can spell a lone surrogate, which no text has as a token
        return False
    return len(set(words)) == len(words)
