"""Warm-up: another schedule, entered gently."""

from __future__ import annotations

from dataclasses import KW_ONLY, dataclass

from gradwright.fields import Count, check_fields
from gradwright.optim.clock import Clock, elapsed
from gradwright.optim.schedule import Schedule
from gradwright.specs import require_instance


@dataclass(frozen=True)
class LinearWarmup:
    """lr = min(1, (t + 1) / duration) then(step, epoch)        t on the clock ``per``

    The first update already moves, and t = duration - 1 is the first at the full rate. ``then`` runs on the
    run's own counters all the while, so warm-up scales its beginning and delays nothing: a shift could not
    be right for both clocks, since the number of steps in an epoch is not known here.

    Goyal et al., Accurate, large minibatch SGD: training ImageNet in 1 hour, 2017, section 2.2.

    Args:
        duration: the t at which the whole rate is reached.
        then: the schedule that is warmed up to.
        per: the clock of t, "step" or "epoch".

    Raises ``ConfigError`` for a setting outside its range, and for a ``then`` that is not a schedule.

    >>> from gradwright.optim import Constant
    >>> schedule = LinearWarmup(4, Constant(1.0))
    >>> [schedule.rate(step, epoch=0) for step in range(6)]
    [0.25, 0.5, 0.75, 1.0, 1.0, 1.0]
    """

    duration: Count
    then: Schedule
    _: KW_ONLY
    per: Clock = "step"

    def __post_init__(self) -> None:
        check_fields(self)
        require_instance(self.then, Schedule, "LinearWarmup.then")

    def rate(self, step: int, epoch: int) -> float:
        t = elapsed(self.per, step, epoch)
        return min(1.0, (t + 1) / self.duration) * self.then.rate(step, epoch)
