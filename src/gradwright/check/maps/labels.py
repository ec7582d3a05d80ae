"""A loss of scores and labels: what the claim has of the probabilities, of the classes and of the margins.

The classes show in the true gradient: p - N g is 1 at each sample's own class and 0 elsewhere where f is a
cross-entropy of softmax(x); a sum over margins has 1 for each that is violated, and less their number there.
"""

from __future__ import annotations

import numpy as np

from gradwright.check.faults.cause import Cause, Explanation
from gradwright.check.maps.backward_map import BackwardMap
from gradwright.check.maps.jacobians import Jacobian
from gradwright.check.points import Array


def of_labels(backward: BackwardMap, j: Jacobian) -> Explanation | None:
    """What is wrong with the gradient of a loss by its scores x (N, classes)."""
    x = backward.point[j.name]
    if len(j.true) != 1 or x.ndim != 2 or x.shape[1] < 2:
        return None
    for scale in (1.0, float(len(x))):
        true, claimed = (scale * m.reshape(x.shape) for m in (j.true, j.claimed))
        found = _cross_entropy(j, x, true, claimed) or _margins(j, true, claimed)
        if found is not None:
            return found
    return None


def _cross_entropy(j: Jacobian, x: Array, true: Array, claimed: Array) -> Explanation | None:
    e = np.exp(x - x.max(axis=1, keepdims=True))
    p = e / e.sum(axis=1, keepdims=True)
    classes = p - true
    if not (j.same(classes, np.round(classes)) and (np.round(classes).sum(axis=1) == 1).all()):
        return None
    classes, n = np.round(classes), len(x)
    taken = p - claimed
    if j.same(taken, np.round(taken)) and (np.round(taken).sum(axis=1) == 1).all():
        rows = int((np.round(taken) != classes).any(axis=1).sum())
        return Explanation(
            Cause.WRONG_CLASS, f"{j.gradient} is p less 1 at another class in {rows} of {n} samples"
        )
    for cause, words, wrong in (
        (Cause.SUM_MISSING, "p alone: the 1 at each sample's own class is not taken off", p),
        (Cause.SUM_MISSING, "-1 at each sample's own class alone, without p", -classes),
        (Cause.SUM_MISSING, "p - 1 at each sample's own class alone, and 0 elsewhere", classes * (p - 1)),
        (Cause.SOFTMAX_DIAGONAL, "-y (1 - p), not p - y", -classes * (1 - p)),
        (Cause.SUM_MISSING, "the mean of p, less 1 without the division by their number", p / n - classes),
        (Cause.SUM_MISSING, "the sum of p, less 1 divided by their number", n * p - classes),
        (Cause.WRONG_CLASS, "p + 1 at each sample's own class", p + classes),
        (Cause.SIGN, "y - p, not p - y", classes - p),
    ):
        if j.same(claimed, wrong):
            return Explanation(cause, f"{j.gradient} is {words}")
    return None


def _margins(j: Jacobian, true: Array, claimed: Array) -> Explanation | None:
    counts = np.round(true)
    if not j.same(true, counts) or not (counts.sum(axis=1) == 0).all() or not counts.any():
        return None
    own = counts < 0
    violated = counts > 0
    if (own.sum(axis=1) > 1).any() or (counts[violated] != 1).any():
        return None
    for words, wrong in (
        (
            "nothing at each sample's own class, where the number of violated margins is taken off",
            violated * 1.0,
        ),
        ("-1 at each sample's own class, whatever the number of violated margins", violated - 1.0 * own),
        ("nothing at the violated margins", np.where(own, counts, 0)),
    ):
        if j.same(claimed, wrong) and not j.same(wrong, counts):
            return Explanation(Cause.SUM_MISSING, f"{j.gradient} has {words}")
    return None
