"""Training as an estimator of scikit-learn, for its pipelines and searches.

It goes the way of ``opinia train --data``: the same validation, settings, training and calibration. What is
fitted is a model file; PyTorch is imported by ``fit`` alone, so that whoever opens a pickle needs none.
"""

from __future__ import annotations

import math
import numbers
import os
import sys
import tempfile
import warnings
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, Self

import numpy as np
from numpy.typing import NDArray
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.exceptions import ConvergenceWarning
from sklearn.utils import check_random_state
from sklearn.utils.validation import check_is_fitted

from opinia import extras
from opinia.data.labelled import LabelledTexts
from opinia.errors import DataError, ModelFileError, TrainingError
from opinia.model.classifier import Classifier, load
from opinia.runs.recipe import Recipe
from opinia.runs.settings import LIMITS
from opinia.system.files import write_atomically
from opinia.text.words import split_words
from opinia.train.own_texts.estimator_input import read_given, read_texts

if TYPE_CHECKING:
    from opinia.runs.history import Epoch
    from opinia.train.loop.callbacks import Callback
    from opinia.train.loop.trainer import Step, Trainer
    from opinia.train.texts import Texts

_WHOLE = {
    "epochs": "training.epochs",
    "batch_size": "training.batch_size",
    "units": "network.units",
    "embedding": "network.embedding",
    "max_tokens": "text.max_tokens",
    "threads": "training.threads",
}
"""Parameters that are whole numbers, and their settings."""
_RATES = {"learning_rate": "training.learning_rate"}
_RANGES = {key: (low, high) for key, low, high in LIMITS}
_MOST_SEED = 2**31 - 1
_DEVICES = ("auto", "cpu", "cuda")


