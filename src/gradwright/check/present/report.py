"""The report that a check of a gradient returns: what was found, and every way to show it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from gradwright.check.present.html import to_html
from gradwright.check.present.json import from_record, to_record
from gradwright.check.present.plot import draw
from gradwright.check.present.text import to_brief, to_text
from gradwright.check.verdict.report import ReportData
from gradwright.errors import CheckError

if TYPE_CHECKING:
    from matplotlib.figure import Figure


@dataclass(frozen=True)
class GradientReport(ReportData):
    """The answer to one question: is this the gradient of that function at this point?

    ``str`` prints all of it, the verdict first; a notebook shows it as HTML.

    Args:
        verdict: "correct", "wrong" or "undecided".
        reason: in one sentence, why.
        cause: of a wrong gradient; None where it could not be told.
        evidence: for the cause.
        location: of a wrong gradient; None where it could not be told.
        order: that of the second Taylor remainder over the window, with its interval; None where the function
            is exactly linear there, or no window was found.
        first_order: the same of the first remainder.
        shape: of the function along the direction that is shown: "linear", "quadratic", "curved", "unknown".
        resolution: the share of the gradient's size up to which a difference could have been seen.
        parameters: the verdict on each array of x.
        notes: what else was noticed, such as inputs that were changed or a kink that was avoided.
        steps: each step along that direction, with both remainders.
        window: the range of ``steps`` that the orders were fitted to.
        noise_floor: the rounding of f in the remainders.
        evaluations: calls of f.
        gradient_evaluations: calls of grad.
        seed: of the directions.
        suspicion: what may be the reason of a slight difference; no experiment spoke for it.

    >>> import numpy as np
    >>> from gradwright import check_gradient
    >>> report = check_gradient(lambda x: (x**3).sum(), lambda x: 3 * x**2, np.array([1.0, 2.0]))
    >>> report.verdict, report.shape, report.resolution < 1e-6
    ('correct', 'curved', True)
    """

    def assert_correct(self) -> None:
        """Nothing where the gradient is correct.

        Raises ``CheckError`` with the whole report where it is wrong, and where that is undecided.
        """
        __tracebackhide__ = True  # pytest then points at the line of the test
        if self.verdict != "correct":
            raise CheckError(str(self), brief=self.brief)

    @property
    def brief(self) -> str:
        """The first part of what ``str`` prints, without the steps and what was measured."""
        return to_brief(self)

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
