"""Networks with batch normalisation and with layer normalisation."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import DTypeLike

from gradwright.bench.checkers.model import Fault, Point
from gradwright.bench.checkers.models.pieces import cross_entropy, cross_entropy_slope, normal
from gradwright.check.faults.cause import Cause
from gradwright.check.points import Array

SAMPLES, FEATURES, WIDTH, CLASSES = 9, 6, 7, 5
EPSILON = 1e-5  # added to the variance
RAW_MEAN = 300.0  # of features that nobody centred, such as temperatures in kelvin

CENTRED = (
    Fault.of("mean and variance held constant", Cause.MOMENT),
    Fault.of("variance held constant", Cause.MOMENT),
    Fault.of("mean held constant", Cause.MOMENT),
    Fault.of("gamma's gradient without z_hat"),
    Fault.of("gamma forgotten on the way back"),
    Fault.of("moments over the wrong axis"),
)
RAW = (Fault.of("float32 inside"),)  # rounding grows with the square of the mean


@dataclass(frozen=True, eq=False)
class NormalizedNetwork:
    """tanh(gamma z_hat + beta) V + c, where z_hat is z = X W with mean 0 and variance 1 along ``axis``

    The axis of the samples (0) makes it batch normalisation, that of the features (1) layer normalisation.
    """

    point: Point
    X: Array
    labels: Array
    axis: int
    name: str
    faults: tuple[Fault, ...]

    @classmethod
    def draw(
        cls, rng: np.random.Generator, dtype: DTypeLike = np.float64, *, axis: int, mean: float = 0.0
    ) -> NormalizedNetwork:
        kind = ("batch", "layer")[axis] + " norm"
        shapes = {"W": (FEATURES, WIDTH), "gamma": (WIDTH,), "beta": (WIDTH,), "V": (WIDTH, CLASSES)}
        return cls(
            point=normal(rng, dtype, **shapes, c=(CLASSES,)),
            X=(mean + rng.standard_normal((SAMPLES, FEATURES))).astype(dtype),
            labels=rng.integers(CLASSES, size=SAMPLES),
            axis=axis,
            name=f"{kind} of raw data" if mean else kind,
            faults=RAW if mean else CENTRED,
        )

    def forward(self, p: Point, X: Array) -> tuple[Array, Array, Array]:
        """The normalised values, the root of the variance, and the hidden values."""
        z = X @ p["W"]
        centred = z - z.mean(axis=self.axis, keepdims=True)
        spread = np.sqrt((centred**2).mean(axis=self.axis, keepdims=True) + EPSILON)
        z_hat = centred / spread
        return z_hat, spread, np.tanh(p["gamma"] * z_hat + p["beta"])

    def value(self, p: Point) -> Any:
        hidden = self.forward(p, self.X)[2]
        return cross_entropy(hidden @ p["V"] + p["c"], self.labels)

    def gradient(self, p: Point, fault: str = "") -> Point:
        """dz = (dz_hat - mean(dz_hat) - z_hat mean(dz_hat z_hat)) / spread, the means along ``axis``."""
        X = self.X
        if fault == "float32 inside":
            p, X = {name: array.astype(np.float32) for name, array in p.items()}, X.astype(np.float32)
        z_hat, spread, hidden = self.forward(p, X)
        delta = cross_entropy_slope(hidden @ p["V"] + p["c"], self.labels)
        dy = delta @ p["V"].T * (1 - hidden**2)

        dz_hat = dy if fault == "gamma forgotten on the way back" else dy * p["gamma"]
        axis = 1 - self.axis if fault == "moments over the wrong axis" else self.axis
        by_mean = dz_hat.mean(axis=axis, keepdims=True)
        by_variance = z_hat * (dz_hat * z_hat).mean(axis=axis, keepdims=True)
        dz = (dz_hat - by_mean - by_variance) / spread
        if fault == "mean and variance held constant":
            dz = dz_hat / spread
        if fault == "variance held constant":
            dz = (dz_hat - by_mean) / spread
        if fault == "mean held constant":
            dz = (dz_hat - by_variance) / spread
        gamma_source = dy if fault == "gamma's gradient without z_hat" else dy * z_hat
        return {
            "W": X.T @ dz,
            "gamma": gamma_source.sum(axis=0),
            "beta": dy.sum(axis=0),
            "V": hidden.T @ delta,
            "c": delta.sum(axis=0),
        }
