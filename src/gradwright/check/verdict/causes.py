"""What may be wrong with a gradient, and which of it explains what was seen.

Each hypothesis turns the claimed gradient into what the true one would be if it held. It is held against the
measured derivatives along several directions, more than it has numbers to fit; the simplest one that explains
them all is named.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import permutations

import numpy as np

from gradwright.check.points import Array
from gradwright.check.verdict.measure import Measurement
from gradwright.check.verdict.probe import Probe
from gradwright.check.verdict.trees import Leaf, Tree


class Cause(StrEnum):
    """The faults that have a name. What no experiment can tell from other faults is named with "as if"."""

    SIGN = "the sign is reversed"
    HALF = "a factor of 2 is missing"
    DOUBLE = "a factor of 2 too many"
    MISSING_MEAN = "as if the division by the batch size were missing"
    MEAN_TWICE = "as if divided by the batch size twice"
    FACTOR = "off by a constant factor"
    ZERO = "the gradient is missing (zero)"
    L2_MISSING = "the L2 term is missing"
    L2_DOUBLED = "the L2 term is doubled"
    L2_HALVED = "the L2 term is halved"
    L2_EXTRA = "an L2 term that the loss does not have"
    LIKE_L2 = "as if a part of an L2 term were missing or too many"
    TRANSPOSED = "transposed"
    FLATTENED = "flattened in the wrong order"
    REVERSED = "reversed along an axis"
    OFF_BY_ONE = "shifted by one index"
    EXCHANGED = "exchanged with that of another parameter"
    BIAS_AXIS = "summed over the wrong axis"
    ONE_ENTRY = "one entry is wrong"
    ACCUMULATES = "it accumulates from call to call"
    STALE_CACHE = "it depends on earlier calls"
    FROZEN = "it does not follow x, as if from a stale cache"
    ELSEWHERE = "it is right at this x alone"
    ACTIVATION_MISSING = "an activation's derivative is missing"
    ACTIVATION_AT_OUTPUT = "an activation's derivative is taken at the output instead of the input"
    BRANCH_DROPPED = "a branch of a sum is dropped"
    BRANCH_WRONG = "the way back through a branch is wrong or dropped"
    MOMENT = "as if a moment of a normalisation were held constant"
    SOFTMAX_DIAGONAL = "only the diagonal of the softmax's Jacobian"
    WRONG_CLASS = "probabilities minus the wrong class"
    WRONG_MASK = "the mask of another layer"
    OTHER_LOSS = "the gradient of a different loss"
    UPDATE_ORDER = "computed with parameters that were already updated"


@dataclass(frozen=True)
class Explanation:
    """A cause, and the numbers that speak for it."""

    cause: Cause
    evidence: str


EXPLAINED = 1e-3  # of the difference: what is left of it under a hypothesis that holds
BATCHES = range(2, 4097)
FAR = (1e5, 1e6)  # times the parameters themselves: there a penalty is all that is left of a loss
LIKE = 1e-2  # relative: numbers from so far out are known to about a per cent


def explain(
    probe: Probe, gradient: Array, leaf: Leaf, place: str, entries: Array, seen: Sequence[Measurement]
) -> Explanation | None:
    """The simplest named fault that explains all ``seen``; None if there is none.

    The fault lies at ``place``, which is these ``entries`` of ``leaf``; ``seen`` are measurements along
    directions that move these alone, at least three of them.
    """
    claimed = np.array([m.claimed for m in seen])
    true = np.array([m.true for m in seen])
    errors = np.array([m.error + m.tolerance for m in seen])
    directions = np.array([m.direction[leaf.places] for m in seen])
    g, values = gradient[leaf.places], probe.x[leaf.places]

    def holds(prediction: Array, free: int = 0) -> bool:
        """Whether a prediction leaves nothing of the difference; ``free`` numbers of it were fitted."""
        left, difference = np.abs(true - prediction), np.abs(true - claimed)
        allowed = np.maximum(EXPLAINED * difference.max(), 2 * errors)
        refuted = int((difference > allowed).sum())  # looks that the claim itself does not stand
        return refuted > free + 1 and bool((left <= allowed).all())

    if not gradient[entries].any():
        return Explanation(Cause.ZERO, f"{place} is 0 in every entry")
    ratio = float(claimed @ true / (claimed @ claimed))
    if holds(ratio * claimed, free=1) and abs(ratio) > 1e-9:
        return _factor(place, 1 / ratio)
    along = directions @ values
    if along.any():
        weight = float((along @ (true - claimed)) / (along @ along))
        if holds(claimed + weight * along, free=1):
            return _penalty(probe, leaf, weight)
    penalty = _quadratic_growth(probe, leaf) if along.any() else 0.0
    data = claimed - penalty * along
    if penalty and data.any():
        ratio = float(data @ (true - penalty * along) / (data @ data))
        if holds(penalty * along + ratio * data, free=1) and abs(ratio) > 1e-9:
            return _factor(f"{place} less its penalty's {penalty:.4g} x {leaf.name}", 1 / ratio)
    for cause, words, moved in _rearranged(probe.tree, gradient, leaf):
        if not np.array_equal(moved, g) and holds(directions @ moved):
            return Explanation(cause, f"the true gradient of {leaf.name} is the claimed one {words}")
    return None


def _factor(place: str, factor: float) -> Explanation:
    """The fault whose mark is claimed = factor true, in every entry."""
    evidence = f"{place} is {factor:.6g} x the true gradient in every entry"
    named = {-1.0: Cause.SIGN, 0.5: Cause.HALF, 2.0: Cause.DOUBLE}
    for value, cause in named.items():
        if math.isclose(factor, value, rel_tol=EXPLAINED):
            return Explanation(cause, evidence)
    for size, cause, words in (
        (factor, Cause.MISSING_MEAN, "as if the batch size were {}"),
        (1 / factor, Cause.MEAN_TWICE, "1/{} of it"),
    ):
        if size > 2.5 and round(size) in BATCHES and math.isclose(size, round(size), rel_tol=EXPLAINED):
            return Explanation(cause, f"{evidence}, {words.format(round(size))}")
    return Explanation(Cause.FACTOR, evidence)


def _penalty(probe: Probe, leaf: Leaf, weight: float) -> Explanation:
    """The fault whose mark is true = claimed + weight x: how much of f's own penalty the claim holds."""
    evidence = f"the true gradient of {leaf.name} is the claimed one {weight:+.4g} x {leaf.name}"
    whole = _quadratic_growth(probe, leaf)
    if not whole:
        return Explanation(Cause.L2_EXTRA if weight < 0 else Cause.LIKE_L2, evidence)
    evidence += f", where f grows as with {whole:+.4g} x {leaf.name}"
    for share, cause in ((0.5, Cause.L2_HALVED), (-1.0, Cause.L2_DOUBLED), (1.0, Cause.L2_MISSING)):
        if math.isclose(weight, share * whole, rel_tol=LIKE):
            return Explanation(cause, evidence)
    return Explanation(Cause.LIKE_L2, evidence)


