"""Where to go from x: random signed directions in three scalings, so that no entry stays unseen.

- *even*: every entry of an array moves by the same scale, its root mean square;
- *relative*: every entry moves by its own size, for arrays that hold 1e-6 beside 1e6;
- *balanced*: every entry moves as far as it takes to change f alike, by the claimed gradient, so that a fault
  in a small entry of the gradient is not hidden by the large ones.

Each is scaled so that a step of 1 moves x by about its own size. A direction is as large as x: none is kept,
but what it takes to draw it again.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal, NamedTuple, TypeAlias

import numpy as np

from gradwright.check.points import Array, Leaf, Tree, blocks

Scaling: TypeAlias = Literal["even", "relative", "balanced"]
SCALINGS: tuple[Scaling, ...] = ("even", "relative", "balanced")
SMALLEST_SHARE = 1e-3  # of the root mean square: entries nearer to 0 move by that
MIXED = 1e-6  # of the root mean square: an even move would change entries that small beyond all their size
SAMPLE = 10_000  # entries of a gradient that tell its median well enough


class Drawn(NamedTuple):
    """What it takes to draw a direction again; ``leaf`` is the one that moves, None for all of x."""

    scaling: Scaling
    leaf: Leaf | None
    key: int


@dataclass(frozen=True, eq=False)
class Direction:
    """At a step of 1 the numbers of x in ``places`` move by ``values``, all others not at all."""

    places: slice
    values: Array

    @classmethod
    def through(cls, v: Array) -> Direction:
        """The direction of a vector that is as long as x."""
        return cls(slice(0, v.size), v)

    @property
    def blocks(self) -> list[tuple[slice, Array]]:
        """The places some at a time, with their values."""
        return [
            (b, self.values[b.start - self.places.start :][: b.stop - b.start]) for b in blocks(self.places)
        ]

    def within(self, entries: Array) -> Direction:
        """The same in these entries of x, and 0 in all others."""
        part = np.zeros_like(self.values)
        part[entries - self.places.start] = self.values[entries - self.places.start]
        return Direction(self.places, part)

    def along(self, gradient: Array) -> float:
        """<g, v>."""
        return sum(float(gradient[b] @ values) for b, values in self.blocks)

    def size(self, weights: Array) -> float:
        """||w v||, where no square can overflow."""
        return _norm(weights[b] * values for b, values in self.blocks)


@dataclass(frozen=True, eq=False)
class Scales:
    """How far each entry of x moves at a step of 1, in each scaling, by the claimed ``gradient``."""

    tree: Tree
    x: Array
    gradient: Array
    of_leaves: dict[Leaf, _OfLeaf]

    @classmethod
    def of(cls, tree: Tree, x: Array, gradient: Array) -> Scales:
        """Those around x."""
        found = {leaf: _OfLeaf.of(x[leaf.places], gradient[leaf.places]) for leaf in tree.leaves}
        return cls(tree, x, gradient, found)

    def direction(self, drawn: Drawn) -> Direction:
        """The direction: random signs times from half to three halves of the scale.

        No entry is left out by a number near 0, and of equal entries no two cancel, as mere signs would.
        """
        rng, leaf = np.random.default_rng(drawn.key), drawn.leaf
        places = slice(0, self.tree.size) if leaf is None else leaf.places
        values = np.empty(places.stop - places.start)
        for each in self.tree.leaves if leaf is None else (leaf,):
            for b in blocks(each.places):
                uniform = 2 * rng.random(b.stop - b.start, np.float32) - 1
                moves = values[b.start - places.start : b.stop - places.start]
                np.multiply(
                    uniform + np.copysign(np.float32(0.5), uniform), self._at(each, b, drawn.scaling), moves
                )
        return Direction(places, values)

    def entry(self, index: int, scaling: Scaling) -> float:
        """The scale of one entry."""
        leaf = next(leaf for leaf in self.tree.leaves if leaf.start <= index < leaf.stop)
        return float(np.ravel(self._at(leaf, slice(index, index + 1), scaling))[0])

    def size(self, scaling: Scaling) -> float:
        """||g s||, the size of <g, v> for directions through all of x."""
        return _norm(
            self.gradient[b] * self._at(leaf, b, scaling)
            for leaf in self.tree.leaves
            for b in blocks(leaf.places)
        )

    def distinct(self, leaf: Leaf) -> tuple[Scaling, ...]:
        """The scalings that differ from one another in a leaf."""
        found = self.of_leaves[leaf]
        if found.is_zero or leaf.stop - leaf.start == 1:
            return ("even",)
        return ("even", "balanced") if found.is_mixed else SCALINGS

    def _at(self, leaf: Leaf, places: slice, scaling: Scaling) -> Array | float:
        """The scales at these places of the vector, which lie in one leaf."""
        found = self.of_leaves[leaf]
        if found.is_zero or (scaling == "even" and not found.is_mixed):
            return found.size
        relative = np.abs(self.x[places])
        least = SMALLEST_SHARE * found.size
        relative = np.where(relative > 0, relative, least) if found.is_mixed else np.maximum(relative, least)
        if scaling != "balanced":
            return relative
        with np.errstate(divide="ignore", over="ignore"):
            balanced = np.minimum(relative * (found.typical / np.abs(self.gradient[places])), found.size)
        return balanced if found.typical else found.size


class _OfLeaf(NamedTuple):
    """What the scales in a leaf follow from: its size, and what its gradient typically is where not 0.

    ``is_zero`` is whether nothing in it has a size of its own yet, as biases at the start; ``is_mixed``
    whether its numbers differ so much that none may move by the size of others.
    """

    size: float
    typical: float
    is_zero: bool
    is_mixed: bool

    @classmethod
    def of(cls, x: Array, gradient: Array) -> _OfLeaf:
        if not x.any():
            return cls(1.0, 0.0, is_zero=True, is_mixed=False)
        size = size_of(x)
        magnitudes = (np.abs(x[b]) for b in blocks(slice(0, x.size)))
        smallest = min(float(each.min(where=each > 0, initial=math.inf)) for each in magnitudes)
        pull = np.abs(gradient[:: 1 + x.size // SAMPLE])
        pull = pull[pull > 0] if pull.any() else np.abs(gradient[np.flatnonzero(gradient)[:SAMPLE]])
        typical = float(np.median(pull)) if pull.size else 1.0
        return cls(size, typical, is_zero=False, is_mixed=smallest < MIXED * size)


def size_of(x: Array) -> float:
    """The root mean square of an array; 1 where all of it is 0."""
    return math.sqrt(float(np.vdot(x, x)) / x.size) or 1.0 if x.size else 1.0


def _norm(parts: Iterable[Array]) -> float:
    """The length of a vector that comes in parts."""
    length = 0.0
    for part in parts:
        largest = float(np.abs(part).max(initial=0.0))
        if largest:
            length = math.hypot(length, largest * float(np.linalg.norm(part / largest)))
    return length
