"""The report that a check of a gradient returns: what was found, and every way to show it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from gradwright.check.present.html import to_html
from gradwright.check.present.json import from_record, to_record
from gradwright.check.present.plot import draw
from gradwright.check.present.text import to_text
from gradwright.check.verdict.report import ReportData
from gradwright.errors import CheckError

if TYPE_CHECKING:
    from matplotlib.figure import Figure


@dataclass(frozen=True)
class GradientReport(ReportData):
    """The answer to one question: is this the gradient of that function at this point?

    ``reason`` says in one sentence why the verdict is what it is. ``cause``, ``evidence`` and ``location``
    are of a wrong gradient, None where they could not be told. ``order`` and ``first_order`` are the fitted
    orders of the second and the first remainder over ``window`` (a range of ``steps``), None where the
    function is exactly linear there (``shape`` says so) or no window was found. ``notes`` are what else was
    noticed: inputs that were changed, memory that is shared, a kink that was avoided.

    ``str`` prints all of it, the verdict first; a notebook shows it as HTML.
    """

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
