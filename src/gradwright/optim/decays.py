"""Schedules that go one way: from a starting rate, by a law, on the clock of epochs or of steps.

t is the time on the clock ``per`` since the run began. Within an epoch the epoch's clock stands still.
"""

from __future__ import annotations

import math
from dataclasses import KW_ONLY, dataclass

from gradwright.fields import Count, NonNegative, Positive, check_fields
from gradwright.optim.clock import Clock, elapsed


@dataclass(frozen=True)
class ExponentialDecay:
    """lr = start factor^t

    Args:
        start: the rate at t = 0.
        factor: from one rate to the next; above 1 the rate grows, as in a search for the largest one.
        per: the clock of t, "epoch" or "step".

    Raises ``ConfigError`` for a setting outside its range.

    >>> schedule = ExponentialDecay(0.1, 0.5)
    >>> [schedule.rate(step=10 * epoch, epoch=epoch) for epoch in range(3)]
    [0.1, 0.05, 0.025]
    """

    start: Positive
    factor: Positive
    _: KW_ONLY
    per: Clock = "epoch"

    def __post_init__(self) -> None:
        check_fields(self)

    def rate(self, step: int, epoch: int) -> float:
        return self.start * _power(self.factor, elapsed(self.per, step, epoch))


@dataclass(frozen=True)
class StepDecay:
    """lr = start factor^floor(t / every)

    Args:
        start: the rate at t = 0.
        factor: between one stair and the next.
        every: the width of a stair on the clock.
        per: the clock of t, "epoch" or "step".

    Raises ``ConfigError`` for a setting outside its range.

    >>> schedule = StepDecay(0.1, 0.5, every=30)
    >>> [schedule.rate(0, epoch) for epoch in (0, 29, 30, 60)]
    [0.1, 0.1, 0.05, 0.025]
    """

    start: Positive
    factor: Positive
    _: KW_ONLY
    every: Count
    per: Clock = "epoch"

    def __post_init__(self) -> None:
        check_fields(self)

    def rate(self, step: int, epoch: int) -> float:
        return self.start * _power(self.factor, elapsed(self.per, step, epoch) // self.every)


@dataclass(frozen=True)
class PolynomialDecay:
    """lr = end + (start - end) (1 - t / duration)^power, and end from t = duration on

    Args:
        start: the rate at t = 0.
        end: the last rate, which may lie above the first.
        duration: the t at which the end is reached.
        power: 1 is a straight line.
        per: the clock of t, "epoch" or "step".

    Raises ``ConfigError`` for a setting outside its range.

    >>> schedule = PolynomialDecay(1.0, end=0.0, duration=4)
    >>> [schedule.rate(0, epoch) for epoch in range(6)]
    [1.0, 0.75, 0.5, 0.25, 0.0, 0.0]
    """

    start: NonNegative
    _: KW_ONLY
    end: NonNegative
    duration: Count
    power: Positive = 1.0
    per: Clock = "epoch"

    def __post_init__(self) -> None:
        check_fields(self)

    def rate(self, step: int, epoch: int) -> float:
        t = min(elapsed(self.per, step, epoch), self.duration)
        weight = math.pow(1 - t / self.duration, self.power)
        return weight * self.start + (1 - weight) * self.end


@dataclass(frozen=True)
class CosineDecay:
    """lr = end + (start - end) (1 + cos(pi t / duration)) / 2, and end from t = duration on

    Half a wave: flat at both ends, steepest in the middle. Loshchilov and Hutter, SGDR: stochastic gradient
    descent with warm restarts, ICLR 2017, without the restarts.

    Args:
        start: the rate at t = 0.
        end: the last rate.
        duration: the t at which the end is reached.
        per: the clock of t, "epoch" or "step".

    Raises ``ConfigError`` for a setting outside its range.

    >>> schedule = CosineDecay(1.0, end=0.0, duration=4)
    >>> [round(schedule.rate(0, epoch), 4) for epoch in range(6)]
    [1.0, 0.8536, 0.5, 0.1464, 0.0, 0.0]
    """

    start: NonNegative
    _: KW_ONLY
    end: NonNegative
    duration: Count
    per: Clock = "epoch"

    def __post_init__(self) -> None:
        check_fields(self)

    def rate(self, step: int, epoch: int) -> float:
        t = min(elapsed(self.per, step, epoch), self.duration)
        weight = (1 + math.cos(math.pi * t / self.duration)) / 2
        return weight * self.start + (1 - weight) * self.end


def _power(factor: float, exponent: int) -> float:
    """factor^exponent, infinite where it leaves the range of a float: the run then reports its divergence."""
    try:
        return math.pow(factor, exponent)
    except OverflowError:
        return math.inf
