"""One training, and what it is worth on rows that it never saw."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from gradwright.data import Dataset, Split
from gradwright.engine.metrics import decide
from gradwright.errors import DivergenceError
from gradwright.nn.layer import Array
from gradwright.training import RunConfig
from gradwright.training.agreement import settle
from gradwright.training.epochs import epochs
from gradwright.training.job import Job

WORST = 2.0  # an error of numbers is cut here: twice what the mean of the target costs


class Training(NamedTuple):
    """A config and the data that it is trained on."""

    config: RunConfig
    data: Dataset


@dataclass(frozen=True)
class Worth:
    """What a training comes to on test rows.

    ``error`` is the share of rows named wrongly, or of numbers the squared error over their variance, 1 - R2;
    ``loss`` is the mean of the loss, and infinite where it diverged, which is worth the best constant.
    """

    error: float
    loss: float


def worth(training: Training, seed: int) -> Worth:
    """Train with a seed, on one thread, and measure on the test rows.

    Raises ``ConfigError`` or ``DataError`` for what cannot be trained.
    """
    data = training.data
    config = settle(training.config, data).model_copy(update={"seed": seed})
    watched = config.keep == "best" or config.early_stopping is not None
    if not (watched and config.monitored.split == "train"):
        config = config.model_copy(update={"measure_train": "running"})
    job = Job(config, data, threads=1, measure_every=1 if watched else max(1, config.epochs))
    test = judged_rows(data)
    try:
        *_, position = epochs(job)
        theta = job.kept(position)
        found = job.evaluate(theta, test)["loss"]
        output = config.objective.predict(theta, data.inputs("test", theta.dtype))
    except DivergenceError:
        return Worth(constant_error(data), np.inf)
    if not (np.isfinite(found) and np.isfinite(output).all()):
        return Worth(constant_error(data), np.inf)
    return Worth(error_of(answers_of(config, output, test), test.y), float(found))


def answers_of(config: RunConfig, output: Array, test: Split) -> Array:
    """What outputs (N, k) say in the form of the targets: labels by the largest output, whatever the loss."""
    if not test.has_labels:
        return decide(config.objective.loss, output)
    labels: Array = output.argmax(axis=1) if output.shape[1] > 1 else output[:, 0] > 0
    return labels


def judged_rows(data: Dataset) -> Split:
    """The rows on which a training is judged."""
    assert data.test is not None, f"{data.name} has no test rows"
    return data.test


def error_of(said: Array, y: Array) -> float:
    """The share of answers that are wrong, or 1 - R2; rows with a single 1 are classes.

    >>> error_of(np.array([0, 1]), np.array([0, 2])), error_of(np.array([1.0, 1.0]), np.array([0.0, 2.0]))
    (0.5, 1.0)
    """
    if y.dtype.kind == "i":
        return float(np.mean(said != y))
    if is_one_hot(y):
        return float(np.mean(said.argmax(axis=1) != y.argmax(axis=1)))
    said = said.astype(np.float64).reshape(y.shape)
    return min(WORST, float(np.mean((said - y) ** 2) / np.var(y)))


def is_one_hot(y: Array) -> bool:
    """Whether float targets are classes: rows (N, k) with a single 1."""
    return y.ndim == 2 and y.shape[1] > 1 and bool(np.isin(y, (0, 1)).all() and (y.sum(axis=1) == 1).all())


def constant_error(data: Dataset) -> float:
    """The error of the best constant answer to the test rows."""
    y = judged_rows(data).y
    if y.dtype.kind == "i":
        return 1 - float(np.bincount(y).max() / len(y))
    return 1 - float(y.mean(axis=0).max()) if is_one_hot(y) else 1.0
