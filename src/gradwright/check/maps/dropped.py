"""Ways from an array to the outputs that backward leaves out: its Jacobian is the true one with zeros in it.

What was left out tells why: all but the last of several that should have been added, all but those within one
time step, those through one of several outputs, a slice of the array.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from itertools import combinations

import numpy as np

from gradwright.check.faults.cause import Cause, Explanation
from gradwright.check.maps.backward_map import BackwardMap
from gradwright.check.maps.jacobians import Jacobian
from gradwright.check.maps.wording import axis_of, several
from gradwright.check.points import Array


def dropped(_: BackwardMap, j: Jacobian) -> Explanation | None:
    """The pattern of what is left out, if the rest is as it should be."""
    there, kept = j.matters(j.true), j.matters(j.claimed)
    if not j.same(j.claimed[kept], j.true[kept]) or not kept.any():
        return None
    for pattern in (_slice, _of_an_output, _through_time, _overwritten):
        found = pattern(j, there, kept)
        if found is not None:
            return found
    return None


def _slice(j: Jacobian, there: Array, kept: Array) -> Explanation | None:
    """All that belongs to some slices of the array along one axis."""
    moved, claimed = there.any(axis=0).reshape(j.shape), kept.any(axis=0).reshape(j.shape)
    for axis in range(len(j.shape)):
        others = tuple(i for i in range(len(j.shape)) if i != axis)
        lost = np.asarray(np.any(moved, axis=others) & ~np.any(claimed, axis=others))
        expected = there & ~np.broadcast_to(_along(lost, axis, len(j.shape)), j.shape).ravel()
        if lost.any() and np.array_equal(expected, kept):
            places = several(np.flatnonzero(lost).tolist())
            return Explanation(
                Cause.PART_MISSING,
                f"{j.gradient} is 0 in {places} of axis {axis}, and f follows {j.name} there",
            )
    return None


def _of_an_output(j: Jacobian, there: Array, kept: Array) -> Explanation | None:
    """All that goes through one of several outputs."""
    if len(j.outputs) < 2:
        return None
    number = np.repeat(np.arange(len(j.outputs)), [math.prod(shape) for shape in j.outputs])
    lost = [k for k in range(len(j.outputs)) if there[number == k].any() and not kept[number == k].any()]
    if lost and np.array_equal(kept, there & ~np.isin(number, lost)[:, None]):
        evidence = f"{j.gradient} has nothing of what goes through output {several([k + 1 for k in lost])}"
        return Explanation(Cause.BRANCH_DROPPED, evidence)
    return None


def _through_time(j: Jacobian, there: Array, kept: Array) -> Explanation | None:
    """All but what happens within one step, or a few, of an axis that input and output share."""
    for of_out, of_in in j.shared_axes():
        later = j.index(of_out)[:, None] - j.entry(of_in)[None, :]
        if (later[there] < 0).any() and (later[there] > 0).any():
            continue  # steps that see one another in both directions are no time
        later = np.abs(later)
        steps = int(later[kept].max(initial=0)) + 1
        if np.array_equal(kept, there & (later < steps)) and steps < j.out[of_out]:
            told = "the same step" if steps == 1 else f"{steps - 1} steps before"
            evidence = (
                f"{j.gradient} has what goes back to {told} of {axis_of(j, of_out)}, and nothing beyond"
            )
            return Explanation(Cause.TRUNCATED, evidence)
    return None


def _overwritten(j: Jacobian, there: Array, kept: Array) -> Explanation | None:
    """Of what should be added up along some axes of the output, the last alone, or the first."""
    for axes in _subsets(len(j.out)):
        place = np.ravel_multi_index([j.index(axis) for axis in axes], [j.out[axis] for axis in axes])[
            :, None
        ]
        last = np.where(there, place, -1).max(axis=0)
        first = np.where(there, place, place.max() + 1).min(axis=0)
        for which, only, cause in (("last", last, Cause.OVERWRITTEN), ("first", first, Cause.SUM_MISSING)):
            if np.array_equal(kept, there & (place == only)) and not np.array_equal(kept, there):
                along = several([axis_of(j, axis) for axis in axes])
                evidence = f"{j.gradient} has of all that comes to an entry along {along} the {which} alone"
                return Explanation(cause, evidence)
    return None


def _subsets(count: int) -> Iterator[tuple[int, ...]]:
    for size in range(1, count + 1):
        yield from combinations(range(count), size)


def _along(values: Array, axis: int, ndim: int) -> Array:
    return values.reshape([-1 if i == axis else 1 for i in range(ndim)])
