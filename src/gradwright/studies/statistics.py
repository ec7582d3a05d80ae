"""What few noisy numbers allow to say: intervals, paired differences, and how many would be needed.

All functions take arrays with a row for each configuration and a column for each repeat; NaN marks a repeat
that is not there. Seeds are the repeats: spread over them is the spread of training, not that of the rows on
which a metric was measured, for which see ``binomial_deviation``.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from gradwright.nn.layer import Array
from gradwright.studies.estimate import t_quantile
from gradwright.studies.moderation import moderate
from gradwright.studies.scipy_special import special

POWER = 0.8  # the chance to tell a true difference apart with the seeds that ``seeds_to_tell`` asks for
MOST_SEEDS = 1000  # more would be no advice
SEEDS_TO_PAIR = 5  # differences by seed alone have too few degrees of freedom below this
LARGEST_EFFECT = 30.0  # standard deviations: what is larger is seen as soon, and the integral stays in range


@dataclass(frozen=True, eq=False)
class Differences:
    """Mean differences (k,) between one configuration and each, with the t test that was made of them.

    ``sd`` is the deviation of a difference per repeat, ``p`` two-sided: 1 where there are too few values or
    no spread at all against which a difference could be held. ``weight`` is how many degrees of freedom all
    rows together lent to each, ``tests`` how many tests were to choose from, which ``p`` and ``half_width``
    allow for.
    """

    mean: Array
    sd: Array
    standard_error: Array
    freedom: Array
    p: Array
    weight: float = 0.0
    tests: int = 1

    @property
    def testable(self) -> Array:
        """Where there is something to hold a difference against (k,)."""
        return self.standard_error > 0

    def half_width(self, level: float) -> Array:
        """Half the width of the interval around ``mean`` (k,) that misses with probability ``level``."""
        width: Array = t_quantile(1 - level / 2 / self.tests, self.freedom) * self.standard_error
        return width


def differences(values: Array, chosen: int, paired: bool) -> Differences:
    """Row ``chosen`` minus each row of ``values`` (k, s), by the test that shows more.

    Where a column is a seed that rows share, and there are at least ``SEEDS_TO_PAIR``, both tests below are
    made: the paired one gains where seeds move all alike, the other knows the spread of all rows, and is
    right for rows that are independent or move together. The smaller p is doubled for the choice
    (Bonferroni). With fewer seeds the paired test could not win, and its price is not paid.
    """
    apart = moderated_differences(values, chosen)
    if not paired or values.shape[1] < SEEDS_TO_PAIR:
        return apart
    together = paired_differences(values, chosen)
    stronger = together.p <= apart.p

    def pick(paired: Array, unpaired: Array) -> Array:
        return np.where(stronger, paired, unpaired)

    return Differences(
        mean=pick(together.mean, apart.mean),
        sd=pick(together.sd, apart.sd),
        standard_error=pick(together.standard_error, apart.standard_error),
        freedom=pick(together.freedom, apart.freedom),
        p=np.minimum(2 * pick(together.p, apart.p), 1),
        weight=apart.weight,
        tests=2,
    )


def paired_differences(values: Array, chosen: int) -> Differences:
    """Row ``chosen`` minus each row of ``values`` (k, s), seed by seed: what seeds share cancels."""
    count, mean, variance = moments(values[chosen] - values)
    error = np.sqrt(variance / np.maximum(count, 1))
    return _tested(mean, np.sqrt(variance), error, np.maximum(count - 1, 1))


def moderated_differences(values: Array, chosen: int) -> Differences:
    """Row ``chosen`` minus each row of ``values`` (k, s), without pairs, by moderated variances.

    t = (mean_c - mean_i) / sqrt(s~_c^2 / n_c + s~_i^2 / n_i), see ``moderation``. Over spreads that are drawn
    from the prior it follows the distribution of Behrens and Fisher, the sum of two of Student's with
    f = d0 + n - 1 degrees. Cochran's approximation (Biometrics 20, 1964) for it is Student's with the lesser
    f, which errs on the safe side; Satterthwaite's, with up to twice f, would not: at a level of 1 in 2,000,
    d0 = 3 and 3 seeds, it errs four times as often as it says. With d0 = 0, where each row has its own spread
    alone, that is the test that is safe, and this is Welch's (Biometrika 34, 1947).
    """
    count, mean, own = moments(values)
    found = moderate(mean, own, np.maximum(count - 1, 0).astype(np.float64))
    share = found.variance / np.maximum(count, 1)
    both = share + share[chosen]
    if found.weight > 0:
        freedom = np.minimum(found.freedom, found.freedom[chosen])
    else:
        parts = share**2 / np.maximum(found.freedom, 1)
        freedom = both**2 / np.maximum(parts + parts[chosen], np.finfo(float).tiny)
    sd = np.sqrt(found.variance + found.variance[chosen])
    error = np.sqrt(both)
    return _tested(mean[chosen] - mean, sd, error, np.maximum(freedom, 1), found.weight)


def moments(values: Array) -> tuple[Array, Array, Array]:
    """For each row (k, s): how many values there are, their mean, their variance; NaN where undefined."""
    known = ~np.isnan(values)
    count = known.sum(axis=1)
    with np.errstate(invalid="ignore", divide="ignore"):
        mean = np.where(known, values, 0).sum(axis=1) / count
        square = np.where(known, values - mean[:, None], 0) ** 2
        return count, mean, np.where(count > 1, square.sum(axis=1) / (count - 1), np.nan)


def _tested(mean: Array, sd: Array, error: Array, freedom: Array, weight: float = 0.0) -> Differences:
    with np.errstate(invalid="ignore", divide="ignore"):
        p = 2 * special().stdtr(freedom, -np.abs(mean / error))
    return Differences(mean, sd, error, freedom, np.where(error > 0, p, 1.0), weight)


def seeds_to_tell(
    difference: Array, sd: Array, level: float, power: float = POWER, weight: float = 0.0
) -> Array:
    """The fewest seeds with which a two-sided t test at ``level`` sees ``difference`` with ``power``.

    With d = |difference| / sd the statistic follows the noncentral t of ``weight`` + n - 1 degrees and centre
    d sqrt(n) (Cohen, Statistical Power Analysis, 1988), where ``weight`` is what other rows lend, see
    ``moderation``. ``difference`` and ``sd`` (k,) are taken as if they were the truth. ``MOST_SEEDS`` + 1
    stands for more than ``MOST_SEEDS``, 2 is the least.

    >>> seeds_to_tell(np.array([1.0, 0.5, 0.0]), np.array([1.0, 1.0, 1.0]), level=0.05).tolist()
    [10, 34, 1001]
    """
    with np.errstate(over="ignore", divide="ignore", invalid="ignore"):
        effect = np.minimum(np.abs(difference) / sd, LARGEST_EFFECT)
    few, enough = np.full(effect.shape, 1), np.full(effect.shape, MOST_SEEDS + 1)
    while (enough - few > 1).any():
        n = np.maximum((few + enough) // 2, 2)
        freedom = weight + n - 1
        critical = special().stdtrit(freedom, 1 - level / 2)
        seen = 1 - special().nctdtr(freedom, effect * np.sqrt(n), critical) >= power
        few, enough = np.where(seen, few, n), np.where(seen, n, enough)
    return enough


def binomial_deviation(accuracy: float, rows: int) -> float:
    """The standard deviation of an accuracy that was counted on ``rows`` rows: sqrt(p (1 - p) / rows).

    >>> round(binomial_deviation(0.93, 6250), 4)
    0.0032
    """
    return math.sqrt(accuracy * (1 - accuracy) / rows)
