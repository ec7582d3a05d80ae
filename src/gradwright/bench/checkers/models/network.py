"""Fully connected networks of any depth."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import DTypeLike

from gradwright.bench.checkers.model import Fault, Point
from gradwright.bench.checkers.models.pieces import (
    FORWARD,
    cross_entropy,
    cross_entropy_slope,
    normal,
    slope,
)
from gradwright.check.faults.cause import Cause
from gradwright.check.points import Array

FEATURES, CLASSES = 6, 5
WIDTH = SAMPLES = 8  # as wide as the batch is long: sums and transposes along the wrong axis still fit
LEARNING_RATE = 0.5

ANY = (
    Fault.of("activation's derivative missing", Cause.ACTIVATION_MISSING),
    Fault.of("bias summed over the features", Cause.BIAS_AXIS),
    Fault.of("bias summed over everything", Cause.BIAS_AXIS),
    Fault.of("hidden values of the previous step", Cause.FROZEN),
    Fault.of("errors through the updated weight", Cause.UPDATE_ORDER),
)
SMOOTH = (Fault.of("activation's derivative at the output", Cause.ACTIVATION_AT_OUTPUT),)
TANH = (
    Fault.of("activation's derivative of a sigmoid", Cause.ACTIVATION_MISSING, Cause.ACTIVATION_AT_OUTPUT),
)
LEAKY = (Fault.of("leak forgotten", Cause.ACTIVATION_MISSING, Cause.WRONG_MASK),)
MASKED = (Fault.of("mask of the layer below", Cause.WRONG_MASK),)
DEEP = (
    Fault.of("errors through the weight, not its transpose", Cause.TRANSPOSED),
    Fault.of("errors through the weight of the layer below", Cause.OFF_BY_ONE),
    Fault.of("hidden values of the layer above", Cause.OFF_BY_ONE),
)


@dataclass(frozen=True, eq=False)
class Network:
    """cross_entropy(a_d), a_k = h_(k-1) W_k + b_k, h_k = activation(a_k), h_0 = X

    ``before`` is the point of the previous training step, where a stale cache comes from.
    """

    point: Point
    before: Point
    X: Array
    labels: Array
    depth: int
    activation: str

    @classmethod
    def draw(
        cls, rng: np.random.Generator, dtype: DTypeLike = np.float64, *, depth: int, activation: str
    ) -> Network:
        sizes = [FEATURES, *[WIDTH] * (depth - 1), CLASSES]
        shapes: dict[str, tuple[int, ...]] = {}
        for k in range(1, depth + 1):
            shapes |= {f"W{k}": (sizes[k - 1], sizes[k]), f"b{k}": (sizes[k],)}
        return cls(
            point=normal(rng, dtype, **shapes),
            before=normal(rng, dtype, **shapes),
            X=rng.standard_normal((SAMPLES, FEATURES)).astype(dtype),
            labels=rng.integers(CLASSES, size=SAMPLES),
            depth=depth,
            activation=activation,
        )

    @property
    def name(self) -> str:
        return f"{self.depth}-layer {self.activation} network"

    @property
    def faults(self) -> tuple[Fault, ...]:
        """The mistakes that show: relu's mask is the same at its output, and two layers have but one."""
        smooth, deep = self.activation in ("tanh", "sigmoid"), self.depth > 2
        return (
            *ANY,
            *(SMOOTH if smooth else ()),
            *(TANH if self.activation == "tanh" else ()),
            *(LEAKY if self.activation == "leaky" else ()),
            *(MASKED if deep and not smooth else ()),
            *(DEEP if deep else ()),
        )

    def forward(self, p: Point) -> tuple[list[Array], list[Array]]:
        """The inputs h_0 ... h_(d-1) of the layers, and what they give, a_1 ... a_d."""
        inputs, outputs = [self.X], [self.X @ p["W1"] + p["b1"]]
        for k in range(2, self.depth + 1):
            inputs.append(FORWARD[self.activation](outputs[-1]))
            outputs.append(inputs[-1] @ p[f"W{k}"] + p[f"b{k}"])
        return inputs, outputs

    def value(self, p: Point) -> Any:
        return cross_entropy(self.forward(p)[1][-1], self.labels)

    def gradient(self, p: Point, fault: str = "") -> Point:
        """From the last layer to the first; a fault of one layer is made in the last one it fits."""
        h, a = self.forward(p)
        stale, _ = self.forward(self.before)
        delta = cross_entropy_slope(a[-1], self.labels)
        gradient: Point = {}
        for k in range(self.depth, 0, -1):
            last_hidden = k == self.depth - 1
            source = h[k - 1]
            if fault == "hidden values of the previous step" and k == self.depth:
                source = stale[k - 1]
            if fault == "hidden values of the layer above" and last_hidden:
                source = h[k]
            gradient[f"W{k}"] = source.T @ delta
            gradient[f"b{k}"] = delta.sum(axis=0)
            if fault == "bias summed over the features" and last_hidden:
                gradient[f"b{k}"] = delta.sum(axis=1)
            if fault == "bias summed over everything" and last_hidden:
                gradient[f"b{k}"] = np.full_like(p[f"b{k}"], delta.sum())
            if k > 1:
                delta = delta @ self._weight_back(p, gradient, k, fault) * self._slope(a, k - 1, fault)
        return {name: gradient[name] for name in p}

    def _weight_back(self, p: Point, gradient: Point, k: int, fault: str) -> Array:
        """What carries the errors through layer k: the transpose of its weight."""
        weight = p[f"W{k}"]
        if fault == "errors through the updated weight" and k == self.depth:
            weight = weight - LEARNING_RATE * gradient[f"W{k}"]
        if fault == "errors through the weight, not its transpose" and k == self.depth - 1:
            weight = weight.T
        if fault == "errors through the weight of the layer below" and k == self.depth - 1:
            weight = p[f"W{k - 1}"]
        return weight.T

    def _slope(self, a: list[Array], k: int, fault: str) -> Array:
        """The activation's derivative after layer k."""
        z = a[k - 1]
        if k == self.depth - 1:
            if fault == "activation's derivative missing":
                return np.ones_like(z)
            if fault == "activation's derivative at the output":
                return slope(self.activation, FORWARD[self.activation](z))
            if fault == "activation's derivative of a sigmoid":
                return slope("sigmoid", z)
            if fault == "leak forgotten":
                return slope("relu", z)
            if fault == "mask of the layer below":
                return slope(self.activation, a[k - 2])
        return slope(self.activation, z)
