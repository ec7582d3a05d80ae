"""Whether a peer that draws its own masks of dropout trains what the others train: as one more random run."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations

import numpy as np

from gradwright.bench.speed.problem import Array

RUNS = 5  # of the reference, each with masks of its own
# Of W8a and W9a ten right runs each came to 0.07 at most, and a rate of 0.1 or 0.3 for 0.2 to 0.13 and more.
TOLERANCE = 0.12


def stands_out(move: Array, others: Sequence[Array]) -> float:
    """How far ``move``, the sum of a run's steps (P,), stands out from those of ``others``.

    max(|mean m'o / mean o'p - 1|, |mean |m - o| / mean |o - p| - 1|) over the others o and pairs o, p of
    them: masks of the same kind make a run share as much with each other one, and stand as far from it, as
    any two of those do. The first sees a wrong rate of learning, the second a wrong rate of dropout.

    >>> run = np.eye(3) + 1  # three moves with something in common
    >>> stands_out(run[0], [run[1], run[2]])
    0.0
    >>> round(stands_out(0.5 * run[0], [run[1], run[2]]), 2)
    0.5
    """
    pairs = list(combinations(others, 2))
    common = np.mean([move @ one for one in others]) / np.mean([one @ other for one, other in pairs])
    apart = np.mean([np.linalg.norm(move - one) for one in others])
    usual = np.mean([np.linalg.norm(one - other) for one, other in pairs])
    return float(max(abs(common - 1), abs(apart / usual - 1)))
