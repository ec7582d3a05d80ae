"""How fast remainders fall: the slope of their logarithms, and the steps where it can be trusted."""

from __future__ import annotations

import numpy as np

from gradwright.check.points import Array

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
