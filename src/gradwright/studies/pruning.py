"""Ending a run that will not win: the median stopping rule of Golovin et al., "Google Vizier" (2017)."""

from __future__ import annotations

import bisect
import math
import statistics
from collections.abc import Iterable
from dataclasses import dataclass, field

from gradwright.fields import Count, check_fields
from gradwright.training.history import History
from gradwright.training.metrics import Metric, as_metric
from gradwright.training.record import RunRecord


@dataclass(frozen=True)
class Median:
    """Ends a run whose best value so far is worse than the median of earlier runs' at the same epoch.

    That run is the first seed of a configuration, the earlier ones have the same seed, and with it the whole
    configuration is pruned: its other seeds are carried out only where the first was not.

    The runs of a generation are held against those of earlier generations alone, so what is pruned depends
    neither on the machine nor on the number of workers.

    Args:
        warmup: epochs in which no run is ended.
        generation: how many trials make a generation.
    """

    warmup: Count = 5
    generation: Count = 8

    def __post_init__(self) -> None:
        check_fields(self)

    def bars(self, earlier: Earlier) -> tuple[float, ...]:
        """The cost that a run may not exceed after each epoch, the first being epoch 0."""
        return tuple(math.inf if e < self.warmup else bar for e, bar in enumerate(earlier.medians()))


@dataclass(frozen=True)
class Earlier:
    """What runs reached so far: for each epoch their best costs up to it, sorted, so a median is free."""

    costs: list[list[float]] = field(default_factory=list)

    def add(self, record: RunRecord, monitor: Metric) -> None:
        """Count a run in."""
        for epoch, best in enumerate(best_so_far(record.history.get(str(monitor), []), monitor)):
            if epoch == len(self.costs):
                self.costs.append([])
            bisect.insort(self.costs[epoch], best)

    def medians(self) -> list[float]:
        """The median of those that reached each epoch."""
        return [_middle(column) for column in self.costs]


@dataclass(frozen=True)
class Bar:
    """Ends a run after the epoch in which it falls behind; a callback of training."""

    bars: tuple[float, ...]
    monitor: Metric

    def behind(self, history: History) -> bool:
        """Whether the best cost so far is above the bar of the last epoch."""
        epoch = len(history) - 1
        if epoch >= len(self.bars):
            return False
        return best_so_far(history.curve(str(self.monitor)), self.monitor)[-1] > self.bars[epoch]


def _middle(column: list[float]) -> float:
    """The median of sorted numbers; ``statistics.median`` would sort them again."""
    return statistics.median(column[(len(column) - 1) // 2 : len(column) // 2 + 1])


def best_so_far(values: Iterable[float | None], metric: Metric | str) -> list[float]:
    """The lowest cost up to each epoch.

    >>> best_so_far([0.5, 0.7, 0.6], "validation.accuracy")
    [-0.5, -0.7, -0.7]
    """
    lowest, best, metric = math.inf, [], as_metric(metric)
    for value in values:
        lowest = min(lowest, metric.cost(value))
        best.append(lowest)
    return best
