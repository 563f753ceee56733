"""What makes probabilities mean what they say: two numbers (Platt 1999; Guo et al. 2017), or a few more."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from opinia.graph.weights import SHARPEST, DenseWeights

LOWEST, HIGHEST = 0.05, 20.0
ROUNDS = 40
FOLDS = 5
PENALTIES = (1e-1, 1e-2, 1e-3, 1e-4)
"""Of the squares of the numbers that a text's temperature is made with, to choose from."""
_STEPS = 20
"""Of Newton's method at most: from a bias of 0 it takes four or five."""
_ROUNDING = 1e-13
"""What sums of some thousand terms may be off, and more."""
_SHARED = 1e-3
"""Width of a search, in logarithms of temperatures, above which neighbours differ by more than rounding."""
_SPREAD = 1.0
"""Of the logarithm of the temperature around 0, before any text is seen, where labels are smoothed."""


@dataclass(frozen=True)
class Calibration:
    """What is done to a logit before it becomes a probability.

    Args:
        temperature: the logit is divided by it; above 1 where the logits are too sure of themselves.
        bias: is added before; below 0 where too many reviews are called positive; 0 for more than two
            classes.
    """

    temperature: float = 1.0
    bias: float = 0.0

    def apply(self, logits: NDArray[np.float32]) -> NDArray[np.float32]:
        """Return calibrated logits, in the shape of ``logits``."""
        return (logits + np.float32(self.bias)) / np.float32(self.temperature)


def fit_calibration(
    logits: NDArray[np.floating],
    labels: NDArray[Any],
    *,
    of_sentences: NDArray[np.floating] | None = None,
    balanced: bool = True,
    smoothed: bool = False,
    weights: NDArray[np.floating] | None = None,
) -> Calibration:
    """Return the calibration that minimises cross-entropy.

    Balanced, both of two classes weigh alike: whatever the share of each of them here, the probabilities are
    those where both are as frequent. Otherwise each review weighs alike, and what is frequent here is likely.
    More classes get a temperature alone, which leaves every answer as it is (Guo et al. 2017).

    Args:
        logits: ``(n,)`` of the positive class, or ``(n, classes)``, of reviews that were not trained on.
        labels: ``(n,)`` 1 positive, 0 negative; where one of them is missing the bias is 0. Of more
            classes their numbers, from 0.
        of_sentences: ``(n,)`` logits of some sentences of each review. The bias then suits both, for
            what is right for reviews alone can turn a short text round; the temperature is still that
            of the reviews.
        balanced: of two classes.
        weights: ``(n,)`` how much each review counts beside that; None counts all alike.
        smoothed: each label stands for what (n + 1) in (n + classes) such texts would have, so that a few
            texts that are all answered rightly do not make it sure of everything (Platt 1999, section 2.2),
            and a temperature far from 1 takes more than a few texts.

    Returns:
        A temperature from 0.05 to 20, and a bias no larger than the largest logit, 0 for more classes.
    """
    if logits.ndim == 2:
        wide, rows = logits.astype(np.float64), labels.astype(np.intp)
        sure = _sureness(_counted(weights, len(rows)), logits.shape[1]) if smoothed else 1.0

        def wide_loss(temperature: float) -> float:
            scaled = wide / temperature
            losses = log_loss(scaled, rows)
            if smoothed:
                of_others = len(scaled[0]) * np.logaddexp.reduce(scaled, axis=1) - scaled.sum(1) - losses
                losses = sure * losses + (1 - sure) / (len(scaled[0]) - 1) * of_others
                return mean_of(losses, weights) + _unlikely(temperature, _counted(weights, len(rows)))
            return mean_of(losses, weights)

        return Calibration(_best_temperature(wide_loss))
    positive, values = labels == 1, logits.astype(np.float64)
    share = mean_of(positive, weights)
    shares = share, 1 - share
    sure = _sureness(_counted(weights, len(values)), 2) if smoothed else 1.0
    targets = np.where(positive, sure, 1 - sure)
    counts = np.where(positive, *(0.5 / max(share, 1e-12) if balanced else 1.0 for share in shares))
    if weights is None:
        counts = counts / len(values)
    else:
        wide_weights = weights.astype(np.float64)
        counts = counts * (wide_weights / wide_weights.sum())
    of_all = values if of_sentences is None else np.stack([values, of_sentences.astype(np.float64)])
    reach = float(np.abs(of_all).max()) if min(shares) > 0 else 0.0

    def best_bias(temperature: float) -> float:
        """Return where the slope of the loss is 0."""

        def slopes(bias: float) -> tuple[float, float]:
            probabilities = 0.5 * (1 + np.tanh((of_all + bias) / (2 * temperature)))
            slope = float(((probabilities - targets) * counts).sum())
            return slope, float((probabilities * (1 - probabilities) * counts).sum()) / temperature

        return _zero_of(slopes, reach)

    def loss(temperature: float) -> float:
        scaled = (values + best_bias(temperature)) / temperature
        losses = np.logaddexp(0, np.where(positive, -scaled, scaled))
        if smoothed:
            losses = sure * losses + (1 - sure) * np.logaddexp(0, np.where(positive, scaled, -scaled))
            return float(counts @ losses) + _unlikely(temperature, _counted(weights, len(values)))
        return float(counts @ losses)

    temperature = _best_temperature(loss)
    return Calibration(temperature, best_bias(temperature))


