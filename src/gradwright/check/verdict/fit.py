"""The Taylor orders: how fast both remainders fall with the step, by a slope that outliers cannot bend."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from gradwright.check.points import Array
from gradwright.check.verdict.measure import Measurement
from gradwright.check.verdict.report import Order, Shape, Step
from gradwright.check.verdict.slope import RESOLVED

LARGEST_STEP = 2.0**-5  # above it the next term of the series still bends the line
FEWEST = 4


def remainders(measurement: Measurement) -> list[Step]:
    """Both Taylor remainders at each step, as root mean squares of the two sides."""
    rows = []
    for sample in measurement.samples:
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
    seconds: list[float] = []
    firsts: list[float] = []
    for m in measurements:
        rows = remainders(m)
        start, stop = window_of(rows, RESOLVED * m.noise)
        if stop - start >= FEWEST:
            window = rows[start:stop]
            steps = np.array([row.step for row in window])
            seconds += _slopes(steps, np.array([row.second for row in window]))
            firsts += _slopes(steps, np.array([row.first for row in window]))
    shown = measurements[0]
    rows = remainders(shown)
    floor = RESOLVED * shown.noise
    return _order(seconds), _order(firsts), rows, window_of(rows, floor), floor


def shape_of(measurements: Sequence[Measurement]) -> Shape:
    """How f runs along the directions: exactly linear or quadratic to its rounding, curved, or unknown."""
    if not measurements:
        return "unknown"
    if all(m.behaviour == "linear" for m in measurements):
        return "linear"
    return "quadratic" if all(map(_is_quadratic, measurements)) else "curved"


def _is_quadratic(m: Measurement) -> bool:
    """Whether odd differences grow like h and even ones like h^2, to the rounding of f and of these."""
    h = np.array([s.step for s in m.samples])
    odd = np.array([s.ahead - s.behind for s in m.samples])
    even = np.array([s.ahead + s.behind for s in m.samples])
    rounding = RESOLVED * (m.noise + np.finfo(np.float64).eps * (np.abs(odd) + np.abs(even)))
    linear = np.abs(odd - odd[0] * h / h[0]) <= rounding + rounding[0] * h / h[0]
    square = np.abs(even - even[0] * (h / h[0]) ** 2) <= rounding + rounding[0] * (h / h[0]) ** 2
    return bool(linear.all() and square.all())


def _slopes(steps: Array, values: Array) -> list[float]:
    """The slopes of the logarithm between all pairs of steps (Theil and Sen)."""
    if not (values > 0).all():
        return []
    x, y = np.log(steps), np.log(values)
    i, j = np.triu_indices(len(x), k=1)
    return ((y[j] - y[i]) / (x[j] - x[i])).tolist()  # type: ignore[no-any-return]


def _order(slopes: list[float]) -> Order | None:
    """Their median, with the interval that holds 95 % of medians of as many (by order statistics)."""
    if len(slopes) < FEWEST:
        return None
    ordered = sorted(slopes)
    half = 1.96 * math.sqrt(len(ordered)) / 2
    low = max(0, math.floor(len(ordered) / 2 - half))
    high = min(len(ordered) - 1, math.ceil(len(ordered) / 2 + half))
    return Order(float(np.median(ordered)), ordered[low], ordered[high])