def _quadratic_growth(probe: Probe, leaf: Leaf) -> float:
    """c where f grows like c |w|^2 / 2 for far w, as a penalty does and no usual loss does; else 0."""
    w = np.zeros_like(probe.x)
    w[leaf.places] = probe.x[leaf.places]
    near, far = (probe.change(s * w)[0] / (0.5 * s * s * float(w @ w)) for s in FAR)
    return far if math.isfinite(far) and math.isclose(near, far, rel_tol=LIKE) else 0.0


def _rearranged(tree: Tree, gradient: Array, leaf: Leaf) -> Iterator[tuple[Cause, str, Array]]:
    """The same numbers in other places, with the words for it."""
    g = gradient[leaf.places].reshape(leaf.shape)
    if g.ndim == 2 and g.shape[0] == g.shape[1]:
        yield Cause.TRANSPOSED, "transposed", g.T.ravel()
    elif g.ndim >= 2:
        yield Cause.FLATTENED, "read in column order", g.ravel().reshape(g.shape, order="F").ravel()
        yield Cause.FLATTENED, "written in column order", g.ravel(order="F")
    if g.ndim > 2:
        for axes in permutations(range(g.ndim)):
            if axes != tuple(range(g.ndim)):
                words = f"with its axes in the order {axes}"
                yield Cause.FLATTENED, words, g.transpose(axes).ravel()
                written = tuple(g.shape[axis] for axis in axes)
                back = g.ravel().reshape(written).transpose(np.argsort(axes))
                yield Cause.FLATTENED, f"written with its axes in the order {axes}", back.ravel()
    for axis in range(g.ndim):
        yield Cause.REVERSED, f"reversed along axis {axis}", np.flip(g, axis).ravel()
        for shift in (1, -1):
            words = f"shifted by {shift:+d} along axis {axis}"
            yield Cause.OFF_BY_ONE, words, np.roll(g, shift, axis).ravel()
    for other in tree.leaves:
        if other is not leaf and other.shape == leaf.shape:
            yield Cause.EXCHANGED, f"of {other.name}", gradient[other.places]
