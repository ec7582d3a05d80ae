"""f and its gradient asked in full digits, where they compute in fewer: believed where both are the same.

What is meant by a function that casts to fewer digits is the function without the casts. It is that one if
the two agree within some units of the lower precision, here and far away; else the casts are what it is
about, and it is judged as it stands.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np

from gradwright.check.full_digits.casts import Casts
from gradwright.check.points import Array
from gradwright.check.verdict.elsewhere import near, others
from gradwright.check.verdict.judge import in_doubt
from gradwright.check.verdict.measure import Rounding, rounding_along
from gradwright.check.verdict.noise import DOUBLE
from gradwright.check.verdict.oracle import OUT_OF_DOMAIN, Oracle, OutOfTimeError
from gradwright.check.verdict.survey import Survey

UNITS = 64.0  # of the lower precision, beside the size of f: what its roundings come to
UNITS_OF_GRADIENT = 1000.0  # the same of a gradient, in which what cancels may leave more
MOST = 0.1  # of its size: two that differ by more are two functions, whatever the precision


class InFullDigits(NamedTuple):
    """What is seen of f without its casts, and what is to be said of it.

    ``rounding`` is that which is left in both; None where it is the one of float64.
    """

    survey: Survey
    rounding: Rounding | None
    note: str


def in_full_digits(survey: Survey) -> InFullDigits | None:
    """The same survey in full digits; None where no cast is left out, or f would be another function."""
    oracle, gradient = survey.oracle, survey.gradient
    if oracle.full is None or oracle.tree.epsilon > DOUBLE:
        return None
    casts = oracle.full.casts
    try:
        wide = oracle.in_full_digits(oracle.full)
        if not casts.unit:
            return None
        values = _values(oracle, wide, survey.rng)
        found = wide.gradient(wide.x)
    except OutOfTimeError:
        raise
    except Exception:  # whatever the user's functions do with what they were not written for
        return None
    sizes = survey.direction(survey.draw("relative"))
    size, apart = sizes.size(found), sizes.size(gradient - found)
    largest = (
        max(values.largest, size) or 1.0
    )  # the terms of a sum that is nearly 0 are as large as their slopes
    share = min(UNITS * casts.unit, MOST) * largest
    if values.apart > share or apart > share + min(UNITS_OF_GRADIENT * casts.unit, MOST) * size:
        return None
    rounding = _left(survey, wide, gradient, found, casts)
    seen = Survey.of(wide, found, survey.rng, 0.0, survey.scales.x, rounding)
    if in_doubt([seen.whole]) and seen.steps() is not None:
        return None  # there are casts that were not reached
    return InFullDigits(seen, rounding, _told(casts, values.apart / largest, apart / (size or largest)))


def _left(survey: Survey, wide: Oracle, gradient: Array, found: Array, casts: Casts) -> Rounding | None:
    """The rounding of constants in few digits, which the two may have rounded in different ways."""
    if not casts.left_in:
        return None
    unit = max(casts.left_in.values())
    of_gradient = unit * np.abs(found) + np.abs(gradient - found) / 2
    return rounding_along(wide, survey.direction(survey.draw("even")))._replace(of_gradient=of_gradient)


class _Values(NamedTuple):
    """How large two functions are, and how far apart."""

    largest: float
    apart: float


def _values(oracle: Oracle, wide: Oracle, rng: np.random.Generator) -> _Values:
    """The largest value, and the largest difference between two functions, at x, near it and far away."""
    points = [oracle.x, near(oracle, int(rng.integers(2**63))), *others(oracle, rng)]
    values = []
    for x in points:
        try:
            value = oracle.value_at(x)
        except OUT_OF_DOMAIN:
            continue
        if math.isfinite(value):
            values.append((value, wide.value_at(x)))
    both = np.array(values)
    return _Values(float(np.abs(both).max()), float(np.abs(both[:, 0] - both[:, 1]).max()))


def _told(casts: Casts, of_f: float, of_gradient: float) -> str:
    return (
        f"f computes in {casts.coarsest} inside: its slopes were taken with its casts left out, which agrees "
        f"with f within {_percent(of_f)}; the gradient as it is computed is within {_percent(of_gradient)} "
        "of that without casts"
    )


def _percent(share: float) -> str:
    """One digit of a share.

    >>> _percent(0.00312), _percent(2e-9)
    ('0.3 %', '2e-07 %')
    """
    return f"{100 * share:.1g} %"
