"""Softmax regression with an L2 term."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from numpy.typing import DTypeLike

from gradwright.bench.checkers.model import Fault, Point
from gradwright.bench.checkers.models.pieces import cross_entropy, normal, one_hot, softmax
from gradwright.check.faults.cause import Cause
from gradwright.check.points import Array

SAMPLES, FEATURES, CLASSES = 12, 6, 5
PENALTY = 0.05


@dataclass(frozen=True, eq=False)
class SoftmaxRegression:
    """cross_entropy(X W + b) + lambda |W|^2        X (m, i), W (i, c), b (c,)"""

    point: Point
    X: Array
    labels: Array

    name: ClassVar[str] = "softmax regression"
    faults: ClassVar[tuple[Fault, ...]] = (
        Fault.of("probabilities minus the next class", Cause.WRONG_CLASS),
        Fault.of("only the diagonal of the softmax's Jacobian", Cause.SOFTMAX_DIAGONAL),
        Fault.of("softmax over the samples"),
        Fault.of("the gradient of the squared error", Cause.OTHER_LOSS),
        Fault.of("the sum over the samples", Cause.MISSING_MEAN),
        Fault.of("divided by the samples twice", Cause.MEAN_TWICE),
        Fault.of("L2 term missing", Cause.L2_MISSING),
        Fault.of("L2 term doubled", Cause.L2_DOUBLED),
        Fault.of("L2 term without its factor 2", Cause.L2_HALVED),
        Fault.of("samples paired with the errors of the next"),
    )

    @classmethod
    def draw(cls, rng: np.random.Generator, dtype: DTypeLike = np.float64) -> SoftmaxRegression:
        return cls(
            point=normal(rng, dtype, W=(FEATURES, CLASSES), b=(CLASSES,)),
            X=rng.standard_normal((SAMPLES, FEATURES)).astype(dtype),
            labels=rng.integers(CLASSES, size=SAMPLES),
        )

    def value(self, p: Point) -> Any:
        return cross_entropy(self.X @ p["W"] + p["b"], self.labels) + PENALTY * (p["W"] ** 2).sum()

    def gradient(self, p: Point, fault: str = "") -> Point:
        logits = self.X @ p["W"] + p["b"]
        probabilities, y = softmax(logits), one_hot(self.labels, logits)
        if fault == "probabilities minus the next class":
            y = np.roll(y, 1, axis=1)
        if fault == "softmax over the samples":
            probabilities = softmax(logits, axis=0)

        delta = probabilities - y
        if fault == "only the diagonal of the softmax's Jacobian":
            delta = -y / probabilities * probabilities * (1 - probabilities)
        if fault == "the gradient of the squared error":
            by_probability = probabilities - y
            inner = (by_probability * probabilities).sum(axis=1, keepdims=True)
            delta = probabilities * (by_probability - inner)

        m = len(self.labels)
        delta /= {"the sum over the samples": 1, "divided by the samples twice": m * m}.get(fault, m)
        weight = {"L2 term missing": 0, "L2 term doubled": 4, "L2 term without its factor 2": 1}.get(fault, 2)
        X = np.roll(self.X, 1, axis=0) if fault == "samples paired with the errors of the next" else self.X
        return {"W": X.T @ delta + weight * PENALTY * p["W"], "b": delta.sum(axis=0)}
