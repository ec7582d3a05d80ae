"""Right numbers at wrong places: transposed, flattened in another order, reversed, shifted, exchanged.

The mark is that the claimed numbers, put in other places, are the true gradient. Every order that a program
is likely to mistake for the right one is tried on the derivatives that were measured; what only an array's
structure tells, axes folded into its rows and slices that fall off its end, on fresh directions.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import permutations

import numpy as np

from gradwright.check.faults.black_box import BlackBox
from gradwright.check.faults.cause import Cause, Explanation
from gradwright.check.faults.seen import Hypothesis, Seen
from gradwright.check.points import Array, Leaf

LOOKS = 3  # directions along which a rearranged gradient must be the true one


def rearranged(seen: Seen) -> Hypothesis | None:
    """The whole array in another order, or that of another parameter."""
    for k, (cause, words, moved) in enumerate(_moved(seen)):
        if not np.array_equal(moved, seen.gradient[seen.leaf.places]) and seen.holds(seen.directions @ moved):

            def predict(there: Seen, k: int = k) -> Array:
                return np.asarray(there.directions @ _moved(there)[k][2])

            return Hypothesis(_explained(cause, seen.leaf, words), predict)
    return None


def _moved(seen: Seen) -> list[tuple[Cause, str, Array]]:
    """The claimed numbers in every order that is tried, with the words for it."""
    g = seen.gradient[seen.leaf.places].reshape(seen.leaf.shape)
    return [*orders(g), *_of_other_leaves(seen)]


def partly_rearranged(box: BlackBox) -> Explanation | None:
    """One wrong weight: its rows in the order of other axes, or its slices one place further on."""
    for leaf in (leaf for leaf in box.weights if leaf in box.wrong):
        g = box.claimed_at_x[leaf.places].reshape(leaf.shape)
        for cause, words, moved, known in [*_folded_rows(g), *_shifted_slices(g)]:
            tells = box.matters(moved[known]) and not np.array_equal(moved[known], g[known])
            if tells and all(_true_along(box, leaf, moved, known) for _ in range(LOOKS)):
                return _explained(cause, leaf, words)
    return None


def _explained(cause: Cause, leaf: Leaf, words: str) -> Explanation:
    return Explanation(cause, f"the true gradient of {leaf.name} is the claimed one {words}")


def orders(g: Array) -> Iterator[tuple[Cause, str, Array]]:
    """The same numbers in another order, with the words for it."""
    if g.ndim == 2 and g.shape[0] == g.shape[1]:
        yield Cause.TRANSPOSED, "transposed", g.T.ravel()
    elif g.ndim >= 2:
        yield Cause.FLATTENED, "read in column order", g.ravel().reshape(g.shape, order="F").ravel()
        yield Cause.FLATTENED, "written in column order", g.ravel(order="F")
    if g.ndim > 2:
        for axes in permutations(range(g.ndim)):
            if axes != tuple(range(g.ndim)):
                words = f"with its axes in the order {axes}"
                yield Cause.FLATTENED, words, g.transpose(axes).ravel()
                written = tuple(g.shape[axis] for axis in axes)
                back = g.ravel().reshape(written).transpose(np.argsort(axes))
                yield Cause.FLATTENED, f"written {words}", back.ravel()
    for axis in range(g.ndim):
        yield Cause.REVERSED, f"reversed along axis {axis}", np.flip(g, axis).ravel()
        for shift in (1, -1):
            words = f"shifted by {shift:+d} along axis {axis}"
            yield Cause.OFF_BY_ONE, words, np.roll(g, shift, axis).ravel()


def _of_other_leaves(seen: Seen) -> Iterator[tuple[Cause, str, Array]]:
    for other in seen.oracle.tree.leaves:
        if other is not seen.leaf and other.shape == seen.leaf.shape:
            yield Cause.EXCHANGED, f"of {other.name}", seen.gradient[other.places]


def _folded_rows(g: Array) -> Iterator[tuple[Cause, str, Array, Array]]:
    """The rows as two axes, in either order, and which entries of the true gradient the claim then tells."""
    rows = g.shape[0]
    for many in (n for n in range(2, rows // 2 + 1) if rows % n == 0):
        moved = g.reshape(many, rows // many, -1).swapaxes(0, 1).reshape(g.shape)
        words = f"with its rows read as {many} x {rows // many} and those axes exchanged"
        yield Cause.FLATTENED, words, moved, np.ones(g.shape, bool)


def _shifted_slices(g: Array) -> Iterator[tuple[Cause, str, Array, Array]]:
    """The slices one place further on, of which the last falls off."""
    for axis in range(g.ndim):
        for shift in (1, -1):
            known = np.ones(g.shape, bool)
            np.moveaxis(known, axis, 0)[0 if shift > 0 else -1] = False  # it came from beyond the array
            if np.count_nonzero(known) > LOOKS:
                words = f"shifted by {shift:+d} along axis {axis}, but for what is beyond its end"
                yield Cause.OFF_BY_ONE, words, np.roll(g, shift, axis), known


def _true_along(box: BlackBox, leaf: Leaf, moved: Array, known: Array) -> bool:
    """Whether f's derivative along a random direction in the known entries is that of ``moved``."""
    part = np.where(known, box.rng.standard_normal(leaf.shape), 0.0)
    return box.same(box.true(box.x, box.within(leaf, part)), float((moved * part).sum()))
