"""The weight that errors pass on their way back through a network.

It is told at values where the right one and its rivals part: symmetric ones tell W from W', multiples of
another weight tell that one, and where all are 0 only an updated weight sends any errors on.
"""

from __future__ import annotations

import numpy as np

from gradwright.check.faults.black_box import BlackBox
from gradwright.check.faults.cause import Cause, Explanation
from gradwright.check.points import Leaf

OFF = 1e-3  # relative: a number so small beside others may be rounding


def weight_back(box: BlackBox) -> Explanation | None:
    """The weight that carries the errors back, seen where the right one and another are alike."""
    for weight in reversed(box.weights):
        found = _not_transposed(box, weight)
        if found is None and weight not in box.wrong and len(weight.shape) == 2:
            found = _another_weight(box, weight) or _updated(box, weight)
        if found is not None:
            return found
    return None


def _not_transposed(box: BlackBox, weight: Leaf) -> Explanation | None:
    """All is right wherever W is symmetric, wrong where it is not, and not 0 where W' is -W."""
    if len(weight.shape) != 2 or weight.shape[0] != weight.shape[1] or weight.shape[0] == 1:
        return None
    drawn = box.value(weight).std() * box.rng.standard_normal((2, *weight.shape))
    values = (box.value(weight), *drawn)
    if not all(box.ratio(box.at({weight: value + value.T}), box.wrong, 1.0) for value in values):
        return None
    if any(box.ratio(box.at({weight: value}), box.wrong, 1.0) for value in values):
        return None
    if any(box.ratio(box.at({weight: value - value.T}), box.wrong, 0.0) for value in drawn):
        return None  # (W + W') / 2 would do that
    evidence = f"all is right where {weight.name} is symmetric, and wrong where it is not"
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
        if sorted((below.size, bias.size)) != sorted(weight.shape):
            continue
        shares = []
        for _ in range(2):
            b = box.rng.uniform(-1, 1, bias.size)
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
