"""The way that errors take back through a network: the weight they pass, and the branches of a sum.

The weight on the way is told at values where the right one and its rivals part: symmetric or antisymmetric
ones tell W from W', multiples of another weight tell that one, and where all are 0 only an updated weight
sends any errors on. A branch is told by a weight of 0 that shuts the other one.
"""

from __future__ import annotations

import numpy as np

from gradwright.check.faults.black_box import BlackBox
from gradwright.check.faults.cause import Cause, Explanation
from gradwright.check.points import Array, Leaf

OFF = 1e-3  # relative: a number so small beside others may be rounding
LIGHTER = 0.8  # times the parameters: a point near by, for a second look


def weight_back(box: BlackBox) -> Explanation | None:
    """The weight that carries the errors back, seen where the right one and another are alike."""
    for weight in (leaf for leaf in reversed(box.weights) if leaf not in box.wrong):
        if len(weight.shape) != 2:
            continue
        found = _not_transposed(box, weight) or _another_weight(box, weight) or _updated(box, weight)
        if found is not None:
            return found
    return None


def _not_transposed(box: BlackBox, weight: Leaf) -> Explanation | None:
    if weight.shape[0] != weight.shape[1]:
        return None
    value = box.value(weight)
    odd, even = (value - value.T) / 2, (value + value.T) / 2
    if not box.ratio(box.at({weight: odd}), box.wrong, -1.0):
        return None
    if not box.ratio(box.at({weight: even}), box.wrong, 1.0):
        return None
    evidence = f"below {weight.name} all is right where it is symmetric, of wrong sign where antisymmetric"
    return Explanation(Cause.TRANSPOSED, evidence)


def _another_weight(box: BlackBox, weight: Leaf) -> Explanation | None:
    for other in box.weights:
        if other.shape != weight.shape or other is weight:
            continue
        value = box.value(other)
        if all(box.ratio(box.at({weight: s * value}), box.wrong, 1 / s) for s in (-1.0, 2.0)):
            evidence = f"where {weight.name} is s x {other.name}, what lies below is 1/s x the true gradient"
            return Explanation(Cause.OFF_BY_ONE, evidence)
    return None


def _updated(box: BlackBox, weight: Leaf) -> Explanation | None:
    """Where all weights up to W are 0, none but an updated one sends errors: db_below ~ -dW db."""
    bias = box.bias_of(weight)
    if bias is None or bias in box.wrong:
        return None
    zero = dict.fromkeys(box.before(bias), 0.0)
    if weight not in zero:
        return None
    for below in box.wrong_vectors:
        if sorted((below.shape[0], bias.shape[0])) != sorted(weight.shape):
            continue
        shares = []
        for _ in range(2):
            b = box.rng.uniform(-1, 1, bias.shape)
            x = box.at(zero | {bias: b})
            g = box.claimed(x)
            dw = g[weight.places].reshape(weight.shape)
            step = (dw if dw.shape[1] == len(g[bias.places]) else dw.T) @ g[bias.places]
            sent = g[below.places]
            if box.matters(box.true(x, box.direction([below]))) or not box.matters(sent):
                break
            moves = np.abs(step) > OFF * np.abs(step).max()
            shares.append(np.where(moves, sent / np.where(moves, step, 1.0), 0.0))
        if len(shares) == 2 and box.same(shares[0], shares[1]) and shares[0].max() <= 0:
            evidence = f"where {weight.name} is 0, d{below.name} is -d{weight.name} d{bias.name} times a step"
            return Explanation(Cause.UPDATE_ORDER, evidence)
    return None


def branch(box: BlackBox) -> Explanation | None:
    """Two ways that meet in a sum, one of them shut by a weight of 0: is what goes the other way claimed?"""
    for weight in (leaf for leaf in box.weights if leaf not in box.wrong):
        others = [leaf for leaf in box.leaves if leaf is not weight]
        shut = {weight: np.zeros(weight.shape)}
        points = [box.at(shut), box.at(shut | {leaf: LIGHTER * box.value(leaf) for leaf in others})]
        if all(_nothing_claimed(box, x) for x in points):
            evidence = f"what goes past {weight.name} is missing: where it is 0, the claim is 0 too"
            return Explanation(Cause.BRANCH_DROPPED, evidence)
        if weight.shape == weight.shape[::-1] and _lost_through(box, weight):
            evidence = f"what lies before {weight.name} is right where that is 0, and wrong elsewhere"
            return Explanation(Cause.BRANCH_WRONG, evidence)
    return None


def _lost_through(box: BlackBox, weight: Leaf) -> bool:
    """Whether the claim is right without a weight, or all of its shape, and not where it is symmetric."""
    value = box.value(weight)
    for shut in ([weight], [leaf for leaf in box.weights if leaf.shape == weight.shape]):
        without: dict[Leaf, Array | float] = dict.fromkeys(shut, 0.0)
        lighter = {leaf: LIGHTER * box.value(leaf) for leaf in box.leaves if leaf not in without}
        if all(box.ratio(box.at(point), box.wrong, 1.0) for point in (without, without | lighter)):
            return not box.ratio(box.at(without | {weight: value + value.T}), box.wrong, 1.0)
    return False


def _nothing_claimed(box: BlackBox, x: Array) -> bool:
    """Whether the wrong leaves are claimed to be 0 where they are not."""
    g = box.claimed(x)
    if any(box.matters(g[leaf.places]) for leaf in box.wrong):
        return False
    return box.matters(box.true(x, box.direction(box.wrong)))
