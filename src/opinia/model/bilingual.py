"""Two models as one: each text is read by that of its language.

The first model reads what is plainly in its language, and whatever is in neither. Where a text has words
that the first lacks or hardly ever saw, the second is opened, once, and the two vocabularies decide: each is
in the order of how frequent its words are, and a word's rank tells how likely it is in that language
(Zipf 1949), as in naive Bayes over words. Long texts are told by their function words.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from opinia.errors import ModelFileError
from opinia.model.classifier import Classifier
from opinia.model.doubt import OTHER_LANGUAGE
from opinia.model.file import Model, read_model
from opinia.system.files import sha256_of
from opinia.system.fork_lock import fork_lock
from opinia.text.language import language_of
from opinia.text.tokenizer import UNKNOWN_ID, Tokenizer
from opinia.text.words import split_words

RARE = 3000
"""Rank from which a word of the first model may belong to another language."""
SUSPECT = 0.2
"""Share of a text's words that are rare or unknown from which the second model is asked."""
LOOKED_AT = 200
"""Words of a text that decide."""
_CHARACTERS = 4000
_TOGETHER = 4096
"""Texts that are held as ids at a time."""
_UNSEEN = 20
"""A word that a vocabulary lacks is as rare as one of a vocabulary so many times as long."""


class BilingualClassifier(Classifier):
    """Judges texts of two languages, each with the model that reads it.

    It does all that a :class:`Classifier` does; what is said of *the* model, such as its card, is said of the
    first. Ids of the second model's words stand behind those of the first.

    Args:
        model: reads the first language.
        second: model file that reads the second, opened by the first text that may need it; or that model.
        languages: both, as codes of ISO 639-1.
        threads: as for a :class:`Classifier`.

    Raises:
        InputError: ``threads`` is impossible.
    """

    def __init__(
        self, model: Model, second: Path | Model, *, languages: tuple[str, ...], threads: int = 0
    ) -> None:
        super().__init__(model, threads=threads)
        self.threshold = None  # one would be of one model's probabilities
        self._source, self._languages = second, languages
        words = model.description.tokenizer.words
        self._words = len(model.description.tokenizer)
        is_word = np.array([False, True, *(word[0].isalpha() for word in words)])
        is_strange = is_word & (np.arange(self._words) >= RARE)
        is_strange[UNKNOWN_ID] = True
        # As bytes, counted without NumPy: see Doubter.counted.
        self._is_word, self._is_strange = is_word.tobytes(), is_strange.tobytes()
        self._first = Classifier(model, threads=threads)
        self._second = _Once(self._open)

    def __getstate__(self) -> dict[str, Any]:
        """Return what a pickle or a copy is made of: both model files, so that no path is needed there."""
        return {**super().__getstate__(), "second": self.second.model, "languages": self._languages}

    @property
    def sha256(self) -> str:
        """The digests of both model files, with + between."""
        second = self._source.sha256 if isinstance(self._source, Model) else sha256_of(self._source)
        return f"{self._first.sha256}+{second}"

    def read_by(self, ids: NDArray[np.int32]) -> str:
        """Return the name of the model that reads ids of :meth:`encode`."""
        reader = self.second if self._is_second(ids) else self._first
        return str(reader.card.get("name", ""))

    @property
    def languages(self) -> tuple[str, ...]:
        """Both languages, as codes of ISO 639-1."""
        return self._languages

    @property
    def second(self) -> Classifier:
        """The classifier of the second language.

        Raises:
            ModelFileError: it cannot be read, or has other classes.
        """
        return self._second()

    @property
    def models(self) -> tuple[Classifier, Classifier]:
        """Both classifiers, in the order of the languages; see :attr:`second`."""
        return self._first, self.second

    def _open(self) -> Classifier:
        model = self._source if isinstance(self._source, Model) else read_model(self._source)
        found = Classifier(model, threads=self._threads)
        if found.classes_.tolist() != self.classes_.tolist():
            raise ModelFileError(f"{model.path} has other classes than the model beside it")
        return found

    def with_sessions(self, wrap: Callable[[Any], Any]) -> Classifier:
        """Return the same with both networks called through another object; see :class:`Classifier`."""
        other = object.__new__(BilingualClassifier)
        other.__dict__.update(self.__dict__)  # all but the sessions is shared
        other._first = self._first.with_sessions(wrap)
        other._second = _Once(lambda: self.second.with_sessions(wrap))
        return other

    def reader_of(self, text: str) -> Classifier:
        """Return the classifier of the text's language; see the module's description."""
        return self._first if self._is_plain(self._first.encode(text)) else self._choose(text)

    def encode(self, text: str) -> NDArray[np.int32]:
        """Return the ids of a text's words, those of the second model behind those of the first."""
        ids = self._first.encode(text)
        if self._is_plain(ids) or self._choose(text) is self._first:
            return ids
        return self.second.encode(text) + np.int32(self._words)

    def _is_plain(self, ids: NDArray[np.int32]) -> bool:
        """Tell whether nearly all words are frequent ones of the first model."""
        looked_at = ids[:LOOKED_AT].tolist()
        words = sum(map(self._is_word.__getitem__, looked_at))
        strange = sum(map(self._is_strange.__getitem__, looked_at))
        return strange < SUSPECT * words or words == 0

    def _choose(self, text: str) -> Classifier:
        """Return the classifier that reads a text of which the first model knows little."""
        language = language_of(text)
        if language is not None:
            return self.second if language == self._languages[1] else self._first
        second = self.second
        words = [word for word in split_words(text[:_CHARACTERS])[:LOOKED_AT] if word[0].isalpha()]
        ours, theirs = (
            sum(_likelihood(reader.model.description.tokenizer, word) for word in words)
            for reader in (self._first, second)
        )
        return second if theirs > ours else self._first

    def unknown_share(self, ids: NDArray[np.int32]) -> float:
        """Return the share of words outside the vocabulary of the model that reads them."""
        if self._is_second(ids):
            return self.second.unknown_share(ids - self._words)
        return self._first.unknown_share(ids)

    def unknown_shares(self, encoded: Sequence[NDArray[np.int32]]) -> NDArray[np.float64]:
        """Return :meth:`unknown_share` of each of some texts, ``(texts,)``."""
        found = np.zeros(len(encoded), np.float64)
        for reader, places, ids in self._by_reader(encoded):
            found[places] = reader.unknown_shares(ids)
        return found

    def words_in(self, ids: NDArray[np.int32]) -> int:
        """Return how many of a text's ids are words of the model that reads them, and no marks."""
        if self._is_second(ids):
            return self.second.words_in(ids - self._words)
        return self._first.words_in(ids)

    def doubt(self, text: str, ids: NDArray[np.int32]) -> str | None:
        """Return why the answer to a text should not be trusted; see :attr:`Prediction.doubt`."""
        if self._is_second(ids):
            return self.second.doubt(text, ids - self._words)
        return self._first.doubt(text, ids) or self._third_language(text, ids)

    def doubts(self, texts: Sequence[str], encoded: Sequence[NDArray[np.int32]]) -> list[str | None]:
        """Return :meth:`doubt` of each of some texts."""
        found: list[str | None] = [None] * len(texts)
        for reader, places, ids in self._by_reader(encoded):
            of_these = [texts[place] for place in places]
            for place, text, own, doubt in zip(
                places, of_these, ids, reader.doubts(of_these, ids), strict=True
            ):
                is_ours = reader is self._first
                found[place] = doubt or (self._third_language(text, own) if is_ours else None)
        return found

    def _third_language(self, text: str, ids: NDArray[np.int32]) -> str | None:
        """Return the doubt about a text that the first model reads because it is in neither language."""
        if self._is_plain(ids):
            return None
        language = language_of(text)
        return None if language is None or language in self._languages else OTHER_LANGUAGE

    def _by_reader(
        self, encoded: Sequence[NDArray[np.int32]]
    ) -> Iterator[tuple[Classifier, list[int], list[NDArray[np.int32]]]]:
        """Yield each model that reads some of these, with their places and its own ids of them."""
        of_second = [self._is_second(ids) for ids in encoded]
        for is_second in {*of_second}:
            places = [place for place, each in enumerate(of_second) if each == is_second]
            ids = [encoded[place] for place in places]
            if is_second:
                yield self.second, places, [each - np.int32(self._words) for each in ids]
            else:
                yield self._first, places, ids

    def probabilities(self, encoded: Iterable[NDArray[np.int32]]) -> NDArray[np.float32]:
        """Return the probability of each class for texts given as ids of :meth:`encode`."""
        return self._each(encoded, "probabilities")

    def logits(self, encoded: Iterable[NDArray[np.int32]]) -> NDArray[np.float32]:
        """Return the uncalibrated logits of texts given as ids of :meth:`encode`."""
        return self._each(encoded, "logits")

    def _is_second(self, ids: NDArray[np.int32]) -> bool:
        return len(ids) > 0 and bool(ids[0] >= self._words)

    def _each(self, encoded: Iterable[NDArray[np.int32]], what: str) -> NDArray[np.float32]:
        """Ask each text's model for its probabilities, or logits, some thousand texts at a time."""
        found = [self._some(window, what) for window in _windows(encoded)]
        return np.concatenate(found) if found else getattr(self._first, what)([])

    def _some(self, window: list[NDArray[np.int32]], what: str) -> NDArray[np.float32]:
        is_second = np.array([self._is_second(ids) for ids in window])
        if not is_second.any():
            return np.asarray(getattr(self._first, what)(window))
        theirs = getattr(self.second, what)([ids - self._words for ids in window if self._is_second(ids)])
        found = np.zeros((len(window), theirs.shape[1]), np.float32)
        found[is_second] = theirs
        if not is_second.all():
            found[~is_second] = getattr(self._first, what)(
                [ids for ids in window if not self._is_second(ids)]
            )
        return found


class _Once:
    """Makes a classifier when it is first asked for, in whichever thread that is; a fork waits meanwhile."""

    def __init__(self, make: Callable[[], Classifier]) -> None:
        self._make = make
        self._made: Classifier | None = None

    def __call__(self) -> Classifier:
        if self._made is None:
            with fork_lock:
                if self._made is None:
                    self._made = self._make()
        return self._made


def _likelihood(tokenizer: Tokenizer, word: str) -> float:
    """Return the logarithm, but for a constant, of how likely a word is, by its rank."""
    (rank, *_) = tokenizer.encode(word) or (UNKNOWN_ID,)  # also without diacritics, where it knows them so
    return -math.log(_UNSEEN * len(tokenizer) if rank == UNKNOWN_ID else rank + 10)


def _windows(encoded: Iterable[NDArray[np.int32]]) -> Iterator[list[NDArray[np.int32]]]:
    rest = iter(encoded)
    while window := [*islice(rest, _TOGETHER)]:
        yield window
