"""A trained model at work: texts in, labels and probabilities out, on ONNX Runtime."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from difflib import get_close_matches
from itertools import islice
from os import PathLike
from pathlib import Path
from typing import Any, Self
from unicodedata import normalize

import numpy as np
from numpy.typing import NDArray

from opinia.errors import InputError, ModelFileError
from opinia.model.batches import BatchRunner
from opinia.model.card import threshold_of
from opinia.model.doubt import Doubter
from opinia.model.file import Model, read_model
from opinia.model.shipped import AUTO, BY_LANGUAGE, find_model, shipped
from opinia.model.source import Source
from opinia.system.printable import quoted

UNCERTAIN = "uncertain"

_MOST_SHOWN = 50
_TOGETHER = 128
"""Texts whose words are counted together."""


def check_band(uncertain: float, classes: Sequence[str] = ()) -> None:
    """Check that a band of uncertainty around one half is possible.

    Args:
        uncertain: half the width of the band.
        classes: of the model; none where they are not known yet.

    Raises:
        InputError: it is not from 0 to 0.5, or a class of the model has the name of the answers in it.
    """
    if not 0 <= uncertain <= 0.5:
        raise InputError(f"uncertain must be from 0 to 0.5. Received: {uncertain}")
    if uncertain and UNCERTAIN in classes:
        raise InputError(
            f"the model has a class called {UNCERTAIN!r}: answers in a band could not be told from it",
            hint="leave the band out; the probability says how sure an answer is",
        )


def is_uncertain(probability: float, band: float) -> bool:
    """Tell whether the probability of the most probable class lies in a band around one half."""
    return band > 0 and probability < 0.5 + band


def check_threshold(threshold: float | None, classifier: Classifier, *, what: str = "a threshold") -> None:
    """Check that a threshold is possible, and the model one of two classes.

    Args:
        threshold: from 0 to 1; None where it is still to be found.
        classifier: the model.
        what: names it in messages.

    Raises:
        InputError: it is not.
    """
    if threshold is not None and not 0 <= threshold <= 1:
        raise InputError(f"{what} must be from 0 to 1. Received: {threshold}")
    classes = classifier.model.description.labels
    if len(classes) != 2:
        raise InputError(
            f"{what} is for models of two classes. Received a model of {len(classes)}: {', '.join(classes)}",
            hint="of more classes the likeliest is answered",
        )


@dataclass(frozen=True)
class Prediction:
    """What the model says of one text.

    Args:
        label: the most probable of the model's classes, such as ``"positive"``, or ``"uncertain"``; of a
            model with a threshold of its own the class that this gives.
        probability: of the class that is answered, from 0.5 to 1 for two classes without a threshold.
        positive: probability of the last class, of two ``"positive"``, from 0 to 1.
        unknown: share of the text's words that the vocabulary lacks, from 0 to 1; 1 without words. Marks are
            no words; numbers, emoticons and emoji are.
        doubt: why the answer should not be trusted: ``"no_words"``, ``"none_known"`` (the model knows none of
            the words), ``"other_language"`` (than the model's) or ``"mostly_unknown"`` (more unknown words
            than texts of the model's kind have); None where nothing speaks against it.
        probabilities: of each class, in the order of :attr:`Classifier.classes_`; they sum to 1.
        read_by: name of the model that read the text, where each is read by that of its language, else None.
    """

    label: str
    probability: float
    positive: float
    unknown: float
    doubt: str | None = None
    probabilities: tuple[float, ...] = field(default=(), repr=False, compare=False)
    read_by: str | None = field(default=None, compare=False)


class Classifier:
    """Judges texts with one model.

    Many texts are judged in batches, which run side by side: an LSTM on several threads mostly waits.
    A text's probabilities do not depend on the texts beside it, nor on their order (to 1e-5).
    Build one with :func:`opinia.load`. Threads may share it, and so may processes that are forked from
    this one, at any moment; a call that begins while the interpreter is ending is answered, too. It can
    be copied, pickled and sent to other processes: a pickle holds the whole model file, so it needs no
    path where it is opened.

    Args:
        model: a model file that has been read.
        threads: batches that run side by side, from 1 to 1024; 0 takes one for each core that this process
            may use, which a container's quota limits, too.

    Attributes:
        classes_: names of the classes, in the order of the probabilities.
        threshold: on the model's card: of two classes the second is answered where its probability is above
            it; None where the likeliest class is.

    Raises:
        InputError: ``threads`` is no such number.
        ModelFileError: the threshold on the model's card is none.

    Example:
        >>> classifier = opinia.load()
        >>> classifier.predict(["A warm, funny and beautifully acted film."])
        ['positive']
    """

    def __init__(self, model: Model, *, threads: int = 0) -> None:
        self._model = model
        self._threads = threads
        self._runner = BatchRunner(model, threads=threads)
        self.classes_ = np.array(model.description.labels)
        self.threshold = threshold_of(model.description.card, model.description.labels)
        self.doubter = Doubter(model.description.tokenizer, model.description.card)

    @classmethod
    def from_path(cls, path: Source | str | PathLike[str] | None = None, *, threads: int = 0) -> Self:
        """Read a model; see :func:`opinia.load`."""
        source = find_model(path) if path is None or isinstance(path, str | PathLike) else path
        return cls(read_model(source), threads=threads)

    def __getstate__(self) -> dict[str, Any]:
        """Return what a pickle or a copy is made of: the model file and the number of threads."""
        return {"model": self._model, "threads": self._threads}

    def __setstate__(self, state: dict[str, Any]) -> None:
        """Begin anew with the model of a pickle or of a classifier that is copied."""
        self.__init__(**state)  # type: ignore[misc]

    @property
    def card(self) -> dict[str, Any]:
        """What the model says of itself: recipe, data, figures, versions."""
        return self._model.description.card

    @property
    def sha256(self) -> str:
        """The digest of the model file, as 64 hexadecimal digits; of two models both, with + between."""
        return self._model.sha256

    def read_by(self, ids: NDArray[np.int32]) -> str | None:
        """Return the name of the model that reads ids of :meth:`encode`; None where there is one alone."""
        del ids
        return None

    @property
    def reads_films(self) -> bool:
        """Whether the model reads English film reviews, as ``base`` does; its card says if not."""
        data = self.card.get("data")
        is_of_table = isinstance(data, dict) and "columns" in data
        return not is_of_table and "keras" not in self.card and self.doubter.asked_for == "en"

    @property
    def reads_any_text(self) -> bool:
        """Whether the model learnt from texts of several kinds, as ``general`` did; its card says so."""
        data = self.card.get("data")
        return isinstance(data, dict) and "sets" in data

    @property
    def languages(self) -> tuple[str, ...]:
        """The languages that are read, as codes of ISO 639-1; empty where that is open."""
        return () if self.doubter.asked_for is None else (self.doubter.asked_for,)

    @property
    def model(self) -> Model:
        """The model file behind this classifier."""
        return self._model

    def predict(self, texts: str | Iterable[str]) -> list[str]:
        """Return the label of each text.

        Args:
            texts: one text, or any list, generator, array or column of texts.

        Raises:
            InputError: an entry is not a text; the message names its position.
        """
        return [str(self.classes_[i]) for i in self.answers(self.predict_proba(texts))]

    def answers(self, probabilities: NDArray[np.float32]) -> NDArray[np.intp]:
        """Return the number of the class that each text is answered with: the likeliest, or by the threshold.

        Args:
            probabilities: ``(n, classes)`` of :meth:`probabilities`.
        """
        if self.threshold is None:
            return np.asarray(probabilities.argmax(axis=1), np.intp)
        return np.asarray(probabilities[:, 1].astype(np.float64) > self.threshold, np.intp)

    def predict_proba(self, texts: str | Iterable[str]) -> NDArray[np.float32]:
        """Return the probability of each class for each text.

        Returns:
            ``(n, len(classes_)) float32``; columns in the order of ``classes_``, rows sum to 1.

        Raises:
            InputError: an entry is not a text; the message names its position.
        """
        return self.probabilities(map(self.encode, checked_texts(texts)))

    def classify(self, texts: str | Iterable[str], *, uncertain: float = 0.0) -> list[Prediction]:
        """Return label, probabilities, the share of unknown words and what speaks against it of each text.

        Args:
            texts: as for :meth:`predict`.
            uncertain: half the width of a band around one half, or the model's threshold; a text whose
                probability lies in it gets the label ``"uncertain"``, as does one whose most probable class
                of many is below it. From 0, which makes no band, to 0.5.

        Raises:
            InputError: an entry is not a text; the message names its position. The band is impossible, or
                one of the classes is called ``"uncertain"`` itself.
        """
        check_band(uncertain, self._model.description.labels)
        facts: list[tuple[float, str | None, str | None]] = []

        def kept() -> Iterator[NDArray[np.int32]]:
            given = checked_texts(texts)
            while some := [*islice(given, _TOGETHER)]:
                encoded = [self.encode(text) for text in some]
                shares, doubts = self.unknown_shares(encoded).tolist(), self.doubts(some, encoded)
                facts.extend(zip(shares, doubts, map(self.read_by, encoded), strict=True))
                yield from encoded

        judged = self.probabilities(kept())
        best = self.answers(judged)
        return [
            Prediction(
                label=UNCERTAIN if self._is_uncertain(row, uncertain) else str(self.classes_[answer]),
                probability=float(row[answer]),
                positive=float(row[-1]),
                unknown=unknown,
                doubt=doubt,
                probabilities=tuple(map(float, row)),
                read_by=reader,
            )
            for row, answer, (unknown, doubt, reader) in zip(judged, best, facts, strict=True)
        ]

    def _is_uncertain(self, row: NDArray[np.float32], band: float) -> bool:
        if self.threshold is None:
            return is_uncertain(row.max(), band)
        return abs(float(row[1]) - self.threshold) < band

    def with_sessions(self, wrap: Callable[[Any], Any]) -> Classifier:
        """Return a classifier of the same model, on one thread, that reaches it through another object.

        Args:
            wrap: makes of ONNX Runtime's session what stands in its place.
        """
        return Classifier(replace(self._model, session=wrap(self._model.session)), threads=1)

    def reader_of(self, text: str) -> Classifier:
        """Return the classifier of one model that reads a text: this one, if it has no other."""
        del text
        return self

    def encode(self, text: str) -> NDArray[np.int32]:
        """Return the ids of a text's words, ``(words,) int32``, as :meth:`probabilities` takes them."""
        return np.array(self._model.description.tokenizer.encode(text), np.int32)

    def unknown_share(self, ids: NDArray[np.int32]) -> float:
        """Return the share of words outside the vocabulary, from 0 to 1; 1 without words.

        Marks that the vocabulary knows are no words.

        Args:
            ids: of :meth:`encode`.
        """
        return self.doubter.unknown_share(ids)

    def unknown_shares(self, encoded: Sequence[NDArray[np.int32]]) -> NDArray[np.float64]:
        """Return :meth:`unknown_share` of each of some texts, ``(texts,)``, in less time.

        Args:
            encoded: the ids of each, of :meth:`encode`.
        """
        return self.doubter.counted(encoded)[0]

    def words_in(self, ids: NDArray[np.int32]) -> int:
        """Return how many of a text's ids are words, and no marks.

        Args:
            ids: of :meth:`encode`.
        """
        return self.doubter.words_in(ids)

    def doubt(self, text: str, ids: NDArray[np.int32]) -> str | None:
        """Return why the answer to a text should not be trusted; see :attr:`Prediction.doubt`.

        Args:
            text: as it is judged.
            ids: of :meth:`encode`.
        """
        return self.doubter.about(text, self.unknown_share(ids), self.words_in(ids))

    def doubts(self, texts: Sequence[str], encoded: Sequence[NDArray[np.int32]]) -> list[str | None]:
        """Return :meth:`doubt` of each of some texts, in less time than one after another.

        Args:
            texts: as they are judged.
            encoded: the ids of each, of :meth:`encode`.
        """
        return self.doubter.abouts(texts, encoded)

    def probabilities(self, encoded: Iterable[NDArray[np.int32]]) -> NDArray[np.float32]:
        """Return the probability of each class for texts given as ids; see :meth:`logits`.

        Raises:
            ModelFileError: the model's answer to a text is no number.
        """
        scaled = self.logits(encoded) / self._model.description.temperature
        if not np.isfinite(scaled).all():
            raise ModelFileError(
                "the model's answer to a text is no finite number",
                hint="its weights are damaged, or its training failed: copy or train it again",
            )
        if scaled.shape[1] == 1:
            # The logit of the second class against the first is softmax over (0, logit).
            scaled = np.concatenate([np.zeros_like(scaled), scaled], axis=1)
        scaled -= scaled.max(axis=1, keepdims=True)
        weights = np.exp(scaled)
        probabilities: NDArray[np.float32] = weights / weights.sum(axis=1, keepdims=True)
        return probabilities

    def logits(self, encoded: Iterable[NDArray[np.int32]]) -> NDArray[np.float32]:
        """Return the uncalibrated logits of texts given as ids; see :mod:`opinia.model.batches`."""
        return self._runner.logits(encoded)


def shortest_digits(value: float | np.float32) -> float:
    """Return a float32, such as a probability, as the number that its shortest digits spell.

    So do all outputs write it: 0.9 rather than 0.8999999761581421.
    """
    return float(str(np.float32(value)))


def find_class(labels: Sequence[str], name: str) -> int:
    """Return the number of the class that a name means: its own, or the same but for case and composition.

    Raises:
        InputError: it is none of them; the message lists them.
    """
    if name in labels:
        return labels.index(name)
    plain = [_plain_name(label) for label in labels]
    wanted = _plain_name(name)
    if plain.count(wanted) == 1:
        return plain.index(wanted)
    shown = ", ".join(map(quoted, labels[:_MOST_SHOWN]))
    if len(labels) > _MOST_SHOWN:
        shown += f" and {len(labels) - _MOST_SHOWN} more"
    near = get_close_matches(wanted, plain, n=1)
    raise InputError(
        f"the model's classes are {shown}. Received: {quoted(name)}",
        hint=f"did you mean {quoted(labels[plain.index(near[0])])}?" if near else None,
    )


def _plain_name(name: str) -> str:
    return normalize("NFC", normalize("NFC", " ".join(name.split())).casefold())


def load(path: Source | str | PathLike[str] | None = None, *, threads: int = 0) -> Classifier:
    """Load a model and return the classifier that uses it.

    Args:
        path: a model file, the folder of a training run (its best model), or the name of a model
            that comes with opinia (``"seed"``); or the bytes of a model file, or one that is open in
            binary mode. None, or ``"auto"``, takes two, ``general`` and ``polish``: each text is read by
            that of its language (:mod:`opinia.model.bilingual`).
        threads: batches that run side by side, from 1 to 1024; 0 takes one for each core that this process
            may use, which a container's quota limits, too.

    Raises:
        InputError: ``threads`` is no such number.
        ModelFileError: the model is missing, truncated, foreign, too new or inconsistent.
    """
    is_name = isinstance(path, str | PathLike) and str(path) == AUTO and not Path(AUTO).exists()
    if path is None or is_name:
        from opinia.model.bilingual import BilingualClassifier  # its room, which is above this one

        first, second = (shipped()[name] for name in BY_LANGUAGE.values())
        return BilingualClassifier(read_model(first), second, languages=tuple(BY_LANGUAGE), threads=threads)
    return Classifier.from_path(path, threads=threads)


def checked_texts(texts: str | Iterable[str]) -> Iterator[str]:
    """Yield each text, after a check that it is one.

    Raises:
        InputError: the argument is not a text or a column of texts, or an entry is not a text.
    """
    if isinstance(texts, str):
        yield texts
        return
    if isinstance(texts, bytes | dict) or getattr(texts, "ndim", 1) != 1 or not isinstance(texts, Iterable):
        raise InputError(
            f"texts must be one text or one column of texts. Received: {_describe(texts)}",
            hint="decode bytes first; of a table, hand over one column",
        )
    for position, text in enumerate(texts):
        if not isinstance(text, str):
            raise InputError(
                f"every entry must be a text. Received: {_describe(text)} at position {position}",
                hint="drop or fill missing entries, and decode bytes, before they are judged",
            )
        yield text


def _describe(value: object) -> str:
    shown = repr(value)
    return f"{type(value).__name__} {shown if len(shown) <= 40 else shown[:37] + '...'}"
