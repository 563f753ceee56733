"""Why an answer should not be trusted: unknown words, or another language. One rule for all."""

from __future__ import annotations

import re
from collections.abc import Container, Mapping, Sequence
from functools import cached_property
from itertools import islice
from typing import Any

import numpy as np
from numpy.typing import NDArray

from opinia.text.language import LANGUAGES, OTHER, is_plainly, language_of, vocabulary_language
from opinia.text.tokenizer import FIRST_WORD_ID, UNKNOWN_ID, Tokenizer

NO_WORDS = "no_words"
NONE_KNOWN = "none_known"
OTHER_LANGUAGE = "other_language"
MOSTLY_UNKNOWN = "mostly_unknown"
DOUBTS = (NO_WORDS, NONE_KNOWN, OTHER_LANGUAGE, MOSTLY_UNKNOWN)
"""All reasons, by the names that tables, JSON and HTTP give them."""

UNKNOWN_LIMIT = 0.6
"""Share of unknown words from which an answer is doubted, where the model's card has no limit of its own."""
FEW_WORDS = 3
_MARKS = frozenset(" \t\r\n.,!?…-–—_*#/\\'\"`~|+=&%$@^")
"""What says nothing by itself, though a tokenizer may know it; emoticons and emoji are not of these."""
_MARK_TOKENS = _MARKS | frozenset(":;()[]{}<>¡¿·•«»„“”‘’。、，！？")
"""Of what a token is made that is no word, known or not; digits, emoticons and emoji are words."""
_EMOTICON = re.compile("[:;=]-?[()\\[\\]]+")
_ONLY_NUMBERS = re.compile(r"[0-9 \t\r\n.,:;()/#+€$£!?–—-]*")
_DIGITS = re.compile("[0-9]+")
_SHORT = 40
"""Characters of a text that may be marks or numbers alone."""
_COMMON = 500
"""Commonest words of a vocabulary, which tell its language."""


class Doubter:
    """Tells which answers of a model should not be trusted.

    Args:
        tokenizer: of the model.
        card: of the model; its ``language`` is that of the texts that it has learnt from, its
            ``text.unknown_limit`` the share of unknown words that hardly a text of its own kind has, and
            ``text.unknown_mean`` that of an ordinary one.
    """

    def __init__(self, tokenizer: Tokenizer, card: Mapping[str, Any]) -> None:
        self._tokenizer = tokenizer
        self._says_language = "language" in card
        language = card.get("language")
        self._said = language if language in (*LANGUAGES, OTHER) else None
        about = card.get("text")
        limit, mean = (_share_in(about, name) for name in ("unknown_limit", "unknown_mean"))
        self.limit = min(UNKNOWN_LIMIT if limit is None else limit, 1 - 1e-9)
        self._looked_at = (self.limit + (mean or 0.0)) / 2

    @cached_property
    def language(self) -> str | None:
        """The language that the model reads, as a code of ISO 639-1; None where neither card nor words tell.

        It is ``"other"`` where the card says that it is none of those that are told apart.
        """
        if self._says_language:
            return self._said
        knows = self._tokenizer.id_of
        words = islice(self._tokenizer.words, _COMMON)
        return vocabulary_language(words, lambda word: knows(word) != UNKNOWN_ID)

    @cached_property
    def _is_mark(self) -> NDArray[np.bool_]:
        return marks_of(self._tokenizer)

    def unknown_share(self, ids: NDArray[np.int32]) -> float:
        """Return the share of words outside the vocabulary, from 0 to 1; 1 without words.

        Marks that the vocabulary knows are no words.

        Args:
            ids: of the text, as the tokenizer gives them.
        """
        return share_of_unknown(ids, self._is_mark)

    def words_in(self, ids: NDArray[np.int32]) -> int:
        """Return how many of a text's ids are words, and no marks.

        Args:
            ids: of the text, as the tokenizer gives them.
        """
        return len(ids) - int(np.count_nonzero(self._is_mark[ids]))

    def abouts(self, texts: Sequence[str], encoded: Sequence[NDArray[np.int32]]) -> list[str | None]:
        """Return what :meth:`about` says of each of some texts; their words are counted together.

        Args:
            texts: as they are judged.
            encoded: the ids of each, as the tokenizer gives them.
        """
        unknown, words = self.counted(encoded)
        found: list[str | None] = [None] * len(texts)
        looked_at = (words == 0) | (unknown > min(self._looked_at, self.limit))
        looked_at |= np.fromiter(map(_says_nothing, texts), np.bool_, len(texts))
        for place in np.flatnonzero(looked_at).tolist():
            found[place] = self.about(texts[place], float(unknown[place]), int(words[place]))
        return found

    def counted(self, encoded: Sequence[NDArray[np.int32]]) -> tuple[NDArray[np.float64], NDArray[np.intp]]:
        """Return :meth:`unknown_share` and :meth:`words_in` of each of some texts, ``(texts,)`` both.

        Beside threads that run a network, a call of NumPy for each short text takes many times as long as
        its work: it lets go of the interpreter, and waits for it.

        Args:
            encoded: the ids of each, as the tokenizer gives them.
        """
        lengths = np.fromiter(map(len, encoded), np.intp, len(encoded))
        every = np.concatenate([*encoded, np.zeros(0, np.int32)])
        marks, unknown = (_counts(flags, lengths) for flags in (self._is_mark[every], every == UNKNOWN_ID))
        words = lengths - marks
        return np.where(words > 0, unknown / np.maximum(words, 1), 1.0), words

    @property
    def asked_for(self) -> str | None:
        """The language that people are asked about: the model's; English where a card is silent on it.

        Models from before cards spoke of a language read English film reviews. None where the card says that
        the language is open.
        """
        return self.language if self._says_language else self.language or "en"

    def about(self, text: str, unknown: float, words: int) -> str | None:
        """Return why the answer to a text should not be trusted, one of :data:`DOUBTS`; None if it may.

        Args:
            text: as it was judged.
            unknown: share of its words that the vocabulary lacks, from 0 to 1; see :meth:`unknown_share`.
            words: how many words it has; see :meth:`words_in`.
        """
        if words == 0 or _says_nothing(text):
            return NO_WORDS
        if unknown == 1:
            return NONE_KNOWN
        # A text in another language has many unknown words: those that have few need no closer look.
        if unknown > self._looked_at and self.language is not None and not is_plainly(text, self.language):
            found = language_of(text)
            if found is not None and found != self.language:
                return OTHER_LANGUAGE
        return MOSTLY_UNKNOWN if unknown > self.limit and words >= FEW_WORDS else None


