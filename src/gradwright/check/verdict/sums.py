"""A bias whose gradient has the true sum but not the true entries: errors added along another axis."""

from __future__ import annotations

import numpy as np

from gradwright.check.points import Array
from gradwright.check.verdict.causes import Cause, Explanation
from gradwright.check.verdict.trees import Leaf
from gradwright.check.verdict.workbench import ENTRIES, Workbench

SIZES = (1.0, 0.8, -0.7)  # times the parameters: the points at which the sums are compared


def summed(bench: Workbench) -> Explanation | None:
    """A vector alone wrong, whose sum or entries follow the true sum from point to point."""
    for vector in (leaf for leaf in bench.vectors if leaf in bench.wrong):
        points = [bench.at({leaf: size * bench.value(leaf) for leaf in bench.leaves}) for size in SIZES]
        seen = {_seen(bench, vector, x) for x in points}
        if len(seen) == 1 and (words := seen.pop()):
            return Explanation(Cause.BIAS_AXIS, words)
    return None


def _seen(bench: Workbench, vector: Leaf, x: Array) -> str | None:
    """What the true sum is to the claim at one point; None where it is nothing to it."""
    g = bench.claimed(x)[vector.places]
    everything = np.zeros(bench.probe.tree.size)
    everything[vector.places] = 1.0
    total = bench.true(x, everything)
    if not bench.matters(total):
        return None
    for share, words in ((1.0, "the sum"), (1 / len(g), "the mean")):
        if bench.same(g, np.full(len(g), share * total)):
            return f"every entry of {vector.name} is {words} of the true ones"
    if len(g) > ENTRIES or not bench.same(float(g.sum()), total):
        return None
    if bench.same(np.sort(g), np.sort(bench.true_entries(x, vector))):  # the true ones in another order
        return None
    return f"the entries of {vector.name} add up to what the true ones do, and are others"
