"""What a check of a gradient found: the verdict first, then what it rests on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, NamedTuple, TypeAlias

from gradwright.check.verdict.html import to_html
from gradwright.check.verdict.plot import draw
from gradwright.check.verdict.record import from_record, to_record
from gradwright.check.verdict.text import to_text
from gradwright.errors import CheckError

if TYPE_CHECKING:
    from matplotlib.figure import Figure

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
class GradientReport:
    """The answer to one question: is this the gradient of that function at this point?

    ``reason`` says in one sentence why the verdict is what it is. ``cause``, ``evidence`` and ``location``
    are of a wrong gradient, None where they could not be told. ``order`` and ``first_order`` are the fitted
    orders of the second and the first remainder over ``window`` (a range of ``steps``), None where the
    function is exactly linear there (``shape`` says so) or no window was found. ``notes`` are what else was
    noticed: inputs that were changed, memory that is shared, a kink that was avoided.

    ``str`` prints all of it, the verdict first; a notebook shows it as HTML.
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

    def assert_correct(self) -> None:
        """Nothing where the gradient is correct.

        Raises ``CheckError`` with the whole report where it is wrong, and where that is undecided.
        """
        __tracebackhide__ = True  # pytest then points at the line of the test
        if self.verdict != "correct":
            raise CheckError(str(self))

    def plot(self) -> Figure:
        """Both remainders against the step, the fitted steps shaded, the noise floor and the slopes drawn.

        Raises ``ConfigError`` where Matplotlib is not installed.
        """
        return draw(self)

    def to_dict(self) -> dict[str, Any]:
        """Plain data for JSON, its version under ``gradwright_check``; what is not finite becomes None."""
        return to_record(self)

    @classmethod
    def from_dict(cls, record: Mapping[str, Any]) -> GradientReport:
        """The report that ``to_dict`` wrote; a number that was not finite is NaN.

        Raises ``RecordError`` that names the first key which is missing, unknown or not what it must be.
        """
        return from_record(cls, record)

    def __str__(self) -> str:
        return to_text(self)

    def _repr_html_(self) -> str:
        """What a notebook shows."""
        return to_html(self)

    def _repr_pretty_(self, printer: Any, _cycle: bool) -> None:
        """What IPython shows on a terminal."""
        printer.text(str(self))
