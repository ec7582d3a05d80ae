"""How fast remainders fall: the slope of their logarithms, and the steps where it can be trusted."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from gradwright.check.points import Array
from gradwright.errors import CheckError

FEWEST_STEPS = 3  # through two points any line fits

# Hardly a smooth remainder falls faster than the fifth power; past a kink, which the step no longer
# crosses, it does.
STEEPEST_ORDER = 5


def fitted_order(steps: Array, remainders: Array) -> float | None:
    """p of the least-squares line log remainder = p log step + c; None for fewer than three points > 0.

    >>> steps = np.array([0.5, 0.25, 0.125])
    >>> round(fitted_order(steps, 7 * steps**2), 6)
    2.0
    """
    positive = remainders > 0
    if positive.sum() < FEWEST_STEPS:
        return None
    slope, _ = np.polyfit(np.log(steps[positive]), np.log(remainders[positive]), 1)
    return float(slope)


def run_above(steps: Array, remainders: Array, floor: float) -> tuple[int, int]:
    """The steps, below the last kink, whose remainders are above the floor, as start and stop.

    >>> run_above(np.array([0.5, 0.25, 0.125]), np.array([1.0, 0.25, 1e-16]), floor=0.2)
    (0, 2)
    """
    slopes = np.diff(np.log(np.maximum(remainders, floor))) / np.diff(np.log(steps))
    breaks = np.flatnonzero(~(slopes <= STEEPEST_ORDER))  # where f is not finite, no slope is a number
    start = int(breaks[-1]) + 1 if breaks.size else 0
    below = np.flatnonzero(~(remainders[start:] > floor))
    return start, start + int(below[0]) if below.size else len(steps)


def noise_variance(f: Callable[[Array], float], x: Array, shortest: Array) -> float:
    """The variance of the rounding in f, from fourth differences at points too close for f to bend.

    ``shortest`` is the smallest step that matters; the nine points lie within a thirty-second of it. The
    idea is that of More and Wild's ECnoise (SIAM J. Sci. Comput. 2011).

    Raises ``CheckError`` where f is not finite there.
    """
    values = [f(x + k / 256 * shortest) for k in range(9)]
    if not np.isfinite(values).all():
        raise CheckError(f"f near x: expected finite numbers, found {values}")
    return float(np.mean(np.diff(values, 4) ** 2)) / 70  # 70 = 1 + 16 + 36 + 16 + 1, its weights squared
