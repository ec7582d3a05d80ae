"""What was measured within a faulty leaf, and whether a hypothesis explains all of it.

A hypothesis turns the claimed gradient into what the true one would be if it held. It is held against the
measured derivatives along several directions, more than it has numbers to fit, and then, with these numbers,
against those at other points: a factor that is another one there is no factor.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from gradwright.check.faults.cause import Explanation
from gradwright.check.points import Array, Leaf
from gradwright.check.verdict.directions import Direction
from gradwright.check.verdict.measure import Measurement
from gradwright.check.verdict.oracle import Oracle

RESOLVED = 50.0  # errors apart
EXPLAINED = 1e-3  # of the difference: what is left of it under a hypothesis that holds


@dataclass(frozen=True, eq=False)
class Seen:
    """A fault at ``place``, which is these ``entries`` of ``leaf``; of the vector, as ``gradient`` is.

    The ``looks`` are directions that move these entries alone, at least three of them, and what was measured
    along each.
    """

    oracle: Oracle
    gradient: Array
    leaf: Leaf
    place: str
    entries: Array
    looks: Sequence[tuple[Direction, Measurement]]

    @cached_property
    def measurements(self) -> list[Measurement]:
        """What was measured, direction by direction."""
        return [measurement for _, measurement in self.looks]

    @cached_property
    def claimed(self) -> Array:
        """The derivatives along the directions, as claimed."""
        return np.array([m.claimed for m in self.measurements])

    @cached_property
    def true(self) -> Array:
        """The derivatives along the directions, as measured."""
        return np.array([m.true for m in self.measurements])

    @cached_property
    def directions(self) -> Array:
        """The directions within the leaf, as rows."""
        return np.array([direction.values for direction, _ in self.looks])

    @property
    def is_resolved(self) -> bool:
        """Whether the difference is so far above all error that its share in each entry can be told."""
        errors = max(m.error + m.tolerance for m in self.measurements)
        return bool(np.abs(self.true - self.claimed).max() > RESOLVED * errors)

    @property
    def at(self) -> Array:
        """Where it was seen along the directions: the components of x there."""
        return np.asarray(self.directions @ self.oracle.x[self.leaf.places])

    def holds(self, prediction: Array, fitted: int = 0) -> bool:
        """Whether a prediction leaves nothing of the difference; ``fitted`` numbers of it were fitted.

        Nor of the true derivatives, beside a difference that is thousands of times as large.
        """
        refuted = int((self._difference > self._allowed).sum())  # looks that the claim itself does not stand
        return refuted > fitted + 1 and not self.refutes(prediction)

    def refutes(self, prediction: Array) -> bool:
        """Whether what was measured is not what was predicted."""
        return bool((np.abs(self.true - prediction) > self._allowed).any())

    @property
    def _difference(self) -> Array:
        return np.asarray(np.abs(self.true - self.claimed))

    @property
    def _allowed(self) -> Array:
        errors = np.array([m.error + m.tolerance for m in self.measurements])
        size = min(self._difference.max(), np.abs(self.true).max())
        return np.asarray(np.maximum(EXPLAINED * size, 2 * errors))


@dataclass(frozen=True)
class Hypothesis:
    """An explanation, and what the true derivatives of something seen are if it holds."""

    explanation: Explanation
    predict: Callable[[Seen], Array]

    def stands(self, elsewhere: Sequence[Seen]) -> bool | None:
        """Whether it holds at other points too; None where they tell nothing."""
        if any(there.refutes(self.predict(there)) for there in elsewhere):
            return False
        return any(there.holds(self.predict(there)) for there in elsewhere) or None
