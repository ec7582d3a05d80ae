"""The derivative of a function of one number at 0, with an error that can be trusted.

Central differences at halving steps, extrapolated (Ridders, Advances in Engineering Software 1982), with
the rounding of the function as part of every error. What the second differences do as the step falls
tells a smooth point from a kink and from a jump.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Literal, NamedTuple, TypeAlias

import numpy as np

from gradwright.check.verdict.orders import fitted_order

Behaviour: TypeAlias = Literal["smooth", "linear", "kink", "jump", "undefined"]

FIRST_STEP = 0.25  # a quarter of the scale of x
MOST_STEPS = 40
COLUMNS = 4  # of the extrapolation: orders h^2 to h^10
PATIENCE = 3  # rows that bring nothing better, once rounding rules, before the search ends
RESOLVED = 20.0  # times the noise, where the size of a second difference is known to some per cent
ROOM = 60.0  # errors within a tolerance, where a slope is seen to be 0 to it
WIDEST_LOOK = 0.25  # the largest first step of such a look: beyond it there is too little room for the noise
LOOKS = 4  # steps of it
SHARPEST = 2.83  # a second difference falls by 4 as the step halves, at a kink by 2
AGREEMENT = 3.0  # a row whose value differs from a finer one's by more than so many errors is a coincidence


class Sample(NamedTuple):
    """The function on both sides of 0, less its value there."""

    step: float
    ahead: float
    behind: float


@dataclass(frozen=True)
class Slope:
    """A derivative, the size of its likely error, and how the function behaves around 0.

    ``kink_bound`` is the most that a kink too near to see can have done to ``value``, where that was asked
    for.
    """

    value: float
    error: float
    behaviour: Behaviour
    samples: tuple[Sample, ...] = ()
    kink_bound: float = 0.0


UNKNOWN = Slope(math.nan, math.inf, "undefined")


class _Row(NamedTuple):
    value: float
    error: float
    step: float


def measure_slope(
    change: Callable[[float], float],
    noise: float,
    first_step: float = FIRST_STEP,
    ratio: float = 2.0,
    patience: int = PATIENCE,
    closest: float | None = None,
) -> Slope:
    """The derivative at 0 of ``change``, a function with change(0) = 0 that is known to ``noise``.

    ``patience`` rows are looked at beyond the best one; many of them show a weak kink, which rules
    only at small steps. With ``closest`` the function is asked down to that step, for ``kink_bound``.

    >>> slope = measure_slope(lambda t: math.sin(3 * t), noise=1e-16)
    >>> abs(slope.value - 3) < 10 * slope.error < 1e-11
    True
    >>> measure_slope(lambda t: abs(t), noise=1e-16).behaviour
    'kink'
    """
    samples: list[Sample] = []
    rows: list[_Row] = []
    before: list[float] = []
    step, stale = first_step, 0
    for _ in range(MOST_STEPS):
        sample = Sample(step, change(step), change(-step))
        if not (math.isfinite(sample.ahead) and math.isfinite(sample.behind)):
            samples, rows, before = [], [], []
        else:
            samples.append(sample)
            before, found = _extrapolated(sample, before, ratio, noise)
            rows += found
            best = _best(rows)
            stale = 0 if rows and best is rows[-1] else stale + 1
            if stale >= patience and best is not None and _rounding_rules(rows[-1], noise):
                break
        step /= ratio
    best = _best(rows)
    if best is None:
        return replace(UNKNOWN, samples=tuple(samples))
    bound = 0.0 if closest is None else _asymmetry(change, samples[-1].step, closest, noise) / 2
    return Slope(best.value, best.error, _behaviour(samples, noise, ratio), tuple(samples), bound)


def look_for_zero(change: Callable[[float], float], noise: float, tolerance: float) -> Slope | None:
    """The derivative at 0 of ``change`` if few steps show that it is 0 within ``tolerance``, else None.

    The steps are about the smallest ones at which the noise leaves room for that: there a function curves
    least, and few kinks are as near. What is 0 to seven digits is so by no coincidence; what is not may have
    many reasons, and is for ``measure_slope`` to tell.

    >>> look_for_zero(lambda t: t**2 + t**3, noise=1e-16, tolerance=1e-7).behaviour
    'smooth'
    >>> look_for_zero(lambda t: 1e-6 * t, 1e-16, 1e-7), look_for_zero(lambda t: abs(t), 1e-16, 1e-7)
    (None, None)
    """
    samples: list[Sample] = []
    before: list[float] = []
    step = 16 * ROOM * noise / tolerance if noise and tolerance else math.inf
    while step <= WIDEST_LOOK and len(samples) < LOOKS:
        samples.append(Sample(step, change(step), change(-step)))
        if not all(map(math.isfinite, samples[-1])) or _is_sharp(samples[-2:], noise):
            return None
        before, rows = _extrapolated(samples[-1], before, 2.0, noise)
        for row in rows:
            if abs(row.value) > tolerance + AGREEMENT * row.error:
                return None
            if abs(row.value) <= tolerance and ROOM * row.error <= tolerance:
                return Slope(row.value, row.error, "smooth", tuple(samples))
        step /= 2
    return None


def _is_sharp(samples: list[Sample], noise: float) -> bool:
    """Whether the second difference falls as at a kink from the first of two steps to the last, its half."""
    wide, narrow = (abs(s.ahead + s.behind) for s in (samples[0], samples[-1]))
    return len(samples) > 1 and narrow > RESOLVED * noise and wide < SHARPEST * narrow


def _asymmetry(change: Callable[[float], float], step: float, closest: float, noise: float) -> float:
    """The least difference of the two one-sided slopes, at ``step`` and smaller ones.

    Twice what a kink too close to see can have done to a central difference. At larger steps kinks on both
    sides may cancel by chance, so these do not count.
    """
    least = math.inf
    while True:
        step = max(step, closest)
        least = min(least, (abs(change(step) + change(-step)) + noise) / step)
        if step <= closest:
            return least
        step /= 8


def _extrapolated(
    sample: Sample, before: list[float], ratio: float, noise: float
) -> tuple[list[float], list[_Row]]:
    """The next row of the tableau, and its best entry; the first row has none."""
    row = [(sample.ahead - sample.behind) / (2 * sample.step)]
    rounding = 2 * noise / sample.step
    entries = []
    for j, coarser in enumerate(before[:COLUMNS]):
        value = row[j] + (row[j] - coarser) / (ratio ** (2 * (j + 1)) - 1)
        error = max(abs(value - row[j]), abs(value - coarser)) + rounding
        row.append(value)
        entries.append(_Row(value, error, sample.step))
    return row, [min(entries, key=lambda entry: entry.error)] if entries else []


def _best(rows: list[_Row]) -> _Row | None:
    """The row with the least error that no finer row contradicts."""
    agreed = [
        row
        for i, row in enumerate(rows)
        if all(
            abs(row.value - finer.value) <= AGREEMENT * (row.error + finer.error) for finer in rows[i + 1 :]
        )
    ]
    return min(agreed, key=lambda row: row.error) if agreed else None


def _rounding_rules(row: _Row, noise: float) -> bool:
    """Whether smaller steps can only be worse."""
    return 2 * noise / row.step > 0.05 * row.error


def _behaviour(samples: list[Sample], noise: float, ratio: float) -> Behaviour:
    """What the second differences |c(h) + c(-h)| ~ h^p say: p = 2 smooth, 1 a kink at 0, 0 a jump at 0."""
    steps = np.array([s.step for s in samples])
    second = np.abs([s.ahead + s.behind for s in samples])
    resolved = np.flatnonzero(second > RESOLVED * noise)
    if not resolved.size:
        return "linear"
    last = int(resolved[-1])
    run = [i for i in range(max(0, last - 3), last + 1) if second[i] > RESOLVED * noise]
    power = fitted_order(steps[run], second[run])
    if power is None or power >= 1.5:
        return "smooth"
    expected = second[last] / ratio**power
    if last + 1 < len(second) and expected > 2 * RESOLVED * noise:
        return "smooth"  # the difference is gone below this step: the kink lies beside 0
    return "jump" if power < 0.5 else "kink"
