"""The best constant answer: what a network must pass to have learned anything, measured as a run is."""

from __future__ import annotations

import math

import numpy as np

from gradwright.data import Dataset, Split
from gradwright.engine import Metrics
from gradwright.engine.metrics import count_correct
from gradwright.nn import (
    LOSSES,
    BinaryCrossEntropy,
    Hinge,
    Loss,
    MeanAbsoluteError,
    MeanSquaredError,
    OfClasses,
    Poisson,
    Quantile,
    SoftmaxCrossEntropy,
)
from gradwright.nn.layer import Array
from gradwright.nn.objective import measured
from gradwright.training.opening import SEALED

ROWS_AT_ONCE = 4096


def constant_metrics(data: Dataset, loss: Loss) -> dict[str, Metrics]:
    """What the best constant answer of the training rows reaches on each split but the test set.

    The shares of the classes, at the entropy of the labels; in a regression the mean, at the variance, or the
    quantile that the loss asks for. Empty for a loss whose best constant is not known in closed form.

    >>> from gradwright.data import load
    >>> round(constant_metrics(load("swiss-roll"), SoftmaxCrossEntropy())["train"]["loss"], 4)
    0.6931
    """
    answer = known_constant(data.train.y, loss, outputs_of(data, loss), data.train.weights)
    if answer is None:
        return {}
    splits = {name: split for name, split in data.splits.items() if name != SEALED}
    return {name: measure_constant(loss, answer, split) for name, split in splits.items()}


def measure_constant(loss: Loss, answer: Array, split: Split) -> Metrics:
    """The metrics of one output (k,) that is given for every row of a split."""
    totals: Metrics = {}
    counted = 0.0
    for start in range(0, len(split), ROWS_AT_ONCE):
        part = slice(start, start + ROWS_AT_ONCE)
        y, weights = split.y[part], None if split.weights is None else split.weights[part]
        if counts := len(y) if weights is None else float(weights.sum()):
            for name, value in measure(loss, np.tile(answer, (len(y), 1)), y, weights).items():
                totals[name] = totals.get(name, 0.0) + value * counts
            counted += counts
    return {name: total / counted for name, total in totals.items()}


def known_constant(y: Array, loss: Loss, k: int, weights: Array | None = None) -> Array | None:
    """The output (k,) of the least mean loss on targets y, where it is known in closed form.

    ``weights`` (N,) say how much each row counts, by default all the same.

    >>> known_constant(np.array([1.0, 2.0, 6.0]), MeanSquaredError(), 1)
    array([3.])
    """
    tiny = np.finfo(np.float64).tiny  # a class that never occurs gets a logit that is low, not -infinity
    if y.dtype.kind == "i" and k > 1:
        shares = np.bincount(y, weights, minlength=k)
        mean: Array = shares / shares.sum()
    else:
        mean = np.average(y.reshape(len(y), -1).astype(np.float64), axis=0, weights=weights)
    if isinstance(loss, SoftmaxCrossEntropy):
        mean = (1 - loss.smoothing) * mean + loss.smoothing * mean.mean()
    log: Array = np.log(np.maximum(mean, tiny))
    match loss:
        case SoftmaxCrossEntropy() | Poisson():
            return log
        case BinaryCrossEntropy():
            odds: Array = log - np.log(np.maximum(1 - mean, tiny))
            return odds
        case MeanSquaredError():
            return mean
        case Hinge() if not loss.squared:  # the class that most rows have leads by 1, or nothing pays
            lead = 1.0 if mean.max() > 0.5 else tiny  # which names the class and costs no more than 0 does
            return np.where(np.arange(k) == mean.argmax(), lead, 0.0)
        case MeanAbsoluteError():
            return _quantile(y, 0.5, weights)
        case Quantile():
            return _quantile(y, loss.q, weights)
    return None


def constant_words(loss: Loss) -> str:
    """What the best constant answer is called.

    >>> constant_words(Quantile(0.9))
    'the 0.9 quantile of the target'
    """
    match loss:
        case SoftmaxCrossEntropy() | BinaryCrossEntropy():
            return "the shares of the classes"
        case Hinge():
            return "the most frequent class"
        case MeanAbsoluteError():
            return "the median target"
        case Quantile():
            return f"the {loss.q:g} quantile of the target"
    return "the mean target"


def _quantile(y: Array, q: float, weights: Array | None) -> Array:
    """Of each column, one that is a target: numbers between two of them need not be best."""
    columns = y.reshape(len(y), -1).astype(np.float64)
    return np.quantile(columns, q, axis=0, method="inverted_cdf", weights=weights)


def measure(loss: Loss, output: Array, y: Array, weights: Array | None = None) -> Metrics:
    """The metrics of outputs (N, k) for targets y; there is no accuracy where the loss is no classifier's."""
    output = output.astype(np.float64)
    metrics = {"loss": float(measured(loss, output, y, weights)[0])}
    correct = count_correct(loss, output, y, weights)
    count = len(y) if weights is None else float(weights.sum())
    return metrics if math.isnan(correct) else metrics | {"accuracy": correct / count}


def outputs_of(data: Dataset, loss: Loss) -> int:
    """The number k of outputs that the targets ask for."""
    if data.num_classes and (isinstance(loss, OfClasses) or not isinstance(loss, LOSSES)):
        return data.num_classes
    return math.prod(data.train.y.shape[1:])
