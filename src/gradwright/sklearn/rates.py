"""The learning rate, which scikit-learn's ``solver="sgd"`` may change from epoch to epoch."""

from __future__ import annotations

from dataclasses import dataclass

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
        self.now = self.first

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
