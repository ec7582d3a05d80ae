"""Points other than x, at which the gradient is asked too, so that what it keeps from a call shows at x.

The first call of all is made far away, at a point of other signs and sizes: a mask that is drawn at the first
call, an argmax that is kept, a buffer that is written only where something is active are then those of that
point, and the gradient at x is wrong. A gradient that keeps nothing cannot tell the difference.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

from gradwright.check.points import Array, Tree
from gradwright.check.streams import Stream, own_generator
from gradwright.check.verdict.directions import Direction, Drawn, Scales
from gradwright.check.verdict.oracle import Oracle

STEP = 1e-3  # of the size of x: how far away "near" is
SIZES = (0.3, 2.3)  # of the entries of x: what they become far away
NEARER = (0.8, 1.3)  # the same where f may have no answer so far
SIGNS = 8  # points of other signs: sums that cancel at x do not at all of them


class Visit(NamedTuple):
    """Where far from the ``x`` that was asked about the gradient was asked, and what was claimed there."""

    x: Array
    sign: int
    key: int
    gradient: Array

    def point(self, tree: Tree) -> Array:
        """That point, made again."""
        return _far(tree, self.x, self.sign, self.key)


def near(oracle: Oracle, key: int) -> Array:
    """The point of a key at a small random distance from x, as its dtypes hold it."""
    relative = Scales.of(oracle.tree, oracle.x, oracle.x)  # of which no gradient is asked
    point = relative.direction(Drawn("relative", None, key)).values
    point *= STEP
    point += oracle.x
    oracle.tree.hold(point, slice(0, point.size))
    return point


def visit_far(oracle: Oracle, key: int) -> Visit | None:
    """Ask f and the gradient where every entry of x has the other sign, or else the same, and another size.

    None where neither has an answer: outside its domain a function may raise or give what it likes.
    """
    for sign in (-1, 1):
        gradient = oracle.answer_at(_far(oracle.tree, oracle.x, sign, key))
        if gradient is not None:
            return Visit(oracle.x, sign, key, gradient)
    return None


def others(oracle: Oracle, rng: np.random.Generator) -> Iterator[Array]:
    """Points at which what was seen at x is looked at again: of both signs, the last one nearer."""
    for sign, sizes in ((-1, SIZES), (1, SIZES), (1, NEARER)):
        yield _far(oracle.tree, oracle.x, sign, int(rng.integers(2**63)), sizes)


def largest_value(oracle: Oracle) -> float:
    """The largest |f| at x and at points where its entries have other sizes and signs."""
    rng = own_generator(0, Stream.ASIDE)
    signs = [rng.choice([-1, 1], oracle.x.shape) for _ in range(SIGNS)]
    moves = (_far(oracle.tree, oracle.x, sign, key) - oracle.x for key, sign in enumerate(signs))
    changes = [oracle.change(Direction.through(move), 1.0) for move in moves]
    values = np.abs(oracle.value + np.array([0.0, *changes]))
    return float(values[np.isfinite(values)].max())


def _far(tree: Tree, x: Array, sign: Array | int, key: int, sizes: tuple[float, float] = SIZES) -> Array:
    """x with each entry of another size, times ``sign``; where all of an array is 0, any numbers."""
    rng = np.random.default_rng(key)
    point = rng.uniform(*sizes, x.shape)
    point *= x
    point *= sign
    for leaf in tree.leaves:
        if not x[leaf.places].any():
            point[leaf.places] = rng.standard_normal(leaf.stop - leaf.start)
    tree.hold(point, slice(0, point.size))
    return point