class SentimentClassifier(ClassifierMixin, BaseEstimator):  # type: ignore[misc]
    """A recurrent network that learns to tell classes of texts, as an estimator of scikit-learn.

    Validation is cut from the texts (by class, copies and near-copies on one side), the best epoch on it is
    kept, and the probabilities are calibrated on it; all as ``opinia train --data`` does. A parameter that is
    None is chosen from the texts, as it does. Texts of weight 0 count as absent; other weights
    count in the loss, in the choice of the epoch and in the calibration, by their shares alone. Words are
    counted for the vocabulary whatever their texts weigh.

    The same texts, weights, parameters and ``random_state`` give the same network, on the same kind of
    processor, versions and ``threads``. Pickles hold the model file and no object of PyTorch's.

    Args:
        epochs: passes over the texts at most.
        batch_size: texts a step.
        learning_rate: Adam's largest step size.
        units: LSTM units a direction.
        embedding: dimension of the embedding.
        max_tokens: size of the vocabulary.
        init_from: a model to begin with (a file, the folder of a run, or a name such as ``"base"``), which
            keeps what it knows of words; its shape is taken, so that units and embedding are not to be given.
            ``"auto"`` is, where there are few texts, ``"base"`` in English and ``"polish"`` in Polish (which
            is under CC BY-SA 4.0, and so is what begins with it), and none of units, embedding and
            max_tokens is given; else, and with None, it begins with nothing.
        class_weight: ``"balanced"`` lets each class count alike in what is learnt; a dictionary weighs the
            texts of each label; None weighs each text alike.
        validation: texts to validate on, their number or their share, above 0 and below 1; None takes a fifth
            of up to 1,000 texts, and a tenth of more, at most 5,000.
        random_state: of initial weights and order of texts; a whole number is the ``--seed`` of
            ``opinia train``. Which texts validate does not depend on it.
        device: to train on, ``"cpu"``, ``"cuda"`` or ``"auto"``.
        threads: threads of a training, and batches that are judged side by side; None takes two, and one for
            each core. With ``n_jobs`` in a search, 1 is quickest.
        callbacks: called at each step and epoch (:class:`opinia.train.loop.callbacks.Callback`).
        verbose: 1 prints the settings with their reasons, and a line an epoch.

    Attributes:
        classes_: the labels, ``(classes,)``, sorted, in the type of ``y``.
        classifier_: the :class:`opinia.Classifier` that answers; its ``card`` says how it was trained. Its
            classes are texts, and opinions among them stand from negative to positive.
        history_: a dictionary an epoch: ``epoch``, ``loss``, ``accuracy``, ``val_loss``, ``val_accuracy``.
        n_iter_: epochs that were trained.

    Example:
        >>> estimator = SentimentClassifier(random_state=1).fit(texts, labels)
        >>> estimator.predict_proba(["A warm, funny film."]).shape
        (1, 2)
    """

    classes_: NDArray[Any]
    classifier_: Classifier
    history_: list[dict[str, float]]
    n_iter_: int

    def __init__(
        self,
        *,
        epochs: int | None = None,
        batch_size: int | None = None,
        learning_rate: float | None = None,
        units: int | None = None,
        embedding: int | None = None,
        max_tokens: int | None = None,
        init_from: str | PathLike[str] | None = "auto",
        class_weight: Mapping[Any, float] | Literal["balanced"] | None = None,
        validation: float | None = None,
        random_state: int | np.random.RandomState | None = None,
        device: str = "cpu",
        threads: int | None = None,
        callbacks: Sequence[Callback] | None = None,
        verbose: int = 0,
    ) -> None:
        self.epochs = epochs
        self.batch_size = batch_size
        self.learning_rate = learning_rate
        self.units = units
        self.embedding = embedding
        self.max_tokens = max_tokens
        self.init_from = init_from
        self.class_weight = class_weight
        self.validation = validation
        self.random_state = random_state
        self.device = device
        self.threads = threads
        self.callbacks = callbacks
        self.verbose = verbose

    def fit(
        self,
        X: Iterable[str],  # noqa: N803
        y: Iterable[Any],
        sample_weight: Any = None,
        groups: Any = None,
    ) -> Self:
        """Learn from labelled texts.

        Args:
            X: ``(n,)`` texts: a list, tuple, 1-d array, or column of pandas, polars or pyarrow.
            y: ``(n,)`` labels, all of them texts, numbers or truth values; of each class two at least.
            sample_weight: ``(n,)`` how much each text counts, 0 or more; None counts all alike.
            groups: ``(n,)`` what each text is about, or who wrote it: it validates on other groups than it
                learns from. A missing entry is no group; None has none. In a pipeline
                ``fit(X, y, sentimentclassifier__groups=groups)``; in a cross-validation by metadata routing,
                ``set_fit_request(groups=True)``.

        Returns:
            The estimator itself.

        Raises:
            ValueError: a parameter is impossible, texts, labels or weights are, or there is no such device.
            MissingExtraError: the packages for training are not installed.
            TrainingError: the loss is not finite.
        """
        changes = self._changes()
        weights = self.class_weight if isinstance(self.class_weight, Mapping) else None
        labelled, classes = read_given(X, y, sample_weight, weights, groups)
        changes["data.validation"] = self._held_out(len(labelled))
        extras.require("opinia.SentimentClassifier.fit", *extras.TRAINING)
        content, history = self._train(changes, labelled)
        self.classifier_ = load(content, threads=0 if self.threads is None else int(self.threads))
        self.classes_, self.n_iter_ = classes, len(history)
        self.history_ = [asdict(epoch) for epoch in history]
        if "warning" in self.classifier_.card:
            warnings.warn(self.classifier_.card["warning"], ConvergenceWarning, stacklevel=2)
        return self

    def predict(self, X: Iterable[str]) -> NDArray[Any]:  # noqa: N803
        """Return the most probable class of each text, ``(n,)``, in the type of ``classes_``.

        Raises:
            NotFittedError: nothing was learnt yet.
            ValueError: ``X`` is no column of texts.
        """
        best = self.predict_proba(X).argmax(axis=1)
        return np.asarray(self.classes_[best])

    def predict_proba(self, X: Iterable[str]) -> NDArray[np.float32]:  # noqa: N803
        """Return the calibrated probability of each class for each text.

        Returns:
            ``(n, len(classes_)) float32``, columns in the order of ``classes_``; rows sum to 1.

        Raises:
            NotFittedError: nothing was learnt yet.
            ValueError: ``X`` is no column of texts.
        """
        check_is_fitted(self)
        return self.classifier_.predict_proba(read_texts(X))[:, self._places()]

    def decision_function(self, X: Iterable[str]) -> NDArray[np.float32]:  # noqa: N803
        """Return the calibrated logits, in nats.

        Returns:
            ``(n,)`` of two classes the log-odds of the second, above 0 where it is predicted;
            ``(n, classes)`` of more the logarithms of their probabilities.

        Raises:
            NotFittedError: nothing was learnt yet.
            ValueError: ``X`` is no column of texts.
        """
        check_is_fitted(self)
        description = self.classifier_.model.description
        encode = description.tokenizer.encode
        ids = (np.array(encode(text), np.int32) for text in read_texts(X))
        logits = self.classifier_.logits(ids) / np.float32(description.temperature)
        places = self._places()
        if logits.shape[1] == 1:
            return np.asarray(logits[:, 0] if places == [0, 1] else -logits[:, 0], np.float32)
        logs = logits - np.logaddexp.reduce(logits, axis=1, keepdims=True)
        return np.asarray(logs[:, places], np.float32)

    def save(self, path: str | PathLike[str]) -> None:
        """Write the model file, which ``opinia.load`` and ``opinia --model`` read.

        Args:
            path: of the file, such as ``"reviews.onnx"``; one that is there is replaced. In it the classes
                are named by the labels as text, and opinions stand from negative to positive, not sorted:
                ``opinia.load(path).classes_`` says in which order.

        Raises:
            NotFittedError: nothing was learnt yet.
            OSError: the file cannot be written.
        """
        check_is_fitted(self)
        write_atomically(Path(path), self.classifier_.model.to_bytes())

    def __sklearn_is_fitted__(self) -> bool:
        """Tell whether there is a model."""
        return hasattr(self, "classifier_")

    def __sklearn_tags__(self) -> Any:
        """Say that it takes a column of texts, and no table of numbers."""
        tags = super().__sklearn_tags__()
        tags.input_tags.one_d_array = True
        tags.input_tags.two_d_array = False
        tags.input_tags.string = True
        return tags

    def _places(self) -> list[int]:
        """Return where each of ``classes_`` stands in the model file."""
        there = self.classifier_.classes_.tolist()
        return [there.index(str(label)) for label in self.classes_.tolist()]

    def _changes(self) -> dict[str, Any]:
        """Return the settings that the parameters decide, by their dotted keys.

        Raises:
            ValueError: a parameter is impossible.
        """
        changes: dict[str, Any] = {"training.seed": self._seed()}
        for name, key in (_WHOLE | _RATES).items():
            value = getattr(self, name)
            if value is not None:
                changes[key] = _number(name, value, whole=name in _WHOLE, bounds=_RANGES[key])
        weight = self.class_weight
        if isinstance(weight, str) and weight == "balanced":
            changes["training.class_weight"] = "balanced"
        elif weight is not None and not isinstance(weight, Mapping):
            raise ValueError(
                f"class_weight must be None, 'balanced' or weights of labels as a dict. Received: {weight!r}"
            )
        if self.device not in _DEVICES:
            raise ValueError(f"device must be one of {', '.join(_DEVICES)}. Received: {self.device!r}")
        if self.callbacks is not None and not isinstance(self.callbacks, Sequence):
            raise ValueError(f"callbacks must be a list of them, or None. Received: {self.callbacks!r}")
        if self.validation is not None:
            self._held_out(2)
        return changes

    def _seed(self) -> int:
        given: Any = self.random_state
        if _is_a(numbers.Integral, given) and 0 <= given <= _MOST_SEED:
            return int(given)
        return int(check_random_state(given).randint(_MOST_SEED))

    def _held_out(self, count: int) -> int:
        """Return how many of so many texts validate; 0 leaves it to what cuts them."""
        value: Any = self.validation
        if value is None:
            return 0
        if _is_a(numbers.Integral, value) and value >= 1:
            return int(value)
        if _is_a(numbers.Real, value) and 0 < value < 1:
            return max(1, round(float(value) * count))
        raise ValueError(
            "validation must be a number of texts, 1 or more, a share above 0 and below 1, or None. "
            f"Received: {value!r}"
        )

    def _start(self, changes: dict[str, Any], texts: Texts) -> str:
        """Return the model to begin with, or nothing."""
        from opinia.train.own_texts.suggest import start_for

        if self.init_from != "auto":
            return os.fspath(self.init_from) if self.init_from is not None else ""
        shaped = changes.keys() & {"network.units", "network.embedding", "text.max_tokens"}
        return "" if shaped else start_for(texts)

    def _train(self, changes: dict[str, Any], labelled: LabelledTexts) -> tuple[bytes, list[Epoch]]:
        """Train in a folder of the moment; return the best model and the metrics of each epoch."""
        from opinia.runs.folder import RunFolder
        from opinia.train.own_texts.suggest import suggest
        from opinia.train.pipeline import make_ready, train
        from opinia.train.texts import own_texts
        from opinia.train.torch_setup import as_a_guest, choose_device

        try:
            device = choose_device(self.device)
        except TrainingError as error:
            raise ValueError(f"{error.message}. Received: device={self.device!r}") from error
        recipe = Recipe(name="own").replace({"data.source": "memory", **changes})
        more = {"weights": "each text has its own"} if labelled.weights else None
        try:
            texts = own_texts(recipe.data, labelled, source="memory", more=more)
        except DataError as error:  # its hints are for the command line
            raise ValueError(error.message) from error
        _check_learnable(texts, self.batch_size)
        try:
            recipe = recipe.replace({"training.init_from": self._start(changes, texts)})
            suggestion = suggest(recipe, texts)
        except (ModelFileError, TrainingError) as error:
            raise ValueError(f"{error.message}. Received: init_from={self.init_from!r}") from error
        if recipe.training.init_from and changes.keys() & {"network.units", "network.embedding"}:
            raise ValueError(
                "init_from brings its own units and embedding. Received: "
                f"units={self.units!r}, embedding={self.embedding!r}"
            )
        recipe = suggestion.recipe.replace(changes)
        say = _print if self.verbose else _be_quiet
        for key, reason in suggestion.reasons.items():
            section, _, name = key.partition(".")
            said = "as you said" if key in changes else reason
            say(f"{key} = {getattr(getattr(recipe, section), name)!r}: {said}")
        callbacks = [*(self.callbacks or ()), *([_Lines(recipe.training.epochs)] if self.verbose else ())]
        with tempfile.TemporaryDirectory(prefix="opinia-") as place, as_a_guest(device):
            folder = RunFolder(Path(place) / "run")
            task = make_ready(recipe, folder, texts=texts, device=device, say=say)
            history = train(recipe, task, folder, device=device, callbacks=callbacks, say=say)
            return folder.best.read_bytes(), history


