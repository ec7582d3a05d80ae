"""A forward that gives whole outputs, and a backward that takes any dout: both at arrays by name."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, TypeAlias

import numpy as np

from gradwright.check.conventions.form import by_leaf
from gradwright.check.points import Array, Tree, walk
from gradwright.check.streams import Stream, own_generator
from gradwright.check.verdict.directions import size_of
from gradwright.check.verdict.oracle import NoAnswerError

Arrays: TypeAlias = Mapping[str, Array]

SEED = 0
SIZES = (0.4, 1.8)  # times the entries of an array: what they become at a point that is quite another
STEP = 2.0**-17  # of the size of an array: central differences are then right to ten digits


@dataclass(frozen=True, eq=False)
class BackwardMap:
    """y = forward(point), and backward(point, dout) = J' dout, with all outputs in one vector.

    ``forward`` gives the outputs at a point of the user's form, ``backward`` the gradients for one dout per
    output; ``point`` has the arrays by their names, in float64. ``until`` is when to stop asking.
    """

    forward: Callable[[Any], Sequence[Any]]
    backward: Callable[[Any, Sequence[Array]], Any]
    tree: Tree
    point: Arrays
    until: float = math.inf

    @classmethod
    def of(
        cls,
        forward: Callable[[Any], Sequence[Any]],
        backward: Callable[[Any, Sequence[Array]], Any],
        point: Any,
        until: float = math.inf,
    ) -> BackwardMap:
        """The map at the user's own point."""
        arrays = {name: np.array(value, np.float64) for name, value in walk(point, "x")}
        return cls(forward, backward, Tree.of(point), arrays, until)

    def at(self, changes: Arrays) -> BackwardMap:
        """The same functions at a point with some arrays replaced."""
        return replace(self, point={**self.point, **changes})

    def elsewhere(self) -> BackwardMap:
        """The same functions at a point whose entries are others, each of its sign and nearly its size."""
        rng = self.generator()
        return self.at({name: a * rng.uniform(0.7, 1.3, a.shape) for name, a in self.point.items()})

    def mirrored(self) -> BackwardMap:
        """The same functions at a point whose entries are of either sign and of another size."""
        rng = self.generator()
        signs = {name: rng.choice([-1.0, 1.0], a.shape) for name, a in self.point.items()}
        return self.at(
            {name: signs[name] * a * rng.uniform(*SIZES, a.shape) for name, a in self.point.items()}
        )

    def outputs(self) -> list[Array]:
        """The outputs at the point."""
        if time.monotonic() > self.until:
            raise NoAnswerError("no time is left")
        try:
            with np.errstate(all="ignore"):
                ys = [np.asarray(y, np.float64) for y in self.forward(self._own_form())]
        except Exception as error:
            raise NoAnswerError(str(error)) from error
        if not all(np.isfinite(y).all() for y in ys):
            raise NoAnswerError("an output is not finite")
        return ys

    def shapes(self) -> list[tuple[int, ...]]:
        """Those of the outputs."""
        return [y.shape for y in self.outputs()]

    def value(self) -> Array:
        """All outputs as one vector."""
        return np.concatenate([y.ravel() for y in self.outputs()])

    def gradients(self, dout: Array, shapes: Sequence[tuple[int, ...]]) -> dict[str, Array]:
        """What backward makes of ``dout``, a vector as ``value`` is; arrays of another shape are left out."""
        parts = np.split(dout, np.cumsum([math.prod(shape) for shape in shapes])[:-1])
        douts = [part.reshape(shape).copy() for part, shape in zip(parts, shapes, strict=True)]
        try:
            with np.errstate(all="ignore"):
                found = by_leaf(self.backward(self._own_form(), douts), self.tree)
                arrays = {
                    name: np.array(found[name], np.float64)
                    for name in self.point
                    if found.get(name) is not None
                }
        except Exception as error:
            raise NoAnswerError(str(error)) from error
        fitting = {name: g for name, g in arrays.items() if g.shape == self.point[name].shape}
        if not all(np.isfinite(g).all() for g in fitting.values()):
            raise NoAnswerError("a gradient is not finite")
        return fitting

    def moved(self, name: str, change: Array) -> Array:
        """The derivative of the outputs as one array moves along ``change``, by a central difference."""
        array = self.point[name]
        step = STEP * size_of(array)
        ahead, behind = (self.at({name: array + s * step * change}).value() for s in (1, -1))
        return np.asarray((ahead - behind) / (2 * step))

    @staticmethod
    def generator() -> np.random.Generator:
        """What experiments draw from: each from the start, so that none depends on another."""
        return own_generator(SEED, Stream.EXPERIMENTS)

    def _own_form(self) -> Any:
        return self.tree.filled(array.copy() for array in self.point.values())
