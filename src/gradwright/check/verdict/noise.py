"""The noise of a function: the rounding in its values, measured where it cannot vary for other reasons."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from gradwright.check.points import Array

DOUBLE, SINGLE = float(np.finfo(np.float64).eps), float(np.finfo(np.float32).eps)
SPACINGS = (2.0**-17, 2.0**-25, 2.0**-33, 2.0**-41)
ACROSS = (2.0**-9, 2.0**-13, 2.0**-17)  # spacings at which a staircase of few digits shows its steps
SUSPICIOUS = 1e4  # units in the last place: more is seldom rounding


def noise_of(change: Callable[[float], float], value: float, held: float = DOUBLE) -> float:
    """The rounding in a function of one number near 0, where it is ``value`` + ``change``.

    The larger of half a unit in the last place of the value, and what fourth differences show at points too
    close for the function to curve (More and Wild, SIAM J. Sci. Comput. 2011). Rounding is the same at every
    spacing; what falls with the spacing is a function that varies fast, and no noise. A function whose values
    all fit float32 is taken to be computed in it. ``held`` is the rounding unit of the argument.
    """
    sides = [
        np.array([[change(side * k * s) for k in range(1, 9)] for s in SPACINGS[:2]]) for side in (1, -1)
    ]
    if not np.isfinite(sides).all():
        return math.inf
    values = value + np.array(sides)
    least = float(np.abs(values).max()) * (SINGLE if _fits_single(values, held) else DOUBLE) / 2
    # each side by itself, and the less noisy one, because a jump at 0 is no noise
    seen = min(float(_fourth_differences(side).max()) for side in sides)
    for spacing in SPACINGS[2:]:
        if seen <= SUSPICIOUS * least or spacing < 64 * held:
            break
        closer = float(_fourth_differences(np.array([change(k * spacing) for k in range(1, 9)])))
        seen = closer if closer < seen / 100 else seen
    return max(seen, least)


def noise_of_steps(change: Callable[[float], float]) -> float:
    """The rounding in a staircase, seen at points so far apart that there are steps between any two.

    Where second differences show much more than fourth ones, these show how the function curves.
    """
    sides = [np.array([[change(side * k * s) for k in range(1, 17)] for s in ACROSS]) for side in (1, -1)]
    fourth = np.array([_fourth_differences(side) for side in sides])
    second = np.array([np.sqrt((np.diff(side, 2, axis=-1) ** 2).mean(axis=-1) / 6) for side in sides])
    return float(fourth[fourth > second / 3].max(initial=0.0))


def _fits_single(values: Array, held: float) -> bool:
    """Whether these numbers look computed in float32: it holds them all, as it seldom does by chance.

    For an argument in float32 that is enough; else they must also differ, and not be just small whole ones.
    """
    with np.errstate(over="ignore"):
        fits = bool((values.astype(np.float32) == values).all())
    telling = np.ptp(values) > 0 and ((values != np.round(values)) | (np.abs(values) > 2**24)).any()
    return fits and (held == SINGLE or bool(telling))


def _fourth_differences(values: Array) -> Any:
    """The size of fourth differences, as the standard deviation of the noise that would make them."""
    return np.sqrt((np.diff(values, 4, axis=-1) ** 2).mean(axis=-1) / 70)  # 70 = 1 + 16 + 36 + 16 + 1
