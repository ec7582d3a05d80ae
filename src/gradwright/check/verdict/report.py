"""What a check of a gradient found, as pure data."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, NamedTuple, TypeAlias

Verdict: TypeAlias = Literal["correct", "wrong", "undecided"]
Shape: TypeAlias = Literal["linear", "quadratic", "curved", "unknown"]


class Order(NamedTuple):
    """A fitted Taylor order with its confidence interval (95 %)."""

    value: float
    low: float
    high: float

    def __str__(self) -> str:
        return f"{self.value:.2f} ({self.low:.2f}, {self.high:.2f})"


class Step(NamedTuple):
    """One step along the direction that the table shows: both Taylor remainders."""

    step: float
    first: float
    second: float


class ParameterVerdict(NamedTuple):
    """The verdict on one array of x: its name, the largest relative difference that was seen, and the
    share of its size up to which a difference could have been seen."""

    name: str
    verdict: Verdict
    difference: float
    resolution: float


@dataclass(frozen=True)
class ReportData:
    """The fields of a ``GradientReport``, which adds the ways to show them.

    ``reason`` says in one sentence why the verdict is what it is. ``cause``, ``evidence`` and ``location``
    are of a wrong gradient, None where they could not be told. ``order`` and ``first_order`` are the fitted
    orders of the second and the first remainder over ``window`` (a range of ``steps``), None where the
    function is exactly linear there (``shape`` says so) or no window was found. ``notes`` are what else was
    noticed: inputs that were changed, memory that is shared, a kink that was avoided.
    """

    verdict: Verdict
    reason: str
    cause: str | None
    evidence: str | None
    location: str | None
    order: Order | None
    first_order: Order | None
    shape: Shape
    resolution: float | None
    parameters: tuple[ParameterVerdict, ...]
    notes: tuple[str, ...]
    steps: tuple[Step, ...]
    window: tuple[int, int]
    noise_floor: float
    evaluations: int
    gradient_evaluations: int
    seed: int
