"""Schedules that rise and fall again: triangles, the one-cycle policy, and waves that grow longer."""

from __future__ import annotations

import math
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


@dataclass(frozen=True)
class CosLog:
    """Waves from 0 to the peak and back, each twice as long as the one before; with u = t / duration

        lr = peak (1 - cos(2 pi log2(1 + (2^waves - 1) u))) / 2        and 0 from u = 1 on

    The short waves at the beginning try high rates early, the long one at the end lets the parameters settle;
    the best epoch may lie at the foot of any of them. With four waves it is "coslog4" of RealMLP.

    Holzmueller, Grinsztajn and Steinwart, Better by default: strong pre-tuned MLPs and boosted trees on
    tabular data, NeurIPS 2024, section 3.

    Args:
        peak: the rate at the top of each wave.
        duration: the length of all waves together on the clock.
        waves: how many there are.
        per: the clock of t, "step" or "epoch"; on that of epochs the whole first one has the rate 0.

    Raises ``ConfigError`` for a setting outside its range.

    >>> schedule = CosLog(1.0, duration=15)
    >>> [round(schedule.rate(step, epoch=0), 4) for step in (0, 1, 2, 3, 7, 15, 20)]
    [0.0, 0.0, 0.9304, 0.0, 0.0, 0.0, 0.0]
    """

    peak: Positive
    _: KW_ONLY
    duration: Count
    waves: Count = 4
    per: Clock = "step"

    def __post_init__(self) -> None:
        check_fields(self)

    def rate(self, step: int, epoch: int) -> float:
        t = min(elapsed(self.per, step, epoch), self.duration)
        passed = math.log2(1 + (2**self.waves - 1) * t / self.duration)  # waves so far, 0 .. waves
        return self.peak * (1 - math.cos(2 * math.pi * passed)) / 2