class _Lines:
    """Prints a line an epoch.

    Args:
        epochs: of the training at most.
    """

    def __init__(self, epochs: int) -> None:
        self._epochs = epochs

    def on_train_begin(self, trainer: Trainer[Any]) -> None:
        """Do nothing."""

    def on_batch_end(self, trainer: Trainer[Any], step: Step) -> None:
        """Do nothing."""

    def on_epoch_end(self, trainer: Trainer[Any], epoch: Epoch) -> None:  # noqa: ARG002
        """Print the metrics."""
        _print(
            f"epoch {epoch.epoch}/{self._epochs}: loss {epoch.loss:.4f}, accuracy {epoch.accuracy:.4f}, "
            f"val_loss {epoch.val_loss:.4f}, val_accuracy {epoch.val_accuracy:.4f}"
        )

    def on_train_end(self, trainer: Trainer[Any]) -> None:
        """Do nothing."""


def _check_learnable(texts: Texts, batch_size: int | None) -> None:
    """Check that the texts hold words, and are enough for a batch.

    Raises:
        ValueError: they do not, or are not.
    """
    train = texts.split.train
    if not any(map(split_words, train.texts)):
        raise ValueError("no text of X that would be learnt from holds a word")
    if batch_size is not None and batch_size > len(train):
        raise ValueError(
            f"batch_size must be at most the number of texts that are learnt from, {len(train):,}. "
            f"Received: {batch_size:,}"
        )


def _number(name: str, value: Any, *, whole: bool, bounds: tuple[float, float]) -> int | float:
    if not _is_a(numbers.Integral if whole else numbers.Real, value):
        wanted = "a whole number" if whole else "a number"
        raise ValueError(f"{name} must be {wanted}, or None. Received: {value!r}")
    low, high = bounds
    number = int(value) if whole else float(value)
    if not (math.isfinite(number) and low <= number <= high):
        raise ValueError(f"{name} must be from {low:,} to {high:,}. Received: {value!r}")
    return number


def _is_a(kind: Any, value: Any) -> bool:
    return isinstance(value, kind) and not isinstance(value, bool)


def _print(line: str) -> None:
    sys.stdout.write(f"{line}\n")


def _be_quiet(_: str) -> None:
    """Print nothing."""
