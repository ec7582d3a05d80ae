"""An L2 penalty that the loss and its gradient do not share.

The mark is true = claimed + weight x parameters. How much of it f holds is seen far out, where a penalty is
all that is left of a loss: there f grows like c |w|^2 / 2. Only where it does is a term called missing,
doubled or halved. A factor on the data's part alone shows once the penalty's own c w is taken off.
"""

from __future__ import annotations

import math

from gradwright.check.faults.cause import Cause, Explanation
from gradwright.check.faults.scale import LEAST, named_factor
from gradwright.check.faults.seen import Seen
from gradwright.check.points import Array
from gradwright.check.verdict.directions import Direction

FAR = (1e5, 1e6)  # times the parameters themselves: there a penalty is all that is left of a loss
LIKE = 1e-2  # relative: numbers from so far out are known to about a per cent
SHARES = ((0.5, Cause.L2_HALVED), (-1.0, Cause.L2_DOUBLED), (1.0, Cause.L2_MISSING))


def penalized(seen: Seen) -> Explanation | None:
    """A penalty that is missing, too many or of another size, or a factor beside one that is right."""
    along = seen.directions @ seen.oracle.x[seen.leaf.places]
    if not along.any():
        return None
    weight = float((along @ (seen.true - seen.claimed)) / (along @ along))
    explained = seen.holds(seen.claimed + weight * along, fitted=1)
    growth = _quadratic_growth(seen)
    if not growth and not seen.is_resolved:  # a slight difference is like many things, also like x
        return None
    return _named(seen, weight, growth) if explained else _factor_beside(seen, growth, along)


def _named(seen: Seen, weight: float, growth: float) -> Explanation:
    """How much of f's own penalty the claim holds."""
    name = seen.leaf.name
    evidence = f"the true gradient of {name} is the claimed one {weight:+.4g} x {name}"
    if not growth:
        return Explanation(Cause.L2_EXTRA if weight < 0 else Cause.LIKE_L2, evidence)
    evidence += f", where f grows as with {growth:+.4g} x {name}"
    for share, cause in SHARES:
        if math.isclose(weight, share * growth, rel_tol=LIKE):
            return Explanation(cause, evidence)
    return Explanation(Cause.LIKE_L2, evidence)


def _factor_beside(seen: Seen, growth: float, along: Array) -> Explanation | None:
    """A factor on what is claimed beside the penalty."""
    data = seen.claimed - growth * along
    if not growth or not data.any():
        return None
    ratio = float(data @ (seen.true - growth * along) / (data @ data))
    if abs(ratio) > LEAST and seen.holds(growth * along + ratio * data, fitted=1):
        return named_factor(f"{seen.place} less its penalty's {growth:.4g} x {seen.leaf.name}", 1 / ratio)
    return None


def _quadratic_growth(seen: Seen) -> float:
    """c where f grows like c |w|^2 / 2 for far w, as a penalty does and no usual loss does; else 0."""
    oracle, leaf = seen.oracle, seen.leaf
    w = oracle.x[leaf.places]
    outwards = Direction(leaf.places, w)
    near, far = (oracle.change(outwards, s) / (0.5 * s * s * float(w @ w)) for s in FAR)
    return far if math.isfinite(far) and math.isclose(near, far, rel_tol=LIKE) else 0.0
