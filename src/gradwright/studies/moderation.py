"""How far the seeds scatter, taken from all configurations together: the moderated variances of limma.

Three seeds say next to nothing about their own spread, but two hundred configurations with three seeds each
say a lot about the spreads that there are. So the true variance of a configuration is taken as drawn from a
scaled inverse chi-square distribution around a prior value s0^2 that has the weight of d0 degrees of freedom,

    sigma^2 ~ d0 s0^2 / chi^2(d0),        s^2 | sigma^2 ~ sigma^2 chi^2(d) / d.

What is then known of it, given the configuration's own s^2 with its d degrees, is

    s~^2 = (d0 s0^2 + d s^2) / (d0 + d)   with d0 + d degrees of freedom,

and a difference of means over its standard error from s~^2 follows Student's t with that many (Smyth, "Linear
models and empirical Bayes methods", Statistical Applications in Genetics and Molecular Biology 3, 2004).

**The prior value goes by the level**: what hardly trains hardly scatters, what nearly diverges scatters
wildly. For each configuration it is read off the ``NEIGHBOURS`` that come next to it in the order of their
means, itself left out, as a mean of logarithms (the trend of limma: Law et al., Genome Biology 15, 2014,
fit a curve instead, but the spread of training has steps). With psi the digamma function,

    e = log s^2 - psi(d/2) + log(d/2),    log s0^2 = mean(e of the neighbours) + psi(d0/2) - log(d0/2).

**Its weight** solves psi'(d0/2) = mean(r^2) - psi'(d/2), where r = e - mean(e of the neighbours): how much
more the logarithms differ than seeds alone would make them. Below ``ENOUGH`` configurations that is anybody's
guess: d0 is 0, and each has its own spread alone.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from gradwright.nn.layer import Array
from gradwright.studies.scipy_special import special

NEIGHBOURS = 20  # whose spread is like that of a configuration
ENOUGH = 10  # configurations with a spread, to say how unequal spreads are
LARGEST_FREEDOM = 1e6  # as good as known


@dataclass(frozen=True, eq=False)
class Moderated:
    """``variance`` (k,) of a single value in each row, and the degrees of ``freedom`` (k,) that it has.

    ``prior`` (k,) is s0^2, NaN where there are no neighbours, and ``weight`` is d0.
    """

    variance: Array
    freedom: Array
    prior: Array
    weight: float


def moderate(mean: Array, variance: Array, freedom: Array) -> Moderated:
    """The moderated variances of rows with these means, variances s^2 and degrees of freedom d (k,).

    A variance of 0, as of an accuracy that is 100 % with every seed, says nothing about the prior, but gets
    its share of it.

    >>> rng = np.random.default_rng(0)
    >>> spread = 0.1 * np.sqrt(4 / rng.chisquare(4, (200, 1)))  # d0 = 4
    >>> values = spread * rng.normal(size=(200, 3))
    >>> found = moderate(values.mean(axis=1), values.var(axis=1, ddof=1), np.full(200, 2.0))
    >>> round(float(np.sqrt(np.median(found.prior))), 1), round(found.weight)
    (0.1, 3)
    """
    order = np.argsort(mean, kind="stable")
    informative = order[(variance[order] > 0) & (freedom[order] > 0)]
    if len(informative) < ENOUGH:
        return Moderated(variance, freedom, np.full(len(mean), np.nan), 0.0)
    half = freedom / 2
    with np.errstate(divide="ignore", invalid="ignore"):
        e = np.log(variance) - special().digamma(half) + np.log(half)
    around = np.empty(len(mean))
    around[order] = _means_around(e[order], np.isin(order, informative))
    weight = _weight((e - around)[informative], half[informative])
    prior = np.exp(around + special().digamma(weight / 2) - np.log(weight / 2))
    own = np.where(freedom > 0, freedom * np.where(freedom > 0, variance, 0), 0)
    together = (weight * prior + own) / (weight + freedom)
    return Moderated(together, weight + freedom, prior, weight)


def _means_around(values: Array, known: Any) -> Array:
    """For each place of ``values`` (k,) the mean of the ``NEIGHBOURS`` known ones that are nearest to it."""
    places = np.flatnonzero(known)
    before = np.concatenate([[0.0], np.cumsum(values[places])])
    rank = np.searchsorted(places, np.arange(len(values)))  # of the first known one from here on
    itself = np.asarray(known).astype(int)
    count = min(NEIGHBOURS, len(places) - 1)
    first = np.clip(rank - count // 2, 0, len(places) - count - itself)
    total = before[first + count + itself] - before[first] - np.where(known, values, 0)
    around: Array = total / count
    return around


def _weight(r: Array, half: Array) -> float:
    """d0, from how much logarithms of variances differ from those around them."""
    return 2 * _inverse_trigamma(float(np.mean(r**2) - np.mean(special().polygamma(1, half))))


def _inverse_trigamma(y: float) -> float:
    """x with psi'(x) = y, by bisection of log x; bounded at both ends."""
    low, high = np.log(1 / LARGEST_FREEDOM), np.log(LARGEST_FREEDOM)
    for _ in range(60):
        middle = (low + high) / 2
        low, high = (middle, high) if special().polygamma(1, np.exp(middle)) > y else (low, middle)
    return float(np.exp((low + high) / 2))