def fit_sharpness(
    hidden: NDArray[np.floating],
    logits: NDArray[np.floating],
    labels: NDArray[Any],
    weights: NDArray[np.floating] | None = None,
) -> DenseWeights:
    """Return what makes of a text's hidden layer the logarithm of 1 / its own temperature.

    One temperature does not suit long reviews and short remarks at once; the hidden layer tells them apart
    (parameterised temperature scaling, Tomani, Cremers & Buettner 2022, here on the hidden layer). All are
    above 0, so no answer is turned round. How far the numbers may be from 0 is chosen by cross-validation.

    Args:
        hidden: ``(n, dense)`` of texts that were not trained on.
        logits: ``(n,)`` of the second of two classes or ``(n, classes)``, calibrated already.
        labels: ``(n,)`` 1 positive, 0 negative; of more classes their numbers, from 0.
        weights: ``(n,)`` how much each text counts; None counts all alike.

    Returns:
        A layer with one output; :data:`opinia.graph.weights.SHARPEST` limits it, both ways.
    """
    from scipy.optimize import minimize  # of an extra that most trainings do without

    wide = logits.astype(np.float64)
    columns = wide if logits.ndim == 2 else np.stack([np.zeros_like(wide), wide], axis=1)
    rows = labels.astype(np.intp)
    share = np.full(len(rows), 1 / len(rows)) if weights is None else weights / weights.sum(dtype=np.float64)
    spread = hidden.std(axis=0, dtype=np.float64)
    known = spread > 0
    inputs = np.column_stack([np.ones(len(rows)), hidden[:, known] / spread[known]])

    def fitted(penalty: float, chosen: NDArray[np.bool_]) -> NDArray[np.float64]:
        args = inputs[chosen], columns[chosen], rows[chosen], share[chosen] / share[chosen].sum(), penalty
        found = minimize(_sharpness_loss, np.zeros(inputs.shape[1]), args=args, jac=True, method="L-BFGS-B")
        return np.asarray(found.x)

    fold = np.random.default_rng(0).permutation(len(rows)) % FOLDS

    def held_out(penalty: float) -> float:
        losses = 0.0
        for each in range(FOLDS):
            chosen = fold != each
            numbers = fitted(penalty, chosen) if chosen.any() else np.zeros(inputs.shape[1])
            sharp = np.exp(np.clip(inputs[~chosen] @ numbers, -SHARPEST, SHARPEST))
            losses += float(log_loss(columns[~chosen] * sharp[:, None], rows[~chosen]) @ share[~chosen])
        return losses

    numbers = fitted(min(PENALTIES, key=held_out), np.ones(len(rows), bool))
    kernel = np.zeros((1, hidden.shape[1]), np.float32)
    kernel[0, known] = numbers[1:] / spread[known]
    return DenseWeights(kernel, numbers[:1].astype(np.float32))


def sharpness_of(hidden: NDArray[np.floating], layer: DenseWeights) -> NDArray[np.float32]:
    """Return what the logits of each text are multiplied by, ``(n,)``."""
    found = np.clip(hidden @ layer.kernel[0] + layer.bias[0], -SHARPEST, SHARPEST)
    return np.asarray(np.exp(found), np.float32)


