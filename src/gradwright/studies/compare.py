"""An honest comparison of a study's configurations: what the seeds allow to say, and what they do not.

**The set that holds the best.** The configuration with the best mean, w, is held against each of the k - 1
others by a t test of the difference with the spread of all configurations behind it (``moderation``), on a
scale on which spreads are alike (``scales``). Each test is two-sided at the level 2 alpha / k, so that it
finds w ahead by chance with no more than alpha / k. Whatever is not behind w by that is a contender.

With at least 1 - alpha the truly best configuration is among them: to lose it, one of k - 1 others must have
beaten it by chance. And where all are equal, one of k is alone in the set, a false winner, no more often than
alpha, for it must have beaten another. (Subset selection: Gupta, Technometrics 7, 1965, and Hsu, Annals of
Statistics 12, 1984, here with Bonferroni's inequality.) For k = 2 it is the usual test at alpha.

**Looking often.** A study that is compared again and again while it grows has as many chances of a false
winner, so each look gets a share of alpha, see ``looks``.

**The winner's curse.** The best of k noisy means lies above its true value; ``selection`` corrects for it,
and tells how often each configuration wins when the seeds are drawn again.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from gradwright.errors import RecordError
from gradwright.nn.layer import Array
from gradwright.studies.configurations import Configuration, ranking, usual_metric, value_table
from gradwright.studies.estimate import CONFIDENCE, Estimate
from gradwright.studies.looks import Share
from gradwright.studies.scales import Scale, scale_for
from gradwright.studies.statistics import (
    SEEDS_TO_PAIR,
    Differences,
    binomial_deviation,
    differences,
    seeds_to_tell,
)
from gradwright.studies.winners_curse import chosen_elsewhere, winning_shares
from gradwright.training.metrics import Metric
from gradwright.training.record import RunRecord

FEW_SEEDS = 5  # below this an interval leans hard on the normal distribution, and the report says so


@dataclass(frozen=True)
class Standing:
    """One configuration beside the winner. ``gap`` is how far it is behind, in the metric's unit.

    The gap is that of the means on the scale of the comparison, taken back to the metric: for a loss, of the
    geometric means. ``low`` and ``high`` hold it at the level of the comparison, ``p`` is corrected for k
    configurations and for other looks at the study, and ``seeds`` is the number that would tell it from the
    winner if the gap is as it seems; None where there are too few runs to say. ``wins`` is the share of
    resampled seeds with which it comes first.
    """

    configuration: Configuration
    gap: float
    low: float | None
    high: float | None
    p: float
    seeds: int | None
    wins: float | None
    contends: bool


@dataclass(frozen=True)
class Comparison:
    """The configurations of a study, best first, and what can be said of them; see the module."""

    metric: Metric
    standings: tuple[Standing, ...]  # of those that can be compared; the first is the winner
    rest: tuple[Configuration, ...]  # with broken runs, or too few
    paired: bool
    scale: Scale
    weight: float  # degrees of freedom that all configurations together lend to the spread of each
    corrected: float | None  # the winner, chosen on all seeds but one and read on that one
    rows: int | None  # validation rows, where known
    runs: int
    share: Share | None  # what this look at the study may spend of the error; None: all of it

    @property
    def error(self) -> float:
        """The chance of a false winner that this comparison is allowed."""
        return 1 - CONFIDENCE if self.share is None else self.share.error

    @property
    def by_seed(self) -> bool:
        """Whether differences seed by seed were tested too; see ``statistics.differences``."""
        return self.paired and max(len(each.configuration.values) for each in self.standings) >= SEEDS_TO_PAIR

    @property
    def configurations(self) -> list[Configuration]:
        """Those that were compared, best first."""
        return [each.configuration for each in self.standings]

    @property
    def winner(self) -> Configuration:
        """The configuration with the best mean."""
        return self.standings[0].configuration

    @property
    def contenders(self) -> tuple[Configuration, ...]:
        """Those that cannot be told from the winner, itself first."""
        return tuple(each.configuration for each in self.standings if each.contends)

    @property
    def row_deviation(self) -> float | None:
        """The noise of an accuracy counted on so many rows; None for a loss, or where rows are unknown."""
        estimate = self.winner.estimate
        if self.rows is None or estimate is None or self.metric.name != "accuracy":
            return None
        return binomial_deviation(estimate.mean, self.rows)

    def to_dict(self) -> dict[str, Any]:
        """Plain data for JSON."""
        return {
            "metric": str(self.metric),
            "runs": self.runs,
            "paired": self.paired,
            "scale": self.scale.kind,
            "prior_freedom": self.weight,
            "confidence": CONFIDENCE,
            "look": None if self.share is None else {**asdict(self.share), "error": self.error},
            "corrected": self.corrected,
            "row_deviation": self.row_deviation,
            "configurations": [_plain(each) for each in self.standings],
            "not_compared": [
                {"point": dict(c.point), "finished": len(c.records), "broken": c.broken, "pruned": c.pruned}
                for c in self.rest
            ],
        }


def compare(
    records: Sequence[RunRecord],
    metric: str | None = None,
    rows: int | None = None,
    look: Callable[[str], Share] | None = None,
) -> Comparison:
    """Compare the configurations of a study by ``metric``, by default the one that they monitor.

    ``rows`` is the number of validation rows, by which the noise of an accuracy is stated. ``look`` is
    asked, with the metric, what this look at a growing study may spend (``looks.look``), once it is clear
    that there is something to see; without it the look counts as the only one.

    Raises ``RecordError`` where no run was finished, ``ConfigError`` for a metric that runs do not have, or
    one of the test set, which is sealed.
    """
    name = usual_metric(records) if metric is None else metric
    chosen, rest = ranking(records, name)
    if not chosen:
        raise RecordError("expected a configuration with a finished run, found none")
    by = chosen[0].metric
    values, paired = value_table(chosen)
    values = by.sign * values
    elsewhere = chosen_elsewhere(values)
    scale = scale_for(by, by.sign * values)
    found = differences(scale.of(by.sign * values), 0, paired)
    share = None if look is None else look(name)
    error = 1 - CONFIDENCE if share is None else share.error
    return Comparison(
        metric=by,
        standings=_standings(chosen, values, scale, found, error),
        rest=tuple(rest),
        paired=paired,
        scale=scale,
        weight=found.weight,
        corrected=None if elsewhere is None else by.sign * elsewhere,
        rows=rows,
        runs=len(records),
        share=share,
    )


def level_of_each(configurations: int, error: float) -> float:
    """The two-sided level of each test such that all together err no more often than ``error``."""
    return min(2 * error / configurations, error)


def contending(found: Differences, level: float) -> Array:
    """Which rows (k,) are not behind the one that ``found`` holds against them, itself included."""
    inside: Array = (found.p > level) | (found.mean <= 0)
    return inside


def _standings(
    chosen: Sequence[Configuration], values: Array, scale: Scale, found: Differences, error: float
) -> tuple[Standing, ...]:
    """Each configuration beside the first, at a level that allows for all of them and for other looks."""
    level = level_of_each(len(chosen), error)
    half, testable = found.half_width(level), found.testable
    best = float(np.nanmean(scale.of(scale.sign * values[0])))
    low, gap, high = (scale.behind(best, found.mean + move) for move in (-half, 0, half))
    p = np.minimum(found.p * (1 - CONFIDENCE) / level, 1)
    contends = contending(found, level)
    needed = seeds_to_tell(found.mean, found.sd, level / found.tests, weight=found.weight)
    wins = winning_shares(values)
    return tuple(
        Standing(
            configuration=each,
            gap=float(gap[i]) if i else 0.0,
            low=float(low[i]) if i and testable[i] else None,
            high=float(high[i]) if i and testable[i] else None,
            p=float(p[i]),
            seeds=int(needed[i]) if i and testable[i] and contends[i] else None,
            wins=None if wins is None else float(wins[i]),
            contends=bool(contends[i]),
        )
        for i, each in enumerate(chosen)
    )


def _plain(standing: Standing) -> dict[str, Any]:
    each = standing.configuration
    return {
        "point": dict(each.point),
        **(_plain_estimate(each.estimate) if each.estimate else {}),
        "seconds": each.seconds,
        "gap": standing.gap,
        "gap_low": standing.low,
        "gap_high": standing.high,
        "p": standing.p,
        "seeds_to_tell": standing.seeds,
        "wins": standing.wins,
        "contends": standing.contends,
    }


def _plain_estimate(estimate: Estimate) -> dict[str, Any]:
    low, high = estimate.interval or (None, None)
    return {**estimate.to_dict(), "low": low, "high": high, "count": estimate.count}
