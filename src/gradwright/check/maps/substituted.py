"""An array that has another form in the way back: transposed, flipped, exchanged with its like, left out.

The claim is then the true Jacobian at a point where this array is so changed, and wrong where it is not.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations

import numpy as np

from gradwright.check.faults.cause import Cause, Explanation
from gradwright.check.maps.backward_map import Arrays, BackwardMap
from gradwright.check.maps.jacobians import Jacobian
from gradwright.check.points import Array
from gradwright.check.verdict.oracle import NoAnswerError

LOOKS = 3  # directions of the array along which a hypothesis must hold


def substituted(backward: BackwardMap, j: Jacobian) -> Explanation | None:
    """The change of another array, or of this one, that makes the claimed Jacobian the true one."""
    rng = backward.generator()
    directions = [rng.standard_normal(j.shape) for _ in range(LOOKS)]
    claims = [j.claimed @ v.ravel() for v in directions]
    for cause, words, changes in _changes(backward, j.name):
        there = backward.at(changes)
        try:
            if all(_same(there.moved(j.name, v), c) for v, c in zip(directions, claims, strict=True)):
                return Explanation(cause, f"{j.gradient} is that for {words}")
        except NoAnswerError:
            continue
    return None


def _changes(backward: BackwardMap, differentiated: str) -> Iterator[tuple[Cause, str, Arrays]]:
    for name, array in backward.point.items():
        for cause, words, form in _forms(array):
            if not np.array_equal(form, array):
                yield cause, f"{name} {words}", {name: form}
    for (one, a), (other, b) in combinations(backward.point.items(), 2):
        if a.shape == b.shape:
            yield Cause.EXCHANGED, f"{one} and {other} exchanged", {one: b, other: a}
            if differentiated != one:
                yield Cause.EXCHANGED, f"{other} in place of {one}", {one: b}
            if differentiated != other:
                yield Cause.EXCHANGED, f"{one} in place of {other}", {other: a}


def _forms(array: Array) -> Iterator[tuple[Cause, str, Array]]:
    """What people make of an array by mistake."""
    for one, other in combinations(range(array.ndim), 2):
        if array.shape[one] == array.shape[other] > 1:
            axes = f" (axes {one} and {other})" if array.ndim > 2 else ""
            yield Cause.TRANSPOSED, f"transposed{axes}", np.swapaxes(array, one, other)
    flipped: list[tuple[int, ...]] = [(axis,) for axis in range(array.ndim)]
    if array.ndim > 2:
        flipped += [(array.ndim - 2, array.ndim - 1), tuple(range(2, array.ndim))]
    for axes_of in flipped:
        told = " and ".join(str(axis) for axis in axes_of)
        yield Cause.REVERSED, f"reversed along axis {told}", np.flip(array, axes_of)
    for axis in range(array.ndim):
        for by in (1, -1):
            yield Cause.OFF_BY_ONE, f"shifted by {by:+d} along axis {axis}", np.roll(array, by, axis)
    if array.ndim > 1:  # of a slope or a width as a vector, 0 is one value among others
        yield Cause.BRANCH_DROPPED, "left out", 0 * array


def _same(a: Array, b: Array) -> bool:
    size = max(np.abs(a).max(initial=0.0), np.abs(b).max(initial=0.0))
    return bool(size > 0 and np.abs(a - b).max() <= 1e-6 * size)
