"""L-BFGS: steps by the curvature that the last few steps have shown, each searched for its length."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from gradwright.errors import ConfigError
from gradwright.fields import Count, OpenFraction, check_fields
from gradwright.optim.line_search import DECREASE, Point, strong_wolfe
from gradwright.optim.optimizer import Array, ByName, State
from gradwright.optim.whole_data import ValueAndGrad

NOTICEABLE = float(np.finfo(np.float64).eps)  # s'y over y'y, below which a pair says nothing of a curvature


@dataclass(frozen=True, kw_only=True)
class LBFGS(ByName):
    """Limited-memory BFGS on all rows, with g the gradient of the objective F at theta:

        theta <- theta - a H g,    F(theta - a H g) as the strong Wolfe conditions want it (line_search.py)

    H, which stands for the inverse of F's second derivatives, is made of the last ``memory`` pairs of a step
    s = theta_new - theta and what it did to the gradient, y = g_new - g, by the two-loop recursion.

    An epoch is one step. The learning rate is the length a that is tried first, and as a rule the only one:
    each try is a pass over all rows, of which a step has at most 40. The run ends as converged where no step
    makes F smaller. F has to be the same function in each step, and should be smooth.

    Nocedal, Updating quasi-Newton matrices with limited storage, Mathematics of Computation 35, 1980. Liu
    and Nocedal, On the limited memory BFGS method for large scale optimization, Mathematical Programming 45,
    1989. Nocedal and Wright, Numerical Optimization, 2nd edition, 2006, algorithms 7.4 and 7.5.

    Args:
        memory: how many pairs H is made of.
        curvature: the share of the slope that may be left at the end of a step; less searches closer.

    Raises ``ConfigError`` for a setting outside its range.

    >>> scales = np.array([1.0, 100.0])
    >>> theta, optimizer = np.array([1.0, 1.0]), LBFGS()
    >>> state = optimizer.init(theta)
    >>> for _ in range(8):  # of the sum of scales theta^2 / 2
    ...     theta, state, value = optimizer.step(
    ...         lambda t: (float(scales @ t**2) / 2, scales * t), theta, state, learning_rate=1.0)
    >>> value < 1e-6
    True
    """

    usual_rate: ClassVar[float] = 1.0

    memory: Count = 10
    curvature: OpenFraction = 0.9

    def __post_init__(self) -> None:
        check_fields(self)
        if self.curvature <= DECREASE:
            raise ConfigError(f"LBFGS.curvature: expected a number > {DECREASE:g}, found {self.curvature}")

    def init(self, theta: Array) -> State:
        """Without pairs, and without a value: it is NaN until it is known."""
        none = np.zeros((0, *theta.shape), theta.dtype)
        return {
            "s": none,
            "y": none.copy(),
            "rho": np.zeros(0),
            "value": np.array(math.nan),
            "gradient": np.zeros_like(theta),
            "converged": np.array(False),
        }

    def step(
        self, value_and_grad: ValueAndGrad, theta: Array, state: State, learning_rate: float
    ) -> tuple[Array, State, float]:
        """See ``WholeData``. Where H leads nowhere it is forgotten, and the way is straight downhill."""
        value, gradient = float(state["value"]), state["gradient"]
        if math.isnan(value):
            value, gradient = value_and_grad(theta)
        if not np.isfinite(gradient).all():
            return theta, state, math.nan
        if not math.isfinite(value):
            return theta, state, value
        pairs = {name: state[name] for name in ("s", "y", "rho")}
        none = {name: array[:0] for name, array in pairs.items()}
        for known in (pairs, none) if len(pairs["rho"]) else (none,):
            direction = -two_loop(gradient, **known)
            phi = along(value_and_grad, theta, direction)
            start = Point(0.0, value, dot(gradient, direction), theta, gradient)
            found = strong_wolfe(phi, start, float(learning_rate), self.curvature)
            if found is not None:
                pairs = self.remembered(known, found.theta - theta, found.gradient - gradient)
                after = {**pairs, "value": np.array(found.value), "gradient": found.gradient}
                return found.theta, {**after, "converged": np.array(False)}, value
        after = {**none, "value": np.array(value), "gradient": gradient}
        return theta, {**after, "converged": np.array(True)}, value

    def converged(self, state: State) -> bool:
        return bool(state["converged"])

    def remembered(self, pairs: State, s: Array, y: Array) -> State:
        """The pairs with one more, without the oldest where there are too many.

        A pair with s'y <= 0 would let H point uphill, and is left out. Where the Wolfe conditions hold there
        is none; at the end of a search that found no such point there may be.
        """
        product = dot(s, y)
        if not product > NOTICEABLE * dot(y, y):
            return pairs
        latest = {"s": s, "y": y, "rho": np.array(1 / product)}
        return {name: np.concatenate([pairs[name], latest[name][None]])[-self.memory :] for name in latest}


def two_loop(gradient: Array, s: Array, y: Array, rho: Array) -> Array:
    """H g        g (P,), s and y (k, P), the oldest pair first, rho = 1 / s'y (k,) -> (P,)

    Pair by pair, from H = gamma I, and without a matrix:

        H <- (I - rho s y') H (I - rho y s') + rho s s'

    The first loop goes back through the factors on the right, the second through those on the left. gamma is
    s'y / y'y of the latest pair, one over a curvature along it, and without pairs min(1, 1 / |g|), so that
    the first step has at most the length 1.

    >>> s, y = np.array([[1.0, 0.0]]), np.array([[4.0, 0.0]])  # a curvature of 4 along the first entry
    >>> two_loop(np.array([8.0, 8.0]), s, y, np.array([1 / 4]))
    array([2., 2.])
    """
    shares, q = [], gradient
    pairs = list(zip(s, y, rho.tolist(), strict=True))
    for s_i, y_i, rho_i in reversed(pairs):
        shares.append(rho_i * dot(s_i, q))
        q = q - shares[-1] * y_i
    r = _scale(gradient, y, rho) * q
    for s_i, y_i, rho_i in pairs:
        r = r + (shares.pop() - rho_i * dot(y_i, r)) * s_i
    return r


def along(value_and_grad: ValueAndGrad, theta: Array, direction: Array) -> Callable[[float], Point]:
    """phi(a) = F(theta + a d), with all that is known there        theta and d (P,)"""

    def phi(length: float) -> Point:
        there = theta + length * direction
        value, gradient = value_and_grad(there)
        slope = dot(gradient, direction)
        finite = math.isfinite(value) and math.isfinite(slope)
        return Point(length, value if finite else math.inf, slope, there, gradient)

    return phi


def _scale(gradient: Array, y: Array, rho: Array) -> float:
    """gamma, see ``two_loop``."""
    if len(rho):
        return 1 / (float(rho[-1]) * dot(y[-1], y[-1]))
    return 1 / max(1.0, math.sqrt(dot(gradient, gradient)))


def dot(a: Array, b: Array) -> float:
    """a'b in float64, and not by BLAS, whose sums may depend on the number of its threads."""
    return float(np.einsum("i,i->", a, b, dtype=np.float64))
