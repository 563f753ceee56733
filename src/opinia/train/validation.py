"""What a network says of a corpus, how often it is right, and how its logits are calibrated."""

from __future__ import annotations

import copy
import math
from typing import TYPE_CHECKING

import numpy as np
import torch
from numpy.typing import NDArray

from opinia.data.corpus import Corpus, sorted_batches
from opinia.data.sentences import end_marks, sentences_of
from opinia.model.batches import BatchRunner
from opinia.model.file import Model
from opinia.text.tokenizer import Tokenizer
from opinia.train.calibration import (
    Calibration,
    fit_calibration,
    fit_sharpness,
    log_loss,
    mean_of,
    sharpness_of,
)
from opinia.train.classification import batch_of, flat
from opinia.train.network.sentiment_network import SentimentNetwork

if TYPE_CHECKING:
    from opinia.graph.ngrams import LinearModel
    from opinia.graph.weights import DenseWeights

ROWS = 256
MOST_WORDS = {"cpu": 0, "cuda": 100_000}
"""Of a batch on a GPU, padding included: all of its states are in memory at once."""
SOME = 64


def logits_of(network: SentimentNetwork | Model, corpus: Corpus) -> NDArray[np.float32]:
    """Return the logits of each review, of a network in training or of a model file.

    Returns:
        ``(n,)`` for two classes, the logit of the second; ``(n, classes)`` for more.
    """
    if isinstance(network, Model):
        found = BatchRunner(network).logits(corpus.reviews())
        if found.shape[1] == 2:  # of a foreign file
            return found[:, 1] - found[:, 0]
        return found[:, 0] if found.shape[1] == 1 else found
    return hidden_and_logits(network, corpus)[1]


