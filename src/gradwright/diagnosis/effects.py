"""What a change is worth, paired over seeds: whether that is sure, and enough to call its lack a fault."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from gradwright.diagnosis.yardstick import Yardstick
from gradwright.nn.layer import Array

SEEDS = 5  # that a change is paired over
MORE_SEEDS = 10  # where five leave open what looks large: an original that breaks for every other seed
STUDENT = {SEEDS: 2.776, MORE_SEEDS: 2.262}  # the 97.5 % quantiles of t with 4 and 9 degrees of freedom
# Standard errors of the mean over rows: all seeds are measured on the same rows. Of some twenty changes those
# that suit these rows best come far by chance; of those that lead back to the usual there are few
OF_ROWS, OF_ROWS_BACK = 3.3, 2.33

# A gain is material where it takes away this share of the error that the original has, and this share of the
# way from a constant answer to the best that any trial reached. What leads back to the usual is a fault found
# in the config itself, and a small harm is one; what leads away from it is tuning, and nearly every config
# can be tuned by a few per cent: only what leaves a tenth of the way undone is no longer a matter of taste.
BACK_ERROR, BACK_WAY = 0.07, 0.02
AWAY_ERROR, AWAY_WAY = 0.2, 0.1
PASSED = 0.05  # of what a constant answer costs: a cure has learned something, and is not only less wrong
LEAST = 0.01  # of the rows, or of the variance: less is nobody's trouble


@dataclass(frozen=True)
class Effect:
    """What a change is worth on rows that were not trained on, in means over ``seeds``.

    ``before`` and ``after`` are the metric of the original and of the changed config; the mean difference
    lies between ``low`` and ``high``, Student's 95 % interval over the pairs; both are NaN of a single seed.
    """

    metric: str
    before: float
    after: float
    low: float
    high: float
    seeds: int
    higher_is_better: bool = True

    @property
    def gain(self) -> float:
        """How much better the changed config is."""
        return self.after - self.before if self.higher_is_better else self.before - self.after

    def __str__(self) -> str:
        share = "accuracy" in self.metric
        both = (f"{value:.1%}" if share else f"{value:.4g}" for value in (self.before, self.after))
        reached = f"{self.metric} " + " -> ".join(both)
        if self.seeds == 1:
            return f"{reached} (one seed)"
        ends = (f"{100 * value:+.1f}" if share else f"{value:+.3g}" for value in (self.low, self.high))
        return f"{reached} (paired, {self.seeds} seeds, {' to '.join(ends)})"


@dataclass(frozen=True)
class Paired:
    """The mean costs of an original and of a changed config, and how sure their difference is."""

    before: float
    after: float
    low: float
    high: float
    seeds: int
    of_rows: float  # the standard error of the mean over rows

    @property
    def gain(self) -> float:
        """How much less it costs."""
        return self.before - self.after

    def is_sure(self, *, back: bool) -> bool:
        """Whether neither seeds nor rows explain the gain of a change, one that leads back or away."""
        return self.low > 0 and self.gain > (OF_ROWS_BACK if back else OF_ROWS) * self.of_rows

    def effect(self, yardstick: Yardstick) -> Effect:
        """The same in the unit that people know."""
        before, after = yardstick.shown(self.before), yardstick.shown(self.after)
        ends = (self.low, self.high) if yardstick.higher_is_better else (-self.high, -self.low)
        return Effect(yardstick.name, before, after, *ends, self.seeds, yardstick.higher_is_better)


def paired(yardstick: Yardstick, before: Array, after: Array) -> Paired:
    """The costs (s, n) of two configs for the same seeds and rows, held against each other."""
    seeds = len(before)
    gains = np.array([yardstick.mean(b) - yardstick.mean(a) for b, a in zip(before, after, strict=True)])
    first, second = (float(np.mean([yardstick.mean(c) for c in costs])) for costs in (before, after))
    rows = (before - after).mean(axis=0)
    share = np.ones(len(rows)) if yardstick.weights is None else yardstick.weights
    share = share / share.sum()
    of_rows = math.sqrt(
        float((share**2 * (rows - share @ rows) ** 2).sum())
    )  # rows that count for more err more
    if seeds not in STUDENT:
        return Paired(first, second, math.nan, math.nan, seeds, of_rows)
    half = STUDENT[seeds] * float(gains.std(ddof=1)) / math.sqrt(seeds)
    return Paired(first, second, float(gains.mean()) - half, float(gains.mean()) + half, seeds, of_rows)


def is_material(before: float, after: float, constant: float, best: float, *, back: bool) -> bool:
    """Whether a mean cost that falls from ``before`` to ``after`` cures a fault, and does not only tune.

    ``constant`` is what a constant answer costs, ``best`` the least that any trial cost; ``back`` says
    whether the change leads back to what is usual.

    >>> is_material(0.51, 0.06, constant=0.8, best=0.06, back=False)
    True
    >>> is_material(0.08, 0.06, constant=0.8, best=0.06, back=False)
    False
    """
    gain = before - after
    error, way = (BACK_ERROR, BACK_WAY) if back else (AWAY_ERROR, AWAY_WAY)
    whole = max(constant, before) - min(best, after)
    if after > (1 - PASSED) * constant:
        return False
    return gain >= LEAST and gain >= error * before and gain >= way * whole
