"""How far to go along a direction: to a point that is lower and less steep, by the strong Wolfe conditions.

Along a direction d that points downhill let phi(a) = F(theta + a d). A length a fulfils them where:

    phi(a)    <= phi(0) + c1 a phi'(0)        the value falls by a share of what the slope promised
    |phi'(a)| <= c2 |phi'(0)|                 the slope has become flatter

with 0 < c1 < c2 < 1. Where phi is smooth and bounded below there are such lengths.

Nocedal and Wright, Numerical Optimization, 2nd edition, 2006, section 3.5, algorithms 3.5 and 3.6.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

from gradwright.optim.optimizer import Array

DECREASE = 1e-4  # c1: the share of the promised fall that is enough
FURTHER = 2.0  # times the length that was too short
MARGIN = 0.1  # of a bracket, at either end, in which its inner point must not lie
MOST = 20  # evaluations in a search


@dataclass(frozen=True, eq=False)
class Point:
    """A length a with what is known there: phi(a), phi'(a), and theta and the gradient behind them.

    What is not finite is beyond any bound: its value is infinite.
    """

    length: float
    value: float
    slope: float
    theta: Array
    gradient: Array


def strong_wolfe(phi: Callable[[float], Point], start: Point, first: float, curvature: float) -> Point | None:
    """A point that fulfils both conditions, ``first`` being the first length that is tried.

    ``low`` is the lowest point so far with enough decrease. On the side to which phi falls there, either
    nothing is known yet, or ``high`` is, which is higher or falls towards it: then what is looked for lies
    between the two.

    After ``MOST`` evaluations it is ``low``: at a kink, as ReLU makes them, no point may be flat enough. None
    where there is no point with enough decrease either, or ``start`` does not fall.
    """
    if not start.slope < 0:
        return None
    low, high = start, None
    length = first
    for _ in range(MOST):
        point = phi(length)
        if point.value > start.value + DECREASE * length * start.slope or point.value >= low.value:
            high = point
        else:
            if abs(point.slope) <= -curvature * start.slope:
                return point
            high_is_ahead = high is None or high.length > low.length
            if (point.slope >= 0) == high_is_ahead:
                high = low
            low = point
        length = FURTHER * length if high is None else between(low, high)
    return None if low is start else low


def between(low: Point, high: Point) -> float:
    """The minimum of the cubic with the values and slopes of both where it lies well inside, else the middle.

    With low at l and high at h:

        b = phi'(l) + phi'(h) - 3 (phi(h) - phi(l)) / (h - l)
        d = sign(h - l) sqrt(b^2 - phi'(l) phi'(h))
        a = h - (h - l) (phi'(h) + d - b) / (phi'(h) - phi'(l) + 2 d)
    """
    width = high.length - low.length
    middle = low.length + width / 2
    if not math.isfinite(high.value):  # too far, and at first nobody knows by how much
        return middle if low.length else MARGIN * width
    b = low.slope + high.slope - 3 * (high.value - low.value) / width
    root = b * b - low.slope * high.slope
    if not root >= 0:
        return middle
    d = math.copysign(math.sqrt(root), width)
    bottom = high.slope - low.slope + 2 * d
    share = 1 - (high.slope + d - b) / bottom if bottom else math.nan
    return low.length + share * width if MARGIN <= share <= 1 - MARGIN else middle
