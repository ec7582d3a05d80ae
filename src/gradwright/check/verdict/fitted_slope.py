"""The derivative of a function whose rounding is coarse: by a polynomial through many values.

Where a function computes in half precision, no difference of two values tells its slope to a per cent. The
odd part of many values around 0 is fitted by a polynomial, whose linear term is the slope, and the even part
by another, in which a term of |t| shows a kink.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from itertools import pairwise
from typing import NamedTuple

import numpy as np

from gradwright.check.points import Array
from gradwright.check.verdict.slope import Slope

PAIRS = 48
WIDEST, NEAREST = 0.5, 0.06  # of the size of x: how far the values go
ROUGH = 1.0  # the ratio of von Neumann (1941), 2 for noise, above which what is left is taken for it
ODD = ((1, 3), (1, 3, 5), (1, 3, 5, 7), (1, 3, 5, 7, 9))  # powers of |t|: the fewest that fit, and one more
EVEN = (1, 0, 2, 4, 6)  # the value at 0 has its rounding too
SHARE = 1 / 3  # of what one more term changes, as a part of the error
TINY = float(np.finfo(np.float64).tiny)
CERTAIN = 6.0  # standard errors of the term of |t|


def fit_slope(change: Callable[[float], float], noise: float, reach: float = WIDEST) -> Slope:
    """The derivative at 0 of ``change``, a function with change(0) = 0 that is known to ``noise``.

    It is asked up to ``reach`` on both sides, or nearer where the polynomial does not fit.

    >>> rng = np.random.default_rng(0)
    >>> slope = fit_slope(lambda t: math.sin(3 * t) + 1e-3 * rng.standard_normal(), noise=1e-3)
    >>> bool(abs(slope.value - 3) < 3 * slope.error < 0.2)
    True
    """
    odd, even = _parts(change, noise, reach)
    while not (odd.fits and even.fits) and reach > NEAREST:
        reach /= 2
        odd, even = _parts(change, noise, reach)
    if not (odd.fits and even.fits):
        return Slope(math.nan, math.inf, "undefined")
    kink = abs(even.first) > CERTAIN * even.error
    return Slope(odd.first, odd.error, "kink" if kink else "smooth")


def widest_reach(change: Callable[[float], float], noise: float) -> float:
    """How far from 0 the values of ``change`` are a polynomial and noise."""
    reach = WIDEST
    while reach > NEAREST and not all(part.fits for part in _parts(change, noise, reach)):
        reach /= 2
    return reach


class _Fit(NamedTuple):
    """The coefficient of the first power with its standard error, and whether noise alone is left."""

    first: float
    error: float
    fits: bool


def _parts(change: Callable[[float], float], noise: float, reach: float) -> tuple[_Fit, _Fit]:
    """The fits of the odd and the even part of the values up to ``reach``."""
    t = reach * (np.arange(PAIRS) + 0.5) / PAIRS
    ahead, behind = np.array([change(s) for s in t]), np.array([change(-s) for s in t])
    if not (np.isfinite(ahead).all() and np.isfinite(behind).all()):
        nothing = _Fit(math.nan, math.inf, fits=False)
        return nothing, nothing
    fits = [_fit(t, (ahead - behind) / 2, powers, noise) for powers in ODD]
    odd, more = next((pair for pair in pairwise(fits) if pair[0].fits), (fits[-1]._replace(fits=False),) * 2)
    odd = odd._replace(error=odd.error + SHARE * abs(more.first - odd.first))
    return odd, _fit(t, (ahead + behind) / 2, EVEN, noise)


def _fit(t: Array, values: Array, powers: tuple[int, ...], noise: float) -> _Fit:
    columns = (t / t[-1])[:, None] ** np.array(powers)
    inverse = np.linalg.pinv(columns)
    found = inverse @ values
    left = values - columns @ found
    seen = float(left @ left) / (len(t) - len(powers))
    variance = max(seen, (noise / 4) ** 2, TINY)
    # of noise neighbours differ by the square root of 2 of its size; of wide steps and of a curve by less
    ratio = float(np.sum(np.diff(left) ** 2)) / seen / len(t) if seen else 2.0
    alike = max(0.0, 1 - ratio / 2)  # the correlation of neighbours, which makes them count for fewer
    error = math.sqrt(variance * (1 + alike) / (1 - alike)) * float(np.linalg.norm(inverse[0]))
    fits = ratio > ROUGH or seen <= noise**2
    return _Fit(float(found[0]) / t[-1], error / t[-1], fits)
