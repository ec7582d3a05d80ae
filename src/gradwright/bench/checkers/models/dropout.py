"""A network with dropout, whose masks were drawn once and are part of the function."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from numpy.typing import DTypeLike

from gradwright.bench.checkers.model import Fault, Point
from gradwright.bench.checkers.models.pieces import cross_entropy, cross_entropy_slope, normal, slope
from gradwright.check.faults.cause import Cause
from gradwright.check.points import Array

SAMPLES, FEATURES, WIDTH, CLASSES = 9, 6, 8, 5
KEEP = 0.75


@dataclass(frozen=True, eq=False)
class DropoutNetwork:
    """Two hidden layers h = tanh(x W + b) mask / keep and a linear layer        masks (2, m, h) of 0 and 1"""

    point: Point
    X: Array
    labels: Array
    masks: Array

    name: ClassVar[str] = "dropout"
    faults: ClassVar[tuple[Fault, ...]] = (
        Fault.of("mask forgotten"),
        Fault.of("1 / keep forgotten", Cause.FACTOR),
        Fault.of("mask of the layer below", Cause.WRONG_MASK),
        Fault.of(
            "tanh's derivative from the dropped values", Cause.ACTIVATION_AT_OUTPUT, Cause.ACTIVATION_MISSING
        ),
    )

    @classmethod
    def draw(cls, rng: np.random.Generator, dtype: DTypeLike = np.float64) -> DropoutNetwork:
        shapes = {"W1": (FEATURES, WIDTH), "b1": (WIDTH,), "W2": (WIDTH, WIDTH), "b2": (WIDTH,)}
        return cls(
            point=normal(rng, dtype, **shapes, W3=(WIDTH, CLASSES)),
            X=rng.standard_normal((SAMPLES, FEATURES)).astype(dtype),
            labels=rng.integers(CLASSES, size=SAMPLES),
            masks=(rng.random((2, SAMPLES, WIDTH)) < KEEP).astype(dtype),
        )

    def forward(self, p: Point) -> tuple[list[Array], list[Array]]:
        """The inputs of the three layers, and the inputs of both tanh."""
        x, z = [self.X], []
        for k in (1, 2):
            z.append(x[-1] @ p[f"W{k}"] + p[f"b{k}"])
            x.append(np.tanh(z[-1]) * self.masks[k - 1] / KEEP)
        return x, z

    def value(self, p: Point) -> Any:
        return cross_entropy(self.forward(p)[0][-1] @ p["W3"], self.labels)

    def gradient(self, p: Point, fault: str = "") -> Point:
        x, z = self.forward(p)
        delta = cross_entropy_slope(x[2] @ p["W3"], self.labels)
        gradient, dx = {"W3": x[2].T @ delta}, delta @ p["W3"].T
        for k in (2, 1):
            gate, bend = self.masks[k - 1] / KEEP, slope("tanh", z[k - 1])
            if k == 2 and fault == "mask forgotten":
                gate = np.ones_like(gate)
            if k == 2 and fault == "1 / keep forgotten":
                gate = self.masks[1]
            if k == 2 and fault == "mask of the layer below":
                gate = self.masks[0] / KEEP
            if k == 2 and fault == "tanh's derivative from the dropped values":
                bend = 1 - x[k] ** 2
            dz = dx * gate * bend
            gradient |= {f"W{k}": x[k - 1].T @ dz, f"b{k}": dz.sum(axis=0)}
            dx = dz @ p[f"W{k}"].T
        return {name: gradient[name] for name in p}
