"""An L2 penalty that the loss and its gradient do not share.

The mark is true = claimed + weight x parameters, with the same weight at other points. How much of a penalty
the claim holds is seen far out, where a penalty is all that is left of a gradient: there it grows like c w.
Only where it does is a term called missing, doubled or halved. A factor on the data's part alone shows once
the penalty's own c w is taken off.
"""

from __future__ import annotations

import math

import numpy as np

from gradwright.check.faults.cause import Cause, Explanation
from gradwright.check.faults.scale import LEAST, named_factor
from gradwright.check.faults.seen import Hypothesis, Seen
from gradwright.check.points import Array
from gradwright.errors import CheckError

FAR = (1e6, 1e8)  # times the parameters themselves: there a penalty is all that is left of a gradient
LIKE = 1e-2  # relative: numbers from so far out are known to about a per cent
OF_A_PENALTY = {Cause.L2_MISSING, Cause.L2_HALVED, Cause.L2_DOUBLED, Cause.L2_EXTRA, Cause.LIKE_L2}
SHARES = ((0.5, Cause.L2_HALVED), (2.0, Cause.L2_DOUBLED), (0.0, Cause.L2_MISSING))  # of f's that is claimed


def penalized(seen: Seen) -> Hypothesis | None:
    """A penalty that is missing, too many or of another size, or a factor beside one that is right."""
    if not seen.at.any() or not seen.is_resolved:  # a slight difference is like many things, also like x
        return None
    weight = float((seen.at @ (seen.true - seen.claimed)) / (seen.at @ seen.at))
    weights = _weights(seen, abs(weight))
    if seen.holds(seen.claimed + weight * seen.at, fitted=1):
        explanation = _named(seen, weight, weights)
        return Hypothesis(explanation, lambda there: np.asarray(there.claimed + weight * there.at))
    return None if weights is None or not weights.any() else _beside(seen, weights)


def _named(seen: Seen, weight: float, weights: Array | None) -> Explanation:
    """How much of f's own penalty the claim holds."""
    name = seen.leaf.name
    evidence = f"the true gradient of {name} is the claimed one {weight:+.4g} x {name}"
    w = seen.oracle.x[seen.leaf.places]
    claimed = _growth_of_f(seen) - weight if weights is None else float(weights @ (w * w) / (w @ w))
    is_one = weights is None or _size(weights - claimed, w) <= LIKE * max(abs(claimed), abs(weight))
    is_unknown = weights is None and claimed == -weight  # f does not grow so either
    if is_unknown or not is_one:
        return Explanation(Cause.LIKE_L2, evidence)
    own = claimed + weight
    told = f"{evidence}: {claimed:.4g} x {name} of a penalty is claimed, and f has {own:.4g} x {name}"
    if abs(own) < LIKE * abs(weight):
        return Explanation(Cause.L2_EXTRA, told)
    for share, cause in SHARES:
        if math.isclose(claimed, share * own, rel_tol=LIKE, abs_tol=LIKE * abs(own)):
            return Explanation(cause, told)
    return Explanation(Cause.LIKE_L2, evidence)


def _beside(seen: Seen, weights: Array) -> Hypothesis | None:
    """A factor on what is claimed beside a penalty that is right, or on the penalty alone."""

    def penalty(there: Seen) -> Array:
        return np.asarray(there.directions @ (weights * there.oracle.x[there.leaf.places]))

    own = penalty(seen)
    data, off = seen.claimed - own, seen.true - seen.claimed
    if not (data.any() and own.any()):
        return None
    ratio = 1 + float(data @ off / (data @ data))
    if abs(ratio) > LEAST and seen.holds(seen.claimed + (ratio - 1) * data, fitted=1):
        place = f"{seen.place} less its penalty's {np.abs(weights).max():.4g} x {seen.leaf.name}"
        return Hypothesis(
            named_factor(seen.oracle, place, 1 / ratio),
            lambda there: np.asarray(there.claimed + (ratio - 1) * (there.claimed - penalty(there))),
        )
    more = float(own @ off / (own @ own))
    if not seen.holds(seen.claimed + more * own, fitted=1):
        return None
    shares = ((1.0, Cause.L2_HALVED), (-0.5, Cause.L2_DOUBLED), (-1.0, Cause.L2_EXTRA))
    cause = next((c for share, c in shares if math.isclose(more, share, rel_tol=LIKE)), Cause.LIKE_L2)
    evidence = f"the true gradient of {seen.leaf.name} has {1 + more:.4g} x the penalty that is claimed"
    return Hypothesis(
        Explanation(cause, evidence), lambda there: np.asarray(there.claimed + more * penalty(there))
    )


def _weights(seen: Seen, least: float) -> Array | None:
    """c of each entry, where the claim grows like c w for far w as a penalty does; None where it does not.

    No usual loss grows so. A c far below ``least`` is 0. f itself cannot be asked: so far out the logarithm
    of a probability may be infinite.
    """
    oracle, w = seen.oracle.guarded(), seen.oracle.x[seen.leaf.places]
    if not w.all():
        return None
    found = []
    for size in FAR:
        far = oracle.x.copy()
        far[seen.leaf.places] = size * w
        try:
            found.append(oracle.gradient(far)[seen.leaf.places] / (size * w))
        except CheckError:  # no finite answer
            return None
    near, far_out = found
    if np.abs((near - far_out) * w).max() > LIKE * np.abs(w).max() * max(_size(far_out, w), least):
        return None
    return np.where(np.abs(far_out) > LIKE * least, far_out, 0.0)


def _growth_of_f(seen: Seen) -> float:
    """c where f itself grows like c |w|^2 / 2, for a claim that is not finite so far out; else 0."""
    oracle = seen.oracle
    w = oracle.tree.within(seen.leaf, oracle.x[seen.leaf.places])
    near, far = (
        (oracle.value_at(oracle.x + size * w) - oracle.value) / (0.5 * size * size * float(w @ w))
        for size in FAR
    )
    return far if math.isfinite(far) and math.isclose(near, far, rel_tol=LIKE) else 0.0


def _size(weights: Array, w: Array) -> float:
    """Of the weights of entries, those of the larger entries counting more: they are known better."""
    return float(np.linalg.norm(weights * w) / np.linalg.norm(w))