def hidden_and_logits(
    network: SentimentNetwork, corpus: Corpus
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Return what the dense layer makes of each review, ``(n, dense)``, and its logits."""
    columns = network.output.out_features
    hidden = np.zeros((len(corpus), network.output.in_features), np.float32)
    logits = np.zeros(len(corpus) if columns == 1 else (len(corpus), columns), np.float32)
    network.eval()
    device = next(network.parameters()).device
    with torch.inference_mode():
        for rows in sorted_batches(corpus.lengths, ROWS, most_words=MOST_WORDS[device.type]):
            ids, lengths = corpus.batch(rows)
            batch = batch_of(ids, lengths, corpus.labels[rows], device)
            made = network.hidden(*network.embed(batch.ids, batch.lengths), batch.lengths)
            hidden[rows] = made.cpu().numpy()
            logits[rows] = flat(network.output(made)).cpu().numpy()
    return hidden, logits


def some_logits(network: SentimentNetwork, corpus: Corpus) -> NDArray[np.float32]:
    """Return the logits of up to 64 reviews, taken evenly from a corpus, so of all its classes."""
    rows = np.unique(np.linspace(0, len(corpus) - 1, SOME).astype(np.intp))
    device = next(network.parameters()).device
    network.eval()
    with torch.inference_mode():
        batch = batch_of(*corpus.batch(rows), corpus.labels[rows], device)
        logits: NDArray[np.float32] = flat(network(batch.ids, batch.lengths)).cpu().numpy()
    return logits


def measure(
    logits: NDArray[np.float32],
    labels: NDArray[np.float32],
    weights: NDArray[np.floating] | None = None,
) -> tuple[float, float]:
    """Return mean cross-entropy, in nats, and accuracy.

    Args:
        logits: ``(n,)`` of the second of two classes, or ``(n, classes)``.
        labels: ``(n,)`` of two classes the probability of the second; of more the number of the class.
        weights: ``(n,)`` how much each counts; None counts all alike.
    """
    wide = logits.astype(np.float64)
    if logits.ndim == 2:
        loss, right = log_loss(wide, labels.astype(np.intp)), logits.argmax(1) == labels
    else:
        loss, right = np.logaddexp(0, wide) - wide * labels, (logits > 0) == (labels > 0.5)
    return mean_of(loss, weights), mean_of(right, weights)


class Validation:
    """Measures a network on held-out reviews, and calibrates it on them.

    Args:
        held_out: the reviews.
        tokenizer: theirs; where it knows marks, the calibration looks at sentences, too.
        linear: averaged with the network in the answers, if there is one.
        share: of the linear model in them.
        calibrate: fit a calibration before each measurement.
        balanced: both of two classes weigh alike in it; otherwise each text does.
        smoothed: few texts that are all answered rightly leave a doubt; see :func:`fit_calibration`.
        adaptive: fit a temperature for each text, too; see :func:`fit_sharpness`. Not with a linear model.

    Attributes:
        calibration: of the network that was measured last.
        sharpness: the same, where it is adaptive.
        is_learnt_from: the reviews are no longer held out: nothing is measured or fitted on them.
    """

    def __init__(
        self,
        held_out: Corpus,
        tokenizer: Tokenizer,
        *,
        linear: LinearModel | None = None,
        share: float = 0.0,
        calibrate: bool = False,
        balanced: bool = True,
        smoothed: bool = False,
        adaptive: bool = False,
    ) -> None:
        self._held_out, self._linear, self._share = held_out, linear, np.float32(share)
        self._calibrates, self._balanced, self._tokenizer = calibrate, balanced, tokenizer
        self._smoothed, self._adaptive = smoothed, adaptive
        self.calibration, self.is_learnt_from = Calibration(), False
        self.sharpness: DenseWeights | None = None

    def __call__(self, network: SentimentNetwork) -> tuple[float, float]:
        """Calibrate a network, and return its loss and accuracy; nan where it has seen the reviews."""
        if self.is_learnt_from:
            return math.nan, math.nan
        if self._adaptive:
            return self._measure_adaptive(network)
        logits = self._logits(network, self._held_out)
        if self._calibrates:
            logits = self._calibrate(network, logits).apply(logits)
        return measure(logits, self._held_out.labels, self._held_out.weights)

    def alone(self) -> Validation:
        """Return the same for a network without a linear model beside it."""
        made = copy.copy(self)
        made._linear = None
        return made

    def _measure_adaptive(self, network: SentimentNetwork) -> tuple[float, float]:
        hidden, logits = hidden_and_logits(network, self._held_out)
        logits = self._calibrate(network, logits).apply(logits)
        labels, weights = self._held_out.labels, self._held_out.weights
        self.sharpness = fit_sharpness(hidden, logits, labels, weights)
        sharp = sharpness_of(hidden, self.sharpness)
        return measure((logits.T * sharp).T, labels, weights)

    def close(self, chosen: SentimentNetwork | None) -> None:
        """Measure nothing any more: from now on the reviews are learnt from.

        Args:
            chosen: a network that has not seen them; its calibration is kept. None calibrates nothing.
        """
        if chosen is not None:
            self._calibrate(chosen, self._logits(chosen, self._held_out))
        self.is_learnt_from = True

    def _calibrate(self, network: SentimentNetwork, logits: NDArray[np.float32]) -> Calibration:
        """Fit on the logits of the reviews, and on those of their sentences where the words have marks."""
        of_sentences = None
        if self._tokenizer.kind == "words" and self._balanced:
            pieces = sentences_of(self._held_out, end_marks(self._tokenizer), seed=0)
            of_sentences = self._logits(network, pieces)
        self.calibration = fit_calibration(
            logits,
            self._held_out.labels,
            of_sentences=of_sentences,
            balanced=self._balanced,
            smoothed=self._smoothed,
            weights=self._held_out.weights,
        )
        return self.calibration

    def _logits(self, network: SentimentNetwork, corpus: Corpus) -> NDArray[np.float32]:
        """Return the logits of the model file that would be written now."""
        logits = logits_of(network, corpus)
        if self._linear is None:
            return logits
        return (1 - self._share) * logits + self._share * self._linear.logits(corpus.reviews())
