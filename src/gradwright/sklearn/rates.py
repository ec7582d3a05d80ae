"""The learning rate: what scikit-learn's ``solver="sgd"`` makes of it from epoch to epoch, or a schedule."""

from __future__ import annotations

from dataclasses import dataclass

from gradwright.optim import Constant, Schedule

SMALLEST = 1e-6  # an adaptive rate below it is not divided once more


@dataclass
class Rate:
    """The rate of the next epoch; ``first`` is that of the first.

    "constant" stays, "invscaling" is first / (rows seen + 1)^power, and "adaptive" is divided by 5 where
    nothing has become better.
    """

    kind: str
    first: float
    power: float

    def __post_init__(self) -> None:
        self.now = self.used = self.first  # of the next epoch, and of the last one

    def schedule(self, unit: float) -> Schedule:
        """The rates of the next epoch's steps, each times ``unit``."""
        return Constant(unit * self.now)

    def after(self, rows: int) -> None:
        """The rate once so many rows have been seen in all."""
        if self.kind == "invscaling":
            self.now = self.first / (rows + 1) ** self.power

    def divided(self) -> bool:
        """Whether a smaller rate is there to go on with, which is then taken."""
        if self.kind != "adaptive" or self.now <= SMALLEST:
            return False
        self.now /= 5
        return True


@dataclass
class Scheduled:
    """The rates of a schedule, in place of a ``Rate``: nothing else changes them."""

    of: Schedule
    now = used = 1.0  # by what each rate of the schedule is multiplied

    def schedule(self, unit: float) -> Schedule:
        return self.of if unit == 1.0 else Multiplied(self.of, unit)

    def after(self, rows: int) -> None:
        """The number of rows changes nothing."""

    def divided(self) -> bool:
        return False


@dataclass(frozen=True)
class Multiplied:
    """lr = factor rate(step, epoch)"""

    schedule: Schedule
    factor: float

    def rate(self, step: int, epoch: int) -> float:
        return self.factor * self.schedule.rate(step, epoch)
