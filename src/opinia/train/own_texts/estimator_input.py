"""Texts, labels and weights as scikit-learn hands them over, checked and in the shape that is learnt from.

Whatever is wrong with them is a ``ValueError``, as it is in scikit-learn.
"""

from __future__ import annotations

import math
import numbers
from collections.abc import Mapping, Set
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import issparse
from sklearn.utils import assert_all_finite, check_consistent_length, column_or_1d, compute_sample_weight
from sklearn.utils.multiclass import check_classification_targets

from opinia.data.labelled import LabelledTexts
from opinia.data.table import MOST_CHARACTERS, by_opinion
from opinia.model.description import LONGEST_LABEL, MOST_LABELS

_LEAST_WEIGHT = 1e-30
"""Of a text, as a share of the largest: 32 bits hold hardly less, and so little counts for nothing."""
_MISSING = ("NAType", "NaTType")
"""Types of pandas's missing values."""


class Given(NamedTuple):
    """What an estimator is fitted to.

    Args:
        labelled: texts that count, in the order given, named by their position, from 0. Its classes are named
            by the labels as text, opinions from negative to positive, others as they are sorted.
        classes: their labels as scikit-learn sorts them, in the type in which they were given.
    """

    labelled: LabelledTexts
    classes: NDArray[Any]


def read_given(
    texts: Any,
    labels: Any,
    sample_weight: Any = None,
    class_weight: Mapping[Any, float] | None = None,
    groups: Any = None,
) -> Given:
    """Check texts, labels and weights, and put them together; texts of weight 0 are left out.

    Args:
        texts: as for :func:`read_texts`.
        labels: one a text, all of them texts, numbers or truth values; two different ones at least.
        sample_weight: how much each text counts beside the others, 0 or more; None counts all alike.
        class_weight: the same of each label.
        groups: what each text is about, or who wrote it; texts of a group stay together, and a missing one is
            no group. None has none.

    Raises:
        ValueError: something is wrong with them.
    """
    if labels is None:
        raise ValueError("SentimentClassifier requires y to be passed, but the target y is None")
    kept = read_texts(texts)
    if not kept:
        raise ValueError("Found array with 0 sample(s) (shape=(0,)) while a minimum of 1 is required.")
    for position, text in enumerate(kept):
        if len(text) > MOST_CHARACTERS:
            raise ValueError(
                f"X has a text of {len(text):,} characters at position {position}; at most "
                f"{MOST_CHARACTERS:,} are learnt from"
            )
    values = _read_labels(labels)
    check_consistent_length(kept, values)
    weights = _read_weights(sample_weight, len(kept))
    group_names = () if groups is None else _read_groups(groups, kept)
    if class_weight is not None:
        weights = (np.ones(len(kept)) if weights is None else weights) * compute_sample_weight(
            dict(class_weight), values
        )
        _check_weights(weights, "class_weight")
    rows = np.arange(len(kept))
    if weights is not None:
        weights = weights / weights.max()
        rows = np.flatnonzero(weights > _LEAST_WEIGHT)
        weights = weights[rows] / weights[rows].mean()
        weights = None if (weights == weights[0]).all() else weights
    classes, places = np.unique(values[rows], return_inverse=True)
    names = _names_of(classes)
    in_order = by_opinion(names)
    numbers_of = np.array([in_order.index(name) for name in names])
    labelled = LabelledTexts(
        texts=tuple(kept[row] for row in rows),
        labels=tuple(numbers_of[places].tolist()),
        classes=in_order,
        groups=tuple(group_names[row] for row in rows) if group_names else (),
        ids=tuple(map(str, rows.tolist())),
        weights=() if weights is None else tuple(weights.tolist()),
    )
    return Given(labelled, classes)


def _read_groups(groups: Any, texts: list[str]) -> tuple[str, ...]:
    """Return the name of each text's group; one that has none is a group of its own."""
    if isinstance(groups, tuple(_NO_COLUMN)) or len(getattr(groups, "shape", (0,))) != 1:
        raise ValueError(f"groups must be a 1-d sequence, one entry a text. Received: {_described(groups)}")
    try:
        values = groups.to_pylist() if hasattr(groups, "to_pylist") else list(groups)
    except TypeError as error:
        raise ValueError(
            f"groups must be a 1-d sequence, one entry a text. Received: {_described(groups)}"
        ) from error
    check_consistent_length(texts, values)
    return tuple(
        f"text {row} alone" if _is_missing(value) or value == "" else f"group {value}"
        for row, value in enumerate(values)
    )


def read_texts(texts: Any) -> list[str]:
    """Return a column of texts as a list.

    Args:
        texts: a list, tuple, generator, 1-d NumPy array, or a column of pandas, polars or pyarrow.

    Raises:
        ValueError: it is no such thing, or an entry is no text; the message names its position.
    """
    if issparse(texts):
        raise ValueError(f"X must be a 1-d sequence of str, not sparse. Received: {_described(texts)}")
    shape = getattr(texts, "shape", (0,))
    if isinstance(texts, tuple(_NO_COLUMN)):
        raise ValueError(
            f"X must be a 1-d sequence of str. Received: {_described(texts)}\n"
            f"hint: {_NO_COLUMN[next(kind for kind in _NO_COLUMN if isinstance(texts, kind))]}"
        )
    if not isinstance(shape, tuple) or len(shape) != 1:
        raise ValueError(
            f"X must be a 1-d sequence of str. Received: {type(texts).__name__} of shape {shape}\n"
            "hint: hand over one column, such as X['text'] of a table or X[:, 0] of an array"
        )
    try:
        values = texts.to_pylist() if hasattr(texts, "to_pylist") else list(texts)
    except TypeError as error:
        raise ValueError(f"X must be a 1-d sequence of str. Received: {_described(texts)}") from error
    return [_text(value, position) for position, value in enumerate(values)]


