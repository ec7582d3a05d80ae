"""An LSTM cell over a few time steps, the last hidden state classified."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from numpy.typing import DTypeLike

from gradwright.bench.checkers.model import Fault, Point
from gradwright.bench.checkers.models.pieces import cross_entropy, cross_entropy_slope, normal, sigmoid, slope
from gradwright.check.faults.cause import Cause
from gradwright.check.points import Array

SAMPLES, TIMES, FEATURES, WIDTH, CLASSES = 7, 4, 3, 5, 4


@dataclass(frozen=True, eq=False)
class Moment:
    """One time step: what came in, the gates' inputs, and what went out."""

    x: Array
    h_before: Array
    c_before: Array
    z: Array
    c: Array
    h: Array


@dataclass(frozen=True, eq=False)
class LSTM:
    """c <- f c + i g,  h <- o tanh(c),  [i f o g] = [sigmoid sigmoid sigmoid tanh](x W + h U + b)

    X (m, t, i), W (i, 4 h), U (h, 4 h), b (4 h,), V (h, classes)
    """

    point: Point
    X: Array
    labels: Array

    name: ClassVar[str] = "LSTM"
    faults: ClassVar[tuple[Fault, ...]] = (
        Fault.of("time runs the wrong way"),
        Fault.of("nothing through the forget gate", Cause.BRANCH_DROPPED),
        Fault.of("nothing through the hidden state", Cause.BRANCH_DROPPED, Cause.BRANCH_WRONG),
        Fault.of("hidden state after the step, not before it", Cause.OFF_BY_ONE),
        Fault.of("tanh's derivative missing at the cell", Cause.ACTIVATION_MISSING),
        Fault.of("sigmoid's derivative at the output", Cause.ACTIVATION_AT_OUTPUT),
        Fault.of("input and forget gates exchanged", Cause.EXCHANGED),
        Fault.of("only the last time step", Cause.BRANCH_DROPPED, Cause.BRANCH_WRONG),
    )

    @classmethod
    def draw(cls, rng: np.random.Generator, dtype: DTypeLike = np.float64) -> LSTM:
        shapes = {
            "W": (FEATURES, 4 * WIDTH),
            "U": (WIDTH, 4 * WIDTH),
            "b": (4 * WIDTH,),
            "V": (WIDTH, CLASSES),
        }
        return cls(
            point=normal(rng, dtype, **shapes),
            X=rng.standard_normal((SAMPLES, TIMES, FEATURES)).astype(dtype),
            labels=rng.integers(CLASSES, size=SAMPLES),
        )

    def forward(self, p: Point) -> list[Moment]:
        h = c = np.zeros((SAMPLES, WIDTH), self.X.dtype)
        moments = []
        for t in range(TIMES):
            x = self.X[:, t]
            z = x @ p["W"] + h @ p["U"] + p["b"]
            i, f, o, g = gates(z)
            c_before, c = c, f * c + i * g
            h_before, h = h, o * np.tanh(c)
            moments.append(Moment(x, h_before, c_before, z, c, h))
        return moments

    def value(self, p: Point) -> Any:
        return cross_entropy(self.forward(p)[-1].h @ p["V"], self.labels)

    def gradient(self, p: Point, fault: str = "") -> Point:
        moments = self.forward(p)
        delta = cross_entropy_slope(moments[-1].h @ p["V"], self.labels)
        gradient = {name: np.zeros_like(array) for name, array in p.items()}
        gradient["V"] = moments[-1].h.T @ delta

        dh, dc = delta @ p["V"].T, np.zeros_like(moments[-1].c)
        for t in reversed(range(TIMES)):
            now = moments[t]
            i, f, o, g = gates(now.z)
            bend = slope("tanh", now.c)
            if fault == "tanh's derivative missing at the cell":
                bend = np.ones_like(bend)
            dc = dc + dh * o * bend
            in_f, in_o = now.c_before * dc, np.tanh(now.c) * dh
            by_gate = (in_f, g * dc) if fault == "input and forget gates exchanged" else (g * dc, in_f)
            dz = np.hstack([*by_gate, in_o, i * dc]) * self._slopes(now.z, fault)

            x = self.X[:, -1 - t] if fault == "time runs the wrong way" else now.x
            h = now.h if fault == "hidden state after the step, not before it" else now.h_before
            gradient["W"] += x.T @ dz
            gradient["U"] += h.T @ dz
            gradient["b"] += dz.sum(axis=0)
            if fault == "only the last time step":
                break
            dh = np.zeros_like(dh) if fault == "nothing through the hidden state" else dz @ p["U"].T
            dc = np.zeros_like(dc) if fault == "nothing through the forget gate" else f * dc
        return gradient

    def _slopes(self, z: Array, fault: str) -> Array:
        """The derivatives of the four gates side by side."""
        sigmoids, g = z[:, : 3 * WIDTH], z[:, 3 * WIDTH :]
        if fault == "sigmoid's derivative at the output":
            sigmoids = sigmoid(sigmoids)
        return np.hstack([slope("sigmoid", sigmoids), slope("tanh", g)])


def gates(z: Array) -> tuple[Array, Array, Array, Array]:
    """The input, forget and output gates, and the candidate."""
    i, f, o, g = np.split(z, 4, axis=1)
    return sigmoid(i), sigmoid(f), sigmoid(o), np.tanh(g)
