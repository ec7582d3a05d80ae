"""A bias whose errors are added along another axis.

The mark is that the claim follows the true gradient's sum, or its mean, from point to point, and not its
entries. A bias whose true entries only stand in another order has the sum as well; sorting tells that.
"""

from __future__ import annotations

import numpy as np

from gradwright.check.faults.black_box import ENTRIES, BlackBox
from gradwright.check.faults.cause import Cause, Explanation
from gradwright.check.points import Array, Leaf

SIZES = (1.0, 0.8, -0.7)  # times the parameters: the points at which the sums are compared


def summed(box: BlackBox) -> Explanation | None:
    """A vector alone wrong, whose sum or entries follow the true sum from point to point."""
    for vector in box.wrong_vectors:
        points = [box.at({leaf: size * box.value(leaf) for leaf in box.leaves}) for size in SIZES]
        seen = {_seen(box, vector, x) for x in points}
        if len(seen) == 1 and (words := seen.pop()):
            return Explanation(Cause.BIAS_AXIS, words)
    return None


def _seen(box: BlackBox, vector: Leaf, x: Array) -> str | None:
    """What the true sum is to the claim at one point; None where it is nothing to it."""
    g = box.claimed_of(vector, x).ravel()
    total = box.true(x, box.within(vector, 1.0))
    if not box.matters(total):
        cancels = not box.matters(g) and np.ptp(g) == 0
        told = f"every entry of {vector.name} is the sum of the true ones, which cancel" if cancels else None
        return told if box.matters(box.true(x, box.direction([vector]))) else None
    for share, words in ((1.0, "the sum"), (1 / len(g), "the mean")):
        if box.same(g, np.full(len(g), share * total)):
            return f"every entry of {vector.name} is {words} of the true ones"
    if len(g) > ENTRIES or not box.same(float(g.sum()), total):
        return None
    if box.same(np.sort(g), np.sort(box.true_entries(x, vector))):  # the true ones in another order
        return None
    return f"the entries of {vector.name} add up to what the true ones do, and are others"
