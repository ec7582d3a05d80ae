"""What was measured within a faulty leaf, and whether a hypothesis explains all of it.

A hypothesis turns the claimed gradient into what the true one would be if it held. It is held against the
measured derivatives along several directions, more than it has numbers to fit.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

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

    def holds(self, prediction: Array, fitted: int = 0) -> bool:
        """Whether a prediction leaves nothing of the difference; ``fitted`` numbers of it were fitted.

        Nor of the true derivatives, beside a difference that is thousands of times as large.
        """
        errors = np.array([m.error + m.tolerance for m in self.measurements])
        left, difference = np.abs(self.true - prediction), np.abs(self.true - self.claimed)
        allowed = np.maximum(EXPLAINED * min(difference.max(), np.abs(self.true).max()), 2 * errors)
        refuted = int((difference > allowed).sum())  # looks that the claim itself does not stand
        return refuted > fitted + 1 and bool((left <= allowed).all())
