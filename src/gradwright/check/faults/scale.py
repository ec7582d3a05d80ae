"""A gradient that is right but for one number: its sign, a factor, or all of it missing.

The mark is claimed = factor x true, in every entry. Factors of -1, 1/2 and 2 have names of their own; a whole
number or one over it may be a batch size, which no experiment on f can tell, so it is called "as if". A
factor in an array further on, behind others that are wrong because of it, is measured there by itself.
"""

from __future__ import annotations

import math

import numpy as np

from gradwright.check.faults.black_box import BlackBox
from gradwright.check.faults.cause import Cause, Explanation
from gradwright.check.faults.seen import EXPLAINED, Seen

BATCHES = range(2, 4097)
NAMED = {-1.0: Cause.SIGN, 0.5: Cause.HALF, 2.0: Cause.DOUBLE}
LEAST = 1e-9  # of the claim: a true gradient that is less is no multiple of it
OFF = 1e-3  # relative: a factor nearer to 1 may be rounding
ENOUGH = 4  # entries of a leaf: of fewer, three directions tell nothing new


def missing(seen: Seen) -> Explanation | None:
    """A gradient of 0 where the true one is not."""
    if seen.gradient[seen.entries].any():
        return None
    return Explanation(Cause.ZERO, f"{seen.place} is 0 in every entry")


def scaled(seen: Seen) -> Explanation | None:
    """A gradient whose every entry is off by one factor."""
    ratio = float(seen.claimed @ seen.true / (seen.claimed @ seen.claimed))
    if abs(ratio - 1) < OFF and not seen.is_resolved:
        return None  # that such a difference has the same share in every entry could not be seen
    if abs(ratio) > LEAST and seen.holds(ratio * seen.claimed, fitted=1):
        return named_factor(seen.place, 1 / ratio)
    return None


def told(factor: float) -> str:
    """A factor with enough digits to differ from 1.

    >>> told(0.5), told(1.0000123)
    ('0.5', '1.0000123')
    """
    digits = 6 if abs(factor - 1) > OFF else 3 - math.floor(math.log10(abs(factor - 1) or OFF))
    return f"{factor:.{digits}g}"


def named_factor(place: str, factor: float) -> Explanation:
    """What claimed = factor x true in every entry of ``place`` speaks for."""
    evidence = f"{place} is {told(factor)} x the true gradient in every entry"
    for value, cause in NAMED.items():
        if math.isclose(factor, value, rel_tol=EXPLAINED):
            return Explanation(cause, evidence)
    for size, cause, words in (
        (factor, Cause.MISSING_MEAN, "as if the batch size were {}"),
        (1 / factor, Cause.MEAN_TWICE, "1/{} of it"),
    ):
        if size > 2.5 and round(size) in BATCHES and math.isclose(size, round(size), rel_tol=EXPLAINED):
            return Explanation(cause, f"{evidence}, {words.format(round(size))}")
    return Explanation(Cause.FACTOR, evidence)


def factor_further_on(box: BlackBox) -> Explanation | None:
    """A constant factor in a wrong leaf, where others are wrong in some other way because of it."""
    for leaf in box.wrong:
        if leaf.stop - leaf.start < ENOUGH:
            continue
        along = [box.direction([leaf]) for _ in range(3)]
        claimed = np.array([box.claimed_at_x @ v for v in along])
        true = np.array([box.true(box.x, v) for v in along])
        factor = float(claimed @ true / (true @ true))
        if box.same(claimed, factor * true) and abs(factor - 1) > OFF and box.matters(true):
            evidence = f"{leaf.name} is {told(factor)} x the true gradient in every entry"
            return Explanation(Cause.FACTOR, evidence)
    return None
