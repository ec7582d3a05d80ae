"""Metrics, measured: what a network's outputs are worth by each of those that a config asks for."""

from __future__ import annotations

import importlib.util
import math
import re
from collections.abc import Sequence

import numpy as np

from gradwright.data import Affine, Dataset
from gradwright.engine import Engine, Metrics, Rows
from gradwright.engine.metrics import answers, probabilities
from gradwright.errors import ConfigError
from gradwright.nn import BinaryCrossEntropy, Classifying, Focal, Loss, Objective, SoftmaxCrossEntropy
from gradwright.nn.layer import Array
from gradwright.training.config import RunConfig
from gradwright.training.metrics import Answers, Metric


def require_measurable(metrics: Sequence[Metric], loss: Loss, data: Dataset) -> None:
    """Raise ``ConfigError`` for a metric that these targets do not have, or whose package is not there."""
    for metric in metrics:
        name, known = metric.name, metric.known
        if _is_lost(metric):
            raise ConfigError(
                f"metrics: {name!r} is a function of one's own, which a file cannot hold; "
                f"hand it over in Python: metrics=[{name}]"
            )
        if known is None:
            continue
        found = "labels" if isinstance(loss, Classifying) else "numbers"
        if known.of not in (found, "both"):
            raise ConfigError(
                f"metrics: {name!r} is measured of {known.of}, and with {type(loss).__name__} the network "
                f"answers with {found}"
            )
        several = isinstance(loss, BinaryCrossEntropy) and data.train.y.shape[1:] not in ((), (1,))
        if several and known.measure is not None:
            raise ConfigError(
                f"metrics: {name!r} is measured of one label a row, found {data.train.y.shape[1]}"
            )
        if known.needs and importlib.util.find_spec(known.needs) is None:
            raise ConfigError(f"metrics: {name!r} needs scikit-learn: pip install 'gradwright[metrics]'")
        if (top := re.fullmatch(r"top(\d+)", name)) and int(top[1]) >= max(2, data.num_classes):
            raise ConfigError(f"metrics: {name!r} of {max(2, data.num_classes)} classes is always 100 %")


def of_outputs(config: RunConfig) -> list[Metric]:
    """The metrics of a run that are measured of all outputs, and not in the pass that gives the loss."""
    return [metric for metric in config.measured if _takes_outputs(metric) and not _is_lost(metric)]


def evaluate_each(
    engine: Engine, objective: Objective, wanted: Sequence[Metric], thetas: Array, rows: Rows, targets: Affine
) -> list[Metrics]:
    """The metrics on ``rows`` of each of some parameters (E, P): those that cost one pass, and the ``wanted``
    ones ``of_outputs``.

    The loss is the one that was trained, of targets as ``targets`` has made them; the metrics that were
    asked for are in the units in which the targets were given.
    """
    found = engine.evaluate_each(objective, thetas, rows)
    if not wanted:
        return found
    for metrics, theta in zip(found, thetas, strict=True):
        if math.isfinite(metrics["loss"]):
            output = engine.predict(objective, theta, rows.split.x, rows.features)
            split = rows.split
            metrics |= measure(wanted, objective.loss, output, split.y, targets, split.weights)
    return found


def _takes_outputs(metric: Metric) -> bool:
    """Whether a metric is measured of all outputs, and not by the engine in the pass that gives the loss."""
    return metric.known is None or metric.known.measure is not None


def _is_lost(metric: Metric) -> bool:
    """True for a function of one's own in a run that was loaded: no file can hold it."""
    return metric.known is None and metric.function is None


def measure(
    metrics: Sequence[Metric],
    loss: Loss,
    output: Array,
    y: Array,
    targets: Affine = Affine(),
    weights: Array | None = None,
) -> Metrics:
    """The metrics of outputs (N, k) for the targets y, but for those that the engine measures in its pass.

    They are in the units in which the targets were given, before ``targets`` made them y. A row counts as
    ``weights`` (N,) say, but in functions of one's own, which are not told them.

    Raises ``ConfigError`` for a function of one's own that returns anything but a number.

    >>> from gradwright.nn import MeanSquaredError
    >>> from gradwright.training.metrics import as_metric
    >>> measure([as_metric("mae")], MeanSquaredError(), np.array([[1.0], [3.0]]), np.array([1.5, 3.0]))
    {'mae': 0.25}
    """
    truth, prediction = map(targets.undo, answers(loss, output, y))
    of_softmax = isinstance(loss, SoftmaxCrossEntropy | Focal)
    scores = probabilities(output) if of_softmax else output
    rows = Answers(truth, prediction, scores)
    if weights is not None:  # a row that counts nothing is not there, nor is a class of such rows
        there = weights > 0
        rows = Answers(truth[there], prediction[there], scores[there], weights[there])
    found: Metrics = {}
    for metric in metrics:
        if metric.known is None:
            found[metric.name] = value_of(metric, truth, prediction)
        elif metric.known.measure is not None:
            found[metric.name] = metric.known.measure(rows)
    return found


def value_of(metric: Metric, y: Array, prediction: Array) -> float:
    """The number that a function of one's own returns.

    Raises ``ConfigError`` for anything but a number.
    """
    assert metric.function is not None
    value = metric.function(y, prediction)
    if not isinstance(value, int | float | np.number | np.ndarray) or np.ndim(value):
        raise ConfigError(f"metrics: expected {metric.name} to return a number, found {value!r}")
    return float(value)
