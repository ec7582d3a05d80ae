"""Directions leave no entry out, are drawn again alike, and move one array where one is asked for."""

from __future__ import annotations

import numpy as np
import pytest

from gradwright.check.points import BLOCK, Tree
from gradwright.check.verdict.directions import SCALINGS, Direction, Drawn, Scales, Scaling

RNG = np.random.default_rng(0)
POINT = {"W": RNG.normal(size=(3, BLOCK)), "b": np.zeros(5), "mixed": np.array([1e-6, 0.0, 1e6])}
TREE = Tree.of(POINT)
GRADIENT = RNG.normal(size=TREE.size)
SCALES = Scales.of(TREE, TREE.pack(POINT), GRADIENT)


@pytest.mark.parametrize("scaling", SCALINGS)
def test_every_entry_moves_by_half_of_its_scale_or_more_and_no_two_alike(scaling: Scaling) -> None:
    values = SCALES.direction(Drawn(scaling, None, key=1)).values
    scale = np.array([SCALES.entry(i, scaling) for i in (*range(100), *range(TREE.size - 8, TREE.size))])
    shares = np.abs(np.concatenate([values[:100], values[-8:]])) / scale
    assert ((shares >= 0.5) & (shares <= 1.5)).all()
    assert len(np.unique(shares)) == len(shares)


def test_a_direction_is_drawn_again_from_its_key() -> None:
    first, again, other = (SCALES.direction(Drawn("even", None, key)).values for key in (7, 7, 8))
    assert np.array_equal(first, again)
    assert not np.array_equal(first, other)


def test_within_a_leaf_a_direction_is_as_long_as_the_leaf() -> None:
    leaf = TREE.leaves[1]
    v = SCALES.direction(Drawn("even", leaf, key=1))
    assert (v.places, v.values.shape) == (leaf.places, (5,))
    assert v.along(GRADIENT) == pytest.approx(float(GRADIENT[leaf.places] @ v.values))
    assert v.within(np.array([leaf.start + 2])).values.nonzero()[0].tolist() == [2]


def test_sizes_do_not_overflow() -> None:
    v = Direction.through(np.full(2 * BLOCK, 1e200))
    assert v.size(np.full(2 * BLOCK, 1e100)) == pytest.approx(1e300 * np.sqrt(2 * BLOCK))


def test_scalings_that_would_be_the_same_are_one() -> None:
    assert [SCALES.distinct(leaf) for leaf in TREE.leaves] == [SCALINGS, ("even",), ("even", "balanced")]
