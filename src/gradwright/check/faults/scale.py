"""A gradient that is right but for one number: its sign, a factor, or all of it missing.

The mark is claimed = factor x true, in every entry and at every point. Factors of -1, 1/2 and 2 have names of
their own, and so has the size of a batch, or one over it, where the data at hand have that size; elsewhere a
whole number is no more than a factor. A factor in an array further on, behind others that are wrong because
of it, is measured there by itself.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace

import numpy as np

from gradwright.check.faults.at_hand import axes_at_hand
from gradwright.check.faults.black_box import BlackBox
from gradwright.check.faults.cause import Cause, Explanation
from gradwright.check.faults.seen import EXPLAINED, Hypothesis, Seen
from gradwright.check.points import Array
from gradwright.check.verdict.oracle import Oracle

BATCHES = range(2, 4097)
NAMED = {-1.0: Cause.SIGN, 0.5: Cause.HALF, 2.0: Cause.DOUBLE}
LOGARITHMS = {2: math.log(2), 10: math.log(10)}
LEAST = 1e-9  # of the claim: a true gradient that is less is no multiple of it
OFF = 1e-3  # relative: a factor nearer to 1 may be rounding
FAR: tuple[Callable[[Array], Array], ...] = (lambda x: 1 - 3 * x, lambda x: 2 + 5 * x)  # beyond any step of f
NEARER = 0.8  # times x: another point, where a factor must be the same
ENOUGH = 4  # entries of a leaf: of fewer, three directions tell nothing new
OF_AN_AXIS = {Cause.MISSING_MEAN: Cause.SUM_FOR_MEAN, Cause.MEAN_TWICE: Cause.MEAN_FOR_SUM}
COMMON = 4  # factors up to it may come from a power as well
FEW = 2  # rows: 2 and 1/2 are factors that need no batch


def missing(seen: Seen) -> Hypothesis | None:
    """A gradient of 0 where the true one is not."""

    def predict(there: Seen) -> Array:
        return there.claimed if there.gradient[there.entries].any() else there.true

    if seen.gradient[seen.entries].any():
        return None
    return Hypothesis(Explanation(Cause.ZERO, f"{seen.place} is 0 in every entry"), predict)


def unused(seen: Seen) -> Hypothesis | None:
    """A gradient of what f does not take in, near x and far from it."""
    if seen.refutes(0.0 * seen.claimed):
        return None
    for move in FAR:
        x = seen.oracle.x.copy()
        x[seen.entries] = move(x[seen.entries])
        if seen.oracle.value_at(x) != seen.oracle.value:
            return None
    evidence = f"f is the same number whatever {seen.place} is, and its gradient is not 0"
    return Hypothesis(Explanation(Cause.UNUSED, evidence), lambda there: 0.0 * there.claimed)


def scaled(seen: Seen) -> Hypothesis | None:
    """A gradient whose every entry is off by one factor."""
    if not seen.claimed.any():
        return None
    ratio = float(seen.claimed @ seen.true / (seen.claimed @ seen.claimed))
    if abs(ratio - 1) < OFF and not seen.is_resolved:
        return None  # that such a difference has the same share in every entry could not be seen
    if abs(ratio) <= LEAST or not seen.holds(ratio * seen.claimed, fitted=1):
        return None
    found = named_factor(seen.oracle, seen.place, 1 / ratio)
    if (
        seen.place != seen.leaf.name
        and round(ratio) > 1
        and math.isclose(ratio, round(ratio), rel_tol=EXPLAINED)
    ):
        found = replace(found, is_suspicion=True)  # of so many summands one may be left
    return Hypothesis(found, lambda there: ratio * there.claimed)


def told(factor: float) -> str:
    """A factor with enough digits to differ from 1.

    >>> told(0.5), told(1.0000123)
    ('0.5', '1.0000123')
    """
    digits = 6 if abs(factor - 1) > OFF else 3 - math.floor(math.log10(abs(factor - 1) or OFF))
    return f"{factor:.{digits}g}"


def named_factor(oracle: Oracle, place: str, factor: float) -> Explanation:
    """What claimed = factor x true in every entry of ``place`` speaks for."""
    evidence = f"{place} is {told(factor)} x the true gradient in every entry"
    for value, cause in NAMED.items():
        if math.isclose(factor, value, rel_tol=EXPLAINED):
            return Explanation(cause, evidence)
    for base, logarithm in LOGARITHMS.items():
        for number, words in ((logarithm, f"log {base}"), (1 / logarithm, f"1 / log {base}")):
            if math.isclose(factor, number, rel_tol=EXPLAINED):
                return Explanation(Cause.LOG_BASE, f"{evidence}, {words}")
    for size, cause, words in (
        (factor, Cause.MISSING_MEAN, "{} times it"),
        (1 / factor, Cause.MEAN_TWICE, "1/{} of it"),
    ):
        if size > FEW + 0.5 and round(size) in BATCHES and math.isclose(size, round(size), rel_tol=EXPLAINED):
            return _of_batch(oracle, round(size), cause, f"{evidence}, {words.format(round(size))}")
    return Explanation(Cause.FACTOR, evidence)


def _of_batch(oracle: Oracle, size: int, cause: Cause, evidence: str) -> Explanation:
    """A whole number is called a batch, or a mean over another axis, where the data have so many of them."""
    axis = axes_at_hand((oracle.f, oracle.grad), oracle.tree.leaves, oracle.x).get(size)
    if axis is None or not (axis.is_batch or size > COMMON):
        return Explanation(Cause.FACTOR, evidence, beside=f"{cause}, if that is {size}")
    return Explanation(cause if axis.is_batch else OF_AN_AXIS[cause], f"{evidence}, and {axis.words}")


def factor_further_on(box: BlackBox) -> Explanation | None:
    """A constant factor in a wrong leaf, where others are wrong in some other way because of it."""
    for leaf in box.wrong:
        if leaf.size < ENOUGH:
            continue
        along = [box.direction([leaf]) for _ in range(3)]
        claimed = np.array([box.claimed_at_x @ v for v in along])
        true = np.array([box.true(box.x, v) for v in along])
        factor = float(claimed @ true / (true @ true))
        if box.same(claimed, factor * true) and abs(factor - 1) > OFF and factor and box.matters(true):
            x = box.at({each: NEARER * box.value(each) for each in box.leaves})
            if box.ratio(x, [leaf], factor):
                return named_factor(box.oracle, leaf.name, factor)
    return None
