"""Right numbers at wrong places that only an array's structure tells: axes folded into one, and slices."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from gradwright.check.points import Array
from gradwright.check.verdict.causes import Cause, Explanation
from gradwright.check.verdict.trees import Leaf
from gradwright.check.verdict.workbench import Workbench

LOOKS = 3  # directions along which a rearranged gradient must be the true one


def misplaced(bench: Workbench) -> Explanation | None:
    """One wrong weight: its rows in the order of other axes, or its slices one place further on."""
    for leaf in (leaf for leaf in bench.weights if leaf in bench.wrong):
        g = bench.claimed_at_x[leaf.places].reshape(leaf.shape)
        for cause, words, moved, known in _rearranged(g):
            tells = bench.matters(moved[known]) and not np.array_equal(moved[known], g[known])
            if tells and all(_true_along(bench, leaf, moved, known) for _ in range(LOOKS)):
                return Explanation(cause, f"the true gradient of {leaf.name} is the claimed one {words}")
    return None


def _rearranged(g: Array) -> Iterator[tuple[Cause, str, Array, Array]]:
    """What the true gradient would be, the words for it, and which entries of it the claim tells."""
    rows = g.shape[0]
    for many in (n for n in range(2, rows // 2 + 1) if rows % n == 0):
        moved = g.reshape(many, rows // many, -1).swapaxes(0, 1).reshape(g.shape)
        words = f"with its rows read as {many} x {rows // many} and those axes exchanged"
        yield Cause.FLATTENED, words, moved, np.ones(g.shape, bool)
    for axis in range(g.ndim):
        for shift in (1, -1):
            known = np.ones(g.shape, bool)
            np.moveaxis(known, axis, 0)[0 if shift > 0 else -1] = False  # it came from beyond the array
            if np.count_nonzero(known) > LOOKS:
                words = f"shifted by {shift:+d} along axis {axis}, but for what is beyond its end"
                yield Cause.OFF_BY_ONE, words, np.roll(g, shift, axis), known


def _true_along(bench: Workbench, leaf: Leaf, moved: Array, known: Array) -> bool:
    """Whether f's derivative along a random direction in the known entries is that of ``moved``."""
    part = np.where(known, bench.rng.standard_normal(leaf.shape), 0.0)
    v = np.zeros(bench.probe.tree.size)
    v[leaf.places] = part.ravel()
    return bench.same(bench.true(bench.probe.x, v), float((moved * part).sum()))