def _says_nothing(text: str) -> bool:
    """Tell whether a text is marks alone, or a number such as a year, a price or an id: no rating."""
    if len(text) > _SHORT or (text and text[0].isalpha()):
        return False
    if _MARKS.issuperset(text):
        return True
    if not _ONLY_NUMBERS.fullmatch(text):
        return False
    return any(len(digits) > 2 and digits != "100" for digits in _DIGITS.findall(text))


def _counts(flags: NDArray[np.bool_], lengths: NDArray[np.intp]) -> NDArray[np.intp]:
    """Return how many flags of each text are set, ``(texts,)``; the texts stand one after another."""
    counts = np.zeros(len(lengths), np.intp)
    some = np.flatnonzero(lengths)  # of none, the flag behind it would be taken
    starts = np.cumsum(lengths) - lengths
    counts[some] = np.add.reduceat(flags, starts[some], dtype=np.intp)
    return counts


def is_mark(token: str) -> bool:
    """Tell whether a token is punctuation, which says nothing of whether a text is understood.

    Example:
        >>> [is_mark(token) for token in (".", "!!", "(", "5", ":)", "👍", "good")]
        [True, True, True, False, False, False, False]
    """
    return _MARK_TOKENS.issuperset(token) and not _EMOTICON.fullmatch(token)


def marks_of(tokenizer: Tokenizer) -> NDArray[np.bool_]:
    """Return which ids of a vocabulary are marks, ``(ids,)``."""
    found = np.zeros(len(tokenizer), np.bool_)
    found[FIRST_WORD_ID:] = [is_mark(word) for word in tokenizer.words]
    return found


def share_of_unknown(ids: NDArray[Any], marks: NDArray[np.bool_]) -> float:
    """Return the share of a text's words that a vocabulary lacks, from 0 to 1; 1 without words.

    Args:
        ids: of the text.
        marks: of the vocabulary, of :func:`marks_of`.
    """
    words = len(ids) - np.count_nonzero(marks[ids])
    return float(np.count_nonzero(ids == UNKNOWN_ID) / words) if words else 1.0


def unknown_words(text: str, tokenizer: Tokenizer) -> float:
    """Return the share of a text's words that the vocabulary lacks and that are no signs such as emoji.

    Args:
        text: as it was judged.
        tokenizer: of the model that read it.
    """
    ids, spans = tokenizer.encode(text), tokenizer.spans(text)
    unknown = (text[start] for token, (start, _) in zip(ids, spans, strict=True) if token == UNKNOWN_ID)
    words = sum(token == UNKNOWN_ID or not is_mark(tokenizer.words[token - FIRST_WORD_ID]) for token in ids)
    return sum(letter.isalpha() for letter in unknown) / max(1, words)


def may_be_foreign(text: str, unknown: float, tokenizer: Tokenizer, languages: Container[str]) -> bool:
    """Tell whether a text with many unknown words is worth asking for its language.

    It is not where it is plainly one that the model reads, nor where most of what is unknown are emoji and
    other signs.

    Args:
        text: as it was judged.
        unknown: share of its words that the vocabulary lacks, from 0 to 1.
        tokenizer: of the model that read it.
        languages: that the model reads.
    """
    return language_of(text) not in languages and 2 * unknown_words(text, tokenizer) > unknown


def _share_in(about: object, name: str) -> float | None:
    """Return a share that a card states, from 0 to 1; None where it states none."""
    value = about.get(name) if isinstance(about, dict) else None
    is_share = isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value <= 1
    return float(value) if is_share else None  # type: ignore[arg-type]
