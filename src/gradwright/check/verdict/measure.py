"""One direction: what the gradient claims, what f does, and whether the two can be told apart."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from gradwright.check.points import Array
from gradwright.check.verdict.noise import noise_of
from gradwright.check.verdict.oracle import Oracle
from gradwright.check.verdict.slope import FIRST_STEP, PATIENCE, Behaviour, Sample, measure_slope

SURE = 6.0  # errors apart: the error of a slope is an estimate, and seldom off by more than 3
NOISE_SHARE = 30.0  # times the noise of f: a derivative that moves f less per unit step says nothing


@dataclass(frozen=True, eq=False)
class Measurement:
    """The derivative along v as claimed, <g, v>, and how far f's own differs from it.

    ``scale`` is the size that <g, v> has for directions like v, ``tolerance`` the difference that rounding
    in a right gradient may make.
    """

    direction: Array
    claimed: float
    difference: float
    error: float
    scale: float
    tolerance: float
    behaviour: Behaviour
    samples: tuple[Sample, ...] = ()
    noise: float = 0.0
    kink_at: float | None = None
    kink_bound: float = 0.0

    @property
    def true(self) -> float:
        """The derivative of f along v."""
        return self.claimed + self.difference

    @property
    def decides(self) -> bool:
        """Whether f has a derivative along v at all."""
        return self.behaviour in ("smooth", "linear") and math.isfinite(self.difference)

    @property
    def contradicts(self) -> bool:
        """Whether the gradient is wrong along v, beyond all error and rounding."""
        return self.decides and abs(self.difference) > (SURE * self.error + self.kink_bound + self.tolerance)

    @property
    def resolution(self) -> float:
        """The share of its size up to which the gradient was seen along v."""
        size = max(self.scale, abs(self.true))
        return (SURE * self.error + self.tolerance) / size if size else 0.0


def noise_along(oracle: Oracle, v: Array) -> float:
    """The rounding in f near x, seen along v."""
    return noise_of(lambda t: oracle.change(t * v)[0], oracle.value, oracle.tree.epsilon)


def measure(
    oracle: Oracle,
    gradient: Array,
    v: Array,
    noise: float,
    first_step: float = FIRST_STEP,
    ratio: float = 2.0,
    patience: int = PATIENCE,
    closest: float | None = None,
) -> Measurement:
    """Measure the difference along v by steps on the real line."""

    def change(t: float) -> float:
        moved, held = oracle.change(t * v)
        return moved - float(gradient @ held)

    slope = measure_slope(change, noise, first_step, ratio, patience, closest)
    return Measurement(
        direction=v,
        claimed=float(gradient @ v),
        difference=slope.value,
        error=slope.error,
        scale=size_along(gradient, v),
        tolerance=tolerance(oracle, gradient, v, noise),
        behaviour=slope.behaviour,
        samples=slope.samples,
        noise=noise,
        kink_at=slope.kink_at,
        kink_bound=slope.kink_bound,
    )


def measure_complex(oracle: Oracle, gradient: Array, v: Array, noise: float) -> Measurement | None:
    """Measure the difference along v by the complex step; None where f cannot be asked that."""
    true = oracle.complex_derivative(oracle.x, v)
    if true is None:
        return None
    claimed = float(gradient @ v)
    return Measurement(
        direction=v,
        claimed=claimed,
        difference=true - claimed,
        error=8 * np.finfo(np.float64).eps * max(abs(true), abs(claimed)),
        scale=size_along(gradient, v),
        tolerance=tolerance(oracle, gradient, v, noise),
        behaviour="smooth",
        noise=noise,
    )


def tolerance(oracle: Oracle, gradient: Array, v: Array, noise: float) -> float:
    """The difference that rounding in a right gradient may make along v."""
    return 10 * math.sqrt(oracle.tree.epsilon) * size_along(gradient, v) + NOISE_SHARE * noise


def size_along(gradient: Array, v: Array) -> float:
    """The size that <g, v> has for directions like v: ||g v||, where no square can overflow."""
    parts = np.abs(gradient * v)
    largest = float(parts.max(initial=0.0))
    return largest * float(np.linalg.norm(parts / largest)) if largest else 0.0
