"""The faults of the way back through a network: what errors are multiplied by, and which ways they take."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from gradwright.check.points import Array
from gradwright.check.verdict.causes import Cause, Explanation
from gradwright.check.verdict.trees import Leaf
from gradwright.check.verdict.workbench import Workbench

MOVED = -0.7  # times the parameters: another point of the same size
OFF = 1e-3  # relative: a factor nearer to 1 may be rounding, as may be a number so small beside others
LIGHTER = 0.8  # times the parameters: a point near by, for a second look


def hidden_values(bench: Workbench) -> Explanation | None:
    """What stands beside the errors in dW = h' delta, seen at W = 0, where no h changes them."""
    for weight in (leaf for leaf in bench.weights if leaf in bench.wrong and len(leaf.shape) == 2):
        below = [leaf for leaf in bench.leaves if leaf.start < weight.start]
        if not below:
            continue
        near: dict[Leaf, Array] = {weight: np.zeros(weight.shape)}
        moved = near | {leaf: MOVED * bench.value(leaf) for leaf in below}
        if all(_of_layer_above(bench, weight, point) for point in (near, moved)):
            evidence = f"where {weight.name} is 0, d{weight.name} holds the values after it, not before it"
            return Explanation(Cause.OFF_BY_ONE, evidence)
        if _may_see_the_data(bench, weight):
            continue
        first, second = (bench.claimed(bench.at(point))[weight.places] for point in (near, moved))
        if bench.matters(first) and bench.same(first, second):
            v = np.zeros(bench.probe.tree.size)
            v[weight.places] = first / np.linalg.norm(first)
            truths = [bench.true(bench.at(point), v) for point in (near, moved)]
            if not bench.same(*truths):
                evidence = (
                    f"where {weight.name} is 0, d{weight.name} does not follow the parameters before it, "
                    "and the true gradient does"
                )
                return Explanation(Cause.FROZEN, evidence)
    return None


def _may_see_the_data(bench: Workbench, weight: Leaf) -> bool:
    """Whether a weight fits the inputs of the first, which follow no parameter either."""
    data = next(leaf for leaf in bench.weights if len(leaf.shape) == 2)
    return weight is data or any(mine == its for mine, its in zip(weight.shape, data.shape, strict=True))


def _of_layer_above(bench: Workbench, weight: Leaf, point: Mapping[Leaf, Array]) -> bool:
    """Whether dW = h' db with the h that the next layer's right gradient shows."""
    bias = bench.bias_of(weight)
    after = [w for w in bench.weights if w.start > weight.start and w not in bench.wrong]
    if bias is None or bias in bench.wrong or not after or weight.shape[0] != weight.shape[1]:
        return False
    next_bias = bench.bias_of(after[0])
    if next_bias is None or len(after[0].shape) != 2 or next_bias in bench.wrong:
        return False
    g = bench.claimed(bench.at(point))
    above, db = g[after[0].places].reshape(after[0].shape), g[next_bias.places]
    if above.shape[1] != len(db):
        above = above.T
    if above.shape != (weight.shape[0], len(db)):
        return False
    h = above @ db / (db @ db)
    dw = g[weight.places].reshape(weight.shape)
    outer = np.outer(h, g[bias.places])
    return bench.matters(dw) and (bench.same(dw, outer) or bench.same(dw, outer.T))


def weight_back(bench: Workbench) -> Explanation | None:
    """The weight that carries the errors back, seen where the right one and another are alike."""
    for weight in (leaf for leaf in reversed(bench.weights) if leaf not in bench.wrong):
        if len(weight.shape) != 2:
            continue
        found = _not_transposed(bench, weight) or _another_weight(bench, weight) or _updated(bench, weight)
        if found is not None:
            return found
    return None


def _not_transposed(bench: Workbench, weight: Leaf) -> Explanation | None:
    if weight.shape[0] != weight.shape[1]:
        return None
    value = bench.value(weight)
    odd, even = (value - value.T) / 2, (value + value.T) / 2
    if not bench.ratio(bench.at({weight: odd}), bench.wrong, -1.0):
        return None
    if not bench.ratio(bench.at({weight: even}), bench.wrong, 1.0):
        return None
    evidence = f"below {weight.name} all is right where it is symmetric, of wrong sign where antisymmetric"
    return Explanation(Cause.TRANSPOSED, evidence)


