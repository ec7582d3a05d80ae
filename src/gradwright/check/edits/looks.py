"""What an edit is held to: f's own derivatives along random directions, at several points, for several dout.

An edit that is right at x alone may be so by chance: a mask ``b > 0`` is no mask where all of b is positive,
and one number is as large as another. So it is held to a point near by, and to one where the entries of every
array have other sizes and signs.
"""

from __future__ import annotations

import contextlib
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from gradwright.check.maps.backward_map import BackwardMap
from gradwright.check.points import Array
from gradwright.check.verdict.oracle import NoAnswerError

DIRECTIONS = 2  # of each array
CLOSE = 1e-6  # relative


class Looks(NamedTuple):
    """A point and a dout, with f's derivatives along directions of each array."""

    there: BackwardMap
    dout: Array
    shapes: Sequence[tuple[int, ...]]
    along: dict[str, list[tuple[Array, float]]]

    @classmethod
    def at(cls, there: BackwardMap, seed: int) -> Looks:
        rng = np.random.default_rng([int(there.generator().integers(2**32)), seed])
        dout = rng.standard_normal(there.value().size)
        along: dict[str, list[tuple[Array, float]]] = {}
        for name, array in there.point.items():
            directions = rng.standard_normal((DIRECTIONS, *array.shape))
            along[name] = [(v, float(there.moved(name, v) @ dout)) for v in directions]
        return cls(there, dout, there.shapes(), along)

    def claimed(self) -> dict[str, Array]:
        """What backward has there; raises ``NoAnswerError``."""
        return self.there.gradients(self.dout, self.shapes)

    def wrong(self) -> set[str]:
        """The arrays whose gradient is claimed wrongly; all of them where there is no answer."""
        try:
            claimed = self.claimed()
        except NoAnswerError:
            return set(self.along)
        return {
            name
            for name, looks in self.along.items()
            if name not in claimed
            or not all(_same(float((claimed[name] * v).sum()), true, claimed[name], v) for v, true in looks)
        }


def looks_of(backward: BackwardMap) -> list[Looks]:
    """Those at x, and at others where f and its gradient have an answer; raises where there is no other."""
    looks = [Looks.at(backward, 0)]
    wrong = looks[0].wrong()
    for seed, there in enumerate((backward.elsewhere(), backward.mirrored()), 1):
        with contextlib.suppress(NoAnswerError):
            look = Looks.at(there, seed)
            look.claimed()
            if look.wrong() <= wrong:  # else f has no derivative there, or none that differences tell
                looks.append(look)
    if len(looks) == 1 or not wrong:
        raise NoAnswerError("an edit would be right at one point")
    return looks


def _same(claimed: float, true: float, g: Array, v: Array) -> bool:
    size = float(np.linalg.norm(g * v)) + abs(true)
    return abs(claimed - true) <= CLOSE * size
