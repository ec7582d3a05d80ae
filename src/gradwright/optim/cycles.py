"""Schedules that rise and fall again: the triangular cycle and the one-cycle policy."""

from __future__ import annotations

from dataclasses import KW_ONLY, dataclass

import numpy as np

from gradwright.errors import ConfigError
from gradwright.fields import AtLeastOne, Count, NonNegative, OpenFraction, Positive, check_fields
from gradwright.optim.clock import Clock, elapsed


@dataclass(frozen=True)
class TriangularCycle:
    """From low to high in ``step_size`` steps and back in as many, again and again:

        lr = low + (high - low) (1 - |(step mod 2 step_size) / step_size - 1|)

    A usual one on small images is ``TriangularCycle(1e-5, 0.1, step_size=500)``.

    Smith, Cyclical learning rates for training neural networks, WACV 2017, policy "triangular".

    Args:
        low: the rate at the foot of the triangle.
        high: the rate at its top.
        step_size: updates from the foot to the top.
        cycles: triangles after which the rate stays at low; None repeats for ever.

    Raises ``ConfigError`` for a setting outside its range, and for a low above high.

    >>> schedule = TriangularCycle(0.0, 1.0, step_size=2, cycles=1)
    >>> [schedule.rate(step, epoch=0) for step in range(6)]
    [0.0, 0.5, 1.0, 0.5, 0.0, 0.0]
    """

    low: NonNegative
    high: NonNegative
    _: KW_ONLY
    step_size: Count
    cycles: Count | None = None

    def __post_init__(self) -> None:
        check_fields(self)
        if self.low > self.high:
            raise ConfigError(f"TriangularCycle.high: expected at least low {self.low}, found {self.high}")

    def rate(self, step: int, epoch: int) -> float:
        cycle, within = divmod(step, 2 * self.step_size)
        if self.cycles is not None and cycle >= self.cycles:
            return self.low
        weight = 1 - abs(within / self.step_size - 1)
        return weight * self.high + (1 - weight) * self.low


ANNIHILATION = 1e-3  # the last rate of a one-cycle over its first one: orders of magnitude below it


@dataclass(frozen=True)
class OneCycle:
    """One long triangle and a short tail, in straight lines; with low = peak / divisor

        low -> peak -> low     in two equal parts of (1 - tail) duration
        low -> low / 1000      in the last tail duration, where the rate then stays

    The large rates in the middle are meant to regularise; the tail lets the parameters settle.

    Smith and Topin, Super-convergence: very fast training of neural networks using large learning rates,
    2018. Smith, A disciplined approach to neural network hyper-parameters, 2018.

    Args:
        peak: the largest rate.
        duration: the length of triangle and tail on the clock.
        divisor: peak / low.
        tail: the share of the duration that is the tail.
        per: the clock of the duration, "step" or "epoch".

    Raises ``ConfigError`` for a setting outside its range.

    >>> schedule = OneCycle(1.0, duration=100, tail=0.2)
    >>> [round(schedule.rate(step, epoch=0), 4) for step in (0, 20, 40, 80, 100, 200)]
    [0.1, 0.55, 1.0, 0.1, 0.0001, 0.0001]
    """

    peak: Positive
    _: KW_ONLY
    duration: Count
    divisor: AtLeastOne = 10.0
    tail: OpenFraction = 0.1
    per: Clock = "step"

    def __post_init__(self) -> None:
        check_fields(self)

    def rate(self, step: int, epoch: int) -> float:
        low = self.peak / self.divisor
        descended = (1 - self.tail) * self.duration
        corners = (0, descended / 2, descended, self.duration)
        rates = (low, self.peak, low, low * ANNIHILATION)
        return float(np.interp(elapsed(self.per, step, epoch), corners, rates))
