"""The learning rates that a run really uses, in a few numbers and a sentence."""

from __future__ import annotations

from dataclasses import dataclass

from gradwright.optim import Schedule
from gradwright.optim.preview import sampled_preview

MOST_EPOCHS = 10**6  # whose rates are looked at in some seconds


@dataclass(frozen=True)
class RatesUsed:
    """The rates of ``epochs`` epochs of ``steps_per_epoch`` updates.

    ``worth`` is their sum in epochs at the peak, which for a decay is the first rate: so many epochs without
    the schedule would go as far along one gradient. From ``frozen_epoch`` on (counted from 1; None if never)
    the rate stays below 1/1000 of its peak.
    """

    epochs: int
    steps_per_epoch: int
    first: float
    peak: float
    last: float
    worth: float
    frozen_epoch: int | None

    @property
    def frozen(self) -> float:
        """The share of the epochs in which nothing moves any more."""
        return 0.0 if self.frozen_epoch is None else (self.epochs - self.frozen_epoch + 1) / self.epochs

    def __str__(self) -> str:
        ends = f"first {self.first:.4g}, largest {self.peak:.4g}, last {self.last:.4g}"
        total = f"{self.epochs} epochs of {self.steps_per_epoch} steps go as far as {self.worth:.1f} epochs"
        return f"{ends}: {total} at the largest."


def rates_used(schedule: Schedule, epochs: int, steps_per_epoch: int) -> RatesUsed | None:
    """What ``schedule`` does in a run of that many epochs; None where the run has none, or too many.

    Raises ``ConfigError`` for a rate that is not finite.

    >>> from gradwright.optim import ExponentialDecay
    >>> print(rates_used(ExponentialDecay(0.1, 0.5), epochs=20, steps_per_epoch=100))
    first 0.1, largest 0.1, last 1.907e-07: 20 epochs of 100 steps go as far as 2.0 epochs at the largest.
    """
    if epochs == 0 or epochs > MOST_EPOCHS:
        return None
    seen = sampled_preview(schedule, epochs, steps_per_epoch)
    worth = seen.total / (seen.peak * seen.steps_per_epoch) if seen.peak > 0 else 0.0
    return RatesUsed(epochs, steps_per_epoch, seen.first, seen.peak, seen.last, worth, seen.frozen_epoch)
