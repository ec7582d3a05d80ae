"""What is added up over axes of the output: along others than it should be, or divided by their length.

A parameter that is broadcast has in each row of its Jacobian one number, at the entry that the output sees.
A mean in place of a sum is off by the length of the axis; that it is this length, and no other number that
happens to be as large, is seen in a batch with one sample fewer.
"""

from __future__ import annotations

import math

import numpy as np

from gradwright.check.faults.cause import Cause, Explanation
from gradwright.check.maps.backward_map import BackwardMap
from gradwright.check.maps.jacobians import CLOSE, Jacobian, claimed_jacobians, true_jacobian
from gradwright.check.maps.wording import axis_of, several
from gradwright.check.points import Array
from gradwright.check.verdict.oracle import NoAnswerError


def other_axis(_: BackwardMap, j: Jacobian) -> Explanation | None:
    """The sums of a vector's gradient along other axes than those that the vector is broadcast over."""
    if len(j.shape) != 1 or len(j.out) < 2:
        return None
    there, of_row = j.matters(j.true), j.true.sum(axis=1)
    if not (there.sum(axis=1) <= 1).all() or not there.any():
        return None
    seen = [j.index(axis)[:, None] == np.arange(*j.shape) for axis in range(len(j.out))]
    right = [axis for axis, at in enumerate(seen) if (there <= at).all()]
    if len(right) != 1:
        return None
    over = _over(j, right[0])
    for axis, at in enumerate(seen):
        if axis not in right and j.out[axis] == j.shape[0]:
            for divisor, verb in ((1, "sums"), (len(j.true) // j.out[axis], "averages")):
                if j.same(j.claimed, at * of_row[:, None] / divisor):
                    evidence = f"{j.gradient} {verb} over {_over(j, axis)}; it should sum over {over}"
                    return Explanation(Cause.BIAS_AXIS, evidence)
    if j.same(j.claimed, np.repeat(of_row[:, None], j.shape[0], axis=1)):
        evidence = f"{j.gradient} sums over all axes; it should sum over {over}"
        return Explanation(Cause.BIAS_AXIS, evidence)
    return None


def averaged(backward: BackwardMap, j: Jacobian) -> Explanation | None:
    """A sum without its division, or a mean in place of a sum: a factor that follows a length."""
    factor = _factor(j.true, j.claimed)
    if factor is None or abs(factor - 1) < CLOSE:
        return None
    return _of_windows(j, factor) or _of_samples(backward, j, factor)


def _of_windows(j: Jacobian, factor: float) -> Explanation | None:
    """Averages over as many entries as the factor is."""
    counts, there = j.matters(j.true).sum(axis=1), j.true[j.matters(j.true)]
    count = int(counts.max(initial=0))
    if count < 2 or not (counts == count).all() or not j.same(there, np.full(there.shape, 1 / count)):
        return None
    if not math.isclose(factor, count, rel_tol=CLOSE):
        return None
    evidence = f"f averages {count} entries of {j.name}, and {j.gradient} is not divided by {count}"
    return Explanation(Cause.SUM_FOR_MEAN, evidence)


def _of_samples(backward: BackwardMap, j: Jacobian, factor: float) -> Explanation | None:
    """A factor of an array that all samples share, which is another one in a shorter batch."""
    first = next(iter(backward.point))
    if j.name == first or not j.has_samples:
        return None
    samples = len(backward.point[first])
    shorter = backward.at({first: backward.point[first][:-1]})
    try:
        again = _factor(true_jacobian(shorter, j.name), claimed_jacobians(shorter)[j.name])
    except NoAnswerError:
        return None
    if again is None:
        return None
    if math.isclose(again, factor * samples / (samples - 1), rel_tol=10 * CLOSE) and len(j.shape) == 1:
        axes = _axes_as_long(j, round(1 / factor))
        if axes and math.isclose(1 / factor, round(1 / factor), rel_tol=CLOSE):
            evidence = (
                f"{j.gradient} averages over {axes}; it should sum over {'it' if ',' not in axes else 'them'}"
            )
            return Explanation(Cause.MEAN_FOR_SUM, evidence)
        if math.isclose(factor * samples, 1, rel_tol=CLOSE):
            return Explanation(
                Cause.MEAN_FOR_SUM, f"{j.gradient} is divided by the number of samples, {samples}"
            )
    if math.isclose(again, factor * (samples - 1) / samples, rel_tol=10 * CLOSE):
        evidence = (
            f"{j.gradient} is {factor:.4g} x the true one, and {again:.4g} x in a batch of {samples - 1}"
        )
        return Explanation(Cause.SUM_FOR_MEAN, evidence)
    return None


def _axes_as_long(j: Jacobian, length: int) -> str:
    """The samples, with the next axes if need be, whose lengths make this one; empty where none do."""
    shapes = {tuple(range(count)): math.prod(j.out[:count]) for count in range(1, len(j.out) + 1)}
    shapes |= {(0, *range(2, len(j.out))): math.prod((j.out[0], *j.out[2:]))}
    found = next((axes for axes, size in shapes.items() if size == length), ())
    return several([axis_of(j, axis) for axis in found]) if found else ""


def _factor(true: Array, claimed: Array) -> float | None:
    """claimed / true, if it is one number in all entries."""
    if not true.any():
        return None
    factor = float((true * claimed).sum() / (true * true).sum())
    size = max(np.abs(true).max(), np.abs(claimed).max())
    return factor if factor and np.abs(claimed - factor * true).max() <= CLOSE * size else None


def _over(j: Jacobian, kept: int) -> str:
    """All axes of the output but one."""
    return several([axis_of(j, axis) for axis in range(len(j.out)) if axis != kept])
