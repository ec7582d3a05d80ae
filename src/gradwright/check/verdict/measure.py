"""One direction: what the gradient claims, what f does, and whether the two can be told apart."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

import numpy as np

from gradwright.check.points import Array
from gradwright.check.verdict.directions import Direction
from gradwright.check.verdict.fitted_slope import PAIRS, fit_slope, widest_reach
from gradwright.check.verdict.noise import DOUBLE, noise_of, noise_of_steps
from gradwright.check.verdict.oracle import Oracle
from gradwright.check.verdict.slope import FIRST_STEP, UNKNOWN, Slope, look_for_zero, measure_slope
from gradwright.check.verdict.stairs import is_staircase

SURE = 6.0  # errors apart: the error of a slope is an estimate, and seldom off by more than 3
NOISE_SHARE = 30.0  # times the noise of f: a derivative that moves f less per unit step says nothing
STEP_SHARE = 3.0  # the same for the noise of a staircase, which is large beside every derivative
IN_FEW_DIGITS = 1e-3  # of the size of a gradient that is computed in few digits: what is looked for
FOR_A_FIT = 8 * PAIRS  # evaluations, if a fit has to come nearer three times
FINE = 1e-5  # of the size of a gradient: a staircase with a larger noise is measured by many values


@dataclass(frozen=True, eq=False)
class Measurement:
    """The derivative along v as claimed, <g, v>, and the ``slope`` of f(x + t v) - t <g, v> in t.

    ``scale`` is the size that <g, v> has for directions like v, ``tolerance`` the difference that rounding
    in a right gradient may make.
    """

    claimed: float
    slope: Slope
    noise: float
    scale: float
    tolerance: float

    @property
    def difference(self) -> float:
        """How far f's own derivative along v is from the claimed one."""
        return self.slope.value

    @property
    def error(self) -> float:
        """The size of the likely error of the difference."""
        return self.slope.error

    @property
    def true(self) -> float:
        """The derivative of f along v."""
        return self.claimed + self.difference

    @property
    def decides(self) -> bool:
        """Whether f has a derivative along v at all."""
        return self.slope.behaviour in ("smooth", "linear") and math.isfinite(self.difference)

    @property
    def contradicts(self) -> bool:
        """Whether the gradient is wrong along v, beyond all error and rounding."""
        allowed = SURE * self.error + self.slope.kink_bound + self.tolerance
        return self.decides and abs(self.difference) > allowed

    @property
    def relative(self) -> float:
        """The difference as a share of the gradient's size along such directions."""
        return abs(self.difference) / self._size if self._size else 0.0

    @property
    def resolution(self) -> float:
        """The share of its size up to which the gradient was seen along v."""
        return (SURE * self.error + self.tolerance) / self._size if self._size else 0.0

    @property
    def _size(self) -> float:
        return max(self.scale, abs(self.true))


class Rounding(NamedTuple):
    """The rounding in f near x.

    ``reach`` is there where f is a staircase, because it computes in fewer digits than x has: so far from x
    it is smooth, but for its steps. ``of_gradient`` is the rounding in each entry of the gradient then, which
    may be computed in as few.
    """

    noise: float
    reach: float | None = None
    of_gradient: Array | float = 0.0


def rounding_along(oracle: Oracle, v: Direction) -> Rounding:
    """The rounding in f near x, seen along v, if f is no staircase."""
    return Rounding(noise_of(lambda t: oracle.change(v, t), oracle.value, oracle.tree.epsilon))


def steps_along(oracle: Oracle, v: Direction) -> Rounding | None:
    """The rounding in f near x, seen along v, if f is a staircase."""

    def change(t: float) -> float:
        return oracle.change(v, t)

    if oracle.tree.epsilon > DOUBLE or not is_staircase(change, oracle.value):
        return None
    noise = noise_of_steps(change)
    return Rounding(noise, widest_reach(change, noise))


def measure(
    oracle: Oracle,
    gradient: Array,
    v: Direction,
    rounding: Rounding,
    first_step: float = FIRST_STEP,
    look: bool = False,
    **steps: Any,
) -> Measurement:
    """Measure the difference along v by ``steps`` on the real line, as ``measure_slope`` takes them.

    With ``look`` it is looked first whether the gradient simply agrees, in few steps.
    """

    def change(t: float) -> float:
        return oracle.change(v, t, gradient)

    blank = _measurement(oracle, gradient, v, rounding)
    noise, reach, _ = rounding
    if look and reach is None and (slope := look_for_zero(change, noise, blank.tolerance)) is not None:
        return replace(blank, slope=slope)
    steps_show = noise / first_step > FINE * blank.scale
    if reach is not None and steps_show and oracle.meter.left > FOR_A_FIT:
        slope = fit_slope(change, noise, reach * first_step / FIRST_STEP)
    else:
        slope = measure_slope(change, noise, first_step, **steps)
    return replace(blank, slope=slope)


def measure_complex(oracle: Oracle, gradient: Array, v: Direction, rounding: Rounding) -> Measurement | None:
    """Measure the difference along v by the complex step; None where f cannot be asked that."""
    true = oracle.complex_derivative(oracle.x, v)
    if true is None:
        return None
    blank = _measurement(oracle, gradient, v, rounding)
    error = 8 * np.finfo(np.float64).eps * max(abs(true), abs(blank.claimed))
    return replace(blank, slope=Slope(true - blank.claimed, error, "smooth"))


def _measurement(oracle: Oracle, gradient: Array, v: Direction, rounding: Rounding) -> Measurement:
    """What is known along v before f is asked."""
    noise, reach, of_gradient = rounding
    size = v.size(gradient)
    if reach is None:
        tolerance = 10 * math.sqrt(oracle.tree.epsilon) * size + NOISE_SHARE * noise
    else:
        own = of_gradient[v.places] if isinstance(of_gradient, np.ndarray) else of_gradient
        tolerance = (
            min(IN_FEW_DIGITS * size, 100 * noise)
            + STEP_SHARE * noise
            + SURE * float(np.linalg.norm(own * v.values))
        )
    return Measurement(v.along(gradient), UNKNOWN, noise, size, tolerance)
