"""One direction: what the gradient claims, what f does, and whether the two can be told apart."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

import numpy as np

from gradwright.check.points import Array
from gradwright.check.verdict.directions import Direction
from gradwright.check.verdict.elsewhere import largest_value
from gradwright.check.verdict.fitted_slope import PAIRS, fit_slope, widest_reach
from gradwright.check.verdict.noise import DOUBLE, noise_of, noise_of_steps
from gradwright.check.verdict.oracle import Oracle
from gradwright.check.verdict.slope import FIRST_STEP, UNKNOWN, Slope, look_for_zero, measure_slope
from gradwright.check.verdict.stairs import is_staircase, wide_steps

SURE = 6.0  # errors apart: the error of a slope is an estimate, and seldom off by more than 3
DOUBTFUL = 3.0  # errors apart: of a staircase, where more values tell, a second look is taken
NOISE_SHARE = 30.0  # times the noise of f: a derivative that moves f less per unit step says nothing
STEP_SHARE = 3.0  # the same for the noise of a staircase, which is large beside every derivative
IN_FEW_DIGITS = 1e-3  # of the size of a gradient that is computed in few digits: what is looked for
FOR_A_FIT = 8 * PAIRS  # evaluations, if a fit has to come nearer three times
LOW = 2.0**-5  # of the largest value: what a step of few digits is lower than, and one of a quantiser is not
STEPS_ASIDE, WIDEST_ASIDE = 3.0, 0.1  # steps of f, and of the size of x: how far aside values are taken
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
    def is_doubtful(self) -> bool:
        """Whether the gradient may be wrong along v, so that more values are worth their while."""
        return self.decides and abs(self.difference) > DOUBTFUL * self.error + self.tolerance

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
    it is smooth, but for its steps. ``of_gradient`` is the rounding in each entry of the gradient, which may
    be computed in as few, and ``aside`` how far each entry moves until the steps fall otherwise.
    """

    noise: float
    reach: float | None = None
    of_gradient: Array | float = 0.0
    aside: Array | float = 0.0


def rounding_along(oracle: Oracle, v: Direction) -> Rounding:
    """The rounding in f near x, seen along v, if f is no staircase."""
    return Rounding(noise_of(lambda t: oracle.change(v, t), oracle.value, oracle.tree.epsilon))


def steps_along(oracle: Oracle, gradient: Array, v: Direction, scale: Direction) -> Rounding | None:
    """The rounding in f near x, seen along v, if f is a staircase; ``scale`` has the size of each entry."""

    def change(t: float) -> float:
        return oracle.change(v, t)

    if oracle.tree.epsilon > DOUBLE:
        return None
    wide = wide_steps(change)
    if wide and wide > LOW * largest_value(oracle):
        return None
    noise = noise_of_steps(change) if is_staircase(change, oracle.value) else wide
    if not noise:
        return None
    size = scale.size(gradient)
    share = min(WIDEST_ASIDE, STEPS_ASIDE * noise / size) if size else WIDEST_ASIDE
    found = Rounding(noise, aside=share * np.abs(scale.values))
    return found._replace(reach=widest_reach(_beside(oracle, gradient, v, found), noise))


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
    noise, reach = rounding.noise, rounding.reach
    if look and reach is None and (slope := look_for_zero(change, noise, blank.tolerance)) is not None:
        return replace(blank, slope=slope)
    steps_show = noise / first_step > FINE * blank.scale
    if reach is not None and steps_show and oracle.meter.left > FOR_A_FIT:
        beside = _beside(oracle, gradient, v, rounding)
        slope = fit_slope(beside, noise, reach * first_step / FIRST_STEP)
    else:
        slope = measure_slope(change, noise, first_step, **steps)
    return replace(blank, slope=slope)


def mean_of(looks: Sequence[Measurement]) -> Measurement:
    """The mean of several looks along one direction, as far as all of them saw a derivative there."""
    value = float(np.mean([m.difference for m in looks]))
    error = float(np.linalg.norm([m.error for m in looks])) / len(looks)
    first = next((m for m in looks if not m.decides), looks[0])
    return replace(first, slope=replace(first.slope, value=value, error=error))


def measure_complex(oracle: Oracle, gradient: Array, v: Direction, rounding: Rounding) -> Measurement | None:
    """Measure the difference along v by the complex step; None where f cannot be asked that."""
    true = oracle.complex_derivative(oracle.x, v)
    if true is None:
        return None
    blank = _measurement(oracle, gradient, v, rounding)
    error = 8 * np.finfo(np.float64).eps * max(abs(true), abs(blank.claimed))
    return replace(blank, slope=Slope(true - blank.claimed, error, "smooth"))


def _beside(oracle: Oracle, gradient: Array, v: Direction, rounding: Rounding) -> Callable[[float], float]:
    """f less what is claimed, at points that lie at random a little aside of the line along v.

    On the line itself the steps of f fall alike near by, and their errors do not become less by their number.
    The points of t and -t lie on opposite sides of x, so that how f bends has no part in its odd part.
    """
    first = oracle.meter.f  # so that every measurement has offsets of its own
    aside = rounding.aside[v.places] if isinstance(rounding.aside, np.ndarray) else rounding.aside

    def change(t: float) -> float:
        rng = np.random.default_rng([first, int(np.float64(abs(t)).view(np.uint64))])
        offset = aside * rng.uniform(-1, 1, v.values.shape)
        return oracle.change(Direction(v.places, v.values + offset / abs(t)), t, gradient)

    return change


def _measurement(oracle: Oracle, gradient: Array, v: Direction, rounding: Rounding) -> Measurement:
    """What is known along v before f is asked."""
    noise, reach, of_gradient, _ = rounding
    size = v.size(gradient)
    own = of_gradient[v.places] if isinstance(of_gradient, np.ndarray) else of_gradient
    tolerance = SURE * float(np.linalg.norm(own * v.values))
    if reach is None:
        tolerance += 10 * math.sqrt(oracle.tree.epsilon) * size + NOISE_SHARE * noise
    else:
        tolerance += min(IN_FEW_DIGITS * size, 100 * noise) + STEP_SHARE * noise
    return Measurement(v.along(gradient), UNKNOWN, noise, size, tolerance)
