"""What a check of invariants found."""

from __future__ import annotations

from dataclasses import dataclass

from gradwright.check.battery.report import BatteryReport
from gradwright.errors import CheckError


@dataclass(frozen=True)
class InvariantReport(BatteryReport):
    """One finding for each invariant, with its evidence; ``str`` prints them as a table."""

    def assert_held(self) -> None:
        """Nothing where every invariant holds.

        Raises ``CheckError`` with the whole report where one does not.
        """
        __tracebackhide__ = True  # pytest then points at the line of the test
        if not self.passed:
            raise CheckError(str(self))
