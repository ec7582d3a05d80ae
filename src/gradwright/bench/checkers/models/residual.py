"""Residual networks: a block of two branches with weights, and the true identity skip."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from numpy.typing import DTypeLike

from gradwright.bench.checkers.model import Fault, Point
from gradwright.bench.checkers.models.pieces import cross_entropy, cross_entropy_slope, normal, relu, slope
from gradwright.check.faults.cause import Cause
from gradwright.check.points import Array

SAMPLES, WIDTH, CLASSES = 9, 6, 5
SKIPS = (1, 2, 3)


@dataclass(frozen=True, eq=False)
class TwoBranchNetwork:
    """Two blocks y = relu(x V + tanh(x W + b)) and a linear layer        x (m, h), W and V (h, h), b (h,)"""

    point: Point
    X: Array
    labels: Array

    name: ClassVar[str] = "two-branch blocks"
    faults: ClassVar[tuple[Fault, ...]] = (
        Fault.of("linear branch dropped", Cause.BRANCH_DROPPED, Cause.BRANCH_WRONG),
        Fault.of("tanh branch dropped", Cause.BRANCH_DROPPED, Cause.BRANCH_WRONG),
        Fault.of("tanh's derivative missing", Cause.ACTIVATION_MISSING),
        Fault.of("tanh's derivative at the output", Cause.ACTIVATION_AT_OUTPUT),
        Fault.of("mask of the other block", Cause.WRONG_MASK),
        Fault.of("errors of the layer above, once more"),
    )

    @classmethod
    def draw(cls, rng: np.random.Generator, dtype: DTypeLike = np.float64) -> TwoBranchNetwork:
        shapes: dict[str, tuple[int, ...]] = {}
        for k in (1, 2):
            shapes |= {f"W{k}": (WIDTH, WIDTH), f"b{k}": (WIDTH,), f"V{k}": (WIDTH, WIDTH)}
        return cls(
            point=normal(rng, dtype, **shapes, W3=(WIDTH, CLASSES)),
            X=rng.standard_normal((SAMPLES, WIDTH)).astype(dtype),
            labels=rng.integers(CLASSES, size=SAMPLES),
        )

    def forward(self, p: Point) -> tuple[list[Array], list[Array], list[Array]]:
        """The inputs of both blocks and of the last layer, the inputs of tanh, and those of relu."""
        x, tanh_inputs, relu_inputs = [self.X], [], []
        for k in (1, 2):
            tanh_inputs.append(x[-1] @ p[f"W{k}"] + p[f"b{k}"])
            relu_inputs.append(x[-1] @ p[f"V{k}"] + np.tanh(tanh_inputs[-1]))
            x.append(relu(relu_inputs[-1]))
        return x, tanh_inputs, relu_inputs

    def value(self, p: Point) -> Any:
        return cross_entropy(self.forward(p)[0][-1] @ p["W3"], self.labels)

    def gradient(self, p: Point, fault: str = "") -> Point:
        x, tanh_inputs, relu_inputs = self.forward(p)
        delta = cross_entropy_slope(x[2] @ p["W3"], self.labels)
        gradient = {"W3": x[2].T @ delta}
        dx = dx_above = delta @ p["W3"].T
        for k in (2, 1):
            z, mask = tanh_inputs[k - 1], slope("relu", relu_inputs[k - 1])
            bend = slope("tanh", z)
            if k == 2 and fault == "mask of the other block":
                mask = slope("relu", relu_inputs[0])
            if k == 2 and fault == "tanh's derivative missing":
                bend = np.ones_like(z)
            if k == 2 and fault == "tanh's derivative at the output":
                bend = slope("tanh", np.tanh(z))
            ds = dx * mask
            dz = ds * bend
            gradient |= {f"W{k}": x[k - 1].T @ dz, f"b{k}": dz.sum(axis=0), f"V{k}": x[k - 1].T @ ds}

            dx = dz @ p[f"W{k}"].T + ds @ p[f"V{k}"].T
            if fault == "linear branch dropped":
                dx = dz @ p[f"W{k}"].T
            if fault == "tanh branch dropped":
                dx = ds @ p[f"V{k}"].T
            if fault == "errors of the layer above, once more":
                dx = dx_above
        return {name: gradient[name] for name in p}


@dataclass(frozen=True, eq=False)
class SkipNetwork:
    """Three blocks y = x + tanh(x W + b) and a linear layer        x (m, h), W (h, h), b (h,)"""

    point: Point
    X: Array
    labels: Array

    name: ClassVar[str] = "identity skips"
    faults: ClassVar[tuple[Fault, ...]] = (
        Fault.of("identity dropped", Cause.BRANCH_DROPPED, Cause.BRANCH_WRONG),
        Fault.of("body dropped", Cause.BRANCH_DROPPED, Cause.BRANCH_WRONG),
        Fault.of("tanh's derivative missing", Cause.ACTIVATION_MISSING),
        Fault.of("tanh's derivative at the sum", Cause.ACTIVATION_AT_OUTPUT),
    )

    @classmethod
    def draw(cls, rng: np.random.Generator, dtype: DTypeLike = np.float64) -> SkipNetwork:
        shapes: dict[str, tuple[int, ...]] = {}
        for k in SKIPS:
            shapes |= {f"W{k}": (WIDTH, WIDTH), f"b{k}": (WIDTH,)}
        return cls(
            point=normal(rng, dtype, **shapes, W4=(WIDTH, CLASSES)),
            X=rng.standard_normal((SAMPLES, WIDTH)).astype(dtype),
            labels=rng.integers(CLASSES, size=SAMPLES),
        )

    def forward(self, p: Point) -> list[Array]:
        """The inputs of the blocks and of the last layer."""
        x = [self.X]
        for k in SKIPS:
            x.append(x[-1] + np.tanh(x[-1] @ p[f"W{k}"] + p[f"b{k}"]))
        return x

    def value(self, p: Point) -> Any:
        return cross_entropy(self.forward(p)[-1] @ p["W4"], self.labels)

    def gradient(self, p: Point, fault: str = "") -> Point:
        x = self.forward(p)
        delta = cross_entropy_slope(x[-1] @ p["W4"], self.labels)
        gradient, dy = {"W4": x[-1].T @ delta}, delta @ p["W4"].T
        for k in reversed(SKIPS):
            bend = slope("tanh", x[k - 1] @ p[f"W{k}"] + p[f"b{k}"])
            if k == 3 and fault == "tanh's derivative missing":
                bend = np.ones_like(bend)
            if k == 3 and fault == "tanh's derivative at the sum":
                bend = slope("tanh", x[k])
            dz = dy * bend
            gradient |= {f"W{k}": x[k - 1].T @ dz, f"b{k}": dz.sum(axis=0)}
            through = dz @ p[f"W{k}"].T
            dy = {"identity dropped": through, "body dropped": dy}.get(fault, dy + through)
        return {name: gradient[name] for name in p}
