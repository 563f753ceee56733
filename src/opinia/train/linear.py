"""A linear model on n-grams that has a say in every answer, beside the network.

An LSTM is told every word through a few hundred numbers, and misjudges what it has read too seldom; a
linear model on the presence of words, pairs and triples remembers the phrases themselves. Their errors
differ, so that the mean of their logits is better than either (Mesnil et al. 2014; Cheng et al. 2016,
"Wide & Deep"). Of its million n-grams a few ten thousand do nearly all, and those go into the model file.

They are found again through a table: an n-gram's ids make one number, its code, whose remainder names
a slot; in the slot stands the row of the n-gram whose code that is. Where two want the same slot, the one
that moves more answers has it.
"""

from __future__ import annotations

import io
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from opinia.data.corpus import Corpus
from opinia.files import write_atomically
from opinia.train.arrays import read_arrays
from opinia.train.calibration import fit_calibration
from opinia.train.ngrams import FEWEST_REVIEWS, LONGEST, fit_weights

SLOTS = 65_521
"""A prime, so that the remainder of a code depends on all of its ids."""
ID_BITS = 20
"""An id and the two behind it make a code of 60 bits."""
STEP = 2.0**-11
"""Weights are multiples of this, so that their sum is exact and the same in any order and company."""


@dataclass(frozen=True)
class LinearModel:
    """Weights of the n-grams that count most, with the table to find them.

    Args:
        slots: ``(SLOTS,) uint16``: the row of the n-gram whose code has this remainder, or 0.
        codes: ``(rows,) int64`` of each n-gram; row 0 is of none.
        weights: ``(rows,) int16`` in units of :data:`STEP`; what the presence of each adds to the logit.
        bias: is added to the sum.
    """

    slots: NDArray[np.uint16]
    codes: NDArray[np.int64]
    weights: NDArray[np.int16]
    bias: float

    @property
    def ngrams(self) -> int:
        """How many n-grams it knows."""
        return len(self.weights) - 1

    @property
    def parameters(self) -> int:
        """Numbers that were fitted: the weights and the bias."""
        return self.ngrams + 1

    def logits(self, corpus: Corpus) -> NDArray[np.float32]:
        """Return the logit of each review, ``(n,) float32``."""
        sums = [self.weights[self._rows(ids)].sum(dtype=np.int64) for ids in corpus.reviews()]
        return (np.array(sums, np.float64) * STEP + self.bias).astype(np.float32)

    def _rows(self, ids: NDArray[np.int32]) -> NDArray[np.intp]:
        codes = np.unique(codes_of(ids))
        rows = self.slots[codes % SLOTS].astype(np.intp)
        return np.asarray(rows[self.codes[rows] == codes])

    def save(self, path: Path) -> None:
        """Write the model as a file of :func:`load_linear`."""
        buffer = io.BytesIO()
        np.savez(buffer, slots=self.slots, codes=self.codes, weights=self.weights, bias=self.bias)
        write_atomically(path, buffer.getvalue())


def load_linear(path: Path) -> LinearModel:
    """Read what :meth:`LinearModel.save` wrote.

    Raises:
        TrainingError: the file is missing or damaged.
    """
    saved = read_arrays(path, "slots", "codes", "weights", "bias")
    return LinearModel(saved["slots"], saved["codes"], saved["weights"], float(saved["bias"]))


def codes_of(ids: NDArray[np.int32]) -> NDArray[np.int64]:
    """Return the codes of all words, pairs and triples of a text, ``(n,)``; one occurs as often as there."""
    places = ids.astype(np.int64) + 1
    codes = [places]
    for length in range(1, min(LONGEST, len(places))):
        codes.append(codes[-1][:-1] + (places[length:] << (length * ID_BITS)))
    return np.concatenate(codes)


def fit_linear(training: Corpus, validation: Corpus, *, ngrams: int) -> LinearModel:
    """Fit on labelled reviews, keep what counts most, and calibrate.

    Args:
        training: reviews with their labels.
        validation: reviews that the logits are calibrated on.
        ngrams: how many are kept, fewer than there are slots; one a slot.
    """
    held = [np.unique(codes_of(ids)) for ids in training.reviews()]
    codes, reviews = np.unique(np.concatenate(held), return_counts=True)
    codes, reviews = codes[reviews >= FEWEST_REVIEWS], reviews[reviews >= FEWEST_REVIEWS]
    weights, bias = fit_weights(_presence(held, codes), training.labels)
    # Of two n-grams as strong, the one that stands in more reviews moves more answers.
    order = np.argsort(-np.abs(weights) * np.sqrt(reviews), kind="stable")
    _, first = np.unique(codes[order] % SLOTS, return_index=True)
    kept = np.sort(order[np.sort(first)[:ngrams]])
    slots = np.zeros(SLOTS, np.uint16)
    slots[codes[kept] % SLOTS] = np.arange(1, len(kept) + 1)
    none = np.array([-1], np.int64)
    raw = LinearModel(slots, np.concatenate([none, codes[kept]]), _stepped(weights[kept]), bias)
    scale = fit_calibration(raw.logits(validation), validation.labels).temperature
    return LinearModel(slots, raw.codes, _stepped(weights[kept] / scale), bias / scale)


def _presence(held: list[NDArray[np.int64]], codes: NDArray[np.int64]) -> Any:
    """Return SciPy's CSR matrix ``(reviews, n-grams)``: which of the codes each review holds."""
    from scipy.sparse import csr_matrix

    columns = [_places(row, codes) for row in held]
    starts = np.cumsum([0, *(len(row) for row in columns)])
    ones = np.ones(starts[-1], np.float32)
    return csr_matrix((ones, np.concatenate(columns), starts), shape=(len(held), len(codes)))


def _places(row: NDArray[np.int64], codes: NDArray[np.int64]) -> NDArray[np.intp]:
    """Return the places of a review's codes among sorted ones; codes that are not there have none."""
    places = np.searchsorted(codes, row).clip(max=len(codes) - 1)
    return np.asarray(places[codes[places] == row])


def _stepped(weights: NDArray[np.floating]) -> NDArray[np.int16]:
    """Return weights as multiples of :data:`STEP`, behind that of row 0."""
    limits = np.iinfo(np.int16)
    return np.concatenate([[0], np.round(weights / STEP).clip(limits.min, limits.max)]).astype(np.int16)
