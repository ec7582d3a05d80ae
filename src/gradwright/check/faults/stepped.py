"""A gradient of what has none: f moves by steps, as rounding, a sign or a quantiser does.

The mark: close to x, f does not change at all along any direction, further on it does, and something but
0 is claimed. Where f is constant further on too, as behind a dead unit, it is another fault.
"""

from __future__ import annotations

import numpy as np

from gradwright.check.faults.cause import Cause, Explanation
from gradwright.check.faults.seen import Hypothesis, Seen
from gradwright.check.verdict.directions import Direction
from gradwright.check.verdict.stairs import wide_steps


def stepped(seen: Seen) -> Hypothesis | None:
    """A slope that is claimed of a function which moves by steps alone."""
    moves = any(abs(m.true) > m.error + m.tolerance for m in seen.measurements)
    if moves or not seen.gradient[seen.entries].any():
        return None

    def height(direction: Direction) -> float:
        return wide_steps(lambda t: seen.oracle.change(direction, t))

    if not any(height(direction) for direction, _ in seen.looks):
        return None
    evidence = f"f does not change at all with {seen.place} near x, and further on by steps"
    return Hypothesis(Explanation(Cause.STEPPED, evidence), lambda there: np.zeros_like(there.claimed))
