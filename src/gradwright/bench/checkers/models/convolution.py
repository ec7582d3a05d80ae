"""A network of two convolutions in one dimension, with zeros at the borders."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from numpy.typing import DTypeLike

from gradwright.bench.checkers.model import Fault, Point
from gradwright.bench.checkers.models.pieces import cross_entropy, cross_entropy_slope, normal, slope
from gradwright.check.faults.cause import Cause
from gradwright.check.points import Array

SAMPLES, LENGTH, CHANNELS, KERNEL, CLASSES = 4, 10, (2, 4, 3), 3, 5


def windows(x: Array, start: int = -(KERNEL // 2)) -> Array:
    """Every place with its neighbours, zero beyond the borders        x (m, t, i) -> (m, t, k, i)"""
    padded = np.pad(x, ((0, 0), (KERNEL, KERNEL), (0, 0)))
    first = KERNEL + start
    return np.stack([padded[:, first + k : first + k + x.shape[1]] for k in range(KERNEL)], axis=2)


def convolve(x: Array, K: Array) -> Array:
    """sum over k and i of x[t + k - 1, i] K[k, i, o]        x (m, t, i), K (k, i, o) -> (m, t, o)"""
    return np.asarray(np.einsum("mtki,kio->mto", windows(x), K))


@dataclass(frozen=True, eq=False)
class ConvolutionNetwork:
    """Two layers h = tanh(x * K + b), all places of the last one side by side, and a linear layer"""

    point: Point
    X: Array
    labels: Array

    name: ClassVar[str] = "convolution"
    faults: ClassVar[tuple[Fault, ...]] = (
        Fault.of("windows one place too far", Cause.OFF_BY_ONE),
        Fault.of("kernel's gradient back to front", Cause.REVERSED),
        Fault.of("kernel not turned round on the way back"),
        Fault.of("last place left out"),
        Fault.of("channels flattened before places", Cause.FLATTENED),
        Fault.of("tanh's derivative missing", Cause.ACTIVATION_MISSING),
    )

    @classmethod
    def draw(cls, rng: np.random.Generator, dtype: DTypeLike = np.float64) -> ConvolutionNetwork:
        i, h, o = CHANNELS
        shapes = {"K1": (KERNEL, i, h), "b1": (h,), "K2": (KERNEL, h, o), "b2": (o,)}
        return cls(
            point=normal(rng, dtype, **shapes, W=(LENGTH * o, CLASSES)),
            X=rng.standard_normal((SAMPLES, LENGTH, i)).astype(dtype),
            labels=rng.integers(CLASSES, size=SAMPLES),
        )

    def forward(self, p: Point) -> tuple[list[Array], list[Array]]:
        """The inputs of both convolutions and of the last layer, and the inputs of both tanh."""
        x, z = [self.X], []
        for k in (1, 2):
            z.append(convolve(x[-1], p[f"K{k}"]) + p[f"b{k}"])
            x.append(np.tanh(z[-1]))
        return x, z

    def value(self, p: Point) -> Any:
        return cross_entropy(self.forward(p)[0][-1].reshape(SAMPLES, -1) @ p["W"], self.labels)

    def gradient(self, p: Point, fault: str = "") -> Point:
        """dK[k] = sum over m, t of x[t + k - 1] dz[t];  dx[t] = sum over k of dz[t - k + 1] K[k]"""
        x, z = self.forward(p)
        flat = x[2].reshape(SAMPLES, -1)
        delta = cross_entropy_slope(flat @ p["W"], self.labels)
        if fault == "channels flattened before places":
            flat = x[2].transpose(0, 2, 1).reshape(SAMPLES, -1)
        gradient, dx = {"W": flat.T @ delta}, (delta @ p["W"].T).reshape(x[2].shape)
        for k in (2, 1):
            kernel, seen, dz = p[f"K{k}"], windows(x[k - 1]), dx * slope("tanh", z[k - 1])
            if k == 2 and fault == "windows one place too far":
                seen = windows(x[1], start=0)
            if k == 2 and fault == "last place left out":
                seen[:, -1] = 0
            if k == 2 and fault == "tanh's derivative missing":
                dz = dx
            gradient[f"K{k}"] = np.einsum("mtki,mto->kio", seen, dz)
            gradient[f"b{k}"] = dz.sum(axis=(0, 1))
            if k == 2 and fault == "kernel's gradient back to front":
                gradient["K2"] = gradient["K2"][::-1]
            turned = kernel if fault == "kernel not turned round on the way back" else kernel[::-1]
            dx = convolve(dz, turned.transpose(0, 2, 1))
        return {name: gradient[name] for name in p}
