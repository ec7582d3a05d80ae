"""Points other than x, at which the gradient is asked too, so that what it keeps from a call shows at x.

The first call of all is made far away, at a point of other signs and sizes: a mask that is drawn at the first
call, an argmax that is kept, a buffer that is written only where something is active are then those of that
point, and the gradient at x is wrong. A gradient that keeps nothing cannot tell the difference.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from gradwright.check.points import Array, Tree
from gradwright.check.verdict.directions import Drawn, Scales, size_of
from gradwright.check.verdict.oracle import Oracle

STEP = 1e-3  # of the size of x: how far away "near" is
SIZES = (0.3, 2.3)  # of the entries of x: what they become far away


class Visit(NamedTuple):
    """A point far from x, and the gradient that was claimed there."""

    x: Array
    gradient: Array


def near(oracle: Oracle, rng: np.random.Generator) -> Array:
    """A point at a small random distance from x, as its dtypes hold it."""
    relative = Scales.of(oracle.tree, oracle.x, oracle.x)  # of which no gradient is asked
    step = relative.direction(Drawn("relative", None, int(rng.integers(2**63)))).values
    step *= STEP
    step += oracle.x
    oracle.tree.hold(step, slice(0, step.size))
    return step


def visit_far(oracle: Oracle, rng: np.random.Generator) -> Visit | None:
    """Ask f and the gradient where every entry of x has the other sign, or else the same, and another size.

    None where neither has an answer: outside its domain a function may raise or give what it likes.
    """
    for sign in (-1, 1):
        point = _resized(oracle.tree, oracle.x, rng, sign)
        gradient = oracle.answer_at(point)
        if gradient is not None:
            return Visit(point, gradient)
    return None


def _resized(tree: Tree, x: Array, rng: np.random.Generator, sign: int) -> Array:
    """x with each entry of another size; where all of an array is 0, any numbers."""
    out = rng.uniform(*SIZES, x.shape)
    out *= x
    out *= sign
    for leaf in tree.leaves:
        if not x[leaf.places].any():
            out[leaf.places] = size_of(x[leaf.places]) * rng.standard_normal(leaf.stop - leaf.start)
    tree.hold(out, slice(0, out.size))
    return out
