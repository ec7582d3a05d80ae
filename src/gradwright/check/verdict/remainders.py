"""Both Taylor remainders of what was measured, the steps where their orders can be seen, and f's shape."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from gradwright.check.verdict.measure import Measurement
from gradwright.check.verdict.orders import order_of
from gradwright.check.verdict.report import Order, Shape, Step
from gradwright.check.verdict.slope import RESOLVED

LARGEST_STEP = 2.0**-5  # above it the next term of the series still shows
FEWEST = 4  # steps of a curve that an order is fitted to


def remainders(measurement: Measurement) -> list[Step]:
    """Both Taylor remainders at each step, as root mean squares of the two sides."""
    rows = []
    for sample in measurement.slope.samples:
        along = sample.step * measurement.claimed
        first = math.hypot(sample.ahead + along, sample.behind - along) / math.sqrt(2)
        second = math.hypot(sample.ahead, sample.behind) / math.sqrt(2)
        rows.append(Step(sample.step, first, second))
    return rows


def window_of(steps: Sequence[Step], floor: float) -> tuple[int, int]:
    """The steps, small enough to be asymptotic, whose second remainder is above ``floor``: start and stop."""
    usable = [i for i, row in enumerate(steps) if row.step <= LARGEST_STEP and row.second > floor]
    if not usable:
        return 0, 0
    start = stop = usable[0]
    while stop < len(steps) and steps[stop].second > floor:
        stop += 1
    return start, stop


def fit_orders(
    measurements: Sequence[Measurement],
) -> tuple[Order | None, Order | None, list[Step], tuple[int, int], float]:
    """The orders of the second and the first remainder, and the steps, window and noise floor to show."""
    if not measurements:
        return None, None, [], (0, 0), 0.0
    curves = []
    for m in measurements:
        rows = remainders(m)
        window = rows[slice(*window_of(rows, RESOLVED * m.noise))]
        if len(window) >= FEWEST:
            curves.append(np.array(window).T)
    seconds = order_of((steps, second) for steps, _, second in curves)
    firsts = order_of((steps, first) for steps, first, _ in curves)
    shown = measurements[0]
    rows, floor = remainders(shown), RESOLVED * shown.noise
    return seconds, firsts, rows, window_of(rows, floor), floor


def shape_of(measurements: Sequence[Measurement]) -> Shape:
    """How f runs along the directions: exactly linear or quadratic to its rounding, curved, or unknown."""
    if not measurements:
        return "unknown"
    if all(m.slope.behaviour == "linear" for m in measurements):
        return "linear"
    return "quadratic" if all(map(_is_quadratic, measurements)) else "curved"


def _is_quadratic(m: Measurement) -> bool:
    """Whether odd differences grow like h and even ones like h^2, to the rounding of f and of these."""
    h = np.array([s.step for s in m.slope.samples])
    odd = np.array([s.ahead - s.behind for s in m.slope.samples])
    even = np.array([s.ahead + s.behind for s in m.slope.samples])
    rounding = RESOLVED * (m.noise + np.finfo(np.float64).eps * (np.abs(odd) + np.abs(even)))
    linear = np.abs(odd - odd[0] * h / h[0]) <= rounding + rounding[0] * h / h[0]
    square = np.abs(even - even[0] * (h / h[0]) ** 2) <= rounding + rounding[0] * (h / h[0]) ** 2
    return bool(linear.all() and square.all())