_NO_COLUMN: dict[type, str] = {
    str: "put one text into a list: [text]",
    bytes: "decode it, and put it into a list: [text]",
    Mapping: "hand over its values as a list",
    Set: "it has no order: hand over a list",
}
"""What can be iterated over, and is no column of texts."""


def _text(value: Any, position: int) -> str:
    if isinstance(value, str):
        return str(value)  # also of NumPy's own type
    where = f"Received: {_described(value)} at position {position}"
    if _is_missing(value):
        raise ValueError(
            f"X contains NaN, None or another missing value; every entry must be a str. {where}\n"
            "hint: drop these rows, or fill them with ''"
        )
    if isinstance(value, list | tuple | np.ndarray):
        raise ValueError(
            f"X must be a 1-d sequence of str, and its entries are sequences themselves. {where}\n"
            "hint: hand over one column of texts"
        )
    raise ValueError(f"every entry of X must be a str. {where}")


def _read_labels(labels: Any) -> NDArray[Any]:
    """Return labels as an array ``(n,)`` of one type.

    Raises:
        ValueError: they are of another shape, missing, continuous, or of several types.
    """
    if hasattr(labels, "to_pylist"):
        labels = labels.to_pylist()
    elif hasattr(labels, "__array__"):  # a column that may lack values, whose type NumPy has not
        labels = np.asarray(labels)
    if isinstance(labels, list | tuple) and not any(isinstance(each, list | tuple) for each in labels):
        array = np.empty(len(labels), object)  # NumPy would make text of 1 and nan beside a text
        array[:] = labels
        labels = array
    values = np.asarray(column_or_1d(labels, warn=True))
    if values.dtype == object or values.dtype.kind == "S":
        values = _of_one_type(values)
    assert_all_finite(values, input_name="y")
    check_classification_targets(values)
    return values


def _of_one_type(values: NDArray[Any]) -> NDArray[Any]:
    kinds: dict[str, Any] = {}
    for position, value in enumerate(values):
        if _is_missing(value):
            raise ValueError(
                "Input y contains NaN, None or another missing value. "
                f"Received: {_described(value)} at position {position}\n"
                "hint: drop the rows without a label"
            )
        kind = "str" if isinstance(value, str) else "number"
        if not isinstance(value, str | numbers.Number | np.bool_):
            kind = type(value).__name__
        kinds.setdefault(kind, value)
    if len(kinds) > 1:
        shown = ", ".join(_described(value) for value in kinds.values())
        raise ValueError(f"the labels of y must be all texts or all numbers. Received: {shown}")
    if kinds and not {"str", "number"} & kinds.keys():
        (value,) = kinds.values()
        raise ValueError(
            f"Unknown label type: labels must be texts or numbers. Received: {_described(value)}"
        )
    if "number" in kinds:
        return np.array(values.tolist())
    return values


def _read_weights(sample_weight: Any, count: int) -> NDArray[np.float64] | None:
    if sample_weight is None:
        return None
    try:
        weights = np.asarray(sample_weight, np.float64)
    except (TypeError, ValueError) as error:
        raise ValueError(f"sample_weight must be numbers, one a text: {error}") from error
    if weights.ndim == 0:
        weights = np.full(count, float(weights))
    if weights.ndim != 1:
        raise ValueError(
            f"Sample weights must be 1D array or scalar: one a text. Received: shape {weights.shape}"
        )
    if len(weights) != count:
        raise ValueError(
            f"sample_weight.shape == {weights.shape}, expected {(count,)}: there must be one weight a text"
        )
    _check_weights(weights, "sample_weight")
    return weights


def _check_weights(weights: NDArray[np.float64], name: str) -> None:
    wrong = np.flatnonzero(~(np.isfinite(weights) & (weights >= 0)))
    if len(wrong):
        raise ValueError(
            f"{name} must be finite and not negative. Received: {weights[wrong[0]]} at position {wrong[0]}"
        )
    if not weights.any():
        raise ValueError(
            f"Sample weights must contain at least one non-zero number. Received: {name} of 0 alone"
        )


def _names_of(classes: NDArray[Any]) -> tuple[str, ...]:
    """Return the classes as a model file names them.

    Raises:
        ValueError: there are too few or too many, or it cannot name one.
    """
    names = tuple(map(str, classes.tolist()))
    if len(names) < 2:
        raise ValueError(f"SentimentClassifier needs two classes or more. Received one class: {names[0]!r}")
    if len(names) > MOST_LABELS:
        raise ValueError(
            f"y has {len(names):,} classes; at most {MOST_LABELS:,} are told apart. They look like names or "
            "numbers, and not like classes"
        )
    for name in names:
        if not (0 < len(name) <= LONGEST_LABEL and name.isprintable() and name.strip() == name):
            raise ValueError(
                f"y has the class {ascii(name[:40])}, which a model file cannot name: a label must have 1 to "
                f"{LONGEST_LABEL} characters that can be printed, and no space around them\n"
                "hint: give the class another name"
            )
    return names


def _is_missing(value: Any) -> bool:
    if isinstance(value, float | np.floating):
        return math.isnan(value)
    if isinstance(value, np.datetime64 | np.timedelta64):
        return bool(np.isnat(value))
    return value is None or type(value).__name__ in _MISSING


def _described(value: Any) -> str:
    shown = repr(value)
    return f"{type(value).__name__} {shown if len(shown) <= 40 else shown[:37] + '...'}"
