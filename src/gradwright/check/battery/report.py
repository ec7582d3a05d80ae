"""What a battery found: the verdict on the derivatives, and one row for each other property."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from gradwright.check.findings import Finding, Findings, raised
from gradwright.check.present.report import GradientReport
from gradwright.check.present.wording import headline
from gradwright.check.verdict.report import ParameterVerdict, Verdict
from gradwright.errors import CheckError, GradwrightError

GRADIENT = "gradient"  # the name of the first row


@dataclass(frozen=True)
class BatteryReport(Findings):
    """All findings about one layer, loss or penalty; the first row is the verdict of ``gradient``.

    ``gradient`` is None where it could not be asked: then the first row says what was raised. ``str`` prints
    the findings as a table, and below it, where the gradient is not found correct, all that was seen of it.
    """

    gradient: GradientReport | None

    @property
    def verdict(self) -> Verdict:
        """That on the gradient; undecided where it could not be asked."""
        return "undecided" if self.gradient is None else self.gradient.verdict

    @property
    def cause(self) -> str | None:
        """That of a wrong gradient, where it could be told."""
        return None if self.gradient is None else self.gradient.cause

    @property
    def evidence(self) -> str | None:
        """What speaks for the cause."""
        return None if self.gradient is None else self.gradient.evidence

    @property
    def location(self) -> str | None:
        """Where a wrong gradient is wrong, where it could be told."""
        return None if self.gradient is None else self.gradient.location

    @property
    def parameters(self) -> tuple[ParameterVerdict, ...]:
        """The verdict on each input and parameter."""
        return () if self.gradient is None else self.gradient.parameters

    @property
    def notes(self) -> tuple[str, ...]:
        """What else was noticed of the gradient."""
        return () if self.gradient is None else self.gradient.notes

    def assert_correct(self) -> None:
        """Nothing where every property holds.

        Raises ``CheckError`` with the whole report where one does not.
        """
        __tracebackhide__ = True  # pytest then points at the line of the test
        if not self.passed:
            raise CheckError(str(self))

    def __str__(self) -> str:
        if self.gradient is not None and len(self.rows) == 1:  # nothing else was asked
            return f"{self.subject}\n\n{self.gradient}"
        told = super().__str__()
        if self.gradient is None or self.gradient.verdict == "correct":
            return told
        return f"{told}\n\n{self.gradient}"

    def _repr_html_(self) -> str:
        """What a notebook shows."""
        told = super()._repr_html_()
        if self.gradient is None or self.gradient.verdict == "correct":
            return told
        return told + self.gradient._repr_html_()

    def to_dict(self) -> dict[str, Any]:
        """Plain data for JSON."""
        gradient = None if self.gradient is None else self.gradient.to_dict()
        return super().to_dict() | {"gradient": gradient}


def judged(*asks: Callable[[], GradientReport]) -> tuple[GradientReport | None, Finding]:
    """The first verdict that is not *correct*, or else the first of all, and what it says in one row.

    Whatever a layer raises while it is asked counts against it, as in ``find``.
    """
    first = None
    try:
        for ask in asks:
            report = ask()
            if report.verdict != "correct":
                return report, Finding(GRADIENT, False, headline(report))
            first = first or report
    except GradwrightError as error:
        return None, Finding(GRADIENT, False, str(error))
    except Exception as error:
        return None, Finding(GRADIENT, False, raised(error))
    assert first is not None
    return first, Finding(GRADIENT, True, headline(first))
