"""What a check of a gradient found, as pure data."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, NamedTuple, TypeAlias

NOT_CHECKED = "not checked"  # how such a note begins

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
    """The fields of a ``GradientReport``, which says what they are and adds the ways to show them."""

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
    suspicion: str | None = None

    @property
    def unchecked(self) -> tuple[str, ...]:
        """The notes on what was given and could not be checked."""
        return tuple(note for note in self.notes if note.startswith(NOT_CHECKED))