def _sharpness_loss(
    numbers: NDArray[np.float64],
    inputs: NDArray[np.float64],
    columns: NDArray[np.float64],
    rows: NDArray[np.intp],
    share: NDArray[np.float64],
    penalty: float,
) -> tuple[float, NDArray[np.float64]]:
    """Return the penalised mean cross-entropy of logits so sharpened, and its slope."""
    raw = inputs @ numbers
    sharp = np.exp(np.clip(raw, -SHARPEST, SHARPEST))
    scaled = columns * sharp[:, None]
    losses = log_loss(scaled, rows)
    probabilities = np.exp(scaled - np.logaddexp.reduce(scaled, axis=1)[:, None])
    slopes = (probabilities * scaled).sum(axis=1) - scaled[np.arange(len(rows)), rows]
    slopes = np.where(np.abs(raw) < SHARPEST, slopes, 0.0) * share
    held = np.concatenate([[0.0], numbers[1:]])
    return float(losses @ share + penalty * held @ held), inputs.T @ slopes + 2 * penalty * held


def _sureness(count: int, classes: int) -> float:
    """Return the probability that a label stands for, of so many texts."""
    return (count + 1) / (count + classes)


def _unlikely(temperature: float, count: int) -> float:
    """Return what a temperature far from 1 costs a text, of so many: few of them are no reason for it."""
    return (math.log(temperature) / _SPREAD) ** 2 / (2 * count)


def _counted(weights: NDArray[np.floating] | None, count: int) -> int:
    """Return how many of so many texts count."""
    return count if weights is None else int(np.count_nonzero(weights))


def mean_of(values: NDArray[Any], weights: NDArray[np.floating] | None) -> float:
    """Return the mean of values ``(n,)``, weighted where there are weights ``(n,)``."""
    return float(values.mean() if weights is None else np.average(values, weights=weights.astype(np.float64)))


def log_loss(logits: NDArray[np.float64], labels: NDArray[np.intp]) -> NDArray[np.float64]:
    """Return the negative log-likelihood of each text's class, ``(n,)``, in nats.

    Args:
        logits: ``(n, classes)``.
        labels: ``(n,)`` numbers of the classes, from 0.
    """
    own = logits[np.arange(len(logits)), labels]
    return np.asarray(np.logaddexp.reduce(logits, axis=1) - own)


def _zero_of(slopes: Callable[[float], tuple[float, float]], reach: float) -> float:
    """Return where a function that grows is 0, from ``-reach`` to ``reach``, to the last of 40 halvings.

    Newton's method tells most of the halvings without asking what they would find.

    Args:
        slopes: returns the function's value, and how fast it grows there.
        reach: of the range.
    """
    below, above = _around_zero(slopes, reach)
    low, high = -reach, reach
    for _ in range(ROUNDS):
        middle = (low + high) / 2
        is_above = middle >= above or (middle > below and slopes(middle)[0] > 0)
        low, high = (low, middle) if is_above else (middle, high)
    return (low + high) / 2


def _around_zero(slopes: Callable[[float], tuple[float, float]], reach: float) -> tuple[float, float]:
    """Return two places near each other, below and above the zero beyond all rounding, if there are any."""
    place = 0.0
    for _ in range(_STEPS):
        value, growth = slopes(place)
        if not growth or abs(value) >= growth * reach:
            return -reach, reach  # so flat that a step would leave the range
        place = min(reach, max(-reach, place - value / growth))
        if abs(value) < 1e-12 * growth * reach:
            break
    for near in (1e-11, 1e-8):
        below, above = place - near * reach, place + near * reach
        if slopes(below)[0] < -_ROUNDING and slopes(above)[0] > _ROUNDING:
            return below, above
    return -reach, reach


def _best_temperature(loss: Callable[[float], float]) -> float:
    """Return the temperature of the least loss.

    Cross-entropy is convex in 1 / temperature, so it falls and then rises: a golden-section search.
    """
    known: dict[float, float] = {}

    def loss_at(place: float, width: float) -> float:
        """One of both places is that of an earlier round, but for rounding, which matters only at the end."""
        if width < _SHARED:
            return loss(math.exp(place))
        key = round(place, 10)
        if key not in known:
            known[key] = loss(math.exp(place))
        return known[key]

    low, high = math.log(LOWEST), math.log(HIGHEST)
    golden = (math.sqrt(5) - 1) / 2
    for _ in range(ROUNDS):
        width = high - low
        left, right = high - golden * width, low + golden * width
        is_left = loss_at(left, width) <= loss_at(right, width)
        low, high = (low, right) if is_left else (left, high)
    return math.exp((low + high) / 2)
