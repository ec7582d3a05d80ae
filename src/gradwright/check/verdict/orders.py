"""The Taylor order: how fast remainders fall with the step, by a slope that no single outlier can tilt."""

from __future__ import annotations

import math
from collections.abc import Iterable

import numpy as np

from gradwright.check.points import Array
from gradwright.check.verdict.report import Order

FEWEST = 3  # slopes, and so steps: through two points any line fits


def fitted_order(steps: Array, remainders: Array) -> float | None:
    """p of remainder = c step^p, as the median slope of the logarithms; None for fewer than three above 0.

    The slopes are those between all pairs of ``steps`` (k,) whose ``remainders`` (k,) are above 0 (Theil
    1950; Sen 1968).

    >>> steps = np.array([0.5, 0.25, 0.125])
    >>> round(fitted_order(steps, 7 * steps**2), 6)
    2.0
    """
    order = order_of([(steps, remainders)])
    return None if order is None else order.value


def order_of(curves: Iterable[tuple[Array, Array]]) -> Order | None:
    """The one order of several curves of (steps, remainders), with its interval.

    The interval holds 95 % of medians of as many slopes, by order statistics.
    """
    slopes = sorted(slope for steps, remainders in curves for slope in _slopes(steps, remainders))
    if len(slopes) < FEWEST:
        return None
    half = 1.96 * math.sqrt(len(slopes)) / 2
    low = max(0, math.floor(len(slopes) / 2 - half))
    high = min(len(slopes) - 1, math.ceil(len(slopes) / 2 + half))
    return Order(float(np.median(slopes)), slopes[low], slopes[high])


def _slopes(steps: Array, remainders: Array) -> list[float]:
    positive = remainders > 0
    x, y = np.log(steps[positive]), np.log(remainders[positive])
    i, j = np.triu_indices(len(x), k=1)
    return ((y[j] - y[i]) / (x[j] - x[i])).tolist()  # type: ignore[no-any-return]