def _another_weight(bench: Workbench, weight: Leaf) -> Explanation | None:
    for other in bench.weights:
        if other.shape != weight.shape or other is weight:
            continue
        value = bench.value(other)
        if all(bench.ratio(bench.at({weight: s * value}), bench.wrong, 1 / s) for s in (-1.0, 2.0)):
            evidence = f"where {weight.name} is s x {other.name}, what lies below is 1/s x the true gradient"
            return Explanation(Cause.OFF_BY_ONE, evidence)
    return None


def _updated(bench: Workbench, weight: Leaf) -> Explanation | None:
    """Where all weights up to W are 0, none but an updated one sends errors: db_below ~ -dW db."""
    bias = bench.bias_of(weight)
    if bias is None or bias in bench.wrong:
        return None
    zero = dict.fromkeys(bench.before(bias), 0.0)
    if weight not in zero:
        return None
    for below in (leaf for leaf in bench.vectors if leaf in bench.wrong):
        if sorted((below.shape[0], bias.shape[0])) != sorted(weight.shape):
            continue
        shares = []
        for _ in range(2):
            b = bench.rng.uniform(-1, 1, bias.shape)
            x = bench.at(zero | {bias: b})
            g = bench.claimed(x)
            dw = g[weight.places].reshape(weight.shape)
            step = (dw if dw.shape[1] == len(g[bias.places]) else dw.T) @ g[bias.places]
            sent = g[below.places]
            if bench.matters(bench.true(x, bench.direction([below]))) or not bench.matters(sent):
                break
            moves = np.abs(step) > OFF * np.abs(step).max()
            shares.append(np.where(moves, sent / np.where(moves, step, 1.0), 0.0))
        if len(shares) == 2 and bench.same(shares[0], shares[1]) and shares[0].max() <= 0:
            evidence = f"where {weight.name} is 0, d{below.name} is -d{weight.name} d{bias.name} times a step"
            return Explanation(Cause.UPDATE_ORDER, evidence)
    return None


def branch(bench: Workbench) -> Explanation | None:
    """Two ways that meet in a sum, one of them shut by a weight of 0: is what goes the other way claimed?"""
    for weight in (leaf for leaf in bench.weights if leaf not in bench.wrong):
        others = [leaf for leaf in bench.leaves if leaf is not weight]
        shut = {weight: np.zeros(weight.shape)}
        points = [bench.at(shut), bench.at(shut | {leaf: LIGHTER * bench.value(leaf) for leaf in others})]
        if all(_nothing_claimed(bench, x) for x in points):
            evidence = f"what goes past {weight.name} is missing: where it is 0, the claim is 0 too"
            return Explanation(Cause.BRANCH_DROPPED, evidence)
        if weight.shape == weight.shape[::-1] and _lost_through(bench, weight):
            evidence = f"what lies before {weight.name} is right where that is 0, and wrong elsewhere"
            return Explanation(Cause.BRANCH_WRONG, evidence)
    return None


def _lost_through(bench: Workbench, weight: Leaf) -> bool:
    """Whether the claim is right without a weight, or all of its shape, and not where it is symmetric."""
    value = bench.value(weight)
    for shut in ([weight], [leaf for leaf in bench.weights if leaf.shape == weight.shape]):
        without: dict[Leaf, Array | float] = dict.fromkeys(shut, 0.0)
        lighter = {leaf: LIGHTER * bench.value(leaf) for leaf in bench.leaves if leaf not in without}
        if all(bench.ratio(bench.at(point), bench.wrong, 1.0) for point in (without, without | lighter)):
            return not bench.ratio(bench.at(without | {weight: value + value.T}), bench.wrong, 1.0)
    return False


def factor_further_on(bench: Workbench) -> Explanation | None:
    """A constant factor in a wrong leaf, where others are wrong in some other way because of it."""
    for leaf in bench.wrong:
        if leaf.stop - leaf.start < 4:
            continue
        along = [bench.direction([leaf]) for _ in range(3)]
        claimed = np.array([bench.claimed_at_x @ v for v in along])
        true = np.array([bench.true(bench.probe.x, v) for v in along])
        factor = float(claimed @ true / (true @ true))
        if bench.same(claimed, factor * true) and abs(factor - 1) > OFF and bench.matters(true):
            return Explanation(
                Cause.FACTOR, f"{leaf.name} is {factor:.6g} x the true gradient in every entry"
            )
    return None


def _nothing_claimed(bench: Workbench, x: Array) -> bool:
    """Whether the wrong leaves are claimed to be 0 where they are not."""
    g = bench.claimed(x)
    if any(bench.matters(g[leaf.places]) for leaf in bench.wrong):
        return False
    return bench.matters(bench.true(x, bench.direction(bench.wrong)))
