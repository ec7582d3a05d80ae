"""A second opinion on a gradient that was not found wrong, by plain differences."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from gradwright.check.streams import Stream, own_generator
from gradwright.grading.exam import Point

DIRECTIONS = 8
STEPS = {"float64": 1e-5, "float32": 1e-2}  # of the differences: the rounding of f is divided by them,
NEARLY, ROUNDING = 0.1, 1e-6  # of their size they may be off, and of what is zero so much,
OFF_KINKS = 1e-3  # and so far from the point they are taken


def nearly(f: Callable[[Any], Any], grad: Callable[[Any], Any], point: Point, dtype: str, seed: int) -> bool:
    """Whether plain central differences are those of the claimed gradient, roughly, near ``point``.

    ``dtype`` is that in which f may be computed.

    A second opinion that shares nothing with the first: doubt is credited, and numbers so large that they
    overflow whatever measures them shall not buy it.
    """
    rng, step = own_generator(seed, Stream.SECOND_OPINION), STEPS[dtype]
    point = {name: array + OFF_KINKS * rng.standard_normal(array.shape) for name, array in point.items()}
    f(point)
    claimed = grad(point)
    found, true = np.zeros(DIRECTIONS), np.zeros(DIRECTIONS)
    for i in range(DIRECTIONS):
        v = {name: rng.standard_normal(array.shape) for name, array in point.items()}
        ahead, behind = (f({name: point[name] + h * v[name] for name in point}) for h in (step, -step))
        true[i] = (ahead - behind) / (2 * step)
        found[i] = sum(float((claimed[name] * v[name]).sum()) for name in point)
    return bool(np.abs(found - true).max() <= NEARLY * np.abs(true).max() + ROUNDING)
