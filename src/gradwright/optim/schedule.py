"""What a schedule is: the learning rate as a pure function of where the run stands."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol, runtime_checkable

from gradwright.errors import ConfigError
from gradwright.fields import NonNegative, check_fields
from gradwright.specs import require_instance


@runtime_checkable
class Schedule(Protocol):
    """lr = rate(step, epoch)"""

    def rate(self, step: int, epoch: int) -> float:
        """The learning rate of one update.

        ``step`` counts updates from 0 over the whole run, ``epoch`` passes over the data from 0.
        """


@dataclass(frozen=True)
class Constant:
    """lr = value

    Args:
        value: the learning rate of every update.

    Raises ``ConfigError`` for a setting outside its range.

    >>> Constant(0.1).rate(step=500, epoch=3)
    0.1
    """

    value: NonNegative

    def __post_init__(self) -> None:
        check_fields(self)

    def rate(self, step: int, epoch: int) -> float:
        return self.value


def as_schedule(learning_rate: float | Schedule) -> Schedule:
    """A number as a constant schedule; a schedule as it is.

    Raises ``ConfigError`` for anything else, a schedule's class in place of a schedule among it.

    >>> as_schedule(0.1)
    Constant(value=0.1)
    """
    if isinstance(learning_rate, type | Schedule):
        require_instance(learning_rate, Schedule, "learning_rate")
        return learning_rate
    try:
        return Constant(learning_rate)
    except ConfigError as error:
        expected = str(error).removeprefix("Constant.value: expected ")
        raise ConfigError(f"learning_rate: expected a schedule or {expected}") from None
