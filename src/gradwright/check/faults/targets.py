"""What a loss compares scores with: another target, a miscounted right class, an indicator left out.

They are seen at the weight that makes the scores. A claim that lacks the target differs from the true
gradient by what does not follow that weight. Where it is 0 all classes have the same score: there the true
gradient adds up to 0 over the classes, and a claim that gives the right class another share is a multiple of
it around another mean.
"""

from __future__ import annotations

import numpy as np

from gradwright.check.faults.black_box import ENTRIES, BlackBox
from gradwright.check.faults.cause import Cause, Explanation
from gradwright.check.points import Array, Leaf
from gradwright.check.verdict.locate import deepest_first

SIZES = (-0.7, 1.6, 0.3)  # times the weight of the scores: other values of it
CLOSE = 1e-4  # relative to a difference: it does not follow
LITTLE = 1e-4  # times a weight: a move over which a piecewise linear claim stays the same
FEWEST = 3  # classes


def compared(box: BlackBox) -> Explanation | None:
    """The deepest wrong array as that of the scores."""
    leaf = deepest_first(box.wrong)[0]
    weight = next((each for each in box.weights if each in box.wrong and each.numbers == leaf.numbers), None)
    by_class = _by_class(box, weight) if weight is not None and len(weight.shape) == 2 else None
    return by_class or _other_target(box, weight or leaf)


def _other_target(box: BlackBox, leaf: Leaf) -> Explanation | None:
    """A difference that does not follow the scores, and a true gradient that does."""
    v = box.direction([leaf])
    points = [box.x, *(box.at({leaf: size * box.value(leaf)}) for size in SIZES)]
    true = np.array([box.true(x, v) for x in points])
    off = np.array([float(box.claimed(x) @ v) for x in points]) - true
    size = float(np.abs(off).max())
    if not box.matters(off) or np.ptp(off) > CLOSE * size or np.ptp(true) < size / 10:
        return None
    evidence = f"d{leaf.name} differs from the true gradient by the same numbers whatever {leaf.name} is"
    if any(_adds_up(box, leaf, axis) for axis in range(len(leaf.shape)) if leaf.shape[axis] >= FEWEST):
        told = f"{evidence}, which add up to 0 over the classes"
        return Explanation(Cause.WRONG_CLASS, told, is_suspicion=True)
    return Explanation(Cause.OTHER_TARGET, evidence, is_suspicion=True)  # or any other part that is linear


def _adds_up(box: BlackBox, leaf: Leaf, axis: int) -> bool:
    """Whether nothing changes, in f nor as claimed, where all classes along an axis get the same."""
    other = tuple(1 if k == axis else size for k, size in enumerate(leaf.shape))
    v = box.within(leaf, np.zeros(leaf.shape) + box.rng.standard_normal(other))
    x = box.at({leaf: 0.0})
    return not box.matters(box.true(x, v)) and not box.matters(float(box.claimed(x) @ v))


def _by_class(box: BlackBox, weight: Leaf) -> Explanation | None:
    for axis in (1, 0):
        classes = weight.shape[axis]
        if not FEWEST <= classes <= ENTRIES:
            continue
        looks = [_over_classes(box, weight, axis) for _ in range(2)]
        claimed, true = (np.array(rows) for rows in zip(*looks, strict=True))
        if box.matters(true.sum(axis=1)) or not box.matters(true):
            continue
        where = f"where {weight.name} is 0, "
        if box.same(claimed, true):
            return _no_indicator(box, weight)
        orders = {tuple(np.argsort(row)[np.argsort(np.argsort(other))]) for row, other in looks}
        if len(orders) == 1 and all(box.same(np.sort(row), np.sort(other)) for row, other in looks):
            evidence = f"{where}d{weight.name} has the numbers of other classes along axis {axis}"
            return Explanation(Cause.WRONG_CLASS, evidence)
        around = claimed - claimed.mean(axis=1, keepdims=True)
        share = float((around * true).sum() / (true * true).sum())
        if not box.matters(claimed.mean(axis=1)) or not box.same(around, share * true):
            return None
        told = f"{where}f's gradient adds up to 0 over the classes, axis {axis}, and d{weight.name} does not"
        if _is_piecewise_linear(box, weight):
            return Explanation(Cause.RIGHT_CLASS, told)
        if box.same(share, 1 - 1 / classes):
            told = f"{where}d{weight.name} is -y (1 - p), not p - y"
            return Explanation(Cause.SOFTMAX_DIAGONAL, told, is_suspicion=classes <= FEWEST)
    return None


def _over_classes(box: BlackBox, weight: Leaf, axis: int) -> tuple[Array, Array]:
    """Claim and truth of each class along a random direction of the features, at W = 0."""
    x = box.at({weight: 0.0})
    u = box.rng.standard_normal(weight.shape[1 - axis])
    g = np.moveaxis(box.claimed_of(weight, x), axis, 0)
    true = []
    for row in np.eye(weight.shape[axis]):
        v = np.outer(u, row) if axis == 1 else np.outer(row, u)
        true.append(box.true(x, box.within(weight, v)))
    return g @ u, np.array(true)


def _no_indicator(box: BlackBox, weight: Leaf) -> Explanation | None:
    """A claim that is right at W = 0 and the same everywhere but for a penalty, unlike the true gradient."""
    at_zero = box.claimed_of(weight, box.at({weight: 0.0}))
    value = box.value(weight)
    shares = []
    for size in (1.0, *SIZES):
        off = box.claimed_of(weight, box.at({weight: size * value})) - at_zero
        share = float((off * value).sum() / (size * (value * value).sum()))
        if not box.same(off, share * size * value):
            return None
        shares.append(share)
    if not box.same(np.array(shares), np.full(len(shares), shares[0])):
        return None
    evidence = f"d{weight.name} is right where {weight.name} is 0, and does not follow the scores"
    return Explanation(Cause.NO_INDICATOR, evidence)


def _is_piecewise_linear(box: BlackBox, weight: Leaf) -> bool:
    """Whether the claim stays the same from W = 0 to near by, but for a penalty, which is small there."""
    near = LITTLE * box.value(weight)
    here, there = (box.claimed_of(weight, box.at({weight: s * near})) for s in (1.0, 2.0))
    step, size = there - here, np.abs(here).max()
    share = float((step * near).sum() / (near * near).sum())
    return bool(np.abs(step - share * near).max() <= CLOSE**2 * size)
