"""The Jacobian of all outputs by one array, entry by entry: as it is, and as backward has it.

The claimed one is read row by row, backward of unit vectors; the true one column by column, from central
differences of forward. Hypotheses about a fault are statements on the two.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from gradwright.check.maps.backward_map import BackwardMap
from gradwright.check.points import Array
from gradwright.check.verdict.oracle import NoAnswerError

CLOSE = 1e-6  # relative: entries that differ by less are the same; central differences are as right
ROWS, ENTRIES = 1200, 1500  # of a Jacobian: the most that are read
NUMBERS = 5_000_000  # in the claimed Jacobians of all arrays: the most that are kept


@dataclass(frozen=True, eq=False)
class Jacobian:
    """d out / d name: ``true`` and ``claimed`` are (outputs, entries).

    ``outputs`` are the shapes of the outputs, ``out`` that of the only one, or of the vector of them all;
    ``shape`` is that of the array. ``has_samples`` is whether axis 0 of the outputs is that of the input.
    """

    name: str
    outputs: tuple[tuple[int, ...], ...]
    shape: tuple[int, ...]
    true: Array
    claimed: Array
    has_samples: bool = False

    @property
    def out(self) -> tuple[int, ...]:
        """The form of all outputs."""
        return self.outputs[0] if len(self.outputs) == 1 else (len(self.true),)

    @property
    def gradient(self) -> str:
        """What the gradient is called."""
        return f"d{self.name}"

    @property
    def is_square(self) -> bool:
        """Whether the output has the shape of the array."""
        return self.out == self.shape

    @property
    def is_wrong(self) -> bool:
        """Whether the two differ at all."""
        return not self.same(self.claimed, self.true)

    @property
    def size(self) -> float:
        """The largest entry, claimed or true."""
        return float(max(np.abs(self.true).max(initial=0.0), np.abs(self.claimed).max(initial=0.0)))

    def same(self, a: Array, b: Array) -> bool:
        """Whether two arrays of derivatives are the same, up to rounding."""
        return bool((np.abs(a - b) <= CLOSE * self.size).all())

    def matters(self, a: Array) -> Array:
        """Which derivatives are more than rounding."""
        return np.asarray(np.abs(a) > CLOSE * self.size)

    def index(self, axis: int) -> Array:
        """For each output its index along an axis."""
        return np.asarray(np.indices(self.out)[axis].ravel())

    def entry(self, axis: int) -> Array:
        """For each entry of the array its index along an axis."""
        return np.asarray(np.indices(self.shape)[axis].ravel())

    def shared_axes(self) -> Iterator[tuple[int, int]]:
        """Pairs of an axis of the output and one of the array that are as long."""
        for of_out, length in enumerate(self.out):
            yield from ((of_out, of_in) for of_in, its in enumerate(self.shape) if its == length > 1)


def claimed_jacobians(backward: BackwardMap) -> dict[str, Array]:
    """What backward makes of each unit vector, by array: (outputs, entries).

    Raises ``NoAnswerError`` where there are too many outputs, and where backward has no answer.
    """
    shapes = backward.shapes()
    count = sum(math.prod(shape) for shape in shapes)
    if count > ROWS or count * sum(array.size for array in backward.point.values()) > NUMBERS:
        raise NoAnswerError(f"{count} outputs are too many to be asked one by one")
    rows = [backward.gradients(unit, shapes) for unit in np.eye(count)]
    return {name: np.array([row[name].ravel() for row in rows]) for name in rows[0]}


def true_jacobian(backward: BackwardMap, name: str) -> Array:
    """Central differences by each entry of an array: (outputs, entries); raises as above."""
    array = backward.point[name]
    if array.size > ENTRIES:
        raise NoAnswerError(f"{array.size} entries are too many to be moved one by one")
    units = np.eye(array.size).reshape(array.size, *array.shape)
    return np.array([backward.moved(name, unit) for unit in units]).T


def jacobian(backward: BackwardMap, name: str, claimed: Array) -> Jacobian:
    """Both Jacobians by one array."""
    outputs, first = tuple(backward.shapes()), next(iter(backward.point.values()))
    has_samples = all(shape[:1] == first.shape[:1] for shape in outputs)
    true = true_jacobian(backward, name)
    return Jacobian(name, outputs, backward.point[name].shape, true, claimed, has_samples)
