"""Whether a function is a staircase: what computes in fewer digits inside than it takes and gives.

Close to a point every function is a straight line, to its rounding. From there on a smooth one bends little
by little, a kink makes one corner that grows with the spacing, and a jump is alone. A staircase comes all of
a sudden, to steps that are everywhere at wider spacings and no higher there.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import NamedTuple

import numpy as np

FINEST, COARSEST = -42, -4  # powers of 2: the spacings, in units of the size of x
POINTS = 16
UNEVEN = 0.618034  # so that no spacing is a multiple of a binary step
STRAIGHT = 4.0  # times the rounding: what second differences on a straight line may show
SUDDEN = 1000.0  # times the rounding: where a smooth function begins to bend they show less
WIDER, HIGHER = 4, 4.0  # a corner is 2^WIDER as high at spacings as much wider; a step, less than HIGHER
EVERYWHERE = 1 / 16  # of the largest second difference: what half of the fourth ones show, smooth ones not
CONSTANT = 2.0**-12  # so near a function of wide steps does not change at all


def wide_steps(change: Callable[[float], float]) -> float:
    """The height of the first step of a function that is constant close to 0, and not further on.

    0 where it is constant nowhere or everywhere.

    >>> wide_steps(lambda t: 0.5 * round(4 * t)), wide_steps(lambda t: t), wide_steps(lambda t: 0.0)
    (0.5, 0.0, 0.0)
    """
    sides = np.array([-1, 1]) * UNEVEN
    if any(change(side * CONSTANT * k / POINTS) for k in range(1, POINTS + 1) for side in sides):
        return 0.0
    for power in range(-11, 1):
        heights = [abs(change(side * 2.0**power)) for side in sides]
        if any(heights) and all(map(math.isfinite, heights)):
            return max(heights)
    return 0.0


class Roughness(NamedTuple):
    """The largest second difference at a spacing, and the median fourth one."""

    height: float
    everywhere: float


def is_staircase(change: Callable[[float], float], value: float) -> bool:
    """Whether ``value`` + ``change`` goes up and down near 0 by steps that are far above its rounding.

    >>> is_staircase(lambda t: float(np.float32(1 + t)) - 1, 1.0)
    True
    >>> is_staircase(lambda t: np.sin(1e6 * t), 1.0), is_staircase(lambda t: abs(t - 1e-9), 1.0)
    (False, False)
    """
    return _is_staircase_ahead(change, value) and _is_staircase_ahead(lambda t: change(-t), value)


def _is_staircase_ahead(change: Callable[[float], float], value: float) -> bool:
    """The same for numbers above 0: corners may look so on one side by chance."""

    def roughness(power: int) -> Roughness:
        values = [change(k * UNEVEN * 2.0**power) for k in range(1, POINTS + 1)]
        return Roughness(
            float(np.abs(np.diff(values, 2)).max()), float(np.median(np.abs(np.diff(values, 4))))
        )

    rounding = max(roughness(FINEST).height, abs(value) * 2.0**-52)
    fine, coarse, seen = FINEST, COARSEST, {COARSEST: roughness(COARSEST)}
    while coarse - fine > 1 and seen[coarse].height > SUDDEN * rounding:
        middle = (coarse + fine) // 2
        seen[middle] = roughness(middle)
        if seen[middle].height > STRAIGHT * rounding:
            coarse = middle
        else:
            fine = middle
    if not seen[coarse].height > SUDDEN * rounding:
        return False
    for power in range(coarse, COARSEST + 1):
        here = seen[power] = seen[power] if power in seen else roughness(power)
        closer = seen.get(power - WIDER)
        rough = here.everywhere > EVERYWHERE * here.height
        if closer is not None and rough and SUDDEN * rounding < here.height < HIGHER * closer.height:
            return True
    return False
