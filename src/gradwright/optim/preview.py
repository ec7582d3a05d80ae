"""A schedule before it is run: every rate of the run, how far they reach in all, and when they die out.

A run whose rate has died out looks converged and is only frozen: its loss is flat because nothing moves.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from gradwright.errors import ConfigError
from gradwright.fields import Count, require
from gradwright.optim.schedule import Schedule

FROZEN = 1e-3  # of the peak: from there on, a thousand updates go less far than one did at the peak
TABLE_ROWS = 20

MOST_UPDATES = 10**8  # whose rates take minutes
SAMPLED = 10**5  # updates, whose rates take a tenth of a second


def rates(schedule: Schedule, epochs: int, steps_per_epoch: int) -> NDArray[np.float64]:
    """The learning rate of every update of a run        -> (epochs * steps_per_epoch,)

    Raises ``ConfigError`` where a count is below 1, and for a rate that is not finite.

    >>> from gradwright.optim import ExponentialDecay
    >>> rates(ExponentialDecay(0.1, 0.5), epochs=2, steps_per_epoch=3)
    array([0.1 , 0.1 , 0.1 , 0.05, 0.05, 0.05])
    """
    epochs, steps_per_epoch = (
        require("epochs", epochs, Count),
        require("steps_per_epoch", steps_per_epoch, Count),
    )
    return _rates_at(schedule, range(epochs * steps_per_epoch), steps_per_epoch)


def _rates_at(schedule: Schedule, steps: Sequence[int], steps_per_epoch: int) -> NDArray[np.float64]:
    found = np.array([schedule.rate(step, step // steps_per_epoch) for step in steps], np.float64)
    if not np.isfinite(found).all():
        k = int(np.argmin(np.isfinite(found)))
        raise ConfigError(f"learning_rate: expected finite rates, found {found[k]} at step {steps[k]}")
    return found


class PreviewRow(NamedTuple):
    """One epoch of a preview."""

    epoch: int  # from 1, as the records of a run number it
    first: float  # the rate of its first update
    last: float  # the rate of its last update
    share: float  # of the run's total that is spent when the epoch ends, 0 to 1


@dataclass(frozen=True, eq=False)
class Preview:
    """The rates of a run, one per update, and what can be said of them before it starts.

    >>> from gradwright.optim import ExponentialDecay
    >>> seen = preview(ExponentialDecay(0.1, 0.5), epochs=20, steps_per_epoch=100)
    >>> seen.frozen_epoch
    11
    >>> for row in seen.table()[:3]:
    ...     print(f"{row.epoch}  {row.first}  {row.share:.1%}")
    1  0.1  50.0%
    2  0.05  75.0%
    3  0.025  87.5%
    """

    rates: NDArray[np.float64]  # (epochs * steps_per_epoch,)
    steps_per_epoch: int

    @property
    def epochs(self) -> int:
        return len(self.rates) // self.steps_per_epoch

    @property
    def total(self) -> float:
        """The sum of all rates: how far the run could go along a gradient of length 1."""
        return float(self.rates.sum())

    @property
    def first(self) -> float:
        return float(self.rates[0])

    @property
    def last(self) -> float:
        return float(self.rates[-1])

    @property
    def peak(self) -> float:
        return float(self.rates.max())

    @property
    def frozen_epoch(self) -> int | None:
        """The first epoch (from 1) from which on the rate stays below 1/1000 of its peak; None if never."""
        last_alive = int(np.flatnonzero(self.rates >= FROZEN * self.peak)[-1])
        epoch = last_alive // self.steps_per_epoch + 2  # the one after it, counted from 1
        return epoch if epoch <= self.epochs else None

    def table(self) -> list[PreviewRow]:
        """One row per epoch; of a long run the first, the last and evenly spaced ones between, 20 in all."""
        by_epoch = self.rates.reshape(self.epochs, self.steps_per_epoch)
        spent = by_epoch.sum(axis=1).cumsum()
        share = spent / spent[-1] if spent[-1] else spent
        shown = np.linspace(0, self.epochs - 1, min(self.epochs, TABLE_ROWS)).round().astype(int)
        return [
            PreviewRow(int(e) + 1, float(by_epoch[e, 0]), float(by_epoch[e, -1]), float(share[e]))
            for e in shown
        ]


def preview(schedule: Schedule, epochs: int, steps_per_epoch: int) -> Preview:
    """What ``schedule`` will do in a run of that many epochs and steps.

    Raises ``ConfigError`` where a count is below 1, and for a rate that is not finite.
    """
    return Preview(rates(schedule, epochs, steps_per_epoch), steps_per_epoch)


def sampled_preview(schedule: Schedule, epochs: int, steps_per_epoch: int) -> Preview:
    """As ``preview``; of a long run from evenly spaced updates of each epoch, its first and last among them.

    A run may have 10^9 updates, more than can be drawn or held. ``steps_per_epoch`` of what is returned is
    the number that was looked at in each epoch.

    >>> from gradwright.optim import ExponentialDecay
    >>> seen = sampled_preview(ExponentialDecay(0.1, 0.5), epochs=1000, steps_per_epoch=1_000_000)
    >>> seen.rates.shape, seen.frozen_epoch
    ((100000,), 11)
    """
    looked_at = min(steps_per_epoch, max(2, SAMPLED // epochs))
    within = np.linspace(0, steps_per_epoch - 1, looked_at).round().astype(np.int64)
    steps = (np.arange(epochs)[:, None] * steps_per_epoch + within).ravel()
    return Preview(_rates_at(schedule, steps.tolist(), steps_per_epoch), looked_at)
