"""What a check of invariants found."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from gradwright.check.findings import Finding, Findings
from gradwright.errors import CheckError, RecordError


@dataclass(frozen=True)
class InvariantReport(Findings):
    """One finding for each invariant, with its evidence; ``str`` prints them as a table."""

    def assert_held(self) -> None:
        """Nothing where every invariant holds.

        Raises ``CheckError`` with the whole report where one does not.
        """
        __tracebackhide__ = True  # pytest then points at the line of the test
        if not self.passed:
            raise CheckError(str(self))

    @classmethod
    def from_dict(cls, record: Mapping[str, Any]) -> InvariantReport:
        """The report that ``to_dict`` wrote.

        Raises ``RecordError`` for a record that is not of its form.
        """
        try:
            rows = [Finding(row["property"], row["passed"], row["evidence"]) for row in record["properties"]]
            return cls(record["subject"], tuple(rows))
        except (KeyError, TypeError) as error:
            raise RecordError(f"invariants: expected the record of a report, found none: {error}") from None
