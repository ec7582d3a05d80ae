"""What a trial is held by: the mean cost of validation rows, in one measure whatever its config is.

A change may exchange the loss, the scale of the target or its form: so it is the answers that are compared,
in the terms in which the original was given. A row costs 1 where a classifier is wrong, else 0; in a
regression its squared error, in units of the target's variance, so that a constant answer costs about 1.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

from gradwright.data import Dataset, Split
from gradwright.engine.metrics import decide
from gradwright.nn import (
    Classifying,
    Loss,
    MeanAbsoluteError,
    OfClasses,
    Quantile,
)
from gradwright.nn.layer import Array

Unit = Literal["accuracy", "balanced accuracy", "R2", "share of the constant's error"]
MOST_COST = 2.0  # of a row's answers on the mean, in those of a constant answer: farther off is as bad


@dataclass(frozen=True, eq=False)
class Yardstick:
    """The rows (N,) on which every trial of one original is measured, and by what.

    ``truth`` are their labels (N,), or their targets (N, k) in the units in which they were given;
    ``constant`` is what each row costs under the best constant answer of the training rows.
    """

    unit: Unit
    rows: str
    truth: Array
    weights: Array | None
    constant: Array
    answer: Callable[[Loss, Array, Dataset], Array]
    cost: Callable[[Array], Array]

    def balanced(self) -> Yardstick:
        """One that lets each class count the same: rare ones are lost without a trace in an accuracy."""
        if self.unit != "accuracy":
            return self
        counts = np.bincount(self.truth)
        before = 1.0 if self.weights is None else self.weights
        return replace(self, unit="balanced accuracy", weights=before / counts[self.truth])

    def costs(self, loss: Loss, outputs: Array, data: Dataset) -> Array:
        """What each row costs (N,), for outputs (N, k) of a network that was trained on ``data``.

        What is not finite costs as a constant answer does.
        """
        with np.errstate(all="ignore"):
            if not np.isfinite(outputs).all():
                return self.constant
            costs = self.cost(self.answer(loss, outputs, data))
            mean, limit = self.mean(costs), MOST_COST * self.mean(self.constant)
            return costs if mean <= limit else costs * (limit / mean)

    def mean(self, costs: Array) -> float:
        """The mean over the rows, each as it counts."""
        return float(np.average(costs, weights=self.weights))

    def shown(self, cost: float) -> float:
        """A mean cost in the unit that people know: an accuracy, or R2."""
        return 1 - cost if self.higher_is_better else cost

    def told(self, cost: float) -> str:
        """A mean cost in that unit, as text."""
        return f"{self.shown(cost):.1%}" if "accuracy" in self.unit else f"{self.shown(cost):.4g}"

    @property
    def higher_is_better(self) -> bool:
        """Which way the unit goes."""
        return self.unit != "share of the constant's error"

    @property
    def name(self) -> str:
        """What is measured, and where, such as ``validation accuracy``."""
        return f"{self.rows} {self.unit}"


def yardstick(data: Dataset, loss: Loss, rows: str) -> Yardstick:
    """That of an original: its data, whose validation rows are called ``rows``, and its loss."""
    assert data.validation is not None
    classes = classes_of(data)
    return (_of_labels if classes is not None else _of_numbers)(data, loss, rows)


def classes_of(data: Dataset) -> int | None:
    """The number of classes that the targets stand for; None where they are numbers.

    Floats stand for classes where each row has a single 1 and else 0, or is 0 or 1.
    """
    if data.train.has_labels:
        return data.num_classes
    y = data.targets.undo(data.train.y)
    if not np.isin(y, (0.0, 1.0)).all() or y.min() == y.max():
        return None
    if y.ndim == 1 or y.shape[1] == 1:
        return 2
    return int(y.shape[1]) if (y.sum(axis=1) == 1).all() else None


def _labels(split: Split, data: Dataset) -> Array:
    if split.has_labels:
        return split.y
    y = data.targets.undo(split.y)
    return y.argmax(axis=1) if y.ndim == 2 and y.shape[1] > 1 else y.ravel().astype(np.int64)


def _of_labels(data: Dataset, _: Loss, rows: str) -> Yardstick:
    assert data.validation is not None
    truth, known = _labels(data.validation, data), _labels(data.train, data)
    common = np.bincount(known, data.train.weights).argmax()

    def answer(loss: Loss, outputs: Array, trained: Dataset) -> Array:
        if isinstance(loss, Classifying) and (isinstance(loss, OfClasses) or trained.train.has_labels):
            return decide(loss, outputs).reshape(len(truth), -1)[:, 0]
        if outputs.shape[1] > 1:
            largest: Array = outputs.argmax(axis=1)
            return largest
        decided = decide(loss, outputs)  # of two classes: 0 and 1, or numbers that stand for them
        values = decided if isinstance(loss, Classifying) else trained.targets.undo(decided)
        labels: Array = (values.ravel() > 0.5).astype(np.int64)
        return labels

    return Yardstick(
        unit="accuracy",
        rows=rows,
        truth=truth,
        weights=data.validation.weights,
        constant=(truth != common).astype(np.float64),
        answer=answer,
        cost=lambda answers: (answers != truth).astype(np.float64),
    )


def _of_numbers(data: Dataset, loss: Loss, rows: str) -> Yardstick:
    assert data.validation is not None
    truth = data.targets.undo(data.validation.y).reshape(len(data.validation), -1).astype(np.float64)
    known = data.targets.undo(data.train.y).reshape(len(data.train), -1).astype(np.float64)
    robust = isinstance(loss, MeanAbsoluteError | Quantile)
    q = loss.q if isinstance(loss, Quantile) else 0.5

    def raw(answers: Array) -> Array:
        error = answers - truth
        if robust:
            pinball: Array = np.where(error > 0, (1 - q) * error, -q * error).mean(axis=1)
            return pinball
        squares: Array = (error**2).mean(axis=1)
        return squares

    best = np.quantile(known, q, axis=0) if robust else known.mean(axis=0)
    constant = raw(np.broadcast_to(best, truth.shape))
    unit = float(np.average(constant, weights=data.validation.weights)) or 1.0

    def answer(loss: Loss, outputs: Array, trained: Dataset) -> Array:
        return trained.targets.undo(decide(loss, outputs.astype(np.float64))).reshape(truth.shape)

    return Yardstick(
        unit="share of the constant's error" if robust else "R2",
        rows=rows,
        truth=truth,
        weights=data.validation.weights,
        constant=constant / unit,
        answer=answer,
        cost=lambda answers: raw(answers) / unit,
    )
