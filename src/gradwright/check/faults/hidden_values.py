"""The values that stand beside the errors in dW = h' delta: those of another layer, or of another step.

They are seen at W = 0, where no h changes the errors. A claim that holds the values after the layer is the
outer product with what the next layer's right gradient shows; one from an earlier step does not follow the
parameters before it, and the true gradient does.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from gradwright.check.faults.black_box import BlackBox
from gradwright.check.faults.cause import Cause, Explanation
from gradwright.check.points import Array, Leaf

MOVED = -0.7  # times the parameters: another point of the same size


def hidden_values(box: BlackBox) -> Explanation | None:
    """What stands beside the errors in dW = h' delta, seen at W = 0, where no h changes them."""
    for weight in box.wrong_matrices:
        below = [leaf for leaf in box.leaves if leaf.start < weight.start]
        if not below:
            continue
        near: dict[Leaf, Array] = {weight: np.zeros(weight.shape)}
        moved = near | {leaf: MOVED * box.value(leaf) for leaf in below}
        if all(_of_layer_above(box, weight, point) for point in (near, moved)):
            evidence = f"where {weight.name} is 0, d{weight.name} holds the values after it, not before it"
            return Explanation(Cause.OFF_BY_ONE, evidence)
        if _may_see_the_data(box, weight):
            continue
        first, second = (box.claimed_of(weight, box.at(point)) for point in (near, moved))
        if box.matters(first) and box.same(first, second):
            v = box.within(weight, first / np.linalg.norm(first))
            truths = [box.true(box.at(point), v) for point in (near, moved)]
            if not box.same(*truths):
                evidence = (
                    f"where {weight.name} is 0, d{weight.name} does not follow the parameters before it, "
                    "and the true gradient does"
                )
                return Explanation(Cause.FROZEN, evidence)
    return None


def _may_see_the_data(box: BlackBox, weight: Leaf) -> bool:
    """Whether a weight fits the inputs of the first, which follow no parameter either."""
    data = next(leaf for leaf in box.weights if len(leaf.shape) == 2)
    return weight is data or any(mine == its for mine, its in zip(weight.shape, data.shape, strict=True))


def _of_layer_above(box: BlackBox, weight: Leaf, point: Mapping[Leaf, Array]) -> bool:
    """Whether dW = h' db with the h that the next layer's right gradient shows."""
    bias = box.bias_of(weight)
    after = [w for w in box.weights if w.start > weight.start and w not in box.wrong]
    if bias is None or bias in box.wrong or not after or weight.shape[0] != weight.shape[1]:
        return False
    next_bias = box.bias_of(after[0])
    if next_bias is None or len(after[0].shape) != 2 or next_bias in box.wrong:
        return False
    g = box.claimed(box.at(point))
    above, db = g[after[0].places].reshape(after[0].shape), g[next_bias.places]
    if above.shape[1] != len(db):
        above = above.T
    if above.shape != (weight.shape[0], len(db)):
        return False
    h = above @ db / (db @ db)
    dw = g[weight.places].reshape(weight.shape)
    outer = np.outer(h, g[bias.places])
    return box.matters(dw) and (box.same(dw, outer) or box.same(dw, outer.T))
