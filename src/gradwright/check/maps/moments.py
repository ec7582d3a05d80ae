"""A normalization with a moment held constant, another epsilon, or a wrong part of its way back.

Each row of its Jacobian is c (1 at itself, less the mean's 1/n, less the variance's x_i x_j / (n s^2)), x
centred within the group that is normalized; without a mean, as in an RMS norm, x is as it is. The three
numbers of each part are fitted to the true rows and to the claimed ones, and compared.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from gradwright.check.faults.cause import Cause, Explanation
from gradwright.check.maps.backward_map import BackwardMap
from gradwright.check.maps.jacobians import CLOSE, Jacobian
from gradwright.check.points import Array

TELLING = 4  # entries of a group: of fewer, the three numbers fit anything
NOTHING = 1e-4  # of a part: what is less, is not there
EPSILON = 0.05  # of a part: an epsilon makes less of a difference


class Parts(NamedTuple):
    """What a row has of each part: of itself, of the mean, and of the variance; (outputs, ) each."""

    itself: Array
    mean: Array
    variance: Array


def moments(backward: BackwardMap, j: Jacobian) -> Explanation | None:
    """What is wrong with the parts of a normalization; None for what is none."""
    x = backward.point[j.name]
    if not j.is_square or x.size < TELLING:
        return None
    there = j.matters(j.true)
    groups = [np.flatnonzero(row) for row in np.unique(there, axis=0)]
    if len(groups[0]) < TELLING or not np.array_equal(np.sort(np.concatenate(groups)), np.arange(x.size)):
        return None
    if j.matters(np.where(there, 0.0, j.claimed)).any():
        return None
    for with_mean in (True, False):
        true = _fitted(j.true, x.ravel(), groups, with_mean)
        if true is None or (np.abs(true.itself) <= NOTHING * np.abs(true.itself).max()).any():
            continue
        claimed = _fitted(j.claimed, x.ravel(), groups, with_mean)
        return None if claimed is None else _compared(j, true, claimed, with_mean)
    return None


def _fitted(matrix: Array, x: Array, groups: list[Array], with_mean: bool) -> Parts | None:
    """The parts of each row; None where they leave something of it."""
    parts = np.zeros((3, x.size))
    for group in groups:
        inside = x[group] - (x[group].mean() if with_mean else 0.0)
        for k, row in enumerate(group):
            basis = [np.eye(len(group))[k], inside[k] * inside / (inside @ inside)]
            basis += [np.full(len(group), 1 / len(group))] if with_mean else []
            columns = np.array(basis).T
            numbers = np.linalg.lstsq(columns, matrix[row, group], rcond=None)[0]
            if np.abs(columns @ numbers - matrix[row, group]).max() > CLOSE * np.abs(matrix).max():
                return None
            parts[[0, 2], row] = numbers[:2]
            parts[1, row] = numbers[2] if with_mean else 0.0
    return Parts(*parts)


def _compared(j: Jacobian, true: Parts, claimed: Parts, with_mean: bool) -> Explanation | None:
    """Which part the claim has and which it has not, each as a share of the true one's."""
    itself = _ratio(claimed.itself, true.itself)
    mean = _ratio(claimed.mean, true.mean) if with_mean else itself
    variance = _ratio(claimed.variance, true.variance)
    if itself is None or variance is None or mean is None:
        return None
    has = [abs(ratio) > NOTHING for ratio in (mean, variance)]
    if not all(has):
        held = [word for word, there in zip(("mean", "variance"), has, strict=True) if not there]
        if not with_mean:
            held = ["mean of the squares"]
        if abs(itself - 1) > EPSILON:
            return None
        evidence = f"{j.gradient} has nothing of what goes through the {' and the '.join(held)}"
        return Explanation(Cause.MOMENT, evidence)
    shares = {"mean": mean, "variance": variance} if with_mean else {"mean of the squares": variance}
    off = {word: share for word, share in shares.items() if abs(share - 1) > EPSILON}
    if (
        abs(itself - 1) <= CLOSE * 100
        and len(off) == 1
        and not any(abs(share - 1) > CLOSE * 100 for word, share in shares.items() if word not in off)
    ):
        ((word, share),) = off.items()
        return Explanation(
            Cause.FACTOR_INSIDE,
            f"what goes through the {word} in {j.gradient} is {share:.4g} x the true part",
        )
    if not off and abs(itself - 1) <= EPSILON:
        evidence = (
            f"{j.gradient} is that of another epsilon: what is beside the moments is {itself:.6g} x the true"
        )
        return Explanation(Cause.EPSILON, evidence)
    return None


def _ratio(claimed: Array, true: Array) -> float | None:
    """claimed / true, nearly the same in all rows."""
    largest = np.abs(true).max(initial=0.0)
    there = np.abs(true) > NOTHING * largest
    if not there.any():
        return None
    ratios = claimed[there] / true[there]
    middle = float(np.median(ratios))
    return middle if np.abs(ratios - middle).max() <= EPSILON * max(1.0, abs(middle)) else None
